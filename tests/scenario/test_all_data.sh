#!/bin/sh
# Everything real that the REPLI_SHARED folder has, FHIR and HL7, good and bad: nothing crashes the import, every file's sum
# adds up, every refusal has a file and a reason, and a second time nothing is new.  Skipped where the folder is not.
. "$(dirname "$0")/lib.sh"
[ -d "$shared/data/fhir" ] || { echo "skip - $shared/data is not there"; exit 0; }
export REPLI_AT=2026-11-23T02:00
db() { sql "$REPLI_SITE/record.db" "$1"; }
run=0
for folder in "$shared"/data/fhir/* "$shared/data/hl7"; do
    name=$(basename "$folder")
    export REPLI_SITE="$work/$name"
    must repli init --hospital "All"
    repli import "$folder" --json >"$work/said.json" 2>"$work/said"; rc=$?
    case $rc in 0 | 6) ok "$name is imported" ;; *) not_ok "$name is imported" "exit $rc: $(cat "$work/said")"; continue ;; esac
    is "$name: in each file seen = inserted + updated + unchanged + refused + not used" \
        "$(db "SELECT group_concat(file) FROM import_file WHERE seen<>inserted+updated+unchanged+refused+not_used")" ""
    is "$name: as --json says" "$(grep -o '"seen":[ ]*[0-9]*' "$work/said.json" | awk -F: '{ n += $2 } END { print n }')" "$(db 'SELECT sum(seen) FROM import_file')"
    is "$name: every refusal has a file, and a reason" "$(db "SELECT count(*) FROM import_refusal WHERE file='' OR length(reason)<5")" 0
    is "$name: as many refusals as are counted" "$(db 'SELECT count(*) FROM import_refusal')" "$(db 'SELECT sum(refused) FROM import_file')"
    for f in "$folder"/*.ndjson.gz; do
        [ -f "$f" ] && [ "$(basename "$f")" != Bundle.ndjson.gz ] || continue
        [ "$(zcat "$f" | grep -c .)" = "$(db "SELECT seen FROM import_file WHERE file LIKE '%/$(basename "$f")'")" ] || not_ok "$name: every line of $(basename "$f") is seen"
    done
    again=$(repli import "$folder" 2>&1 | head -n 1 | sed 's/.*: \([0-9]*\) resources new, \([0-9]*\) changed.*/\1 \2/')
    is "$name: a second time nothing is new or changed" "$again" "0 0"
    run=$((run + 1))
done
is "all folders" "$run" 8
is "XML is refused by name" "$(sql "$work/nictiz-nl-core-xml-cc0/record.db" "SELECT count(*) FROM import_refusal WHERE run_id=1 AND reason LIKE 'type: XML is not read%'")" \
    "$(ls "$shared/data/fhir/nictiz-nl-core-xml-cc0" | grep -c xml)"
is "names come from practitioners of other files" "$(sql "$work/hl7-r4-examples-cc0/record.db" "SELECT count(*)>0 FROM encounter e JOIN practitioner p ON e.attending_ref='Practitioner/'||p.practitioner_id")" 1
