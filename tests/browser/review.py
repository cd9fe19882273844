"""Clerks at the review of a station: in a real browser by its keyboard, and over HTTP.  Used by
scenario/test_review_browser.sh, prove.sh (review) and bench/review.sh.

usage: review.py PROGRAM SITE TRUTH.json PART [FIELDS]
Prints "ok - ...", "not ok - ..." and lines of figures that begin with "# "."""
import http.client, json, os, re, sys, threading, time, urllib.parse
from clerk import AT, LATE, LENT, PHRASE, UNSENT, WATCH, Browser, Person, Round, Station, Truth, check, figure, quantile, review

# ---- parts

def next_crops(b, how):
    """Says how long the next crop took to be there: (median in ms, how many)."""
    shown = b.js("return window.shown") or []
    med = quantile(shown, .5)
    figure("next crop%s: median %.0f ms, p95 %.0f ms of %d" % (how, med, quantile(shown, .95), len(shown)))
    return med, len(shown)


def part_keys(st, truth, fields):
    """A mixed batch by the keyboard alone: how many keys beyond the value, and how soon the next crop is there."""
    b = Browser(st)
    try:
        b.sign_in("an")
        check("a clerk begins at the review", b.ready() and "/review" in b.d.current_url, b.d.current_url)
        b.js(WATCH)
        b.js(LATE)
        before = st.rows("SELECT count(*) FROM entry WHERE person='an'")[0][0]
        mixed, r = min(fields, 40), Round()
        done, keys, values, tasks = review(b, truth, mixed, r)
        kinds = len({re.sub("[0-9]+", "#", t.split("/")[1]) for t in tasks})
        beyond = (keys - values) / max(1, done)
        figure("%d fields of %d kinds, %d keys, %d of them values: %.3f beyond the value a field" % (done, kinds, keys, values, beyond))
        check("at most 0.6 keys beyond the value a field", beyond <= 0.6, beyond)
        if fields > mixed:
            more, _, _, others = review(b, truth, fields - done, r)
            done, tasks = done + more, tasks + others
        stored = st.rows("SELECT count(*) FROM entry WHERE person='an'")[0][0] - before
        again = b.d.execute_async_script(LENT)  # what was refused and comes after the field at hand
        again = [t for t in tasks if t in again]
        check("%d fields by the keyboard alone" % fields, fields <= done < fields + 40, done)
        check("every one is stored, or asked again", stored + len(again) == done and len(again) <= 3, (stored, again, done))
        check("no field came twice", len(set(tasks)) == len(tasks), len(tasks) - len(set(tasks)))
        next_crops(b, "")
        severe = b.severe()
        check("the page broke none of its own rules", not severe, severe)
    finally:
        b.leaves()


