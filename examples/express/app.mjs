// An API for whoever has an access token of bearward: Express with jose.
//
// It needs Node.js and two packages: npm install express jose
// Change the three values below, and start it: node app.mjs

import express from "express";
import { createRemoteJWKSet, errors, jwtVerify } from "jose";

const ISSUER = process.env.ISSUER ?? "https://login.example.org"; // `issuer` in bearward.conf
const AUDIENCE = process.env.AUDIENCE ?? "https://api.example.org"; // `audience` in bearward.conf
const SCOPE = process.env.SCOPE ?? "admin"; // what /admin demands
const JWKS_URI = process.env.JWKS_URI ?? `${ISSUER}/.well-known/jwks.json`;

// Keeps bearward's public keys for five minutes. For a key that is not among them, it asks anew, at most every half minute.
const keys = createRemoteJWKSet(new URL(JWKS_URI), { cacheMaxAge: 300_000 });
const cannotCheck = ["ERR_JOSE_GENERIC", "ERR_JWKS_INVALID", "ERR_JWKS_TIMEOUT"];

// Lets a request pass that has a good token; its claims are in req.claims.
async function needsToken(req, res, next) {
	const [, token] = /^Bearer +([^ ]+)$/i.exec(req.get("Authorization") ?? "") ?? [];
	if (!token)
		return res.status(401).set("WWW-Authenticate", "Bearer").json({ detail: "Not authenticated" });
	try {
		const { payload } = await jwtVerify(token, keys, {
			algorithms: ["ES256"], typ: "at+jwt", issuer: ISSUER, audience: AUDIENCE,
			requiredClaims: ["exp", "sub"],
		});
		req.claims = payload;
	} catch (error) {
		if (!(error instanceof errors.JOSEError) || cannotCheck.includes(error.code))
			return res.status(503).set("Retry-After", "5").json({ detail: "Tokens cannot be checked now" });
		return res.status(401).set("WWW-Authenticate", 'Bearer error="invalid_token"').json({ detail: "Invalid token" });
	}
	next();
}

// Comes after needsToken.
function needsScope(scope) {
	return (req, res, next) => {
		if (`${req.claims.scope ?? ""}`.split(" ").includes(scope))
			return next();
		res.status(403).set("WWW-Authenticate", `Bearer error="insufficient_scope", scope="${scope}"`)
			.json({ detail: "Not enough permissions" });
	};
}

const app = express();
app.get("/hello", needsToken, (req, res) => res.json({ sub: req.claims.sub }));
app.get("/admin", needsToken, needsScope(SCOPE), (req, res) => res.json({ sub: req.claims.sub }));
app.listen(process.env.PORT ?? 8080, "127.0.0.1");
