#!/bin/sh
# Sheets about the whole house, and the emergency department's triage: printed without a ward, with the logs of every ward,
# from a ward's copy as far as it knows; filled with our pens, scanned (also with a burnt ledger), keyed by two, merged.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk judge; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b d; do must repli person add $p "Person $p" clerk; done
cat >"$work/house.ndjson" <<'JSON'
{"resourceType":"Patient","id":"out1","identifier":[{"system":"urn:x","value":"900001"}],"name":[{"family":"Zonder","given":["Lien"]}],"birthDate":"1980-01-02","telecom":[{"system":"phone","value":"0470 00 09 01"}]}
{"resourceType":"Appointment","id":"ap1","status":"booked","description":"Contrôle","start":"2026-11-24T09:30:00+01:00","participant":[{"actor":{"reference":"Patient/out1"},"status":"accepted"}]}
{"resourceType":"Appointment","id":"ap2","status":"booked","description":"Plus tard","start":"2026-11-26T09:30:00+01:00","participant":[{"actor":{"reference":"Patient/out1"},"status":"accepted"}]}
JSON
must repli import "$work/house.ndjson"
sed -i 's/^triage: mts/triage: esi/' "$REPLI_SITE/site.yaml"
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
record() { sql "$REPLI_SITE/record.db" "$1"; }
ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }
forms_of() { repli layout "$1" --json | grep -o '"form":"[a-z]*"' | uniq | sed 's/"form"://; s/"//g' | tr '\n' ' '; }

# ---- paper
yes "a sheet of the house needs no ward" repli print --form diversion -o "$work/one.pdf"
is "it is about nobody and no ward" "$(ledger "SELECT subject_kind, ward IS NULL, patient IS NULL, stay IS NULL FROM (SELECT subject_kind, ward, patient, stay_number AS stay FROM sheet WHERE form_id='diversion' LIMIT 1)")" "3|1|1|1"
[ -n "$(ls "$REPLI_SITE"/packs/*/house-*.pdf 2>/dev/null)" ] && ok "its file is called house" || not_ok "its file is called house" "$(ls "$REPLI_SITE"/packs/*)"
code "a ward is not the house" 2 repli print "$ward" --form diversion
grep -q "whole house: repli print --form diversion" "$work/said" && ok "and is told what to type" || not_ok "and is told what to type" "$(cat "$work/said")"
code "nor is a patient's form" 2 repli print --form obs
code "house and ward in one print without --all" 2 repli print --form diversion --form obs
code "the pack of the house is not a ward's" 2 repli print "$ward" --pack house
yes "--all with a form of the house" repli print --all --form diversion --reason again --json
is "prints one pack" "$(ledger "SELECT count(*) FROM pack WHERE what='diversion' AND ward IS NOT NULL")" 0
code "nothing of it changed: not again unasked" 2 repli print --form diversion
must repli print --form directory
yes "a list for reading is printed as often as somebody likes" repli print --form directory
yes "the pack of the house" repli print --pack house --reason again -o "$work/house.pdf"
is "holds its six forms" "$(forms_of "$work/house.pdf")" "diversion diverted directory switchboard rollup appointments "
repli print --all --pack logs --reason again --jobs 2 --json >"$work/logs.jsonl" 2>"$work/said"
is "--all --pack logs: the wards, then the house" "$(sed -n 's/.*"ward": *\(null\|"[^"]*"\).*/\1/p' "$work/logs.jsonl" | tr '\n' ' ')" "\"$ward\" null "
is "a ward's logs are its own" "$(ledger "SELECT DISTINCT what FROM pack WHERE ward='$ward' ORDER BY 1")" "wardlog,messages"
is "sheets that are only read close themselves" "$(ledger "SELECT count(*) FROM sheet WHERE form_id IN('directory','switchboard') AND has_fields<>0")" 0
if command -v pdftotext >/dev/null; then
    pdftotext -layout "$work/house.pdf" "$work/house.txt"
    is "the directory is printed" "$(grep -c '0470 00 00 01' "$work/house.txt")" 1
    is "who comes tomorrow is rung at home, who comes in three days is not" "$(grep -c 'ZONDER, Lien.*0470 00 09 01' "$work/house.txt") $(grep -c 'Plus tard' "$work/house.txt")" "1 0"
    missing=0
    for n in $(record "SELECT DISTINCT upper(replace(family,' ','_')) FROM patient JOIN encounter USING(patient_id) WHERE status='in-progress' AND family NOT GLOB '*[^A-Za-z ]*'"); do
        grep -q "$(echo "$n" | tr _ ' ')," "$work/house.txt" || missing=$((missing + 1))
    done
    is "everybody in the house stands on the switchboard's list" "$missing" 0
