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
sed -n 2p "$work/printed.json" >"$work/bands.json"; sed -n 3p "$work/printed.json" >"$work/labels.json"; sed -i 1q "$work/printed.json"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
is "two packs, two numbers" "$(grep -o 'D0000-00000[0-9]-[0-9][0-9] [A-Z][a-z]* [A-Z][a-z]*' "$work/printed.json" | sort -u | wc -l)" 2
is "all sheets of a pack bear its number" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT patient), count(DISTINCT stay_number), min(subject_kind), max(subject_kind), count(DISTINCT patient_name) FROM sheet WHERE pack_id='P0-1'")" "2|2|4|4|2"
is "and no snapshot" "$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT hex(snapshot) FROM pack")" 000000000000
is "the registration sheet comes first" "$(sql "$REPLI_SITE/ledger.db" "SELECT form_id FROM sheet ORDER BY serial LIMIT 1")" registration
is "blank forms for the rest of the day" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT form_id) FROM sheet WHERE form_id IN('registration','face','orders','mar','obs','children','glucose','fluid','notes','lab','imaging')")" 11
# ---- wristbands and labels of the same numbers: other paper, so files of their own, which nobody misses
is "wristbands and labels are packs of their own" "$(sql "$REPLI_SITE/ledger.db" "SELECT group_concat(what, '|') FROM (SELECT what FROM pack WHERE pack_id<>'P0-1' ORDER BY pack_id)")" "wristband|labels"
is "and never among the sheets" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet WHERE pack_id='P0-1' AND form_id IN('wristband','labels')")" 0
is "nobody misses them" "$(repli ledger --missing --json | grep -cE '"form": *"(labels|wristband)"')" 0
grep -o 'D0000-00000[0-9]-[0-9][0-9]' "$work/printed.json" | sort -u >"$work/given"
for kind in wristband:1 labels:18; do
    pdftotext -layout "$work/pack-${kind%:*}.pdf" "$work/text"
    is "each number stands on ${kind%:*} as often as it should" "$(grep -o 'D0000-00000[0-9]-[0-9][0-9]' "$work/text" | sort | uniq -c | awk '{ print $2, $1 }')" "$(sed "s/$/ ${kind#*:}/" "$work/given")"
    # the alias is the name, as on the sheets
    grep -o 'D0000-[0-9-]* [A-Z][a-z]* [A-Z][a-z]*' "$work/printed.json" | sort -u | while read -r _ one two; do grep -o "$one $two" "$work/text" | wc -l; done >"$work/aliases"
    yes "with its two words" test "$(sort -n "$work/aliases" | head -n 1)" -ge "${kind#*:}"
    command -v zbarimg >/dev/null || continue
    pdftoppm -r 200 -gray "$work/pack-${kind%:*}.pdf" "$work/of"
    zbarimg -q --raw -Sdisable -Sqrcode.enable "$work"/of-*.pgm 2>/dev/null | sort -u >"$work/read"; rm -f "$work"/of-*.pgm
    is "the code says the number and no more" "$(cat "$work/read")" "$(cat "$work/given")"
done
repli print "$ward" --pack admission >"$work/told" 2>&1
is "the terminal says which paper, twice on one side" "$(grep -c 'on ONE side' "$work/told") $(grep -c 'label stock in the tray' "$work/told") $(grep -c 'plain paper in the tray' "$work/told")" "2 1 1"
code "a form about nobody is no ward's" 2 repli print "$ward" --form registration
code "admission packs are for one ward" 2 repli print --all --pack admission
code "a count is for admission packs" 2 repli print "$ward" --pack now --count 3

# ---- spares: a fifth of the beds, and five admission packs
must repli print "$ward" --pack spares -o "$work/spares.pdf"
beds=$(repli wards --json | sed -n 's/.*"beds": *\([0-9]*\).*/\1/p' | head -n 1)
is "a fifth of the beds, rounded up, of each form" "$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT count(*) FROM sheet WHERE subject_kind=5 AND side=1 GROUP BY form_id")" $(((beds * 20 + 99) / 100))
is "among them the lined sheet, and none of a ward" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT form_id) FILTER (WHERE form_id='spare'), count(DISTINCT form_id) FILTER (WHERE form_id='census'), count(DISTINCT patient), max(flags & 32) FROM sheet WHERE subject_kind=5")" "1|0|0|32"
is "in their admission packs the registration sheet comes first, too" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM (SELECT min(serial), form_id FROM sheet WHERE subject_kind=4 GROUP BY patient) WHERE form_id='registration'")" 8
is "and five numbers more" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT patient) FROM sheet WHERE subject_kind=4")" 8

# ---- whose a blank sheet is, said by two people, and only of paper that was read
spare=$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE subject_kind=5 AND has_fields ORDER BY serial LIMIT 1")
code "nobody says whose it is yet" 6 repli review bind "$spare"
code "one person a call" 2 repli review bind "$spare" --patient 1 --by a --by b
code "a number belongs to bind" 2 repli review list --patient 1
code "paper that was not scanned is nobody's" 4 repli review bind "$spare" --patient "$(rec "SELECT min(identifier_value) FROM patient")" --by a
is "and says why" "$(grep -c 'only one that was read' "$work/said")" 1
is "nothing was said" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM binding")" 0

