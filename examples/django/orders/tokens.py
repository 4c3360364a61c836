from functools import cache
from types import SimpleNamespace

import jwt
from django.conf import settings
from django.http import JsonResponse


@cache
def keys():
    return jwt.PyJWKClient(f"{settings.ISSUER_URL}/.well-known/jwks.json")


def user_of(token):
    key = keys().get_signing_key_from_jwt(token)
    claims = jwt.decode(
        token, key, algorithms=["RS256"], issuer=settings.ISSUER_URL, audience=settings.AUDIENCE
    )
    return SimpleNamespace(
        is_authenticated=True,
        username=claims["sub"],
        full_name=claims.get("name", ""),
        roles=claims.get("roles", []),
    )


class BearerTokenMiddleware:
    """Whoever brings a token of the shop is its subject."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            try:
                request.user = user_of(token)
            except jwt.PyJWTError:
                return JsonResponse({"error": "this token is not good"}, status=401)
        return self.get_response(request)