def part_speed(st, truth, fields):
    """The next crop within 50 ms, also on a processor four times slower."""
    b = Browser(st)
    try:
        b.sign_in("an")
        for rate in (1, 4):
            b.d.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 1})
            b.open("/review")
            b.ready()
            b.js(WATCH)
            b.d.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": rate})
            review(b, truth, fields)
            med, shown = next_crops(b, ", processor slowed %d times" % rate)
            check("the next crop is there within 50 ms, processor slowed %d times" % rate, shown >= fields // 2 and med <= 50, med)
    finally:
        b.leaves()


def part_killed(st, truth, fields):
    """The station is killed in mid-review; what is keyed meanwhile is kept, told, and sent after signing in again."""
    b = Browser(st)
    try:
        b.sign_in("luc")
        b.ready()
        b.wait(lambda: not b.state()["gate"] or b.key(b.keys.ENTER))
        _, _, _, first = review(b, truth, 3)
        st.kill()
        kept, end = [], time.time() + 30
        while len(kept) < 4 and time.time() < end:
            s = b.wait(b.state, 5)
            if s["gate"]:
                b.key(b.keys.ENTER)
                continue
            b.key("-")
            kept.append(s["task"])
            b.wait(lambda: b.state()["task"] != s["task"], 6)
        figure("kept: " + b.js("return localStorage.getItem('repli.unsent')"))
        told = b.wait(lambda: b.js("var w = document.getElementById('waits'); return !w.hidden && w.textContent"), 5)
        check("the page says that answers wait", told and re.match("[3-5] ", told), told)
        lost = [t for t in first if not st.rows("SELECT 1 FROM entry WHERE person='luc' AND serial||'/'||field=(SELECT serial FROM sheet WHERE sheet=?)||'/'||?", t.split("/")[0], t.split("/")[1])]
        lost = [t for t in lost if t not in kept]  # asked again when the station died, and keyed anew since
        check("what was keyed before is stored", not lost and len(first) == 3, lost)
        st.start()
        check("it comes back to the sign-in page", b.wait(lambda: b.d.find_elements("id", "passphrase"), 20))
        check("which says what is kept", b.wait(lambda: "luc" in b.js("var p = document.querySelector('.signin .said'); return p && p.textContent")))
        b.sign_in("luc")
        b.wait(lambda: b.js("return !localStorage.getItem('repli.unsent')"), 20)
        sql = "SELECT answer FROM entry JOIN sheet USING(serial) WHERE person='luc' AND sheet=? AND field=?"
        stored = [t for t in kept if st.rows(sql, *t.split("/")[:2]) == [("blank",)]]
        check("nothing is lost: all that was keyed meanwhile is stored, once", len(kept) == 4 and stored == kept, (kept, stored))
    finally:
        b.leaves()


PLAIN = """var real = window.fetch;
    window.fetch = function (to, how) {
        return real(to, how).then(function (a) {
            if (String(to).indexOf("/review/next") !== 0) { return a; }
            return a.json().then(function (o) {
                o.fields.forEach(function (f) { f.range_soft = f.range_hard = null; });
                return new Response(JSON.stringify(o));
            });
        });
    };"""


def to_pulse(b):
    b.take("key1", "obs/col#.pulse")
    b.ready()
    if b.state()["gate"]:
        b.key(b.keys.ENTER)
    return b.state()["task"]


def part_asked(st, truth, fields):
    """What is unusual is asked again in its place; what only the station can tell comes again after the field at hand."""
    b = Browser(st)
    sql = "SELECT value FROM entry JOIN sheet USING(serial) WHERE person='an' AND sheet=? AND field=? ORDER BY entry_id"

    def stored(task):
        return [v for v, in st.rows(sql, *task.split("/")[:2])]
    try:
        b.sign_in("an")
        a = to_pulse(b)
        soft, hard = (int(b.js("return document.getElementById('%s').textContent" % i).split("–")[1]) for i in ("soft", "hard"))
        odd = str((soft + hard) // 2)
        b.key(*odd)
        if b.state()["value"] and not b.state()["asked"]:
            b.key(b.keys.ENTER)
        check("an unusual value is asked again in its place", b.wait(lambda: b.state()["asked"] == odd) and b.state()["task"] == a and not stored(a), b.state())
        b.key(*odd)
        if b.state()["task"] == a and b.state()["value"]:
            b.key(b.keys.ENTER)
        check("and taken when it is keyed again", b.wait(lambda: stored(a) == [odd]), stored(a))
        b.d.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": PLAIN})
        a = to_pulse(b)
        b.key(*odd, b.keys.ENTER)
        other = b.wait(lambda: b.state()["task"] not in ("", a) and b.state()["task"], 5)
        check("what the page takes for plain does not wait for the station", other and not b.state()["asked"])
        time.sleep(0.5)
        check("while the next field is keyed, its keys are its own", b.state()["task"] == other, b.state())
        b.key("7", "1")
        if b.state()["task"] == other and b.state()["value"]:
            b.key(b.keys.ENTER)
        check("what the station refused comes next, asked", b.wait(lambda: b.state()["task"] == a and b.state()["asked"] == odd, 5), b.state())
        check("and nothing of it is stored", not stored(a), stored(a))
        mine, end = {a: "72", other: "71"}, time.time() + 20
        while (stored(a) != ["72"] or stored(other) != ["71"]) and time.time() < end:
            s = b.state()
            if s["task"] in mine and s["asked"] and not s["value"]:
                b.key(*mine[s["task"]])
            elif s["task"] in mine and s["value"]:
                b.key(b.keys.ENTER)
            elif s["task"] not in mine and "Enter" not in s["said"]:
                b.key("-")  # what was refused once more comes after it
            time.sleep(0.05)
        check("each field has the value that was keyed for it", stored(a) == ["72"] and stored(other) == ["71"], (stored(a), stored(other), b.state()))
    finally:
        b.leaves()


def part_two(st, truth, fields):
    """Two clerks on one queue; double key; mismatch; the third person."""
    an, luc = Person(st, "an").sign_in(), Person(st, "luc").sign_in()
    given = {"an": set(), "luc": set()}
    for _ in range(6):
        for p in (an, luc):
            for f in p.next()["fields"]:
                given[p.name].add(f["task"])
            for f in p.next()["fields"][:8]:
                p.answer(f["task"], flag="illegible" if p is an else "blank")
    both = given["an"] & given["luc"]
    check("two clerks on one queue never get the same field", not both and min(map(len, given.values())) >= 30, (len(both), list(map(len, given.values()))))


def key_twice(st):
    """A field that an and luc key differently; its sheet and field."""
    an = Person(st, "an").sign_in()
    an.take("key1", "obs/col#.at")
    fields = [f for f in an.next()["fields"] if f["field"].endswith(".at")]
    if not fields:
        raise SystemExit("not ok - no time to key: %s" % json.dumps(an.next())[:600])
    f = fields[0]
    one = an.answer(f["task"], "0815")
    if one["outcome"] == "refused":
        one = an.answer(f["task"], "0815", asked="0815")
    luc = Person(st, "luc").sign_in()
    luc.take("key2", "obs/col#.at")
    mine = [x for x in luc.next()["fields"] if (x["sheet"], x["field"]) == (f["sheet"], f["field"])]
    check("the second key goes to somebody else", one["outcome"] == "stored" and len(mine) == 1, (one, len(mine)))
    check("who sees nothing of the first", mine and "0815" not in json.dumps(mine[0]) and "08:15" not in json.dumps(mine[0]))
    two = luc.answer(mine[0]["task"], "0816")
    if two["outcome"] == "refused":
        two = luc.answer(mine[0]["task"], "0816", asked="0816")
    for p in (an, luc):
        p.take("settle")
        check("neither of the two settles it: " + p.name, all(x["need"] != "settle" or x["field"] != f["field"] or x["sheet"] != f["sheet"] for x in p.next()["fields"]))
    return f["sheet"], f["field"]


def part_settle(st, truth, fields):
    sheet, field = key_twice(st)
    b = Browser(st)
    try:
        b.sign_in("eva")
        b.take("settle")
        b.ready()
        b.wait(lambda: b.state()["task"].startswith(sheet + "/" + field), 5)
        values = b.js("return Array.from(document.querySelectorAll('#keyed .digits')).map(function (e) { return e.textContent; })")
        check("the third person sees both answers beside the picture", sorted(values) == ["08:15", "08:16"], values)
        names = b.js("return document.querySelector('main').textContent").split()
        check("without names", "luc" not in names and "an" not in names)
        b.key(b.keys.F3)
        check("F3 chooses and decides nothing", b.state()["value"] == values[1] and not st.rows("SELECT 1 FROM entry WHERE need='settle'"))
        b.key(b.keys.ENTER)
        sql = "SELECT s.value, s.by1, s.by2 FROM settled s JOIN sheet USING(serial) WHERE sheet=? AND s.field=?"
        settled = b.wait(lambda: st.rows(sql, sheet, field), 5)
        check("Enter settles it, with the one who read the same", settled and settled[0][0] == values[1] and "eva" in settled[0][1:], settled)
    finally:
        b.leaves()


def part_wall(st, truth, fields):
    """A wall of ticks, the page with boxes, back, and no script at all."""
    b = Browser(st)
    try:
        b.sign_in("eva")
        b.take("confirm")
        tiles = b.wait(lambda: b.js("return document.querySelectorAll('.tile').length"))
        check("a wall of up to 40 tiles", tiles and 4 <= tiles <= 40, tiles)
        before = st.rows("SELECT count(*) FROM entry WHERE person='eva' AND need='confirm'")[0][0]
        b.key("1"), b.key("2")
        check("row and column mark one wrong", b.js("return [document.querySelectorAll('.tile input:checked').length, document.getElementById('wall-no').textContent].join()") == "1,1")
        b.key(b.keys.ARROW_RIGHT), b.key(" ")
        check("arrows and Space another", b.js("return document.querySelectorAll('.tile input:checked').length") == 2)
        b.key(b.keys.BACKSPACE)
        wrong = b.js("return document.querySelector('.tile input:checked').value")
        check("Backspace takes the last one back", wrong == "12" and b.js("return document.querySelectorAll('.tile input:checked').length") == 1)
        b.key(b.keys.ENTER)
        check("one Enter confirms the wall, and what is wrong is read by itself", b.wait(lambda: b.d.current_url.endswith("/review") and b.state()), b.d.current_url)
        after = st.rows("SELECT count(*) FROM entry WHERE person='eva' AND need='confirm'")[0][0]
        check("each tile is an answer of its own", after - before == tiles - 1, (before, after, tiles))
        s = b.wait(b.state)
        b.key("0")
        sheet, field = s["task"].split("/")[:2]
        sql = "SELECT answer FROM entry JOIN sheet USING(serial) WHERE sheet=? AND field=? AND person='eva'"
        check("a wrong one is keyed as what it is", b.wait(lambda: st.rows(sql, sheet, field) == [("blank",)]), st.rows(sql, sheet, field))
        views = "SELECT count(*) FROM audit WHERE event='view' AND object=? AND person='eva'"
        n = st.rows(views, sheet)[0][0]
        b.open("/sheet/" + sheet)
        check("the whole side has a box for each field", b.wait(lambda: b.js("return document.querySelectorAll('rect.ov').length > 20 && document.querySelectorAll('rect.ov.sel').length === 1")))
        time.sleep(0.3)
        check("looking at it is in the audit", st.rows(views, sheet)[0][0] >= n + 1)
        at = b.js("return document.querySelector('tr[aria-current]').dataset.n")
        b.key(b.keys.ARROW_DOWN)
        check("arrows go from field to field", b.js("return document.querySelector('tr[aria-current]').dataset.n === String(+arguments[0] + 1) && document.querySelector('.ov.sel').dataset.n === document.querySelector('tr[aria-current]').dataset.n", at))
        b.key(b.keys.F4)
        check("F4 takes the boxes away", b.js("return getComputedStyle(document.querySelector('.ov')).display") == "none")
        b.key(b.keys.ESCAPE)
        check("Esc goes back to the review", b.wait(lambda: "/review" in b.d.current_url))
        part_back(st, b)
        part_plain(st, b)
        severe = b.severe()
        check("no page broke its own rules", not severe, severe)
    finally:
        b.leaves()


def part_back(st, b):
    b.take("key1", "obs/col#.pulse")
    if not check("there is something to go back from", b.ready()):
        return
    s = b.state()
    if s["gate"]:
        b.key(b.keys.ENTER)
    b.key("7"), b.key("1")
    b.wait(lambda: b.state()["task"] != s["task"] or b.state()["asked"])
    if b.state()["asked"]:
        b.key("7"), b.key("1")
        b.wait(lambda: b.state()["task"] != s["task"])
    here = b.state()["task"]
    b.key(b.keys.ARROW_UP)
    back = b.wait(lambda: b.state()["task"] == s["task"] and b.state())
    check("the arrow goes back and shows what was keyed", back and back["value"] == "71", back)
    sheet, field = s["task"].split("/")[:2]
    sql = "SELECT value FROM entry JOIN sheet USING(serial) WHERE sheet=? AND field=? ORDER BY entry_id"
    b.key(b.keys.ENTER)
    check("Enter keeps it, and goes where one was", b.wait(lambda: b.state()["task"] == here) and st.rows(sql, sheet, field) == [("71",)])
    b.key(b.keys.ARROW_UP)
    b.wait(lambda: b.state()["task"] == s["task"])
    b.key("7"), b.key("2")
    if b.wait(lambda: b.state()["asked"] or b.state()["task"] == here, 5) and b.state()["asked"]:
        b.key("7"), b.key("2")
    check("another value replaces it, and both are kept", b.wait(lambda: st.rows(sql, sheet, field) == [("71",), ("72",)]), st.rows(sql, sheet, field))
    b.open("/review")
    b.ready()
    if b.state()["gate"]:
        b.key(b.keys.ENTER)
    b.js("""['Digit1', 'Numpad2'].forEach(function (c, k) { document.getElementById('value').dispatchEvent(
        new KeyboardEvent('keydown', {code: c, key: k ? 'ArrowDown' : '&', bubbles: true, cancelable: true})); });""")
    got = b.state()["value"]
    check("digits are known by their place: AZERTY, and no NumLock", got in ("12", "1", "") and (got == "12" or b.state()["task"] != ""), got)


def part_plain(st, b):
    """Without any script: a field is keyed, and the next one comes."""
    b.d.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    b.take("key1")
    field = b.wait(lambda: b.d.find_element("name", "task").get_attribute("value"))
    before = st.rows("SELECT count(*) FROM entry WHERE person='eva'")[0][0]
    b.d.find_element("css selector", "button[value=illegible]").click()
    again = b.wait(lambda: b.d.find_element("name", "task").get_attribute("value") != field)
    stored = st.rows("SELECT count(*) FROM entry WHERE person='eva'")[0][0] - before
    check("without script a button answers and the next field comes", again and stored == 1, (again, stored))
    b.d.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


class Clerk(threading.Thread):
    """One of many: an answer a second, three and a half times what a good one does; every answer's time is kept."""

    def __init__(self, station, name, answers, pace):
        super().__init__()
        self.person, self.answers, self.pace = Person(station, name).sign_in(), answers, pace
        self.times, self.others, self.tasks, self.bad = [], [], [], 0

    def ask(self, method, path, body, into):
        headers = {"Cookie": self.cookies, "Accept": "application/json", "Origin": self.person.station.base}
        if body:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        start = time.perf_counter()
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        data = answer.read()
        into.append((time.perf_counter() - start) * 1000)
        self.bad += answer.status != 200
        return data

    def run(self):
        self.line = http.client.HTTPConnection("127.0.0.1", self.person.station.port, timeout=60)
        self.cookies = "; ".join("%s=%s" % (c.name, c.value) for c in self.person.jar)
        queue = json.loads(self.ask("POST", "/review/next", "token=" + self.person.token, []))["fields"]  # the first batch: before the clock runs
        for _ in range(self.answers):
            if len(queue) <= 8:
                queue += [f for f in json.loads(self.ask("POST", "/review/next", "token=" + self.person.token, self.others))["fields"]
                          if f["task"] not in self.tasks and f not in queue]
            if not queue:
                break
            f = queue.pop(0)
            self.tasks.append(f["task"])
            self.ask("GET", f["crop"], None, self.others)
            body = urllib.parse.urlencode({"token": self.person.token, "task": f["task"], "flag": "illegible"})
            self.ask("POST", "/review/entry", body, self.times)
            time.sleep(self.pace)


def part_clerks(st, truth, fields):
    """16 clerks at once: how long an answer takes until it is stored, and whether two ever had the same field."""
    clerks = [Clerk(st, "c%02d" % i, fields, 1.0) for i in range(1, 17)]
    for i, c in enumerate(clerks):
        c.start()
        time.sleep(1.0 / 16)  # people do not press their keys at the same moment
    for c in clerks:
        c.join()
    times, others = sum((c.times for c in clerks), []), sum((c.others for c in clerks), [])
    tasks = sum((c.tasks for c in clerks), [])
    stat = open("/proc/%d/stat" % st.process.pid).read().rsplit(")", 1)[1].split()
    cpu = (int(stat[11]) + int(stat[12])) * 1000.0 / os.sysconf("SC_CLK_TCK") / max(1, len(times))
    figure("16 clerks, %d answers: median %.1f ms, p99 %.1f ms, %.1f ms of processor each; pictures and next fields: p99 %.1f ms; load %.1f"
           % (len(times), quantile(times, .5), quantile(times, .99), cpu, quantile(others, .99), os.getloadavg()[0]))
    check("16 clerks: every answer is taken", len(times) >= 16 * fields * 0.9 and not sum(c.bad for c in clerks), (len(times), sum(c.bad for c in clerks)))
    check("16 clerks never have the same field", len(set(tasks)) == len(tasks), len(tasks) - len(set(tasks)))
    check("16 clerks: p99 of an answer within 100 ms", quantile(times, .99) <= 100, quantile(times, .99))


def main():
    program, site, truth, part = sys.argv[1:5]
    fields = int(sys.argv[5]) if len(sys.argv) > 5 else 40
    st = Station(program, site)
    st.start()
    parts = {"keys": part_keys, "speed": part_speed, "killed": part_killed, "asked": part_asked, "two": part_two, "settle": part_settle, "wall": part_wall, "clerks": part_clerks}
    try:
        for name in part.split(","):
            parts[name](st, Truth(truth), fields)
    finally:
        Browser.quit()
        st.stop()


main()