# ---- two stations' worth of haste: numbers are given once
for i in 1 2 3 4; do repli print "$ward" --pack admission --count 3 >/dev/null 2>&1 & pids="${pids:-} $!"; done
for p in $pids; do wait "$p"; done
is "four prints at once: twelve numbers, none twice" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT patient), count(*) FROM sheet WHERE subject_kind=4 AND form_id='registration' AND side=1")" "20|20"

# ---- written, scanned, keyed
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --seed 11 --used 0.3 --render 200 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-24T09:00
cp -a "$REPLI_SITE" "$work/burnt"
repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
is "every sheet with fields is read" "$(grep -c '"outcome": *"read"' "$work/readings.jsonl")" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet WHERE has_fields AND pack_id='P0-1'")"

# ---- ledger and snapshots burnt: each sheet says by itself which number it is about, and is laid out again
rm -f "$work"/burnt/ledger.db* "$work"/burnt/snapshots/*
lines() { sed 's/"ms":{[^}]*},*//'; }
lines <"$work/readings.jsonl" >"$work/with.jsonl"
"$out/repli" --site "$work/burnt" scan "$work"/scans/scan-* --json 2>/dev/null | lines >"$work/without.jsonl"
is "without ledger and snapshots the same is read" "$(cmp "$work/with.jsonl" "$work/without.jsonl" 2>&1)" ""
is "about the same people" "$(sql "$work/burnt/ledger.db" "SELECT DISTINCT patient, stay_number, patient_name, hex(subject) FROM sheet ORDER BY 1")" "$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT patient, stay_number, patient_name, hex(subject) FROM sheet WHERE pack_id='P0-1' ORDER BY 1")"
cp -a "$REPLI_SITE" "$work/scanned"
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
sql -json "$REPLI_SITE/record.db" "SELECT m.sheet, p.field, o.value, o.effective_utc FROM paper_entry p JOIN merge m USING(merge_id) JOIN observation o ON p.target = 'observation/' || o.observation_id
    WHERE p.field = p.capture" >"$work/merged.json"
"$out/judge" --merged "$work/truth.json" "$work/merged.json" 'right>=10' 'missing<=0' 'wrong_value<=0' 'wrong_time<=0' 'extra<=0' 'doubled<=0' >"$work/judged" 2>"$work/said" &&
    ok "the observations of both equal the truth ($(sed -n 's/^right *//p' "$work/judged") values)" || not_ok "observations equal the truth" "$(tr '\n' ' ' <"$work/said" | cut -c1-400)"
is "none is anybody else's" "$(rec "SELECT count(*) FROM observation WHERE from_paper=1 AND patient_id NOT IN(SELECT patient_id FROM registration)")" 0
is "nobody was joined to anybody" "$(rec "SELECT (SELECT count(*) FROM patient_link) + (SELECT count(*) FROM patient WHERE replaced_by IS NOT NULL)")" 0

is "nobody's name is the alias in two words, and the words are what the paper says" "$(rec "SELECT p.family IS NULL, p.name_text, r.known, r.age_years FROM patient p JOIN registration r USING(patient_id) WHERE r.known='nobody'")" "1|$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT patient_name FROM sheet WHERE patient=(SELECT max(patient) FROM sheet WHERE pack_id='P0-1')")|nobody|40"

# ---- who it was, found out later: told to a person, never done
is "a real number on paper is held, and the record's person of that number named" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM hold WHERE kind='identity-found' AND detail LIKE '%is patient 4711%nobody of that number%'")" 1
held=$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM hold JOIN sheet USING(serial) WHERE kind='identity-found'")
must repli person add d "Person d" verifier
code "nobody can decide it for paper" 4 repli review decide "$held" resolved paper --by d
yes "it can be noted" repli review decide "$held" resolved note --by d
repli merge --by c >/dev/null 2>&1
is "then it is in the record as what paper said, and joins nobody" "$(rec "SELECT effect, value, decided_by FROM paper_entry WHERE field='resolved.mrn'") $(rec "SELECT count(*) FROM patient_link")" "note|4711|d 0"

# ---- the next snapshot prints the patient like everybody
must repli snapshot
must repli print "$ward" --form obs -o "$work/next.pdf"
is "on the next paper the patient has a band like others" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet WHERE subject_kind=1 AND patient='$number' AND side=1")" 1

# ---- backwards
first=$(rec "SELECT merge_id FROM registration JOIN merge ON registration_id LIKE 'paper:'||merge.sheet||':%' WHERE patient_id='$number'")
code "the registration stays under what hangs on it" 4 repli merge undo "$first" --by c
is "and the reason is told" "$(grep -c 'undo their merges first' "$work/said")" 1
is "undone backwards it takes registration and patient back, where nothing hangs on it" "$(for m in $(rec "SELECT merge_id FROM merge ORDER BY length(merge_id) DESC, merge_id DESC"); do repli merge undo "$m" --by c >/dev/null 2>&1; done; rec "SELECT count(*) FROM patient WHERE identifier_system='urn:repli:downtime'")" 0

