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
written obs 0.3
written mar 0.2
for p in luc; do answer $p --error 0.02 --seed 3; done
export REPLI_AT=2026-11-23T09:20
serve
/usr/bin/python3 "$root/tests/browser/shots.py" "$at" "$out/routes" "$root/out/shots" ${SHOTS:-}
