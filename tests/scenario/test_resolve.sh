#!/bin/sh
# After the outage the hospital registers who came in the dark: evidence, two people, one file; paper that comes later, the
# way back, and one number that was used for two people.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
rec() { sql "$REPLI_SITE/record.db" "$1"; }
led() { sql "$REPLI_SITE/ledger.db" "$1"; }
said() { is "$1" "$(grep -c "$2" "$work/said")" 1; }

# ---- two admission packs, written on; a sheet of the first one stays on the ward
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" --pack admission --count 2 -o "$work/pack.pdf" --json
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --seed 11 --used 0.3 --render 200 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-24T09:00
must repli scan "$work"/scans/scan-*
number=$(led "SELECT min(patient) FROM sheet WHERE subject_kind=4"); other=$(led "SELECT max(patient) FROM sheet WHERE subject_kind=4")
late=$(led "SELECT sheet FROM sheet WHERE patient='$number' AND form_id='obs' AND side=1 ORDER BY serial LIMIT 1")
state() { sqlite3 "$REPLI_SITE/ledger.db" "UPDATE sheet SET state='$2' WHERE sheet='$1'"; }
state "$late" scanned
answer a; answer b; answer c
repli merge --by c >/dev/null 2>&1
is "two numbers are in the record, and open" "$(repli status --json | grep -o '"identity": *{[^}]*}' | tr -d ' ')" '"identity":{"open":2,"proposed":0,"resolved":0}'
yes "status says what to do" sh -c "\"$out/repli\" status | grep -q '2 downtime numbers open.*repli identity list'"

# ---- the hospital registers the patient, with a name spelt otherwise
family=$(rec "SELECT family FROM patient WHERE patient_id='$number'"); given=$(rec "SELECT given FROM patient WHERE patient_id='$number'")
born=$(rec "SELECT birth_date FROM patient WHERE patient_id='$number'"); niss=$(rec "SELECT value FROM patient_identifier WHERE patient_id='$number' AND type='NI'")
[ -n "$family" ] && [ -n "$niss" ] || { not_ok "the first registration names somebody"; exit 1; }
patient() { # patient ID NUMBER FAMILY GIVEN BORN NISS ("" = none)
    more=; [ -z "$6" ] || more=$(printf ',{"system":"urn:national","type":{"coding":[{"code":"NI"}]},"value":"%s"}' "$6")
    printf '{"resourceType":"Patient","id":"%s","identifier":[{"system":"urn:ipp","value":"%s"}%s],"name":[{"family":"%s","given":["%s"]}],"birthDate":"%s"}\n' "$1" "$2" "$more" "$3" "$4" "$5"
}
{
    patient real 4711203 "${family}e" "$given" "$born" "$niss"
    patient namesake 4711204 "$family" "$given" "$(echo "$born" | sed 's/^..../1931/')" ""
    echo '{"resourceType":"Encounter","id":"real-stay","status":"in-progress","subject":{"reference":"Patient/real"},"identifier":[{"system":"urn:stay","value":"88001"}],"period":{"start":"2026-11-24T08:00:00Z"}}'
} >"$work/real.ndjson"
must repli import "$work/real.ndjson"
code "numbers wait for people" 6 repli identity list
repli identity list --json >"$work/list.jsonl" 2>/dev/null
first() { grep "\"downtime\": *\"$1\"" "$work/list.jsonl" | tr -d '\n' | sed 's/.*"candidates": *//' | grep -o '"patient": *"[^"]*"' | head -n 1 | sed 's/.*"\([^"]*\)"$/\1/'; }
is "who has the national number is told first, not who is spelt the same" "$(first "$number")" real
yes "with the figures" grep -q "$(echo "$niss" | sed 's/\(..\)\(..\)\(..\)\(...\)\(..\)/\1.\2.\3-\4.\5/') in both" "$work/list.jsonl"
is "nothing resolves itself" "$(rec "SELECT (SELECT count(*) FROM patient_link) + (SELECT count(*) FROM patient WHERE replaced_by IS NOT NULL)")" 0

