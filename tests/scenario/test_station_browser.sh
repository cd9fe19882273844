#!/bin/sh
# The station in a real browser, by its keyboard alone.  Needs chromium and selenium.
. "$(dirname "$0")/lib.sh"
release_only "what a browser asks for, other tests of the station ask for as well"
command -v chromedriver >/dev/null && /usr/bin/python3 -c 'import selenium' 2>/dev/null || { echo "skip - selenium and chromium-driver are not installed"; exit 0; }
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli snapshot
for p in an:clerk koen:nurse; do must repli person add "${p%%:*}" "${p%%:*}" "${p##*:}"; done; cheap_phrases
must repli print 3B --form obs -o "$work/obs.pdf"
repli layout "$work/obs.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/obs.pdf" "$work/layout.json" "$work/scans" --severity none --seed 5 --used 0.2 --render 200
must repli scan "$work"/scans/scan-*
"$out/repli" serve --listen 127.0.0.1:0 >"$work/address" 2>"$work/serve.err" & station=$!
trap 'kill $station 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
for i in $(seq 100); do [ -s "$work/address" ] && break; sleep 0.1; done
PYTHONPATH="$root/tests/browser" timeout 200 /usr/bin/python3 - "$(sed 's|/$||' "$work/address")" "$REPLI_SITE/ledger.db" <<'PY'
import sqlite3, sys, time
from browser import By, Keys, check, open_browser, wait
base, db = sys.argv[1:]
d = open_browser(1280, 720)
def focus(): return d.switch_to.active_element
def entries():
    c = sqlite3.connect("file:%s?mode=ro" % db, uri=True)
    try: return c.execute("SELECT answer, value FROM entry ORDER BY entry_id").fetchall()
    finally: c.close()
def sign_in(who):
    d.get(base + "/")
    focus().send_keys(who + Keys.TAB); focus().send_keys("quatre mots de passe" + Keys.ENTER)
    wait(lambda: "/print" in d.current_url or "/review" in d.current_url)
sign_in("koen")
check("focus is on the emergency pack", focus().get_attribute("id") == "emergency")
focus().send_keys(Keys.F3)
check("F3 asks for the bed and prints nothing", focus().get_attribute("name") == "bed" and "/print" in d.current_url)
focus().send_keys(Keys.ESCAPE)
check("Esc goes back", focus().get_attribute("id") == "emergency")
d.delete_all_cookies()
sign_in("an")
check("a clerk begins at the review", "/review" in d.current_url, d.current_url)
focus().send_keys(Keys.ENTER); wait(lambda: d.current_url.endswith("/review"))
wait(lambda: d.find_element(By.ID, "next").find_elements(By.TAG_NAME, "li"))
time.sleep(1)
focus().send_keys(Keys.ENTER); time.sleep(0.5)
tick = d.find_element(By.ID, "value").get_attribute("value") == "x"
check("Enter never means blank", tick or entries() == [], entries())
n = len(entries())
focus().send_keys(Keys.SUBTRACT)
check("minus is blank", wait(lambda: len(entries()) == n + 1) and entries()[-1] == ("blank", None), entries())
time.sleep(0.5)
focus().send_keys(Keys.MULTIPLY)
check("star is illegible", wait(lambda: len(entries()) == n + 2) and entries()[-1][0] == "illegible", entries())
time.sleep(0.5)
d.execute_script("""var i = document.getElementById('value'); i.value = '';
    ['Digit1', 'Numpad2'].forEach(function (c, k) { i.dispatchEvent(new KeyboardEvent('keydown', {code: c, key: k ? 'ArrowDown' : '&', bubbles: true, cancelable: true})); });""")
value = d.find_element(By.ID, "value").get_attribute("value")
check("digits are known by their place on an AZERTY keyboard and without NumLock", value in ("12", "x"), value)
left = len(d.find_elements(By.CSS_SELECTOR, "#seen li"))
check("what was done stays in sight", left == 2, left)
for path in ("/review", "/ledger", "/outage", "/print"):
    d.get(base + path); time.sleep(0.4)
severe = [e for e in d.get_log("browser") if e["level"] == "SEVERE"]
check("no page breaks its own rules", not severe, severe)
d.set_window_size(700, 500); d.get(base + "/print")
check("no page is wider than a small window", d.execute_script("return document.documentElement.scrollWidth <= window.innerWidth"))
d.quit()
PY
