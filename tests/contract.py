"""www/openapi.json as a contract: whatever the suite asks and is told is held against it.

Server.client() and raw.ask() hand every exchange to hold(). What the document does not declare is written
down as a complaint, and the test in whose time it happened fails; what was seen is kept in `exercised`, for
the question at the end whether all that is declared exists.
"""

import email
import email.policy
import json
import pathlib
import re
import urllib.parse

import httpx
import jsonschema

WWW = pathlib.Path(__file__).resolve().parent.parent / "www"
DOCUMENT = json.loads((WWW / "openapi.json").read_text())
METHODS = {"get", "head", "options", "post", "put", "patch", "delete", "trace"}

# What belongs to a message rather than to the service.
TRANSPORT_HEADERS = {"accept-ranges", "connection", "content-encoding", "content-length", "content-type", "date",
                     "keep-alive", "server", "transfer-encoding", "vary"}
# Every answer of an endpoint may have them, where allowed_origins is set; test_origins.py is about those.
TRANSPORT_HEADERS |= {f"access-control-{name}" for name in (
    "allow-origin", "allow-methods", "allow-headers", "expose-headers", "max-age")}

complaints = []
exercised = set()


def strict(value):
    """The same document, in which no object may have members beyond the described ones."""
    if isinstance(value, list):
        return [strict(item) for item in value]
    if not isinstance(value, dict):
        return value
    copy = {name: strict(member) for name, member in value.items()}
    if value.get("type") == "object" and "properties" in value and "openapi" not in value["properties"]:
        copy["additionalProperties"] = False
    return copy


def inlined(document, value, seen):
    """A value in which what a $ref leads to stands in its place; nothing in the document leads to itself."""
    if isinstance(value, list):
        return [inlined(document, item, seen) for item in value]
    if not isinstance(value, dict):
        return value
    if "$ref" not in value:
        return {name: inlined(document, member, seen) for name, member in value.items()}
    if value["$ref"] not in seen:
        target = document
        for part in value["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        seen[value["$ref"]] = inlined(document, target, seen)
    return seen[value["$ref"]]


REQUESTS = inlined(DOCUMENT, DOCUMENT, {})
ANSWERS = inlined(strict(DOCUMENT), strict(DOCUMENT), {})


def declared():
    """Every (path, method, status) of the document."""
    return {(path, method, status)
            for path, item in DOCUMENT["paths"].items()
            for method in METHODS & item.keys()
            for status in item[method]["responses"]}


def references(value):
    """The names of the components a description leads to."""
    return set(re.findall(r'"#/components/\w+/(\w+)"', json.dumps(value)))


validators = {}     # by the id of their schema, which they keep


def faults_in(schema, value):
    validator = validators.get(id(schema))
    if validator is None:
        validator = validators[id(schema)] = jsonschema.Draft202012Validator(schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def faults_in_header(header, value):
    schema = header["schema"]
    if schema.get("type") == "integer" and re.fullmatch("[0-9]+", value):
        value = int(value)
    return faults_in(schema, value)


def faults_in_headers(response, headers):
    described = {name.lower(): header for name, header in response.get("headers", {}).items()}
    for name, header in described.items():
        if header.get("required") and name not in headers:
            yield f"header {name} is missing"
    for name in headers:
        if name in described:
            for value in headers.get_list(name):
                yield from (f"header {name}: {fault}" for fault in faults_in_header(described[name], value))
        elif name not in TRANSPORT_HEADERS:
            yield f"header {name} is not declared"


def read_multipart(message):
    """The fields of a form, read by Python's own parser of mails."""
    head = f"Content-Type: {message.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + message.content, policy=email.policy.HTTP).get_payload()
    return {part.get_param("name", header="content-disposition"): part.get_payload() for part in parts}


def faults_in_content(described, message):
    """How a body differs from the `content` of a request or a response."""
    media = message.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in described:
        return [f"media type {media!r} is not declared"]
    if media.endswith(("/json", "+json")):
        value = json.loads(message.content)
    elif media == "application/x-www-form-urlencoded":
        value = dict(urllib.parse.parse_qsl(message.content.decode()))
    elif media == "multipart/form-data":
        value = read_multipart(message)
    else:
        value = message.content.decode()
    return faults_in(described[media]["schema"], value)


def faults_in_response(response, answer, method):
    yield from faults_in_headers(response, answer.headers)
    if method != "head" and response.get("content"):
        yield from faults_in_content(response["content"], answer)
    elif answer.content:
        yield "it has a body, and none is declared"


def find_response(method, path, status):
    """What the document says of such an answer; None when it says nothing."""
    item = ANSWERS["paths"].get(path)
    if item is None:
        responses = ANSWERS["x-any-other-path"]
    elif method in item:
        responses = item[method]["responses"]
    else:
        responses = ANSWERS["x-any-other-method"]
    return responses.get(status)


def hold(method, path, answer, request=None):
    """Holds one exchange against the document."""
    if re.match("/(signin|signout|account|link)(/|$)", path):
        return  # pages for people, and no API: test_signin.py, test_signout.py and others are about those
    method, status = method.lower(), str(answer.status_code)
    # Below it is the path of an issuer (RFC 8414, section 3.1), for which OpenAPI has no template.
    path = re.sub(r"^(/\.well-known/oauth-authorization-server)/.+", r"\1", path)
    if (WWW / path.lstrip("/")).is_file() and path not in DOCUMENT["paths"]:
        return  # a file that belongs to a page; test_pages.py is about those
    response = find_response(method, path, status)
    if response is None:
        faults = ["it is not declared"]
    else:
        faults = list(faults_in_response(response, answer, method))
    body = REQUESTS["paths"].get(path, {}).get(method, {}).get("requestBody")
    if request is not None and body and answer.is_success:
        faults += faults_in_content(body["content"], request)
    exercised.add((path, method, status))
    complaints.extend(f"{method.upper()} {path}, {status}: {fault}" for fault in faults)


def hold_httpx(answer):
    """The same as an event hook of httpx."""
    answer.read()
    # What is made while it is sent cannot be read a second time.
    request = answer.request if isinstance(answer.request.stream, httpx.ByteStream) else None
    hold(answer.request.method, answer.request.url.path, answer, request)


def leave_exercised(path):
    """For another process; the file is there at once, and whole."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(sorted(exercised)))
    new.rename(path)


def read_exercised(path):
    return {tuple(exchange) for exchange in json.loads(path.read_text())}


def take_complaints():
    """What was found since the last call."""
    taken = complaints[:]
    del complaints[:len(taken)]
    return taken
