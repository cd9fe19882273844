#!/bin/sh
# The desk in a real browser, by its keyboard: a conflict is decided, two people say which sheet an image shows and who somebody
# is, a patient's sheets are signed for and taken back.  Needs chromium and selenium.
. "$(dirname "$0")/lib.sh"
release_only "what a browser asks for, other tests of the station ask for as well"
command -v chromedriver >/dev/null && /usr/bin/python3 -c 'import selenium' 2>/dev/null || { echo "skip - selenium and chromium-driver are not installed"; exit 0; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli snapshot
for p in an:clerk koen:nurse luc:verifier claire:coordinator; do must repli person add "${p%%:*}" "<b>${p%%:*}" "${p##*:}"; done; cheap_phrases
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli outage open --by claire
must repli print "$ward" --form obs -o "$work/obs.pdf"
must repli print "$ward" --pack admission -o "$work/adm.pdf"
must repli print "$ward" --pack spares -o "$work/spares.pdf"
for f in obs adm spares; do repli layout "$work/$f.pdf" --json >"$work/$f.json"; done
must "$out/pens" "$work/obs.pdf" "$work/obs.json" "$work/scans" --severity none --seed 5 --used 0.15 --render 200
must "$out/pens" "$work/adm.pdf" "$work/adm.json" "$work/more" --severity none --seed 11 --used 0.3 --render 200
page=$(/usr/bin/python3 -c 'import json, sys; print(next(s["page"] for s in json.load(open(sys.argv[1]))["sheets"] if s["form"] == "obs"))' "$work/spares.json") # one that nobody is printed on
must "$out/pens" "$work/spares.pdf" "$work/spares.json" "$work/blank" --severity none --seed 3 --used 0.9 --render 200 --pages "$page-$page"
must "$out/pens" "$work/obs.pdf" "$work/obs.json" "$work/again" --severity none --seed 8 --used 0.15 --render 200 --pages 5-5   # written on since it was scanned
export REPLI_AT=2026-11-23T12:00
rm "$work"/scans/scan-0001.*                                   # its first sheet comes with a torn code
must repli scan "$work"/scans/scan-* "$work"/more/scan-* --batch B1
must repli scan "$work"/again/scan-* "$work"/blank/scan-* --batch B1
pdftoppm -r 200 -gray -f 1 -l 1 "$work/obs.pdf" "$work/page"
/usr/bin/python3 "$root/tests/browser/torn.py" "$work"/page*.pgm "$work/torn.png"
must repli scan "$work/torn.png" --batch B2
/usr/bin/python3 -c 'import json, sys; json.dump([s for f in sys.argv[2:] for s in json.load(open(f))], open(sys.argv[1], "w"))' "$work/truth.json" "$work/scans/truth.json" "$work/more/truth.json" "$work/blank/truth.json" "$work/again/truth.json"
for p in an koen; do answer $p || { not_ok "$p answers"; exit 1; }; done
# The record changes: another value of the minute of a value on paper; and the hospital registers who came by number.
/usr/bin/python3 "$root/tests/browser/disagree.py" "$work/obs.json" "$REPLI_SITE" "$work/late.ndjson"
[ -s "$work/late.ndjson" ] && ok "a value on paper has a minute" || { not_ok "a value on paper has a minute"; exit 1; }
must repli import "$work/late.ndjson"
must repli merge --by claire
sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM hold WHERE kind='value-there-different'" | grep -qx 1 && ok "paper and record disagree once" || not_ok "paper and record disagree once" "$(sql "$REPLI_SITE/ledger.db" 'SELECT kind FROM hold')"
notes=$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE subject_kind=4 AND form_id='obs' AND state='merged' LIMIT 1")
for m in $(sql "$REPLI_SITE/record.db" "SELECT merge_id FROM merge WHERE sheet='$notes'"); do must repli merge undo "$m" --by claire; done   # so that it can be given to somebody else
number=$(sql "$REPLI_SITE/record.db" "SELECT patient_id FROM patient WHERE identifier_system LIKE '%downtime%'")
sql -json "$REPLI_SITE/record.db" "SELECT family, given, birth_date AS born FROM patient WHERE patient_id='$number'" >"$work/who.json"
/usr/bin/python3 -c '
import json, sys
w = json.load(open(sys.argv[1]))[0]
print(json.dumps({"resourceType": "Patient", "id": "real", "identifier": [{"system": "urn:ipp", "value": "4711203"}], "name": [{"family": w["family"] or "LEFEVRE", "given": [w["given"] or "Jean"]}], "birthDate": w["born"] or "1955-02-18"}))' "$work/who.json" >"$work/real.ndjson"
must repli import "$work/real.ndjson"
export REPLI_AT=2026-11-23T14:00
"$out/repli" serve --listen 127.0.0.1:0 >"$work/address" 2>"$work/serve.err" & station=$!
trap 'kill $station 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
for i in $(seq 100); do [ -s "$work/address" ] && break; sleep 0.1; done
timeout 100 /usr/bin/python3 "$root/tests/browser/looks.py" "$(sed -n '1s|/$||p' "$work/address")" "$out/routes" "$REPLI_SITE" an,koen,luc,claire
PYTHONPATH="$root/tests/browser" timeout 200 /usr/bin/python3 - "$(sed -n '1s|/$||p' "$work/address")" "$REPLI_SITE" "$number" "$ward" <<'PY'
import sqlite3, sys, urllib.parse
from browser import By, Keys, check, open_browser, wait
base, site, number, ward = sys.argv[1:]
d = open_browser(1280, 720)
def focus(): return d.switch_to.active_element
def rows(db, sql, *a):
    c = sqlite3.connect("file:%s/%s.db?mode=ro" % (site, db), uri=True, timeout=20)
    try: return c.execute(sql, a).fetchall()
    finally: c.close()
def sign_in(who):
    d.delete_all_cookies(); d.get(base + "/")
    focus().send_keys(who + Keys.TAB); focus().send_keys("quatre mots de passe" + Keys.ENTER)
    wait(lambda: "/print" in d.current_url or "/review" in d.current_url)
def said(): return [e.text for e in d.find_elements(By.CSS_SELECTOR, ".said")]

sign_in("luc")                                                 # ---- a conflict
d.get(base + "/conflicts")
check("three columns stand beside each other, with a picture", len(d.find_elements(By.CSS_SELECTOR, ".tri thead th")) == 3 and d.find_elements(By.CSS_SELECTOR, ".tri img"))
asked = d.find_element(By.CSS_SELECTOR, "main").text
check("what differs is said in words of the page and on its clock", "le papier dit" in asked and "paper says" not in asked and "T0" not in asked and "00Z" not in asked, asked[:300])
check("nothing is chosen before", focus().get_attribute("id") == "choice" and focus().get_attribute("value") == "")
focus().send_keys("3"); check("3 marks the paper", len(d.find_elements(By.CSS_SELECTOR, ".tri .picked")) == 2)
focus().send_keys("2" + Keys.ENTER)
check("2 and Enter keep the record", wait(lambda: rows("ledger", "SELECT decided, decided_by FROM hold WHERE kind='value-there-different'") == [("live", "luc")]))

def assign(who):                                               # ---- an image without a code
    d.get(base + "/images?kind=no-code")
    focus().send_keys(Keys.ARROW_DOWN); focus().send_keys(Keys.ENTER)
    wait(lambda: "/image?" in d.current_url)
    check("%s sees the band, and nothing of what others said" % who, len(d.find_elements(By.CSS_SELECTOR, ".strip img")) >= 1 and not d.find_elements(By.CSS_SELECTOR, ".note code"))
    focus().send_keys("1")
    value = d.find_element(By.ID, "sheet").get_attribute("value")
    focus().send_keys("+"); focus().send_keys(Keys.ENTER)
    return value
wanted = rows("ledger", "SELECT sheet FROM sheet WHERE form_id='obs' AND state='printed' AND subject_kind=1 ORDER BY serial LIMIT 1")
first = assign("luc")
check("the likest candidate is the sheet", wanted and first == wanted[0][0], (first, wanted))
check("one person is not enough", wait(lambda: rows("ledger", "SELECT person FROM assignment") == [("luc",)]) and rows("ledger", "SELECT outcome FROM scan ORDER BY scan_id DESC LIMIT 1") == [("no-code",)])
turn = d.current_url; d.find_element(By.TAG_NAME, "body").send_keys(Keys.F8); check("F8 turns the picture", wait(lambda: "turn=90" in d.current_url), d.current_url)
sign_in("an"); assign("an")
check("two are: it is read", wait(lambda: rows("ledger", "SELECT outcome FROM scan ORDER BY scan_id DESC LIMIT 1") == [("read",)]), said())

sign_in("koen")                                                # ---- who somebody is
d.get(base + "/identity?number=" + number)
d.find_element(By.TAG_NAME, "h1").click(); d.find_element(By.TAG_NAME, "body").send_keys("1")
check("1 chooses the candidate", bool(d.find_elements(By.CSS_SELECTOR, "[name=patient]:checked")))
d.find_element(By.ID, "proof1").send_keys("identity card"); d.find_element(By.ID, "proof2").send_keys("her <i>daughter" + Keys.ENTER)
check("a proposal of one person", wait(lambda: rows("record", "SELECT act, person FROM identity_act") == [("proposed", "koen")]), said())
check("who proposed cannot confirm", not d.find_elements(By.ID, "confirm"))
sign_in("luc"); d.get(base + "/identity?number=" + number)
check("a hostile proof is only text", "<i>daughter" in d.find_element(By.CSS_SELECTOR, ".steps").text)
d.find_element(By.ID, "confirm").send_keys(Keys.ENTER)
check("another one confirms", wait(lambda: rows("record", "SELECT act, person FROM identity_act ORDER BY act_id")[1:] == [("confirmed", "luc")]), said())

real = rows("record", "SELECT identifier_value FROM patient WHERE patient_id='real'")[0][0]

def bind(who, number):                                         # ---- whose a blank sheet is
    sign_in(who); d.get(base + "/bind")
    focus().send_keys(Keys.ARROW_DOWN); focus().send_keys(Keys.ENTER); wait(lambda: "sheet=" in d.current_url and focus().get_attribute("id") == "patient")
    text = d.find_element(By.TAG_NAME, "main").text
    focus().send_keys(number); focus().send_keys("+"); focus().send_keys(Keys.ENTER)
    wait(lambda: d.find_elements(By.CSS_SELECTOR, ".said"))
    return text
bind("koen", "nobody-has-this")
check("a number that nobody has is refused in words", any("dossier" in t for t in said()) and not rows("ledger", "SELECT 1 FROM binding"), said())
bind("koen", real)
check("one person is not enough", wait(lambda: rows("ledger", "SELECT person, number FROM binding") == [("koen", real)]), said())
text = bind("luc", real)
check("the second sees nothing of the first", "LEFEVRE" not in text and real not in text, text)
check("two are", wait(lambda: rows("ledger", "SELECT person, number FROM binding") == [("koen", real), ("luc", real)]) and d.find_elements(By.CSS_SELECTOR, ".note.ok"), said())

def divide(phrase):                                            # ---- one number that two people bore
    d.get(base + "/identity?number=" + number)
    d.find_element(By.CSS_SELECTOR, "details.split summary").click()
    box = d.find_element(By.CSS_SELECTOR, "#split [name=sheet]:not([disabled])"); sheet = box.get_attribute("value"); box.click()
    for i, t in (("split-reason", "--help"), ("second", "luc"), ("second-phrase", phrase)): d.find_element(By.ID, i).send_keys(t)
    d.find_element(By.ID, "second-phrase").send_keys(Keys.ENTER)
    wait(lambda: d.find_elements(By.CSS_SELECTOR, ".said, .note.bad h1"))
    return sheet
sign_in("claire")
divide("not the words")
check("the second person must be there", "seconde personne" in d.find_element(By.TAG_NAME, "main").text and not rows("record", "SELECT 1 FROM identity_sheet"))
sheet = divide("quatre mots de passe")
check("then the sheet is the other one's, under both names", wait(lambda: rows("record", "SELECT sheet, person, second, reason FROM identity_sheet") == [(sheet, "claire", "luc", "--help")]), (rows("record", "SELECT sheet, person, second, reason FROM identity_sheet"), d.find_element(By.TAG_NAME, "main").text[:300]))

sign_in("claire")                                              # ---- merge and undo
patient = rows("ledger", "SELECT patient FROM sheet JOIN hold USING(serial) WHERE kind='value-there-different'")[0][0]
d.get(base + "/merge?ward=%s&patient=%s" % (urllib.parse.quote(ward), urllib.parse.quote(patient)))
lines = len(d.find_elements(By.CSS_SELECTOR, "section table.tight tbody tr"))
check("the dry run shows lines and has written nothing", lines > 0)
n = rows("record", "SELECT count(*) FROM merge")[0][0]
d.find_element(By.TAG_NAME, "body").send_keys(Keys.F4); focus().send_keys("not the words" + Keys.ENTER)
check("with another passphrase nothing is signed", wait(lambda: d.find_elements(By.CSS_SELECTOR, ".said[role=alert]")) and rows("record", "SELECT count(*) FROM merge") == [(n,)], said())
d.find_element(By.TAG_NAME, "body").send_keys(Keys.F4); focus().send_keys("quatre mots de passe" + Keys.ENTER)
check("F4, the passphrase and Enter sign and merge", wait(lambda: rows("record", "SELECT count(*), max(person) FROM merge") == [(n + 1, "claire")]), said())
check("both are written down", rows("ledger", "SELECT person, outcome FROM audit WHERE event='sign' AND object=? ORDER BY seq", patient) == [("claire", "refused"), ("claire", "signed")])
d.get(base + "/merges")
box = d.find_element(By.CSS_SELECTOR, "[data-merge]"); merge = box.get_attribute("value"); box.click()
d.find_element(By.ID, "undo-reason").send_keys("wrong patient" + Keys.ENTER)
check("it is undone, by name and reason", wait(lambda: rows("record", "SELECT merge_id, person, reason FROM merge_undo WHERE reason IS NOT NULL") == [(merge, "claire", "wrong patient")]), said())
for path in ("/ledger?ward=" + urllib.parse.quote(ward), "/images", "/batches", "/identity", "/conflicts", "/merge", "/merges", "/report", "/people", "/audit"):
    d.get(base + path)
    check("%s stands, with a name that is only text" % path, "<b>claire" in d.find_element(By.CSS_SELECTOR, ".who").text and d.find_elements(By.TAG_NAME, "h1"))
severe = [e for e in d.get_log("browser") if e["level"] == "SEVERE" and not any(x in e["message"] for x in ("403 (Forbidden)", "/bind/say"))] # what is to be refused here
check("no page breaks its own rules", not severe, severe)
d.set_window_size(640, 500)
wide = []
for path in ("/ledger", "/images", "/identity", "/conflicts", "/merge", "/merges", "/report", "/people", "/audit"):
    d.get(base + path)
    if not d.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"): wide.append(path)
check("no page is wider than a window at 200 %", not wide, wide)
views = rows("ledger", "SELECT count(*) FROM audit WHERE event='view' AND person='claire' AND object=?", patient)[0][0]
check("looking at a patient is in the audit", views > 0, views)
d.quit()
PY
yes "the audit is whole" repli audit verify
kill $station; wait $station; is "it ends when told" "$?" 0
