"""An API for whoever has an access token of bearward: Flask with PyJWT.

It needs flask, pyjwt and cryptography (Debian: python3-flask python3-jwt python3-cryptography).
Change the three values below, and start it: python3 app.py
"""

import functools
import os

import jwt
from flask import Flask, g, jsonify, request

ISSUER = os.environ.get("ISSUER", "https://login.example.org")     # `issuer` in bearward.conf
AUDIENCE = os.environ.get("AUDIENCE", "https://api.example.org")   # `audience` in bearward.conf
SCOPE = os.environ.get("SCOPE", "admin")                           # what /admin demands
JWKS_URI = os.environ.get("JWKS_URI", f"{ISSUER}/.well-known/jwks.json")

# Keeps bearward's public keys for five minutes, and asks anew for a key that is not among them.
keys = jwt.PyJWKClient(JWKS_URI, lifespan=300)
app = Flask(__name__)


def refusal(status, detail, **headers):
    return jsonify(detail=detail), status, {name.replace("_", "-"): value for name, value in headers.items()}


def token_required(scope=None):
    """Lets a view be called only with a good token, of that scope if one is named; its claims are in g.claims."""
    def decorate(view):
        @functools.wraps(view)
        def guarded(*args, **kwargs):
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            if scheme.lower() != "bearer":
                return refusal(401, "Not authenticated", WWW_Authenticate="Bearer")
            try:
                keys.get_jwk_set()
            except jwt.PyJWTError:
                return refusal(503, "Tokens cannot be checked now", Retry_After="5")
            try:
                key = keys.get_signing_key_from_jwt(token).key
                g.claims = jwt.decode(token, key, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE,
                                      options={"require": ["iss", "aud", "exp", "sub"]})
                if jwt.get_unverified_header(token).get("typ") != "at+jwt":
                    raise jwt.InvalidTokenError("not an access token")
            except jwt.PyJWTError:
                return refusal(401, "Invalid token", WWW_Authenticate='Bearer error="invalid_token"')
            if scope and scope not in g.claims.get("scope", "").split():
                challenge = f'Bearer error="insufficient_scope", scope="{scope}"'
                return refusal(403, "Not enough permissions", WWW_Authenticate=challenge)
            return view(*args, **kwargs)
        return guarded
    return decorate


@app.get("/hello")
@token_required()
def hello():
    return jsonify(sub=g.claims["sub"])


@app.get("/admin")
@token_required(SCOPE)
def admin():
    return jsonify(sub=g.claims["sub"])


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 8080)))