fi

# ---- a ward's own copy knows telephone numbers, and no list of everybody
mkdir "$work/stick"
must repli snapshot push "$work/stick" --ward "$ward"
must repli --site "$work/stick" station renew
yes "a ward's copy prints the directory" repli --site "$work/stick" print --form directory
code "but no switchboard list" 4 repli --site "$work/stick" print --form switchboard
grep -q "holds ward $ward alone" "$work/said" && ok "and says why" || not_ok "and says why" "$(cat "$work/said")"

# ---- pens, scanner: as printed, and with a burnt ledger
must repli print "$ward" --form triage -o "$work/triage.pdf"
scans() { # PDF NAME
    repli layout "$work/$1.pdf" --json >"$work/$1.json" &&
        must "$out/pens" "$work/$1.pdf" "$work/$1.json" "$work/$1" --seed 7 --pages "$2" --severity none --format png --render 300
}
must repli print --form diversion --form diverted --form rollup --form appointments --reason again -o "$work/desk.pdf"
scans desk 1-8
scans triage 1-2
cp -a "$REPLI_SITE" "$work/burnt"
export REPLI_AT=2026-11-23T10:00
for set in desk triage; do
    [ $set = desk ] && percent=50 || percent=100 # every second side of the desk's sheets is a verso
    repli scan "$work/$set"/scan-* --json >"$work/$set.jsonl" 2>"$work/said"
    "$out/judge" "$work/$set/truth.json" "$work/$set.jsonl" "read_percent>=$percent" 'wrong_sheet<=0' 'silent<=0' 'zones_wrong<=0' >"$work/judged" 2>"$work/said" &&
        ok "$set is read right" || not_ok "$set is read right" "$(tr '\n' ' ' <"$work/said")"
    cp "$work/$set/truth.json" "$work/truth.json"
    yes "$set: one person keys" answer a
    yes "$set: and another one" answer b
    is "$set: nothing is left to key" "$(repli review export | wc -l)" 0
done
sqlite3 "$work/burnt/ledger.db" "UPDATE sheet SET subject=x'0102030405060708' WHERE form_id='diversion'" 2>"$work/said" &&
    is "a sheet of the house that the ledger gives to another house is a mismatch" "$(repli --site "$work/burnt" scan "$work"/desk/scan-* --json 2>/dev/null | grep -c '"outcome":"mismatch","reason":"site"')" 2 ||
    not_ok "the ledger can be changed for this" "$(cat "$work/said")"
lines() { sed 's/"ms":{[^}]*},*//' "$1"; }
(
    export REPLI_SITE="$work/burnt"
    rm -f "$REPLI_SITE"/ledger.db*
    repli scan "$work"/desk/scan-* --json >"$work/without.jsonl" 2>/dev/null
    repli scan "$work"/triage/scan-* --json >>"$work/without.jsonl" 2>/dev/null
)
{ lines "$work/desk.jsonl"; lines "$work/triage.jsonl"; } >"$work/with.txt"
lines "$work/without.jsonl" >"$work/without.txt"
is "with a burnt ledger the same" "$(cmp "$work/with.txt" "$work/without.txt" 2>&1)" ""

# ---- merge
repli merge --by d >"$work/merged.txt" 2>"$work/said"
level=$(tr -d ' \n' <"$work/triage/truth.json" | grep -o '"id":"level\.l[0-9]","kind":"tick","state":"ticked"' | sed 's/.*level\.l//; s/".*//')
is "the ticked level is an observation of that scale" "$(record "SELECT group_concat(value) FROM observation WHERE code='triage-esi' AND from_paper=1 AND observation_id LIKE '%:level:%'")" "$level"
[ "$(record "SELECT count(*) FROM observation WHERE from_paper=1 AND code IN('9279-1','8867-4','41653-7','9267-6')")" -ge 3 ] &&
    ok "and so are the vital signs" || not_ok "and so are the vital signs" "$(record "SELECT group_concat(code) FROM observation WHERE from_paper=1")"
is "the house's sheets write nothing into the record" "$(record "SELECT count(*) FROM paper_entry p JOIN merge m USING(merge_id) WHERE m.sheet IN($(ledger "SELECT group_concat(''''||sheet||'''') FROM sheet WHERE subject_kind=3"))")" 0
