"""Somebody with a real browser in front of a guarded site, the application that stands behind it, and another origin."""

import base64
import contextlib
import html
import http.server
import threading
import urllib.parse

import protect
from conftest import PASSWORD
from protect import PAGE
from selenium.webdriver.common.keys import Keys

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
FILE = bytes(range(256)) * 300


def document(title, body):
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>{body}'.encode()


FORM = document("Notes", """
    <form method="post" action="save"><label>Note <textarea name="note"></textarea></label> <button>Save</button></form>
    <a id="file" href="file" download="notes.bin">All notes</a>""")


# Stands between the pages and the network, as in applications that also work offline.
WORKER = b"""
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
"""


class Notes(protect.Application):
    """Has a form, an image and a file as well, and keeps what is sent with the form."""

    def __init__(self):
        super().__init__()
        self.saved = []
        self.RequestHandlerClass = NotesHandler


class NotesHandler(protect.Handler):
    files = {"form": ("text/html", FORM), "image": ("image/png", PIXEL), "file": ("application/octet-stream", FILE),
             "worker.js": ("text/javascript", WORKER)}

    def answer(self):
        name = self.path.partition("?")[0].removeprefix("/app/")
        if self.command == "POST" and name == "save":
            note = urllib.parse.parse_qs(self.body().decode())["note"][0]
            self.server.saved.append(note)
            self.give("text/html", document("Saved", f"<p>{html.escape(note)}"))
        elif self.command in ("GET", "HEAD") and name in self.files:
            self.give(*self.files[name])
        else:
            super().answer()

    def give(self, kind, content):
        self.server.requests.append({"method": self.command, "path": self.path, "headers": self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class Elsewhere:
    """Pages of two other origins: `same_site` is another port of the host, `cross_site` another host."""

    def __init__(self):
        pages, self.asked = {}, []
        self.pages = pages
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                content = document("Elsewhere", pages.get(self.path, ""))
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        port = self.server.server_address[1]
        self.same_site, self.cross_site = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Visitor:
    """What a person does, and sees."""

    def __init__(self, browser, site, url=None):
        self.browser, self.site, self.driver = browser, site, browser.driver
        self.url = url or site.url      # of the site, as this person writes it

    def open(self, path):
        self.driver.get(self.url + path)

    def is_at(self, address):
        """Waits until the browser is there and has read all of it."""
        seen = []

        def arrived():
            seen[:] = [self.driver.current_url]
            return seen[0] == address and self.browser.run("return document.readyState") == "complete"

        with contextlib.suppress(Exception):
            self.browser.until(arrived)
        assert seen[0] == address, f"the browser is at {seen[0]} and not at {address}: {self.text()}"

    def is_back(self, path):
        self.is_at(self.url + path)

    def is_asked_to_sign_in(self, path=None):
        """It is the sign-in page, which will lead back to that address, and has nothing guarded in it."""
        self.browser.until(lambda: self.browser.find_all("[name=password]"), f"no sign-in page: {self.text()}")
        assert PAGE not in self.driver.page_source
        if path is not None:
            value = self.browser.run("return document.querySelector('[name=return]').value")
            assert value == path, self.driver.current_url

    def text(self):
        return self.browser.run("return document.body?.innerText ?? ''")

    def status(self):
        """Of the answer that is shown, once all of it is there."""
        self.browser.until(lambda: self.browser.run("return document.readyState") == "complete")
        return self.browser.run("return performance.getEntriesByType('navigation')[0].responseStatus")

    def fill(self, **fields):
        for name, value in fields.items():
            field = self.browser.find(f"[name={name}]")
            if value is True:
                field.click()
            else:
                field.clear()
                field.send_keys(value)

    def submit(self, name="alice", password=PASSWORD, **more):
        """Fills in the form of the sign-in page and sends it."""
        self.fill(username=name, password=password, **more)
        self.press_enter("[name=password]")

    def press_enter(self, selector):
        """The page that comes replaces this one."""
        field = self.browser.find(selector)
        field.send_keys(Keys.ENTER)
        self.is_gone(field)

    def click(self, selector):
        element = self.browser.find(selector)
        element.click()
        self.is_gone(element)

    def is_gone(self, element):
        def gone():
            try:
                element.is_enabled()
            except Exception:
                return True

        self.browser.until(gone, f"still the same page: {self.text()}", 20)

    def sign_in(self, path, **more):
        """Opens a guarded page as somebody who is not signed in."""
        self.open(path)
        self.is_asked_to_sign_in(path)
        self.submit(**more)
        self.is_back(path)

    def sign_out(self):
        self.open("/signout")
        self.click("form [type=submit], form button")

    @contextlib.contextmanager
    def second_tab(self):
        first = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        try:
            yield
        finally:
            self.driver.close()
            self.driver.switch_to.window(first)

    def forget_cookies(self):
        """Those of all paths and hosts."""
        self.browser.cdp("Network.clearBrowserCookies")

    def cookies(self):
        """All that the browser keeps, by name; also those that no script sees."""
        return {cookie["name"]: cookie for cookie in self.browser.cdp("Network.getAllCookies")["cookies"]}
