#!/bin/sh
# make demo: an invented ward goes once round the whole loop, in out/demo.  Every command that is shown is the command that
# runs.  The clock is fixed, so that every run tells the same story.
set -u
cd "$(dirname "$0")/../.." || exit 2
demo=out/demo; tools=out/release; started=$(date +%s)
rm -rf "$demo"; mkdir -p "$demo"; slips=0
export REPLI_SITE="$demo/site"
if [ -t 1 ]; then bold=$(printf '\033[1m'); dim=$(printf '\033[2m'); plain=$(printf '\033[0m'); else bold=; dim=; plain=; fi

tell() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
clock() { REPLI_AT=$1; export REPLI_AT; printf '%s$ export REPLI_AT=%s%s\n' "$dim" "$1" "$plain"; }
shown() { printf '%s$ %s%s\n' "$dim" "$1" "$plain"; }
words() { for w; do case $w in *" "*) printf ' "%s"' "$w";; *) printf ' %s' "$w";; esac; done; }
fail() { echo "demo: this went wrong: $1" >&2; [ -s "$demo/said" ] && tail -n 5 "$demo/said" >&2; exit 1; }
# run MOST-LINES COMMAND...: shows the command, then what it says.  Exit code 6 is no failure: something waits for a person.
run() {
    lines=$1; shift
    shown "out/repli$(words "$@")"
    out/repli "$@" >"$demo/said" 2>&1; rc=$?
    head -n "$lines" "$demo/said" | cut -c1-150
    more=$(($(wc -l <"$demo/said") - lines)); [ "$more" -gt 0 ] && echo "  ... and $more lines more"
    [ $rc -eq 0 ] || [ $rc -eq 6 ] || fail "repli $*"
}
# quietly COMMAND...: shows the command only.
quietly() { shown "out/repli$(words "$@")"; out/repli "$@" >"$demo/said" 2>&1; rc=$?; [ $rc -eq 0 ] || [ $rc -eq 6 ] || fail "repli $*"; }

# person NAME CLERK-OPTIONS: sees the crops, keys what is written (here: the truth of the simulated pens, with slips).
person() {
    who=$1; shift
    shown "out/repli review export --by $who >$demo/tasks-$who.jsonl"
    out/repli review export --by "$who" >"$demo/tasks-$who.jsonl" 2>"$demo/said" || [ $? -eq 6 ] || fail "review export --by $who"
    [ -s "$demo/tasks-$who.jsonl" ] || { echo "  nothing left to do for $who"; return 0; }
    "$tools/clerk" "$demo/scans/truth.json" "$@" <"$demo/tasks-$who.jsonl" >"$demo/answers-$who.jsonl" 2>"$demo/said" || fail "clerk $who"
    slips=$((slips + $(sed -n 's/.* answers, \([0-9]*\) of them wrong.*/\1/p' "$demo/said" | head -n 1)))
    printf '  %s keys: %s\n' "$who" "$(head -n 1 "$demo/said")"
    run 1 review import "$demo/answers-$who.jsonl" --by "$who"
}

