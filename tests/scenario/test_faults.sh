#!/bin/sh
# A few of the faults and power cuts of make prove (tests/fault/), always the same ones.
d=$(dirname "$0")/../fault
"$d/sweep.sh" --points 1
POWER_CONTROLS="merge-normal print-folder" "$d/power.sh" 100
