# Sourced by sweep.sh and power.sh: a small ward, kept as it is before each command that writes, as $work/before-NAME: print,
# scan, review import, merge, undo, decide, the merge that obeys, outage open and close, void, ledger import and export, export, purge.  tell_NAME is how a tool is told.
. "$(dirname "$0")/../scenario/lib.sh"
for tool in pens clerk sweep powercut; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
[ -f "$out/preload_fault.so" ] || { echo "skip - a sanitizer does not go together with LD_PRELOAD"; exit 0; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
export REPLI_TEST_OUT="$out"
keep() { cp -a "$REPLI_SITE" "$work/before-$1"; } # keep NAME: what the site is before that command
stages=""
# stage NAME [tool options] -- ARGS: the command, at the clock of now; the options are tool_sweep's
stage() {
    name=$1; shift; stages="$stages $name"
    echo "$REPLI_AT" >"$work/at-$name"; : >"$work/options-$name"; to=options
    for a; do if [ "$to$a" = options-- ]; then to=args; : >"$work/args-$name"; else printf "'%s' " "$a" >>"$work/$to-$name"; fi; done
}
# told TOOL NAME OPTIONS: the tool on that stage
told() { tool=$1; name=$2; shift 2; REPLI_AT=$(cat "$work/at-$name") eval "'$out/$tool' '$out/repli' '$work/before-$name' $* -- $(cat "$work/args-$name")"; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli person add d "Person d" verifier
must repli snapshot
# a ward's stick prints as well; its ledger comes to the centre
cp -a "$REPLI_SITE" "$work/before-ledger-import"
(   export REPLI_SITE="$work/before-ledger-import"; must repli snapshot push "$work/stick" --ward 3B
    export REPLI_SITE="$work/stick"; must repli station renew; must repli print 3B --form obs; must repli ledger export -o "$work/paper.ledger" )
stage ledger-import -- ledger import "$work/paper.ledger"
keep print; stage print --kind print --settled "are in use" -- print 3B --form obs
must repli print 3B --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-3 --seed 41 --used 0.1 --render 200 --jobs 2
mv "$work/scans/truth.json" "$work/truth.json"
echo "a letter" >"$work/scans/letter.txt"
export REPLI_AT=2026-11-24T09:00
keep scan; stage scan -- scan "$work/scans"
must repli scan "$work/scans"
repli review export --by a >"$work/tasks.jsonl"
"$out/clerk" "$work/truth.json" <"$work/tasks.jsonl" >"$work/answers.jsonl" 2>/dev/null
keep import; stage import -- review import "$work/answers.jsonl" --by a
answer a; answer b; answer c; answer a; answer b
keep merge; stage merge -- merge --by c --json
# the record has another value for the first number on paper: a person decides
must repli merge --by c
row=$(sql "$REPLI_SITE/record.db" "SELECT target FROM paper_entry JOIN observation ON target='observation/'||observation_id WHERE effect='inserted' AND field=capture ORDER BY target LIMIT 1")
id=$(sql "$REPLI_SITE/record.db" "SELECT merge_id FROM paper_entry WHERE target='$row'")
sheet=$(sql "$REPLI_SITE/record.db" "SELECT sheet FROM merge WHERE merge_id='$id'")
capture=$(sql "$REPLI_SITE/record.db" "SELECT capture FROM paper_entry WHERE target='$row' AND field=capture")
keep undo; stage undo --settled "undone by b already" -- merge undo "$id" --by b
rm -rf "$REPLI_SITE"; cp -a "$work/before-merge" "$REPLI_SITE"
sql "$work/before-undo/record.db" "SELECT 'INSERT INTO observation(observation_id, patient_id, code_system, code, effective_utc, value, value_kind, unit, status, source_hash) VALUES(''live-1'',' ||
    quote(patient_id) || ',' || quote(code_system) || ',' || quote(code) || ',' || effective_utc || ',''1'',' || quote(value_kind) || ',' || quote(unit) || ',''final'',x''00'');'
    FROM observation WHERE 'observation/' || observation_id = '$row'" >"$work/live.sql"
sqlite3 "$REPLI_SITE/record.db" <"$work/live.sql" || not_ok "the record gets another value"
must repli merge --by c
must repli review list --conflicts
keep decide; stage decide -- review decide "$sheet" "$capture" paper --by d
must repli review decide "$sheet" "$capture" paper --by d
keep obey; stage obey -- merge --by c
keep ledger-export; stage ledger-export --whole paper.ledger -- ledger export -o %SITE%/paper.ledger
keep export; stage export -- export fhir --merged -o %SITE%/crops/merged.ndjson
keep open; stage open --settled "is open for" -- outage open --from 2026-11-23T04:00 --by a
must repli outage open --from 2026-11-23T04:00 --by a
keep close; stage close --settled "no outage and no drill is open" -- outage close --until 2026-11-23T17:00 --by a
other=$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE state='printed' ORDER BY serial LIMIT 1")
keep void; stage void -- ledger void "$other" --reason coffee --by a
must repli ledger void "$other" --reason coffee --by a
must repli merge --by c
rest=$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE state='printed' AND has_fields=1")
[ -z "$rest" ] || must repli ledger lost $rest --reason "not on the ward" --by a
rest=$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE state IN('scanned','read','reviewed')")
[ -z "$rest" ] || must repli ledger void $rest --reason "settled by hand" --by a
must repli ledger close 3B --by a
export REPLI_AT=2027-01-08T09:00
keep purge; stage purge -- purge --by a --by b --reason done --force
