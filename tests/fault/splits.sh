#!/bin/sh
# splits.sh HISTORIES SEED [IMAGES]: one batch of about 60 images, mixed as on a real scanner (sheets any side up, second images of
# the same paper, the same file twice, the same pixels in another file, void sheets, drill paper, another hospital's pages, letters
# and half files), scanned in random pieces, orders and repetitions, two scanners at once, with people keying in random order and
# merging in random pieces in between, and with the ledgers of three wards' sticks, each as of two hours, carried in at random moments,
# before or after their paper: record and ledger say the same in the end (tool_digest).
. "$(dirname "$0")/../scenario/lib.sh"
release_only "random histories run at full speed"
histories=${1:-2}; seed=${2:-1}; images=${3:-60}
for tool in pens clerk digest oddities; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
random() { seed=$(((seed * 1103515245 + 12345) % 2147483648)); rnd=$((seed / 65536 % $1)); }
# shuffled FILE...: the same names in an order of chance
shuffled() { for f; do random 30000; echo "$rnd $f"; done | sort -n | cut -d' ' -f2-; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli snapshot
# three sticks of the ward print as well; their ledgers leave twice: before and after somebody said that a sheet is spoilt, or lost
for k in 1 2 3; do
    must repli snapshot push "$work/stick$k" --ward 3B --name "stick $k"
    ( export REPLI_SITE="$work/stick$k"; must repli station renew; must repli print 3B --form obs -o "$work/stick$k.pdf"
      must repli ledger export -o "$work/ledger$k-early"
      rest=$(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE has_fields=1 ORDER BY page DESC LIMIT 2")
      must repli person add s "Person s" nurse
      must repli ledger lost $rest --reason "not on the ward" --by s
      must repli ledger export -o "$work/ledger$k-late"
      repli layout "$work/stick$k.pdf" --json >"$work/stick$k.json" ) || not_ok "stick $k"
done
must repli outage open --drill --ward 3B --from 2026-11-23T03:00 --by a
must repli print 3B -o "$work/drill.pdf"
must repli outage close --until 2026-11-23T03:30 --by a
must repli print 3B -o "$work/pack.pdf"
for p in pack drill; do repli layout "$work/$p.pdf" --json >"$work/$p.json" || not_ok "layout of $p"; done
n=$((images * 2 / 5 - 6)); [ $n -le 18 ] || n=18; s=$((images / 8))
made() { dir=$1; shift; must "$out/pens" "$@" --render 200 --used 0.4 --seed 77 --jobs 2; mv "$work/$dir/truth.json" "$work/truth-$dir.json"; for f in "$work/$dir"/*; do mv "$f" "$work/batch/$dir-${f##*/}"; done; }
mkdir "$work/batch"
made first "$work/pack.pdf" "$work/pack.json" "$work/first" --pages 1-$n
made again "$work/pack.pdf" "$work/pack.json" "$work/again" --pages 1-$s --pass 2
made third "$work/pack.pdf" "$work/pack.json" "$work/third" --pages 2-3 --pass 3 --severity medium
made pixels "$work/pack.pdf" "$work/pack.json" "$work/pixels" --pages 4-$((3 + s / 2)) --format png
made pixtif "$work/pack.pdf" "$work/pack.json" "$work/pixtif" --pages 4-$((3 + s / 2)) --format tif
made drill "$work/drill.pdf" "$work/drill.json" "$work/drill" --pages 1-3
for k in 1 2 3; do made paper$k "$work/stick$k.pdf" "$work/stick$k.json" "$work/paper$k" --pages $k-$((k + (images > 40))); done
for k in first paper1 paper2 paper3; do printf '%s' "${truth:-[}"; truth=,; sed '1s/^\[//; $s/]$//' "$work/truth-$k.json"; done >"$work/truth.json"; echo ']' >>"$work/truth.json"
for f in $(ls "$work"/batch/first-* | head -n $s); do cp "$f" "$work/batch/copy-${f##*/}"; done
tif=$(ls "$work"/batch/*.tif | head -n 1)
must "$out/oddities" "$work/odd" "$tif"; rm -f "$work"/odd/huge*
for f in "$work"/odd/*; do mv "$f" "$work/batch/odd-${f##*/}"; done
(   export REPLI_SITE="$work/elsewhere"; must repli demo --beds 14; must repli snapshot; must repli print 3B -o "$work/other.pdf"; repli layout "$work/other.pdf" --json >"$work/other.json"; )
made other "$work/other.pdf" "$work/other.json" "$work/other" --pages 1-3
# two sheets are void before any scan
for sheet in $(sql "$REPLI_SITE/ledger.db" "SELECT sheet FROM sheet WHERE pack_id = (SELECT max(pack_id) FROM pack) AND has_fields = 1 AND page IN ($n, $((n - 1)))"); do must repli ledger void "$sheet" --reason coffee --by a; done
mv "$REPLI_SITE" "$work/start"
set -- "$work"/batch/*
echo "# $# images"

# people CHANCE: people do some of what they may do, then perhaps somebody merges
people() {
    random 4; who=$(echo a b c d | cut -d' ' -f$((rnd + 1)))
    repli review export --by $who >"$work/tasks.jsonl" 2>/dev/null
    random 3; keep=$((rnd + 1)); shuffled $(seq 1 "$(wc -l <"$work/tasks.jsonl")") | head -n "$(($(wc -l <"$work/tasks.jsonl") * keep / 3 + 1))" >"$work/chosen"
    awk 'NR == FNR { want[$1] = 1; next } want[FNR]' "$work/chosen" "$work/tasks.jsonl" >"$work/some.jsonl"
    "$out/clerk" "$work/truth.json" <"$work/some.jsonl" >"$work/answers.jsonl" 2>/dev/null
    repli review import "$work/answers.jsonl" --by $who >"$work/said" 2>&1 || [ $? -eq 6 ] || not_ok "review import" "$(tail -n 1 "$work/said")"
    random 2; [ $rnd -eq 0 ] || repli merge --by d >"$work/said" 2>&1 || [ $? -eq 6 ] || not_ok "merge" "$(tail -n 1 "$work/said")"
}
carry() { repli ledger import "$1" >"$work/said" 2>&1 || not_ok "ledger import" "$(tail -n 1 "$work/said")"; }
scan_list() { xargs "$out/repli" scan <"$1" >"$1.said" 2>&1 || case $? in 123) grep -q '^repli: ' "$1.said" && not_ok "scan" "$(grep '^repli: ' "$1.said" | tail -n 1)";; *) not_ok "scan" "$(tail -n 1 "$1.said")";; esac; }
# history ONE: `calm` scans everything in order first
history() {
    rm -rf "$REPLI_SITE"; cp -a "$work/start" "$REPLI_SITE"; export REPLI_AT=2026-11-24T09:00
    calm=$1; shift
    if [ "$calm" = calm ]; then
        for f in "$work"/ledger?-early "$work"/ledger?-late; do carry "$f"; done
        printf '%s\n' "$@" >"$work/list"; scan_list "$work/list"
    else
        { shuffled "$@"; for f; do random 8; [ $rnd -gt 0 ] || echo "$f"; done; } >"$work/all"
        random 4; pieces=$((rnd + 2)); size=$(($(wc -l <"$work/all") / pieces + 1))
        rm -f "$work"/piece.*; split -l "$size" "$work/all" "$work/piece."
        rest=$(shuffled "$work"/ledger?-early "$work"/ledger?-late "$work"/ledger1-early "$work"/ledger2-late)
        for piece in "$work"/piece.??; do
            random 3; for f in $(echo "$rest" | head -n $rnd); do carry "$f"; done; rest=$(echo "$rest" | tail -n +$((rnd + 1)))
            random 3
            if [ $rnd -gt 0 ]; then # two at once, over the same paper in part
                sed -n '1~2p' "$piece" >"$piece.x"; sed -n '2~2p;1~3p' "$piece" >"$piece.y"
                scan_list "$piece.x" & scan_list "$piece.y"; wait
            else
                scan_list "$piece"
            fi
            random 3; [ $rnd -eq 0 ] || people
        done
        for f in $rest; do carry "$f"; done
    fi
    for p in a b c d a b c d; do answer $p; [ -s "$work/tasks-$p.jsonl" ] || [ $p = a ] || break; done
    repli merge --by d >"$work/said" 2>&1; repli merge --by d >"$work/said" 2>&1
}
history calm "$@"
"$out/digest" "$REPLI_SITE" --rows >"$work/calm"
[ "$(grep -c '^observation|paper:' "$work/calm")" -gt 10 ] && ok "the calm run merges $(grep -c '^observation|paper:' "$work/calm") values of $# images" || not_ok "the calm run merges" "$(tail -n 2 "$work/said" | tr '\n' ' ')"
echo "# $(sql "$REPLI_SITE/ledger.db" "SELECT group_concat(outcome || ' ' || n, ', ') FROM (SELECT outcome, count(*) AS n FROM scan GROUP BY 1)")"
same=0; i=0
while [ $i -lt "$histories" ]; do
    i=$((i + 1)); began=$seed
    history rough "$@"
    "$out/digest" "$REPLI_SITE" --rows >"$work/rough"
    if cmp -s "$work/calm" "$work/rough"; then same=$((same + 1)); else not_ok "history $i (seed $began)" "$(diff "$work/calm" "$work/rough" | grep -v 'record \|ledger ' | cut -c1-160 | head -n ${DIFFS:-4} | tr '\n' ' ')"; fi
done
[ $same -eq "$histories" ] && ok "$histories histories of $# images: identical record and ledger" || not_ok "all histories end alike" "$same of $histories"
