#!/bin/sh
# Packs: the same paper from any number of processes; a process that dies costs its ward alone; what a ward's pack holds; from one bed on.
. "$(dirname "$0")/lib.sh"
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 300
must repli snapshot
cp -a "$REPLI_SITE" "$work/origin"
fresh() { rm -rf "$REPLI_SITE"; cp -a "$work/origin" "$REPLI_SITE"; }
said() { (cd "$REPLI_SITE/packs" && find . -name '*.pdf' | LC_ALL=C sort | xargs sha256sum); sql "$REPLI_SITE/ledger.db" "SELECT pack_id, state, path, hex(sha256) FROM pack ORDER BY pack_id; SELECT serial, state, pack_id, page, patient, hex(mac), hex(page_map) FROM sheet ORDER BY serial"; }

# ---- the same paper, however many print it (each time from a copy: a copied site goes on with serials further on)
fresh
repli print --all --jobs 1 --json >"$work/one.jsonl" 2>"$work/one.err"; rc=$?
wards=$(wc -l <"$work/one.jsonl")
yes "there are wards to share out" [ "$wards" -ge 4 ]
is "every ward has its pack" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*), min(state) FROM pack")" "$wards|ready"
said >"$work/one"
for jobs in 2 3 8; do
    fresh
    repli print --all --reason again --jobs $jobs --json >"$work/many.jsonl" 2>"$work/many.err"
    is "$jobs processes end as one does" $? $rc
    said >"$work/many"
    yes "$jobs processes: the same PDFs and the same ledger" cmp "$work/one" "$work/many"
    yes "$jobs processes: the same reports in the same order" cmp "$work/one.jsonl" "$work/many.jsonl"
    yes "$jobs processes: the same errors in the same order" cmp "$work/one.err" "$work/many.err"
done

# ---- a ward without anybody old enough is no failure while others have paper; alone it is one
is "a chart for children leaves nobody out" "$rc" 0
code "without it they are, by name" 6 repli print --all --form obs --reason again
young=$(sed -n 's/^repli: print: ward \([^:]*\): nothing to print: .*/\1/p' "$work/said" | head -n 1)
if [ -n "$young" ]; then code "the ward of the too young alone: nothing to print" 4 repli print "$young" --form obs; else echo "skip - nobody is too young for every form in this house"; fi

# ---- a process dies
for try in 1 2 3 4 5; do
    fresh
    "$out/repli" print --all --jobs 2 >"$work/out" 2>"$work/err" &
    pid=$!
    victim=; while [ -z "$victim" ] && kill -0 $pid 2>/dev/null; do victim=$(pgrep -P $pid | tail -n 1); done
    kill -9 $victim 2>/dev/null
    wait $pid; rc=$?
    ! grep -q 'came to its end' "$work/err" || break
done
lost=$(sed -n 's/^repli: print: ward \([^:]*\): the process that printed it came to its end.*/\1/p' "$work/err")
if [ -z "$lost" ]; then echo "skip - the process was done before it could be killed"; else
    is "its ward is named, once" "$(echo "$lost" | wc -w)" 1
    is "that is an internal error" $rc 1
    is "every other ward has its paper" "$(grep -c '^P0-' "$work/out")" $((wards - 1))
    is "no pack is left half done" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM pack WHERE state='writing'")" 0
    code "the ward can be printed again" 0 sh -c '"$1" print "$2" --reason again || [ $? -eq 6 ]' sh "$out/repli" "$lost"
    is "no serial was issued twice" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) - count(DISTINCT sheet) FROM sheet")" 0
fi

# ---- every patient starts on the front of a leaf, whatever is in the pack, and no leaf carries two
ward=3B
fresh
must repli print $ward --reason again --json
pack=$(sql "$REPLI_SITE/ledger.db" "SELECT pack_id FROM pack")
is "forms start on the front" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet WHERE side=1 AND page%2=0")" 0
is "a leaf is of one patient and one form" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet a JOIN sheet b ON b.page=a.page+1 AND a.page%2=1 WHERE a.patient IS NOT b.patient OR a.form_id<>b.form_id")" 0
is "packs end with the back of a leaf" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*)%2 FROM sheet")" 0
is "what is about the ward comes first, then patient by patient" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM (SELECT patient, max(page)-min(page)+1-count(*) AS gaps FROM sheet GROUP BY patient) WHERE gaps<>0")" 0
is "within a patient: first what is given, then what is measured" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet a JOIN sheet b USING(patient) WHERE a.form_id='mar' AND b.form_id='obs' AND a.page>b.page")" 0

# ---- from a bed on
bed=$(sql "$REPLI_SITE"/snapshots/*.snapshot "SELECT bed FROM stay JOIN patient USING(patient_id) WHERE ward='$ward' ORDER BY ord LIMIT 1 OFFSET 3")
all=$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT patient FROM sheet WHERE patient IS NOT NULL AND patient IN (SELECT patient FROM sheet) ORDER BY page")
must repli print $ward --reason again --resume "$bed"
want=$(sql "$REPLI_SITE"/snapshots/*.snapshot "SELECT identifier FROM stay JOIN patient p USING(patient_id) WHERE ward='$ward' AND ord >= (SELECT ord FROM patient JOIN stay USING(patient_id) WHERE ward='$ward' AND bed='$bed')")
want=$(for p in $want; do case " $(echo $all) " in *" $p "*) echo "$p" ;; esac; done)
is "from a bed on: that patient and those after" "$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT patient FROM sheet WHERE pack_id<>'$pack' ORDER BY page")" "$want"
is "and nothing about the whole ward again" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet WHERE pack_id<>'$pack' AND patient IS NULL")" 0

# ---- a ward's own pack
sed -i "s/^wards:\$/&\n  - id: \"$ward\"\n    pack: [obs]/" "$REPLI_SITE/site.yaml"
must repli print $ward --reason again --json
is "a ward's own pack" "$(sql "$REPLI_SITE/ledger.db" "SELECT what FROM pack ORDER BY length(pack_id) DESC, pack_id DESC LIMIT 1")" obs
sed -i 's/pack: \[obs\]/pack: [obs, nonsense]/' "$REPLI_SITE/site.yaml"
is "with a form that there is not: said by name" "$(repli print $ward 2>&1 | grep -c "no form 'nonsense'")" 1
sed -i 's/pack: \[obs, nonsense\]/pack: obs/' "$REPLI_SITE/site.yaml"
is "that is no list: said with its line" "$(repli print $ward 2>&1 | grep -c "site.yaml:[0-9]*.*'pack' must be a list")" 1