# ---- two people
code "one proof is none" 2 repli identity propose "$number" --patient 4711203 --proof "eID read" --by a
code "the same twice neither" 2 repli identity propose "$number" --patient 4711203 --proof "eID read" --proof "EID  read" --by a
code "of nobody" 4 repli identity propose "$number" --patient 999 --proof "eID read" --proof "her daughter" --by a
yes "a proposal" repli identity propose "$number" --patient 4711203 --proof "eID read" --proof "her daughter" --by a
code "not confirmed by who made it" 4 repli identity confirm "$number" --by a
said "with the reason" "you proposed it"
patient namesake 4711204 "$family" "$given" "$born" "" >"$work/change.ndjson"; must repli import "$work/change.ndjson"
code "nor when what was shown has changed" 4 repli identity confirm "$number" --by b
said "with the way out" "changed since: look again"
yes "rejected" repli identity reject "$number" --by b --reason "somebody else has that birth date"
yes "proposed anew" repli identity propose "$number" --patient real --proof "eID read" --proof "her daughter" --by a
is "one link was not made before this" "$(rec "SELECT count(*) FROM patient_link")" 0
yes "confirmed by another" repli identity confirm "$number" --by b
is "one is resolved" "$(repli status --json | grep -o '"identity": *{[^}]*}' | tr -d ' ')" '"identity":{"open":1,"proposed":0,"resolved":1}'
is "all of it is in the audit" "$(led "SELECT group_concat(outcome||' '||coalesce(person,'-')) FROM (SELECT outcome, person FROM audit WHERE event='identity' ORDER BY seq)")" "proposed a,rejected b,proposed a,confirmed b"
yes "also who looked" test "$(led "SELECT count(*) FROM audit WHERE event='view' AND object='downtime numbers'")" -ge 1
values=$(rec "SELECT count(*) FROM observation WHERE patient_id='$number' AND from_paper=1")

