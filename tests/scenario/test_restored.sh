#!/bin/sh
# A site's folder from yesterday's backup, a copy of it, its ledger alone from yesterday, and a new folder from the words in
# the safe: no serial, pack, merge or outage number that was given on the lost day is given again.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

# numbers: every number this site has given, one a line
numbers() {
    sql "$REPLI_SITE/ledger.db" "SELECT 'serial ' || serial FROM sheet UNION ALL SELECT 'pack ' || pack_id FROM pack UNION ALL SELECT 'merge ' || merge_id FROM intent
        UNION ALL SELECT 'outage ' || outage_id FROM outage UNION ALL SELECT DISTINCT 'downtime ' || patient FROM sheet WHERE subject_kind = 4" | sort
}
# a_day: an outage, a print, somebody nobody knows, a scan, a merge
a_day() {
    must repli outage open --from "${REPLI_AT%T*}T04:30" --by a
    must repli print 3B --pack admission
    must repli print 3B --form obs -o "$work/pack.pdf"
    repli layout "$work/pack.pdf" --json >"$work/layout.json"
    rm -rf "$work/scans"
    must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-1 --seed 5 --used 0.2 --render 200
    mv "$work/scans/truth.json" "$work/truth.json"
    must repli scan "$work"/scans/scan-*
    for p in a b a b c; do answer $p; done
    must repli merge --by a
    must repli outage close --until "${REPLI_AT%T*}T05:00" --by a
}
# never_twice NAME: what the folder has given now against what the lost day gave
never_twice() {
    numbers >"$work/now"
    is "$1: nothing of the lost day is given again" "$(sort "$work/now" "$work/backup" | uniq -u | sort - "$work/lost" | uniq -d | head -n 3 | tr '\n' ' ')" ""
    is "$1: each kind of number was given" "$(sort "$work/now" "$work/backup" | uniq -u | cut -d' ' -f1 | sort -u | tr '\n' ' ')" "downtime merge outage pack serial "
}

export REPLI_AT=2026-11-23T06:00
must repli init --hospital "Restored"
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
repli key print >"$work/words"
cp -a "$REPLI_SITE" "$work/yesterday"; numbers >"$work/backup"
a_day; numbers >"$work/lost"
mv "$REPLI_SITE" "$work/today"

cp -a "$work/yesterday" "$REPLI_SITE"; a_day
never_twice "the folder from before the first number"
rm -rf "$REPLI_SITE"

mv "$work/today" "$REPLI_SITE"; rm -rf "$work/yesterday"
cp -a "$REPLI_SITE" "$work/yesterday"; numbers >"$work/backup"
export REPLI_AT=2026-11-24T06:00
a_day; numbers | comm -23 - "$work/backup" >"$work/lost"
cp -a "$REPLI_SITE" "$work/today"
rm -rf "$REPLI_SITE"; cp -a "$work/yesterday" "$REPLI_SITE"; a_day
never_twice "yesterday's folder"
must repli print 3B --reason again
is "and goes on without another jump" "$(sql "$REPLI_SITE/ledger.db" "SELECT max(serial) - min(serial) < 200 FROM sheet WHERE pack_id IN (SELECT pack_id FROM pack ORDER BY length(pack_id) DESC, pack_id DESC LIMIT 2)")" 1

rm -rf "$REPLI_SITE"; mv "$work/today" "$REPLI_SITE"
for f in ledger.db ledger.db-wal ledger.db-shm; do rm -f "$REPLI_SITE/$f"; [ ! -f "$work/yesterday/$f" ] || cp "$work/yesterday/$f" "$REPLI_SITE/$f"; done
must repli print 3B --reason again
must repli print 3B --pack admission
numbers >"$work/now"
is "yesterday's ledger in today's folder: no serial, pack or downtime number again" "$(sort "$work/now" "$work/backup" | uniq -u | sort - "$work/lost" | uniq -d | grep -v '^merge\|^outage' | head -n 3 | tr '\n' ' ')" ""
ls "$REPLI_SITE/packs"/*/ | sed -n 's/.*-\(P[0-9-]*\).pdf/\1/p' | sort | uniq -d >"$work/twice"
is "no pack's file bears the number of another" "$(cat "$work/twice")" ""


# an image that the disk has lost since, in a folder that names it still: scanning its paper again brings it back
again=$(ls "$work"/scans/scan-* | head -n 1)
must repli scan "$again"
kept=$(sha256sum <"$again" | cut -d' ' -f1)
dd if=/dev/zero of="$REPLI_SITE/scans/$kept" bs=1 count="$(stat -c %s "$REPLI_SITE/scans/$kept")" conv=notrunc 2>/dev/null
must repli scan "$again"
is "a kept scan that lost its bytes has them again" "$(sha256sum <"$REPLI_SITE/scans/$kept" | cut -d' ' -f1)" "$kept"

# a new folder, the key from the words in the safe
rm -rf "$REPLI_SITE"; sql "$work/yesterday/ledger.db" "SELECT 'serial ' || serial FROM sheet UNION ALL SELECT 'pack ' || pack_id FROM pack UNION ALL SELECT 'outage ' || outage_id FROM outage UNION ALL SELECT DISTINCT 'downtime ' || patient FROM sheet WHERE subject_kind = 4" | sort >"$work/lost"
must repli init --hospital "Restored"
yes "the master key comes back from its words" repli key import "$work/words"
must repli demo --beds 14
must repli person add a "Person a" clerk
must repli snapshot
must repli outage open --from 2026-11-24T05:30 --by a
must repli print 3B --reason again
must repli print 3B --pack admission
is "a new folder with the old key gives no number again" "$(numbers | sort - "$work/lost" | uniq -d | head -n 3 | tr '\n' ' ')" ""
