#!/bin/sh
# After sign-off names, values and images of paper leave: canaries go once round the whole loop, and afterwards no byte of any file
# but the record (and its snapshots, which are copies of the record) holds one.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v sqlite3 >/dev/null || { echo "skip - sqlite3 is not installed"; exit 0; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
export REPLI_AT=2026-11-23T04:00
led() { sql "$REPLI_SITE/ledger.db" "$1"; }
rec() { sql "$REPLI_SITE/record.db" "$1"; }
# Files that hold a canary: a name as printed, a name as keyed, the name of a scanned file.
holding() { (cd "$1" && grep -rlaiE 'kanarievogel|goudkanarie|zwartkanarie' . | grep -v '^./record.db$\|^./snapshots/' | sort | tr '\n' ' '); }
left() { find "$REPLI_SITE/$1" -type f | wc -l; }
must repli demo --beds 14
for p in a b c d; do must repli person add $p "Person $p" clerk; done
sqlite3 "$REPLI_SITE/record.db" "UPDATE patient SET family='Kanarievogel', row_version=row_version+1"
must repli snapshot
must repli print 3B --form obs
must repli print 3B --pack admission --count 1
for n in 1 2; do
    pack=$REPLI_SITE/$(led "SELECT path FROM pack WHERE pack_id='P0-$n'")
    repli layout "$pack" --json >"$work/layout.json"
    must "$out/pens" "$pack" "$work/layout.json" "$work/scans$n" --pages 1-$((5 - 2 * n)) --seed 11 --used 0.3 --render 200 --jobs 2
    mv "$work/scans$n/truth.json" "$work/truth$n.json"
done
name=$(sed 's/.*"person.family"[^}]*"answer":"\([^"]*\)".*/\1/' "$work/truth2.json") # what somebody wrote is our canary
{ sed 's/]$/,/' "$work/truth1.json"; sed "s/\"$name\"/\"GOUDKANARIE\"/g; s/^\[//" "$work/truth2.json"; } >"$work/truth.json"
export REPLI_AT=2026-11-24T09:00
must repli scan "$work/scans1" "$work/scans2"
printf 'a letter about Zwartkanarie' >"$work/Zwartkanarie.jpg"; must repli scan "$work/Zwartkanarie.jpg"
answer a; answer b; answer c; answer d; answer a; answer b
must repli merge --by c
undo=$(rec "SELECT merge_id FROM merge WHERE changeset IS NOT NULL ORDER BY merge_id LIMIT 1")
must repli ledger lost $(led "SELECT sheet FROM sheet WHERE state='printed' AND has_fields=1") --reason "not on the ward" --by a
open=$(led "SELECT sheet FROM sheet WHERE state IN('scanned','read','reviewed')")
[ -z "$open" ] || must repli ledger void $open --reason "settled by hand" --by a
export REPLI_AT=2026-11-24T10:00
must repli ledger close 3B --by a
mkdir -p "$REPLI_SITE/inbox/refused"; echo Zwartkanarie >"$REPLI_SITE/inbox/refused/fax.pdf"; touch -d 2026-11-24 "$REPLI_SITE/inbox/refused/fax.pdf"
merges=$(rec "SELECT count(*) FROM merge"); values=$(rec "SELECT count(*) FROM observation WHERE from_paper=1")
yes "values were merged" [ "$values" -gt 10 ]
is "a name that was keyed, too" "$(rec "SELECT count(*) FROM patient WHERE family='GOUDKANARIE'")" 1
is "before: the ledger and what was refused hold canaries" "$(holding "$REPLI_SITE" | tr ' ' '\n' | grep -c 'ledger.db\|inbox/refused\|scans/')" 3
is "in keyed values" "$(led "SELECT count(*) > 1 FROM entry WHERE value='GOUDKANARIE'")" 1
is "in a changeset" "$(rec "SELECT count(*) FROM merge WHERE instr(changeset, 'GOUDKANARIE')")" 1

