#!/bin/sh
# The ward's census: printed first, filled with our pens (most present, some moved, left, empty), scanned, keyed by two,
# merged, provable, undone.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk judge; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 30
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
patients=$(repli wards --json | sed -n 's/.*"census": *\([0-9]*\).*/\1/p' | head -n 1)
record() { sql "$REPLI_SITE/record.db" "$1"; }
ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }

# ---- paper
code "a census is a ward's, not a patient's" 2 repli print --patient "$(record "SELECT identifier_value FROM patient LIMIT 1")" --form census
repli print "$ward" --form obs --form census -o "$work/both.pdf" >"$work/said" 2>&1
is "together with patients' forms it comes first" "$(repli layout "$work/both.pdf" --json | grep -o '"form":"[a-z]*"' | uniq | tr -d '\n')" '"form":"census""form":"obs"'
yes "print --form census" repli print "$ward" --form census --reason again -o "$work/census.pdf"
repli layout "$work/census.pdf" --json >"$work/layout.json"
is "no sheet of it names a patient" "$(grep -c '"patient":null,"stay":null,"ward":"'"$ward" "$work/layout.json")" "$(pdfinfo "$work/census.pdf" | sed -n 's/Pages: *//p')"
is "nor does the ledger" "$(ledger "SELECT count(*) FROM sheet WHERE form_id='census' AND (patient IS NOT NULL OR patient_id IS NOT NULL OR patient_name IS NOT NULL OR subject_kind<>2)")" 0
if command -v pdftotext >/dev/null; then
    pdftotext -layout "$work/census.pdf" "$work/census.txt"
    record "SELECT p.identifier_value FROM patient p JOIN encounter e USING(patient_id) WHERE e.status='in-progress' AND e.part_of IS NULL ORDER BY 1" | sort -u >"$work/numbers"
    while read -r n; do printf '%s %s\n' "$(grep -cw "$n" "$work/census.txt")" "$n"; done <"$work/numbers" | grep -c '^1 ' >"$work/once"
    is "everybody of the ward stands on it once" "$(cat "$work/once")" "$patients"
fi

# ---- pens and scanner
must "$out/pens" "$work/census.pdf" "$work/layout.json" "$work/scans" --seed 7 --pages 1-1 --severity none --format png --render 300
cp "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-23T10:00
repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
"$out/judge" "$work/truth.json" "$work/readings.jsonl" 'read_percent>=100' 'wrong_sheet<=0' 'silent<=0' 'zones_wrong<=0' >"$work/judged" 2>"$work/said" &&
    ok "read right" || not_ok "read right" "$(tr '\n' ' ' <"$work/said")"
ticks() { # how often is this box ticked on paper
    grep -o '"id": *"bed[0-9]*\.'"$1"'"[^}]*"state": *"ticked"' "$work/truth.json" | wc -l
}
present=$(ticks present); left=$(ticks left); moved=$(ticks moved); empty=$(ticks empty)
[ "$present" -gt 20 ] && [ "$moved" = 1 ] && [ "$left" -ge 1 ] && ok "the ward was busy: $present present, $moved moved, $left left, $empty empty" ||
    not_ok "the ward was busy" "$present present, $moved moved, $left left, $empty empty"

# ---- people: a clear tick is confirmed by one, the place and the time are keyed by two
is "a task names bed and patient" "$(repli review export --by a | grep '"field":"bed1.present"' | grep -c '"label":"[^"]*[0-9][^"]*[A-Z][A-Z][^"]*: [^"]*"')" 1
is "ticks ask for confirmation" "$(repli review export --by a | grep '"kind":"tick"' | grep -vc '"need":"confirm"')" 0
yes "one person goes through it" answer a
is "then the other keys only place, time and heads" "$(repli review export --by b | grep -o '"field":"[a-z0-9.]*"' | sed 's/"field":"//; s/"//; s/bed[0-9]*/bed/' | sort | tr '\n' ' ')" "bed.to count.at count.heads "
yes "and does" answer b
is "nothing is left to key" "$(repli review export | wc -l)" 0

# ---- merge
movement() { record "SELECT count(*) FROM movement WHERE event='$1'"; }
places() { record "SELECT * FROM encounter_location ORDER BY encounter_id, seq" | sha256sum; }
before=$(places)
repli merge --dry-run --by d >"$work/said" 2>&1
is "a dry run writes nothing" "$(places) $(movement present)" "$before 0"
repli merge --by d >"$work/merged.txt" 2>"$work/said"
rc=$?; is "merging ends well" $rc 0; [ $rc = 0 ] || sed "s,^,# ," "$work/merged.txt"
is "everybody who was ticked is in the record" "$(movement present) $(movement moved) $(movement left) $(movement empty)" "$present $moved $left $empty"
is "and the head count proves it" "$(record "SELECT heads FROM movement WHERE event='counted'")" "$present"
is "all of one time" "$(record "SELECT count(DISTINCT event_utc) FROM movement")" 1
is "who moved lies in the new bed" "$(record "SELECT count(*) FROM movement m JOIN encounter_location l ON l.encounter_id=m.encounter_id AND l.location_id=m.to_location WHERE m.event='moved' AND l.start_utc=m.event_utc AND l.end_utc IS NULL")" 1
is "and no more in the old one" "$(record "SELECT count(*) FROM movement m JOIN encounter_location l ON l.encounter_id=m.encounter_id AND l.location_id=m.bed_id WHERE m.event='moved' AND l.end_utc IS NULL")" 0
is "who left is still in the house, in no bed" "$(record "SELECT count(*) FROM movement m JOIN encounter e USING(encounter_id) WHERE m.event='left' AND e.status='in-progress' AND NOT EXISTS(SELECT 1 FROM encounter_location l WHERE l.encounter_id=e.encounter_id AND l.end_utc IS NULL)")" "$left"
must repli snapshot
is "the next snapshot says so" "$(repli wards --json | sed -n 's/.*"census": *\([0-9]*\).*/\1/p' | head -n 1)" "$((patients - left))"
is "the sheet is merged" "$(ledger "SELECT sheet.state FROM sheet JOIN pack USING(pack_id) WHERE what='census' AND side=1")" merged
repli merge --by d >"$work/again.txt" 2>&1
is "merging again changes nothing" "$(movement present) $(movement counted)" "$present 1"

# ---- undo
merge=$(record "SELECT merge_id FROM merge ORDER BY merge_id LIMIT 1")
yes "the merge is taken back" repli merge undo "$merge" --by c --reason "another ward's sheet"
is "no movement is left" "$(record "SELECT count(*) FROM movement")" 0
is "everybody is where they were" "$(record "SELECT count(*) FROM encounter_location WHERE end_utc IS NOT NULL AND start_utc IS NOT NULL AND end_utc<start_utc") $(record "SELECT encounter_id, seq, location_id, start_utc, end_utc FROM encounter_location ORDER BY 1, 2" | sha256sum)" "0 $(sql "$REPLI_SITE/record.db" "SELECT encounter_id, seq, location_id, start_utc, end_utc FROM encounter_location ORDER BY 1, 2" | sha256sum)"
is "the undone is held" "$(repli merge --dry-run --by d --json | grep -o '"why":"undone"' | wc -l)" "$((present + moved + left + empty + 1))"
