#!/bin/sh
# Outages and drills: who opens and closes them, what a drill prints, and that its paper never merges.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
outage() { repli status --json | grep -o '"outage":[^]]*'; }

# ---- opening and closing
is "no outage: status says null" "$(repli status --json | grep -o '"outage":null')" '"outage":null'
code "a stranger opens none" 2 repli outage open --by nobody
code "nobody opens none" 2 repli outage open
code "a ward that nobody knows is refused" 2 repli outage open --ward 9Z --by a
code "T0 in the future is refused" 2 repli outage open --from 2026-11-23T05:00 --by a
code "closing what is not open is refused" 4 repli outage close --by a
yes "a drill is opened" repli outage open --drill --ward "$ward" --by a
code "a second one for the same ward is refused" 4 repli outage open --ward "$ward" --by b
code "and one for the whole house" 4 repli outage open --by b
is "status shows the drill" "$(outage | grep -c '"drill":true')" 1

# ---- a drill's paper
code "print in a drill" 6 repli print "$ward" --form obs -o "$work/drill.pdf"
[ "$(repli print "$ward" --reason again --form obs --json | grep -c '"drill":true')" = 1 ] && ok "print says that it is a drill" || not_ok "print says that it is a drill"
is "every sheet carries the drill in its code" "$(sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM sheet WHERE flags & 8 = 0')" 0
pdftotext -layout "$work/drill.pdf" "$work/drill.txt"
[ "$(grep -c 'EXERCICE\|OEFENING' "$work/drill.txt")" -ge "$(pdfinfo "$work/drill.pdf" | sed -n 's/Pages: *//p')" ] && ok "every page says so" || not_ok "every page says so"
repli layout "$work/drill.pdf" --json >"$work/drill.json"
must "$out/pens" "$work/drill.pdf" "$work/drill.json" "$work/scans" --pages 1-2 --seed 3 --render 300
yes "the drill is closed" repli outage close --by b
is "status shows none any more" "$(repli status --json | grep -o '"outage":null')" '"outage":null'
code "closed is closed" 4 repli outage close O0-1 --by b

# ---- the same ward printed for real has the same boxes
code "print for real" 6 repli print "$ward" --reason again --form obs -o "$work/real.pdf"
repli layout "$work/real.pdf" --json >"$work/real.json"
boxes() { grep -o '"box_mm": *\[[^]]*\]' "$1" | sha256sum; }
is "a drill moves no field" "$(boxes "$work/drill.json")" "$(boxes "$work/real.json")"
is "no sheet of it is a drill's" "$(repli layout "$work/real.pdf" --json | grep -o '"sheet": *"[^"]*"' | cut -d'"' -f4 | while read -r s; do sql "$REPLI_SITE/ledger.db" "SELECT flags & 8 FROM sheet WHERE sheet='$s'"; done | sort -u)" 0

# ---- a drill's paper comes back
export REPLI_AT=2026-11-24T09:00
before=$(record_sum)
repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
is "scanning it waits for nobody" $? 0
is "every side with fields ends as drill" "$(grep -o '"outcome": *"[a-z-]*"' "$work/readings.jsonl" | sort -u | tr -d ' ')" '"outcome":"drill"'
is "it asks nobody anything" "$(repli review export | wc -l)" 0
repli merge --by a >/dev/null 2>&1
is "and nothing of it is in the record" "$(from_paper) $(record_sum)" "0 $before"

# ---- a real outage: what was written outside it is held
must "$out/pens" "$work/real.pdf" "$work/real.json" "$work/real" --pages 1-4 --seed 5 --used 0.4 --render 300 --jobs 2
cp "$work/real/truth.json" "$work/truth.json"
yes "the outage is recorded afterwards" repli outage open --from 2026-11-23T04:00 --ward "$ward" --by a
yes "with its end" repli outage close --until 2026-11-23T16:00 --by a
code "another one inside it is refused" 4 repli outage open --from 2026-11-23T10:00 --ward "$ward" --by a
must repli scan "$work"/real/scan-*
answer a; answer b; answer c; answer a; answer b
repli merge --by c --json >"$work/merge.jsonl"
is "something is held as outside the outage" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) > 0 FROM hold WHERE kind = 'outside-outage'")" 1
is "what merged at a known time lies inside it and names it" "$(sql "$REPLI_SITE/record.db" "SELECT count(*) > 0, sum(event_utc NOT BETWEEN 1795402800 AND 1795446000), sum(outage IS NOT 'O0-2') FROM paper_entry WHERE event_utc IS NOT NULL")" "1|0|0"
is "nothing inside it is held for that" "$(grep -o 'outside-outage' "$work/merge.jsonl" | sort -u)" outside-outage
is "both outages are listed, closed" "$(repli outage list --json | grep -c '"open":false')" 2

# ---- a person who keyed nothing of it decides
must repli person add d "Person d" verifier
held() { repli review export --conflicts --by d | grep -c '"why":"outside-outage"'; }
n=$(held); rows=$(from_paper)
is "who keyed it is not asked" "$(repli review export --conflicts --by a | wc -l)" 0
first=$(repli review list --conflicts --by d | sed -n '1p'); set -- $first
code "who keyed it may not decide" 4 repli review decide "$1" "$2" paper --by a
yes "another person decides for paper" repli review decide "$1" "$2" paper --by d
is "one less waits" "$(held)" $((n - 1))
repli merge --by c >/dev/null 2>&1
is "and that one is in the record" "$(from_paper)" $((rows + 1))
is "with who decided, and in no outage" "$(sql "$REPLI_SITE/record.db" "SELECT field, decided, decided_by, outage IS NULL FROM paper_entry WHERE decided IS NOT NULL AND field = capture")" "$2|paper|d|1"
repli review export --conflicts --by d | sed 's/"need":"decide"/"decide":"note"/' >"$work/decisions.jsonl"
yes "the rest is decided as lines" repli review import "$work/decisions.jsonl" --by d
repli merge --by c >"$work/said" 2>&1
is "noted, nothing more is applied" "$(from_paper) $(sql "$REPLI_SITE/record.db" "SELECT count(*) FROM paper_entry WHERE decided = 'note' AND effect = 'note'")" "$((rows + 1)) $((n - 1))"
is "no conflict waits" "$(repli status --json | grep -o '"conflicts":{[^}]*}' | grep -c outside-outage)" 0
