#!/bin/sh
# Medication sheets, the whole loop: orders -> paper -> pens -> scan -> two people -> record, conflicts decided, out again.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" --form mar -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-8 --seed 5 --used 0.5 --render 300 --jobs 2
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/white" --pages 9-16 --seed 6 --used 0 --format jpg --render 300 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
record() { sql "$REPLI_SITE/record.db" "$1"; }
rows() { record "SELECT (SELECT count(*) FROM medication_administration WHERE from_paper=1)||' '||(SELECT count(*) FROM order_decision)||' '||(SELECT count(*) FROM order_proposal)||' '||(SELECT count(*) FROM allergy_check)"; }
all_rows() { for t in medication_administration order_decision order_proposal allergy_check medication_request allergy; do record "SELECT * FROM $t ORDER BY 1"; done | sha256sum | cut -c1-16; }
orders() { record "SELECT * FROM medication_request ORDER BY 1; SELECT * FROM allergy ORDER BY 1" | sha256sum; }
before=$(all_rows); known=$(orders)

# ---- filled sheets
export REPLI_AT=2026-11-24T09:00
must repli scan "$work"/scans/scan-*
answer a
must repli merge --by c
is "one person's look merges no written number" "$(record "SELECT count(*) FROM paper_entry WHERE verified_by IS NULL AND value IS NOT NULL AND value<>'ticked'")" 0
answer b; answer c
repli merge --by c --json >"$work/merge.jsonl" 2>"$work/said"; rc=$?
case $rc in 0|6) ok "merge";; *) not_ok "merge" "exit $rc: $(tail -n 2 "$work/said")";; esac
yes "doses and what was written about orders are in the record" sh -c "[ $(record "SELECT count(*) FROM medication_administration WHERE from_paper=1") -gt 20 ]"
is "each row has its entry, each entry its row" "$(record "SELECT count(*) FROM medication_administration WHERE from_paper=1 AND 'medication_administration/'||administration_id NOT IN (SELECT target FROM paper_entry WHERE target IS NOT NULL)")" 0
is "orders and allergies are as they were" "$(orders)" "$known"
is "no order came of paper" "$(record "SELECT count(*) FROM order_proposal WHERE status<>'proposed'")" 0

# ---- every tick of a dose that somebody made is in the record, held by name, or there already: none is lost
sql "$REPLI_SITE/ledger.db" "SELECT s.sheet||' '||substr(f.field,1,length(f.field)-6) FROM settled f JOIN sheet s USING(serial) WHERE f.field LIKE 'row%.slot%.given' AND f.value='ticked' ORDER BY 1" >"$work/ticked"
{ record "SELECT m.sheet||' '||p.capture FROM paper_entry p JOIN merge m USING(merge_id)"; sql "$REPLI_SITE/ledger.db" "SELECT sheet||' '||capture FROM hold JOIN sheet USING(serial)"; } | sort -u >"$work/known"
yes "ticks were made" test -s "$work/ticked"
is "no tick of a dose is lost" "$(sort "$work/ticked" | comm -23 - "$work/known" | tr '\n' ' ')" ""

# ---- again, decided, out again
after=$(all_rows)
must repli merge --by c
is "merging again changes nothing" "$(all_rows)" "$after"
repli review list --conflicts --json 2>/dev/null | sed -n 's/.*"sheet": *"\([^"]*\)", *"capture": *"\([^"]*\)".*/\1 \2/p' >"$work/conflicts"
yes "some of it waits for a person" test -s "$work/conflicts"
while read -r sheet capture; do repli review decide "$sheet" "$capture" note --by d >"$work/said" 2>&1 || not_ok "decide $sheet $capture" "$(cat "$work/said")"; done <"$work/conflicts"
must repli merge --by c
is "what is noted applies nothing" "$(all_rows)" "$after"
is "and no conflict is left" "$(repli review list --conflicts --json 2>/dev/null | grep -c '"need"')" 0
for id in $(record 'SELECT merge_id FROM merge ORDER BY length(merge_id) DESC, merge_id DESC'); do must repli merge undo "$id" --by b; done
is "undone: the record is as before" "$(all_rows)" "$before"
is "and nothing from paper is left" "$(rows)" "0 0 0 0"


# ---- sheets that nobody wrote on
must repli scan "$work"/white/scan-*
asked=$(repli review export | grep -vc '"field": *"page\.')
yes "eight untouched sides ask for $asked boxes, not for hundreds" test "$asked" -le 20
