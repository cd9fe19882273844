#!/bin/sh
# NEWS2: a total that the values do not add up to is told and merges as it is written; scale 2 of SpO2 where it is prescribed.
. "$(dirname "$0")/lib.sh"
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }
# key SHEET FIELD VALUE: opened again, and keyed by two people.
key() {
    repli review reopen "$1" "$2" --by a >"$work/said" 2>&1
    for who in a b; do
        printf '{"sheet":"%s","field":"%s","answer":"%s","value":"%s","sure":true}\n' "$1" "$2" "${4:-value}" "$3" | sed 's/,"value":""//' >"$work/answer"
        repli review import "$work/answer" --by $who >"$work/said" 2>&1
    done
}
# column SHEET N TIME RR SPO2 O2 SBP PULSE ACVPU TEMP TOTAL
column() {
    s=$1 c=col$2
    key "$s" $c.day 23; key "$s" $c.at "$3"; key "$s" $c.rr "$4"; key "$s" $c.spo2 "$5"; key "$s" $c.o2 "$6"; key "$s" $c.sbp "$7"
    key "$s" $c.pulse "$8"; key "$s" $c.acvpu "$9"; shift 9; key "$s" $c.temp "$1"; key "$s" $c.news "$2"
}

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli person add a "Person a" clerk
must repli person add b "Person b" verifier
must repli outage open --from 2026-11-23T04:00 --by a
grown='SELECT patient_id FROM patient WHERE birth_date < "1990" ORDER BY patient_id'
one=$(sql "$REPLI_SITE/record.db" "$grown LIMIT 1") two=$(sql "$REPLI_SITE/record.db" "$grown LIMIT 1 OFFSET 1")
printf '{"resourceType":"Flag","id":"s2","status":"active","code":{"coding":[{"system":"urn:repli:flag","code":"spo2-scale-2","display":"SpO2 88-92 %%"}]},"subject":{"reference":"Patient/%s"}}\n' "$one" >"$work/flag.ndjson"
must repli import "$work/flag.ndjson"
must repli snapshot
must repli print 3B --form obs -o "$work/obs.pdf"
sheet() { ledger "SELECT sheet FROM sheet WHERE side=1 AND patient_id='$1'"; }
page() { ledger "SELECT page FROM sheet WHERE side=1 AND patient_id='$1'"; }
text() { pdftotext -layout -f "$(page "$1")" -l "$(page "$1")" "$work/obs.pdf" -; }
case $(text "$one") in *"échelle 2, prescrite"*"97 O2"*"93 air"*) ok "scale 2 is printed for whom it is prescribed" ;; *) not_ok "scale 2 is printed for whom it is prescribed" ;; esac
case $(text "$two") in *"97 O2"*) not_ok "and for nobody else" ;; *"94–95"*) ok "and for nobody else" ;; *) not_ok "and for nobody else" ;; esac
for p in "$one" "$two"; do pdftoppm -r 300 -gray -png -f "$(page "$p")" -l "$(page "$p")" "$work/obs.pdf" "$work/p-$p"; done
must repli scan "$work"/p-*.png
for p in "$one" "$two"; do key "$(sheet "$p")" page.correction "" blank; key "$(sheet "$p")" page.void "" blank; done

# 18 (0) 95 (1) air (0) 120 (0) 95 (1) A (0) 37.0 (0): 2; written 2, then 3
column "$(sheet "$two")" 1 09:00 18 95 A 120 95 A 37,0 2
column "$(sheet "$two")" 2 13:00 18 95 A 120 95 A 37,0 3
# scale 2: 26/90/O2/100(2)/112(2)/C(3)/39.2(2): 3+0+2+2+2+3+2 = 14
column "$(sheet "$one")" 1 09:00 26 90 O 100 112 C 39,2 14
column "$(sheet "$one")" 2 13:00 26 85 O 100 112 C 39,2 14
# 95 is a number of two rows (2 on oxygen, 0 on air), and nobody saw in which one it was written: nothing can be said
column "$(sheet "$one")" 3 15:00 18 95 A 120 80 A 37,0 9
export REPLI_AT=2026-11-24T09:00
must repli outage close --until 2026-11-23T20:00 --by a
repli merge --dry-run --by b --json >"$work/merge.json" 2>"$work/said"
remarks() { sed -n "s/.*\"sheet\": *\"$1\".*\"notes\": *\\[\\(.*\\)\\].*/\\1/p" "$work/merge.json"; }
case $(remarks "$(sheet "$two")") in *col1*) not_ok "a total that is right is not told" ;; *"col2.news"*"3 is written, the values beside it add up to 2"*) ok "a wrong total is told, a right one is not" ;; *) not_ok "a wrong total is told, a right one is not" "$(cat "$work/merge.json" | head -c 600)" ;; esac
case $(remarks "$(sheet "$one")") in *col1* | *col3*) not_ok "by scale 2, where the row is known" "$(remarks "$(sheet "$one")")" ;; *"col2.news"*"14 is written, the values beside it add up to 16"*) ok "by scale 2, where the row is known" ;; *) not_ok "by scale 2, where the row is known" "$(remarks "$(sheet "$one")")" ;; esac
repli merge --by b >"$work/merge.txt" 2>&1
grep -q "note col2.news" "$work/merge.txt" && ok "people are told, too" || not_ok "people are told, too" "$(tail -n 3 "$work/merge.txt")"
is "and what the nurse wrote is in the record" "$(sql "$REPLI_SITE/record.db" "SELECT group_concat(value) FROM (SELECT value FROM observation WHERE from_paper=1 AND code='news2' AND patient_id='$two' ORDER BY effective_utc)")" "2,3"
