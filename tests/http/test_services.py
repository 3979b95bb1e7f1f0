"""Programs that nobody here wrote ask at /introspect and /revoke unmodified: Authlib, and mod_auth_openidc in Apache."""

import pathlib
import shutil
import subprocess
import tempfile

import httpx
import pytest
from authlib.integrations.requests_client import OAuth2Session
from conftest import PASSWORD, PATIENCE, bearer, eventually, free_port, register, running, sign_in
from gateways import MODULES, Apache
from server import of_account, own
from test_introspect import add_credential

pytestmark = pytest.mark.only_nginx("what they speak to is the same everywhere")


@pytest.fixture(scope="module")
def site(front):
    with running(front) as server, server.client() as client:
        server.auth = add_credential(server, "resource.server-1_x")
        register(client, "alice")
        yield server


@pytest.fixture
def given(site):
    with site.client() as client:
        return sign_in(client, "alice").json()


def also_speak_https(site):
    """mod_auth_openidc asks nobody in the clear. The port, beside the one that there is."""
    port, key, certificate = free_port(), site.directory / "tls.key", site.directory / "tls.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-keyout", key, "-out", certificate], check=True, capture_output=True)
    site.own(key, certificate)
    site.edit(r"(listen 127\.0\.0\.1:\d+;)", rf"\1\n\t\tlisten 127.0.0.1:{port} ssl;\n"
              rf'\t\tssl_certificate "{certificate}";\n\t\tssl_certificate_key "{key}";')
    return port


def answer_of(site, token):
    with site.client() as client:
        return client.get("/users/me/", headers=bearer(token)).status_code


@pytest.fixture(autouse=True)
def in_the_clear(monkeypatch):
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_7_2_authlib_revokes_what_it_has_been_given(site):
    session = OAuth2Session()
    token = session.fetch_token(f"{site.url}/token", username="alice", password=PASSWORD, grant_type="password")

    answers = [session.revoke_token(f"{site.url}/revoke", token=token[kind], token_type_hint=kind)
               for kind in ("access_token", "refresh_token")]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answer_of(site, token["access_token"]) == 401
    assert not session.introspect_token(f"{site.url}/introspect", token=token["refresh_token"], auth=site.auth).json()["active"]


def test_7_3_authlib_asks_with_its_credential(site, given):
    session = OAuth2Session(*site.auth)

    answers = [session.introspect_token(f"{site.url}/introspect", token=given[kind], token_type_hint=kind).json()
               for kind in ("access_token", "refresh_token")]

    assert [(answer["active"], answer["username"]) for answer in answers] == [(True, "alice")] * 2


class ResourceServer:
    """An Apache with a page for bearers, which asks about each token."""

    SITE = """
        LoadModule mpm_event_module {modules}/mod_mpm_event.so
        LoadModule authz_core_module {modules}/mod_authz_core.so
        LoadModule authn_core_module {modules}/mod_authn_core.so
        LoadModule authz_user_module {modules}/mod_authz_user.so
        LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
        {main}
        Listen 127.0.0.1:{port}
        DocumentRoot {dir}/www
        OIDCOAuthIntrospectionEndpoint https://127.0.0.1:{behind}/introspect
        OIDCOAuthSSLValidateServer Off
        OIDCOAuthIntrospectionEndpointAuth client_secret_basic
        OIDCOAuthClientID {name}
        OIDCOAuthClientSecret {secret}
        OIDCOAuthRemoteUserClaim username
        <Directory {dir}/www>
            AuthType oauth20
            OIDCOAuthTokenIntrospectionInterval -1
            Require user alice
        </Directory>
        """

    def __init__(self, site):
        self.port = free_port()
        self.directory = directory = pathlib.Path(tempfile.mkdtemp(prefix="bearward-services-"))
        for name in ("www", "run", "log"):
            (directory / name).mkdir()
        (directory / "www/page").write_text("a page")
        conf = directory / "httpd.conf"
        conf.write_text(self.SITE.format(
            modules=MODULES, main=Apache.main.format(dir=directory).replace("TypesConfig /etc/mime.types", ""), dir=directory,
            port=self.port, behind=also_speak_https(site), name=site.auth[0], secret=site.auth[1]))
        own(directory, *directory.rglob("*"), account="www-data")
        self.process = subprocess.Popen(["/usr/sbin/apache2", "-DFOREGROUND", "-f", conf], **of_account("www-data"))

    def ask(self, token):
        """The status of the page; None while nobody listens."""
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/page", headers=bearer(token), trust_env=False).status_code
        except httpx.TransportError:
            return None

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        shutil.rmtree(self.directory)


def test_7_3_mod_auth_openidc_lets_a_bearer_in_until_the_token_is_revoked(site, given):
    server = ResourceServer(site)
    try:
        assert eventually(lambda: server.ask("nonsense"))
        before = server.ask(given["access_token"])
        with site.client() as client:
            client.post("/revoke", data={"token": given["refresh_token"]})
        after = server.ask(given["access_token"])
    finally:
        server.stop()

    assert (before, after) == (200, 401)
