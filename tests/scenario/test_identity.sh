#!/bin/sh
# Somebody comes while the computers are dark: an admission pack, pens, scanner, people, and the record holds the patient of
# that number with what was measured; and what must never happen to such a patient.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk judge; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
rec() { sql "$REPLI_SITE/record.db" "$1"; }

# ---- packs
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" --pack admission --count 2 -o "$work/pack.pdf" --json
cp "$work/said" "$work/printed.json"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
is "two packs, two numbers" "$(grep -o 'D0000-00000[0-9]-[0-9][0-9] [A-Z][a-z]* [A-Z][a-z]*' "$work/printed.json" | sort -u | wc -l)" 2
is "all sheets of a pack bear its number" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT patient), count(DISTINCT stay_number), min(subject_kind), max(subject_kind), count(DISTINCT patient_name) FROM sheet")" "2|2|4|4|2"
is "and no snapshot" "$(sql "$REPLI_SITE/ledger.db" "SELECT hex(snapshot) FROM pack")" 000000000000
is "the registration sheet comes first" "$(sql "$REPLI_SITE/ledger.db" "SELECT form_id FROM sheet ORDER BY serial LIMIT 1")" registration
is "blank forms for the rest of the day" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT form_id) FROM sheet WHERE form_id IN('registration','face','mar','obs','fluid','notes')")" 6
code "a form about nobody is no ward's" 2 repli print "$ward" --form registration
code "admission packs are for one ward" 2 repli print --all --pack admission
code "a count is for admission packs" 2 repli print "$ward" --pack now --count 3

# ---- spares: a fifth of the beds, and five admission packs
must repli print "$ward" --pack spares -o "$work/spares.pdf"
beds=$(repli wards --json | sed -n 's/.*"beds": *\([0-9]*\).*/\1/p' | head -n 1)
is "a fifth of the beds, rounded up, of each form" "$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT count(*) FROM sheet WHERE subject_kind=5 AND side=1 GROUP BY form_id")" $(((beds * 20 + 99) / 100))
is "among them the lined sheet, and none of a ward" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT form_id) FILTER (WHERE form_id='spare'), count(DISTINCT form_id) FILTER (WHERE form_id='census'), count(DISTINCT patient), max(flags & 32) FROM sheet WHERE subject_kind=5")" "1|0|0|32"
is "and five numbers more" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT patient) FROM sheet WHERE subject_kind=4")" 7

# ---- two stations' worth of haste: numbers are given once
for i in 1 2 3 4; do repli print "$ward" --pack admission --count 3 >/dev/null 2>&1 & pids="${pids:-} $!"; done
for p in $pids; do wait "$p"; done
is "four prints at once: twelve numbers, none twice" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT patient), count(*) FROM sheet WHERE subject_kind=4 AND form_id='registration' AND side=1")" "19|19"

# ---- written, scanned, keyed
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --seed 5 --used 0.3 --render 300 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-24T09:00
repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
is "every sheet is read" "$(grep -c '"outcome": *"read"' "$work/readings.jsonl")" "$(ls "$work"/scans/scan-* | wc -l)"
repli merge --by c >/dev/null 2>&1
is "nobody keyed: no patient" "$(rec "SELECT count(*) FROM patient WHERE identifier_system='urn:repli:downtime'")" 0
answer a; answer b; answer c
repli merge --by c --json >"$work/merge.jsonl" 2>"$work/said"
case $? in 0|6) ok "merge";; *) not_ok "merge" "$(tail -n 2 "$work/said")";; esac
number=$(rec "SELECT identifier_value FROM patient WHERE identifier_system='urn:repli:downtime' ORDER BY 1 LIMIT 1")
is "two patients by their numbers" "$(rec "SELECT count(*) FROM patient WHERE identifier_system='urn:repli:downtime' AND patient_id=identifier_value")" 2
is "two registrations" "$(rec "SELECT count(*) FROM registration JOIN patient USING(patient_id)")" 2
is "each with a stay of the same number, in the ward" "$(rec "SELECT count(*) FROM encounter JOIN encounter_location USING(encounter_id) JOIN location USING(location_id) WHERE replace(encounter.patient_id,'D','S') LIKE substr(encounter.identifier_value,1,13)||'%' AND location.code='$ward'")" 2
yes "a name, a birth date and a national number that fit" test "$(rec "SELECT count(*) FROM patient p JOIN registration r USING(patient_id) JOIN patient_identifier i USING(patient_id) WHERE r.known='eid' AND p.family=r.family AND p.birth_date=r.birth_date AND i.type='NI' AND i.value=r.niss")" = "$(rec "SELECT count(*) FROM registration WHERE known='eid'")"
yes "somebody is named" test "$(rec "SELECT count(*) FROM registration WHERE known='eid' AND family IS NOT NULL")" -ge 1
merged_rows
"$out/judge" --merged "$work/truth.json" "$work/merged.json" 'right>=10' 'missing<=0' 'wrong_value<=0' 'wrong_time<=0' 'extra<=0' 'doubled<=0' >"$work/judged" 2>"$work/said" &&
    ok "the observations of both equal the truth ($(sed -n 's/^right *//p' "$work/judged") values)" || not_ok "observations equal the truth" "$(tr '\n' ' ' <"$work/said" | cut -c1-400)"
is "none is anybody else's" "$(rec "SELECT count(*) FROM observation WHERE from_paper=1 AND patient_id NOT IN(SELECT patient_id FROM registration)")" 0
is "nobody was joined to anybody" "$(rec "SELECT (SELECT count(*) FROM patient_link) + (SELECT count(*) FROM patient WHERE replaced_by IS NOT NULL)")" 0

# ---- the next snapshot prints the patient like everybody
must repli snapshot
must repli print "$ward" --form obs -o "$work/next.pdf"
is "on the next paper the patient has a band like others" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet WHERE subject_kind=1 AND patient='$number' AND side=1")" 1

# ---- a ledger that burnt: the sheet says by itself who it is about
cp -a "$REPLI_SITE" "$work/burnt"; rm -f "$work"/burnt/ledger.db* "$work"/burnt/snapshots/*
(export REPLI_SITE="$work/burnt"; "$out/repli" person add z "Z" clerk >/dev/null 2>&1; true)
is "undo takes registration and patient back, where nothing hangs on it" "$(for m in $(rec "SELECT merge_id FROM merge ORDER BY length(merge_id) DESC, merge_id DESC"); do repli merge undo "$m" --by c >/dev/null 2>&1; done; rec "SELECT count(*) FROM patient WHERE identifier_system='urn:repli:downtime'")" 0
[ -z "${FAILED:-}" ]
