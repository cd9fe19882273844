#!/bin/sh
# The station speaks four languages: the same lines in each, the same gaps in each line, and every complaint that a line is made for
# is still one that the program makes, word for word.
. "$(dirname "$0")/lib.sh"
/usr/bin/python3 - "$root" <<'PY'
import glob, re, sys
root, made = sys.argv[1], []
for path in glob.glob(root + "/forms/**/*.c", recursive=True):
    for run in re.findall(r'(?:"(?:[^"\\\n]|\\.)*"(?:\s*PRI\w+)?\s*)+', open(path).read()):
        literal = "".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', run)).replace('\\"', '"')
        parts = re.split(r"%[-0-9.*]*(?:ll|l|z)?[a-zA-Z]|%", literal)
        if " " in literal:
            made.append((sum(map(len, parts)), re.compile(".*".join(map(re.escape, parts)))))


def said(key):
    """Some literal of the program makes it: most of it word for word."""
    least = 0.6 * len(re.sub(r"\[\w\]", "", key))
    return any(n >= least and (m.fullmatch(key) or m.fullmatch(key[3:])) for n, m in made)


def wrong(lines):
    bad, every = [], set(k for l in lines for k, _ in lines[l])
    for l in lines:
        keys = [k for k, _ in lines[l]]
        bad += ["%s, twice: %s" % (l, k) for k in every if keys.count(k) > 1]
        bad += ["%s, missing: %s" % (l, k) for k in every.difference(keys)]
        for k, w in lines[l]:
            gaps, got = set(re.findall(r"\[\w+\]", k)), set(re.findall(r"\[\w+\]", w))
            if got - gaps or not w.strip() or (gaps - got and "[1]" not in gaps):
                bad.append("%s, gaps: %s = %s" % (l, k, w))
    return bad


def check(what, good, why=""):
    print(("ok - " if good else "not ok - ") + what + ("" if good else ": %s" % (why,)))


lines = {l: [x.split(" = ", 1) for x in open("%s/templates/station/%s.words" % (root, l)).read().splitlines() if x] for l in ("fr", "nl", "de")}
bad = wrong(lines)
check("the lines of every language fit each other", not bad, bad[:5])
complaints = [k for k, _ in lines["fr"] if "[1]" in k]
dead = [k for k in complaints if not said(k)]
check("%d complaints are those that the program makes" % len(complaints), len(complaints) > 50 and not dead, dead[:5])
# what the audit writes down is English in the chain, and has a word in each language
source = "".join(open(root + "/forms/" + f).read() for f in ("store/ledger_audit.c", "store/ledger_audit_check.c"))
source = source[source.index("deeds[]"):source.index("/* One row:")]
chain = set(re.findall(r"'([a-z][a-z, ]+[a-z])'", source)) | set(re.findall(r'"(?:NULL|NEW\.\w+|CASE[^"]*)", "([a-z]+)", "', source))
for path in glob.glob(root + "/forms/**/*.c", recursive=True):
    for call in re.findall(r"(?:repli_cli_note|station_note)\(([^;]*);", open(path).read()):
        chain |= set(re.findall(r'"([a-z][a-z, -]*[a-z])"', call))
states = {"allotted", "scanned", "read", "no fields", "in place of", "to measure", "sample", "fhir"}
unsaid = [w for w in sorted(chain - states) if w not in dict(lines["fr"])]
check("%d words of the audit are in every language" % len(chain), len(chain) > 60 and not unsaid, unsaid)
for planted in (("[count] sheets", "feuilles"), ("Ledger", "Registre"), ("of the French alone", "des Français"), ("[a] of", "[b]")):
    check("'%s = %s' is seen" % planted, wrong(dict(lines, fr=lines["fr"] + [list(planted)])))
check("a complaint that nobody makes is seen", not said("ward '[1]' is nowhere") and not said("the disk '[1]' is full of sheets"))
PY
