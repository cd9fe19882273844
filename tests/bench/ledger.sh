#!/usr/bin/env bash
# ledger.sh [SHEETS]: a ledger of so many sheets (100000), as after days without computers: one ward's paper (printed, scanned, keyed in
# part, merged, some of it not back) that our own pens wrote, copied under other numbers, wards and patients until there are enough.
# Then the commands that everybody waits for: status, the missing list, the board; CPU and wall seconds, medians of BENCH_RUNS (5),
# each a process of its own.  Bar: 0.2 s.  The floor is sqlite3 counting the sheets by their state.  In memory where there is such a folder.
set -u
cd "$(dirname "$0")/../.." || exit 2
want=${1:-100000}; runs=${BENCH_RUNS:-5}; bin=$PWD/out/release
there=$(mktemp -d /dev/shm/ledger.XXXXXX 2>/dev/null || mktemp -d out/ledger.XXXXXX) || exit 1
trap 'rm -rf "$there"' EXIT
export REPLI_SITE=$there/site REPLI_ALLOW_FS=1 REPLI_AT=2026-11-23T04:00
must() { "$@" >"$there/said" 2>&1 || [ $? -eq 6 ] || { echo "bench: $* failed: $(tail -n 3 "$there/said")"; exit 1; }; }
must "$bin/repli" demo --beds 14
for p in a b c; do must "$bin/repli" person add $p "Person $p" clerk; done
must "$bin/repli" snapshot
must "$bin/repli" print 3B --form obs --form mar -o "$there/pack.pdf"
"$bin/repli" layout "$there/pack.pdf" --json >"$there/layout.json" || exit 1
# what has not come back are the last pages
must "$bin/pens" "$there/pack.pdf" "$there/layout.json" "$there/scans" --pages 1-34 --seed 11 --render 200 --jobs "$(nproc)"
mv "$there/scans/truth.json" "$there/truth.json"
export REPLI_AT=2026-11-24T09:00
must "$bin/repli" scan "$there/scans"
for p in a b c; do # people have done two thirds of it
    "$bin/repli" review export --by $p | "$bin/clerk" "$there/truth.json" 2>/dev/null >"$there/answers.jsonl"
    head -n $(($(wc -l <"$there/answers.jsonl") * 2 / 3)) "$there/answers.jsonl" >"$there/some.jsonl"
    must "$bin/repli" review import "$there/some.jsonl" --by $p
done
must "$bin/repli" merge --by c

# ---- copied: a pack is another pack of another ward each time; what stands in the pages is the same.  Readings and the audit stay as
# they are: nothing that is measured here looks at either
db=$REPLI_SITE/ledger.db
one=$(sqlite3 "$db" 'SELECT count(*) FROM sheet'); copies=$((want / one))
columns() { sqlite3 "$db" "SELECT group_concat(name) FROM pragma_table_info('$1')"; }
# copied TABLE COLUMN=EXPRESSION...: with {k} the number of the copy
copied() {
    local table=$1 names list c; shift; names=$(columns "$table"); list=,$names,
    for c; do list=${list/,${c%%=*},/,${c#*=},}; done
    list=${list#,}; echo "INSERT INTO $table($names) SELECT ${list%,} FROM main.$table, k WHERE $table.rowid <= (SELECT n FROM edge WHERE t='$table');"
}
serial='serial+k.i*100000'
{
    echo "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA foreign_keys=OFF;"
    for t in $(sqlite3 "$db" "SELECT name FROM sqlite_master WHERE type='trigger'"); do echo "DROP TRIGGER $t;"; done
    echo "CREATE TEMP TABLE k(i INTEGER PRIMARY KEY); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<$((copies - 1))) INSERT INTO k SELECT i FROM n;"
    echo "CREATE TEMP TABLE edge(t TEXT PRIMARY KEY, n INTEGER);"
    for t in pack sheet image scan entry task settled hold; do echo "INSERT INTO edge SELECT '$t', max(rowid) FROM $t;"; done
    echo "BEGIN;"
    copied pack "pack_id='P0-'||(1000+k.i)" "ward='W'||(k.i%40)"
    copied sheet "serial=$serial" "sheet=sheet||'-'||k.i" "pack_id='P0-'||(1000+k.i)" "ward='W'||(k.i%40)" "patient=patient||'-'||k.i" "subject=randomblob(8)"
    copied image "image_id=image_id+k.i*100000" "sha256=randomblob(32)"
    copied scan "scan_id=scan_id+k.i*100000" "image_id=image_id+k.i*100000" "serial=$serial" "pixels=randomblob(32)" "first_scan=first_scan+k.i*100000" "result=''"
    copied entry "entry_id=entry_id+k.i*1000000" "serial=$serial"
    copied task "task_id=task_id||k.i" "serial=$serial"
    copied settled "serial=$serial" "settled_utc=settled_utc-(k.i%100)*3600"
    copied hold "serial=$serial"
    # most paper is back, or nobody wrote on it; 3,000 sheets are still somewhere
    echo "UPDATE sheet SET state='blank', state_why='never written' WHERE state='printed' AND serial NOT IN (SELECT serial FROM sheet WHERE state='printed' AND has_fields=1 ORDER BY (serial*2654435761)%4294967296 LIMIT 3000);"
    echo "UPDATE work SET fields=(SELECT count(*) FROM (SELECT DISTINCT serial, field FROM task WHERE task.tier=work.tier)), open=(SELECT count(*) FROM task WHERE done=0 AND task.tier=work.tier);"
    echo "COMMIT;"
} >"$there/copy.sql"
sqlite3 "$db" <"$there/copy.sql" >"$there/said" || exit 1
sqlite3 "$db" 'PRAGMA journal_mode=WAL' >"$there/said"
sheets=$(sqlite3 "$db" 'SELECT count(*) FROM sheet')
say() { # say NAME COMMAND...
    local name=$1; shift
    for _ in $(seq "$runs"); do "$bin/tests/bench/bench_run" "$@" || exit 1; done >"$there/times" || exit 1
    middle() { cut -d' ' -f"$1" "$there/times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
    printf '%-32s %.3f s CPU, %.3f s\n' "$name" "$(middle 1)" "$(middle 2)"
}
figures=$(sqlite3 "$db" "SELECT (SELECT count(*) FROM task)||' tasks, '||(SELECT count(*) FROM settled)||' settled fields'")
echo "a ledger of $sheets sheets, $figures, $(($(stat -c %s "$db") / 1000000)) MB"
say "status" "$bin/repli" status
say "missing, all wards" "$bin/repli" ledger --missing --json
say "missing, one ward" "$bin/repli" ledger --missing --ward W7
say "board" "$bin/repli" ledger board
say "floor: sqlite3, sheets by state" "$(command -v sqlite3)" "$db" "SELECT state, count(*) FROM sheet GROUP BY state"
[ -z "${KEEP:-}" ] || { trap - EXIT; echo "kept: $there"; }
