#!/usr/bin/env bash
# From Enter on the print page to the whole pack of a ward of 30 beds, as a browser sees it: the median of BENCH_RUNS runs.
set -u
cd "$(dirname "$0")/../.." || exit 2
runs=${BENCH_RUNS:-5}; dir=$PWD/out/bench/station_print; bin=$PWD/out/release
rm -rf "$dir"; mkdir -p "$dir"
export REPLI_SITE=$dir/site REPLI_AT=2026-11-23T04:00
must() { "$@" >"$dir/said" 2>&1 || [ $? -eq 6 ] || { echo "bench: $* failed:"; tail -n 5 "$dir/said"; exit 1; }; }
must "$bin/repli" demo --beds 30
must "$bin/repli" snapshot
"$bin/repli" serve --listen 127.0.0.1:0 >"$dir/address" 2>"$dir/err" & station=$!
trap 'kill $station 2>/dev/null' EXIT
for _ in $(seq 100); do [ -s "$dir/address" ] && break; sleep 0.05; done
at=$(head -n 1 "$dir/address" | sed 's|/$||')
get() { curl -s -b "$dir/jar" -c "$dir/jar" "$at$1"; }
post() { path=$1; shift; curl -s -o /dev/null -w '%{redirect_url}' -b "$dir/jar" -c "$dir/jar" -H "Origin: $at" -d "token=$token" "$@" "$at$path"; }
token=$(get / | sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' | head -n 1)
post /breakglass -d name=Bench -d function=nobody -d reason=measuring >/dev/null
token=$(get /print | sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' | head -n 1)
for i in $(seq "$runs"); do
    start=$(date +%s%N)
    job=$(post /print -d ward=3B -d pack= -d "reason=run $i")
    while :; do get "${job#"$at"}&json=1" >"$dir/job"; grep -q '"running":false' "$dir/job" && break; sleep 0.01; done
    echo $((($(date +%s%N) - start) / 1000000)) >>"$dir/ms"
    grep -q '"pack_id"' "$dir/job" || { echo "bench: nothing was printed: $(cat "$dir/job")"; exit 1; }
done
sides=$(sed -n 's/.*"total":\([0-9]*\).*/\1/p' "$dir/job")
sort -n "$dir/ms" | awk -v p="$sides" '{ v[NR] = $1 } END { printf "station, Enter to the whole pack of 30 beds (%d sides): %d ms, %d to %d\n", p, v[int((NR + 1) / 2)], v[1], v[NR] }'
