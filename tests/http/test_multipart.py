"""Multipart forms at /token (protocol section 1.6): clients that nobody here wrote send them, and files are refused."""

import json
import shutil
import subprocess

import expect
import pytest
import requests
from conftest import PASSWORD, register, sign_in
from requests_toolbelt import MultipartEncoder

# In the bytes of a percent escape, and of what ends a line or a field elsewhere.
ODD_PASSWORD = "100%41 + \u00fc & ü=\u2603 \" ; --"
WRONG = "Incorrect username or password"


def with_httpx(server, form):
    with server.client() as client:
        return client.post("/token", files={name: (None, value.encode()) for name, value in form.items()}).json()


def with_requests(server, form):
    files = {name: (None, value.encode()) for name, value in form.items()}
    with requests.Session() as session:
        session.trust_env = False
        return session.post(server.url + "/token", files=files).json()


def with_requests_toolbelt(server, form):
    body = MultipartEncoder(fields=form)
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(server.url + "/token", data=body, headers={"Content-Type": body.content_type})
        return answer.json()


def with_curl(server, form):
    fields = [argument for name, value in form.items() for argument in ("--form-string", f"{name}={value}")]
    done = subprocess.run(["curl", "-s", "--noproxy", "*", *fields, server.url + "/token"], capture_output=True)
    return json.loads(done.stdout)


def with_curl_typed(server, form):
    """As curl -F, whose values may say what they are."""
    fields = [argument for name, value in form.items()
              for argument in ("-F", '%s="%s";type=text/plain;charset=UTF-8' % (name, value.replace('"', '\\"')))]
    done = subprocess.run(["curl", "-s", "--noproxy", "*", *fields, server.url + "/token"], capture_output=True)
    return json.loads(done.stdout)


SCRIPT = """
const [url, form] = JSON.parse(require("fs").readFileSync(0));
const body = new FormData();
for (const [name, value] of Object.entries(form))
    body.append(name, value);
fetch(url, {method: "POST", body}).then((answer) => answer.text()).then(console.log);
"""


def with_node(server, form):
    if shutil.which("node") is None:
        pytest.skip("there is no node here")
    done = subprocess.run(["node", "-e", SCRIPT], input=json.dumps([server.url + "/token", form]), capture_output=True,
                          text=True)
    return json.loads(done.stdout)


CLIENTS = [with_httpx, with_requests, with_requests_toolbelt, with_curl, with_curl_typed, with_node]


@pytest.mark.core
@pytest.mark.parametrize("send", CLIENTS)
def test_1_6_a_client_signs_in_with_a_multipart_form(server, client, new_name, send):
    name = f"{new_name()}-ü@example.org"
    expect.json_body(register(client, name, ODD_PASSWORD), 200)
    form = {"username": name, "password": ODD_PASSWORD, "grant_type": "password", "scope": ""}

    right = send(server, form)
    wrong = send(server, {**form, "password": ODD_PASSWORD.replace("%41", "A")})

    assert right.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert wrong["detail"] == WRONG


# ---- what is read, and what is refused

def field(name, value, more="", disposition=""):
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{disposition}\r\n{more}\r\n{value}\r\n'.encode()


def post(client, *fields, content_type="multipart/form-data; boundary=b", end=b"--b--\r\n"):
    return client.post("/token", content=b"".join(fields) + end, headers={"Content-Type": content_type})


@pytest.mark.parametrize("content_type", [
    "multipart/form-data; boundary=b", 'Multipart/Form-Data; charset=utf-8; boundary="b"',
    "multipart/form-data;boundary=b;charset=us-ascii"])
def test_1_6_multipart_type_is_accepted_in_any_spelling(client, user, content_type):
    fields = field("username", user), field("password", PASSWORD)

    expect.json_body(post(client, *fields, content_type=content_type), 200)


