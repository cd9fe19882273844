#!/usr/bin/env bash
# make bench: speeds against a floor measured in the same run, so that the machine cancels out.  CPU seconds (user and system,
# children too), medians of BENCH_RUNS runs (5), on a site of its own in out/bench.
set -u
cd "$(dirname "$0")/../.." || exit 2
runs=${BENCH_RUNS:-5}; bench=out/bench; bin=out/release
rm -rf "$bench"; mkdir -p "$bench"
export REPLI_SITE=$bench/site REPLI_AT=2026-11-23T04:00
must() { "$@" >"$bench/said" 2>&1 || [ $? -eq 6 ] || { echo "bench: $* failed:"; tail -n 5 "$bench/said"; exit 1; }; }
# cpu COMMAND...: CPU seconds
cpu() { local TIMEFORMAT='%U %S' t; t=$({ time "$@" >"$bench/said" 2>&1; } 2>&1 | tail -n 1); awk -v t="$t" 'BEGIN { split(t, a, " "); printf "%.3f\n", a[1] + a[2] }'; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
# measure NAME PREPARE COMMAND...: the median of the runs
measure() { local prepare=$1; shift; for _ in $(seq "$runs"); do $prepare; cpu "$@"; done | median; }
fresh() { rm -rf "$REPLI_SITE"; cp -a "$bench/origin" "$REPLI_SITE"; }

must "$bin/repli" demo --beds 24
must "$bin/repli" snapshot
ward=$("$bin/repli" wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
cp -a "$REPLI_SITE" "$bench/origin"
must "$bin/repli" print "$ward" -o "$bench/pack.pdf"
"$bin/repli" layout "$bench/pack.pdf" --json >"$bench/layout.json" || exit 1
pdftotext -enc UTF-8 "$bench/pack.pdf" "$bench/pack.txt"
pages=$(pdfinfo "$bench/pack.pdf" | sed -n 's/^Pages: *//p')

print_s=$(measure fresh "$bin/repli" print "$ward" -o "$bench/again.pdf")
print_floor_s=$(measure true "$bin/tests/bench/bench_print" "$bench/pack.txt" "$bench/floor.pdf")

fresh; must "$bin/repli" print "$ward" -o "$bench/pack.pdf"
"$bin/repli" layout "$bench/pack.pdf" --json >"$bench/layout.json" || exit 1
rm -rf "$bench/origin"; cp -a "$REPLI_SITE" "$bench/origin"
must "$bin/pens" "$bench/pack.pdf" "$bench/layout.json" "$bench/scans" --severity mild --seed 5 --render 300 --format mix --jobs "$(nproc)"
images=$(ls "$bench"/scans/scan-* | wc -l)
scan_s=$(measure fresh "$bin/repli" scan "$bench"/scans/scan-*)
scan_floor_s=$(measure true "$bin/tests/bench/bench_scan" "$bench"/scans/scan-*)
g4=$(ls "$bench"/scans/scan-*.tif | wc -l); gray=$(ls "$bench"/scans/scan-*.jpg | wc -l)
g4_s=$(measure fresh "$bin/repli" scan "$bench"/scans/scan-*.tif)
g4_floor_s=$(measure true "$bin/tests/bench/bench_scan" "$bench"/scans/scan-*.tif)
gray_s=$(measure fresh "$bin/repli" scan "$bench"/scans/scan-*.jpg)
gray_floor_s=$(measure true "$bin/tests/bench/bench_scan" "$bench"/scans/scan-*.jpg)
must "$bin/pens" "$bench/pack.pdf" "$bench/layout.json" "$bench/worn" --severity medium --seed 5 --render 300 --format mix --jobs "$(nproc)"

# importing: the invented hospital as NDJSON, into a new site each time
"$bin/bulk" 30000000 >"$bench/bulk.ndjson" || exit 1
resources=$(wc -l <"$bench/bulk.ndjson")
new_site() { rm -rf "$REPLI_SITE"; must "$bin/repli" init --hospital Bench; }
import_s=$(measure new_site "$bin/repli" import "$bench/bulk.ndjson")
import_floor_s=$(measure true "$bin/tests/bench/bench_import" "$bench/bulk.ndjson")

row() { # NAME PAGES SECONDS FLOOR-SECONDS
    awk -v n="$1" -v p="$2" -v s="$3" -v f="$4" 'BEGIN {
        if (s < 0.0005) s = 0.0005; if (f < 0.0005) f = 0.0005
        printf "%-8s %5d pages  %8.1f pages/CPU-s   floor %8.1f pages/CPU-s   %6.2f times the floor\n", n, p, p / s, p / f, s / f }'
}
echo "medians of $runs runs, CPU time; floor: libharu alone with the same strings; decoding alone of the same files; jansson alone on the same bytes"
row print "$pages" "$print_s" "$print_floor_s"
row scan "$images" "$scan_s" "$scan_floor_s"
awk -v p="$resources" -v s="$import_s" -v f="$import_floor_s" 'BEGIN {
    printf "import %7d resources %8.0f resources/CPU-s   floor %8.0f resources/CPU-s   %6.2f times the floor\n", p, p / s, p / f, s / f }'
row " gray" "$gray" "$gray_s" "$gray_floor_s"
row " 1 bit" "$g4" "$g4_s" "$g4_floor_s"
echo "page codes, mild:   $("$bin/tests/bench/bench_code" "$bench"/scans/scan-*)"
echo "page codes, medium: $("$bin/tests/bench/bench_code" "$bench"/worn/scan-*)"
rm -rf "$REPLI_SITE" "$bench/origin" "$bench/bulk.ndjson"
