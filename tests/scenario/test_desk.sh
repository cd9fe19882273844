#!/bin/sh
# The desk: paper is checked in with a hand scanner, what is still out is told, and a ward closes only when all is accounted for.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "skip - sqlite3 is not installed"; exit 0; }
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli person add a "Person a" clerk
must repli snapshot
must repli print 3B -o "$work/pack.pdf"
db="$REPLI_SITE/ledger.db"
q() { sql "$db" "$1"; }
patient=$(q "SELECT patient FROM sheet WHERE has_fields=1 AND patient IS NOT NULL ORDER BY serial LIMIT 1")
all=$(q "SELECT count(*) FROM sheet WHERE has_fields=1 AND patient='$patient'")
code1=$(q "SELECT code FROM sheet WHERE has_fields=1 AND patient='$patient' ORDER BY serial LIMIT 1")
sheet1=$(q "SELECT sheet FROM sheet WHERE code='$code1'")
sheet2=$(q "SELECT sheet FROM sheet WHERE has_fields=1 AND patient='$patient' ORDER BY serial LIMIT 1 OFFSET 1")
missing() { repli ledger --missing --json | wc -l; }
before=$(missing)
answer_of() { sed -n 's/.*"answer":"\([a-z-]*\)".*/\1/p'; }
is "a page code is checked in" "$(echo "$code1" | repli wedge --by a --json | answer_of)" received
is "again" "$(printf ' %s\r\n' "$code1" | repli wedge --by a --json | answer_of)" again
is "by its number, too" "$(echo "$sheet2" | repli wedge --json | answer_of)" received
is "nobody looks for them on the ward any more" "$(missing)" $((before - 2))
is "but they are not scanned" "$(q "SELECT group_concat(DISTINCT state) FROM sheet WHERE sheet IN('$sheet1','$sheet2')")" printed
is "what of the patient is still out" "$(echo "$code1" | repli wedge --json | grep -o '"still_out":\[[^]]*\]' | grep -o '[0-9A-Z]\{4\}-[0-9A-Z]\{4\}-[0-9A-Z]' | wc -l)" $((all - 2))
is "and of nobody else" "$(for s in $(echo "$code1" | repli wedge --json | grep -o '"still_out":\[[^]]*\]' | grep -o '[0-9A-Z]\{4\}-[0-9A-Z]\{4\}-[0-9A-Z]'); do q "SELECT patient FROM sheet WHERE sheet='$s'"; done | sort -u)" "$patient"
is "the bell is silent" "$(echo "$code1" | repli wedge | tr -dc '\a' | wc -c)" 0
bent=$(echo "$code1" | sed 's/.$//')$(( (${code1#"${code1%?}"} + 1) % 10 ))
is "a changed code is not ours" "$(echo "$bent" | repli wedge --json | answer_of)" forged
is "and rings" "$(echo "$bent" | repli wedge | tr -dc '\a' | wc -c)" 1
is "a medicine's box is no code" "$(echo 5412345000013 | repli wedge --json | answer_of)" not-a-code
code "6 when something was put aside" 6 sh -c "echo 5412345000013 | '$out/repli' wedge"
code "0 when not" 0 sh -c "echo '$code1' | '$out/repli' wedge"
REPLI_SITE="$work/other" "$out/repli" init --hospital Other >/dev/null
is "another site's paper" "$(echo "$code1" | REPLI_SITE="$work/other" "$out/repli" wedge --json | answer_of)" forged
must repli ledger void "$sheet2" --reason coffee --by a
is "void paper" "$(echo "$sheet2" | repli wedge --json | answer_of)" closed
is "who checked it in" "$(q "SELECT person FROM received r JOIN sheet USING(serial) WHERE sheet='$sheet1'")" a
is "is in the audit" "$(q "SELECT count(*) FROM audit WHERE event='receive' AND object='$sheet1'")" 1

# the board and a ward's end
n=$(q "SELECT count(*) FROM sheet WHERE has_fields=1 AND ward='3B'")
is "the board counts" "$(repli ledger board --json | grep -o '"sheets":[0-9]*\|"out":[0-9]*\|"received":[0-9]*\|"closed":[0-9]*' | tr '\n' ' ')" "\"sheets\":$n \"out\":$((n - 2)) \"received\":1 \"closed\":1 "
first=$(q "SELECT min(sheet) FROM sheet WHERE has_fields=1 AND ward='3B' AND state='printed'")
code "a ward with paper out does not close" 4 repli ledger close 3B --by a
repli ledger close 3B --by a 2>&1 | grep -q "$((n - 1)) of $n sheets of ward 3B are still open, $first first" && ok "it says how many and which" || not_ok "it says how many and which" "$(repli ledger close 3B --by a 2>&1)"
code "nobody closes nothing" 2 repli ledger close 3B
code "a ward without paper" 2 repli ledger close 9Z --by a
must repli ledger lost $(q "SELECT sheet FROM sheet WHERE state='printed' AND has_fields=1 AND ward='3B'") --reason "not on the ward" --by a
yes "a ward whose paper is accounted for closes" repli ledger close 3B --by a
is "the board says who" "$(repli ledger board --json | grep -o '"closed_by":"[a-z]*"')" '"closed_by":"a"'
code "a closure stays" 19 sqlite3 "$db" "DELETE FROM ward_closed"
export REPLI_AT=2026-11-23T05:00
must repli print 3B --form obs
is "new paper opens it again" "$(repli ledger board --json | grep -o '"closed_utc":[0-9a-z]*')" '"closed_utc":null'
