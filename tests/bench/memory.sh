#!/usr/bin/env bash
# memory.sh PAGES: a pile of so many page images, all of different pixels: no process of `repli scan` ever has more than
# 150 MB, and the one that holds the ledger grows by less than 8 MB after a fifth of the pile.
set -u
cd "$(dirname "$0")/../.." || exit 2
bin=$PWD/out/release pages=${1:-10000} dir=$PWD/out/prove/memory
rm -rf "$dir"; mkdir -p "$dir/pile"
export REPLI_SITE=$dir/site REPLI_AT=2026-11-23T04:00
must() { "$@" >"$dir/said" 2>&1 || [ $? -eq 6 ] || { echo "not ok - memory: $* failed: $(tail -n 2 "$dir/said")"; exit 1; }; }
must "$bin/repli" demo --beds 24
must "$bin/repli" snapshot
ward=$("$bin/repli" wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must "$bin/repli" print "$ward" --form obs -o "$dir/pack.pdf"
"$bin/repli" layout "$dir/pack.pdf" --json >"$dir/layout.json"
must "$bin/pens" "$dir/pack.pdf" "$dir/layout.json" "$dir/scans" --severity mild --seed 11 --render 300 --format mix --pages 1-12 --jobs "$(nproc)"
must "$bin/tests/bench/bench_pile" "$dir/pile" "$pages" "$dir"/scans/scan-*
"$bin/repli" scan "$dir/pile" >"$dir/lines" 2>"$dir/said" &
pid=$!; parent=0; child=0; early=0
hwm() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null; }
while kill -0 $pid 2>/dev/null; do
    now=$(hwm $pid); parent=${now:-$parent}
    for c in $(cat /proc/$pid/task/*/children 2>/dev/null); do now=$(hwm "$c"); [ "${now:-0}" -gt "$child" ] && child=$now; done
    [ "$early" -eq 0 ] && [ "$(wc -l <"$dir/lines")" -ge $((pages / 5)) ] && early=$parent
    sleep 0.2
done
wait $pid; rc=$?
said=$(tail -n 1 "$dir/lines"); lines=$(($(wc -l <"$dir/lines") - 1))
if { [ $rc -eq 0 ] || [ $rc -eq 6 ]; } && [ "$lines" -eq "$pages" ] && [ "$early" -gt 0 ] && [ "$child" -gt 0 ] && [ "$parent" -le 153600 ] && [ "$child" -le 153600 ] && [ $((parent - early)) -le 8192 ]; then
    echo "ok - memory: $pages pages: $parent KB, after a fifth $early KB, children $child KB"
else
    echo "not ok - memory: exit $rc, $lines of $pages pages, $parent KB (153600), after a fifth $early KB (8192 less), children $child KB (153600): $said"
fi
rm -rf "$dir"
