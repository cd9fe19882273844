#!/bin/sh
# `repli demo` and `repli import` from the outside: exit codes, JSON, a kill in the middle, repetition.
repli=${REPLI_TEST_OUT:-out/release}/repli
t() { if [ "$2" = "$3" ]; then echo "ok - $1"; else echo "not ok - $1 (got '$2', expected '$3')"; fi; }
dir=$(mktemp -d "${REPLI_TEST_TMP:-${REPLI_TEST_OUT:-/tmp}}/scenario-import-XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
site=$dir/site
sql() { sqlite3 -cmd '.timeout 5000' "$site/record.db" "$1"; }
export REPLI_AT=2026-11-23T02:00

# ---- demo
$repli demo --site "$site" --beds 3 >/dev/null 2>&1; t "a ward of three beds is refused" $? 2
rm -rf "$site"
$repli demo --site "$site" --seed 5 >"$dir/said"; t "demo fills a new site" $? 0
t "demo says what to do next" "$(grep -c "repli --site $site snapshot" "$dir/said")" 1
t "24 beds, 23 people in the house" "$(sql "SELECT (SELECT count(*) FROM location WHERE kind='bed')||' '||count(*) FROM encounter WHERE status='in-progress' AND part_of IS NULL")" "24 23"
$repli demo --site "$site" >/dev/null 2>"$dir/err"; t "a site with patients is refused" $? 2
t "the refusal says why" "$(grep -c 'already has 25 patients' "$dir/err")" 1

# ---- demo: six wards of the hospital, one of them Dutch, one with newborns
six=$dir/six
$repli demo --site "$six" --beds 180 --json >"$dir/said"; t "demo fills six wards" $? 0
t "the Dutch ward is in site.yaml" "$(grep -A 1 '"IZ2"' "$six/site.yaml" | tail -n 1)" "    language: nl"
$repli --site "$six" snapshot >/dev/null; t "the hospital passes the gates" $? 0
$repli --site "$six" print IZ2 -o "$dir/nl.pdf" >/dev/null; t "the Dutch ward prints" $? 0
pdftotext "$dir/nl.pdf" "$dir/nl.txt"
t "in Dutch" "$([ "$(grep -c '^Parameterblad' "$dir/nl.txt")" -gt 20 ] && grep -c 'annulée' "$dir/nl.txt")" 0
$repli --site "$six" print MAT --form obs -o "$dir/mat.pdf" >"$dir/said"; t "newborns are left out of the adults' form" $? 6
t "each by name" "$(grep -c 'MIND:.*16 ' "$dir/said")" "$(sqlite3 "$six/record.db" "SELECT count(*) FROM patient p JOIN encounter e USING(patient_id) WHERE e.status='in-progress' AND p.patient_id LIKE 'p-MAT-%' AND p.birth_date>='2026'")"

# ---- import
mkdir "$dir/in"
for i in 1 2 3; do echo "{\"resourceType\":\"Patient\",\"id\":\"q$i\",\"name\":[{\"family\":\"Maes\"}]}"; done | gzip >"$dir/in/Patient.ndjson.gz"
printf '%s\n' '{"resourceType":"Observation","id":"o1","status":"final","subject":{"reference":"Patient/q1"},"code":{"text":"RR"},"valueInteger":16}' \
    '{"resourceType":"Observation","id":"o2","status":"final","subject":{"reference":"Patient/lost"},"code":{"text":"RR"}}' \
    '{"resourceType":"Immunization","id":"p"}' >"$dir/in/Observation.ndjson"
echo "readme" >"$dir/in/README"
$repli import --site "$site" "$dir/in" --json >"$dir/said"; t "refused resources give exit 6" $? 6
t "counts are told as JSON" "$(cut -d, -f1-7 "$dir/said")" '{"files":2,"other_files":1,"inserted":4,"updated":0,"unchanged":0,"refused":1,"not_used":1'
t "the refusal is told by file, line and name" "$(grep -c '"line":2,"resource":"Observation/o2"' "$dir/said")" 1
$repli import --site "$site" --refusals | grep -q 'Observation.ndjson:2  Observation/o2: Patient/lost'; t "and again on demand" $? 0
before=$(sql "SELECT count(*) FROM import_run")
$repli import --site "$site" "$dir/in" "$dir/nowhere" >/dev/null 2>&1; t "a path that is not there gives exit 3" $? 3
t "and changes nothing, not even the list of runs" "$(sql "SELECT count(*) FROM import_run")" "$before"
$repli import --site "$site" >/dev/null 2>&1; t "no path is a usage error" $? 2

# ---- killed in the middle of 30,000 patients
i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo "{\"resourceType\":\"Patient\",\"id\":\"k$i\"}"; done >"$dir/k0"
j=0; while [ $j -lt 100 ]; do j=$((j + 1)); sed "s/\"k/\"k$j-/" "$dir/k0"; done >"$dir/in/Big.ndjson"
was=$(sql "SELECT count(*) FROM patient")
killed=0
for wait in 0.05 0.15 0.3; do
    $repli import --site "$site" "$dir/in" >/dev/null 2>&1 & pid=$!
    sleep $wait
    kill -9 $pid 2>/dev/null && killed=$((killed + 1))
    wait $pid 2>/dev/null
    now=$(sql "SELECT count(*) FROM patient")
    [ "$now" = "$was" ] || [ "$now" = $((was + 30000)) ] || echo "not ok - killed after $wait s: $now patients of $was + 30000"
done
if [ $killed -gt 0 ]; then echo "ok - killed $killed times in the middle: all or nothing"; else echo "skip - the import was faster than any kill"; fi
t "the scratch tables are empty" "$(sql "SELECT (SELECT count(*) FROM import_seen)+(SELECT count(*) FROM import_later)")" 0
$repli import --site "$site" "$dir/in" >/dev/null 2>&1
t "the next run completes it" "$(sql "SELECT count(*) FROM patient")" $((was + 30000))
t "the record is whole" "$(sql "PRAGMA integrity_check")" ok
