from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Prints the cookie of a user who is logged in."

    def handle(self, *args, **options):
        user, _ = get_user_model().objects.get_or_create(username="alice")
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        self.stdout.write(f"sessionid={session.session_key}")
