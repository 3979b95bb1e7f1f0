"""Clients that nobody here wrote stay signed in, unmodified: for Python, JavaScript and Go."""

import os
import re
import shutil
import subprocess

import npm
import pytest
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client as AuthlibHttpx
from authlib.integrations.requests_client import OAuth2Session as AuthlibRequests
from conftest import PASSWORD, PATIENCE, TOP, bearer, eventually, register, running
from oauthlib.oauth2 import LegacyApplicationClient
from oauthlib.oauth2.rfc6749.errors import InvalidGrantError
from requests_oauthlib import OAuth2Session as RequestsSession

pytestmark = pytest.mark.only_nginx("a client sees no difference")


@pytest.fixture(scope="module")
def site():
    """Tokens that end soon, and each renewal makes another refresh token."""
    with running("plain", access_token_ttl=2, refresh_window=0) as server:
        yield server


@pytest.fixture
def client(site):
    with site.client() as client:
        yield client


@pytest.fixture
def name(client, new_name):
    name = new_name()
    assert register(client, name).is_success
    return name


@pytest.fixture(autouse=True)
def plain_http(monkeypatch):
    """All insist on https, which is right anywhere but on the loopback interface."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


class Authlib:
    refusal = OAuthError

    def __init__(self, url, make_session, **options):
        self.stored = []
        self.url = url
        self.session = make_session(token_endpoint=f"{url}/token", grant_type="password",
                                    update_token=lambda token, **_: self.stored.append(dict(token)), **options)

    def sign_in(self, name):
        return dict(self.session.fetch_token(username=name, password=PASSWORD))

    def refresh(self):
        self.session.refresh_token(f"{self.url}/token")

    def revoke(self):
        return self.session.revoke_token(f"{self.url}/revoke", self.session.token["refresh_token"], "refresh_token")


def authlib_requests(url):
    return Authlib(url, AuthlibRequests)


def authlib_httpx(url):
    return Authlib(url, AuthlibHttpx, trust_env=False, verify=False)


class RequestsOauthlib:
    refusal = InvalidGrantError

    def __init__(self, url):
        self.stored = []
        self.url = url
        self.session = RequestsSession(client=LegacyApplicationClient(client_id=None), auto_refresh_url=f"{url}/token",
                                       token_updater=lambda token: self.stored.append(dict(token)))

    def sign_in(self, name):
        return dict(self.session.fetch_token(f"{self.url}/token", username=name, password=PASSWORD))

    def refresh(self):
        self.session.refresh_token(f"{self.url}/token")

    def revoke(self):
        url, headers, body = self.session._client.prepare_token_revocation_request(
            f"{self.url}/revoke", self.session.token["refresh_token"])
        return self.session.post(url, headers=headers, data=body, withhold_token=True)


@pytest.mark.parametrize("library", [authlib_requests, authlib_httpx, RequestsOauthlib])
def test_a_session_for_python_renews_by_itself_and_can_be_ended(site, client, name, library):
    peer = library(site.url)
    me = f"{site.url}/users/me/"

    first = peer.sign_in(name)
    assert peer.session.get(me).json()["username"] == name
    assert eventually(lambda: client.get("/users/me/", headers=bearer(first["access_token"])).status_code == 401)
    assert eventually(lambda: peer.session.get(me).status_code == 200 and peer.stored)
    assert peer.stored[0]["refresh_token"] != first["refresh_token"]
    peer.refresh()
    revoked = peer.revoke()

    assert revoked.status_code == 200
    with pytest.raises(peer.refusal) as refusal:
        peer.refresh()
    assert (refusal.value.error, refusal.value.description) == ("invalid_grant", "Invalid refresh token")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=5 * PATIENCE, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_commands_of_the_readme_renew_and_end_a_sign_in(site, client):
    register(client, "johndoe")
    text = re.search(r"^## Stay signed in\n.*?^```sh\n(.*?)^```", (TOP / "README.md").read_text(), re.M | re.S)[1]
    sign_in, renew, revoke = re.findall(r"^\S.*\n(?: .*\n)*", text.replace("http://127.0.0.1:8000", site.url), re.M)

    told = run("sh", "-ec", f'{sign_in} echo "$newest"\n {renew} echo "$newest"\n {revoke}')

    first, second = told.split()
    assert first != second
    for token in first, second:
        refused = client.post("/token", data={"grant_type": "refresh_token", "refresh_token": token})
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


OAUTH4WEBAPI = """
import * as oauth from "./oauth4webapi.mjs";

