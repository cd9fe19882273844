#!/bin/sh
# Two or three processes at the same moment: they wait for each other or say why not; nothing is lost, doubled or torn.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

# together NAME COMMAND [COMMAND ...]: each in a shell of its own; every one must end with 0 or 6.
together() {
    name=$1; shift; n=0
    for c; do n=$((n + 1)); { sh -c "$c" >"$work/$n.out" 2>"$work/$n.err"; echo $? >"$work/$n.rc"; } & done
    wait
    bad=; for i in $(seq $n); do case $(cat "$work/$i.rc") in 0|6) ;; *) bad="$bad exit $(cat "$work/$i.rc"): $(tail -n 1 "$work/$i.err")";; esac; done
    [ -z "$bad" ] && ok "$name" || not_ok "$name" "$bad"
}
r=$out/repli

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
# Two sheets for the same patient and hours invite two doses: of three nurses at once one gets the paper, and the others are told.
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
once() { echo "$r print $ward -o $work/pack.$1.pdf && touch $work/printed.$1 || [ \$? -eq 2 ]"; }
together "three prints at once" "$(once 1)" "$(once 2)" "$(once 3)"
is "one of them is on paper, the others are told why not" "$(ls "$work"/printed.* | wc -l) $(cat "$work"/[123].err | grep -c 'in use for these hours')" "1 2"
mv "$work"/pack.[123].pdf "$work/pack.pdf"
together "admission packs, and the ward once more, at once" "$r print $ward --pack admission --count 2" "$r print $ward --pack admission --count 2" "$r print $ward --reason jam"
sides=$(sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM sheet')
is "each print has its serials, none twice" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT serial), count(DISTINCT pack_id), sum(state = 'allotted') FROM sheet")" "$sides|8|0"
export REPLI_AT=2026-11-23T05:00
repli demo --beds 14 >/dev/null 2>&1
together "two snapshots at once, and the wards beside them" "$r snapshot || [ \$? -eq 3 ]" "$r snapshot || [ \$? -eq 3 ]" "$r wards"
is "one of them is the newest, and good" "$(repli snapshot verify >/dev/null 2>&1; echo $?)" 0

repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 3-8 --seed 31 --used 0.3 --render 200 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
sheets=$(ls "$work"/scans/scan-* | wc -l)

export REPLI_AT=2026-11-24T09:00
together "three scans of the same batch at once" "$r scan $work/scans/scan-* --json" "$r scan $work/scans/scan-* --json" "$r scan $work/scans/scan-* --json"
is "each gives every image a line" "$(cat "$work"/[123].out | wc -l)" $((3 * sheets))
is "each image is read once and a duplicate twice" "$(cat "$work"/[123].out | sed -n 's/.*"outcome": *"\([^"]*\)".*/\1/p' | sort | uniq -c | tr -s ' \n' ' ')" " $((2 * sheets)) duplicate $sheets read "

cp -a "$REPLI_SITE" "$work/scanned"
repli review export --by a >"$work/tasks.jsonl"
"$out/clerk" "$work/truth.json" <"$work/tasks.jsonl" >"$work/answers.jsonl" 2>/dev/null
together "the same answers by two people at once, while a merge runs" "$r review import $work/answers.jsonl --by a" "$r review import $work/answers.jsonl --by b" "$r merge --by c"
is "nothing is in the record from one key" "$(sql "$REPLI_SITE/record.db" 'SELECT (SELECT count(*) FROM observation WHERE from_paper = 1) + (SELECT count(*) FROM medication_administration WHERE from_paper = 1)')" 0
answer a; answer b; answer c; answer b; answer a
together "three merges at once" "$r merge --by a --json" "$r merge --by b --json" "$r merge --by c --json"
is "each value once" "$(sql "$REPLI_SITE/record.db" 'SELECT count(*) - count(DISTINCT target), count(*) > 0 FROM paper_entry WHERE field = capture')" "0|1"
merged=$(record_sum)
sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT json_object('sheet', sheet.sheet, 'field', entry.field, 'answer', entry.answer, 'value', entry.value, 'sure', json('true'))
    FROM entry JOIN sheet USING(serial)" | sort >"$work/all.jsonl"
must repli merge --by a
is "a later merge finds nothing to do" "$(record_sum)" "$merged"
id=$(sql "$REPLI_SITE/record.db" 'SELECT merge_id FROM merge ORDER BY merge_id LIMIT 1')
together "one merge undone by two people while another merge runs" "$r merge undo $id --by a || [ \$? -eq 4 ]" "$r merge undo $id --by b || [ \$? -eq 4 ]" "$r merge --by c"
is "it is undone once" "$(sql "$REPLI_SITE/record.db" 'SELECT count(*) FROM merge_undo')" 1
is "no intent is left open" "$(repli merge --by c >/dev/null 2>&1; sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM intent WHERE done_utc IS NULL')" 0

# ---- answers come in line by line while three people merge again and again
rm -rf "$REPLI_SITE"; cp -a "$work/scanned" "$REPLI_SITE"
cat >"$work/keying.sh" <<'KEYING'
split -l 12 "$1" "$2/part."
for part in "$2"/part.*; do for p in a b; do "$3" review import "$part" --by $p >"$2/keyed" 2>&1 || [ $? -eq 6 ] || { cat "$2/keyed" >&2; exit 1; }; done; done
touch "$2/keyed-all"
KEYING
cat >"$work/merging.sh" <<'MERGING'
while :; do
    last=; [ -f "$1/keyed-all" ] && last=yes
    "$2" merge --by "$3" >"$1/merged-$3" 2>&1 || [ $? -eq 6 ] || { cat "$1/merged-$3" >&2; exit 1; }
    [ -z "$last" ] || exit 0
done
MERGING
together "keying and three merging people at once" "sh $work/keying.sh $work/all.jsonl $work $r" "sh $work/merging.sh $work $r a" "sh $work/merging.sh $work $r b" "sh $work/merging.sh $work $r c"
is "all of it is merged, each value once, as by one person alone" "$(record_sum)" "$merged"
is "what the ledger says of it is what a merge that finds nothing says" \
    "$(sql "$REPLI_SITE/ledger.db" 'SELECT task_id, done FROM task; SELECT serial, state FROM sheet; SELECT serial, capture, kind FROM hold; SELECT count(*) FROM intent WHERE done_utc IS NULL' | sha256sum)" \
    "$(repli merge --by c >/dev/null 2>&1; sql "$REPLI_SITE/ledger.db" 'SELECT task_id, done FROM task; SELECT serial, state FROM sheet; SELECT serial, capture, kind FROM hold; SELECT count(*) FROM intent WHERE done_utc IS NULL' | sha256sum)"
