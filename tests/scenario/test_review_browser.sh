#!/bin/sh
# Review in a real browser, by its keyboard alone: two people who disagree and a third, a wall of ticks, the side with boxes, two clerks
# on one queue, keys beyond the value, what is asked again, the station killed in the middle.  Needs chromium and selenium.
. "$(dirname "$0")/lib.sh"
release_only "what a browser asks for, other tests of the station ask for as well"
command -v chromedriver >/dev/null && /usr/bin/python3 -c 'import selenium' 2>/dev/null || { echo "skip - selenium and chromium-driver are not installed"; exit 0; }
. "$root/tests/browser/review.sh"
review_site 14 0.6 10; cheap_phrases
timeout 600 /usr/bin/python3 "$root/tests/browser/review.py" "$out/repli" "$REPLI_SITE" "$work/truth.json" settle,wall,asked,keys,two,killed 200
