#!/bin/sh
# Two copies of one site's folder, the same commands with the same --at, an hour of the real clock apart for all they know:
# the same PDF and snapshot bytes, the same rows.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

# Every row of a database; left out is where the folder lies, and how long reading took.
rows() { sql "$1" .dump | grep -v "INSERT INTO meta VALUES('anchor'" | sed 's/"ms":{[^}]*}//g'; }
# A day on one of the copies: print, scan, key, merge, undo, keep, take a snapshot.
day() {
    export REPLI_AT=2026-11-23T07:00
    must repli print 3B
    export REPLI_AT=2026-11-23T19:00
    must repli scan "$work/scans" --json
    for p in a b; do must repli review import "$work/answers.jsonl" --by $p; done
    must repli merge --by c --json
    must repli merge undo "$(sql "$REPLI_SITE/record.db" 'SELECT min(merge_id) FROM merge')" --by b
    must repli outage open --from 2026-11-23T18:00 --by a
    must repli ledger void "$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE state = 'printed' ORDER BY serial LIMIT 1")" --reason coffee --by a
    must repli snapshot
}

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
must repli print 3B --reason again -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-2 --seed 9 --used 0.2 --render 200
mv "$work/scans/truth.json" "$work/truth.json"
cp -a "$REPLI_SITE" "$work/start"
must repli scan "$work/scans"
for p in a b a b; do answer $p; done
sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT json_object('sheet', sheet.sheet, 'field', entry.field, 'answer', entry.answer, 'value', entry.value, 'sure', json('true'))
    FROM entry JOIN sheet USING(serial) ORDER BY 1" >"$work/answers.jsonl"
rm -rf "$REPLI_SITE"
for twin in one two; do
    REPLI_SITE=$work/$twin; cp -a "$work/start" "$REPLI_SITE"
    [ $twin = one ] || sleep 1
    TZ=$([ $twin = one ] && echo Pacific/Auckland || echo UTC); export TZ
    day
done
is "a day of paper was lived" "$(sql "$work/one/record.db" "SELECT (SELECT count(*) > 0 FROM merge) || (SELECT count(*) FROM merge_undo)")" 11
(cd "$work/one" && find packs snapshots crops -type f ! -name '*.lock' | sort) >"$work/files"
is "the copies have the same files" "$(cd "$work/two" && find packs snapshots crops -type f ! -name '*.lock' | sort)" "$(cat "$work/files")"
for kind in packs snapshots crops; do
    is "with the same bytes: $kind ($(grep -c "^$kind" "$work/files"))" "$(grep "^$kind" "$work/files" | while read -r f; do cmp -s "$work/one/$f" "$work/two/$f" || echo "$f"; done | head -n 3)" ""
done
for db in record ledger; do
    rows "$work/one/$db.db" >"$work/one.rows"; rows "$work/two/$db.db" >"$work/two.rows"
    is "the same rows: $db.db ($(wc -l <"$work/one.rows"))" "$(diff "$work/one.rows" "$work/two.rows" | cut -c1-150 | head -n 4 | tr '\n' ' ')" ""
done
