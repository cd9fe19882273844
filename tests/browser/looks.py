"""Looking changes nothing: every GET of the station's own table, as every role, over a site whose paper came back.  Ledger and
record (but for the audit, which says who looked) and every file of the site but cut pictures are the same afterwards.
usage: looks.py ADDRESS ROUTES SITE"""
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

base, routes, site = sys.argv[1:4]
PHRASE = "quatre mots de passe"


def check(what, good, why=""):
    print(("ok - " if good else "not ok - ") + what + ("" if good else ": " + str(why)[:600]), flush=True)


def rows(db, sql):
    c = sqlite3.connect("file:%s/%s.db?mode=ro" % (site, db), uri=True, timeout=20)
    try:
        return c.execute(sql).fetchall()
    finally:
        c.close()


def state():
    """What is kept: rows of all tables, and files."""
    kept = {}
    for db in ("ledger", "record"):
        for name, in rows(db, "SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'"):
            if (db, name) != ("ledger", "audit"):
                kept[db + "." + name] = sorted(map(repr, rows(db, 'SELECT * FROM "%s"' % name)))
    for folder, _, files in os.walk(site):
        for name in files:
            path = os.path.join(folder, name)
            if "/crops/" not in path and not re.search(r"\.db(-wal|-shm)?$", path):
                kept[os.path.relpath(path, site)] = hashlib.sha256(open(path, "rb").read()).hexdigest()
    return kept


class Person:
    def __init__(self, name):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(), self.Stay)
        self.token = self.token_of("/")
        answer = self.ask("/signin", person=name, passphrase=PHRASE)
        assert answer[0] == 303, (name, answer)
        self.token = self.token_of("/ledger")

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def ask(self, path, **fields):
        body = urllib.parse.urlencode(dict(fields, token=self.token)).encode() if fields else None
        request = urllib.request.Request(base + path, data=body, headers={"Origin": base})
        try:
            answer = self.opener.open(request, timeout=60)
        except urllib.error.HTTPError as e:
            answer = e
        return answer.status, answer.read()

    def token_of(self, path):
        return re.search(r'name="token" value="([0-9a-f]+)"', self.ask(path)[1].decode()).group(1)


def first(db, sql):
    found = rows(db, sql)
    return found[0][0] if found else "0"


sheet, field = rows("ledger", "SELECT sheet, field FROM task JOIN sheet USING(serial) ORDER BY done, serial LIMIT 1")[0]
patient, ward = rows("ledger", "SELECT patient, ward FROM sheet WHERE patient IS NOT NULL AND state IN('read','reviewed') LIMIT 1")[0]
scan, second = first("ledger", "SELECT scan_id FROM scan WHERE outcome='no-code'"), first("ledger", "SELECT scan_id FROM scan WHERE outcome='second-image'")
number = first("record", "SELECT patient_id FROM patient WHERE identifier_system LIKE '%downtime%'")
blank = first("ledger", "SELECT sheet FROM sheet WHERE subject_kind=4 AND has_fields=1 ORDER BY state='printed'")
pack = first("ledger", "SELECT pack_id FROM pack")
held = rows("ledger", "SELECT sheet, capture FROM hold JOIN sheet USING(serial) LIMIT 1") or [("0", "0")]
# What an address is visited with, besides itself.
WITH = {
    "/pack/*": [pack + ".pdf"], "/sheet/*": [sheet, sheet + "?field=" + field],
    "/crop/*": ["%s/%s.png" % (sheet, f) for f in (field, "@sheet", "@near." + field, "@tile." + field, "@row." + field, "@band")],
    "/picture/*": ["%s/0.png" % scan, "%s/90.png" % scan, "%s/f/%s.png" % (second, field), "%s/band.png" % scan],
    "/print": ["?ward=" + ward, "?who=" + patient], "/print/job": ["?id=1", "?id=1&json=1"], "/": ["?out=1", "?locked=1"],
    "/review": ["?back=1", "?need=key1&group=obs/col%23.rr", "?told=3"], "/review/queues": ["?told=1"], "/review/ticks": ["?told=1"],
    "/ledger": ["?ward=" + ward, "?ward=%s&state=printed" % ward], "/batches": ["?batch=B1"], "/images": ["?kind=no-code", "?kind=second-image"],
    "/image": ["?scan=%s" % scan, "?scan=%s&turn=90" % scan], "/second": ["?scan=%s" % second], "/identity": ["?number=" + number],
    "/bind": ["?sheet=" + blank], "/conflicts": ["?" + urllib.parse.urlencode({"sheet": held[0][0], "capture": held[0][1]})],
    "/merge": ["?ward=" + ward, "?ward=%s&patient=%s" % (ward, patient)], "/merges": ["?person=an"], "/report": ["?again=1"], "/audit": ["?event=key", "?person=an"],
}
people = {name: Person(name) for name in sys.argv[4].split(",")}
for p in people.values():
    p.ask("/review/take", need="")  # some hold fields while they look
time.sleep(0.5)
before, seen, codes, unknown = state(), 0, {}, []
addresses = []
for line in subprocess.check_output([routes], text=True).splitlines():
    method, path, _ = line.split()
    if method != "GET":
        continue
    if path.endswith("*") and path not in WITH:
        unknown.append(path)
    if not path.endswith("*"):
        addresses.append(path)
    addresses += [path.rstrip("*") + tail for tail in WITH.get(path, [])]
looked = rows("ledger", "SELECT count(*) FROM audit")[0][0]
for name, p in people.items():
    for address in addresses:
        code, _ = p.ask(address)
        codes.setdefault(code, []).append("%s %s" % (name, address))
        seen += 1
for p in people.values():  # what counts in the background is done
    for _ in range(100):
        if b"data-counting" not in p.ask("/report")[1]:
            break
        time.sleep(0.1)
after = state()
changed = [k for k in sorted(set(before) | set(after)) if before.get(k) != after.get(k)]
check("every address with a star is known to this test", not unknown, unknown)
check("%d GETs as %d people change nothing but the audit" % (seen, len(people)), not changed and seen > 100, [(c, [x for x in after.get(c, []) if x not in before.get(c, [])][:2]) for c in changed])
check("none of them fails", not [c for c in codes if c >= 500], {c: codes[c][:6] for c in codes if c >= 500})
check("most of them show something", len(codes.get(200, [])) > seen / 3, {c: len(v) for c, v in codes.items()})
check("who looked is written down", rows("ledger", "SELECT count(*) FROM audit")[0][0] > looked + 20)
