#!/bin/sh
# Closing sheets by hand: void, lost and the counted rest of a pack; and what scanning says when their paper comes back.
. "$(dirname "$0")/lib.sh"
[ -x "$out/pens" ] || { not_ok "$out/pens is built (make tools)"; exit 1; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli person add a "Person a" clerk
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must repli print "$ward" --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-4 --seed 7 --render 300 --jobs 2
sheet() { sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE page = $1"; }
state() { sql "$REPLI_SITE/ledger.db" "SELECT state FROM sheet WHERE page = $1"; }
export REPLI_AT=2026-11-24T09:00

code "nobody voids nothing" 2 repli ledger void "$(sheet 1)" --reason x
code "without a reason it is refused" 2 repli ledger void "$(sheet 1)" --by a
code "a slip of the pen is no number" 2 repli ledger void K7QD-M3XA-8 --by a --reason x
yes "void" repli ledger void "$(sheet 1)" --by a --reason "coffee"
yes "void again is no error" repli ledger void "$(sheet 1)" --by a --reason "coffee"
yes "lost" repli ledger lost "$(sheet 2)" --by a --reason "not on the ward"
is "they are closed" "$(state 1) $(state 2)" "void lost"
is "what is closed is not missing" "$(repli ledger --missing --json | grep -c "$(sheet 1)\|$(sheet 2)")" 0
is "the filter of states" "$(repli ledger --state lost --json | sed -n 's/.*"sheet": *"\([^"]*\)".*/\1/p')" "$(sheet 2)"
code "an unknown state is refused" 2 repli ledger --state gone

repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
is "paper of a void sheet that comes back waits for a person" $? 6
outcome() { grep "\"sheet\": *\"$(sheet "$1")\"" "$work/readings.jsonl" | sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p'; }
is "void stays void, lost is found, the rest is read" "$(outcome 1) $(outcome 2) $(outcome 3)" "void read read"
is "and so says the ledger" "$(state 1) $(state 2) $(state 3)" "void read read"

rest=$(repli ledger --missing --json --pack P0-1 | wc -l)
code "a wrong count closes nothing" 4 repli ledger void --pack P0-1 --unused --count $((rest - 1)) --by a
[ "$(grep -c "$((rest - 1)) sheets were counted, but $rest" "$work/said")" = 1 ] && ok "and names both numbers" || not_ok "and names both numbers" "$(cat "$work/said")"
is "nothing was closed" "$(repli ledger --missing --json --pack P0-1 | wc -l)" "$rest"
yes "the right count closes the rest" repli ledger void --pack P0-1 --unused --count "$rest" --by a
is "nothing is missing any more" "$(repli ledger --missing --json | wc -l)" 0
is "with who and why" "$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT state_by || ': ' || state_why FROM sheet WHERE state = 'void' AND page > 4")" "a: unused, counted and shredded"
