#!/bin/sh
# The audit: every deed leaves a row, in the transaction of the deed; whatever is done to the chain afterwards is found.
. "$(dirname "$0")/lib.sh"
command -v sqlite3 >/dev/null || { echo "skip - sqlite3 is not installed"; exit 0; }
export REPLI_AT=2026-11-23T04:00
db="$REPLI_SITE/ledger.db"
rows() { sql -separator ' ' "$db" "SELECT coalesce(person,'-'), event, coalesce(outcome,'-') FROM audit ORDER BY station, seq"; }
has() { if rows | grep -qxF -- "$2"; then ok "$1"; else not_ok "$1" "$(rows | tail -n 3 | tr '\n' ';')"; fi; }
bad() { repli audit verify "$@" >"$work/said" 2>&1; rc=$?; grep -c '^BAD' "$work/said"; return $rc; }

must repli init --hospital "Audit"
must repli demo --beds 14
for p in a b; do must repli person add $p "Person $p" clerk; done
must repli person add c "Person c" verifier
must repli snapshot
must repli print 3B --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-1 --seed 7 --render 200 --jobs 1
mv "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-24T09:00
must repli outage open --from 2026-11-23T04:00 --by a
must repli outage close --until 2026-11-23T17:00 --by c
must repli scan "$work/scans"
answer a; answer b; answer c
must repli merge --by c
merge=$(sql "$REPLI_SITE/record.db" "SELECT merge_id FROM merge LIMIT 1")
must repli merge undo "$merge" --by b
sheet=$(sql "$db" "SELECT sheet FROM sheet WHERE state='printed' LIMIT 1")
must repli ledger void "$sheet" --reason coffee --by a
must repli backup "$work/backup"
repli key print >/dev/null
must repli ledger export -o "$work/paper.ledger"

has "a site is made" "- site made"
has "somebody may act" "- person clerk"
has "a snapshot" "- snapshot taken"
has "a print" "- print ready"
has "an outage begins" "a outage opened"
has "an outage ends" "c outage closed"
has "a scan" "- scan read"
has "a view of what is to be keyed" "a view exported"
# Everything that shows somebody's data leaves one row.  looked NAME COMMAND...
views() { sql "$db" "SELECT count(*) FROM audit WHERE event='view'"; }
looked() { what=$1; shift; before=$(views); "$@" >"$work/said" 2>&1; is "a view: $what" "$(($(views) - before))" 1; }
side=$(sql "$db" "SELECT sheet FROM sheet JOIN scan USING(serial) WHERE outcome='read' LIMIT 1")
looked "a sheet" repli review show "$side"
looked "what is open" repli review list
looked "conflicts" repli review list --conflicts
looked "proposals" repli review list --proposals
looked "images that wait" repli review list --images
looked "an image's picture" repli review picture 1
looked "a whole side" sh -c "echo '$side @sheet' | '$out/repli' review crops"
looked "call-backs" repli review callbacks
looked "initials" repli review initials
looked "samples" repli review audit-sample
looked "a dry run" repli merge --dry-run --by c
looked "the ledger" repli ledger --missing
looked "a pack laid out" repli layout "$work/pack.pdf"
looked "downtime numbers" repli identity list
has "a first key" "a key key1 value"
has "a second key" "b key key2 value"
has "a merge" "c merge done"
has "an undo" "b sheet reviewed"
has "a void" "a sheet void"
has "a backup" "- backup made"
has "the master key on paper" "- keys printed"
has "a ledger file" "- ledger exported"
repli audit list --json >"$work/all.jsonl"
values=$(sql "$db" "SELECT count(*) FROM entry e JOIN audit a ON a.event='key' AND e.value<>'' AND (a.outcome LIKE '%'||e.value||'%' OR a.reason LIKE '%'||e.value||'%') AND length(e.value)>2")
is "no value that was keyed is in it" "$values" 0
is "as many keys as entries" "$(grep -c '"event":"key"' "$work/all.jsonl")" "$(sql "$db" 'SELECT count(*) FROM entry')"
code "it is whole" 0 repli audit verify
heads() { repli audit verify --json | grep -o '"[0-9]*-[0-9]*-[0-9A-Z]\{6\}"' | tr -d '"'; }
head=$(heads | head -n 1)
n=$(wc -l <"$work/all.jsonl")
is "the head says how many" "${head%-*}" "0-$n"
yes "the head of the time of printing stands on the first sheet" sh -c "pdftotext -f 1 -l 1 '$work/pack.pdf' - | grep -q 'audit 0-[0-9]*-[0-9A-Z]\{6\}'"
paper=$(pdftotext -f 1 -l 1 "$work/pack.pdf" - | sed -n 's/.*audit \(0-[0-9]*-[0-9A-Z]*\).*/\1/p' | head -n 1)
code "and lies in the chain" 0 repli audit verify --head "$paper" --head "$head"
is "and only there" "$(pdftotext "$work/pack.pdf" - | grep -c 'audit 0-')" 1

