#!/bin/sh
# After the outage: covers against which a pile is counted, slips and lists by which sheets are closed, a note for the chart.
. "$(dirname "$0")/lib.sh"
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }
sheet() { ledger "SELECT sheet FROM sheet WHERE form_id='$1' AND side=1 ORDER BY serial LIMIT 1"; }
state() { ledger "SELECT state FROM sheet WHERE sheet='$1'"; }
page() { pdftoppm -r 300 -gray -png -f "$2" -l "$3" "$1" "$4"; }
# key SHEET FIELD VALUE: the field is opened again, and two people key it.
key() {
    repli review reopen "$1" "$2" --by a >"$work/said" 2>&1 # open already: all the better
    for who in a b; do
        printf '{"sheet":"%s","field":"%s","answer":"value","value":"%s"}\n' "$1" "$2" "$3" >"$work/answer"
        repli review import "$work/answer" --by $who >"$work/said" 2>&1
    done
}

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli person add a "Person a" clerk
must repli person add b "Person b" verifier
must repli outage open --from 2026-11-23T04:00 --by a
must repli snapshot
must repli print 3B --form obs -o "$work/obs.pdf"
export REPLI_AT=2026-11-24T09:00
must repli outage close --until 2026-11-23T20:00 --by a

# ---- a pile under its cover: two sheets of paper are promised, one comes
must repli print 3B --form batchcover --count 2 -o "$work/cover.pdf"
page "$work/cover.pdf" 1 2 "$work/a1"; page "$work/obs.pdf" 1 2 "$work/a2"
repli scan "$work"/a1*.png "$work"/a2*.png >"$work/scan.txt" 2>"$work/said"
is "a sheet that is missing makes somebody look" $? 6
grep -q "2 sheets of paper, so 4 images; 2 came: 2 ARE MISSING" "$work/scan.txt" && ok "and is told" || not_ok "and is told" "$(tail -n 2 "$work/scan.txt")"
must repli print 3B --form batchcover -o "$work/cover2.pdf"
cover=$(ledger "SELECT sheet FROM sheet WHERE form_id='batchcover' AND side=1 ORDER BY serial DESC LIMIT 1")
page "$work/cover2.pdf" 1 2 "$work/b1"; page "$work/obs.pdf" 3 4 "$work/b2"
export REPLI_AT=2026-11-24T09:05
yes "a number that nobody keyed yet is no difference" repli scan "$work"/b1*.png "$work"/b2*.png
grep -q "2 images came after it; the number written on it is not keyed yet" "$work/said" && ok "and says so" || not_ok "and says so" "$(tail -n 2 "$work/said")"
printf '{"sheet":"%s","field":"page.correction","answer":"blank"}\n' "$cover" >"$work/plain"
for who in a b; do repli review import "$work/plain" --by $who >"$work/said" 2>&1; done
key "$cover" pile.count 1
is "once it is keyed it is held against the images" "$(repli ledger covers --json | grep '"written":1,' | sed -n 's/.*"differs": *\([a-z]*\).*/\1/p')" false
code "the other pile still differs" 6 repli ledger covers

