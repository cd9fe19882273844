#!/bin/bash
# A snapshot of a record that lost half of its people: refused, said everywhere, accepted by two people, on every sheet.
set -u
repli="${REPLI_TEST_OUT:?}/repli"
dir=$(mktemp -d "${REPLI_TEST_TMP:-$REPLI_TEST_OUT}/accept-XXXXXX")
trap 'rm -rf "$dir"' EXIT
export REPLI_SITE="$dir/site" REPLI_AT=2026-11-23T02:00
ok() { if [ "$1" = "$2" ]; then echo "ok - $3"; else echo "not ok - $3"; echo "  expected: $2"; echo "  got:      $1"; fi; }
has() { case $1 in *"$2"*) echo "ok - $3" ;; *) echo "not ok - $3"; echo "  no '$2' in: $1" ;; esac; }

"$repli" demo --beds 60 >/dev/null 2>&1 || { echo "not ok - the demo hospital"; exit 0; }
"$repli" person add an.peeters "An Peeters" coordinator >/dev/null
"$repli" person add luc.maes "Luc Maes" verifier >/dev/null
REPLI_AT=2026-11-23T02:15 "$repli" snapshot >/dev/null; ok "$?" 0 "a snapshot of an honest record"
ward=$("$repli" wards --json 2>/dev/null | sed -n 's/.*"ward":"\([^"]*\)".*/\1/p' | head -n 1)
sqlite3 "$REPLI_SITE/record.db" "DELETE FROM encounter WHERE rowid%2=0"
export REPLI_AT=2026-11-23T02:30
out=$("$repli" snapshot 2>&1); ok "$?" 6 "half of the stays deleted: exit 6"
has "$out" "the last good one stays" "and the last good one stays"
out=$("$repli" status); has "$out" "REFUSED    1 newer snapshot" "status says so"
id=$(echo "$out" | sed -n 's/.*snapshot accept \([0-9a-f]*\).*/\1/p')
has "$("$repli" wards 2>&1 >/dev/null)" "1 newer snapshot(s) were refused" "wards says so"
has "$("$repli" status --json)" '"refused":[{"file":"' "status --json says so"
"$repli" print "$ward" -o "$dir/before.pdf" >/dev/null 2>&1
case $(pdftotext "$dir/before.pdf" - 2>/dev/null) in *UNVERIFIED*) echo "not ok - good data is not marked" ;; *) echo "ok - good data is not marked" ;; esac

out=$("$repli" snapshot accept "$id" --by an.peeters --reason x 2>&1); ok "$?" 2 "one person is not enough"
out=$("$repli" snapshot accept "$id" --by an.peeters --by an.peeters --reason x 2>&1); ok "$?" 2 "nor the same one twice"
out=$("$repli" snapshot accept "$id" --by an.peeters --by nobody --reason x 2>&1); ok "$?" 2 "nor somebody unknown"
out=$("$repli" snapshot accept "$id" --by an.peeters --by luc.maes 2>&1); ok "$?" 2 "nor without a reason"
out=$("$repli" --by an.peeters snapshot accept "$id" --by luc.maes --reason "two wards moved out"); ok "$?" 0 "two people accept it"
has "$out" "accepted 2026-11-23 02:30:00 by an.peeters, luc.maes: two wards moved out" "who, when and why"
has "$("$repli" status)" "UNVERIFIED: accepted by an.peeters, luc.maes: two wards moved out" "status says it is unverified"
"$repli" print --all >/dev/null 2>&1
marked=0; pages=0
for f in "$REPLI_SITE"/packs/*/*.pdf; do
    n=$(pdfinfo "$f" | sed -n 's/^Pages: *//p'); m=0
    for ((p = 1; p <= n; p++)); do pdftotext -f "$p" -l "$p" "$f" - 2>/dev/null | grep -q 'UNVERIFIED SNAPSHOT' && m=$((m + 1)); done
    [ "$m" -gt 0 ] && { marked=$((marked + m)); pages=$((pages + n)); }
done
ok "$((marked > 0 && marked == pages))" 1 "every page printed from it says so ($marked of $pages)"
