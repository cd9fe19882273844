#!/bin/sh
# adversaries.sh SHEETS [SEED]: honest sheets of a ward, scanned out of order, among others that would bring values to a wrong patient:
# copied paper with other ink, the same picture again, forged and foreign codes, void paper, stickers and other names over the band, a
# station that was copied.  Everything is keyed by two people from what the honest paper says, and merged: the record holds what it
# holds when the honest sheets come alone.
. "$(dirname "$0")/../scenario/lib.sh"
sheets=${1:-40}; seed=${2:-1}
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v sqlite3 >/dev/null || { echo "skip - sqlite3 is not installed"; exit 0; }
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
led() { sql "$REPLI_SITE/ledger.db" "$1"; }
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
must repli print 3B --form obs -o "$work/pack.pdf"
must repli print 3B --form obs --reason "coffee" -o "$work/void.pdf"
for p in pack void; do repli layout "$work/$p.pdf" --json >"$work/$p.json" || not_ok "layout of $p"; done
( export REPLI_SITE="$work/elsewhere"; must repli demo --beds 14; must repli snapshot; must repli print 3B --form obs -o "$work/other.pdf"; repli layout "$work/other.pdf" --json >"$work/other.json" )
must repli ledger void $(led "SELECT sheet FROM sheet WHERE pack_id='P0-2' AND has_fields=1") --reason coffee --by a
pages=$(led "SELECT count(*) FROM sheet WHERE pack_id='P0-1'")
n=$(((sheets + 9) / 10)); honest=$n # of each of seven kinds; honest ones come thrice: themselves, copied, replayed
[ $honest -le "$pages" ] || { honest=$pages; n=$(((sheets - 2 * honest + 6) / 7)); }
first=$(led "SELECT patient_id FROM sheet WHERE pack_id='P0-1' ORDER BY page LIMIT 1")
far=$(led "SELECT page FROM sheet WHERE pack_id='P0-1' AND side=1 AND patient_id<>'$first' ORDER BY page DESC LIMIT 1") # the band of somebody else
mine=$(led "SELECT min(page)-1 FROM sheet WHERE pack_id='P0-1' AND patient_id=(SELECT patient_id FROM sheet WHERE pack_id='P0-1' AND page=$far)")
# make KIND PACK MANY [pens options]: pictures of that kind in $work/KIND, of another day's ink each time round the pack
make_kind() {
    kind=$1; pack=$2; many=$3; shift 3; mkdir -p "$work/$kind"; round=0; made=0
    while [ $made -lt $many ]; do
        round=$((round + 1)); last=$((many - made)); top=$pages; [ $kind = pasted ] && top=$mine; [ $last -le $top ] || last=$top
        must "$out/pens" "$work/$pack.pdf" "$work/$pack.json" "$work/made" --pages 1-$last --used 0.3 --render 200 --jobs 2 --seed $((seed * 1000 + round)) "$@"
        for f in "$work"/made/scan-*; do mv "$f" "$work/$kind/$round-${f##*/}"; done
        [ $kind = honest ] && cp "$work/made/truth.json" "$work/truth.json"
        rm -rf "$work/made"; made=$((made + last))
    done
}
make_kind honest pack "$honest"
make_kind flip pack "$n" --forge flip
make_kind seal pack "$n" --forge mac
make_kind clone pack "$n" --forge clone --keys "$REPLI_SITE/keys"
make_kind foreign other "$n"
make_kind void void "$n"
make_kind sticker pack "$n" --band white
make_kind pasted pack "$n" --band "$far"
make_kind copied pack "$honest" --pass 77 --seed $((seed + 4242))
cp -r "$work/honest" "$work/replayed"
cp -a "$REPLI_SITE" "$work/alone"
rows() { sql "$REPLI_SITE/record.db" "SELECT 'row', observation_id, patient_id, encounter_id, code, effective_utc, value, unit FROM observation WHERE from_paper=1 ORDER BY 2; SELECT 'entry', serial, hex(mac), field, value, target FROM paper_entry ORDER BY 2, 3, 4"; }
work_through() { answer a; answer b; answer c; answer a; answer b; repli merge --by c >"$work/said" 2>&1 || [ $? -eq 6 ] || not_ok "merge" "$(tail -n 1 "$work/said")"; }
scanned() { kind=$1; shift; repli scan "$@" --json --batch $kind >"$work/$kind.jsonl" 2>"$work/said" || [ $? -eq 6 ] || not_ok "scan of $kind" "$(tail -n 1 "$work/said")"; }
export REPLI_AT=2026-11-24T09:00
(   export REPLI_SITE="$work/alone"; scanned honest "$work/honest"; work_through; rows >"$work/rows-alone"; )
yes "honest sheets alone bring values" [ "$(grep -c '^row' "$work/rows-alone")" -gt 10 ]

# one half of each kind before the honest paper, the other after it; copies and replays can only come after
for kind in flip seal clone foreign void sticker pasted; do scanned $kind $(ls -d "$work/$kind"/* | sed -n '1~2p'); cp "$work/$kind.jsonl" "$work/$kind-1"; done
scanned honest $(ls -d "$work/honest"/* | sort -r)
work_through
for kind in flip seal clone foreign void sticker pasted copied replayed; do scanned $kind $(ls -d "$work/$kind"/* | { [ $kind = copied ] || [ $kind = replayed ] && cat || sed -n '2~2p'; }); done
work_through
rows >"$work/rows"
total=0
for kind in honest flip seal clone foreign void sticker pasted copied replayed; do
    figures=$(cat "$work/$kind-1" "$work/$kind.jsonl" 2>/dev/null | sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p' | sort | uniq -c | awk '{ printf "%s%d %s", (NR > 1 ? ", " : ""), $1, $2 }')
    count=$(cat "$work/$kind-1" "$work/$kind.jsonl" 2>/dev/null | grep -c '"outcome"'); total=$((total + count))
    case $kind in honest) may=read;; flip) may='bad-mac|foreign|no-code';; seal) may=bad-mac;; clone) may='serial-clash';; foreign) may=foreign;; void) may='void|blank';; sticker|pasted) may='mismatch|closed';; copied) may='second-image|closed';; replayed) may=duplicate;; esac
    bad=$(cat "$work/$kind-1" "$work/$kind.jsonl" 2>/dev/null | sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p' | grep -cvE "^($may)$")
    [ "$bad" -eq 0 ] && [ "$count" -eq "$(ls "$work/$kind" | wc -l)" ] && ok "$kind: $figures" || not_ok "$kind" "$figures; $bad not in ($may), $count of $(ls "$work/$kind" | wc -l)"
done
cmp -s "$work/rows-alone" "$work/rows" && ok "$total sheets, $((total - honest)) of adversaries: the record holds what $honest honest ones bring alone" || not_ok "the record is that of the honest sheets" "$(diff "$work/rows-alone" "$work/rows" | cut -c1-150 | head -n 4 | tr '\n' ' ')"
sql "$REPLI_SITE/ledger.db" "SELECT sheet, patient_id FROM sheet" | sort >"$work/owners"
sql "$REPLI_SITE/record.db" "SELECT DISTINCT m.sheet, o.patient_id FROM paper_entry p JOIN merge m USING(merge_id) JOIN observation o ON p.target='observation/'||o.observation_id" | sort >"$work/merged"
is "values on a patient who is not the sheet's" "$(comm -13 "$work/owners" "$work/merged" | wc -l)" 0
yes "there were values" [ -s "$work/merged" ]
