"""No page has what keeps somebody out: names, roles, order of focus, once; contrast in light and in dark.
usage: axe.py ADDRESS ROUTES AXE.JS    without the file of axe-core: checks of our own
"""
import os
import sys

from browser import By, Keys, check, focus, look, open_browser, pages, pdf, sign_in, visit, wait, PEOPLE

base, routes, axe = sys.argv[1:4]
source = open(axe).read() if os.path.exists(axe) else None
d = open_browser()

OWN = r"""
var bad = [], all = arguments[0] !== "contrast";
function say(e, what) { bad.push(what + ": " + e.outerHTML.slice(0, 120)); }
function shown(e) { return e.checkVisibility ? e.checkVisibility() : e.offsetParent !== null; }
function name(e) {
  var l = e.labels && e.labels.length ? Array.prototype.map.call(e.labels, function (x) { return x.textContent; }).join(" ") : "";
  return (e.getAttribute("aria-label") || l || e.textContent || e.getAttribute("alt") || e.title || "").trim();
}
function rgb(c) { var m = c.match(/[\d.]+/g).map(Number); return m.length < 4 ? m.concat([1]) : m; }
function lum(c) { var v = c.slice(0, 3).map(function (x) { x /= 255; return x <= .03928 ? x / 12.92 : Math.pow((x + .055) / 1.055, 2.4); }); return .2126 * v[0] + .7152 * v[1] + .0722 * v[2]; }
function behind(e) { for (; e; e = e.parentElement) { var c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 1) { return c; } } return [255, 255, 255, 1]; }
if (all) {
document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea, summary").forEach(function (e) { if (shown(e) && !name(e)) { say(e, "no name"); } });
document.querySelectorAll("img").forEach(function (e) { if (!e.hasAttribute("alt")) { say(e, "no alt"); } });
document.querySelectorAll("[tabindex]").forEach(function (e) { if (e.tabIndex > 0) { say(e, "tabindex"); } });
var ids = {};
document.querySelectorAll("[id]").forEach(function (e) { if (ids[e.id]) { say(e, "id twice"); } ids[e.id] = 1; });
if (document.querySelectorAll("h1").length !== 1) { bad.push("not one h1"); }
if (!document.documentElement.lang || !document.title) { bad.push("no language or title"); }
if (!document.querySelector("#f1")) { bad.push("no way to the keys"); }
}
var walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), t;
while ((t = walk.nextNode())) {
  var e = t.parentElement, s = getComputedStyle(e);
  if (!t.textContent.trim() || !shown(e) || /SCRIPT|NOSCRIPT|TEMPLATE|OPTION/.test(e.tagName) || e.closest(".unseen, .skip, template, noscript")) { continue; }
  var a = lum(rgb(s.color)), b = lum(behind(e)), ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05), size = parseFloat(s.fontSize);
  if (ratio < (size >= 24 || (size >= 18.66 && s.fontWeight >= 700) ? 3 : 4.5)) { say(e, "contrast " + ratio.toFixed(2)); }
}
return bad;
"""
AXE = """
var done = arguments[arguments.length - 1];
axe.run(document, arguments[0] === "contrast" ? {runOnly: {type: "rule", values: ["color-contrast"]}, resultTypes: ["violations"]} : {resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}).then(function (r) {
  done(r.violations.filter(function (v) { return v.impact !== "minor"; }).map(function (v) { return v.id + ": " + v.nodes.map(function (n) { return n.html.slice(0, 100); }).slice(0, 3).join(" | "); }));
});
"""


def wrong(what="all"):
    bad = d.execute_script(OWN, what)
    if source:
        if not d.execute_script("return window.axe !== undefined"):
            d.execute_script(source)
        bad += d.execute_async_script(AXE, what)
    return bad


def in_reading_order():
    """Tab goes down the page as the eye does: never back up by more than a line within one part."""
    return d.execute_script("""
var last = null, bad = [];
document.querySelectorAll("main form button, main form input:not([type=hidden]), main form select").forEach(function (e) {
  var r = e.getBoundingClientRect(), part = e.closest("section, form.signin, main");
  if (r.width && last && last.part === part && r.bottom < last.top - 4 && r.left <= last.left) { bad.push(e.outerHTML.slice(0, 100)); }
  if (r.width) { last = {part: part, top: r.top, left: r.left}; }
});
return bad;""")


def turn(theme):
    """The page as it is in the other colours, without fetching it again; and back to what its cookie said."""
    d.execute_script("document.documentElement.dataset.theme = arguments[0]", theme)


def look_at(address):
    if not visit(d, base, address):
        check(address, False, "nothing of the site leads there")
        return
    bad = wrong() + in_reading_order()
    check(address, not bad, bad)
    turn("dark")
    dark = d.execute_script("return getComputedStyle(document.body).backgroundColor")
    bad = wrong("contrast")
    check("%s, dark" % address, not bad and dark != LIGHT, bad or dark)


def finds_what_is_planted():
    """A test that sees nothing proves nothing."""
    d.get(base + "/help")
    d.execute_script("""
var b = document.createElement("button"), p = document.createElement("p"), i = document.createElement("img");
p.textContent = "pale"; p.style.color = "#999"; p.style.background = "#fff";
document.querySelector("main").append(b, p, i);""")
    own = d.execute_script(OWN)
    check("our own checks find what is planted", len(own) >= 3, own)
    if source:
        d.execute_script(source)
        seen = d.execute_async_script(AXE)
        check("axe finds what is planted", len(seen) >= 2, seen)


def print_something():
    d.get(base + "/print?ward=3B")
    d.find_element(By.CSS_SELECTOR, "#pack-logs button").click()
    wait(lambda: d.find_element(By.CSS_SELECTOR, ".button.main"))


finds_what_is_planted()
found = pages(routes)
d.delete_all_cookies()
d.get(base + "/")
look(d, "light")
LIGHT = d.execute_script("return getComputedStyle(document.body).backgroundColor")
for address, role in found:
    if role is None:
        look_at(address)
for role in PEOPLE:
    mine = [a for a, r in found if r == role]
    if not mine:
        continue
    sign_in(d, base, PEOPLE[role])
    look(d, "light")
    if role == "coordinator":
        print_something()
    for address in mine:
        look_at(address)
    if role == "coordinator":
        got = pdf(d, "/report.pdf")
        check("/report.pdf is one", got[:5] == b"%PDF-" and b"%%EOF" in got[-1024:] and len(got) > 10000, (len(got), got[:80]))
for key, page in ((Keys.F2, "/"), (Keys.F1, "/print")): # what opens
    if page == "/":
        d.delete_all_cookies()
    else:
        sign_in(d, base, PEOPLE["nurse"])
    d.get(base + page)
    focus(d).send_keys(key)
    bad = wrong()
    check("%s, opened" % page, not bad, bad)
check("pages were seen", len(found) >= 8, found)
severe = [e for e in d.get_log("browser") if e["level"] == "SEVERE"]
check("no page breaks its own rules", not severe, severe)
d.quit()
