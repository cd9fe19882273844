#!/bin/sh
# Printing again: nothing twice unasked, what is new by bed, reprints that name what they repeat, copies that are not read,
# and the second day's medication sheets.
. "$(dirname "$0")/lib.sh"
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }
change() { sqlite3 "$REPLI_SITE/record.db" "$1"; }
field() { sed -n "s/.*\"$1\": *\\([^,}]*\\).*/\\1/p" "$2"; }
text() { pdftotext -f "$2" -l "$2" "$1" - | tr '\n' ' '; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli snapshot
must repli print 3B -o "$work/first.pdf"
pages=$(ledger "SELECT count(*) FROM sheet")
first=$(ledger "SELECT sheet FROM sheet WHERE form_id='mar' AND side=1 ORDER BY serial LIMIT 1")

# ---- the same once more
code "what is in use is not printed again unasked" 2 repli print 3B
grep -q -- '--changed' "$work/said" && grep -q -- '--reason' "$work/said" && ok "and both ways out are told" || not_ok "and both ways out are told" "$(cat "$work/said")"
is "no number was taken" "$(ledger "SELECT count(*) FROM sheet")" "$pages"
repli print 3B --changed --json >"$work/none.json" 2>"$work/said"
is "nothing new is no failure" "$?" 0
is "and no pack" "$(field pack "$work/none.json") $(field pdf "$work/none.json")" "null null"
code "a reason must say something" 2 repli print 3B --reason " "
must repli print 3B --reason "printer jam" -o "$work/jam.pdf"
is "a reason prints all of it" "$(ledger "SELECT count(*) FROM sheet WHERE pack_id='P0-2'")" "$pages"
is "and is kept" "$(ledger "SELECT reason FROM pack WHERE pack_id='P0-2'")" "printer jam"
is "it can be written on" "$(ledger "SELECT count(*) FROM sheet WHERE pack_id='P0-2' AND has_fields AND state='printed' AND flags & 16 = 0")" \
    "$(ledger "SELECT count(*) FROM sheet WHERE pack_id='P0-1' AND has_fields")"
page=$(ledger "SELECT page FROM sheet WHERE pack_id='P0-2' AND form_id='mar' AND side=1 ORDER BY serial LIMIT 1")
case $(text "$work/jam.pdf" "$page") in *"répète $first, garder les deux"*) ok "each sheet names the one that it repeats" ;; *) not_ok "each sheet names the one that it repeats" "$(text "$work/jam.pdf" "$page" | cut -c1-200)" ;; esac
is "the first ones stay what they were" "$(ledger "SELECT group_concat(DISTINCT state) FROM sheet WHERE pack_id='P0-1' AND has_fields")" printed
code "going on from a bed is a reason" 0 repli print 3B --resume "$(sql "$REPLI_SITE/ledger.db" "SELECT bed FROM filled WHERE bed IS NOT NULL ORDER BY serial DESC LIMIT 1")"
for s in $(ledger "SELECT sheet FROM sheet WHERE form_id='obs' AND has_fields"); do echo "$s"; done >"$work/obs"
must repli person add a "Person a" clerk
must repli ledger void $(cat "$work/obs") --by a --reason "coffee over all of them"
code "what is void is in nobody's use (a child has no such chart)" 6 repli print 3B --form obs

# ---- what is new
one=$(ledger "SELECT patient FROM sheet WHERE form_id='mar' ORDER BY serial LIMIT 1")
set -- $(sql "$REPLI_SITE/record.db" "SELECT request_id FROM medication_request WHERE status='active' AND patient_id='$(ledger "SELECT patient_id FROM sheet WHERE patient='$one' LIMIT 1")' ORDER BY 1 LIMIT 2")
change "UPDATE medication_request SET dose='7', row_version=row_version+1 WHERE request_id='$1';
        UPDATE medication_request SET status='stopped', row_version=row_version+1 WHERE request_id='$2'"
