"""All that the service does for its audit: it says who the user is, by the names of OpenTelemetry's conventions."""

from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.sdk.trace import SpanProcessor

attributes_of_user = ContextVar("attributes_of_user", default=None)


def attributes_of(user):
    if not user.is_authenticated:
        return None
    attributes = {"user.id": user.username}
    if full_name := getattr(user, "full_name", ""):
        attributes["user.name"] = full_name
    if roles := getattr(user, "roles", []):
        attributes["user.roles"] = roles
    return attributes


class NamedUserMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        attributes = attributes_of(request.user)
        token = attributes_of_user.set(attributes)
        try:
            response = self.get_response(request)
            # A login is known only now.
            attributes = attributes or attributes_of(request.user)
            if attributes:
                trace.get_current_span().set_attributes(attributes)
            return response
        finally:
            attributes_of_user.reset(token)


class NamedUserProcessor(SpanProcessor):
    """Every span that begins while a request is served names its user."""

    def on_start(self, span, parent_context=None):
        if attributes := attributes_of_user.get():
            span.set_attributes(attributes)
