#!/bin/sh
# The medication sheets of the 44 real patients of the REPLI_SHARED folder: every order is on paper once, in words that may stand
# there; penfill fills some, our own pens others, and what they wrote becomes doses in the record.  Skipped where the folder is not.
. "$(dirname "$0")/lib.sh"
data=$shared/data/fhir/live-wards-odbl
[ -d "$data" ] || { echo "skip - $data is not there"; exit 0; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
export REPLI_AT=2026-11-23T02:00
must repli init --hospital "Wards"
must repli import "$data"
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
export REPLI_AT=2026-11-23T05:10
must repli outage open --from 2026-11-23T04:00 --by a
code "every patient has medication sheets" 0 repli print --all --form mar --lang fr
find "$REPLI_SITE/packs" -name '*.pdf' | while read -r f; do printf '%s %s\n' "$(pdfinfo "$f" | sed -n 's/^Pages: *//p')" "$f"; done | sort -k1,1n -k2 >"$work/packs"
is "one pack a ward" "$(wc -l <"$work/packs")" 15
: >"$work/all.txt"; : >"$work/layouts.json"
while read -r n f; do pdftotext -layout "$f" - >>"$work/all.txt"; repli layout "$f" --json >>"$work/layouts.json"; done <"$work/packs"
snapshot=$(find "$REPLI_SITE/snapshots" -name '*.snapshot')
is "44 first sides" "$(grep -o '"side":"1/[0-9]*"' "$work/layouts.json" | wc -l)" 44
is "each order is to be decided once" "$(grep -o '"kind":"order-decision"' "$work/layouts.json" | wc -l)" "$(sql "$snapshot" 'SELECT count(*) FROM medication_order')"
is "no unit that must not be printed" "$(grep -v 'Care Unit' "$work/all.txt" | grep -cE '(^|[^A-Za-zéè])(U|IU|UNIT|Units?|mcg|MCG|ug|cc|gm)([^A-Za-zé]|$)')" 0
# "1,000" in a sender's own text may be a thousand or one: it is printed as it came.
is "no zero behind a comma, no bare comma" "$(grep -v '[0-9],000' "$work/all.txt" | grep -cE '(^|[^0-9])[,.][0-9]|[0-9][.,][0-9]*0 ?(mg|g|mL|mmol|unité)')" 0
is "the outage is named in the gap" "$(grep -c 'panne depuis le 23-nov 04:00' "$work/all.txt")" 44

small=$(sed -n '1s/^[0-9]* //p' "$work/packs"); large=$(sed -n '$s/^[0-9]* //p' "$work/packs")
repli layout "$small" --json >"$work/small.json"; repli layout "$large" --json >"$work/large.json"
export REPLI_AT=2026-11-24T09:00
if [ -x "$shared/tools/penfill.py" ] && /usr/bin/python3 -c 'import cv2, numpy, PIL' 2>/dev/null; then
    must /usr/bin/python3 "$shared/tools/penfill.py" "$large" "$work/large.json" "$work/scans" --severity mild --seed 37 --pages 1-6
    repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
    /usr/bin/python3 "$shared/tools/score.py" "$work/scans/truth.json" "$work/readings.jsonl" >"$work/score"
    figure() { sed -n "s/^$1 *//p" "$work/score"; }
    is "penfill: every page is read" "$(figure read_percent)" 100.0
    for f in wrong_sheet lines_missing lines_doubled layout_errors fields_missing; do is "penfill: $f" "$(figure $f)" 0; done
else
    echo "skip - penfill needs python3-opencv, python3-numpy and python3-pil"
fi
must "$out/pens" "$small" "$work/small.json" "$work/own" --seed 38 --used 0.7 --pages 1-4 --render 300 --jobs 2
cp "$work/own/truth.json" "$work/truth.json"
repli scan "$work"/own/scan-* --json >"$work/own.jsonl" 2>"$work/said"
"$out/judge" "$work/truth.json" "$work/own.jsonl" 'read_percent>=100' 'wrong_sheet<=0' 'silent<=0' >"$work/judged" 2>"$work/said" &&
    ok "own pens: read right" || not_ok "own pens: read right" "$(tr '\n' ' ' <"$work/said")"
own=$(sed 's/.*"sheet": *"\([^"]*\)".*/\1/' "$work/own.jsonl" | tr '\n' '|' | sed 's/|$//')
for p in a b c b a; do
    repli review export --by $p | grep -E "\"sheet\": *\"($own)\"" >"$work/tasks.jsonl"
    [ -s "$work/tasks.jsonl" ] || continue
    "$out/clerk" "$work/truth.json" <"$work/tasks.jsonl" >"$work/answers.jsonl" 2>"$work/said" && repli review import "$work/answers.jsonl" --by $p >"$work/said" 2>&1
done
repli merge --by c >"$work/said" 2>&1
doses=$(sql "$REPLI_SITE/record.db" 'SELECT count(*) FROM medication_administration WHERE from_paper = 1')
[ "$doses" -ge 30 ] && ok "what was written became $doses doses" || not_ok "what was written became doses" "$doses: $(tail -n 3 "$work/said" | tr '\n' ' ')"
is "each of an order of that patient" "$(sql "$REPLI_SITE/record.db" 'SELECT count(*) FROM medication_administration a LEFT JOIN medication_request r USING(request_id) WHERE a.from_paper = 1 AND r.patient_id IS NOT a.patient_id')" 0
repli merge --by c >"$work/said" 2>&1
is "and no dose twice" "$(sql "$REPLI_SITE/record.db" 'SELECT count(*) FROM medication_administration WHERE from_paper = 1')" "$doses"

# Data that is too old: a list, and nothing to chart a dose in but the gap.
export REPLI_AT=2026-11-25T04:00
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*"census": *[1-9].*/\1/p' | head -n 1)
must repli print "$ward" --reason again --form mar --lang fr -o "$work/old.pdf"
repli layout "$work/old.pdf" --json >"$work/old.json"
is "data of 50 hours: no slot" "$(grep -c '"id":"row1.slot1' "$work/old.json")" 0
[ "$(pdftotext "$work/old.pdf" - | grep -c HISTORIQUE)" -ge 2 ] && ok "data of 50 hours: printed as history" || not_ok "data of 50 hours: printed as history"
