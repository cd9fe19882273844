#!/bin/sh
# The station with curl: signing in, printing a pack, keying fields, what is left when it is killed.
. "$(dirname "$0")/lib.sh"
for tool in curl sqlite3; do command -v $tool >/dev/null || { echo "skip - $tool is not installed"; exit 0; }; done
export REPLI_AT=2026-11-23T01:00
phrase="quatre mots de passe"
must repli demo --beds 14
for p in an:clerk luc:clerk koen:nurse claire:coordinator; do must repli person add "${p%%:*}" "<i>${p%%:*}" "${p##*:}"; echo "$phrase" | repli person passphrase "${p%%:*}" >/dev/null; done
code "a short passphrase is refused" 2 sh -c "echo court | '$out/repli' person passphrase an"
code "nobody has none" 2 sh -c "echo '$phrase' | '$out/repli' person passphrase nobody"
db="$REPLI_SITE/ledger.db"
q() { sql -cmd ".timeout 10000" "$db" "$1"; } # the station may be at it
is "it is kept as Argon2id" "$(q "SELECT count(*) FROM passphrase WHERE hash LIKE '\$argon2id\$v=19\$m=262144%'")" 4
cheap_phrases koen # the others
must repli snapshot
export REPLI_AT=2026-11-23T04:00
code "only this computer" 2 repli serve --listen 0.0.0.0:8080

