#!/bin/sh
# [SWEEP_ONLY="merge export"] sweep.sh [--points N] [--double]: every command that writes, with a fault at every call that changes a file: tool_sweep on the
# stages of stages.sh.  A line of figures each.  Called by scenario/test_faults.sh (a few points) and by prove.sh (all of them).
. "$(dirname "$0")/stages.sh"
options="$*"
swept() { told sweep "$1" $options "$(cat "$work/options-$1")" >"$work/said-$1" 2>"$work/bad-$1"; echo $? >"$work/rc-$1"; }
half() { while [ $# -gt 0 ]; do swept "$1"; shift; [ $# -eq 0 ] || shift; done; } # every second one: two run at a time
[ -z "${SWEEP_ONLY:-}" ] || stages=$SWEEP_ONLY
set -- $stages
half "$@" &
shift; half "$@"
wait
total=0
for name in $stages; do
    figures=$(tail -n 1 "$work/said-$name")
    n=$(echo "$figures" | sed -n 's/.*: \([0-9]*\) points.*/\1/p'); total=$((total + ${n:-0}))
    [ "$(cat "$work/rc-$name")" = 0 ] && ok "faults of $name: $figures" || not_ok "faults of $name" "$figures $(grep '^bad\|^sweep' "$work/bad-$name" | head -n 3 | tr '\n' ' ')"
done
[ $total -gt 0 ] && ok "$total points in all" || not_ok "faults were tried"
