#!/bin/sh
# Write-back: what was merged, as Bundles that another system takes once; what was undone since is withdrawn.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v sqlite3 >/dev/null || { echo "skip - sqlite3 is not installed"; exit 0; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli snapshot
must repli print 3B -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-8 --seed 11 --render 200 --jobs 2
mv "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-24T09:00
must repli scan "$work/scans"
answer a; answer b; answer c; answer a; answer b; answer d
must repli merge --by c
db="$REPLI_SITE/record.db"
merges=$(sql "$db" "SELECT count(*) FROM merge")
observations=$(sql "$db" "SELECT count(*) FROM observation WHERE from_paper=1")
doses=$(sql "$db" "SELECT count(*) FROM medication_administration WHERE from_paper=1")
yes "there is something to hand over" [ "$observations" -gt 10 ] && yes "doses, too" [ "$doses" -gt 0 ]
yes "export" repli export fhir --merged -o "$work/one.ndjson"
is "a Bundle a merge" "$(wc -l <"$work/one.ndjson")" "$merges"
count() { grep -o "\"resourceType\":\"$1\"" "$2" | wc -l; }
is "every observation of paper" "$(count Observation "$work/one.ndjson")" "$observations"
is "every dose of paper" "$(count MedicationAdministration "$work/one.ndjson")" "$doses"
is "a document a sheet" "$(count DocumentReference "$work/one.ndjson")" "$merges"
rows=$(sql "$db" "SELECT count(DISTINCT target) FROM paper_entry WHERE effect='inserted' AND (target LIKE 'observation/%' OR target LIKE 'medication_administration/%' OR target LIKE 'order_proposal/%' OR (target LIKE 'movement/%' AND substr(target,10) IN (SELECT movement_id FROM movement WHERE patient_id IS NOT NULL)))")
is "a provenance for each row" "$(count Provenance "$work/one.ndjson")" "$rows"
is "everything is created on a condition" "$(grep -o '"ifNoneExist":' "$work/one.ndjson" | wc -l)" "$(grep -o '"fullUrl":' "$work/one.ndjson" | wc -l)"
is "no number twice" "$(grep -o '"fullUrl":"[^"]*","resource":{"resourceType":"\(Obs\|Med\|Prov\|Doc\)' "$work/one.ndjson" | sort | uniq -d | wc -l)" 0
is "every resource of paper is tagged" "$(grep -o '"code":"downtime-paper"' "$work/one.ndjson" | wc -l)" "$((rows * 2))"
is "a picture each" "$(grep -o '"data":"iVBOR' "$work/one.ndjson" | wc -l)" "$merges"
repli export fhir --merged -o "$work/two.ndjson" >/dev/null
yes "the same Bundles again" cmp "$work/one.ndjson" "$work/two.ndjson"
yes "without pictures" repli export fhir --merged --no-images -o "$work/bare.ndjson"
is "none" "$(grep -c '"data":' "$work/bare.ndjson")" 0
mkdir "$work/folder"
yes "a file a Bundle" repli export fhir --merged --no-images -o "$work/folder"
is "as many" "$(ls "$work/folder" | wc -l)" "$merges"
cat "$work/folder"/M0-?.json "$work/folder"/M0-??.json 2>/dev/null | tr -d '\n' | sha256sum >"$work/joined"
yes "the same in files" sh -c "tr -d '\n' <'$work/bare.ndjson' | sha256sum | cmp - '$work/joined'"
is "values as they were written" "$(grep -o '"valueQuantity":{"value":[0-9.]*' "$work/bare.ndjson" | sed 's/.*://' | sort | sha256sum)" \
    "$(sql "$db" "SELECT value FROM observation WHERE from_paper=1 AND value_kind='quantity'" | sort | sha256sum)"
is "since tomorrow: nothing" "$(repli --at 2026-11-26T09:00 export fhir --merged --since 2026-11-25T00:00 | wc -l)" 0

# undone afterwards: withdrawn, once
one=$(sql "$db" "SELECT merge_id FROM paper_entry WHERE effect='inserted' AND target LIKE 'observation/%' LIMIT 1")
gone=$(sql "$db" "SELECT count(DISTINCT target) FROM paper_entry WHERE merge_id='$one' AND effect='inserted' AND target LIKE 'observation/%'")
export REPLI_AT=2026-11-24T10:00
must repli merge undo "$one" --by b
repli export fhir --merged --no-images --since 2026-11-24T10:00 >"$work/undone.ndjson"
is "what was undone is withdrawn, with the sheet's picture" "$(grep -o '"status":"entered-in-error"' "$work/undone.ndjson" | wc -l)" $((gone + 1))
is "by its number" "$(grep -o '"method":"PUT","url":"Observation?identifier=urn:repli:[0-9a-f]*:paper|' "$work/undone.ndjson" | wc -l)" "$gone"
is "once" "$(repli export fhir --merged --no-images --since 2026-11-24T10:00 | wc -l)" 0
# keyed and merged anew, and undone again before anybody was told
sheet=$(sql "$db" "SELECT sheet FROM merge WHERE merge_id='$one'")
anew() {
    for capture in $(sql "$REPLI_SITE/ledger.db" "SELECT capture FROM hold JOIN sheet USING(serial) WHERE sheet='$sheet' AND kind='undone' ORDER BY revision DESC, capture LIMIT 3"); do repli review reopen "$sheet" "$capture" --by a >"$work/said" 2>&1; done
    answer a; answer b; answer c; answer a; answer b
    must repli merge --by c
    another=$(sql "$db" "SELECT merge_id FROM merge WHERE sheet='$sheet' AND merge_id NOT IN (SELECT merge_id FROM merge_undo) LIMIT 1")
}
anew
yes "it merges anew" [ -n "$another" ]
must repli merge undo "$another" --by b
is "what was never handed over is not withdrawn" "$(repli export fhir --merged --no-images --since 2026-11-24T10:00 | wc -l)" 0
# once more: the picture is told by an update, for the other system has its number
anew
repli export fhir --merged --no-images --since 2026-11-24T10:00 >"$work/anew.ndjson"
is "the picture is told anew" "$(grep -o "\"method\":\"PUT\",\"url\":\"DocumentReference?identifier=[^\"]*|$sheet\"" "$work/anew.ndjson" | wc -l)" 1
is "as what is current" "$(grep -o "\"value\":\"$sheet\"}\],\"status\":\"[a-z]*\"" "$work/anew.ndjson" | sed 's/.*://' | sort -u)" '"current"'
code "a folder that is not there" 3 repli export fhir --merged -o "$work/none/x.ndjson"
code "merged is said" 2 repli export fhir
rm -rf "$REPLI_SITE"/scans "$REPLI_SITE"/crops
code "scans are gone: said" 6 repli export fhir --merged -o "$work/blind.ndjson"

# the judges of the field, where they are
if [ -d "$shared/tools/validators/node_modules" ] && command -v node >/dev/null; then
    yes "valid FHIR R4 by two validators" "$shared/tools/validators/check-fhir" "$work/one.ndjson" "$work/undone.ndjson"
    WIDTH=1000000 PORT=8097 "$shared/tools/validators/check-server" "$work"/folder/*.json "$work"/folder/*.json >"$work/server" 2>&1
    is "a server takes every Bundle" "$(grep -c 'HTTP 200' "$work/server")" "$((2 * merges))"
    is "and creates nothing the second time" "$(grep '^/' "$work/server" | tail -n "$merges" | grep -c '"status":"201"')" 0
    is "though it did the first time" "$(grep '^/' "$work/server" | head -n "$merges" | grep -c '"status":"201"')" "$merges"
else
    echo "skip - $shared/tools/validators and node with their packages, and node, are not all there"
fi
