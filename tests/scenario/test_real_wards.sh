#!/bin/sh
# The 44 real patients of the REPLI_SHARED folder in 15 wards: imported, printed, some sheets filled by penfill (an independent
# judge) and some by our own pens, scanned, reviewed by two, merged.  Skipped where the folder is not.
. "$(dirname "$0")/lib.sh"
data=$shared/data/fhir/live-wards-odbl
[ -d "$data" ] || { echo "skip - $data is not there"; exit 0; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
export REPLI_AT=2026-11-23T02:00
must repli init --hospital "Wards"
yes "the wards are imported" repli import "$data"
again=$(repli import "$data" 2>/dev/null | grep -c ' 0 resources new\| 0 new')
is "importing them again is new to nobody" "$again" 1
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
is "44 patients are in the house" "$(repli wards --json | sed -n 's/.*"census": *\([0-9]*\).*/\1/p' | awk '{ n += $1 } END { print n }')" 44
is "in 15 wards" "$(repli wards --json | grep -c '"census": *[1-9]')" 15
code "every patient of every ward gets sheets" 0 repli print --all
if command -v pdftotext >/dev/null; then # 44 names of 44: everybody stands on the census of the ward, once
    : >"$work/seen"
    for ward in $(repli wards --json | grep '"census": *[1-9]' | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p'); do
        must repli print "$ward" --reason again --form census -o "$work/census.pdf"
        pdftotext -layout "$work/census.pdf" - >"$work/census.txt"
        repli layout "$work/census.pdf" --json | grep -o '"name":"[^"]*",[^}]*"identifier":"[^"]*"\|"patient":"[^"]*","name":"[^"]*","identifier":"[^"]*"' | sed 's/.*"name":"\([^"]*\)".*"identifier":"\([^"]*\)"/\2\t\1/' | sort -u >"$work/people"
        while IFS="$(printf '\t')" read -r number name; do
            [ "$(grep -cw -- "$number" "$work/census.txt")" = 1 ] && [ "$(grep -c -F -- "$name" "$work/census.txt")" -ge 1 ] && echo "$number" >>"$work/seen"
        done <"$work/people"
        rm "$work/census.pdf"
    done
    is "44 names of 44 stand on the wards' censuses" "$(sort -u "$work/seen" | wc -l)" 44
fi
rm -rf "$REPLI_SITE/packs"; must repli print --all --reason again --form obs
find "$REPLI_SITE/packs" -name '*.pdf' | while read -r f; do printf '%s %s\n' "$(pdfinfo "$f" | sed -n 's/^Pages: *//p')" "$f"; done | sort -k1,1nr -k2 >"$work/packs"
is "one pack a ward" "$(wc -l <"$work/packs")" 15
is "two sides a patient" "$(awk '{ n += $1 } END { print n }' "$work/packs")" 88
pack1=$(sed -n '1s/^[0-9]* //p' "$work/packs"); pack2=$(sed -n '2s/^[0-9]* //p' "$work/packs")
repli layout "$pack1" --json >"$work/layout1.json" && repli layout "$pack2" --json >"$work/layout2.json" && ok "layouts of two packs" || not_ok "layouts of two packs"

export REPLI_AT=2026-11-24T09:00
if [ -x "$shared/tools/penfill.py" ] && /usr/bin/python3 -c 'import cv2, numpy, PIL' 2>/dev/null; then
    must /usr/bin/python3 "$shared/tools/penfill.py" "$pack1" "$work/layout1.json" "$work/scans" --severity mild --seed 31 --pages 1-6
    repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
    /usr/bin/python3 "$shared/tools/score.py" "$work/scans/truth.json" "$work/readings.jsonl" >"$work/score"
    figure() { sed -n "s/^$1 *//p" "$work/score"; }
    is "penfill: every page is read" "$(figure read_percent)" 100.0
    for f in wrong_sheet lines_missing lines_doubled layout_errors fields_missing; do is "penfill: $f" "$(figure $f)" 0; done
else
    echo "skip - penfill needs python3-opencv, python3-numpy and python3-pil"
fi
must "$out/pens" "$pack2" "$work/layout2.json" "$work/own" --seed 32 --used 0.4 --pages 1-4 --render 300 --jobs 2
cp "$work/own/truth.json" "$work/truth.json"
repli scan "$work"/own/scan-* --json >"$work/own.jsonl" 2>"$work/said"
"$out/judge" "$work/truth.json" "$work/own.jsonl" 'read_percent>=100' 'wrong_sheet<=0' 'lines_missing<=0' 'lines_doubled<=0' 'silent<=0' >"$work/judged" 2>"$work/said" &&
    ok "own pens: read right" || not_ok "own pens: read right" "$(tr '\n' ' ' <"$work/said")"
# Only the sheets of our own pens have tasks that our clerk knows.
own=$(sed 's/.*"sheet": *"\([^"]*\)".*/\1/' "$work/own.jsonl" | tr '\n' '|' | sed 's/|$//')
for p in a b c b a; do
    repli review export --by $p | grep -E "\"sheet\": *\"($own)\"" >"$work/tasks.jsonl"
    [ -s "$work/tasks.jsonl" ] || continue
    "$out/clerk" "$work/truth.json" <"$work/tasks.jsonl" >"$work/answers.jsonl" 2>"$work/said" && repli review import "$work/answers.jsonl" --by $p >"$work/said" 2>&1
done
repli merge --by c >"$work/said" 2>&1
merged_rows
"$out/judge" --merged "$work/truth.json" "$work/merged.json" 'right>=10' 'missing<=0' 'wrong_value<=0' 'wrong_time<=0' 'extra<=0' 'doubled<=0' >"$work/judged" 2>"$work/said" &&
    ok "what merged equals the truth ($(sed -n 's/^right *//p' "$work/judged") values)" || not_ok "what merged equals the truth" "$(tr '\n' ' ' <"$work/said" | cut -c1-600)"