FILES = {
    "a file": field("password", PASSWORD, disposition='; filename="a.txt"'),
    "a file that was not chosen": field("x", "", "Content-Type: application/octet-stream\r\n", '; filename=""'),
    "JSON": field("password", json.dumps(PASSWORD), "Content-Type: application/json\r\n"),
    "another encoding": field("password", PASSWORD, "Content-Type: text/plain; charset=iso-8859-1\r\n"),
    "base64": field("password", PASSWORD, "Content-Transfer-Encoding: base64\r\n"),
}


@pytest.mark.parametrize("part", FILES.values(), ids=FILES)
def test_1_6_a_field_that_is_no_text_gives_400_that_says_so(client, user, part):
    response = post(client, field("username", user), field("password", PASSWORD) if b'"x"' in part else b"", part)

    expect.oauth_error(response, 400, "invalid_request", "Send form fields as text in UTF-8, and no files")


@pytest.mark.parametrize("content_type", [
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=b; boundary=b",
    "multipart/form-data; boundary=" + "b" * 71])
def test_1_6_a_missing_boundary_gives_an_error_that_says_what_to_do(client, user, content_type):
    response = post(client, field("username", user), field("password", PASSWORD), content_type=content_type)

    expect.oauth_error(response, 400, "invalid_request",
                       "There is no usable boundary: let the HTTP library set Content-Type")


MALFORMED = {
    "no form": (b"username=u&password=p",), "JSON": (b'{"username":"u","password":"p"}',),
    "bare line feeds": (field("username", "u").replace(b"\r\n", b"\n"),),
    "no UTF-8": (field("username", "u"), field("password", "p").replace(b"\np", b"\n\xff")),
    "NUL": (field("username", "u"), field("password", "p\0")),
    "no name": (field("username", "u").replace(b"name", b"nam"),),
}


@pytest.mark.parametrize("fields", MALFORMED.values(), ids=MALFORMED)
def test_1_6_malformed_multipart_gives_400(client, fields):
    expect.oauth_error(post(client, *fields), 400, "invalid_request", "Malformed multipart form")


@pytest.mark.parametrize("end", [b"", b"--b", b"--b-", b"--b--x"])
def test_1_6_multipart_that_is_cut_or_goes_on_gives_400(client, user, end):
    response = post(client, field("username", user), field("password", PASSWORD), end=end)

    expect.oauth_error(response, 400, "invalid_request", "Malformed multipart form")


def test_1_7_the_rules_of_forms_hold_for_multipart_forms(client, user):
    required = field("username", user), field("password", PASSWORD)
    unknown = [field(f"p{number}", "x") for number in range(30)]

    expect.json_body(post(client, *required, *unknown), 200)
    expect.oauth_error(post(client, *required, *unknown, field("q", "")), 400, "invalid_request", "Malformed form")
    expect.oauth_error(post(client, *required, field("scope", ""), field("scope", "")), 400, "invalid_request",
                       "Parameter given more than once")
    expect.oauth_error(post(client, field("username", user), field("password", "")), 422, "invalid_request")
    expect.oauth_error(post(client), 422, "invalid_request")
    assert post(client, *required, field("padding", "x" * 16384)).status_code == 413


def test_1_6_an_escape_in_a_name_makes_no_name_of_ours(client, user):
    response = post(client, field("user%6eame", user), field("password", PASSWORD))

    expect.oauth_error(response, 422, "invalid_request")


def test_1_6_a_multipart_form_gives_415_in_dialect_rfc_and_at_users(client, rfc_client):
    token = rfc_client.post("/token", files={"username": (None, b"u"), "password": (None, b"p")})
    users = client.post("/users/", files={"username": (None, b"u"), "password": (None, b"p")})

    expect.oauth_error(token, 415, "invalid_request", "Send application/x-www-form-urlencoded")
    assert token.headers.get_list("accept") == ["application/x-www-form-urlencoded"]
    expect.detail(users, 415, "Send application/json")
    assert sign_in(rfc_client, "u").status_code == 400
