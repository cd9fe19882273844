#!/bin/sh
# The judge and the clerk themselves: a judge that lets a mistake pass would make every other test worthless.
. "$(dirname "$0")/lib.sh"
cat >"$work/truth.json" <<'T'
[{"file":"scan-0001.jpg","page":1,"sheet":"S1","form":"obs","mm_to_px":[10,0,0,0,10,0,0,0,1],"params":{"dpi":254,"mode":"gray"},"fields":[
 {"id":"t1","kind":"tick","state":"ticked","mark":"tick"},{"id":"t2","kind":"tick","state":"empty","mark":"none"},
 {"id":"c.rr","kind":"band","state":"ink","row":2,"value":"18","answer":"18","capture":true,"at_utc":1000},
 {"id":"c.at","kind":"digits","state":"ink","value":"0930","answer":"09:30","at_utc":1000},{"id":"c.p","kind":"digits","state":"empty"}]}]
T
line() { # line TICK ROW X: what a reader might say
    printf '{"file":"x/scan-0001.jpg","page":1,"outcome":"read","sheet":"S1","mm_to_px":[10,0,%s,0,10,0,0,0,1],"fields":[{"id":"t1","state":"%s"},{"id":"t2","state":"empty"},{"id":"c.rr","state":"ink","row":%s},{"id":"c.at","state":"ink"},{"id":"c.p","state":"empty"}]}\n' "$3" "$1" "$2"
}
all='read>=1 silent<=0 zones_wrong<=0 band_rows_wrong<=0 lines_missing<=0 lines_doubled<=0 registration_max_mm<=0.15 wrong_sheet<=0'
judge() { "$out/judge" "$work/truth.json" "$work/lines" $all; }
line ticked 2 1 >"$work/lines";                    code "a right reading passes" 0 judge
line empty 2 1 >"$work/lines";                     code "a tick that was missed is found" 1 judge
line doubtful 2 1 >"$work/lines";                  code "doubt is no mistake" 0 judge
line ticked 1 1 >"$work/lines";                    code "a wrong row is found" 1 judge
line ticked 2 2 >"$work/lines";                    code "a page placed 0.2 mm beside is found" 1 judge
: >"$work/lines";                                  code "a missing line is found" 1 judge
{ line ticked 2 1; line ticked 2 1; } >"$work/lines"; code "a doubled line is found" 1 judge
line ticked 2 1 | sed 's/"sheet":"S1"/"sheet":"S2"/' >"$work/lines"; code "a wrong sheet is found" 1 judge
code "a limit on nothing is refused" 2 "$out/judge" "$work/truth.json" "$work/lines" 'no_such<=1'

merged() { echo "$1" >"$work/rows"; "$out/judge" --merged "$work/truth.json" "$work/rows" 'right>=1' 'extra<=0' 'missing<=0' 'wrong_value<=0' 'wrong_time<=0' 'doubled<=0'; }
good='{"sheet":"S1","field":"c.rr","value":"18","effective_utc":1000}'
code "a right merge passes" 0 merged "[$good]"
code "a wrong value in the record is found" 1 merged '[{"sheet":"S1","field":"c.rr","value":"81","effective_utc":1000}]'
code "a wrong time in the record is found" 1 merged '[{"sheet":"S1","field":"c.rr","value":"18","effective_utc":1060}]'
code "a value that was not merged is found" 1 merged '[]'
code "a doubled value is found" 1 merged "[$good,$good]"
code "a value that nobody wrote is found" 1 merged "[$good,{\"sheet\":\"S9\",\"field\":\"c.rr\",\"value\":\"18\",\"effective_utc\":1000}]"

for f in t1 t2 c.rr c.at c.p; do printf '{"task":"%s","sheet":"S1","field":"%s","need":"key1","range_soft":[0,15],"range_hard":[0,80]}\n' $f $f; done >"$work/tasks"
"$out/clerk" "$work/truth.json" <"$work/tasks" >"$work/answers" 2>/dev/null
is "the clerk keys what is written" "$(tr -d ' "{}' <"$work/answers" | tr '\n' ';')" \
    "task:t1,answer:value,value:ticked;task:t2,answer:blank;task:c.rr,answer:value,value:18,sure:true;task:c.at,answer:value,value:09:30,sure:true;task:c.p,answer:blank;"
"$out/clerk" "$work/truth.json" --error 1 <"$work/tasks" >"$work/wrong" 2>/dev/null
same=$(sort "$work/answers" "$work/wrong" | uniq -d | wc -l)
is "a clerk who always errs gives no right answer" "$same" 0
"$out/clerk" "$work/truth.json" --error 1 <"$work/tasks" 2>/dev/null | cmp -s - "$work/wrong" && ok "equal seeds, equal slips" || not_ok "equal seeds, equal slips"
