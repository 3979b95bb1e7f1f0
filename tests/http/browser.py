"""A real browser, and what it has to say: Debian's Chromium without a window, driven with selenium."""

import base64
import contextlib
import json
import tempfile
import time
import urllib.parse

import npm
import pytest
from conftest import TOP, edit_nginx, free_port, running
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

WWW = TOP / "www"
PREFIXES = ["", "/auth"]
SCREENSHOTS = TOP / "build/screenshots"
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
    "--disable-default-apps", "--no-proxy-server", "--force-device-scale-factor=1", "--hide-scrollbars",
    "--lang=en-US", "--password-store=basic", "--disable-site-isolation-trials"]

# The narrowest and the widest, each in one scheme; all between them, and both schemes, where there is time for it.
def screens(*sizes):
    later = pytest.mark.thorough
    usual = [(*sizes[0], "dark"), (*sizes[-1], "light")]
    return pytest.mark.parametrize("width, height, scheme", [
        *usual, *(pytest.param(*size, scheme, marks=later) for size in sizes for scheme in ("light", "dark")
                  if (*size, scheme) not in usual)])


# Runs before a page's own scripts: what breaks the policy, what moves by itself, what was asked for.
WATCH = """
window.seen = {violations: [], shifts: []};
addEventListener("securitypolicyviolation", (event) =>
    seen.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile} ${event.sample}`));
const rect = ({x, y, width, height}) => [x, y, width, height].join(" ");
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
    if (!entry.hadRecentInput) seen.shifts.push(...entry.sources.map((source) =>
        `${source.node?.nodeName} ${source.node?.id}: ${rect(source.previousRect)} to ${rect(source.currentRect)}`));
})).observe({type: "layout-shift", buffered: true});
"""


