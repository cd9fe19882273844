#!/bin/sh
# The report of an outage: a small one from printing to merging, whose figures are counted here by hand and by SQL of its own.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
for tool in sqlite3 pdftoppm pdftotext; do command -v $tool >/dev/null || { echo "skip - $tool is not installed"; exit 0; }; done
db="$REPLI_SITE/ledger.db"
q() { sql "$db" "$1"; }
# figure KEYS...: a value of the report as JSON (objects by key, lists by number or by `length`)
figure() { python3 -c 'import json,sys
v=json.load(open(sys.argv[1]))
for k in sys.argv[2:]:
    v=len(v) if k=="length" else v[int(k)] if isinstance(v,list) else v[k]
print(json.dumps(v,ensure_ascii=False))' "$work/report.json" "$@"; }

export REPLI_AT=2026-11-23T02:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
code "without -o and without --json there is nothing to do" 2 repli report
repli report --json >"$work/report.json"
is "a site without paper has a report of nothing" "$(figure sheets) $(figure outage) $(figure review per_hour)" "0 null 0.0"
yes "and a PDF of it" repli report -o "$work/none.pdf"

# ---- a drill, and paper of a day before: none of it is of the outage
must repli outage open --drill --ward 3B --by a
must repli print 3B --form obs
must repli outage close --by a
must repli print 3B --form fluid
must repli print 3B --pack admission --count 1 -o "$work/adm.pdf"
repli layout "$work/adm.pdf" --json >"$work/adm.json"
must "$out/pens" "$work/adm.pdf" "$work/adm.json" "$work/adm" --pages 1-2 --seed 4 --render 300
drill=$(q "SELECT count(*) FROM sheet WHERE has_fields=1 AND flags & 8")
before=$(q "SELECT count(*) FROM sheet WHERE has_fields=1 AND flags & 8 = 0")

# ---- the outage: from 04:00 of the second day to 16:00
export REPLI_AT=2026-11-25T02:00
must repli snapshot
export REPLI_AT=2026-11-25T04:10
must repli outage open --from 2026-11-25T04:00 --by a
export REPLI_AT=2026-11-25T04:30
must repli print 3B --form obs -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-6 --seed 11 --used 0.3 --render 300 --jobs 2
python3 -c 'import json,sys
print(json.dumps(json.load(open(sys.argv[1]))+json.load(open(sys.argv[2]))))' "$work/scans/truth.json" "$work/adm/truth.json" >"$work/truth.json"
printed=$(q "SELECT count(*) FROM sheet s JOIN pack p USING(pack_id) WHERE has_fields=1 AND p.printed_utc=strftime('%s','2026-11-25 03:30')")
export REPLI_AT=2026-11-25T16:05
must repli outage close --until 2026-11-25T16:00 --by b
nth() { q "SELECT sheet FROM sheet s JOIN pack p USING(pack_id) WHERE has_fields=1 AND s.state='printed' AND p.printed_utc=strftime('%s','2026-11-25 03:30') ORDER BY page DESC LIMIT 1 OFFSET $1"; }
lost=$(nth 0); void=$(nth 1); desk=$(nth 2)
must repli ledger lost "$lost" --reason "not on the ward" --by a
must repli ledger void "$void" --reason coffee --by b
echo "$desk" | repli wedge --by a >/dev/null
export REPLI_AT=2026-11-25T18:00
must repli scan "$work"/scans/scan-*
must repli scan "$work"/adm/scan-*
newcomer=$(q "SELECT count(*) FROM sheet s WHERE s.subject_kind=4 AND s.has_fields=1 AND EXISTS(SELECT 1 FROM scan c WHERE c.serial=s.serial AND c.outcome='read')")
[ "$newcomer" -gt 0 ] && ok "a newcomer's sheets, printed two days before, come back" || not_ok "a newcomer's sheets, printed two days before, come back"
echo "no image at all" >"$work/junk.png"
must repli scan "$work/junk.png"
scanned=$(ls "$work"/scans/scan-* | wc -l)
export REPLI_AT=2026-11-25T19:30
repli report --json >"$work/report.json"
open=$(q "SELECT count(DISTINCT serial || field) FROM task WHERE done=0")
is "nobody has keyed: no pace, no end" "$(figure review open) $(figure review per_hour) $(figure review end_utc)" "$open 0.0 null"
yes "a keys" answer a
yes "b keys, with slips" answer b --error 0.05
yes "c settles" answer c
answer b; answer a
repli merge --by c >"$work/said" 2>&1
must repli person add d "Person d" verifier
repli review audit-sample --n 8 --by d >"$work/sample.jsonl"
"$out/clerk" "$work/truth.json" --error 0.8 <"$work/sample.jsonl" >"$work/again.jsonl" 2>/dev/null
must repli review import "$work/again.jsonl" --by d
merge=$(sql "$REPLI_SITE/record.db" "SELECT merge_id FROM merge ORDER BY merged_utc, rowid LIMIT 1")
export REPLI_AT=2026-11-25T20:00
must repli merge undo "$merge" --by c --reason "wrong bed"

# ---- what the report says
repli report --json >"$work/report.json"
is "it is about the latest outage" "$(figure outage) $(figure drill)" '"O0-2" false'
is "its hours" "$(figure from_utc) $(figure until_utc)" "1795575600 1795618800"
is "its sheets: one pack and the newcomer's, neither the drill nor the day before" "$(figure sheets)" $((printed + newcomer))
[ "$drill" -gt 0 ] && [ "$before" -gt 0 ] && [ "$printed" -gt "$scanned" ] && ok "there is other paper" || not_ok "there is other paper" "$drill $before $printed"
state() { q "SELECT count(*) FROM sheet s JOIN pack p USING(pack_id) WHERE has_fields=1 AND s.state='$1' AND p.printed_utc=strftime('%s','2026-11-25 03:30')"; }
is "one ward" "$(figure wards length) $(figure wards 0 ward)" '1 "3B"'
new() { q "SELECT count(*) FROM sheet s WHERE s.subject_kind=4 AND s.has_fields=1 AND s.state='$1' AND EXISTS(SELECT 1 FROM scan c WHERE c.serial=s.serial AND c.outcome='read')"; }
for s in printed scanned read reviewed merged lost void blank; do is "sheets $s" "$(figure wards 0 $s)" $(($(state $s) + $(new $s))); done
is "one lost, one void, as was said" "$(figure wards 0 lost) $(figure wards 0 void)" "1 1"
is "what is missing: all that was not scanned or void" "$(figure missing length)" $((printed - scanned - 1))
missing() { python3 -c 'import json,sys
print([json.dumps(m[sys.argv[3]]) for m in json.load(open(sys.argv[1]))["missing"] if m["sheet"]==sys.argv[2]][0])' "$work/report.json" "$1" "$2"; }
is "the lost one with its reason, and whose word it is" "$(missing "$lost" reason) $(missing "$lost" by)" '"not on the ward" "a"'
is "one that lies at the desk says so" "$(missing "$desk" received) $(missing "$desk" state)" 'true "printed"'
is "patients whose paper came back" "$(figure patients length)" "$(q "SELECT count(DISTINCT s.patient) FROM sheet s WHERE (EXISTS(SELECT 1 FROM scan c WHERE c.serial=s.serial) OR s.sheet='$desk') AND s.has_fields=1 AND s.patient IS NOT NULL")"
is "fields that two people key" "$(figure tiers 1 fields)" "$(q "SELECT count(*) FROM (SELECT min(tier) AS t FROM task GROUP BY serial, field) WHERE t=1")"
is "first and second keys" "$(figure tiers 1 key1) $(figure tiers 1 key2) $(figure tiers 1 settle)" "$(q "SELECT sum(need='key1') || ' ' || sum(need='key2') || ' ' || sum(need='settle') FROM entry e WHERE (SELECT min(tier) FROM task t WHERE t.serial=e.serial AND t.field=e.field)=1")"
differ=$(q "SELECT count(*) FROM entry x, entry y WHERE x.serial=y.serial AND x.field=y.field AND x.revision=y.revision AND x.need='key1' AND y.need='key2' AND (x.answer<>y.answer OR coalesce(x.value,'')<>coalesce(y.value,''))")
is "slips" "$(($(figure tiers 1 differed) + $(figure tiers 2 differed) + $(figure tiers other differed)))" "$differ"
[ "$differ" -gt 0 ] && ok "there were some ($differ)" || not_ok "there were some"
is "what people settled" "$(figure errors settled) $(figure errors illegible)" "$(q "SELECT count(*) || ' ' || sum(answer='illegible') FROM settled WHERE by1 IS NOT NULL")"
repli review audit-sample --json >"$work/sample.json"
sample() { python3 -c 'import json,sys
v=json.load(open(sys.argv[1])); print(v["answered"], v.get("differs", v.get("wrong")), v["rate"], *["%.5f" % x for x in v["interval"]])' "$1"; }
figure sample >"$work/share.json"
is "what a fourth person read again, and how sure that share is" "$(sample "$work/share.json")" "$(sample "$work/sample.json")"
[ "$(figure sample answered)" -gt 3 ] && [ "$(figure sample wrong)" -gt 0 ] && ok "some of it otherwise" || not_ok "some of it otherwise" "$(cat "$work/share.json")"
is "images: those sheets, and one that is none" "$(figure images read images) $(figure images unreadable images) $(figure images unreadable waiting)" "$((scanned + newcomer)) 1 1"
is "merges that stand, and the one taken back" "$(figure merges stand) $(figure merges undone)" "$(sql "$REPLI_SITE/record.db" "SELECT count(*)-1 FROM merge") 1"
is "rows of the record that they stand for" "$(figure merges entries)" "$(sql "$REPLI_SITE/record.db" "SELECT count(DISTINCT m.serial || p.target) FROM paper_entry p JOIN merge m USING(merge_id) WHERE p.effect<>'note' AND merge_id<>'$merge'")"
is "the undone capture waits" "$(figure conflicts undone open)" "$(q "SELECT count(*) FROM hold WHERE kind='undone'")"
sums() { python3 -c 'import json,sys
p=json.load(open(sys.argv[1]))["plots"]["hours"]
print(*[sum(p[k]) for k in ("printed","scanned","merged")], p["step_h"], p["start_utc"], p["scanned"].index(max(p["scanned"])))' "$work/report.json"; }
is "hours: from the newcomer's pack to the merge" "$(sums)" "$((printed + newcomer)) $((scanned + newcomer)) $(figure merges stand) 1 1795395600 64"
ages() { python3 -c 'import json,sys
p=json.load(open(sys.argv[1]))["plots"]["ages"]
print(p["out"], sum(p["work"]))' "$work/report.json"; }
out_now=$(state printed)
is "what is out is twelve to 24 hours old; one is at the desk" "$(ages)" "[0, 0, $((out_now - 1)), 0, 0, 0] $(($(state read) + $(state reviewed) + 1 + $(new read) + $(new reviewed)))"
events() { python3 -c 'import json,sys
print(*[e["event"] for e in json.load(open(sys.argv[1]))["timeline"]])' "$work/report.json"; }
is "the timeline in its order" "$(events)" "printed began opened ended closed received scanned keyed merged undone"

# ---- the pace: everything was keyed in one hour, which lasted thirty minutes when it was asked
export REPLI_AT=2026-11-25T19:59:59
REPLI_AT=2026-11-25T20:30 repli status --json >"$work/report.json"
done_fields=$(q "SELECT count(*) FROM settled WHERE by1 IS NOT NULL")
is "fields an hour of work" "$(figure review per_hour) $(figure review hours)" "$done_fields.0 1"
REPLI_AT=2026-11-25T20:30 repli status | grep -q "^pace  *$done_fields fields an hour in the last 1 hour of work" && ok "status says it" || not_ok "status says it" "$(repli status | grep pace)"

# ---- a later outage takes nothing from this one, and gets what comes back after it began
cp "$work/report.json" "$work/status.json"
export REPLI_AT=2026-11-25T20:31
repli report --json >"$work/before.json"
must repli outage open --from 2026-11-25T20:30 --by a
echo "no image either" >"$work/junk2.png"
must repli scan "$work/junk2.png"
repli report --outage O0-2 --json >"$work/after.json"
same() { python3 -c 'import json,sys
v=json.load(open(sys.argv[1])); v.pop("audit"); print(json.dumps(v,sort_keys=True))' "$1"; }
is "the first one's figures stay" "$(same "$work/after.json")" "$(same "$work/before.json")"
repli report --json >"$work/report.json"
is "the second one has its image" "$(figure outage) $(figure images unreadable images)" '"O0-3" 1'
must repli outage close --by a

# ---- as paper, in each language; nobody's name or value is on it
export REPLI_AT=2026-11-25T20:40
for l in fr nl de en; do
    yes "a PDF in $l" repli report --outage O0-2 --lang $l -o "$work/report-$l.pdf"
    pdftotext -layout "$work/report-$l.pdf" "$work/report-$l.txt"
    grep -q "$lost" "$work/report-$l.txt" && grep -q "not on the ward" "$work/report-$l.txt" && ok "it names the lost sheet and why" || not_ok "it names the lost sheet and why"
done
grep -q "Rapport de panne" "$work/report-fr.txt" && grep -q "Storingsrapport" "$work/report-nl.txt" && ok "in its words" || not_ok "in its words"
head=$(grep -o '0-[0-9]*-[0-9A-Z]\{6\}' "$work/report-fr.txt" | head -n 1)
yes "the head on it lies in the chain" repli audit verify --head "$head"
sql "$REPLI_SITE/record.db" "SELECT DISTINCT family FROM patient WHERE length(family)>5" | while read -r name; do grep -qi "$name" "$work/report-fr.txt" && echo "$name"; done >"$work/names"
is "no patient's name" "$(cat "$work/names")" ""
is "every report is in the audit" "$(q "SELECT count(*) FROM audit WHERE event='report'")" 11
is "the one of the outage by its number" "$(q "SELECT DISTINCT object || ' ' || outcome FROM audit WHERE event='report' AND outcome='written' AND object<>'all paper'")" "O0-2 written"
repli report --lang fr -o "$work/again.pdf" >/dev/null
code "an outage that never was" 2 repli report --outage O0-9 -o "$work/x.pdf"
code "a language that nobody has" 4 repli report --lang xx -o "$work/x.pdf"
code "a place that is none" 3 repli report -o "$work/none/x.pdf"
repli report --outage O0-1 --json >"$work/report.json"
is "the drill has a report of its own paper" "$(figure sheets) $(figure drill)" "$drill true"
