"""A person's browser, as far as web servers can tell: it keeps cookies, follows redirects and sends forms."""

import html.parser
import urllib.parse

import httpx

from conftest import PATIENCE

HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAVIGATION = {"Accept": HTML, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Sec-Fetch-User": "?1"}
FETCH = {"Accept": "*/*", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
IMAGE = {"Accept": "image/avif,image/webp,*/*;q=0.8", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image",
         "Sec-Fetch-Site": "same-origin"}


class Forms(html.parser.HTMLParser):
    """The forms of a page: where each goes and what it sends if nobody types anything."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.found.append((attrs.get("action", ""), {}))
        elif tag == "input" and self.found and attrs.get("name") and attrs.get("type") != "checkbox":
            self.found[-1][1][attrs["name"]] = attrs.get("value", "")


class Person:
    """Speaks to one origin."""

    def __init__(self, url):
        self.url = url
        self.cookies = {}
        self.visited = []       # the addresses and statuses of the last navigation
        self.client = httpx.Client(timeout=PATIENCE, trust_env=False, verify=False,
                                   limits=httpx.Limits(max_keepalive_connections=0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()

    def ask(self, method, address, headers, **options):
        """One request, without following anything."""
        if self.cookies:
            headers = {**headers, "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        response = self.client.request(method, urllib.parse.urljoin(self.url, address), headers=headers, **options)
        for cookie in response.headers.get_list("set-cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
            if "Max-Age=0" in cookie:
                del self.cookies[name]
        return response

    def go(self, address, method="GET", headers=None, **options):
        """Where a navigation ends; redirects are followed as far as browsers do."""
        headers = {**NAVIGATION, "Sec-Fetch-Site": "none", **(headers or {})}
        self.visited = []
        while True:
            response = self.ask(method, address, headers, **options)
            address = urllib.parse.urljoin(str(response.url), response.headers.get("location", ""))
            self.visited.append((response.url.raw_path.decode(), response.status_code))
            if response.status_code not in (301, 302, 303):
                return response
            assert len(self.visited) < 20, f"a loop: {self.visited}"
            assert address.startswith(self.url), f"leads away, to {address}"
            method, options = "GET" if method != "HEAD" else method, {}
            headers.pop("Content-Type", None)

    def send(self, page, action=None, **typed):
        """Sends the form of a page, or that of its forms that goes to `action`, and follows where that leads."""
        forms = [form for form in Forms(page.text).found if action is None or form[0].endswith(action)]
        assert forms, f"no such form: {page.text}"
        where, values = forms[0]
        return self.go(urllib.parse.urljoin(str(page.url), where), "POST", content=urllib.parse.urlencode({**values, **typed}), headers={
            "Content-Type": "application/x-www-form-urlencoded", "Origin": self.url, "Sec-Fetch-Site": "same-origin",
            "Referer": str(page.url)})

    def fetch(self, address, method="GET", headers=FETCH, **options):
        return self.ask(method, address, headers, **options)
