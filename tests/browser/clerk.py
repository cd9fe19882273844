"""People at the review of a station: one who speaks HTTP alone, and one at the keyboard of a real browser."""
import http.cookiejar, json, os, re, signal, sqlite3, subprocess, time, urllib.error, urllib.parse, urllib.request

PHRASE = "quatre mots de passe"
AT = "2026-11-24T09:00"


def check(what, good, why=""):
    print(("ok - " if good else "not ok - ") + what + ("" if good else ": " + str(why)[:400]), flush=True)
    return good


def figure(text):
    print("# " + text, flush=True)


class Station:
    def __init__(self, program, site):
        self.program, self.site, self.port, self.process = program, site, 0, None

    def start(self):
        env = dict(os.environ, REPLI_SITE=self.site, REPLI_AT=AT)
        self.process = subprocess.Popen([self.program, "serve", "--listen", "127.0.0.1:%d" % self.port], env=env,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.base = self.process.stdout.readline().strip().split()[-1].rstrip("/")
        self.port = int(self.base.rsplit(":", 1)[1])

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def rows(self, sql, *values):
        for _ in range(50):  # the station may be writing
            c = sqlite3.connect("file:%s/ledger.db?mode=ro" % self.site, uri=True, timeout=10)
            try:
                return c.execute(sql, values).fetchall()
            except sqlite3.OperationalError:
                time.sleep(0.1)
            finally:
                c.close()
        raise RuntimeError("the ledger is busy")


class Person:
    """Somebody without a browser: cookies, the token, forms."""

    def __init__(self, station, name):
        self.station, self.name = station, name
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path, accept="text/html"):
        return self.opener.open(urllib.request.Request(self.station.base + path, headers={"Accept": accept}), timeout=60)

    def json(self, path):
        return json.load(self.get(path, "application/json"))

    def post(self, path, accept="text/html", **fields):
        body = urllib.parse.urlencode(dict(fields, token=self.token)).encode()
        request = urllib.request.Request(self.station.base + path, data=body,
                                         headers={"Origin": self.station.base, "Accept": accept})
        try:
            return self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as e:
            return e

    def take(self, need="", group=""):
        return self.post("/review/take", need=need, group=group).read()

    def next(self):
        return json.load(self.post("/review/next", "application/json"))

    def sign_in(self):
        def token(page):
            found = re.search(r'name="token" value="([0-9a-f]+)"', page)
            return found.group(1) if found else ""
        self.token = token(self.get("/").read().decode())
        for _ in range(60):  # others may be signing in at this moment
            answer = self.post("/signin", person=self.name, passphrase=PHRASE)
            if answer.status < 400:
                break
            time.sleep(0.5)
        self.token = token(self.get("/ledger").read().decode())
        return self

    def answer(self, task, value="", flag="", asked=""):
        return json.load(self.post("/review/entry", "application/json", task=task, value=value, flag=flag, asked=asked))


class Truth:
    def __init__(self, path):
        self.fields = {(s["sheet"], f["id"]): f for s in json.load(open(path)) for f in s["fields"]}

    def keys(self, task):
        """What a clerk keys who sees the paper: digits, or a sign."""
        sheet, field = task.split("/")[:2]
        f = self.fields.get((sheet, field), {})
        if f.get("kind") == "tick":
            return "1" if f.get("state") == "ticked" else "0"
        return re.sub("[.,: /-]", "", f.get("answer") or "") or "-"

    def state(self, task):
        """What the pen made of a box: ticked, cancelled or empty."""
        return self.fields.get(tuple(task.split("/")[:2]), {}).get("state")


