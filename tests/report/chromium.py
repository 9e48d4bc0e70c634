"""A headless Chromium spoken to through its debugging pipe: no driver, no package, no port."""

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60.0


def path():
    """The browser's program; None where there is none."""
    return next((found for name in NAMES if shutil.which("bash") and (found := shutil.which(name))), None)


def _pipe():
    """A pipe whose descriptors are neither 3 nor 4."""
    found = os.pipe()
    moved = tuple(fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, 20) for one in found)
    for one in found:
        os.close(one)
    return moved


class Browser:
    """One browser with one page; everything it says is kept in ``events``."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="planner-chromium-")
        to_browser, self._write = _pipe()
        self._read, from_browser = _pipe()
        # The browser reads commands from descriptor 3 and answers on 4; bash alone moves descriptors of two digits.
        start = 'exec 3<&"$1" 4>&"$2"; shift 2; exec "$@"'
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", f"--user-data-dir={self.folder}",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            ["bash", "-c", start, "bash", str(to_browser), str(from_browser), path(), *options, "about:blank"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.events, self._number, self._rest, self._session = [], 0, b"", None
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(one["targetId"] for one in targets if one["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        """The result of a command; raises RuntimeError with the browser's word when it refuses."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def _next(self):
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], SECONDS)
            if not ready:
                raise RuntimeError("the browser does not answer")
            found = os.read(self._read, 1 << 20)
            if not found:
                raise RuntimeError("the browser has ended")
            self._rest += found
        first, self._rest = self._rest.split(b"\0", 1)
        return json.loads(first)

    def open(self, file):
        """Seconds until the page is loaded and painted."""
        self.events.clear()
        began = time.monotonic()
        self.call("Page.navigate", url=f"file://{file}")
        while not any(one.get("method") == "Page.loadEventFired" for one in self.events):
            self.events.append(self._next())
        self.run("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
        return time.monotonic() - began

    def run(self, script):
        """The value of a JavaScript expression."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise RuntimeError(str(found["exceptionDetails"]))
        return found["result"].get("value")

    def size(self, width, height, *, dark=False, medium="screen"):
        """The window's size, and what the reader prefers."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=medium, features=[scheme])

    def key(self, name):
        """A key pressed and let go: Tab, Enter or one letter."""
        codes = {"Tab": (9, ""), "Enter": (13, "\r")}
        code, text = codes.get(name, (ord(name.upper()[0]), name))
        parameters = {"key": name, "windowsVirtualKeyCode": code, **({"text": text} if text else {})}
        self.call("Input.dispatchKeyEvent", type="keyDown", **parameters)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=code)

    def picture(self, *, whole=False):
        """A PNG of the window, or of the whole page."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"])

    def printed(self):
        """The page as a PDF."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def complaints(self):
        """What the console and the log say, and what was asked of a network."""
        found = []
        for one in self.events:
            method, parameters = one.get("method"), one.get("params", {})
            if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                found.append(json.dumps(parameters)[:500])
            if method == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith(("file:", "about:")):
                found.append(parameters["request"]["url"])
        return found

    def close(self):
        """Ends the browser and removes what it wrote."""
        try:
            self.call("Browser.close")
        except (OSError, RuntimeError):
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
        os.close(self._write)
        os.close(self._read)
        shutil.rmtree(self.folder, ignore_errors=True)
