"""What the browser tests share: a headless Chromium, signing in, checks that print a line, the station's pages."""
import subprocess
import time

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

PHRASE = "quatre mots de passe"
# What it would do besides: look for newer parts of itself, speak to its maker, keep a second renderer at hand.
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions", "--disable-default-apps", "--no-first-run",
         "--disable-domain-reliability", "--disable-breakpad", "--disable-features=SpareRendererForSitePerProcess,Translate,OptimizationHints,MediaRouter")
PEOPLE = {"nurse": "koen", "clerk": "an", "verifier": "saida", "coordinator": "claire", "pharmacist": "femke"}
# Addresses that need something behind them, or that are no page: how they are visited, None = not.
# A page that takes parameters is added here: as an address, or as a page and the link on it that leads there.
VISITS = {
    "/style.css": None, "/station.js": None, "/icon.svg": None, "/alive": None, "/print/job": "/print/job?id=1",
    "/ledger": "/ledger?ward=3B", "/review/ticks": None, "/sheet/*": ("/review", "#whole"),
    "/image": ("/images?kind=no-code", ".choose a"), "/second": ("/images?kind=second-image", ".choose a"), "/bind": ("/bind", ".choose a"),
    "/merge": ("/merge?ward=3B", ".choose a"), "/report.pdf": None, # the desk; the PDF is fetched: pdf()
}


def open_browser(width=1280, height=800, flags=()):
    options = Options()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=%d,%d" % (width, height), *QUIET, *flags):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    d = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    size(d, width, height)
    return d


def size(d, width, height):
    d.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


def check(what, good, why=""):
    print(("ok - " if good else "not ok - ") + what + ("" if good else ": " + str(why)), flush=True)


def wait(f, seconds=15):
    end = time.time() + seconds
    while time.time() < end:
        try:
            got = f()
            if got:
                return got
        except Exception:
            pass
        time.sleep(0.02)
    return False


def focus(d):
    return d.switch_to.active_element


def sign_in(d, base, person):
    d.get(base + "/help")
    d.delete_all_cookies()
    d.get(base + "/")
    d.find_element(By.ID, "person").send_keys(person)
    d.find_element(By.ID, "passphrase").send_keys(PHRASE + Keys.ENTER)
    return wait(lambda: d.find_element(By.ID, "signout"))


def look(d, word):
    """Presses a button of the bar: fr, nl, de, en, dark, light."""
    button = d.find_elements(By.CSS_SELECTOR, '.look [value="%s"]' % word)
    if button:
        button[0].click()
        wait(lambda: d.execute_script("return document.readyState") == "complete")


def visit(d, base, path):
    """Opens a page of the table; False: nothing on the site leads there."""
    address = VISITS.get(path, path)
    if path == "/review": # what is shown there is asked for first
        d.get(base + "/review/queues")
        d.find_element(By.CSS_SELECTOR, "#begin button").click()
        wait(lambda: d.current_url.endswith("/review"), 5)
        return True
    if isinstance(address, str):
        d.get(base + address)
        return True
    d.get(base + address[0])
    links = d.find_elements(By.CSS_SELECTOR, address[1])
    if links:
        d.get(links[0].get_attribute("href"))
    return bool(links)


def pdf(d, address):
    """The bytes of a PDF that the page's person may see."""
    import base64
    return base64.b64decode(d.execute_async_script("""
var done = arguments[1];
fetch(arguments[0]).then(function (a) { return a.ok ? a.blob() : new Blob(); }).then(function (b) {
  var r = new FileReader(); r.onload = function () { done(r.result.split(",")[1] || ""); }; r.readAsDataURL(b);
});""", address))


def pages(routes):
    """(path, role) of every page: the station's own table, so that a new page is visited by itself."""
    found = []
    for line in subprocess.check_output([routes], text=True).splitlines():
        method, path, roles = line.split()
        address = VISITS.get(path, None if path.endswith("*") else path)
        if method != "GET" or address is None:
            continue
        address = path
        roles = roles.split(",")
        if roles == ["anybody"]:
            found.append((address, None))
            continue
        order = ["clerk", "coordinator", "nurse", "verifier", "pharmacist"] if path.startswith(("/review", "/sheet")) else ["coordinator", "verifier", "nurse", "clerk", "pharmacist"]
        found.append((address, next(r for r in order if r in roles)))
    return found