class Browser:
    """One keyboard.  Every key that goes down is counted."""

    ours = None  # one for all, started once: each person has a tab, and nothing of the one before

    def __init__(self, station, size=(1280, 720)):
        import browser  # who speaks HTTP alone needs no selenium
        self.keys, self.station, self.pressed = browser.Keys, station, 0
        self.d = Browser.ours = Browser.ours or browser.open_browser(*size)
        self.d.switch_to.new_window("tab")
        browser.size(self.d, *size)

    def leaves(self):
        """Cookies, what the page keeps, the tab with its scripts and emulations, and what was told so far: all gone."""
        self.d.execute_cdp_cmd("Storage.clearDataForOrigin", {"origin": self.station.base, "storageTypes": "all"})
        self.d.delete_all_cookies()
        self.severe()
        self.d.close()
        self.d.switch_to.window(self.d.window_handles[0])

    @classmethod
    def quit(cls):
        if cls.ours:
            cls.ours.quit()

    def js(self, script, *args):
        return self.d.execute_script(script, *args)

    def key(self, *keys):
        self.pressed += len(keys)
        self.d.switch_to.active_element.send_keys(*keys)

    def wait(self, what, seconds=20):
        import browser
        return browser.wait(what, seconds)

    def open(self, path):
        self.d.get(self.station.base + path)

    def sign_in(self, who):
        self.open("/")
        self.js("document.getElementById('person').value = ''; document.getElementById('person').focus()")
        self.key(who, self.keys.TAB)
        self.key(PHRASE, self.keys.ENTER)
        self.wait(lambda: "/review" in self.d.current_url or "/print" in self.d.current_url)
        self.begin()
        return self.d.current_url

    def begin(self):
        """A clerk is shown what waits, and nothing is given before Enter."""
        if "/review/queues" in self.d.current_url:
            self.wait(lambda: not self.js(UNSENT))
            self.js("document.querySelector('#begin button').focus()")
            self.leave(self.keys.ENTER)

    def take(self, need, group=None):
        """A kind that somebody chooses from all that waits; false: it is not there."""
        self.open("/review/queues")
        found = self.d.find_elements("css selector", ".choose form:has([name=need][value='%s'])%s button" % (need, ":has([name=group][value='%s'])" % group if group else ""))
        if found:
            found[0].send_keys(self.keys.ENTER)
            self.wait(lambda: "/review/queues" not in self.d.current_url)
        return bool(found)

    STATE = """var v = document.getElementById('value'), q = document.querySelectorAll('#next li').length;
        return v && window.performance && {task: document.getElementById('task').value, gate: v.readOnly, value: v.value,
            asked: document.getElementById('asked').value, said: document.getElementById('said').textContent, ahead: q}"""

    def state(self):
        return self.js(self.STATE)

    def here(self, what):
        return self.js("return document.querySelector(arguments[0]) !== null", what)

    def next(self, task, value=True):
        """Waits in the page for another field or page, for what is asked, or (value) for what waits for its Enter.  Returns the state."""
        try:
            return self.d.execute_async_script("var tell = arguments[2], end = Date.now() + 3000, task = arguments[0], value = arguments[1];"
                "(function look() { var s = (function () { %s })(); if (!s || s.task !== task || s.asked || value && s.value || Date.now() > end) { tell(s); }"
                " else { setTimeout(look, 3); } })();" % self.STATE, task, value)
        except Exception:  # the page was left while it looked
            return self.state()

    def leave(self, *keys):
        """Keys that lead to another page."""
        page = "return document.readyState !== 'loading' && performance.timeOrigin"
        was = self.js(page)
        self.key(*keys)
        return self.wait(lambda: self.js(page) not in (was, False), 10)

    def ready(self):
        """The script has taken over: it shows what comes next."""
        return self.wait(lambda: self.js("return document.querySelectorAll('#next img').length > 0 && "
                                         "document.querySelector('#next img').complete") and self.state())

    def severe(self):
        return [e["message"] for e in self.d.get_log("browser") if e["level"] == "SEVERE"]


def wall(b, truth):
    """A wall of tiles: marks what the paper does not say by row and column, and confirms the rest.  Returns (tasks confirmed, keys of marks)."""
    tasks, state, numbers = b.js("""return [document.querySelector("[name=tasks]").value.split(" "), document.querySelector("[name=state]").value,
        Array.from(document.querySelectorAll(".tile input")).map(function (t) { return t.value; })]""")
    same = [truth.state(t) == state for t in tasks]
    for number, good in zip(numbers, same):
        if not good:
            b.key(*number)
    b.leave(b.keys.ENTER)
    return [t for t, good in zip(tasks, same) if good], 2 * same.count(False)


