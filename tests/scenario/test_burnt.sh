#!/bin/sh
# The ledger burnt between printing and scanning: the same paper gives the same readings and the same tasks as with it.
. "$(dirname "$0")/lib.sh"
[ -x "$out/pens" ] || { not_ok "$out/pens is built (make tools)"; exit 1; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli person add a "Person a" clerk
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-8 --seed 5 --used 0.3 --render 300 --jobs 2
cp -a "$REPLI_SITE" "$work/burnt"

export REPLI_AT=2026-11-24T09:00
lines() { sed 's/"ms":{[^}]*},*//'; }
repli scan "$work"/scans/scan-* --json 2>/dev/null | lines >"$work/with.jsonl"
repli review export --by a >"$work/with.tasks" 2>/dev/null

export REPLI_SITE="$work/burnt"
rm -f "$REPLI_SITE"/ledger.db*
repli scan "$work"/scans/scan-* --json 2>"$work/said" | lines >"$work/without.jsonl"
is "a new ledger reads the old paper as the old one does" "$(cmp "$work/with.jsonl" "$work/without.jsonl" 2>&1)" ""
is "and says so for every sheet with fields" "$(grep -c '"outcome":"read"' "$work/without.jsonl")" "$(grep -c '"outcome":"read"' "$work/with.jsonl")"
[ "$(grep -c '"outcome":"read"' "$work/without.jsonl")" -gt 3 ] && ok "some were read" || not_ok "some were read" "$(head -c 300 "$work/without.jsonl")"
must repli person add a "Person a" clerk
repli review export --by a >"$work/without.tasks" 2>/dev/null
is "people are asked the same" "$(sort "$work/with.tasks" | cmp - "$(sort "$work/without.tasks" >"$work/sorted"; echo "$work/sorted")" 2>&1)" ""

# byte for byte, but for where in which PDF a sheet was: that nobody knows any more
adopted=$(sql "$REPLI_SITE/ledger.db" "SELECT pack_id FROM pack WHERE state='adopted'")
maps() { sed -n '/^{"page":/p' | sed 's/"page":[0-9]*,//; s/[],}]*$//' | sort; }
repli layout "$adopted" --json 2>"$work/said" | maps >"$work/again.maps"
sheets=$(sed 's/.*"sheet":"\([^"]*\)".*/\1/' "$work/again.maps")
maps <"$work/layout.json" | grep -F "$sheets" >"$work/printed.maps"
is "page maps are laid out as they were printed" "$(cmp "$work/printed.maps" "$work/again.maps" 2>&1)" ""
[ "$(wc -l <"$work/again.maps")" -gt 3 ] && ok "of $(wc -l <"$work/again.maps") sheets" || not_ok "some page maps" "$(cat "$work/said")"

# another number of threads makes no difference
rm -f "$REPLI_SITE"/ledger.db*
repli scan "$work"/scans/scan-* --jobs 1 --json 2>/dev/null | lines >"$work/one.jsonl"
is "one thread reads the same" "$(cmp "$work/without.jsonl" "$work/one.jsonl" 2>&1)" ""

# the snapshot is gone too
rm -f "$REPLI_SITE"/ledger.db*
mv "$REPLI_SITE"/snapshots "$work/away"; mkdir -m 700 "$REPLI_SITE"/snapshots
repli scan "$work"/scans/scan-* --json >"$work/none.jsonl" 2>/dev/null
is "without the snapshot every image waits" "$(grep -c '"outcome":"no-snapshot"' "$work/none.jsonl")" "$(ls "$work"/scans/scan-* | wc -l)"
rmdir "$REPLI_SITE"/snapshots; mv "$work/away" "$REPLI_SITE"/snapshots
repli scan "$work"/scans/scan-* --json 2>/dev/null | lines >"$work/back.jsonl"
is "and is read when it is back" "$(cmp "$work/without.jsonl" "$work/back.jsonl" 2>&1)" ""
