#!/bin/bash
# Snapshots and wards on the command line; where the real wards are at hand, the house they describe.
set -u
repli="${REPLI_TEST_OUT:?}/repli"
shared="${REPLI_SHARED:-../shared}"
dir=$(mktemp -d "${REPLI_TEST_TMP:-$REPLI_TEST_OUT}/snapshot-XXXXXX")
trap 'rm -rf "$dir"' EXIT
export REPLI_SITE="$dir/site" REPLI_AT=2026-11-23T02:00
ok() { if [ "$1" = "$2" ]; then echo "ok - $3"; else echo "not ok - $3"; echo "  expected: $2"; echo "  got:      $1"; fi; }
has() { case $1 in *"$2"*) echo "ok - $3" ;; *) echo "not ok - $3"; echo "  no '$2' in: $1" ;; esac; }

"$repli" init --hospital "CHU Essai" >/dev/null || exit 1
out=$("$repli" wards 2>&1); ok "$?" 4 "wards without a snapshot is exit 4"
has "$out" "repli: wards: no snapshot: run \`repli snapshot\`" "and says what to do"
out=$("$repli" snapshot --as-of 2026-11-24T02:00 2>&1); ok "$?" 2 "--as-of in the future is a usage mistake"
out=$("$repli" snapshot nonsense 2>&1); ok "$?" 2 "an unknown word is a usage mistake"
REPLI_AT=2026-11-23T01:00 "$repli" snapshot >/dev/null; ok "$?" 0 "a snapshot of an empty record"
file="$REPLI_SITE/snapshots/2026-11-23T000000Z.snapshot"
ok "$(stat -c %a "$file")" 600 "only the owner reads it"
out=$("$repli" --at 2026-11-23T00:30 snapshot 2>&1); ok "$?" 4 "a clock behind the newest snapshot is refused"
has "$out" "2026-11-23T000000Z.snapshot is there already" "by the name of that snapshot"
out=$("$repli" snapshot verify); ok "$?" 0 "verify finds it good"
at=$(grep -abo 'CHU Essai' "$file" | head -n 1 | cut -d: -f1)
printf 'x' | dd of="$file" bs=1 seek="$at" conv=notrunc 2>/dev/null
out=$("$repli" snapshot verify "$file" --json); ok "$?" 4 "verify finds one changed byte"
has "$out" '"problem":"' "and says so as JSON"
rm -f "$file"

if [ ! -d "$shared/data/fhir/live-wards-odbl" ]; then
    echo "skip - real wards: $shared/data is not here"
    exit 0
fi
"$repli" import "$shared/data/fhir/live-wards-odbl" >/dev/null 2>&1
case $? in 0 | 6) ;; *) echo "not ok - import of the real wards"; exit 0 ;; esac
out=$("$repli" snapshot --json); ok "$?" 0 "a snapshot of the real wards"
has "$out" '"patients":44,' "44 patients: an intensive-care episode is no second stay"
has "$out" '"unplaced":0,' "all of them in a ward"
wards=$("$repli" --at 2026-11-23T02:30 wards --json)
ok "$(echo "$wards" | grep -vc '"census":0,')" 15 "in 15 wards"
ok "$(echo "$wards" | sed 's/.*"census":\([0-9]*\),.*/\1/' | paste -sd+ | bc)" 44 "the wards count 44"
ok "$(echo "$wards" | head -n 1 | sed 's/.*"data_utc":\([0-9]*\),"age_s":\([0-9]*\),"pushed_utc":\(.*\)}/\1 \2 \3/')" "1795395600 1800 null" "data of 02:00, half an hour old"
sum=$(sha256sum <"$REPLI_SITE/snapshots/2026-11-23T010000Z.snapshot")
cp -a "$REPLI_SITE" "$dir/copy"
rm "$dir/copy/snapshots/2026-11-23T010000Z.snapshot"
"$repli" --site "$dir/copy" snapshot >/dev/null
ok "$(sha256sum <"$dir/copy/snapshots/2026-11-23T010000Z.snapshot")" "$sum" "a copy of the site takes the same bytes at the same time"
"$repli" snapshot >/dev/null; ok "$?" 0 "again in the same second: nothing to do"
ok "$("$repli" snapshot list --json | wc -l)" 1 "and nothing new"
