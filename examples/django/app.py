"""An API for whoever has an access token of bearward: Django with PyJWT.

It needs django, pyjwt and cryptography (Debian: python3-django python3-jwt python3-cryptography).
Change the three values below, and start it: python3 app.py
In a project of yours, take what stands between the two marks.
"""

import functools
import os

import django.conf
import django.core.management
import jwt
from django.http import JsonResponse
from django.urls import path

# ---- from here

ISSUER = os.environ.get("ISSUER", "https://login.example.org")     # `issuer` in bearward.conf
AUDIENCE = os.environ.get("AUDIENCE", "https://api.example.org")   # `audience` in bearward.conf
SCOPE = os.environ.get("SCOPE", "admin")                           # what /admin demands
JWKS_URI = os.environ.get("JWKS_URI", f"{ISSUER}/.well-known/jwks.json")

# Keeps bearward's public keys for five minutes, and asks anew for a key that is not among them.
keys = jwt.PyJWKClient(JWKS_URI, lifespan=300)


def refusal(status, detail, header, value):
    response = JsonResponse({"detail": detail}, status=status)
    response[header] = value
    return response


def token_required(scope=None):
    """Lets a view be called only with a good token, of that scope if one is named; its claims are in request.claims."""
    def decorate(view):
        @functools.wraps(view)
        def guarded(request, *args, **kwargs):
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                return refusal(401, "Not authenticated", "WWW-Authenticate", "Bearer")
            try:
                keys.get_jwk_set()
            except jwt.PyJWTError:
                return refusal(503, "Tokens cannot be checked now", "Retry-After", "5")
            try:
                key = keys.get_signing_key_from_jwt(token).key
                request.claims = jwt.decode(token, key, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE,
                                            options={"require": ["iss", "aud", "exp", "sub"]})
                if jwt.get_unverified_header(token).get("typ") != "at+jwt":
                    raise jwt.InvalidTokenError("not an access token")
            except jwt.PyJWTError:
                return refusal(401, "Invalid token", "WWW-Authenticate", 'Bearer error="invalid_token"')
            if scope and scope not in request.claims.get("scope", "").split():
                challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
                return refusal(403, "Not enough permissions", "WWW-Authenticate", challenge)
            return view(request, *args, **kwargs)
        return guarded
    return decorate


@token_required()
def hello(request):
    return JsonResponse({"sub": request.claims["sub"]})


@token_required(SCOPE)
def admin(request):
    return JsonResponse({"sub": request.claims["sub"]})


urlpatterns = [path("hello", hello), path("admin", admin)]

# ---- to here

if __name__ == "__main__":
    django.conf.settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], SECRET_KEY=os.urandom(16).hex())
    django.core.management.execute_from_command_line(
        ["app.py", "runserver", "--noreload", f"127.0.0.1:{os.environ.get('PORT', 8080)}"])
