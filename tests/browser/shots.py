"""Pictures of every page.  usage: shots.py ADDRESS ROUTES FOLDER [PART-OF-AN-ADDRESS]"""
import os
import subprocess
import sys

from browser import By, Keys, focus, look, open_browser, pages, pdf, sign_in, size, visit, wait, PEOPLE

base, routes, folder = sys.argv[1:4]
only = sys.argv[4] if len(sys.argv) > 4 else ""
os.makedirs(folder, exist_ok=True)
d = open_browser()


def shot(name):
    for theme in ("light", "dark"):
        look(d, theme)
        for width, height in ((1280, 800), (1920, 1080)):
            size(d, width, height)
            d.save_screenshot("%s/%s-%d-%s.png" % (folder, name, width, theme))


def name_of(address):
    return address.strip("/*").split("?")[0].replace("/", "-") or "signin"


def emergency():
    d.get(base + "/")
    focus(d).send_keys(Keys.F2)
    for field, text in (("name", "Jan Maes"), ("function", "infirmier de nuit, 3B"), ("why", "panne, pas encore de compte")):
        d.find_element(By.ID, field).send_keys(text)
    d.find_element(By.ID, "why").send_keys(Keys.ENTER)
    wait(lambda: d.find_element(By.ID, "emergency")).click()
    wait(lambda: d.find_element(By.CSS_SELECTOR, ".again, .button.main"))


list_of = [(a, r) for a, r in pages(routes) if only in a]
d.get(base + "/")
emergency()
for address, role in [x for x in list_of if x[1] is None]:
    d.delete_all_cookies()
    d.get(base + address)
    shot(name_of(address))
if not only:
    d.get(base + "/")
    wait(lambda: d.find_elements(By.CSS_SELECTOR, "#glass[open]") or focus(d).send_keys(Keys.F2))
    shot("signin-emergency")
def wall():
    """Ticks that the machine read alike, if the site has some to confirm."""
    d.get(base + "/review/queues")
    found = d.find_elements(By.CSS_SELECTOR, ".choose form:has([name=need][value=confirm]) button")
    if found:
        found[0].send_keys(Keys.ENTER)
        wait(lambda: d.find_elements(By.CSS_SELECTOR, ".tile"), 5)
        shot("review-ticks")


for role in PEOPLE:
    mine = [x for x in list_of if x[1] == role]
    if mine or role == "nurse":
        sign_in(d, base, PEOPLE[role])
    for address, _ in mine:
        if not visit(d, base, address):
            print("nothing leads to " + address)
        elif address == "/report": # it is counted while one waits
            wait(lambda: not d.find_elements(By.CSS_SELECTOR, "[data-counting]"))
        shot(name_of(address))
    if role == "coordinator" and not only:
        d.get(base + "/print?ward=9Z")
        with open(folder + "/report.pdf", "wb") as f:
            f.write(pdf(d, "/report.pdf"))
        subprocess.run(["pdftoppm", "-r", "80", "-png", folder + "/report.pdf", folder + "/report-pdf"], check=True)
    if role == "clerk" and not only:
        wall()
    if role == "nurse":
        d.get(base + "/print?ward=3B")
        shot("print-nurse")
        focus(d).send_keys(Keys.F1)
        size(d, 1280, 800)
        d.save_screenshot("%s/print-help-1280-dark.png" % folder)
print("%d pictures in %s" % (len(os.listdir(folder)), folder))
d.quit()
