// An API for whoever has an access token of bearward: net/http with lestrrat-go/jwx.
//
// It needs Go 1.25, which fetches what go.mod names.
// Change the three values below, and start it: go run .
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/lestrrat-go/httprc/v3"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
	"github.com/lestrrat-go/jwx/v3/jwt"
)

var (
	issuer   = cmp.Or(os.Getenv("ISSUER"), "https://login.example.org") // `issuer` in bearward.conf
	audience = cmp.Or(os.Getenv("AUDIENCE"), "https://api.example.org") // `audience` in bearward.conf
	scope    = cmp.Or(os.Getenv("SCOPE"), "admin")                      // what /admin demands
	jwksURI  = cmp.Or(os.Getenv("JWKS_URI"), issuer+"/.well-known/jwks.json")
	port     = cmp.Or(os.Getenv("PORT"), "8080")
	algs     = []jwa.SignatureAlgorithm{jwa.ES256()} // as `signing_alg`

	cache     *jwk.Cache // fetches the JWKS in the background, as often as its Cache-Control says
	refreshed time.Time
	refresh   sync.Mutex
	errNoKeys = errors.New("the JWKS could not be fetched")
)

// findKey gives the key of that kid. A new one is looked for in a JWKS that is fetched at once,
// but at most every 10 seconds: anybody can make up a kid.
func findKey(ctx context.Context, kid string) (jwk.Key, error) {
	if set, err := cache.Lookup(ctx, jwksURI); err == nil {
		if key, found := set.LookupKeyID(kid); found {
			return key, nil
		}
	}
	refresh.Lock()
	defer refresh.Unlock()
	if time.Since(refreshed) > 10*time.Second {
		refreshed = time.Now()
		cache.Refresh(context.WithoutCancel(ctx), jwksURI) // others wait for it, too
	}
	set, err := cache.Lookup(ctx, jwksURI)
	if err != nil {
		return nil, errNoKeys
	}
	if key, found := set.LookupKeyID(kid); found {
		return key, nil
	}
	return nil, errors.New("unknown kid")
}

// checkHeader decides by which key a token is checked. jwx does not look at typ by itself.
func checkHeader(ctx context.Context, sink jws.KeySink, sig *jws.Signature, _ *jws.Message) error {
	header := sig.ProtectedHeaders()
	kid, _ := header.KeyID()
	typ, _ := header.Type()
	alg, _ := header.Algorithm()
	if !slices.Contains(algs, alg) || typ != "at+jwt" {
		return errors.New("not an access token")
	}
	key, err := findKey(ctx, kid)
	if err == nil {
		sink.Key(alg, key)
	}
	return err
}

// protect answers requests with a valid token, and 401, 403 or 503 to others.
func protect(scope string, answer func(http.ResponseWriter, jwt.Token)) http.HandlerFunc {
	refuse := func(w http.ResponseWriter, status int, challenge string) {
		w.Header().Set("WWW-Authenticate", challenge)
		http.Error(w, http.StatusText(status), status)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			refuse(w, http.StatusUnauthorized, "Bearer")
			return
		}
		token, err := jwt.ParseString(text,
			jwt.WithContext(r.Context()), jwt.WithKeyProvider(jws.KeyProviderFunc(checkHeader)),
			jwt.WithIssuer(issuer), jwt.WithAudience(audience),
			jwt.WithRequiredClaim("exp"), jwt.WithRequiredClaim("sub"))
		if errors.Is(err, errNoKeys) {
			w.Header().Set("Retry-After", "5")
			http.Error(w, "Tokens cannot be checked now", http.StatusServiceUnavailable)
			return
		}
		if err != nil {
			refuse(w, http.StatusUnauthorized, `Bearer error="invalid_token"`)
			return
		}
		var granted string
		token.Get("scope", &granted) // without one it stays empty
		if scope != "" && !slices.Contains(strings.Split(granted, " "), scope) {
			refuse(w, http.StatusForbidden, `Bearer error="insufficient_scope", scope="`+scope+`"`)
			return
		}
		answer(w, token)
	}
}

func hello(w http.ResponseWriter, token jwt.Token) {
	sub, _ := token.Subject()
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]string{"sub": sub})
}

func main() {
	var err error
	if cache, err = jwk.NewCache(context.Background(), httprc.NewClient()); err != nil {
		log.Fatal(err)
	}
	// Without MinInterval jwx fetches every 15 minutes, whatever Cache-Control says: too late for a new key.
	if err = cache.Register(context.Background(), jwksURI, jwk.WithWaitReady(false),
		jwk.WithMinInterval(time.Minute), jwk.WithMaxInterval(5*time.Minute)); err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /hello", protect("", hello))
	http.HandleFunc("GET /admin", protect(scope, hello))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}
