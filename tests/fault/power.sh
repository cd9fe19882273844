#!/bin/sh
# power.sh STATES [SEED [STAGES]]: the power is cut STATES times all over a print, a merge, an undo, a keying and a void: tool_powercut on
# the stages of stages.sh.  Then the controls: what a weaker way of syncing loses must be seen
# (POWER_CONTROLS="merge-normal" for some of them only).
. "$(dirname "$0")/stages.sh"
states=${1:-200}; seed=${2:-1}; stages=${3:-print merge undo import void}; set -- $stages; share=$((states / $#)); weak=$((share < 1000 ? 120 : share / 4))
for name in $stages; do
    again=50; settled=; [ $name != undo ] || again=0 # an undo that is done refuses to be done again; sweep.sh runs it again
    [ $name != print ] || settled="--settled 2" # and so does a print whose sheets are in use
    figures=$(told powercut $name --states $share --seed $seed --rerun $again $settled 2>"$work/bad")
    [ $? -eq 0 ] && ok "power cut in $name: $figures" || not_ok "power cut in $name" "$figures $(head -n 3 "$work/bad" | tr '\n' ' ')"
done
for control in ${POWER_CONTROLS:-merge-normal merge-off print-normal print-off print-file print-folder}; do
    set -- ${control%-*} ${control#*-}
    figures=$(told powercut $1 --states $weak --seed $seed --weak $2 2>/dev/null)
    [ $? -eq 1 ] && ok "control: without ($2) the simulator sees it: $figures" || not_ok "control: $control is seen" "$figures"
done
