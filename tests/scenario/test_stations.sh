#!/bin/sh
# Three wards' sticks print by themselves; their ledgers, as of two hours each, come to the centre in every order and again and again:
# the same ledger.  What clashes is named; what was signed off and purged does not come back.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "skip - sqlite3 is not installed"; exit 0; }
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b; do must repli person add $p "Person $p" clerk; done
must repli snapshot
led() { sql "$REPLI_SITE/ledger.db" "$1"; }
for k in 1 2 3; do
    must repli snapshot push "$work/stick$k" --ward 3B --name "stick $k"
    (   export REPLI_SITE="$work/stick$k" REPLI_AT=2026-11-23T05:0$k
        must repli station renew; must repli person add s "Person s" nurse; must repli print 3B --form obs
        at() { sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE has_fields=1 ORDER BY page LIMIT 1 OFFSET $1"; }
        must repli ledger lost $(at 0) $(at 1) --reason "not on the ward" --by s
        must repli ledger export -o "$work/$k-early"
        export REPLI_AT=2026-11-23T06:0$k
        must repli ledger void $(at 2) --reason coffee --by s
        sqlite3 "$REPLI_SITE/ledger.db" "UPDATE sheet SET state='scanned' WHERE sheet='$(at 0)'; UPDATE sheet SET state='void', state_why='turned up, torn', state_utc=1795414000 WHERE sheet='$(at 0)'"
        must repli ledger lost $(at 3) --reason "not on the ward" --by s
        must repli ledger export -o "$work/$k-late" )
done
cp -a "$REPLI_SITE" "$work/before"
# taken FILE...: the centre after it took these in, in this order
taken() {
    rm -rf "$REPLI_SITE"; cp -a "$work/before" "$REPLI_SITE"
    for f; do repli ledger import "$work/$f" >"$work/said" 2>&1 || not_ok "import of $f" "$(cat "$work/said")"; done
    for t in sheet pack form; do sql "$REPLI_SITE/ledger.db" "SELECT * FROM $t ORDER BY 1, 2"; done | sed 's/|17954[0-9]*$//' | sha256sum
}
calm=$(taken 1-early 1-late 2-early 2-late 3-early 3-late)
n=$(for k in 1 2 3; do sql "$work/stick$k/ledger.db" "SELECT count(*) FROM sheet"; done | awk '{ n += $1 } END { print n }')
is "every sheet of three stations" "$(led "SELECT count(*) FROM sheet")" "$n"
is "what people said there" "$(led "SELECT state || ' ' || count(*) FROM sheet WHERE has_fields=1 AND state<>'printed' GROUP BY state ORDER BY 1" | tr '\n' ' ')" "lost 6 void 6 "
for order in "3-late 2-late 1-late" "1-late 1-early 3-early 2-late 3-late 2-early" "2-early 2-early 3-late 1-early 2-late 1-late 3-early 1-early" "3-early 1-late 2-early 3-late 2-late 3-late 1-early"; do
    is "in the order $order" "$(taken $order)" "$calm"
done
code "and every chain is whole" 0 repli audit verify
is "four of them" "$(repli audit verify | grep -c '^head')" 4

# two copies of a stick went different ways: the number that both gave is named, nothing is taken
cp -a "$work/stick1" "$work/twin"
(   export REPLI_SITE="$work/twin"; must repli station renew
    must repli print 3B --form mar; must repli ledger export -o "$work/twin-file" )
( export REPLI_SITE="$work/stick1"; must repli print 3B --form obs --reason again; must repli ledger export -o "$work/1-more" )
must repli ledger import "$work/1-more"
before=$(led "SELECT * FROM sheet ORDER BY serial" | sha256sum)
code "a copy of a stick" 4 repli ledger import "$work/twin-file"
grep -q "two copies of one station" "$work/said" && ok "is refused by name" || not_ok "is refused by name" "$(cat "$work/said")"
is "and nothing of it is here" "$(led "SELECT * FROM sheet ORDER BY serial" | sha256sum)" "$before"

# signed off and purged: the same files bring nobody back
export REPLI_AT=2026-11-24T09:00
must repli ledger lost $(led "SELECT sheet FROM sheet WHERE state='printed' AND has_fields=1") --reason "not on the ward" --by a
must repli ledger close 3B --by a
REPLI_AT=2027-01-08T09:00 must repli purge --by a --by b --reason "signed off"
is "names left" "$(led "SELECT count(*) FROM sheet WHERE patient_name IS NOT NULL OR patient IS NOT NULL")" 0
for f in 1-early 2-late 3-early 1-more; do code "$f once more" 0 repli ledger import "$work/$f"; done
is "and stay away" "$(led "SELECT count(*) FROM sheet WHERE patient_name IS NOT NULL OR patient IS NOT NULL OR length(page_map)>0")" 0

# paper of the house is of no ward: it is closed and leaves as well
export REPLI_AT=2027-01-08T10:00
must repli snapshot
must repli print --pack house --reason again
house=$(led "SELECT count(*) FROM sheet WHERE ward IS NULL AND form_id<>'labels'")
yes "the house has paper" [ "$house" -gt 0 ]
is "the board shows it" "$(repli ledger board --json | grep -c '"ward":null')" 1
code "it does not close while a sheet is out" 4 repli ledger close --house --by a
grep -q "sheets of the house are still open" "$work/said" && ok "it says so" || not_ok "it says so" "$(cat "$work/said")"
must repli ledger lost $(led "SELECT sheet FROM sheet WHERE ward IS NULL AND state='printed' AND has_fields=1") --reason "not used" --by a
yes "then it does" repli ledger close --house --by a
is "in the audit" "$(repli audit list --object "the house" --json | grep -c '"event":"ward"')" 1
REPLI_AT=2027-03-08T09:00 must repli purge --by a --by b --reason "signed off"
is "its names left, too" "$(led "SELECT count(*) FROM sheet WHERE ward IS NULL AND serial NOT IN (SELECT serial FROM purge)")" 0
is "and its packs" "$(find "$REPLI_SITE/packs" -name 'house*' | wc -l)" 0
