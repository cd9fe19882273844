#!/bin/sh
# make fuzz: replays every corpus under libFuzzer with both sanitizers; FUZZ_SECONDS=60 then explores each target that long.
# What is found lies in out/fuzz/found/TARGET; new inputs that reach new code in out/fuzz/new/TARGET (add the good ones to
# tests/fuzz/corpus).  Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 2
seconds=${FUZZ_SECONDS:-0}; passed=0; failed=0
for source in tests/fuzz/fuzz_*.c; do
    [ -e "$source" ] || continue
    name=$(basename "$source" .c); short=${name#fuzz_}
    corpus=tests/fuzz/corpus/$short; new=out/fuzz/new/$short; found=out/fuzz/found/$short
    mkdir -p "$corpus" "$new" "$found"
    set -- "out/fuzz/tests/fuzz/$name" -artifact_prefix="$found/" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
    if [ "$seconds" -gt 0 ]; then
        set -- "$@" -max_total_time="$seconds" "$new" "$corpus"
    else
        set -- "$@" -runs=0 "$corpus"
    fi
    if "$@" >"out/fuzz/$name.log" 2>&1; then
        passed=$((passed + 1))
        echo "ok - $name: $(find "$corpus" -type f | wc -l) inputs, $(sed -n 's/^stat::number_of_executed_units: *//p' "out/fuzz/$name.log") runs"
    else
        failed=$((failed + 1))
        echo "not ok - $name (log: out/fuzz/$name.log, input: $found)"; tail -n 25 "out/fuzz/$name.log"
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
