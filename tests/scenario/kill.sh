#!/bin/sh
# kill -9 at random moments of every command that writes, then the same command again: the record and the ledger end as in
# an undisturbed run.  Called as `kill.sh SECONDS SEED`, by test_kill.sh for seconds and by tests/prove.sh for minutes.
. "$(dirname "$0")/lib.sh"
seconds=${1:-15}; seed=${2:-$$}
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
r=$out/repli
echo "# seed $seed"

# random MAX: 0..MAX-1, the same for the same seed
random() { seed=$(((seed * 1103515245 + 12345) % 2147483648)); rnd=$((seed / 65536 % $1)); }
# What a run leaves behind, told without what a repetition may change: row ids, merge numbers, which snapshot file.
outcome() {
    sql "$REPLI_SITE/record.db" "SELECT patient_id, identifier FROM patient_identifier LEFT JOIN patient USING(patient_id) ORDER BY 1, 2" 2>/dev/null
    sql "$REPLI_SITE/record.db" "SELECT patient_id, family, given, birth_date FROM patient ORDER BY 1" 2>/dev/null
    sql "$REPLI_SITE/record.db" "SELECT observation_id, patient_id, code, value, unit, effective_utc, status, from_paper FROM observation ORDER BY 1"
    sql "$REPLI_SITE/record.db" "SELECT serial, hex(mac), field, revision, capture, effect, target, value, event_utc FROM paper_entry ORDER BY 1, 3, 4"
    sql "$REPLI_SITE/record.db" "SELECT sheet, entries, (SELECT count(*) FROM merge_undo u WHERE u.merge_id = merge.merge_id) FROM merge ORDER BY 1, 2, 3"
    sql "$REPLI_SITE/ledger.db" "SELECT outcome, serial, page, reason, code FROM scan ORDER BY 1, 2, 3, 5"
    sql "$REPLI_SITE/ledger.db" "SELECT serial, field, state, row, crop FROM reading ORDER BY 1, 2"
    sql "$REPLI_SITE/ledger.db" "SELECT serial, field, revision, person, need, answer, value FROM entry ORDER BY 1, 2, 3, 5"
    sql "$REPLI_SITE/ledger.db" "SELECT task_id, done FROM task ORDER BY 1"
    sql "$REPLI_SITE/ledger.db" "SELECT serial, field, revision, answer, value, by1, by2 FROM settled ORDER BY 1, 2, 3"
    sql "$REPLI_SITE/ledger.db" "SELECT serial, capture, revision, kind FROM hold ORDER BY 1, 2, 3, 4"
    sql "$REPLI_SITE/ledger.db" "SELECT serial, state FROM sheet WHERE state NOT IN ('printed', 'void', 'blank') ORDER BY 1"
    (cd "$REPLI_SITE" && find crops scans -type f ! -name '.*' | sort | xargs sha256sum)
}
# What must hold after every kill, before anything is run again.
sound() {
    for db in record ledger; do
        whole=$(sqlite3 "$REPLI_SITE/$db.db" 'PRAGMA integrity_check' 2>&1); [ "$whole" = ok ] || { not_ok "$db.db is whole after $1" "$whole"; exit 1; }
        [ -z "$(sqlite3 "$REPLI_SITE/$db.db" 'PRAGMA foreign_key_check' 2>&1)" ] || { not_ok "$db.db's references hold after $1"; exit 1; }
    done
    twice=$(sql "$REPLI_SITE/record.db" "SELECT count(*) FROM (SELECT 1 FROM paper_entry p WHERE field = capture AND effect = 'inserted' AND NOT EXISTS
        (SELECT 1 FROM merge_undo u WHERE u.merge_id = p.merge_id) GROUP BY serial, field HAVING count(*) > 1)")
    [ "$twice" = 0 ] || { not_ok "nothing is merged twice after $1" "$twice values"; exit 1; }
    for f in "$REPLI_SITE"/snapshots/*.snapshot; do
        [ ! -f "$f" ] || "$r" snapshot verify "$f" >"$work/said" 2>&1 || { not_ok "every snapshot is good after $1" "$(cat "$work/said")"; exit 1; }
    done
}
# kill_at_random MS COMMAND...: killed within its first MS milliseconds, unless it was done before.  And waited for:
# `timeout -s KILL` kills itself as well and may be back while the process it killed still dies and holds its locks.
kill_at_random() {
    random "$1"; shift
    "$r" "$@" >/dev/null 2>&1 & victim=$!
    sleep "$(printf '%d.%03d' $(((rnd + 1) / 1000)) $(((rnd + 1) % 1000)))"
    kill -KILL $victim 2>/dev/null; wait $victim 2>/dev/null
    [ $? -eq 137 ] && kills=$((kills + 1))
    sound "a killed $1"
}
# disturbed TIMES COMMAND...: killed at that many random moments of the time it takes undisturbed, checked each time, and
# run to its end.  Undisturbed (TIMES 0) its time is taken.
disturbed() {
    times=$1; step=$((step + 1)); shift
    while [ "$times" -gt 0 ]; do
        times=$((times - 1))
        kill_at_random "$(cat "$work/ms-$step")" "$@"
    done
    began=$(date +%s%N)
    "$r" "$@" >"$work/said" 2>&1 || [ $? -eq 6 ] || grep -q 'undone by b already' "$work/said" || { not_ok "$1 after being killed" "$(tail -n 2 "$work/said" | tr '\n' ' ')"; exit 1; }
    [ "$n" -gt 0 ] || echo $((($(date +%s%N) - began) / 1000000 + 1)) >"$work/ms-$step"
}
# life TIMES: one life of a ward on paper, each command killed TIMES times before it may end.  answers.jsonl holds what people keyed.
life() {
    n=$1; step=0
    export REPLI_AT=2026-11-24T08:00
    disturbed "$n" snapshot
    disturbed "$n" print 3B --reason again --form obs
    export REPLI_AT=2026-11-24T09:00
    disturbed "$n" scan "$work/scans"
    for p in a b; do disturbed "$n" review import "$work/answers.jsonl" --by $p; done
    disturbed "$n" merge --by c
    ids=$(sql "$REPLI_SITE/record.db" "SELECT sheet FROM merge ORDER BY serial LIMIT 2")
    for sheet in $ids; do
        id=$(sql "$REPLI_SITE/record.db" "SELECT merge_id FROM merge WHERE sheet = '$sheet' AND merge_id NOT IN (SELECT merge_id FROM merge_undo)")
        # Undo is no repetition of itself: killed after its commit it says "was undone already", which is right.
        disturbed "$n" merge undo "$id" --by b
    done
    disturbed "$n" merge --by c
    disturbed "$n" import "$work/more.ndjson"
    disturbed "$n" merge --by c
    is_open=$(sql "$REPLI_SITE/ledger.db" "SELECT (SELECT count(*) FROM intent WHERE done_utc IS NULL) + (SELECT count(*) FROM pack WHERE state = 'writing') + (SELECT count(*) FROM sheet WHERE state IN ('allotted', 'scanned'))")
    [ "$is_open" = 0 ] || { not_ok "nothing is left half done" "$is_open rows"; exit 1; }
}

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
must repli print 3B --reason again --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-4 --seed 41 --used 0.3 --render 200 --jobs 2
mv "$work/scans/truth.json" "$work/truth.json"
i=0; : >"$work/more.ndjson"
while [ $i -lt 400 ]; do
    i=$((i + 1))
    printf '{"resourceType":"Patient","id":"kill-%d","identifier":[{"use":"usual","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:oid:1.2.3.4","value":"K%d"}],"name":[{"family":"Kill%d","given":["A"]}],"birthDate":"1950-01-01"}\n' $i $i $i >>"$work/more.ndjson"
done
cp -a "$REPLI_SITE" "$work/start"

# what people key is found once, on a copy
repli scan "$work/scans" >/dev/null 2>&1
while repli review export --by a >"$work/tasks.jsonl" && [ -s "$work/tasks.jsonl" ]; do
    "$out/clerk" "$work/truth.json" <"$work/tasks.jsonl" >"$work/part.jsonl" 2>/dev/null
    before=$(sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM entry')
    repli review import "$work/part.jsonl" --by a >/dev/null 2>&1; repli review export --by b >"$work/tasks-b.jsonl"
    "$out/clerk" "$work/truth.json" <"$work/tasks-b.jsonl" 2>/dev/null >"$work/part-b.jsonl"; repli review import "$work/part-b.jsonl" --by b >/dev/null 2>&1
    [ "$(sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM entry')" = "$before" ] && break
done
sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT json_object('sheet', sheet.sheet, 'field', entry.field, 'answer', entry.answer, 'value', entry.value, 'sure', json('true'))
    FROM entry JOIN sheet USING(serial) ORDER BY entry_id" | awk '!seen[$0]++' >"$work/answers.jsonl"

rm -rf "$REPLI_SITE"; cp -a "$work/start" "$REPLI_SITE"; kills=0
life 0; outcome >"$work/calm"
[ "$(grep -c '|observation/paper:' "$work/calm")" -gt 20 ] && ok "an undisturbed run merges" || not_ok "an undisturbed run merges" "$(wc -l <"$work/calm") rows"
rounds=0; end=$(($(date +%s) + seconds))
while [ $rounds -eq 0 ] || [ "$(date +%s)" -lt $end ]; do
    rounds=$((rounds + 1))
    rm -rf "$REPLI_SITE"; cp -a "$work/start" "$REPLI_SITE"
    life 2; outcome >"$work/rough"
    cmp -s "$work/calm" "$work/rough" || { not_ok "round $rounds ends as the undisturbed run" "$(diff "$work/calm" "$work/rough" | head -n 4 | tr '\n' ' ' | cut -c1-400)"; exit 1; }
done
[ $rounds -gt 0 ] && [ $kills -gt 0 ] && ok "$rounds lives of a ward, $kills commands killed: each ends as the undisturbed run" || not_ok "some lives were lived" "$rounds rounds, $kills kills"
