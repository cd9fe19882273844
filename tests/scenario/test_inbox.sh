#!/bin/sh
# The scanner's folder: whole files only, nothing lost, nothing twice, whatever happens meanwhile.
. "$(dirname "$0")/lib.sh"
for tool in pens oddities; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
export REPLI_AT=2026-11-24T08:00 REPLI_ALLOW_FS=1
REPLI_AT=2026-11-24T02:00 must repli demo --beds 14
must repli snapshot; must repli print 3B --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-8 --seed 3 --used 0.2 --render 200 --jobs 2
rm "$work/scans/truth.json"; n=$(ls "$work/scans" | wc -l)
cp -a "$REPLI_SITE" "$work/fresh"
inbox=$REPLI_SITE/inbox
lies() { find "$inbox" -type f ! -name '.watch' | wc -l; }
reads() { sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM scan WHERE outcome='read'"; }

cp "$work/scans"/* "$inbox/"; mkdir "$inbox/job 1"; echo letter >"$inbox/job 1/a letter.txt"; : >"$inbox/nothing.pdf"; cp "$work/scans/$(ls "$work/scans" | head -n 1)" "$inbox/.scan-being-written.jpg"
yes "what lies there is taken" repli scan --watch --settle 1 --every 1 --once
is "every page is read" "$(reads)" "$n"
is "and nothing is left but what nobody can read, and hidden files" "$(find "$inbox" -type f ! -name .watch | sed "s|$inbox/||" | sort | tr '\n' ';')" ".scan-being-written.jpg;refused/a letter.txt;refused/a letter.txt.why;refused/nothing.pdf;refused/nothing.pdf.why;"
is "with the reason" "$(cat "$inbox/refused/a letter.txt.why")" type
is "status counts them" "$(repli status --json | sed 's/.*"inbox":{\([^}]*\)}.*/\1/')" '"waiting":0,"refused":2'
is "the originals are kept" "$(for f in "$work/scans"/*; do [ -f "$REPLI_SITE/scans/$(sha256sum <"$f" | cut -c1-64)" ] || echo "$f"; done)" ""

# ---- a name that would like to speak to the terminal
mkdir "$work/odd"; echo letter >"$work/odd/$(printf 'a\033[2J\nb.png: read')"
repli scan "$work/odd" >"$work/said" 2>&1
is "a line a file, whatever its name" "$(wc -l <"$work/said") $(tr -d '[:print:]\n\200-\377' <"$work/said" | wc -c)" "2 0"

# ---- a file that comes slowly is not read before it is whole
rm -rf "$REPLI_SITE"; cp -a "$work/fresh" "$REPLI_SITE"
"$out/repli" scan --watch --settle 2 --every 1 >"$work/watch.log" 2>&1 & watcher=$!
one=$work/scans/$(ls "$work/scans" | sed -n 2p); size=$(stat -c %s "$one")
i=0; while [ $i -lt 6 ]; do dd if="$one" bs=$((size / 6 + 1)) skip=$i count=1 2>/dev/null >>"$inbox/slow.jpg"; i=$((i + 1)); sleep 1; done
i=0; while [ -e "$inbox/slow.jpg" ] && [ $i -lt 20 ]; do sleep 1; i=$((i + 1)); done
sleep 1; is "a file that comes in six parts is read once, whole" "$(sql "$REPLI_SITE/ledger.db" 'SELECT group_concat(outcome) FROM scan')" read
code "nobody else watches meanwhile" 2 repli scan --watch --once
kill -TERM $watcher; wait $watcher; is "SIGTERM ends it well" $? 0
grep -q '^slow.jpg: read' "$work/watch.log"; is "and it said what it read" $? 0

# ---- names come again and again
rm -rf "$REPLI_SITE"; cp -a "$work/fresh" "$REPLI_SITE"
"$out/repli" scan --watch --settle 1 --every 1 >"$work/watch.log" 2>&1 & watcher=$!
for f in "$work/scans"/*; do cp "$f" "$inbox/.next"; while [ -e "$inbox/scan.jpg" ]; do sleep 0.2; done; mv "$inbox/.next" "$inbox/scan.jpg"; done
i=0; while [ "$(lies)" -gt 0 ] && [ $i -lt 40 ]; do sleep 1; i=$((i + 1)); done
kill -TERM $watcher; wait $watcher; is "one name for every scan: all are read" "$(reads)" "$n"

# ---- killed at random moments
rm -rf "$REPLI_SITE"; cp -a "$work/fresh" "$REPLI_SITE"
cp "$work/scans"/* "$inbox/"; kills=0; i=0
while [ "$(lies)" -gt 0 ] && [ $i -lt 60 ]; do
    i=$((i + 1)); killed_after $((i * 37 % 700 + 40)) scan --watch --settle 0 --every 1
done
must repli scan --watch --settle 0 --every 1 --once
is "killed again and again: nothing is lost" "$(reads)" "$n"
is "nothing is read twice" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) - count(DISTINCT serial) FROM scan WHERE outcome='read'")" 0
is "nothing is left, nothing refused" "$(lies)" 0
is "some runs were killed" "$([ $kills -gt 2 ] && echo some)" some

# ---- a thousand small ones
i=0; while [ $i -lt 1000 ]; do i=$((i + 1)); echo "letter $i" >"$inbox/$i.txt"; done
yes "a thousand letters" repli scan --watch --settle 0 --every 1 --once
is "each is named and kept" "$(ls "$inbox/refused" | grep -c 'txt$')" 1000
is "and in the ledger once" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM image WHERE name LIKE '%.txt'")" 1000