const [, , site, username, password] = process.argv;
const server = { issuer: site, token_endpoint: `${site}/token`, revocation_endpoint: `${site}/revoke` };
const client = { client_id: "any" };
const own = oauth.None();
const http = { [oauth.allowInsecureRequests]: true };

const answer = await oauth.genericTokenEndpointRequest(server, client, own, "password", { username, password }, http);
const given = [await oauth.processGenericTokenEndpointResponse(server, client, answer)];
const renew = async () => oauth.processRefreshTokenResponse(server, client,
    await oauth.refreshTokenGrantRequest(server, client, own, given.at(-1).refresh_token, http));
given.push(await renew());
given.push(await renew());
const me = await oauth.protectedResourceRequest(given.at(-1).access_token, "GET", new URL(`${site}/users/me/`),
    undefined, undefined, http);
await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, own, given.at(-1).refresh_token, http));
const refused = await renew().catch(({ error, status }) => `${status} ${error}`);
console.log(new Set(given.map((one) => one.refresh_token)).size, me.status, refused);
"""


@pytest.mark.skipif(not shutil.which("node"), reason="there is no node here")
def test_oauth4webapi_renews_and_revokes(site, name, tmp_path):
    shutil.copy(npm.fetch("oauth4webapi", "build/index.js"), tmp_path / "oauth4webapi.mjs")
    (tmp_path / "client.mjs").write_text(OAUTH4WEBAPI)

    told = run("node", tmp_path / "client.mjs", site.url, name, PASSWORD)

    assert told.split() == ["3", "200", "400", "invalid_grant"]


GO = """
package main

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/oauth2"
)

func main() {
	site, ctx := os.Args[1], context.Background()
	config := oauth2.Config{Endpoint: oauth2.Endpoint{TokenURL: site + "/token"}}
	token, err := config.PasswordCredentialsToken(ctx, os.Args[2], os.Args[3])
	if err != nil {
		panic(err)
	}
	client := config.Client(ctx, token)
	for i := 0; i < 3; i++ {
		answer, err := client.Get(site + "/users/me/")
		if err != nil {
			panic(err)
		}
		fmt.Println(answer.StatusCode)
		answer.Body.Close()
	}
	// The first refresh token is long replaced by now.
	_, err = config.TokenSource(ctx, token).Token()
	fmt.Println(err.(*oauth2.RetrieveError).ErrorCode)
}
"""
GO_MOD = "module peer\n\ngo 1.18\n\nrequire golang.org/x/oauth2 v0.25.0\n"
GO_SUM = """\
golang.org/x/oauth2 v0.25.0 h1:CY4y7XT9v0cRI9oupztF8AgiIu99L/ksR/Xp/6jrZ70=
golang.org/x/oauth2 v0.25.0/go.mod h1:XYTD2NtWslqkgxebSiOHnXEap4TF09sJSc7H1sXbhtI=
"""


# Go compiles its own HTTP for it, which takes longer than all other clients here together.
@pytest.mark.thorough
@pytest.mark.skipif(not shutil.which("go"), reason="there is no Go here")
def test_oauth2_for_go_renews_by_itself(site, name, tmp_path):
    for file, content in (("main.go", GO), ("go.mod", GO_MOD), ("go.sum", GO_SUM)):
        (tmp_path / file).write_text(content)
    place = {"cwd": tmp_path, "env": {**os.environ, "GOTOOLCHAIN": "local"}}
    if subprocess.run(["go", "mod", "download", "golang.org/x/oauth2"], **place).returncode != 0:
        pytest.skip("golang.org/x/oauth2 cannot be fetched")
    run("go", "build", "-o", "client", ".", **place)

    told = run(tmp_path / "client", site.url, name, PASSWORD, **place)

    assert told.split() == ["200", "200", "200", "invalid_grant"]
