#!/bin/sh
# Orders, glucose and insulin, fluids, the whole loop: data -> paper -> pens -> scan -> two people -> record, proposals
# listed, sums compared, out again; and whom a pack prints the glucose sheet for.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk judge; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T05:00
must repli demo --beds 30
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
record() { sql "$REPLI_SITE/record.db" "$1"; }
ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }

# ---- whom a pack prints it for
must repli print "$ward" --pack shift -o "$work/shift.pdf"
repli layout "$work/shift.pdf" --json >"$work/shift.json"
with() { grep '"form":"'"$1"'"' "$work/shift.json" | grep -o '"patient":"[^"]*"' | sort -u; }
with glucose >"$work/printed"
record "SELECT DISTINCT '\"patient\":\"'||p.identifier_value||'\"' FROM patient p JOIN encounter e USING(patient_id) WHERE e.status='in-progress' AND (EXISTS(SELECT 1 FROM condition c WHERE c.patient_id=p.patient_id AND lower(c.display) LIKE '%diab%') OR EXISTS(SELECT 1 FROM medication_request m WHERE m.patient_id=p.patient_id AND m.status IN('active','on-hold') AND (lower(m.medication) LIKE '%insulin%')) OR EXISTS(SELECT 1 FROM observation o WHERE o.patient_id=p.patient_id AND o.code IN('41653-7','32016-8','14743-9','2340-8','2341-6')))" | sort -u >"$work/wanted"
yes "some need the glucose sheet" test -s "$work/wanted"
is "everybody who needs it has one" "$(comm -23 "$work/wanted" "$work/printed" | tr '\n' ' ')" ""
yes "not everybody has one" test "$(wc -l <"$work/printed")" -lt "$(with orders | wc -l)"
is "everybody has a sheet of orders" "$(with orders | wc -l)" "$(with face | wc -l)"
none=$(with orders | comm -23 - "$work/printed" | head -n 1 | sed 's/.*:"//; s/"//')
yes "asked for by name it is printed for anybody" repli print --patient "$none" --form glucose -o "$work/none.pdf"
is "on one sheet" "$(repli layout "$work/none.pdf" --json | grep -c '"form":"glucose"')" 2
some=$(record "SELECT p.identifier_value FROM patient p JOIN encounter e USING(patient_id) JOIN medication_request m USING(patient_id) WHERE e.status='in-progress' AND m.status='active' AND lower(m.medication) LIKE '%insulin%' ORDER BY 1 LIMIT 1")
is "one with an insulin order has the sheet" "$(grep -c "\"$some\"" "$work/printed")" 1

# ---- paper, pens, scanner
must repli print --patient "$some" --form orders --form glucose --form fluid --reason again -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
sides=$(grep -c '"verso":false' "$work/layout.json")
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --seed 12 --used 1 --severity none --format png --render 300 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
sums() { for t in medication_request flag allergy condition; do record "SELECT * FROM $t ORDER BY 1"; done | sha256sum; }
rows() { for t in observation medication_administration order_proposal fluid infusion; do record "SELECT * FROM $t ORDER BY 1"; done | sha256sum | cut -c1-16; }
of_paper() { record "SELECT count(*) FROM $1 WHERE from_paper=1"; }
before=$(rows); known=$(sums)
export REPLI_AT=2026-11-24T09:00
repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
"$out/judge" "$work/truth.json" "$work/readings.jsonl" 'read_percent>=100' 'wrong_sheet<=0' 'silent<=0' >"$work/judged" 2>"$work/said" &&
    ok "read right, $sides sides" || not_ok "read right" "$(tr '\n' ' ' <"$work/said")"

# ---- two people, then the record
answer a; answer b; answer c
is "nothing is left to key" "$(repli review export | wc -l)" 0
repli merge --by d >"$work/merged.txt" 2>"$work/said"; rc=$?
case $rc in 0|6) ok "merge";; *) not_ok "merge" "exit $rc: $(tail -n 2 "$work/said")";; esac
for t in observation medication_administration order_proposal fluid; do yes "$t has rows from paper" test "$(of_paper $t)" -gt 0; done
is "an amount lasts its hour" "$(record "SELECT count(*) FROM fluid WHERE end_utc-start_utc<>3600 OR start_utc%3600<>0")" 0
is "orders and flags are as they were" "$(sums)" "$known"
is "no sign of a meter became a number" "$(record "SELECT count(*) FROM observation WHERE from_paper=1 AND value IN('LO','HI') AND (value_kind<>'text' OR unit IS NOT NULL)")" 0
is "what is missing is held by name" "$(record "SELECT count(*) FROM fluid")" "$(($(grep -o '"id": *"\(early\|late\|night\)[0-9]*\.[a-z0-9]*"[^}]*"state": *"ink"' "$work/truth.json" | grep -vc '\.by"') - $(ledger "SELECT count(*) FROM hold WHERE capture LIKE 'early%' OR capture LIKE 'late%' OR capture LIKE 'night%'")))"
written=$(grep -o '"id": *"sum[123]\.\(in\|out\|net\)"[^}]*"state": *"ink"' "$work/truth.json" | wc -l)
is "every sum is noted and none is taken" "$(record "SELECT count(*) FROM paper_entry WHERE target LIKE 'fluid_sum/%' AND field LIKE 'sum_.%' AND value<>'ticked'")" "$written"
wrong=$(record "SELECT count(*) FROM paper_entry WHERE target LIKE 'fluid_sum/%' AND value<>'ticked' AND abs(value)<>abs(substr(target, 11))")
is "wrong sums are told" "$(grep -c 'note sum.*is written, the amounts add up to' "$work/merged.txt")" "$wrong"
repli review list --proposals >"$work/proposals" 2>&1
is "all proposals are listed" "$(grep -c . "$work/proposals")" "$(($(of_paper order_proposal) + 1))"
is "and what was not read back says so" "$(grep -c 'NOT READ BACK' "$work/proposals")" "$(record "SELECT count(*) FROM order_proposal WHERE read_back=0")"

# ---- for the hospital's own system
must repli export fhir --merged -o "$work/merged.ndjson"
resources() { grep -o '"resourceType": *"'"$1"'"' "$work/merged.ndjson" | wc -l; }
is "each amount is an observation of its hour" "$(grep -o '"effectivePeriod"' "$work/merged.ndjson" | wc -l)" "$(of_paper fluid)"
is "and no order to stop, nor a limit of care, looks like a drug that is asked for" "$(resources MedicationRequest)" "$(record "SELECT count(*) FROM order_proposal WHERE kind IN('once','order')")"

# ---- again, and out again
after=$(rows)
repli merge --by d >/dev/null 2>&1
is "merging again changes nothing" "$(rows)" "$after"
for id in $(record 'SELECT merge_id FROM merge ORDER BY length(merge_id) DESC, merge_id DESC'); do must repli merge undo "$id" --by b; done
is "undone: the record is as before" "$(rows)" "$before"