# ---- who, when, and what must come first
due() { repli purge "$@" --json | sed 's/.*"sheets":\([0-9]*\).*/\1/'; }
export REPLI_AT=2026-12-23T10:00
is "a day too early nothing is due" "$(due --dry-run)" 0
export REPLI_AT=2026-12-26T10:00
all=$(led "SELECT count(*) FROM sheet WHERE ward='3B'")
is "then all of the ward is" "$(due --dry-run)" "$all"
is "not before it was closed" "$(due --dry-run --before 2026-11-24T08:00)" 0
is "and not another ward" "$(due --dry-run --ward 4A)" 0
is "a dry run changes nothing" "$(led "SELECT count(*) FROM purge")$(rec "SELECT count(*) FROM merge_purge")" 00
code "two people sign" 2 repli purge --by a --reason done
code "two different ones" 2 repli purge --by a --by a --reason done
code "who are known" 2 repli purge --by a --by nobody --reason done
code "and say why" 2 repli purge --by a --by b
code "not before it was handed over" 4 repli purge --by a --by b --reason done
repli purge --by a --by b --reason done 2>&1 | grep -q "$merges merges were not handed over.*M0-1 of sheet" && ok "it says which" || not_ok "it says which" "$(repli purge --by a --by b --reason done 2>&1)"
is "nothing left" "$(led "SELECT count(*) FROM purge")" 0
cp -a "$REPLI_SITE" "$work/kept"
must repli export fhir --merged --no-images -o "$work/out.ndjson"
cp -a "$REPLI_SITE" "$work/due"

# ---- it leaves
yes "purge" repli purge --by a --by b --reason "signed off"
is "every sheet" "$(led "SELECT count(*) FROM purge WHERE by1='a' AND by2='b' AND reason='signed off' AND forced=0")" "$all"
is "no canary is left but in what nobody looked at" "$(holding "$REPLI_SITE" | sed 's/scans.[0-9a-f]*/scans/')" "./ledger.db ./scans "
is "which is one image" "$(left scans)" 1
is "no crop" "$(left crops)" 0
is "no pack" "$(left packs)" 0
is "nothing refused" "$(left inbox)" 0
is "nothing of what sheets were filled from" "$(sql "$work/due/ledger.db" "SELECT count(*) > 0 FROM filled")$(led "SELECT count(*) FROM filled")" 10
is "no changeset" "$(rec "SELECT count(*) FROM merge WHERE changeset IS NOT NULL")" 0
is "the log of the record is empty" "$(cat "$REPLI_SITE"/*-wal 2>/dev/null | wc -c)" 0
yes "with force that one, too" repli purge --by a --by b --reason "a letter" --force
is "no file but the record holds a canary" "$(holding "$REPLI_SITE")" ""
is "no scan" "$(left scans)" 0

