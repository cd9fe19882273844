#!/bin/sh
# make shots: every page of the station, 1280 and 1920 px wide, light and dark, into out/shots: to look at.
. "$(dirname "$0")/../scenario/lib.sh"
. "$(dirname "$0")/site.sh"
browser_here || { echo "chromium-driver and python3-selenium are missing: make deps"; exit 2; }
export REPLI_AT=2026-11-23T02:00
must repli demo --beds 30
people
must repli snapshot
export REPLI_AT=2026-11-23T04:00
must repli outage open --by claire
scanned_at=2026-11-23T16:00
written obs 0.3
cp "$work/layout.json" "$work/obs.json"
waiting
must repli print 3B --pack admission -o "$work/adm.pdf"
repli layout "$work/adm.pdf" --json >"$work/adm.json"
must "$out/pens" "$work/adm.pdf" "$work/adm.json" "$work/adm" --severity mild --seed 11 --used 0.3 --render 200
come_back "$work"/adm/scan-*
export REPLI_AT=$scanned_at
known
for p in an luc; do answer $p --error 0.02 --seed 3; done    # most of it is keyed twice, some of it not alike
/usr/bin/python3 "$root/tests/browser/disagree.py" "$work/obs.json" "$REPLI_SITE" "$work/late.ndjson"
must repli import "$work/late.ndjson"
must repli merge --by claire
written mar 0.2 20
known
answer luc --error 0.02 --seed 3
export REPLI_AT=2026-11-23T16:20
serve
/usr/bin/python3 "$root/tests/browser/shots.py" "$at" "$out/routes" "$root/out/shots" ${SHOTS:-}
