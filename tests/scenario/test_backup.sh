#!/bin/sh
# A backup is whole, is checked, and restores; after a restore of yesterday no number of today is given out again.
. "$(dirname "$0")/lib.sh"
export REPLI_AT=2026-11-23T02:00 REPLI_ALLOW_FS=1
b=$work/backups
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot; must repli print 3B --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-2 --seed 3 --used 0.3 --render 200 --jobs 2
mv "$work/scans/truth.json" "$work/truth.json"
must repli scan "$work/scans"; repli review export --by a >/dev/null; echo waiting >"$REPLI_SITE/inbox/later.tif"
mkdir -p "$REPLI_SITE/templates/lang"; cp "$(dirname "$0")/../../templates/lang/nl.yaml" "$REPLI_SITE/templates/lang/"

# ---- made and checked
repli key print >"$work/words"
yes "a backup is made" repli backup "$b"
one=$b/2026-11-23T010000Z
yes "and checked, without a site" env -u REPLI_SITE "$out/repli" backup --check "$b"
is "nothing half made lies about" "$(ls -A "$b")" 2026-11-23T010000Z
is "keys are not in it" "$(find "$b" -name '*.key' | wc -l)" 0
is "what waits in the inbox is" "$(cat "$one/inbox/later.tif")" waiting
is "status says when" "$(repli status --json | sed 's/.*"backup":{"utc":\([0-9]*\).*/\1/')" 1795395600
code "twice in one second" 2 repli backup "$b"
REPLI_AT=2026-11-23T03:00; yes "a second one" repli backup "$b"
two=$b/2026-11-23T020000Z
s=$(ls "$one/scans" | head -n 1); is "shares the scans with the first" "$(stat -c %h "$two/scans/$s")" 2
yes "and is good" repli backup --check "$two"
REPLI_AT=2026-11-23T03:01 yes "with keys when asked" repli backup "$b" --with-keys
is "then they are there" "$([ "$(find "$b/2026-11-23T020100Z" -name '*.key' | wc -l)" -gt 1 ] && echo keys)" keys
damage() { # NAME COMMAND: the copy is refused
    rm -rf "$work/bad"; cp -a "$one" "$work/bad"; (cd "$work/bad" && eval "$2"); code "$1" 4 repli backup --check "$work/bad"
}
damage "a byte of the record" 'printf x | dd of=record.db bs=1 seek=20000 conv=notrunc 2>/dev/null'
damage "a byte of a scan" 'printf x | dd of=scans/$(ls scans | head -n 1) bs=1 seek=100 conv=notrunc 2>/dev/null'
damage "a missing crop" 'rm $(find crops -type f | head -n 1)'
damage "a missing snapshot" 'rm snapshots/*.snapshot'
damage "a short ledger" 'truncate -s 8192 ledger.db'
damage "a line less in the manifest" 'sed -i 3d MANIFEST'
damage "a manifest without its end" 'sed -i \$d MANIFEST'
damage "another record, and a manifest made for it" 'sqlite3 record.db "UPDATE patient SET family=family||1, row_version=row_version+1" && h=$(sha256sum record.db | cut -c1-64) && sed -i "s/^[0-9a-f]*  record.db/$h  record.db/" MANIFEST && sed -i \$d MANIFEST && printf "end %s\n" "$(sha256sum <MANIFEST | cut -c1-64)" >>MANIFEST'
mkdir "$work/empty"; code "a folder without a backup" 4 repli backup --check "$work/empty"
code "a disk that is not there" 3 repli backup /proc/none

# ---- killed anywhere: no half backup, and the next one is good
i=0; kills=0
while [ $i -lt 12 ]; do
    i=$((i + 1)); REPLI_AT=2026-11-23T04:$((i + 10))
    killed_after $((i * 6)) backup "$b"
    env -u REPLI_SITE "$out/repli" backup --check "$b" >"$work/said" 2>&1 || { not_ok "the newest is good after a kill" "$(cat "$work/said")"; break; }
done
is "some were killed" "$([ $kills -gt 0 ] && echo some)" some
REPLI_AT=2026-11-23T04:40; must repli backup "$b"; is "nothing half made is left" "$(ls -A "$b" | grep -c making)" 0

# ---- while people work: record and ledger of one moment
cp -a "$REPLI_SITE" "$work/busy"
(i=0; while [ $i -lt 15 ]; do i=$((i + 1)); REPLI_SITE=$work/busy repli print 3B >/dev/null 2>&1; done) &
busy=$!; i=0; bad=0
while [ $i -lt 5 ]; do
    i=$((i + 1)); REPLI_SITE=$work/busy REPLI_AT=2026-11-23T05:0$i repli backup "$work/busybackups" >"$work/said" 2>&1 || bad=$((bad + 1))
