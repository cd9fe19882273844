"""The print page, by its keys alone.  usage: print.py ADDRESS LEDGER QUEUE-FOLDER"""
import glob
import sqlite3
import sys
import time

from browser import By, Keys, check, focus, look, open_browser, sign_in, wait

base, db, queue = sys.argv[1:]
d = open_browser()


def rows(sql):
    c = sqlite3.connect("file:%s?mode=ro" % db, uri=True, timeout=20)
    try:
        return c.execute(sql).fetchall()
    finally:
        c.close()


def packs():
    return rows("SELECT count(*) FROM pack WHERE state='ready'")[0][0]


def keys(*what):
    for k in what:
        focus(d).send_keys(k)


def at(path):
    return wait(lambda: path in d.current_url)


def finished():
    return wait(lambda: not d.find_element(By.CSS_SELECTOR, "[data-job]").get_attribute("data-running"), 60)


# ---- before anybody signed in: no name; an emergency access
d.get(base + "/")
names = [r[0] for r in rows("SELECT DISTINCT patient_name FROM sheet WHERE patient_name IS NOT NULL")]
check("no patient's name before signing in", names and not any(n in d.page_source for n in names), names[:1])
keys(Keys.F1)
check("F1 shows the keys", d.find_element(By.ID, "help").get_attribute("open") and "F2" in d.find_element(By.ID, "help").text)
keys(Keys.F1)
check("F1 again: back in the field", not d.find_element(By.ID, "help").get_attribute("open") and focus(d).get_attribute("id") == "person")
keys(Keys.F2, "Jan Maes <i>", Keys.TAB)
keys("infirmier de nuit", Keys.TAB)
keys("panne", Keys.ENTER)
check("an emergency access opens the print page", at("/print") and focus(d).get_attribute("id") == "emergency", d.current_url)
check("and shows nobody's packs", "P0-" not in d.page_source and "Jan Maes &lt;i&gt;" in d.page_source)
for path in ("/ledger", "/review", "/outage", "/conflicts", "/breakglass"):
    d.get(base + path)
    check("it sees no %s" % path, "3B" not in d.find_element(By.ID, "main").text, path)
d.get(base + "/pack/P0-1.pdf")
check("nor a pack that somebody else printed", "P0-1" not in d.title and d.find_elements(By.ID, "back"))
d.get(base + "/print")
before = packs()
keys(Keys.F8, Keys.ENTER)
check("it prints", at("/print/job") and finished() and packs() == before + 1)
glass = rows("SELECT object, reason FROM audit WHERE event='break-glass' AND outcome='opened'")
check("its words are in the audit", len(glass) == 1 and "Jan Maes <i>, infirmier de nuit: panne" in glass[0][1], glass)
check("and the print under its number", rows("SELECT count(*) FROM audit WHERE event='print' AND person='%s'" % glass[0][0]) == [(1,)])

# ---- the coordinator sees it, until she has looked
sign_in(d, base, "claire")
d.find_element(By.CSS_SELECTOR, 'a[href="/breakglass"]').click()
check("the coordinator sees who, why and what", "panne" in d.page_source and "wardlog" in d.page_source)
d.find_element(By.CSS_SELECTOR, "main form button").click()
wait(lambda: not d.find_elements(By.CSS_SELECTOR, ".bar a.state"))
check("seen, by name", rows("SELECT person FROM audit WHERE event='break-glass' AND outcome='seen'") == [("claire",)])
check("the bar is quiet again", not d.find_elements(By.CSS_SELECTOR, ".bar a.state"))

# ---- the ward's pack, by Enter
sign_in(d, base, "koen")
check("focus is on the emergency pack", focus(d).get_attribute("id") == "emergency")
keys(Keys.F3)
check("F3 asks for the bed and prints nothing", focus(d).get_attribute("id") == "scan" and "/print/job" not in d.current_url)
keys(Keys.ESCAPE)
check("Esc goes back", focus(d).get_attribute("id") == "emergency")
before, start = packs(), time.time()
keys(Keys.ENTER)
at("/print/job")
ready = wait(lambda: d.find_elements(By.CSS_SELECTOR, ".button.main"), 60)
took = time.time() - start
check("Enter prints the ward", finished() and ready and packs() == before + 1 and "mar" in rows("SELECT what FROM pack ORDER BY rowid DESC")[0][0])
check("the PDF has the focus", "/pack/" in (focus(d).get_attribute("href") or ""))
print("# Enter to a PDF on the screen: %.1f s" % took)

