#!/bin/sh
# Keying that can be trusted: batches that two people never share, tables that run no formula, call-backs, initials,
# known fields, a sample of the record, and a dry run by patient.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli person add n "Nurse N" nurse
printf 'review:\n  lease_minutes: 10\n  seed_per_thousand: 100\n' >"$work/review.yaml"
sed -i '/^review:/,$d' "$REPLI_SITE/site.yaml" && cat "$work/review.yaml" >>"$REPLI_SITE/site.yaml"
record() { sql "$REPLI_SITE/record.db" "$1"; }
ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }
sqlite3 "$REPLI_SITE/record.db" "UPDATE medication_request SET medication='=HYPERLINK(\"http://x\")', medication_id=NULL, row_version=row_version+1 WHERE status='active'"
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-8 --seed 5 --used 0.4 --render 300 --severity none --format png --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-24T09:00
repli scan "$work"/scans/scan-* >/dev/null 2>"$work/said"

# ---- batches
tasks() { sed -n 's/^{"task": *"\([^"]*\)".*/\1/p' "$1" | sort; }
repli review export --kind time --limit 6 --by a >"$work/a.jsonl" & repli review export --kind time --limit 6 --by b >"$work/b.jsonl"; wait
is "each gets what was asked for" "$(wc -l <"$work/a.jsonl") $(wc -l <"$work/b.jsonl")" "6 6"
tasks "$work/a.jsonl" >"$work/a.tasks"; tasks "$work/b.jsonl" >"$work/b.tasks"
is "two people at once share no field" "$(comm -12 "$work/a.tasks" "$work/b.tasks" | wc -l)" 0
is "nobody is named in a batch" "$(grep -c "$(record "SELECT family FROM patient LIMIT 1")" "$work/a.jsonl")" 0
yes "with pictures" test -s "$REPLI_SITE/$(sed -n 's/.*"crop": *"\([^"]*\)".*/\1/p' "$work/a.jsonl" | head -n 1)"
"$out/clerk" "$work/truth.json" <"$work/a.jsonl" >"$work/a.answers" 2>/dev/null
code "who answers another one's batch is told" 6 repli review import "$work/a.answers" --by b
is "by name" "$(repli review import "$work/a.answers" --by b | grep -c "a was given this field until")" 6
yes "its own person answers it" repli review import "$work/a.answers" --by a
export REPLI_AT=2026-11-24T09:11
repli review export --kind time --limit 40 --by c >"$work/c.jsonl"
tasks "$work/c.jsonl" >"$work/c.tasks"
yes "after ten minutes a batch is free again" test "$(comm -12 "$work/b.tasks" "$work/c.tasks" | wc -l)" -gt 0
code "no such kind" 2 repli review export --kind names --by a

# ---- tables
export REPLI_AT=2026-11-24T10:00
repli review export --kind digits --limit 3 --by a --csv >"$work/table.csv"
is "a table has a head and its rows" "$(wc -l <"$work/table.csv")" 4
tr -d '\r' <"$work/table.csv" | awk -F, 'BEGIN { OFS = "," } NR == 1 { for (i = 1; i <= NF; i++) if ($i == "answer") at = i } NR > 1 { $at = "illegible" } { print }' | tr ',' ';' >"$work/filled.csv"
yes "filled in, with semicolons, it comes back" repli review import "$work/filled.csv" --by a
is "as three answers" "$(ledger "SELECT count(*) FROM entry WHERE answer='illegible' AND person='a'")" 3
must repli print "$ward" --form mar -o "$work/mar.pdf"
repli layout "$work/mar.pdf" --json >"$work/mar.json"
must "$out/pens" "$work/mar.pdf" "$work/mar.json" "$work/marscans" --pages 1-4 --seed 7 --used 0.8 --render 300 --severity none --format png --jobs 2
repli scan "$work"/marscans/scan-* >/dev/null 2>"$work/said"
repli review export --csv -o "$work/all.csv"
yes "a drug that is a formula goes out" grep -q "HYPERLINK" "$work/all.csv"
is "as a text" "$(grep -o '[^'"'"']=HYPERLINK' "$work/all.csv" | wc -l)" 0
is "no dose in a batch" "$(repli review export --limit 5000 --by d | grep -c HYPERLINK)" 0

# ---- call-backs
calls=$(ledger "SELECT count(*) FROM settled WHERE answer='illegible'") # one that needs two keys is not settled yet
yes "some to call back" test "$calls" -gt 0
is "each is listed" "$(repli review callbacks --json | wc -l)" "$calls"
is "status says so" "$(repli status --json | sed -n 's/.*"callbacks": *\([0-9]*\).*/\1/p')" "$calls"
repli review callbacks --json >"$work/calls.jsonl"
yes "with the picture of who wrote it" test -s "$REPLI_SITE/$(sed -n 's/.*"initials_crop": *"\([^"]*\)".*/\1/p' "$work/calls.jsonl" | head -n 1)"
"$out/clerk" "$work/truth.json" <"$work/calls.jsonl" >"$work/calls.answers" 2>/dev/null
code "a clerk cannot know" 6 repli review import "$work/calls.answers" --by b
yes "a nurse who asked can" repli review import "$work/calls.answers" --by n
is "nothing is left to ask" "$(repli review callbacks --json | wc -l)" 0

# ---- initials
first=$(repli review initials --json | grep '"what": *"initials"' | grep -v '"captures": *0' | head -n 1)
sheet=$(echo "$first" | sed 's/.*"sheet": *"\([^"]*\)".*/\1/'); field=$(echo "$first" | sed 's/.*"field": *"\([^"]*\)".*/\1/')
code "initials of nobody are refused" 4 repli review initials "$sheet" AP "$field" --by a
yes "they are told apart" repli review initials "$sheet" AP --name "An Peeters" "$field" --by a
yes "the audit says who did" sh -c "\"$out/repli\" audit list | grep -q 'initials'"

# ---- known fields: everything is keyed in batches
export REPLI_AT=2026-11-24T11:00
turn() {
    repli review export --limit 40 --by "$1" >"$work/batch-$1.jsonl" || return 1
    "$out/clerk" "$work/truth.json" ${2:-} ${3:-} <"$work/batch-$1.jsonl" >"$work/done-$1.jsonl" 2>/dev/null
    repli review import "$work/done-$1.jsonl" --by "$1" >/dev/null 2>&1
    [ -s "$work/batch-$1.jsonl" ]
}
cp "$work/truth.json" "$work/obs.json"
minute=0
for round in 1 2 3 4 5 6 7 8 9 10 11 12; do
    for p in a b c; do
        minute=$((minute + 1))
        export REPLI_AT=$(printf '2026-11-24T%02d:%02d' $((11 + minute / 60)) $((minute % 60)))
        if [ $p = c ]; then turn c --error 0.3; else turn $p; fi
    done
done
yes "known fields were given and answered" test "$(ledger "SELECT count(*) FROM blind WHERE purpose='known' AND answer IS NOT NULL")" -gt 2
is "they are nobody's own" "$(ledger "SELECT count(*) FROM blind b JOIN entry e USING(serial, field, revision) WHERE b.person=e.person")" 0
repli review operators --json >"$work/operators.jsonl"
yes "each person is measured" test "$(grep -c '"interval"' "$work/operators.jsonl")" -ge 3
is "nobody's truth is an error" "$(grep '"person": *"[ab]"' "$work/operators.jsonl" | grep -c '"wrong": *0')" 2

# ---- dry run by patient, then the record, and a sample of it
answer a; answer b; answer d
repli merge --dry-run --by d --json >"$work/dry.jsonl" 2>/dev/null
yes "a dry run has a line a patient" grep -q '"would_merge"' "$work/dry.jsonl"
gone=$(ledger "SELECT patient_id FROM sheet WHERE state IN('read','reviewed') AND patient_id IS NOT NULL LIMIT 1")
order=$(ledger "SELECT patient_id FROM sheet WHERE form_id='mar' AND state IN('read','reviewed') LIMIT 1")
sqlite3 "$REPLI_SITE/record.db" "DELETE FROM medication_request WHERE patient_id='$order' AND request_id NOT IN(SELECT request_id FROM medication_administration WHERE request_id IS NOT NULL)"
repli merge --dry-run --by d --json >"$work/dry.jsonl" 2>/dev/null
yes "an order that vanished is named" grep -q '"what": *"order"' "$work/dry.jsonl"
repli merge --by d >/dev/null 2>&1
yes "the author of a value is who signed" test "$(record "SELECT count(*) FROM paper_entry WHERE author='An Peeters (AP)'")" -gt 0
yes "a third person is given a sample" repli review audit-sample --n 12 --by n
cp "$work/said" "$work/sample.jsonl"
is "of twelve" "$(grep -c '"task"' "$work/sample.jsonl")" 12
before=$(record "SELECT * FROM observation ORDER BY 1" | sha256sum)
"$out/clerk" "$work/truth.json" <"$work/sample.jsonl" >"$work/sample.answers" 2>/dev/null
repli review import "$work/sample.answers" --by n >"$work/said" 2>&1
repli review audit-sample --json >"$work/result.json"
yes "what came of it has an interval" grep -q '"interval": *\[' "$work/result.json"
yes "nothing in the record differs" grep -q '"differs": *0' "$work/result.json"
is "and the record is as it was" "$(record "SELECT * FROM observation ORDER BY 1" | sha256sum)" "$before"
yes "the audit is whole" repli audit verify