serve() { # starts the station; its address is $at
    : >"$work/address"
    "$out/repli" serve --listen 127.0.0.1:0 >"$work/address" 2>"$work/serve.err" & station=$!
    trap 'kill $station 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
    for i in $(seq 100); do [ -s "$work/address" ] && break; sleep 0.1; done
    at=$(sed 's|/$||' "$work/address")
}
page() { curl -s -b "$work/$1" -c "$work/$1" -o "$work/page" -w '%{http_code}' "$at$2"; }                  # page JAR PATH
post() { jar=$1; path=$2; shift 2; curl -s -b "$work/$jar" -c "$work/$jar" -o "$work/page" -w '%{http_code}' -H "Origin: $at" "$@" -d "token=$(token $jar)" "$at$path"; }
token() { curl -s -b "$work/$1" -c "$work/$1" "$at/ledger" -L | sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' | head -n 1; }
sign_in() { post "$1" /signin -d "person=$1" --data-urlencode "passphrase=$phrase"; }
names() { q "SELECT DISTINCT patient_name FROM sheet WHERE patient_name IS NOT NULL" >"$work/names"; grep -cFf "$work/names" "$work/page"; }
serve
is "the first page" "$(page koen /)" 200
is "a wrong passphrase" "$(post koen /signin -d person=koen -d passphrase=wrong-wrong-wrong)" 403
is "the right one" "$(sign_in koen)" 303
is "both are in the audit" "$(q "SELECT group_concat(outcome) FROM (SELECT outcome FROM audit WHERE event='sign-in' AND object='koen' ORDER BY seq)")" "refused,signed in"

# printing
is "the print page" "$(page koen /print)" 200
grep -q '13 patients' "$work/page" && grep -q '&lt;i&gt;koen' "$work/page" && ok "census, and a name that is only text" || not_ok "census, and a name that is only text"
is "a pack is asked for" "$(post koen /print -d ward=3B -d pack=)" 303
for i in $(seq 300); do page koen '/print/job?id=1&json=1' >/dev/null; grep -q '"running":false' "$work/page" && break; sleep 0.2; done
pack=$(sed -n 's/.*"pack_id":"\([^"]*\)".*/\1/p' "$work/page")
is "it is in the ledger under the nurse's name" "$(q "SELECT person || ' ' || outcome FROM audit WHERE event='print' AND object='$pack'")" "koen ready"
done_of=$(sed -n 's/.*"done":\([0-9]*\).*/\1/p' "$work/page"); total=$(sed -n 's/.*"total":\([0-9]*\).*/\1/p' "$work/page")
is "progress came to its end" "$done_of" "$total"
is "its PDF" "$(page koen "/pack/$pack.pdf")" 200
is "is the very file" "$(sha256sum <"$work/page" | cut -c1-64)" "$(q "SELECT lower(hex(sha256)) FROM pack WHERE pack_id='$pack'")"
is "who looked is in the audit" "$(q "SELECT person FROM audit WHERE event='view' AND object='$pack'")" koen
is "nobody sees it without signing in" "$(curl -s -o /dev/null -w '%{http_code}' "$at/pack/$pack.pdf")" 303
is "a ward that is not there" "$(post koen /print -d ward=9Z -d pack=)" 400
is "an empty bed" "$(post koen /print -d ward=3B -d pack=patient -d bed=999)" 400
is "a nurse does not review" "$(page koen /review)" 403
is "the ledger shows who is missing" "$(page koen '/ledger?ward=3B')" 200
[ "$(names)" -gt 0 ] && ok "by name" || not_ok "by name"
is "and says so in the audit" "$(q "SELECT count(*) FROM audit WHERE event='view' AND object='ward 3B' AND person='koen'")" 1
is "a ward with paper out does not close" "$(post koen /ledger/close -d ward=3B)" 409

# hostile names stay text wherever they come from
evil='<script>alert(1)</script>"'
post claire / >/dev/null; page claire / >/dev/null; sign_in claire >/dev/null
is "an outage of a ward with a hostile name" "$(post claire /outage/open -d kind=drill --data-urlencode "ward=$evil")" 303
page claire /outage >/dev/null
is "is shown as text" "$(grep -c '&lt;script&gt;alert(1)&lt;/script&gt;&quot;' "$work/page") $(grep -c '<script>alert' "$work/page")" "1 0"
is "and ended" "$(post claire /outage/close -d "id=$(q "SELECT outage_id FROM outage WHERE drill=1")")" 303
sqlite3 -cmd ".timeout 10000" "$db" "UPDATE sheet SET patient_name='<img src=x onerror=alert(1)>' WHERE serial=(SELECT min(serial) FROM sheet WHERE patient_name IS NOT NULL)"
page koen '/ledger?ward=3B' >/dev/null
is "a patient's hostile name is text" "$(grep -c '&lt;img src=x onerror=alert(1)&gt;' "$work/page") $(grep -c '<img src=x' "$work/page")" "1 0"
page koen '/print?ward=%3Cscript%3E&printer=%22%3E%3Cscript%3E' >/dev/null
is "and so is what an address says" "$(grep -c '<script>' "$work/page")" 0

# outage
is "an outage is opened" "$(post koen /outage/open -d kind=outage)" 303
is "and stands in the ledger" "$(q "SELECT opened_by FROM outage WHERE drill=0")" koen
id=$(q "SELECT outage_id FROM outage WHERE drill=0")
is "a nurse does not end it" "$(post koen /outage/close -d "id=$id")" 403

# paper comes back
is "the same again is not printed unasked" "$(post koen /print -d ward=3B -d pack=)" 303
for i in $(seq 300); do page koen '/print/job?id=2&json=1' >/dev/null; grep -q '"running":false' "$work/page" && break; sleep 0.2; done
grep -q '"failed":true' "$work/page" && grep -q 'reason' "$work/page" && ok "and the page says why" || not_ok "and the page says why" "$(cat "$work/page")"
must repli print 3B --form obs --reason test -o "$work/obs.pdf"
repli layout "$work/obs.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/obs.pdf" "$work/layout.json" "$work/scans" --severity none --seed 5 --used 0.2 --render 200
export REPLI_AT=2026-11-24T09:00
kill $station; wait $station; is "it ends when told" "$?" 0
must repli scan "$work"/scans/scan-*
serve
page an / >/dev/null
is "a clerk signs in" "$(sign_in an)" 303
is "and is shown what waits" "$(page an /review) $(page an /review/queues)" "303 200"
is "which gives them nothing" "$(q "SELECT count(*) FROM lease")" 0
is "what is asked for is given" "$(post an /review/take)" 303
is "and they see the next field" "$(page an /review)" 200
is "without anybody's name" "$(names)" 0
task_of() { sed -n 's/.*"task":"\([^"]*\)".*/\1/p'; }
post an /review/next >/dev/null
first=$(sed 's/},{/\n/g' "$work/page" | head -n 1)
task=$(echo "$first" | task_of); sheet=${task%%/*}; field=$(echo "$task" | cut -d/ -f2)
is "its picture" "$(page an "/crop/$sheet/$field.png")" 200
is "is a picture" "$(head -c 4 "$work/page" | tail -c 3)" PNG
is "the whole side is a view in the audit" "$(page an "/crop/$sheet/@sheet.png") $(q "SELECT count(*) FROM audit WHERE event='view' AND object='$sheet' AND person='an'")" "200 1"
is "no way out of the folder" "$(page an "/crop/$sheet/..%2f..%2fsite.yaml.png")" 404
is "an answer" "$(post an /review/entry -d "task=$task" -d flag=illegible)" 303
is "is stored" "$(q "SELECT person || ' ' || answer FROM entry")" "an illegible"
kill -KILL $station; wait $station 2>/dev/null
is "and stays when the station is killed" "$(q "SELECT person || ' ' || answer FROM entry")" "an illegible"
serve
is "who was signed in is not any more" "$(page an /review)" 303
is "and signs in again" "$(sign_in an)" 303
# a number outside its usual range is asked again, and taken when it is keyed again
number=$(repli review export --by an | grep '"unit":"mmHg"\|"range_soft":\[' | grep '"kind":"digits"\|"kind":"write"\|"kind":"band"' | head -n 1)
task=$(echo "$number" | task_of); high=$(echo "$number" | sed -n 's/.*"range_soft":\[[^,]*,\([0-9.]*\)\].*/\1/p'); high=${high%%.*}
odd=$((high + 1))
is "an odd value is asked again" "$(post an /review/entry -H 'Accept: application/json' -d "task=$task" -d "value=$odd" -d flag=) $(sed -n 's/.*"outcome":"\([a-z]*\)".*/\1/p' "$work/page")" "200 refused"
is "nothing is stored yet" "$(q "SELECT count(*) FROM entry")" 1
is "another value is asked again, too" "$(post an /review/entry -H 'Accept: application/json' -d "task=$task" -d "value=$((odd + 1))" -d "asked=$odd" -d flag=) $(sed -n 's/.*"outcome":"\([a-z]*\)".*/\1/p' "$work/page")" "200 refused"
is "the same one counts" "$(post an /review/entry -H 'Accept: application/json' -d "task=$task" -d "value=$odd" -d "asked=$odd" -d flag=) $(sed -n 's/.*"outcome":"\([a-z]*\)".*/\1/p' "$work/page")" "200 stored"
is "and is stored" "$(q "SELECT count(*) FROM entry WHERE value='$odd'")" 1
is "signing out" "$(post an /signout)" 303
is "is out" "$(page an /review)" 303
is "another language" "$(curl -s -b "$work/luc" -c "$work/luc" -o /dev/null "$at/"; post luc /look -d lang=nl -d back=/)" 303
page luc / >/dev/null; grep -q 'Wachtzin' "$work/page" && ok "is spoken" || not_ok "is spoken"

# the desk, without a script: everything by forms
is "the coordinator signs in" "$(sign_in claire)" 303
for p in /ledger '/ledger?ward=3B' /batches /images /identity /conflicts /merge '/merge?ward=3B' /merges /report /people /audit '/audit?person=an&event=key'; do
    is "$p" "$(page claire "$p")" 200
done
is "a nurse sees no audit" "$(post koen /signin -d person=koen --data-urlencode "passphrase=$phrase") $(page koen /audit)" "303 403"
sheet=$(q "SELECT sheet FROM sheet WHERE state='printed' AND has_fields=1 ORDER BY serial LIMIT 1"); other=$(q "SELECT sheet FROM sheet WHERE state='printed' AND has_fields=1 ORDER BY serial LIMIT 1 OFFSET 1")
is "checked in by number" "$(post koen /ledger/receive -d "code=$sheet" -d ward=3B) $(q "SELECT person FROM received")" "303 koen"
is "a lost sheet needs a reason" "$(post koen /ledger/settle -d "sheet=$other" -d as=lost)" 409
is "with one it is lost" "$(post koen /ledger/settle -d "sheet=$other" -d as=lost --data-urlencode "reason=<b>fell behind the bed") $(q "SELECT state || ' ' || state_by FROM sheet WHERE sheet='$other'")" "303 lost koen"
is "no sheet, no word" "$(post koen /ledger/settle -d "sheet=--help" -d as=void -d reason=x)" 409
is "a reason is only text" "$(page claire "/audit?object=$other") $(grep -c '&lt;b&gt;fell' "$work/page") $(grep -c '<b>fell' "$work/page")" "200 1 0"
is "merging needs a passphrase" "$(post claire /merge/sign -d patient=1 -d ward=3B -d shown=$(printf %064d 0) -d read=1)" 403
is "and what was read" "$(post claire /merge/sign -d patient=1 -d ward=3B -d shown=$(printf %064d 0) -d read=1 --data-urlencode "passphrase=$phrase")" 409
is "nothing was merged" "$(sql -cmd '.timeout 10000' "$REPLI_SITE/record.db" 'SELECT count(*) FROM merge')" 0
is "undoing needs a reason" "$(post claire /merge/undo -d merge=M0-1)" 400
is "and a merge" "$(post claire /merge/undo -d merge=M0-1 -d reason=x)" 409
is "the report's PDF" "$(page claire /report.pdf) $(head -c 4 "$work/page")" "200 %PDF"
is "leaves none behind" "$(ls "$REPLI_SITE"/packs/report-* 2>/dev/null | wc -l)" 0
is "somebody new" "$(post claire /people/change -d act=add -d id=nele -d role=nurse --data-urlencode 'name=Nele <i>Maes') $(q "SELECT role FROM person WHERE person_id='nele'")" "303 nurse"
is "a short passphrase is refused" "$(post claire /people/change -d act=passphrase -d id=nele -d passphrase=short)" 409
is "a long one is set" "$(post claire /people/change -d act=passphrase -d id=nele --data-urlencode "passphrase=$phrase") $(sign_in nele)" "303 303"
is "under the coordinator's name" "$(q "SELECT person FROM audit WHERE event='person' AND object='nele' AND outcome='passphrase set'")" claire
is "another role ends the session" "$(post claire /people/change -d act=role -d id=nele -d role=clerk) $(page nele /print) $(q "SELECT role FROM person WHERE person_id='nele'")" "303 303 clerk"
is "who may not act does not sign in" "$(post claire /people/change -d act=disable -d id=nele) $(sign_in nele)" "303 403"
is "nobody ends themselves" "$(post claire /people/change -d act=disable -d id=claire)" 409
is "nor does the last coordinator change" "$(post claire /people/change -d act=role -d id=claire -d role=nurse) $(q "SELECT role FROM person WHERE person_id='claire'")" "409 coordinator"
is "the chain is checked" "$(post claire /audit/verify)" 303
for i in $(seq 100); do page claire /audit >/dev/null; grep -q 'class="note ok"' "$work/page" && break; sleep 0.2; done
grep -q 'class="note ok"' "$work/page" && ok "and is whole" || not_ok "and is whole"
yes "the audit is whole" repli audit verify
kill $station; wait $station; is "it ends when told, again" "$?" 0

# a house that wants no emergency access has none: neither the form nor its address
sed -i 's/^emergency_access: true$/emergency_access: false/' "$REPLI_SITE/site.yaml"
serve
is "the first page without it" "$(page eva /) $(grep -c 'breakglass\|<kbd>F2' "$work/page")" "200 0"
is "its address is closed" "$(post eva /breakglass -d name=Jan -d function=nurse --data-urlencode 'reason=the printer is dead') $(page eva /print)" "403 303"
kill $station; wait $station; is "it ends when told, at last" "$?" 0
