#!/bin/sh
# The band of the paper must say what the code says: a sticker over the name, or another patient's band copied over it, and
# nobody is asked for values; the sheet itself, scanned later, is read.
. "$(dirname "$0")/lib.sh"
[ -x "$out/pens" ] || { not_ok "$out/pens is built (make tools)"; exit 1; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
# the first side of a form of each patient; sides are printed patient after patient
pages=$(grep -o '"page":[0-9]*,"sheet":"[^"]*","form":"\(obs\|mar\)","version":[0-9]*,"lang":"[a-z]*","side":"1/' "$work/layout.json" | sed 's/"page":\([0-9]*\).*/\1/')
set -- $pages
first=$1; last=$(echo "$pages" | tail -n 1)
scans() { name=$1; shift; must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/$name" --render 300 --used 0.3 "$@"; }
outcomes() { repli scan "$work/$1"/scan-* --json 2>/dev/null >"$work/$1.jsonl"; sed 's/.*"outcome": *"\([^"]*\)".*/\1/' "$work/$1.jsonl" | sort | uniq -c | tr -s ' \n' ' '; }

scans sticker --pages "$first-$first" --severity none --band white
scans pasted --pages "$first-$first" --severity mild --seed 3 --band "$last"
scans honest --pages "$first-$first" --severity mild --seed 4
export REPLI_AT=2026-11-24T09:00
is "a sticker over the name" "$(outcomes sticker)" " 1 mismatch "
yes "its reason is told" grep -q '"reason": *"band"' "$work/sticker.jsonl"
is "the band of another patient" "$(outcomes pasted)" " 1 mismatch "
is "nobody is asked for a value of it" "$(repli review export | wc -l)" 0
is "the sheet as it was printed" "$(outcomes honest)" " 1 read "
