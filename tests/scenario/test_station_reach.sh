#!/bin/sh
# Every page of the station, light and dark, for people who see, hear or move otherwise: axe-core where npm could bring it, and
# checks of our own.  Needs chromium and selenium.
. "$(dirname "$0")/lib.sh"
. "$root/tests/browser/site.sh"
browser_here || { echo "skip - selenium and chromium-driver are not installed"; exit 0; }
axe=$root/out/axe/node_modules/axe-core/axe.min.js
[ -s "$axe" ] || echo "skip - axe-core: npm did not bring it; our own checks run"
export REPLI_AT=2026-11-23T02:00
must repli demo --beds 14
people
must repli snapshot
export REPLI_AT=2026-11-23T08:00
must repli outage open --by claire
written obs 0.2 4
waiting
known
answer luc --error 0.02 --seed 3
serve
timeout 300 /usr/bin/python3 "$root/tests/browser/axe.py" "$at" "$out/routes" "$axe"
