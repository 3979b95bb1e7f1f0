"""What every answer of a kind has in common (protocol sections 1.3, 1.4 and 1.12)."""

import json
import re

# RFC 6749, section 5.2: what error_description may consist of.
ERROR_TEXT = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")
CHALLENGE_PARAMETER = re.compile(r'\s*([a-z_]+)="([^"\\]*)"\s*')


def headers_of_every_answer(response):
    headers = response.headers
    assert headers.get_list("x-content-type-options") == ["nosniff"], headers
    assert headers.get_list("cache-control") == ["no-store"], headers
    if response.status_code != 204:
        assert headers.get_list("content-type") == ["application/json"], headers
        assert len(headers.get_list("content-length")) == 1, headers


def json_body(response, status):
    """Checks status and headers; gives the body."""
    assert response.status_code == status, f"{response.status_code} instead of {status}: {response.text}"
    headers_of_every_answer(response)
    assert int(response.headers["content-length"]) == len(response.content)
    return json.loads(response.content.decode("utf-8"))


def oauth_error(response, status, error, detail=None):
    """An error of /token; detail None: any text."""
    body = json_body(response, status)
    assert set(body) == {"error", "error_description", "detail"}, body
    assert body["error"] == error, body
    assert ERROR_TEXT.fullmatch(body["error_description"]), body
    assert response.headers.get_list("pragma") == ["no-cache"]
    if status != 422:
        assert body["detail"] == body["error_description"]
    assert detail is None or body["detail"] == detail, body
    return body


def detail(response, status, text=None):
    """An error of the resource family; text None: any text. Gives the text."""
    body = json_body(response, status)
    assert set(body) == {"detail"}, body
    assert isinstance(body["detail"], str) and body["detail"], body
    assert text is None or body["detail"] == text, body
    return body["detail"]


def faults(response):
    """The entries of a 422 of the resource family, as (type, field) with "" for the whole body."""
    assert set(json_body(response, 422)) == {"detail"}, response.text
    return faults_of(response)


def faults_of(response):
    entries = response.json()["detail"]
    assert entries, "a 422 names no fault"
    for entry in entries:
        assert set(entry) == {"type", "loc", "msg"}, entry
        assert entry["loc"][0] == "body" and len(entry["loc"]) <= 2, entry
        assert isinstance(entry["msg"], str) and entry["msg"], entry
    return [(entry["type"], "".join(entry["loc"][1:])) for entry in entries]


def challenge(response):
    """The parameters of the one Bearer challenge."""
    values = response.headers.get_list("www-authenticate")
    assert len(values) == 1, f"{len(values)} challenges: {values}"
    scheme, _, rest = values[0].partition(" ")
    assert scheme == "Bearer", values
    matches = [CHALLENGE_PARAMETER.fullmatch(part) for part in re.split(r",(?=\s*[a-z_]+=)", rest)]
    assert all(matches), values
    names = [match[1] for match in matches]
    assert len(names) == len(set(names)), f"a parameter occurs twice: {values}"
    assert "realm" in names, values
    return {match[1]: match[2] for match in matches}


def bearer_error(response, status, error, text=None):
    """A refusal of a bearer token, RFC 6750, section 3.1."""
    detail(response, status, text)
    parameters = challenge(response)
    assert parameters.get("error") == error, parameters
    return parameters
