#!/bin/sh
# The whole loop, small: record -> snapshot -> print -> pens -> scan -> review -> merge, with what must NOT happen in between.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk judge oddities; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

# ---- a small ward on paper
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-8 --seed 11 --used 0.3 --render 300 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
sheets=$(ls "$work"/scans/scan-* | wc -l)

# ---- back on the scanner
export REPLI_AT=2026-11-24T09:00
repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
is "every image gets one line" "$(wc -l <"$work/readings.jsonl")" "$sheets"
"$out/judge" "$work/truth.json" "$work/readings.jsonl" 'wrong_sheet<=0' 'lines_missing<=0' 'lines_doubled<=0' 'read_percent>=100' 'fields_missing<=0' \
    'registration_max_mm<=0.5' 'silent<=0' 'band_rows_wrong<=0' >"$work/judged" 2>"$work/said" && ok "read right" || not_ok "read right" "$(tr '\n' ' ' <"$work/said")"
printed=$(grep -o '"page":' "$work/layout.json" | wc -l)
is "what was not scanned is missing" "$(repli ledger --missing --json | wc -l)" $((printed - sheets))

# ---- merging too early
before=$(record_sum)
repli merge --by a >/dev/null 2>&1
is "merge before any answer: 0 rows" "$(from_paper)" 0
yes "one person answers" answer a
yes "and again, after somebody may have looked" sh -c "\"$out/repli\" review import \"$work/answers-a.jsonl\" --by a || [ \$? -eq 6 ]"
repli review export --by a >"$work/again.jsonl"
is "the second key is not offered to who gave the first" "$(grep -c '"need": *"key2"' "$work/again.jsonl")" 0
repli review export | "$out/clerk" "$work/truth.json" >"$work/second.jsonl" 2>/dev/null
code "who tries the second key anyway is told" 6 repli review import "$work/second.jsonl" --by a
repli merge --by a >/dev/null 2>&1
is "one person, twice: 0 rows" "$(from_paper)" 0
is "and the record is untouched" "$(record_sum)" "$before"

# ---- two people; a third where they differ
yes "a second person answers, with slips" answer b --error 0.02
yes "a third settles" answer c
answer b; answer a
repli merge --dry-run --by c >/dev/null 2>&1
is "a dry run merges nothing" "$(from_paper)" 0
repli merge --by c --json >"$work/merge.jsonl" 2>"$work/said"; rc=$?
case $rc in 0|6) ok "merge";; *) not_ok "merge" "exit $rc: $(tail -n 2 "$work/said")";; esac
merged_rows
"$out/judge" --merged "$work/truth.json" "$work/merged.json" 'right>=20' 'missing<=0' 'wrong_value<=0' 'wrong_time<=0' 'extra<=0' 'doubled<=0' >"$work/judged" 2>"$work/said" &&
    ok "what merged equals the truth ($(sed -n 's/^right *//p' "$work/judged") values)" || not_ok "what merged equals the truth" "$(tr '\n' ' ' <"$work/said" | cut -c1-600)"
after=$(record_sum); rows=$(from_paper)

# ---- again changes nothing
repli merge --by c >/dev/null 2>&1
is "merging again changes nothing" "$(record_sum)" "$after"
state=$(repli status --json; repli ledger --json; ls -R "$REPLI_SITE/crops" "$REPLI_SITE/scans")
repli scan "$work"/scans/scan-* --json >"$work/readings2.jsonl" 2>/dev/null
is "the same batch again: every image is a duplicate" "$(grep -c '"outcome": *"duplicate"' "$work/readings2.jsonl")" "$sheets"
is "and changes nothing" "$(repli status --json; repli ledger --json; ls -R "$REPLI_SITE/crops" "$REPLI_SITE/scans")" "$state"
repli merge --by c >/dev/null 2>&1
is "nor does a merge after it" "$(record_sum)" "$after"

# ---- out again, and in again
repli merge --by c --json >/dev/null 2>&1
for id in $(sql "$REPLI_SITE/record.db" 'SELECT merge_id FROM merge ORDER BY merged_utc DESC, merge_id DESC'); do yes "undo $id" repli merge undo "$id" --by b --reason "wrong outage"; done
is "undone: the record is as before" "$(record_sum)" "$before"
repli merge --by c >/dev/null 2>&1
is "undone stays undone: nothing returns by itself" "$(from_paper)" 0
one=$(sed -n 's/.*"sheet": *"\([^"]*\)".*/\1/p' "$work/merged.json" | head -n 1); field=$(sed -n 's/.*"field": *"\([^"]*\)".*/\1/p' "$work/merged.json" | head -n 1)
must repli review reopen "$one" "$field" --by c
answer a; answer b; answer c
repli merge --by c >/dev/null 2>&1
is "reopened and keyed again: that one returns" "$(from_paper)" 1
[ "$rows" -gt 1 ] && ok "it was one of $rows" || not_ok "it was one of several" "$rows"

# ---- what else lies on a scanner
export REPLI_AT=2026-11-25T09:00
must repli snapshot
must repli print "$ward" --reason again --form obs -o "$work/pack2.pdf"
repli layout "$work/pack2.pdf" --json >"$work/layout2.json"
must "$out/pens" "$work/pack2.pdf" "$work/layout2.json" "$work/odd" --seed 12 --pages 1-1 --format tif --render 300
must "$out/oddities" "$work/odd" "$work/odd/scan-0001.tif"
mv "$work/odd/scan-0001.tif" "$work/odd/good.tif"; rm "$work/odd/truth.json"
repli scan "$work/odd" --json >"$work/odd.jsonl" 2>"$work/said"
is "a batch of oddities waits for a person" $? 6
is "each of them gets one line" "$(wc -l <"$work/odd.jsonl")" "$(ls "$work/odd" | wc -l)"
outcome() { sed -n "s/.*\"file\": *\"[^\"]*$1\".*\"outcome\": *\"\([^\"]*\)\".*/\1/p" "$work/odd.jsonl"; }
reason() { grep "\"file\": *\"[^\"]*$1\"" "$work/odd.jsonl" | sed -n 's/.*"reason": *"\([^"]*\)".*/\1/p'; }
is "the good page among them is read" "$(outcome good.tif)" read
is "a drawing of a cat has no code" "$(outcome cat.jpg)" no-code
is "a cat under a wrong extension too" "$(outcome cat-named-tif.tif)" no-code
is "an empty page is blank" "$(outcome white.png)" blank
for pair in empty.tif:type letter.tif:type truncated.tif:truncated half.tif:truncated huge.tif:limit huge.png:limit; do
    is "${pair%:*}" "$(outcome "${pair%:*}") $(reason "${pair%:*}")" "unreadable ${pair#*:}"
done
