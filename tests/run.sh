#!/bin/sh
# Runs every test binary of out/MODE and every scenario, two more at a time than there are processors (some of them wait:
# for a browser, a printer, a lock that is held), and ends with "N passed, N failed".
# Usage: tests/run.sh MODE [FILTER]
set -u
mode=${1:-release}; filter=${2:-}
cd "$(dirname "$0")/.." || exit 2
logs=out/$mode/logs; [ "${3:-}" = --one ] || rm -rf "$logs"; mkdir -p "$logs"
export REPLI_TEST_OUT="$PWD/out/$mode" REPLI_SHARED="${REPLI_SHARED:-$PWD/../shared}"
# Foreign tools that would have a thread a processor each: theirs are taken, and a thread that waits for work spins.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0}" UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
one() {
    t=$1; name=$(basename "$t"); log=$logs/$name.log
    start=$(date +%s)
    if timeout 900 "$t" >"$log" 2>&1; then rc=0; else rc=$?; fi
    s=$(($(date +%s) - start))
    times >"$logs/$name.times"
    cpu=$(awk -F'[ms ]+' 'NR == 2 { print int($1 * 60 + $2 + $3 * 60 + $4 + .5) }' "$logs/$name.times") # of what ran, and of what it started
    passed=$(grep -c '^\[       OK \]\|^ok - ' "$log"); failed=$(grep '^\[  FAILED  \] [a-z_0-9]*$\|^not ok - ' "$log" | sort -u | wc -l); skipped=$(grep '^\[  SKIPPED \] [a-z_0-9]*$\|^skip - ' "$log" | sort -u | wc -l)
    [ $rc -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
    echo "$passed $failed $skipped" >"$logs/$name.count"
    if [ "$failed" -gt 0 ]; then printf 'FAIL %-40s %3ss\n' "$name" "$s"; sed 's/^/     /' "$log" | tail -n 40; else printf 'ok   %-40s %3ss %3ss  %s passed%s\n' "$name" "$s" "$cpu" "$passed" "$([ "$skipped" -gt 0 ] && echo ", $skipped skipped")"; fi
}
if [ "${3:-}" = --one ]; then one "$4"; exit 0; fi
# Temporary folders lie in memory where there is room for them: what a power cut leaves is simulated, a slow disk's fsync proves nothing.
if [ -z "${REPLI_TEST_TMP:-}" ] && [ "$(df -Pk /dev/shm 2>/dev/null | awk 'NR==2 {print $4}')" -gt 4000000 ] 2>/dev/null && REPLI_TEST_TMP=$(mktemp -d /dev/shm/repli-tests.XXXXXX); then
    trap 'rm -rf "$REPLI_TEST_TMP"' EXIT; trap 'exit 130' INT TERM
    chmod 711 "$REPLI_TEST_TMP" # some tests are another user
    export REPLI_TEST_TMP TMPDIR="$REPLI_TEST_TMP"
fi
# Those that take longest come first, so that no processor waits for a last one at the end.
{ for t in test_histories test_station_desk.sh test_review_browser.sh test_pages.sh test_station.sh test_faults.sh test_station_reach.sh test_inbox.sh \
      test_requests.sh test_demo.sh test_identity.sh test_merge_kill; do ls tests/scenario/$t out/$mode/tests/fault/$t 2>/dev/null; done
  ls tests/scenario/test_*.sh tests/fuzz/replay_*.sh
  for t in out/$mode/tests/fault/test_* out/$mode/tests/unit/test_*; do case $t in *.o|*.d) ;; *) echo "$t";; esac; done; } | awk '!seen[$0]++' | { [ -n "$filter" ] && grep -- "$filter" || cat; } |
    xargs -P "$(($(nproc) + 2))" -I{} "$0" "$mode" '' --one {}
set -- $(cat "$logs"/*.count | awk '{p+=$1; f+=$2; s+=$3} END {print p+0, f+0, s+0}')
grep -h '^skip - ' "$logs"/*.log 2>/dev/null | sort -u
echo "$1 passed, $2 failed$([ "$3" -gt 0 ] && echo ", $3 skipped")"
[ "$2" -eq 0 ] && [ "$1" -gt 0 ]
