// An API for whoever has an access token of bearward: Express with Auth0's middleware, which is not only for Auth0.
//
// It needs Node.js and two packages: npm install express express-oauth2-jwt-bearer
// Change the three values below, and start it: node app.mjs

import express from "express";
import { auth, requiredScopes } from "express-oauth2-jwt-bearer";

const ISSUER = process.env.ISSUER ?? "https://login.example.org"; // `issuer` in bearward.conf
const AUDIENCE = process.env.AUDIENCE ?? "https://api.example.org"; // `audience` in bearward.conf
const SCOPE = process.env.SCOPE ?? "admin"; // what /admin demands
const JWKS_URI = process.env.JWKS_URI ?? `${ISSUER}/.well-known/jwks.json`;

const app = express();

// Keeps bearward's public keys for five minutes. For a key that is not among them, it asks anew, at most every half minute.
// `strict` wants access tokens as RFC 9068 has them, which bearward's are. bearward binds no token to a client's key (DPoP).
app.use(auth({
	issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS_URI, tokenSigningAlg: "ES256", strict: true,
	cacheMaxAge: 300_000, clockTolerance: 0, dpop: { enabled: false },
}));

app.get("/hello", (req, res) => res.json({ sub: req.auth.payload.sub }));
app.get("/admin", requiredScopes(SCOPE), (req, res) => res.json({ sub: req.auth.payload.sub }));

// Without this, Express would tell the client where in the program an error was thrown, unless NODE_ENV is production.
app.use((error, req, res, next) => {
	res.status(error.status ?? 500).set(error.headers ?? {}).json({ detail: error.code ?? "Not authenticated" });
});

app.listen(process.env.PORT ?? 8080, "127.0.0.1");
