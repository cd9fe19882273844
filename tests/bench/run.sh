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

# ---- print: a hospital of 900 beds, every ward's pack; what is measured and its floor take turns, so that both see the same machine
must "$bin/repli" demo --beds 900
must "$bin/repli" snapshot
cp -a "$REPLI_SITE" "$bench/origin"
ward=$("$bin/repli" wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*"census": *\(2[6-9]\|3[0-4]\),.*/\1/p' | head -n 1)
for _ in $(seq "$runs"); do
    fresh; "$bin/tests/bench/bench_run" "$bin/repli" print --all >>"$bench/all" || exit 1
    bytes=$(cat "$REPLI_SITE"/packs/*/*.pdf | wc -c); pages=$(sqlite3 "$REPLI_SITE/ledger.db" 'SELECT sum(pages) FROM pack')
    fresh; "$bin/tests/bench/bench_run" "$bin/repli" print --all --jobs 1 >>"$bench/one" || exit 1
    fresh; "$bin/tests/bench/bench_print" "$REPLI_SITE" "$bench/floor.pdf" | sed 's/.* pages \(.*\) CPU.*/\1/' >>"$bench/floor"
    fresh; "$bin/tests/bench/bench_run" "$bin/repli" print --all --pack shift >>"$bench/shift" || exit 1
    shift_pages=$(sqlite3 "$REPLI_SITE/ledger.db" 'SELECT sum(pages) FROM pack')
    fresh; "$bin/tests/bench/bench_print" "$REPLI_SITE" "$bench/floor.pdf" shift | sed 's/.* pages \(.*\) CPU.*/\1/' >>"$bench/shift_floor"
    fresh; "$bin/tests/bench/bench_run" "$bin/repli" print "$ward" >>"$bench/ward" || exit 1
done
ward_pages=$(sqlite3 "$REPLI_SITE/ledger.db" 'SELECT sum(pages) FROM pack')
column() { cut -d' ' -f"$2" "$bench/$1" | median; }
all_s=$(column all 1); one_s=$(column one 1); print_floor_s=$(column floor 1)
peak=$(cut -d' ' -f3 "$bench/all" "$bench/one" | sort -n | tail -n 1)

# ---- scan: one ward's observation charts
rm -rf "$REPLI_SITE" "$bench/origin"
must "$bin/repli" demo --beds 24
must "$bin/repli" snapshot
small=$("$bin/repli" wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must "$bin/repli" print "$small" --form obs -o "$bench/pack.pdf"
"$bin/repli" layout "$bench/pack.pdf" --json >"$bench/layout.json" || exit 1
cp -a "$REPLI_SITE" "$bench/origin"
must "$bin/pens" "$bench/pack.pdf" "$bench/layout.json" "$bench/scans" --severity mild --seed 5 --render 300 --format mix --jobs "$(nproc)"
images=$(ls "$bench"/scans/scan-* | wc -l)
scan_s=$(measure fresh "$bin/repli" scan "$bench"/scans/scan-*)
scan_floor_s=$(measure true "$bin/tests/bench/bench_scan" "$bench"/scans/scan-*)
# the same sheets, all of two levels: a handful of them would measure how the program starts
must "$bin/pens" "$bench/pack.pdf" "$bench/layout.json" "$bench/fax" --severity mild --seed 5 --render 300 --mode 1bit --jobs "$(nproc)"
g4=$(ls "$bench"/fax/scan-*.tif | wc -l); gray=$(ls "$bench"/scans/scan-*.jpg | wc -l)
g4_s=$(measure fresh "$bin/repli" scan "$bench"/fax/scan-*.tif)
g4_floor_s=$(measure true "$bin/tests/bench/bench_scan" "$bench"/fax/scan-*.tif)
gray_s=$(measure fresh "$bin/repli" scan "$bench"/scans/scan-*.jpg)
gray_floor_s=$(measure true "$bin/tests/bench/bench_scan" "$bench"/scans/scan-*.jpg)
# the gray ones once more as one scanned PDF, where something can make it; and where the time goes
if /usr/bin/python3 -c 'import img2pdf' 2>/dev/null; then
    /usr/bin/python3 -c 'import img2pdf, sys; open(sys.argv[1], "wb").write(img2pdf.convert(sys.argv[2:]))' "$bench/gray.pdf" "$bench"/scans/scan-*.jpg
    pdf_s=$(measure fresh "$bin/repli" scan "$bench/gray.pdf")
fi
fresh; "$bin/repli" scan "$bench"/scans/scan-* --jobs 1 --json >"$bench/lines"
stages=$(sed -n 's/.*"ms":{"load":\([0-9.]*\),"code":\([0-9.]*\),"fields":\([0-9.]*\)}.*"fields":\[.*/\1 \2 \3/p' "$bench/lines" | awk '{ a += $1; b += $2; c += $3; n++ }
    END { printf "%d sheets, wall: decoding %.1f ms, code %.1f ms, registration, band and fields %.1f ms", n, a / n, b / n, c / n }')
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
        printf "%-20s %5d pages  %8.1f pages/CPU-s   floor %8.1f pages/CPU-s   ratio %.2f\n", n, p, p / s, p / f, f / s }'
}
echo "medians of $runs runs, CPU time; floor: libharu alone drawing the same pages; decoding alone of the same files; jansson alone on the same bytes"
row "print" "$pages" "$all_s" "$print_floor_s"
row "print, one process" "$pages" "$one_s" "$print_floor_s"
row "print, a shift" "$shift_pages" "$(column shift 1)" "$(column shift_floor 1)"
awk -v b="$bytes" -v p="$pages" -v k="$peak" -v w="$ward" -v n="$ward_pages" -v s="$(column ward 2)" -v c="$(column ward 1)" 'BEGIN {
    printf "%-20s %5d bytes a page; %d MB at most in one process; one ward (%s, %d pages) from start to closed file: %.2f s, of them %.2f s CPU\n", "", b / p, k / 1024, w, n, s, c }'
row scan "$images" "$scan_s" "$scan_floor_s"
awk -v p="$resources" -v s="$import_s" -v f="$import_floor_s" 'BEGIN {
    printf "import %7d resources %8.0f resources/CPU-s   floor %8.0f resources/CPU-s   %6.2f times the floor\n", p, p / s, p / f, s / f }'
row " gray" "$gray" "$gray_s" "$gray_floor_s"
[ -n "${pdf_s:-}" ] && row " gray, one PDF" "$gray" "$pdf_s" "$gray_floor_s"
row " 1 bit" "$g4" "$g4_s" "$g4_floor_s"
echo "stages of a sheet: $stages"
echo "page codes, mild:   $("$bin/tests/bench/bench_code" "$bench"/scans/scan-*)"
echo "page codes, medium: $("$bin/tests/bench/bench_code" "$bench"/worn/scan-*)"
tests/bench/station_print.sh
rm -rf "$REPLI_SITE" "$bench/origin" "$bench/bulk.ndjson"
# merging on this disk (bar: a ratio of 0.25), and a ledger of 100,000 sheets (bar: 0.2 s for status and the missing list)
REPLI_TEST_OUT=$bench "$bin/tests/bench/bench_merge"
tests/bench/ledger.sh 100000
# the pages of the station over a large ledger, by themselves: wall time, so that only a quiet machine tells
tests/bench/station.sh
tests/bench/review.sh