export REPLI_AT=2026-11-23T04:20
must repli snapshot
repli print 3B --form mar --changed --json >"$work/new.json" 2>"$work/said"
is "one patient's sheets" "$? $(field patients "$work/new.json")" "0 1"
is "his" "$(grep -o '"patient": *"[^"]*"' "$work/new.json" | sed 's/.*"\([^"]*\)"$/\1/')" "$one"
is "and why" "$(grep -o '\(changed\|stopped\) order' "$work/new.json" | tr '\n' ',')" "changed order,stopped order,"
repli print 3B --form mar --changed >"$work/again.txt"
grep -q "nothing is new" "$work/again.txt" && ok "then nothing is new" || not_ok "then nothing is new" "$(cat "$work/again.txt")"
export REPLI_AT=2026-11-24T03:30
repli print 3B --form mar --changed >"$work/hours.txt"
everybody=$(ledger "SELECT count(DISTINCT patient) FROM sheet WHERE form_id='mar'")
is "when its hours end everybody gets new sheets" "$(grep -c 'the hours of the last one are over' "$work/hours.txt")" "$everybody"

# ---- the second day: the sheets of the hours before are out
last=$(ledger "SELECT pack_id FROM pack ORDER BY length(pack_id) DESC, pack_id DESC LIMIT 1")
is "the code says that they follow others" "$(ledger "SELECT count(DISTINCT patient) FROM sheet WHERE pack_id='$last' AND flags & 128")" "$everybody"
case $(text "$(ledger "SELECT '$REPLI_SITE/' || path FROM pack ORDER BY length(pack_id) DESC, pack_id DESC LIMIT 1")" 2) in *"PAS DE 1re DOSE SANS PRESCRIPTEUR"*) ok "and each sheet asks for the prescriber" ;; *) not_ok "and each sheet asks for the prescriber" ;; esac
repli layout "$last" --json >"$work/layout.json"
is "each order has room for the prescriber's initials" "$(grep -o '"id":"\(row\|prn\)[0-9]*.prescriber"' "$work/layout.json" | wc -l)" "$(grep -o '"id":"\(row\|prn\)[0-9]*.continue"' "$work/layout.json" | wc -l)"

# ---- copies
code "copies need a reason" 2 repli print 3B --form notes --copies 2
must repli print 3B --form notes --copies 2 --reason "for the transfer" -o "$work/two.pdf"
is "half of the sheets are copies" "$(ledger "SELECT sum(flags & 16 > 0)*2 = count(*) FROM sheet WHERE pack_id=(SELECT pack_id FROM pack ORDER BY length(pack_id) DESC, pack_id DESC LIMIT 1)")" 1
is "nobody waits for them" "$(ledger "SELECT count(*) FROM sheet WHERE flags & 16 AND (has_fields OR state<>'blank')")" 0
n=$(ledger "SELECT min(page) FROM sheet WHERE form_id='notes' AND flags & 16")
case $(text "$work/two.pdf" "$n") in *"ne pas écrire"*) ok "and they say so" ;; *) not_ok "and they say so" ;; esac
pdftoppm -r 300 -gray -png -f "$n" -l "$n" "$work/two.pdf" "$work/copy"
repli scan "$work"/copy*.png --json >"$work/copy.json" 2>"$work/said"
is "one that comes back waits for a person, and is not read" "$? $(sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p' "$work/copy.json")" "6 copy"
is "no reading is of a copy" "$(ledger "SELECT count(*) FROM reading r JOIN sheet s USING(serial) WHERE s.flags & 16")" 0
mv "$REPLI_SITE/ledger.db" "$work/burnt.db"; rm -f "$REPLI_SITE"/ledger.db-*
repli scan "$work"/copy*.png --json >"$work/burnt.json" 2>"$work/said"
is "not even where the ledger is lost" "$(sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p' "$work/burnt.json")" copy
