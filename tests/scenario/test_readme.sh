#!/bin/sh
# The README is true: the commands of its first week and of the day itself run as they stand there, from top to bottom, on an invented ward (only the
# folders under /var, /mnt and /usr/local are put elsewhere); it names every command, and no command that does not exist.
. "$(dirname "$0")/lib.sh"
readme=$root/README.md
for tool in export pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done

# ---- commands that it names
repli --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' >"$work/commands"
for c in $(cat "$work/commands"); do
    grep -qE "repli $c\b" "$readme" && ok "README says what repli $c is for" || not_ok "README says what repli $c is for" "it is not mentioned"
done
{ grep -oE '`repli [a-z]+' "$readme" | sed 's/.* //'; sed -n '/^```/,/^```/s/^repli \([a-z]*\).*/\1/p' "$readme"; } | sort -u >"$work/named"
is "README names no command that does not exist" "$(grep -vxF -f "$work/commands" "$work/named" | tr '\n' ' ')" ""
for f in $(grep -oE '`(tests|templates|forms)/[A-Za-z_./]*`' "$readme" | tr -d '`'); do
    [ -e "$root/$f" ] && ok "README speaks of $f, which is there" || not_ok "README speaks of $f, which is there"
done
for t in $(grep -oE '`make [a-z]+' "$readme" | sed 's/.* //' | sort -u); do
    grep -qE "^([a-z-]+ )*$t:" "$root/Makefile" && ok "make $t exists" || not_ok "make $t exists"
done

# ---- the first week
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
mkdir "$work/bin" "$work/mnt" "$work/mnt/export" "$work/desk"
ln -s "$out/repli" "$work/bin/repli"; PATH="$work/bin:$PATH"; unset -f repli
"$out/export" 2026-11-23T01:00 14 >"$work/mnt/export/ward.ndjson" || not_ok "an export to import"
sed -n '/^## A real first week/,/^## How it is safe/p' "$readme" | sed -n '/^```/,/^```/p' | grep -E '^repli |^\*/15' |
    sed -E "s/  +# .*//; s|^\*/15 \* \* \* \* +||; s|/var/lib/repli|$work/site|g; s|/mnt/|$work/mnt/|g; s|/usr/local/bin/||g" >"$work/week"
[ "$(grep -c . "$work/week")" -ge 20 ] && ok "the first week has its commands" || not_ok "the first week has its commands" "$(grep -c . "$work/week")"

# What happens between the commands: the ward writes, the pile is scanned, people look at crops.
before() {
    case $1 in
    "repli init "*) REPLI_AT=2026-11-23T01:00 ;;
    "repli print "*) REPLI_AT=2026-11-23T04:00 ;;
    "repli scan "*)
        REPLI_AT=2026-11-24T09:00
        set -- "$REPLI_SITE"/packs/*/*.pdf
        repli layout "$1" --json >"$work/layout.json"
        obs=$(sed -n 's/.*"page":\([0-9]*\),.*"form":"obs".*/\1/p' "$work/layout.json" | head -n 1) # observations are what the examples show
        "$out/pens" "$1" "$work/layout.json" "$work/written" --severity none \
            --seed 5 --pages "$obs-$((obs + 5))" --render 300 >/dev/null 2>"$work/said" || not_ok "the ward writes" "$(tail -n 1 "$work/said")"
        mkdir "$work/mnt/scanner" && mv "$work"/written/scan-* "$work/mnt/scanner/"
        ;;
    "repli ledger import "*) "$work/mnt/stick/repli" --site "$work/mnt/stick" ledger export -o "$work/mnt/stick/paper.ledger" >"$work/said" 2>&1 || not_ok "the stick's paper as a file" "$(cat "$work/said")" ;;
    "repli review import "*) "$out/clerk" "$work/written/truth.json" <tasks.jsonl >answers.jsonl 2>"$work/said" || not_ok "somebody keys the crops" ;;
    esac
    export REPLI_AT
}
# Sheets and packs that are only examples become ones of this ward that nobody has written on; the pile is counted.
missing() { repli ledger --missing "$@" --json | sed -n 's/.*"sheet":"\([^"]*\)".*/\1/p'; }
of_this_run() {
    echo "$1" | sed "s/K7QD-M3XA-[0-9A-Z]/$(missing | sed -n 1p)/; s/K7QD-M3XB-[0-9A-Z]/$(missing | sed -n 2p)/; s/P0-17/P0-1/; s/--count [0-9]*/--count $(missing --pack P0-1 | wc -l)/"
}
REPLI_AT=2026-11-23T01:00; cd "$work/desk" || exit 1
while IFS= read -r line <&3; do
    # What only trouble makes possible (a refused snapshot, a conflict) has scenarios of its own; here its usage must know it.
    case $line in "repli snapshot accept "*|"repli review decide "*|"repli identity "[pcu]*|"repli review assign "*)
        words=$(echo "$line" | cut -d' ' -f1-3)
        repli "$(echo "$line" | cut -d' ' -f2)" --help | grep -q "$words" && ok "$words, in its help" || not_ok "$words, in its help"
        continue ;;
    esac
    case $line in *K7QD-M3X*|*P0-17*) line=$(of_this_run "$line") ;; esac
    before "$line"
    sh -c "$line" >"$work/said" 2>&1; rc=$?
    shown=$(printf '%s' "$line" | sed "s|$work/||g" | cut -c1-100)
    case $rc$line in 0*|"6repli import"*|"6repli print"*|"6repli scan"*|"6repli review import"*|"6repli merge"*) fine=1 ;; *) fine=0 ;; esac
    if [ $fine = 1 ]; then ok "$shown"; else not_ok "$shown" "exit $rc: $(tail -n 2 "$work/said" | tr '\n' ' ')"; fi
    case $line in "repli merge --by "*) merged=$(from_paper) ;; esac
