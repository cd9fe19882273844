#!/bin/sh
# A few of the faults and power cuts of make prove (tests/fault/), always the same ones.
d=$(dirname "$0")/../fault
"$d/sweep.sh" --points 2
"$d/power.sh" 200