# ---- what stays
is "the record has its values" "$(rec "SELECT count(*) FROM observation WHERE from_paper=1")" "$values"
is "the ledger its sheets, people and answers" "$(led "SELECT count(DISTINCT serial), count(DISTINCT person) > 1, max(value) FROM entry")" "$(sql "$work/due/ledger.db" "SELECT count(DISTINCT serial), count(DISTINCT person) > 1, '' FROM entry")"
is "hashes and states" "$(led "SELECT sheet, state, hex(mac), hex(form_hash), state_by FROM sheet ORDER BY serial" | sha256sum)" "$(sql "$work/due/ledger.db" "SELECT sheet, state, hex(mac), hex(form_hash), state_by FROM sheet ORDER BY serial" | sha256sum)"
yes "the audit" repli audit verify
is "which tells each sheet" "$(led "SELECT count(*) FROM audit WHERE event='purge' AND outcome='purged' AND person='a' AND reason='a, b: signed off'")" "$all"
is "and the files" "$(led "SELECT count(*) FROM audit WHERE event='purge' AND outcome='files gone'")" 2
code "what was purged is not undone" 4 repli merge undo "$undo" --by c
repli merge undo "$undo" --by c 2>&1 | grep -q "purged by a and b" && ok "it says by whom" || not_ok "it says by whom" "$(repli merge undo "$undo" --by c 2>&1)"
is "again there is nothing" "$(repli purge --by a --by b --reason again --json)" '{"dry":false,"sheets":0,"merges":0,"images":0,"packs":0,"files":0,"refused":0,"waiting":0,"not_handed_over":0,"outside":0}'
code "no answer for it is taken" 19 sqlite3 "$REPLI_SITE/ledger.db" "INSERT INTO entry(serial, field, revision, person, need, answer, entered_utc) SELECT serial, field, 9, person, need, 'blank', 1 FROM entry LIMIT 1"
code "no value comes back" 19 sqlite3 "$REPLI_SITE/ledger.db" "UPDATE entry SET value='1' WHERE value=''"
code "nor is an answer changed" 19 sqlite3 "$REPLI_SITE/ledger.db" "UPDATE entry SET value='', person='d' WHERE value=''"
code "nor is a sheet's state" 19 sqlite3 "$REPLI_SITE/ledger.db" "UPDATE sheet SET state='printed' WHERE state='lost'"
code "nor a changeset" 19 sqlite3 "$REPLI_SITE/record.db" "UPDATE merge SET changeset=x'00'"
code "without a purge no value leaves" 19 sqlite3 "$work/due/ledger.db" "UPDATE entry SET value='' WHERE value IS NOT NULL"
code "no changeset either" 19 sqlite3 "$work/due/record.db" "UPDATE merge SET changeset=NULL"
code "open paper is not purged" 19 sqlite3 "$work/due/ledger.db" "BEGIN; UPDATE sheet SET state='printed' WHERE state='lost'; INSERT INTO purge SELECT serial, 1, 'a', 'b', 'x', 0 FROM sheet WHERE state='printed'"
must repli scan "$work/scans1/$(ls "$work/scans1" | head -n 1)"
must repli purge --by a --by b --reason "scanned again"
is "paper that comes back is taken away by the next run" "$(left scans)" 0
yes "a backup is made" repli backup "$work/backup"
yes "and good" repli backup --check "$work/backup"
is "it holds no canary" "$(holding "$work"/backup/*)" ""
must repli status; must repli ledger --json

# ---- undone after the closing: not due before it is closed again; forced: said so
export REPLI_SITE="$work/kept"
must repli merge undo "$undo" --by c
is "what was undone stays" "$(due --dry-run)" $((all - 1))
yes "by force what was not handed over leaves" repli purge --by a --by b --reason "no other system" --force
is "the audit says so" "$(led "SELECT count(*) FROM audit WHERE event='purge' AND outcome='purged by force'")" $((all - 1))
yes "the undone one is all there" [ "$(led "SELECT count(*) FROM entry WHERE value<>''")" -gt 0 ]

# ---- killed anywhere, and run again: the same end
kills=0; i=0; bad=0
while [ $i -lt 10 ]; do
    i=$((i + 1)); rm -rf "$work/cut"; cp -a "$work/due" "$work/cut"; export REPLI_SITE="$work/cut"
    killed_after $((i * 8)) purge --by a --by b --reason "signed off" --force
    must repli purge --by a --by b --reason "signed off" --force
    [ -z "$(holding "$REPLI_SITE")" ] && [ "$(left scans)$(left crops)$(left packs)" = 000 ] && [ "$(led "SELECT count(*) FROM purge")" = "$all" ] || { bad=$((bad + 1)); echo "# $i: $(holding "$REPLI_SITE") $(left scans) $(left crops) $(left packs) $(led "SELECT count(*) FROM purge") of $all"; }
done
is "after a kill the next run takes away the rest" "$bad" 0
is "some were killed" "$([ $kills -gt 0 ] && echo some)" some