done
wait $busy; is "five backups while packs are printed" "$bad" 0
yes "the newest of them is good" repli backup --check "$work/busybackups"

# ---- while the scanner writes: a file that grows or goes is no reason to have no backup
head -c 4000000 /dev/zero >"$work/busy/inbox/growing.tif"
(i=0; while [ $i -lt 4000 ] && [ ! -e "$work/enough" ]; do i=$((i + 1)); echo more >>"$work/busy/inbox/growing.tif"; echo x >"$work/busy/inbox/$i.png"; rm -f "$work/busy/inbox/$((i - 1)).png"; done) &
busy=$!; i=0; bad=0
while [ $i -lt 5 ]; do
    i=$((i + 1)); REPLI_SITE=$work/busy REPLI_AT=2026-11-23T06:0$i repli backup "$work/busybackups" >"$work/said" 2>&1 || { bad=$((bad + 1)); cat "$work/said"; }
done
touch "$work/enough"; wait $busy; is "five backups while the scanner writes" "$bad" 0
yes "the newest of those is good, too" repli backup --check "$work/busybackups"

# ---- restored from yesterday
numbers() { # what was given out: serials, packs, merges, outages, stations
    sql "$REPLI_SITE/ledger.db" "SELECT 'sheet ' || sheet FROM sheet UNION SELECT 'pack ' || pack_id FROM pack UNION SELECT 'outage ' || outage_id FROM outage UNION SELECT 'station ' || number FROM station UNION SELECT 'merge ' || merge_id FROM intent" | sort
}
answers() { # everybody keys what is open, until nothing is
    rounds=0
    while [ $rounds -lt 6 ]; do rounds=$((rounds + 1)); answer a; answer b; done
}
work_a_day() { # prints, opens an outage and a station, scans, merges
    must repli print 3B --form obs -o "$work/day.pdf"
    must repli station add "ward $1" -o "$work/keys-$1"
    must repli outage open --from 2026-11-23T00:00 --by a; must repli outage close --until 2026-11-23T05:30 --by a
    answers; must repli merge --by c
    for id in $(sql "$REPLI_SITE/ledger.db" "SELECT merge_id FROM intent LIMIT 1"); do must repli merge undo "$id" --by b; must repli merge --by c; done
}
export REPLI_AT=2026-11-23T06:00
numbers >"$work/of-yesterday"
work_a_day one; numbers | comm -13 "$work/of-yesterday" - >"$work/of-today"
for kind in sheet pack outage station merge; do is "the day gave out a $kind" "$([ "$(grep -c "^$kind" "$work/of-today")" -gt 0 ] && echo some)" some; done
mv "$REPLI_SITE" "$work/lost"
restored() { # NAME: a day of work on the restored site gives out nothing that the lost day gave out
    export REPLI_AT=2026-11-23T08:00
    code "$1: status" 0 repli status
    work_a_day "$2"; numbers | comm -13 "$work/of-yesterday" - >"$work/of-later"
    is "$1: new numbers" "$([ "$(wc -l <"$work/of-later")" -gt 5 ] && echo some)" some
    is "$1: none of them twice" "$(comm -12 "$work/of-today" "$work/of-later" | tr '\n' ' ')" ""
}
newest=$(ls -d "$b"/*Z | tail -n 1)
# only the databases were put back; keys and their marks stayed
cp -a "$work/lost" "$REPLI_SITE"; rm "$REPLI_SITE"/*.db*; cp -a "$newest/." "$REPLI_SITE/"; rm "$REPLI_SITE/keys/anchor"; cp -a "$work/lost/keys/anchor" "$REPLI_SITE/keys/"
restored "databases put back" two; rm -rf "$REPLI_SITE"
mv "$work/lost" "$REPLI_SITE"; cp -a "$newest/." "$REPLI_SITE/"; rm -f "$REPLI_SITE"/*.db-wal "$REPLI_SITE"/*.db-shm
restored "into the same folder" three; rm -rf "$REPLI_SITE"
# everything burnt: the backup, and the words from the safe
mkdir "$REPLI_SITE"; cp -a "$newest/." "$REPLI_SITE/"
yes "keys from the words" repli key import "$work/words"
restored "from backup and words" four; rm -rf "$REPLI_SITE"
# the folder as it was yesterday, keys included
REPLI_AT=2026-11-23T09:00; mkdir "$REPLI_SITE"; cp -a "$b/2026-11-23T020100Z/." "$REPLI_SITE/"
restored "with yesterday's keys" five
is "the restored record says what it said" "$(sqlite3 "$newest/record.db" 'SELECT count(*) FROM patient')" "$(sql "$REPLI_SITE/record.db" 'SELECT count(*) FROM patient')"