class Browser:
    def __init__(self, driver):
        self.driver = driver
        driver.set_script_timeout(120)
        self.origins = set()
        self.complaints = []
        self.downloads = []     # what has become of them
        self.headers = []       # that requests came with
        self.cdp("Page.addScriptToEvaluateOnNewDocument", source=WATCH)
        driver.get("about:blank")
        self.forget()  # the page that Chromium itself begins with

    def cdp(self, command, **parameters):
        return self.driver.execute_cdp_cmd(command, parameters)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    # -- Where one is, and what it looks like

    def open(self, url):
        if self.driver.current_url.partition("#")[0] == url.partition("#")[0]:
            self.driver.get("about:blank")      # a change of the fragment alone would load nothing
        self.driver.get(url)

    def resize(self, width, height=900):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, scheme):
        self.cdp("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}])

    def offline(self, is_offline):
        self.cdp("Network.emulateNetworkConditions", offline=is_offline, latency=0,
                 downloadThroughput=-1, uploadThroughput=-1)

    def keep_screenshot(self, name):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        data = self.cdp("Page.captureScreenshot", format="png")["data"]
        (SCREENSHOTS / f"{name}.png").write_bytes(base64.b64decode(data))

    def scripts(self, may_run):
        """Whether pages may run scripts from now on; what the tests themselves run may."""
        self.cdp("Emulation.setScriptExecutionDisabled", value=not may_run)

    # -- What is there

    def find(self, selector):
        """The one visible element of that kind, as soon as it is there."""
        return self.until(lambda: self.find_all(selector), f"no {selector}")[0]

    def find_all(self, selector):
        """In one question: one each whether it is displayed takes several times as long, and this is asked again and again."""
        return self.run("""
            return [...document.querySelectorAll(arguments[0])].filter((element) => element.getClientRects().length > 0 &&
                element.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}))""", selector)

    def until(self, question, message="", seconds=60):
        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: question(), message)

    def until_text(self, selector, text):
        """Waits for the words; says what is there instead when they do not come."""
        end = time.monotonic() + 60
        while text not in (found := self.run("return document.querySelector(arguments[0])?.textContent", selector)
                           or ""):
            assert time.monotonic() < end, f"{selector} says {found!r} and not {text!r}"
            time.sleep(0.05)

    def focused(self):
        return self.driver.switch_to.active_element

    def paste(self, element, text):
        """All at once, where somebody who types would have the page work at each letter."""
        element.click()
        self.cdp("Input.insertText", text=text)

    def press(self, *keys):
        """Types where the focus is, wherever that is."""
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, description, back=False):
        """Goes on with the tab key to the element whose name for screen readers that is."""
        for _ in range(40):
            webdriver.ActionChains(self.driver).send_keys(Keys.TAB).perform()
            if self.focused().accessible_name == description:
                return
        raise AssertionError(f"the tab key does not reach {description!r}")

    # -- What must not be

    def note_logs(self):
        """Takes what the browser has logged since; the errors it reports for answers that the test provokes are
        not the page's."""
        for entry in self.driver.get_log("browser"):
            provoked = entry["source"] == "network" and "the server responded with a status of" in entry["message"]
            if entry["level"] in ("SEVERE", "WARNING") and not provoked:
                self.complaints.append(entry["message"])
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Page.downloadProgress":
                self.downloads.append(message["params"]["state"])
            if message["method"] == "Network.requestWillBeSentExtraInfo":
                self.headers.append(message["params"]["headers"])
            if message["method"] == "Network.requestWillBeSent":
                url = urllib.parse.urlsplit(message["params"]["request"]["url"])
                if url.scheme not in ("data", "about", "blob"):
                    self.origins.add(f"{url.scheme}://{url.netloc}")

    def forget(self):
        """What was complained of before is none of the next page's business."""
        self.note_logs()
        self.origins, self.complaints, self.headers = set(), [], []

    def check_console(self, origin, but=None):
        """Nobody complains, and nothing was asked for elsewhere; where no script may run, that is all one can see."""
        self.note_logs()
        complaints = [complaint for complaint in self.complaints if but is None or but not in complaint]
        assert complaints == [], complaints
        assert self.origins <= {origin}, self.origins

    def check(self, origin, may_move=False):
        """The page has broken no rule: its policy, the console, other origins, things that move by themselves."""
        self.check_console(origin)
        seen = self.run("return window.seen")
        assert seen["violations"] == []
        assert may_move or seen["shifts"] == [], f"the page moved by itself: {seen['shifts']}"

    def check_accessibility(self, not_ours=()):
        """axe-core finds nothing, in light and in dark, but for rules that somebody else's page breaks."""
        self.run(npm.fetch("axe-core", "axe.min.js").read_text())
        for scheme in ("dark", "light"):
            self.prefer(scheme)
            result = self.driver.execute_async_script(
                "axe.run().then(arguments[0], (error) => arguments[0]({error: String(error)}))")
            assert len(result["passes"]) > 10, result
            found = [f"{violation['id']}: {node['html']} {node['failureSummary']}"
                     for violation in result["violations"] for node in violation["nodes"]
                     if violation["id"] not in not_ours]
            assert found == [], f"in {scheme}: " + "\n".join(found)


@contextlib.contextmanager
def browsing(*arguments, profile=None, **preferences):
    """Starts a browser, with a profile of its own unless the test keeps one."""
    options = webdriver.ChromeOptions()
    options.add_experimental_option("prefs", preferences)
    options.binary_location = "/usr/bin/chromium"
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with contextlib.ExitStack() as stack:
        profile = profile or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="bearward-browser-", ignore_cleanup_errors=True))
        for argument in [*ARGUMENTS, f"--user-data-dir={profile}", *arguments]:
            options.add_argument(argument)
        driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        stack.callback(driver.quit)
        yield Browser(driver)


# -- What tests share; they import it by name ------------------------------------------------


@pytest.fixture(scope="module")
def chromium():
    with browsing() as chromium:
        yield chromium


@pytest.fixture
def page(chromium):
    """The browser as a newcomer has it."""
    chromium.scripts(True)
    chromium.resize(1280)
    chromium.prefer("light")
    chromium.forget()
    return chromium


def add_prefix(server):
    """The same service under /auth/ of another server, as where it shares a site with an application."""
    server.prefixed_port = free_port()
    edit_nginx(server, "# ---- to here ----", f"""
        server {{
            listen 127.0.0.1:{server.prefixed_port};
            access_log off;
            location /auth/ {{ proxy_pass http://127.0.0.1:{server.port}/; }}
            location / {{ return 404; }}
        }}
        # ---- to here ----""")


@pytest.fixture(scope="module")
def site():
    with running("plain") as server:
        add_prefix(server)
        yield server


def address(server, prefix=""):
    return f"http://127.0.0.1:{server.prefixed_port if prefix else server.port}"
