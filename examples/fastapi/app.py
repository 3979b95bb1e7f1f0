"""An API for whoever has an access token of bearward: FastAPI with PyJWT.

It needs fastapi, uvicorn, pyjwt and cryptography (Debian: python3-fastapi uvicorn python3-jwt python3-cryptography).
Change the three values below, and start it: python3 app.py
"""

import os

import jwt
import uvicorn
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBearer

ISSUER = os.environ.get("ISSUER", "https://login.example.org")     # `issuer` in bearward.conf
AUDIENCE = os.environ.get("AUDIENCE", "https://api.example.org")   # `audience` in bearward.conf
SCOPE = os.environ.get("SCOPE", "admin")                           # what /admin demands
JWKS_URI = os.environ.get("JWKS_URI", f"{ISSUER}/.well-known/jwks.json")

# Keeps bearward's public keys for five minutes, and asks anew for a key that is not among them.
keys = jwt.PyJWKClient(JWKS_URI, lifespan=300)
app = FastAPI()


def get_claims(sent=Depends(HTTPBearer(auto_error=False))):
    """What a good token says; a request with another one, or with none, is refused."""
    if sent is None:
        raise HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
    try:
        keys.get_jwk_set()
    except jwt.PyJWTError:
        raise HTTPException(503, "Tokens cannot be checked now", {"Retry-After": "5"})
    try:
        key = keys.get_signing_key_from_jwt(sent.credentials).key
        claims = jwt.decode(sent.credentials, key, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE,
                            options={"require": ["iss", "aud", "exp", "sub"]})
        if jwt.get_unverified_header(sent.credentials).get("typ") != "at+jwt":
            raise jwt.InvalidTokenError("not an access token")
        return claims
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid token", {"WWW-Authenticate": 'Bearer error="invalid_token"'})


def get_claims_with_scope(claims=Depends(get_claims)):
    if SCOPE not in claims.get("scope", "").split():
        challenge = f'Bearer error="insufficient_scope", scope="{SCOPE}"'
        raise HTTPException(403, "Not enough permissions", {"WWW-Authenticate": challenge})
    return claims


@app.get("/hello")
def hello(claims=Depends(get_claims)):
    return {"sub": claims["sub"]}


@app.get("/admin")
def admin(claims=Depends(get_claims_with_scope)):
    return {"sub": claims["sub"]}


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ.get("PORT", 8080)))