tell "Monday 23 November 2026, 01:00. The hospital runs; every quarter of an hour Repli takes a snapshot of its wards."
clock 2026-11-23T01:00
run 3 demo --beds 14
for p in "an.peeters:An Peeters:clerk" "luc.maes:Luc Maes:clerk" "saida.elouardi:Saïda El Ouardi:verifier"; do
    id=${p%%:*}; rest=${p#*:}
    quietly person add "$id" "${rest%%:*}" "${rest##*:}"
done
run 3 snapshot
run 6 wards
ward=$(out/repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)

tell "04:00. The servers are cut. A nurse prints the ward's sheets from a PC without network."
clock 2026-11-23T04:00
run 4 print "$ward" -o "$demo/pack.pdf"
shown "out/repli layout $demo/pack.pdf --json >$demo/layout.json"
out/repli layout "$demo/pack.pdf" --json >"$demo/layout.json" 2>"$demo/said" || fail "layout"

tell "24 hours of paper: pens write on the sheets; afterwards they lie on a scanner that is not quite straight."
sides=$(grep -o '"page":' "$demo/layout.json" | wc -l)
shown "$tools/pens $demo/pack.pdf $demo/layout.json $demo/scans --severity mild --used 0.35 --render 200 --jobs $(nproc)"
"$tools/pens" "$demo/pack.pdf" "$demo/layout.json" "$demo/scans" --severity mild --seed 24 --used 0.35 --render 200 --jobs "$(nproc)" ||
    fail "pens"

tell "Tuesday 24 November, 09:00. The computers are back. A clerk feeds the pile: $sides sides."
clock 2026-11-24T09:00
shown "out/repli scan $demo/scans/scan-* --batch monday --json >$demo/readings.jsonl"
out/repli scan "$demo"/scans/scan-* --batch monday --json >"$demo/readings.jsonl" 2>"$demo/said" || [ $? -eq 6 ] || fail "scan"
sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p' "$demo/readings.jsonl" | sort | uniq -c | sed 's/^/  images: /'
run 4 ledger --missing

tell "Two people key what was written, from crops, each without seeing the other's keys; a third settles where they differ."
clock 2026-11-24T09:30
person an.peeters --error 0.01 --seed 1
person luc.maes --error 0.01 --seed 2
clock 2026-11-24T10:30
person saida.elouardi --seed 3
for seed in 4 6 8; do # until nobody is asked any more
    person luc.maes --seed $seed
    person an.peeters --seed $((seed + 1))
    [ "$(out/repli review export --by saida.elouardi 2>"$demo/said" | wc -l)" -gt 0 ] || break
    person saida.elouardi --seed $((seed + 20))
done

tell "What is settled goes into the record: first to look, then for good; and never twice."
clock 2026-11-24T11:00
quietly merge --dry-run --by luc.maes
run 3 merge --by luc.maes
run 2 merge --by luc.maes
run 30 status

tell "Judged against what the pens really wrote:"
sqlite3 -readonly -json "$demo/site/record.db" "SELECT m.sheet, p.field, o.value, o.effective_utc FROM paper_entry p JOIN merge m USING(merge_id)
    JOIN observation o ON p.target = 'observation/' || o.observation_id WHERE p.field = p.capture" >"$demo/merged.json"
[ -s "$demo/merged.json" ] || echo '[]' >"$demo/merged.json"
"$tools/judge" --merged "$demo/scans/truth.json" "$demo/merged.json" 'missing<=0' 'wrong_time<=0' 'extra<=0' 'doubled<=0' "wrong_value<=$slips" \
    >"$demo/judged" 2>"$demo/said" || fail "the record does not agree with the paper"
figure() { sed -n "s/^$1 *//p" "$demo/judged"; }
echo "  $(figure right) of $(figure expected) values are in the record as they were written, each once, none at a wrong time, no value that nobody wrote"
count() { sqlite3 -readonly "$demo/site/record.db" "SELECT count(*) FROM $1"; }
echo "  and $(count "medication_administration WHERE from_paper=1") doses given or not, $(count order_decision) decisions about orders, $(count order_proposal) new orders for the pharmacist, $(count movement) people looked for in their beds"
if [ "$(figure wrong_value)" -gt 0 ]; then
    sed -n 's/^merged: /  not so: /p' "$demo/said"
    echo "  Our clerks slipped $slips times. Slips in times and totals met a second key, slips out of a row met the row that the machine saw."
    echo "  What stays inside its row is not caught with one key: forms say per field how many keys it needs (tier)."
fi

crop=$(find "$demo/site/crops" -type f -name "*.rr.*" 2>/dev/null | sort | head -n 1)
cat <<TEXT

${bold}Where to look${plain} (done in $(($(date +%s) - started)) s)
  $demo/pack.pdf               the ward's sheets as printed
  $demo/scans/                 the same sheets, written on and scanned; truth.json is what the pens meant
  ${crop:-$demo/site/crops/}   a crop, as a clerk sees it
  $demo/readings.jsonl         what the reader said of every page and field
  $demo/site/ledger.db, record.db   every sheet and every merged value with where it came from

${bold}The same in a browser${plain}
  export REPLI_SITE=$demo/site REPLI_AT=2026-11-24T12:00
  out/repli person passphrase an.peeters       # four words that only she knows
  out/repli serve                              # then open http://127.0.0.1:8080/ and press F1 on any page

${bold}What to try next${plain}
  export REPLI_SITE=$demo/site REPLI_AT=2026-11-24T12:00
  out/repli status
  out/repli ledger --missing
  out/repli merge undo M0-1 --by luc.maes
  out/repli print $ward -o again.pdf
  out/repli --help
TEXT