# ---- the same again: not unasked, but with a reason
d.get(base + "/print")
keys(Keys.ENTER)
check("the same again is refused, with the ways out", finished() and focus(d).get_attribute("id") == "reason" and d.find_elements(By.CSS_SELECTOR, '[value="changed"]'))
keys("bourrage", Keys.ENTER)
check("with a reason it is printed", wait(lambda: "id=" in d.current_url and d.find_elements(By.CSS_SELECTOR, ".button.main"), 60) and rows("SELECT reason FROM pack ORDER BY rowid DESC")[0][0] == "bourrage", d.current_url)
keys(Keys.ESCAPE)
check("Esc goes back to the packs", wait(lambda: d.find_elements(By.ID, "emergency")))

# ---- a wristband, scanned wherever the focus is: that patient, never the ward
number, bed = rows("SELECT patient, f.bed FROM sheet s JOIN filled f USING(serial) WHERE patient IS NOT NULL AND f.bed IS NOT NULL LIMIT 1")[0]
keys(*number)
check("a scanner's digits go to the patient", focus(d).get_attribute("value") == number, focus(d).get_attribute("outerHTML"))
keys(Keys.ENTER)
at("/print/job")
check("the wristband is one patient", finished() and d.find_elements(By.ID, "reason"), d.page_source[-500:])
keys("transfert", Keys.ENTER)
wait(lambda: d.find_elements(By.CSS_SELECTOR, ".button.main"), 60)
who = rows("SELECT DISTINCT patient FROM sheet WHERE pack_id=(SELECT pack_id FROM pack ORDER BY rowid DESC LIMIT 1) AND patient IS NOT NULL")
check("whose sheets were printed", who == [(number,)], who)
d.get(base + "/print")
keys("9", "9", "9", "9", Keys.ENTER)
check("a number that nobody has", wait(lambda: d.find_elements(By.CSS_SELECTOR, ".note.bad")) and "admission" in d.page_source)
keys(Keys.ENTER)
check("and back", wait(lambda: d.find_elements(By.ID, "emergency")))

# ---- to a printer, from a bed on
wait(lambda: d.get(base + "/print") or "ward-x" in d.page_source)
d.find_element(By.CSS_SELECTOR, '#where [value="ward-x"]').click()
wait(lambda: "printer=ward-x" in d.current_url)
check("the queue is ready, in a word and a shape", d.find_elements(By.CSS_SELECTOR, ".aside .state.ok"))
check("a queue's name is only text", "at the &lt;b&gt;nurses" in d.page_source)
keys(Keys.F9)
keys(bed, Keys.ENTER)
check("from a bed on, to the printer", at("/print/job") and finished() and wait(lambda: "ward-x" in d.find_element(By.ID, "main").text), d.page_source[-600:])
check("which got it", len(glob.glob(queue + "/job-1-*.pdf")) >= 1, glob.glob(queue + "/*"))
d.get(base + "/print?ward=3B&printer=nowhere")
check("an unknown printer is none", d.find_element(By.CSS_SELECTOR, '[name="printer"]').get_attribute("value") == "")

# ---- language goes with the person
look(d, "nl")
sign_in(d, base, "claire")
look(d, "de")
sign_in(d, base, "koen")
check("each has their own language", d.execute_script("return document.documentElement.lang") == "nl")

# ---- the idle lock
d.execute_script("document.body.dataset.idle = 1")
check("a page that nobody touches locks itself", wait(lambda: "locked" in d.current_url, 10), d.current_url)
check("and says so in the audit", rows("SELECT person, outcome FROM audit WHERE event='sign-in' ORDER BY seq DESC LIMIT 1") == [("koen", "locked")])
d.back()
time.sleep(0.3)
check("going back shows nothing", not d.find_elements(By.ID, "emergency"))
severe = [e for e in d.get_log("browser") if e["level"] == "SEVERE" and "40" not in e["message"]]
check("no page breaks its own rules", not severe, severe)
d.quit()

# ---- without a script
d = open_browser(flags=("--blink-settings=scriptEnabled=false",))
sign_in(d, base, "koen")
d.get(base + "/print?ward=3B")
before = packs()
d.find_element(By.CSS_SELECTOR, "#pack-admission button").click()
check("without a script: printed, and found by reloading", wait(lambda: d.find_elements(By.CSS_SELECTOR, ".button.main"), 60) and packs() >= before + 1)
check("the downtime number is told", wait(lambda: "D0000-" in d.page_source), d.page_source[-800:])
d.find_element(By.ID, "f1").click()
check("the keys are a page", wait(lambda: "/help" in d.current_url))
d.quit()
