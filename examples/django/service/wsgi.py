import os

from django.core.wsgi import get_wsgi_application
from opentelemetry import trace

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "service.settings")
application = get_wsgi_application()

from orders.named_user import NamedUserProcessor  # noqa: E402

# The spans of statements name the user, too. Without an SDK (no `opentelemetry-instrument`) there is nothing to name.
provider = trace.get_tracer_provider()
if hasattr(provider, "add_span_processor"):
    provider.add_span_processor(NamedUserProcessor())