# what nobody may do through the program, and what is seen when it was done around it
cp "$db" "$work/good.db"
back() { rm -f "$db"-*; cp "$work/good.db" "$db"; }
code "rows are never changed" 19 sqlite3 "$db" "UPDATE audit SET person='x' WHERE seq=3"
code "rows are never deleted" 19 sqlite3 "$db" "DELETE FROM audit WHERE seq=3"
forge() { back; sqlite3 "$db" "DROP TRIGGER audit_keep_u; DROP TRIGGER audit_keep_d; $1"; }
for what in "person='mallory'" "at_utc=at_utc+60" "event='scan'" "object='x'" "outcome='done'" "reason='y'" "program='9'" "epoch=epoch+1"; do
    forge "UPDATE audit SET $what WHERE seq=(SELECT min(seq) FROM audit WHERE event='key')"
    is "changed $what: one row is named" "$(bad)" 1
done
forge "DELETE FROM audit WHERE seq=5"
is "a row taken out: the gap and the broken seal are named" "$(bad)" 2
grep -q "rows 5 to 5 are missing" "$work/said" && ok "by its number" || not_ok "by its number" "$(cat "$work/said")"
forge "INSERT INTO audit SELECT station, seq+1, at_utc, epoch, person, event, object, outcome, reason, program, zeroblob(32) FROM audit ORDER BY seq DESC LIMIT 1"
is "a row put on without the key" "$(bad)" 1
forge "UPDATE audit SET seal=(SELECT seal FROM audit b WHERE b.seq=audit.seq+1) WHERE seq=4"
is "a seal moved: its row and the next" "$(bad)" 2
forge "DELETE FROM audit WHERE seq>$((n - 4))"
is "a cut end looks whole by itself" "$(bad)" 0
is "but not beside a head from before" "$(bad --head "$head")" 1
is "while the head on paper still lies in it" "$(bad --head "$paper")" 0
back
code "4 when it is not whole" 4 repli audit verify --head 0-1-000000
export REPLI_AT=2026-11-23T09:00
must repli person add d "Person d" clerk
repli audit verify | grep -q "clock was set back" && ok "a clock that was set back is told" || not_ok "a clock that was set back is told"
export REPLI_AT=2026-11-24T10:00
back

# a row and its deed: both or none
sqlite3 "$db" "CREATE TRIGGER no_more BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT,'full'); END"
code "no audit, no deed" 5 repli person add e "Person e" clerk
is "nobody was added" "$(sql "$db" "SELECT count(*) FROM person WHERE person_id='e'")" 0
back

# a ward station's chain comes with its paper and stays whole beside ours
must repli snapshot push "$work/stick" --ward 3B
is "a stick carries our head" "$(grep -c '^0-[0-9]*-[0-9A-Z]\{6\}$' "$work/stick/audit-head")" 1
code "which lies in the chain" 0 repli audit verify --head "$(cat "$work/stick/audit-head")"
there() { "$out/repli" --site "$work/stick" "$@"; }
must there station renew
must there print 3B
must there ledger export -o "$work/stick.ledger"
cp -a "$work/stick" "$work/twin"
must repli ledger import "$work/stick.ledger"
is "its rows are here" "$(repli audit list --json | grep -c '"station":1,')" "$(sql "$work/stick/ledger.db" "SELECT count(*)-1 FROM audit WHERE station=1")"
code "both chains are whole" 0 repli audit verify
is "two chains" "$(heads | wc -l)" 2
must repli ledger import "$work/stick.ledger"
must there print 3B --reason again
must there ledger export -o "$work/stick.ledger"
must repli ledger import "$work/stick.ledger"
code "and go on" 0 repli audit verify
must "$out/repli" --site "$work/twin" station renew
must "$out/repli" --site "$work/twin" ledger export -o "$work/twin.ledger"
code "a copy that went another way is refused" 4 repli ledger import "$work/twin.ledger"
repli ledger import "$work/twin.ledger" 2>&1 | grep -q "two copies of one station" && ok "by name" || not_ok "by name"

# keys that come back to a fresh site: the rows before stand below a row of the new key
repli key print | sed -n '/^epoch/p' >"$work/words"
export REPLI_SITE="$work/fresh"
must repli init --hospital "Audit"
must repli person add a "Person a" clerk
must repli key import "$work/words"
code "whole after keys were replaced on a fresh site" 0 repli audit verify
sqlite3 "$REPLI_SITE/ledger.db" "DROP TRIGGER audit_keep_u; UPDATE audit SET seal=zeroblob(32) WHERE seq=2"
is "the last row before is still sealed by the next" "$(bad)" 1