# ---- what is still out
export REPLI_AT=2026-11-24T09:10
page "$work/obs.pdf" 5 5 "$work/half" # one side of the third set comes back without the other
must repli scan "$work"/half*.png
must repli print 3B --form stillout -o "$work/out.pdf"
list=$(sheet stillout)
rows=$(repli layout "$work/out.pdf" --json | grep -o '"id":"out[0-9]*.found"' | wc -l)
is "the list has a line for each set that is out" "$rows" "$(ledger "SELECT count(DISTINCT patient) FROM sheet WHERE form_id='obs' AND has_fields AND state='printed'")"
# whoever looks for paper is told its name, not our word for it: every form of ours that may be out has one there
for list_of in stillout downtimenote; do
    repli form show $list_of >"$work/list.yaml"
    is "$list_of names every form" "$(repli form list --json | sed 's/.*"form":"\([^"]*\)".*/\1/' | grep -vE '^(labels|wristband|directory|switchboard)$' | while read -r form; do grep -q "^          $form: \"" "$work/list.yaml" || echo "$form"; done)" ""
done
page "$work/out.pdf" 1 2 "$work/c"
must repli scan "$work"/c*.png
named() { repli layout "$work/out.pdf" --json | grep -o "\"id\":\"out$1\",\"kind\":\"closing\",\"key\":{\"sheet\":\"[^\"]*" | sed 's/.*"//'; }
key "$list" out1.lost ticked; key "$list" out2.void ticked; key "$list" out3.found ticked
repli ledger slips >"$work/slips.txt"; is "nothing is closed before somebody says so" "$(state "$(named 1)") $(state "$(named 2)")" "printed printed"
must repli ledger slips --apply --by b
is "then lost, void and found; one side of a set is not the next set's" "$(state "$(named 1)") $(state "$(named 2)") $(state "$(named 3)")" "lost void printed"
next=$(ledger "SELECT sheet FROM sheet WHERE serial=(SELECT serial+1 FROM sheet WHERE sheet='$(named 2)')")
is "with the other side" "$(state "$next")" void
is "and who and why" "$(ledger "SELECT state_by || ' ' || state_why FROM sheet WHERE sheet='$(named 1)'")" "b slip $list: looked for and not found"
is "the sheet after the set is not touched" "$(ledger "SELECT count(*) FROM sheet WHERE state='void' AND form_id='obs'")" 2

# ---- a slip
must repli print 3B --form voidslip -o "$work/slip.pdf"
slip=$(sheet voidslip)
page "$work/slip.pdf" 1 2 "$work/d"
must repli scan "$work"/d*.png
victim=$(named 3)
repli review reopen "$slip" slip1.sheet --by a >/dev/null
printf '{"sheet":"%s","field":"slip1.sheet","answer":"value","value":"K7QD-M3XA-8"}\n' "$slip" >"$work/wrong"
repli review import "$work/wrong" --by a >"$work/said" 2>&1
grep -q "no sheet number" "$work/said" && ok "a wrong number is refused by its check sign" || not_ok "a wrong number is refused by its check sign" "$(cat "$work/said")"
key "$slip" slip1.sheet "$(echo "$victim" | tr 'A-Z' 'a-z')"
repli ledger slips --apply --by b >"$work/slips.txt"
is "without a tick nothing is closed" "$? $(state "$victim")" "6 printed"
key "$slip" slip1.patient ticked
must repli ledger slips --apply --by b
is "with one it is" "$(ledger "SELECT state || ' ' || state_why FROM sheet WHERE sheet='$victim'")" "void slip $slip: wrong patient"

# ---- for the chart
must repli merge --by b
must repli print 3B --form downtimenote -o "$work/note.pdf"
who=$(ledger "SELECT patient FROM sheet WHERE sheet='$(named 1)'")
n=$(ledger "SELECT page FROM sheet WHERE form_id='downtimenote' AND side=1 AND patient='$who'")
said=$(pdftotext -layout -f "$n" -l "$n" "$work/note.pdf" -)
case $said in *"23-nov-2026 04:00 23-nov-2026 20:00"*) ok "the note says when" ;; *) not_ok "the note says when" "$said" ;; esac
case $said in *perdue*) ok "and what became of the sheet" ;; *) not_ok "and what became of the sheet" "$said" ;; esac

# ---- without the ledger they cannot be read, and wait
mv "$REPLI_SITE/ledger.db" "$work/burnt.db"; rm -f "$REPLI_SITE"/ledger.db-*
repli scan "$work"/d*1.png --json >"$work/burnt.json" 2>"$work/said"
is "without the ledger a slip waits" "$(sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p' "$work/burnt.json")" no-snapshot