# ---- the patient's next paper has it all, and paper that lay on the ward merges
must repli snapshot
snapshot=$(ls "$REPLI_SITE"/snapshots/*.snapshot | tail -n 1)
is "the snapshot knows one person" "$(sql "$snapshot" "SELECT count(*) FROM patient WHERE patient_id IN('real','$number')")" 1
yes "with what paper said" test "$(sql "$snapshot" "SELECT count(*) FROM observation WHERE patient_id='real'")" -ge 1
state "$late" read
answer a; answer b; answer c
is "it was not merged before" "$(rec "SELECT count(*) FROM merge WHERE sheet='$late'")" 0
repli merge --by c >"$work/late.txt" 2>&1
is "the late sheet merges" "$(rec "SELECT count(*) FROM merge WHERE sheet='$late'")" 1
is "and is not held because of who it is" "$(led "SELECT count(*) FROM hold JOIN sheet USING(serial) WHERE sheet='$late' AND kind IN('patient-merged','identity-mismatch','patient-unknown')")" 0
yes "into the same file" test "$(rec "SELECT count(*) FROM observation WHERE patient_id='$number' AND from_paper=1")" -gt "$values"

# ---- the hospital's own system is told
must repli export fhir --merged --no-images -o "$work/out.ndjson"
python3 - "$work/out.ndjson" "$number" "$late" >"$work/told.txt" <<'PY'
import json, sys
links = subjects = olds = 0
for line in open(sys.argv[1]):
    b = json.loads(line)
    by = {e["fullUrl"]: e["resource"] for e in b["entry"]}
    for e in b["entry"]:
        r = e["resource"]
        if r["resourceType"] == "Patient" and r.get("link"):
            links += 1
            survivor = by[r["link"][0]["other"]["reference"]]
            assert e["request"]["method"] == "PUT" and r["active"] is False, r
            assert r["identifier"][0]["value"] == sys.argv[2], r
            assert survivor["identifier"][0]["value"] == "4711203", survivor
            olds += any(i.get("use") == "old" and i["value"] == sys.argv[2] for i in survivor["identifier"])
    if any(i["value"] == sys.argv[3] for e in b["entry"] for i in e["resource"].get("identifier", [])):
        for e in b["entry"]:
            if e["resource"]["resourceType"] in ("Observation", "DocumentReference"):
                assert by[e["resource"]["subject"]["reference"]]["identifier"][0]["value"] == "4711203"
                subjects += 1
print("links", links > 0, "olds", olds == links, "subjects", subjects > 1)
PY
is "each Bundle of that paper is about the survivor, keeps the number as an old one, and links its file" "$(cat "$work/told.txt")" "links True olds True subjects True"

# ---- the way back
must repli print --patient 4711203 --form face -o "$work/face.pdf"
code "taken back, also under merges; paper that shows two people is named" 6 repli identity undo "$number" --by d --reason "it is her sister"
said "by its number" "MIND .*$(led "SELECT sheet FROM sheet WHERE patient_id='real' ORDER BY serial LIMIT 1")"
export REPLI_AT=2026-11-24T10:00
is "two files again" "$(rec "SELECT (SELECT count(*) FROM patient_link), (SELECT replaced_by IS NULL FROM patient WHERE patient_id='$number')")" "0|1"
must repli snapshot
snapshot=$(ls "$REPLI_SITE"/snapshots/*.snapshot | tail -n 1)
is "and nothing of the number on the other's paper" "$(sql "$snapshot" "SELECT count(*) FROM observation WHERE patient_id='real'")" 0
must repli export fhir --merged --no-images -o "$work/back.ndjson"
is "told, too" "$(grep -c '"link"' "$work/back.ndjson")$(grep -o '"method":"PUT","url":"Patient' "$work/back.ndjson" | sort -u | wc -l)" 01
code "once" 4 repli identity undo "$number" --by d --reason again

# ---- the second number was used for two people
one=$(led "SELECT sheet FROM sheet JOIN (SELECT DISTINCT sheet AS s FROM reading JOIN sheet USING(serial)) ON s=sheet WHERE patient='$other' AND state='merged' AND form_id='obs' ORDER BY serial LIMIT 1")
[ -n "$one" ] || one=$(rec "SELECT sheet FROM merge WHERE sheet IN($(led "SELECT group_concat(quote(sheet)) FROM sheet WHERE patient='$other' AND form_id='obs'")) ORDER BY rowid DESC LIMIT 1")
n=$(rec "SELECT count(*) FROM observation WHERE observation_id LIKE 'paper:$one:%'")
yes "a sheet of it was merged" test "$n" -ge 1
code "two people must say so" 2 repli identity split "$other" --sheet "$one" --to new --reason "two men" --by a
code "two different ones" 2 repli identity split "$other" --sheet "$one" --to new --reason "two men" --by a --by a
code "what is merged is undone first" 4 repli identity split "$other" --sheet "$one" --to new --reason "two men" --by a --by b
said "by name" "undo that first"
for m in $(rec "SELECT merge_id FROM merge m WHERE sheet='$one' AND NOT EXISTS(SELECT 1 FROM merge_undo u WHERE u.merge_id=m.merge_id) ORDER BY rowid DESC"); do repli merge undo "$m" --by c >"$work/said" 2>&1 || not_ok "undo $m" "$(cat "$work/said")"; done
yes "then it is given to a new number" repli identity split "$other" --sheet "$one" --to new --reason "two men" --by a --by b
third=$(rec "SELECT owner FROM identity_sheet WHERE sheet='$one'")
is "that nobody had" "$third" "$(led "SELECT 'D0000-00000' || (next-1) FROM counter WHERE name='downtime'")-${third##*-}"
repli merge --by c >/dev/null 2>&1
is "and merges for that one, keyed by nobody again" "$(rec "SELECT count(*) FROM observation WHERE observation_id LIKE 'paper:$one:%' AND patient_id='$third'") $(rec "SELECT count(*) FROM observation WHERE observation_id LIKE 'paper:$one:%' AND patient_id<>'$third'")" "$n 0"
is "in the audit with both" "$(led "SELECT count(*) FROM audit WHERE event='identity' AND object='$one' AND reason='a, b: two men'")" 1
code "three numbers are there" 6 repli identity list
yes "the audit holds" repli audit verify
