#!/bin/sh
# Review at speed (part of make bench): the next crop in a browser, also on a processor four times slower; 16 clerks at once.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd); out=$root/out/release; work=$root/out/bench-review
rm -rf "$work"; mkdir -p "$work"; export REPLI_SITE=$work/site
must() { "$@" >"$work/said" 2>&1 || [ $? -eq 6 ] || { echo "bench: $* failed:"; tail -n 5 "$work/said"; exit 1; }; }
. "$root/tests/browser/review.sh"
review_site 24 0.5
review_people 16
python=/usr/bin/python3
if command -v chromedriver >/dev/null && $python -c 'import selenium' 2>/dev/null; then
    $python "$root/tests/browser/review.py" "$out/repli" "$REPLI_SITE" "$work/truth.json" speed 40
else
    echo "skip - selenium and chromium-driver are not installed: the next crop is not measured"
fi
$python "$root/tests/browser/review.py" "$out/repli" "$REPLI_SITE" "$work/truth.json" clerks 25
rm -rf "$work"