# ---- other ways it may go, each from the scanned paper
site=$REPLI_SITE
again() { rm -rf "$work/way"; cp -a "$work/scanned" "$work/way"; export REPLI_SITE="$work/way"; }
sheet=$(sql "$work/scanned/ledger.db" "SELECT sheet FROM sheet WHERE form_id='registration' ORDER BY serial LIMIT 1")
number=$(sql "$work/scanned/ledger.db" "SELECT patient FROM sheet WHERE sheet='$sheet'")
# say PERSON FIELD VALUE [sure]: an answer of this person about the first registration sheet
say() { echo "{\"sheet\":\"$sheet\",\"field\":\"$2\",\"answer\":\"value\",\"value\":\"$3\"${4:+,\"sure\":true}}" >"$work/say.jsonl"; repli review import "$work/say.jsonl" --by "$1"; }
holds() { sql "$REPLI_SITE/ledger.db" "SELECT kind FROM hold WHERE decided IS NULL AND serial=(SELECT serial FROM sheet WHERE sheet='$sheet') ORDER BY kind" | tr '\n' ' '; }

again
right=$(sed -n 's/.*"id": *"person.niss"[^}]*"answer": *"\([0-9]*\)".*/\1/p' "$work/truth.json" | head -n 1)
[ -n "$right" ] || right=$(tr -d '\n' <"$work/truth.json" | grep -o '"id": *"person.niss"[^}]*' | head -n 1 | sed 's/.*"answer": *"\([0-9]*\)".*/\1/')
wrong=$(echo "$right" | sed 's/.$//')$((($(echo "$right" | sed 's/.*\(.\)$/\1/') + 1) % 10))
code "a national number whose check does not fit is asked again" 6 say a person.niss "$wrong"
yes "and taken when that is what the paper says" say a person.niss "$wrong" sure
yes "by two people" say b person.niss "$wrong" sure
answer a; answer b; answer c
repli merge --by c >/dev/null 2>&1
is "such a registration is held, by name" "$(holds)" "niss-invalid "
is "what was measured does not wait for it: the number is enough" "$(rec "SELECT count(*) > 5 FROM observation WHERE patient_id='$number'") $(rec "SELECT family IS NULL AND row_version=1 FROM patient WHERE patient_id='$number'")" "1 1"
yes "a person decides for paper" sh -c "\"$out/repli\" person add d D verifier && \"$out/repli\" review decide $sheet person paper --by d"
repli merge --by c >/dev/null 2>&1
is "then the name is there, and the wrong number is no identifier" "$(rec "SELECT p.family=r.family, r.niss='$wrong', (SELECT count(*) FROM patient_identifier i WHERE i.patient_id=p.patient_id AND type='NI') FROM patient p JOIN registration r USING(patient_id) WHERE patient_id='$number'")" "1|1|0"

again
say a person.birth 01-02-1950 >/dev/null 2>&1; say b person.birth 01-02-1950 >/dev/null 2>&1
answer a; answer b; answer c
repli merge --by c >/dev/null 2>&1
is "a birth date that is not the national number's is held" "$(holds)" "niss-disagrees "

again
niss=$(rec "SELECT count(*) FROM patient_identifier"); somebody=$(rec "SELECT min(patient_id) FROM patient WHERE identifier_system<>'urn:repli:downtime'")
sqlite3 "$REPLI_SITE/record.db" "INSERT INTO patient_identifier(patient_id, system, value, type) VALUES('$somebody', 'urn:national', '$(echo "$right" | sed 's/\(..\)\(..\)\(..\)\(...\)\(..\)/\1.\2.\3-\4.\5/')', 'NI')"
answer a; answer b; answer c
repli merge --by c >/dev/null 2>&1
is "somebody in the record with that national number is named, and no more" "$(rec "SELECT r.same_as='$somebody', (SELECT count(*) FROM patient_link), (SELECT count(*) FROM observation WHERE from_paper=1 AND patient_id='$somebody') FROM registration r WHERE patient_id='$number'")" "1|0|0"
export REPLI_SITE="$site"

# ---- the end of the range is told before it is there
sqlite3 "$REPLI_SITE/ledger.db" "UPDATE counter SET next=999990 WHERE name='downtime'"
code "few numbers left: printed, and said" 6 repli print "$ward" --pack admission
is "how many" "$(grep -c 'has 9 downtime numbers left' "$work/said")" 1
code "more than there are: refused" 2 repli print "$ward" --pack admission --count 10
is "with the way out" "$(grep -c 'has 9 downtime numbers left, 10 are needed.*station add' "$work/said")" 1
code "the last nine" 6 repli print "$ward" --pack admission --count 9
is "end with the last number" "$(sql "$REPLI_SITE/ledger.db" "SELECT substr(max(patient), 1, 12) FROM sheet WHERE subject_kind=4")" D0000-999999
