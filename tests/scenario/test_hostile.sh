#!/bin/sh
# Names that are code somewhere: SQL, HTML, CSV, PDF, shell, printf, bidirectional tricks, emoji, 64 KB.  Through import,
# snapshot, print, layout, scan, review, merge and reports they are data: nothing crashes, nothing runs, and what is not
# shown as it is on paper is named.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk judge; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
export REPLI_AT=2026-11-23T02:00 REPLI_ALLOW_FS=1
cd "$work" || exit 1 # where a file would appear if something ran
tab=$(printf '\t')
# As JSON, and as it must lie in the record ("=": the same bytes; else printf's escapes).
cat >names <<'N'
Robert'); DROP TABLE patient;--	=
x' OR '1'='1	=
<script>alert(1)</script>	=
<img src=x onerror=alert(1)>&amp;	=
=cmd|' /C calc'!A0	=
@SUM(1+1)*cmd	=
+1-1	=
) Tj ET Q (	=
((((	=
end\\051 \\\\ back	end\\051 \\\\ back
endstream endobj %PDF-1.4 %%EOF	=
$(touch pwned) `touch pwned`	=
;touch pwned;|touch pwned&	=
%s%n%x%99999d	=
../../../etc/passwd	=
--help	=
-rf /	=
a,b;c\"d	a,b;c"d
null	=
\u202Eevil\u202C	\0357\0277\0275evil\0357\0277\0275
A\u200BB\u2066C\uFEFF	A\0342\0200\0213B\0357\0277\0275C\0357\0273\0277
line\nbreak\rand\ttab	line break and tab
e\u0301\u0301\u0301\u0301\u0301\u0301	\0303\0251\0314\0201\0314\0201\0314\0201\0314\0201\0314\0201
\ud83d\ude00\ud83d\udc68	\0360\0237\0230\0200\0360\0237\0221\0250
\u05e9\u05dc\u05d5\u05dd	\0327\0251\0327\0234\0327\0225\0327\0235
\u6f22\u5b57	\0346\0274\0242\0345\0255\0227
\ufffd\uffff	\0357\0277\0275\0357\0277\0277
N
n=0
{
    printf '{"resourceType":"Location","id":"w","status":"active","name":"<b>Ward</b> %%s","physicalType":{"coding":[{"code":"wa"}]},"identifier":[{"system":"urn:w","value":"H\\u0027;--"}]}\n'
    while IFS="$tab" read -r json want; do
        n=$((n + 1))
        printf '{"resourceType":"Patient","id":"p%d","identifier":[{"use":"usual","type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0203","code":"MR"}]},"system":"urn:oid:1.2.3","value":"N%d"}],"name":[{"family":"%s","given":["%s"]}],"birthDate":"1950-01-01"}\n' $n $n "$json" "$json"
        printf '{"resourceType":"Encounter","id":"e%d","status":"in-progress","class":{"code":"IMP"},"identifier":[{"system":"urn:s","value":"S%d"}],"subject":{"reference":"Patient/p%d"},"period":{"start":"2026-11-20T10:00:00Z"},"reasonCode":[{"text":"%s"}],"location":[{"location":{"reference":"Location/w"},"period":{"start":"2026-11-20T10:00:00Z"}}]}\n' $n $n $n "$json"
        printf '{"resourceType":"AllergyIntolerance","id":"a%d","clinicalStatus":{"coding":[{"code":"active"}]},"code":{"text":"%s"},"patient":{"reference":"Patient/p%d"},"reaction":[{"manifestation":[{"text":"%s"}]}]}\n' $n "$json" $n "$json"
        printf '{"resourceType":"MedicationRequest","id":"m%d","status":"active","intent":"order","medicationCodeableConcept":{"text":"%s"},"subject":{"reference":"Patient/p%d"},"authoredOn":"2026-11-22T10:00:00Z","dosageInstruction":[{"text":"%s","timing":{"repeat":{"frequency":2,"period":1,"periodUnit":"d"}},"route":{"text":"%s"},"doseAndRate":[{"doseQuantity":{"value":1,"unit":"%s"}}]}]}\n' $n "$json" $n "$json" "$json" "g"
    done <names
} | sed 's/\\\\\\\\/\\\\\\\\/g' >in.ndjson
count=$(wc -l <names)
long=$(head -c 65536 /dev/zero | tr '\0' A)
{
    printf '{"resourceType":"Patient","id":"nul","name":[{"family":"a\\u0000b"}]}\n'
    printf '{"resourceType":"Patient","id":"long","identifier":[{"system":"urn:oid:1.2.3","value":"NL"}],"name":[{"family":"%s","given":["%s"]}],"birthDate":"1950-01-01"}\n' "$long" "$long"
    printf '{"resourceType":"Encounter","id":"elong","status":"in-progress","class":{"code":"IMP"},"identifier":[{"system":"urn:s","value":"SL"}],"subject":{"reference":"Patient/long"},"period":{"start":"2026-11-20T10:00:00Z"},"location":[{"location":{"reference":"Location/w"},"period":{"start":"2026-11-20T10:00:00Z"}}]}\n'
    printf '{"resourceType":"MedicationRequest","id":"mlong","status":"active","intent":"order","medicationCodeableConcept":{"text":"%s"},"subject":{"reference":"Patient/p1"},"authoredOn":"2026-11-22T10:00:00Z"}\n' "$long"
} >>in.ndjson

must repli init --hospital "St \"A\" & <B>'; --"
for p in a b c; do must repli person add $p "Person $p <i>'" clerk; done
code "what cannot be taken is refused, the rest is in" 6 repli import in.ndjson
repli import --refusals >refusals; sed 's/A\{100,\}/A.../g' refusals | head -n 5 | sed 's/^/# /'
is "a NUL is refused by name" "$(grep -c 'in.ndjson:[0-9]*.*\(NUL\|not JSON\)' refusals)" 1
bad=0; i=0
while IFS="$tab" read -r json want; do
    i=$((i + 1)); if [ "$want" = "=" ]; then want=$json; else want=$(printf '%b' "$want"); fi
    for column in family given; do
        got=$(sql "$REPLI_SITE/record.db" "SELECT $column FROM patient WHERE patient_id='p$i'")
        [ "$got" = "$want" ] || { bad=$((bad + 1)); echo "# p$i $column: '$got', expected '$want'"; }
    done
done <names
is "$count names lie in the record byte by byte" $bad 0
yes "a snapshot" repli snapshot
snap=$(ls "$REPLI_SITE/snapshots"/*.snapshot)
is "which says the same names" "$(sql "$snap" "SELECT patient_id, family, given FROM patient WHERE patient_id<>'long' ORDER BY 1" | sha256sum)" "$(sql "$REPLI_SITE/record.db" "SELECT patient_id, family, given FROM patient WHERE patient_id<>'long' ORDER BY 1" | sha256sum)"
repli wards --json >wards.json; ward=$(sqlite3 :memory: "SELECT json_extract(CAST(readfile('wards.json') AS TEXT),'$.ward')")
is "wards says the ward's name as it is" "$(sqlite3 :memory: "SELECT json_extract(CAST(readfile('wards.json') AS TEXT),'$.name')")" "<b>Ward</b> %s"
repli print "$ward" --form obs -o pack.pdf >said 2>&1; rc=$?
case $rc in 0 | 6) ok "the ward is printed" ;; *) not_ok "the ward is printed" "$rc $(tail -n 2 said | cut -c1-300)" ;; esac
sed 's/A\{100,\}/A.../g' said | cut -c1-200 | head -n 8 | sed 's/^/# /'
is "a name of 64 KB is left out by name, told on a line" "$(grep 'MIND: A.*(NL): no form' said | awk '{ print (length($0) < 1200) }')" 1
pages=$(pdfinfo pack.pdf 2>/dev/null | sed -n 's/^Pages: *//p'); is "on pages that a reader opens" "$([ "${pages:-0}" -ge "$count" ] && echo yes)" yes
pdftotext -layout pack.pdf pack.txt 2>/dev/null
for text in "ROBERT'); DROP TABLE PATIENT;--" '<SCRIPT>ALERT(1)</SCRIPT>' ') TJ ET Q (' '%S%N%X'; do grep -qF -- "$text" pack.txt; is "paper shows $text" $? 0; done
qpdf --check pack.pdf >said 2>&1; is "the PDF is sound" $? 0
all_json() { bad=0; while IFS= read -r l; do printf '%s' "$l" >one.json; [ "$(sqlite3 :memory: "SELECT json_valid(CAST(readfile('one.json') AS TEXT))")" = 1 ] || bad=$((bad + 1)); done <"$1"; echo $bad; }
repli layout pack.pdf --json >layout.json; is "layout is JSON" "$(sqlite3 :memory: "SELECT json_valid(CAST(readfile('layout.json') AS TEXT))")" 1
must "$out/pens" pack.pdf layout.json scans --pages 1-12 --seed 9 --used 0.4 --render 200 --jobs 2
mv scans/truth.json truth.json; mv scans "sc'an;\$(touch pwned)"
for f in sc*/scan-*; do mv "$f" "${f%/*}/$(printf 'x\n<y>%s' "${f##*/}")"; done
repli scan sc* --json >readings.jsonl
is "every sheet is read" "$(grep -c '"outcome":"read"' readings.jsonl)" "$(ls -d sc*/* | grep -c scan)"
is "each a line of JSON" "$(all_json readings.jsonl)" 0
i=0; while [ $i -lt 6 ]; do i=$((i + 1)); answer a; answer b; done
repli review export --by c >tasks.jsonl; is "review export is JSON" "$(all_json tasks.jsonl)" 0
repli merge --by c --json >merged.jsonl; is "values are merged" "$([ "$(from_paper)" -gt 5 ] && echo yes)" yes
is "merge says it in JSON" "$(all_json merged.jsonl)" 0
repli ledger --json >ledger.jsonl; is "ledger is JSON" "$(all_json ledger.jsonl)" 0
repli status --json >status.json; is "status is JSON" "$(all_json status.json)" 0
repli status >said 2>&1; is "status for people" $? 0
repli ledger >said; repli review list >said
merged_rows; is "nothing went to another patient" "$(sql "$REPLI_SITE/record.db" "SELECT count(*) FROM observation o JOIN paper_entry e ON e.target='observation/'||o.observation_id JOIN merge m USING(merge_id) WHERE o.from_paper AND o.patient_id NOT LIKE 'p%'")" 0
yes "a backup of it" repli backup "$work/backups"
yes "a ward's copy of it" repli snapshot push "$work/stick" --ward "$ward"
REPLI_ALLOW_FS=1 "$work/stick/repli" --site "$work/stick" station renew >/dev/null
"$work/stick/print.sh" >said 2>&1; rc=$?; case $rc in 0 | 6) ok "which prints" ;; *) not_ok "which prints" "$rc $(tail -n 2 said | cut -c1-300)" ;; esac
yes "and its paper's file" "$work/stick/repli" --site "$work/stick" ledger export -o "$work/paper"
yes "is taken" repli ledger import "$work/paper"
is "every table is still there" "$(sql "$REPLI_SITE/record.db" "SELECT count(*)>=$count FROM patient")" 1
is "nothing was run" "$(find "$work" -name pwned)" ""
