#!/bin/sh
# make pictures: the pictures of templates/README.md, made by the program from that file's own steps.
# Usage: tests/golden/pictures.sh [accept]      compares them with templates/pictures; accept replaces those
. "$(dirname "$0")/../scenario/lib.sh"
. "$root/tests/scenario/steps.sh"
readme=$root/templates/README.md; pictures=$root/templates/pictures; accept=${1:-}
export REPLI_SITE="$work/pictures" REPLI_AT=2026-11-23T04:00
limit=30000 # bytes: a reader on a slow line sees them, too

# picture NAME FORM LANG X Y WIDTH HEIGHT: a part of the first page, in mm; Y may be a word, whose line is the middle
picture() {
    repli --at "$REPLI_AT" form preview "$2" --lang "$3" -o "$work/a.pdf" >"$work/said" 2>&1 || { not_ok "$1" "$(cat "$work/said")"; return; }
    y=$5
    case $y in *[!0-9]*) y=$(pdftotext -f 1 -l 1 -bbox "$work/a.pdf" - | sed -n "s|.*yMin=\"\([0-9.]*\)\".*>$y</word>.*|\1|p" | awk -v h="$7" 'NR == 1 { printf "%d", $1 * 25.4 / 72 - h / 2 }') ;; esac
    px() { awk -v mm="$1" 'BEGIN { printf "%d", mm * 100 / 25.4 }'; }
    pdftoppm -r 100 -gray -png -f 1 -l 1 -singlefile -x "$(px "$4")" -y "$(px "${y:-0}")" -W "$(px "$6")" -H "$(px "$7")" "$work/a.pdf" "$work/large"
    "$out/golden" --small "$work/large.png" "$work/$1.png" || not_ok "$1.png is written"
    bytes=$(wc -c <"$work/$1.png")
    [ "$bytes" -le $limit ] || not_ok "$1.png is small" "$bytes bytes, at most $limit"
    grep -q "(pictures/$1.png)" "$readme" || not_ok "$1.png is in the README"
    if [ "$accept" = accept ]; then
        cmp -s "$work/$1.png" "$pictures/$1.png" || { mkdir -p "$pictures"; cp "$work/$1.png" "$pictures/$1.png"; echo "accepted $pictures/$1.png"; }
    elif said=$("$out/golden" "$pictures/$1.png" "$work/$1.png" "$work/differs.png" 2>&1); then ok "picture $1 is what the program prints"
    else not_ok "picture $1 is what the program prints" "$said (make pictures takes the new one: look at it)"; fi
}
do_step() { said=$(steps "$readme" "$1" 2>&1) || not_ok "step $1" "$said"; }

must repli init --hospital "Hôpital Sainte-Gudule"
do_step 0
picture label-before obs fr 18 Température 110 36
do_step 1
picture label-after obs fr 18 Temp. 110 36
do_step 2
picture form skin fr 10 6 168 98
do_step 3
picture tick skin fr 18 40 120 40
do_step 4
picture language skin it 10 6 168 82