class Round:
    """What was keyed so far in one go: the fields, the keys that their values are made of, what was asked again."""

    def __init__(self):
        self.tasks, self.value_keys, self.again, self.last, self.times, self.twice = [], 0, 0, None, {}, None

    def field(self, b, truth, s):
        """One field that is shown."""
        keys, seen = truth.keys(s["task"]), self.times.get(s["task"], 0)
        if not seen:
            self.tasks.append(s["task"])
            self.value_keys += len(keys) if keys != "-" else 0
        elif not s["asked"]:
            self.twice = s["task"]
            return
        elif seen > 1:
            keys = "*"  # what the machine and the truth disagree about is nobody's to guess
        self.again += seen > 0
        self.last = s["task"]
        self.times[self.last] = seen + 1
        b.key(*keys)
        b.next(self.last)

    def wall(self, b, truth):
        confirmed, marks = wall(b, truth)
        self.tasks += confirmed
        self.value_keys += marks


def review(b, truth, fields, r=None):
    """Keys so many fields by the keyboard alone, walls of ticks as they come: the last wall may bring a few more.  `r`: goes on with
    what was keyed before, of which the last may still be asked again.  Returns (done, keys, keys of values, tasks), of this time."""
    r, start, pressed, moved = r or Round(), b.pressed, 0, time.time()
    before, values = len(r.tasks), r.value_keys
    fields += before
    while len(r.tasks) < fields or b.js(UNSENT):
        if b.pressed > pressed:
            pressed, moved = b.pressed, time.time()
        if r.twice or time.time() > moved + 30:
            check("no field comes again without a question", not r.twice, r.twice)
            figure("nothing comes at %s: %s" % (b.d.current_url, json.dumps(b.state())))
            break
        s = b.state()
        if not s and b.here("#wall-form"):
            r.wall(b, truth)
        elif not s and b.here("#begin") and not b.js(UNSENT):
            if b.here("#begin .state.ok"):
                break  # nothing is left for this person
            b.begin()
        elif not s or len(r.tasks) >= fields and not s["asked"]:
            time.sleep(0.01)  # the last ones are on their way
        elif s["task"] == r.last and not s["asked"] and not s["value"]:
            time.sleep(0.01)  # on its way
        elif s["gate"]:
            b.key(b.keys.ENTER)
        elif s["task"] == r.last and s["value"]:
            b.key(b.keys.ENTER)  # too short to go on by itself
            b.next(r.last, False)
        else:
            r.field(b, truth, s)
    figure("%d were asked again" % r.again)
    return len(r.tasks) - before, b.pressed - start, r.value_keys - values, r.tasks[before:]


LENT = """var tell = arguments[0];
    fetch("/review/next", {lent: true, method: "POST", body: new URLSearchParams({token: document.querySelector("[name=token]").value}), headers: {Accept: "application/json"}}).then(function (a) { return a.json(); }).then(function (o) {
        tell(o.fields.map(function (f) { return f.task; })); });"""
UNSENT = "return localStorage.getItem('repli.unsent') !== null"

# A list of what comes next that was made before an answer, and arrives after it: it still has what was answered.
LATE = """var real = window.fetch, seen = {}, late = [];
    window.fetch = function (to, how) {
        var task = how && how.body && how.body.get && how.body.get("task");
        return real(to, how).then(function (a) {
            var next = String(to).indexOf("/review/next") === 0;
            if (how && how.lent || !next && String(to).indexOf("/review/entry") !== 0) { return a; }
            return a.json().then(function (o) {
                if (next) { o.fields.forEach(function (f) { seen[f.task] = f; }); o.fields = o.fields.concat(late); }
                else if (o.outcome === "stored" && seen[task]) { late.push(seen[task]); }
                return new Response(JSON.stringify(o), { status: a.status });
            });
        });
    };"""

# From the key that ends a field to the frame that shows the next crop.
WATCH = """
    window.shown = []; var last = 0;
    document.addEventListener('keydown', function (e) { last = performance.now(); }, true);
    new MutationObserver(function () {
        var from = last;
        if (!from) { return; }
        last = 0;
        requestAnimationFrame(function () { setTimeout(function () { window.shown.push(performance.now() - from); }, 0); });
    }).observe(document.getElementById('pane'), {childList: true});"""


def quantile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q * len(values)))] if values else float("nan")