done 3<"$work/week"
is "the same data in the same second is one snapshot" "$(find "$work/site/snapshots" -name '*.snapshot' | wc -l)" 1
grep -q '14 patients\|13 patients' "$work/site/timer.log" && ok "the timer's line went as far as the snapshot" || not_ok "the timer's line went as far as the snapshot" "$(tail -n 2 "$work/site/timer.log")"
[ -s obs.pdf ] && ok "a form to look at" || not_ok "a form to look at"
[ "${merged:-0}" -gt 0 ] && ok "what was written reached the record ($merged values)" || not_ok "what was written reached the record"
[ "$(from_paper)" -lt "${merged:-0}" ] && ok "and one sheet of it was taken out again" || not_ok "and one sheet of it was taken out again"

# ---- the contracts of tests/README.md: the examples have the keys that the program prints, all of them and no others
keys() { sed 's/"kinds":{[^}]*}/"kinds":{}/' "$1" | grep -oE '"[a-z0-9_]+":' | sort -u | tr -d '":' | tr '\n' ' '; }
contract() {
    sed -n "/^### $1\$/,/^##/p" "$root/tests/README.md" | sed -n '/^```/,/^```/p' >"$work/example"
    is "tests/README.md: keys of $1" "$(keys "$2")" "$(keys "$work/example")"
}
export REPLI_AT=2026-11-24T12:00
echo "Dear colleagues" >"$work/letter.txt"
repli scan "$work"/mnt/scanner/scan-0001.* "$work/letter.txt" --json >"$work/said" 2>&1
repli scan "$work"/mnt/scanner/scan-0002.* --json >>"$work/said" 2>&1
cat "$work/said" >"$work/lines"; sql "$REPLI_SITE/ledger.db" "SELECT result FROM scan WHERE outcome='read' LIMIT 2" >>"$work/lines"
contract "repli scan" "$work/lines"
grep -v '"form":"\(census\|mar\)"' "$work/layout.json" >"$work/lines"
contract "repli layout" "$work/lines"
contract "repli review export" tasks.jsonl
printf '%s\n' '{"sheet":"0000-0001-D","field":"page.void","answer":"value","value":"perhaps","sure":true}' \
    '{"sheet":"0000-0001-D","fields":["page.void"],"answer":"blank"}' >answers.jsonl
{ sed 's/"sheet":"[^"]*",*//; s/"field":"[^"]*",*//; s/{/{"task":"x",/' answers.jsonl; cat answers.jsonl; repli review import answers.jsonl --by luc.maes --json; } >"$work/lines"
contract "repli review import" "$work/lines"
# another system sends a dose that paper has brought already
sqlite3 "$REPLI_SITE/record.db" "CREATE TEMP TABLE again AS SELECT * FROM medication_administration WHERE from_paper=1 AND status='completed' LIMIT 1;
    UPDATE again SET administration_id='again', from_paper=0, due_utc=NULL; INSERT INTO medication_administration SELECT * FROM again"
repli merge --by luc.maes --json >"$work/lines"; contract "repli merge" "$work/lines"
repli wards --json >"$work/lines"; contract "repli wards" "$work/lines"
repli ledger --json >"$work/lines"; contract "repli ledger" "$work/lines"
repli status --json >"$work/lines"; contract "repli status" "$work/lines"
