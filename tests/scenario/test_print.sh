#!/bin/sh
# Printing from the command line: a ward, all wards, one patient; layouts; refusals; what strangers see in the PDF.
repli=${REPLI_TEST_OUT:-out/release}/repli
t() { if [ "$2" = "$3" ]; then echo "ok - $1"; else echo "not ok - $1 (got '$2', expected '$3')"; fi; }
has() { case $2 in *"$3"*) echo "ok - $1" ;; *) echo "not ok - $1 (no '$3' in '$2')" ;; esac; }

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
export REPLI_SITE="$dir/site" REPLI_AT=2026-11-23T02:13
mkdir "$dir/in"
{
    for w in 3B 4A; do
        printf '{"resourceType":"Location","id":"%s","status":"active","name":"Unité %s","identifier":[{"system":"urn:w","value":"%s"}],"physicalType":{"coding":[{"code":"wa"}]}}\n' $w $w $w
    done
    n=1000
    for p in "3B 1958-03-14 Peeters Marie-Thérèse" "3B 1971-01-02 Ağaoğlu Şükrü" "3B 2020-05-05 Lefebvre Noé" "4A 1990-12-31 Nguyễn Ngọc"; do
        set -- $p; n=$((n + 1))
        printf '{"resourceType":"Patient","id":"p%s","identifier":[{"system":"urn:p","value":"%s"}],"name":[{"family":"%s","given":["%s"]}],"birthDate":"%s"}\n' $n $n "$3" "$4" "$2"
        printf '{"resourceType":"Encounter","id":"e%s","status":"in-progress","class":{"code":"IMP"},"identifier":[{"system":"urn:s","value":"S%s"}],"subject":{"reference":"Patient/p%s"},"period":{"start":"2026-11-20T10:00:00Z"},"location":[{"location":{"reference":"Location/%s"},"period":{"start":"2026-11-20T10:00:00Z"}}]}\n' $n $n $n "$1"
    done
} >"$dir/in/ward.ndjson"
$repli init --hospital "CHU des Essais" >/dev/null || echo "not ok - init"
$repli import "$dir/in" >/dev/null || echo "not ok - import"
t "without a snapshot nothing is printed" "$($repli print 3B >/dev/null 2>&1; echo $?)" 4
$repli snapshot >/dev/null || echo "not ok - snapshot"

# ---- one ward
out=$($repli print 3B --form obs); rc=$?
t "a ward with a child too young for the form: printed, exit 6" $rc 6
has "the child is named" "$out" "MIND: LEFEBVRE, Noé (1003)"
has "it says how many" "$out" "ward 3B: 2 patients, 4 pages on 2 sheets of paper"
has "it says how old the data are" "$out" "data of 2026-11-23 02:13, 0 min old"
has "it says how to print" "$out" "actual size"
pdf=$REPLI_SITE/packs/2026-11-23/3B-P0-1.pdf
t "the PDF is where it says" "$(test -s "$pdf" && echo there)" there
t "it is for its owner alone" "$(stat -c %a "$pdf")" 600
t "qpdf has no complaint" "$(qpdf --check "$pdf" >/dev/null 2>&1; echo $?)" 0
text=$(pdftotext -layout "$pdf" - 2>"$dir/said")
t "poppler has no complaint" "$(cat "$dir/said")" ""
has "the name is on it" "$text" "PEETERS, Marie-Thérèse"
has "the Turkish letters are on it" "$text" "AĞAOĞLU, Şükrü"
case $text in *Noé*) echo "not ok - the child is on paper" ;; *) echo "ok - the child is not on paper" ;; esac

# ---- codes of the pages, read by a stranger, are those of the layout
pdftoppm -r 200 -gray "$pdf" "$dir/page"
$repli layout "$pdf" --json >"$dir/layout.json"; t "layout of a PDF" $? 0
grep -o '"code":"[0-9]\{143\}"' "$dir/layout.json" | cut -d'"' -f4 | sort -u >"$dir/codes"
t "each page has a code of its own" "$(wc -l <"$dir/codes")" 4
if command -v zbarimg >/dev/null; then
    zbarimg -q --raw -Sdisable -Sqrcode.enable "$dir"/page-*.pgm 2>/dev/null | sort | uniq -c | awk '{ print $2, $1 }' >"$dir/read"
    t "zbarimg reads both codes of every page" "$(cat "$dir/read")" "$(sed 's/$/ 2/' "$dir/codes")"
else
    echo "skip - zbarimg is not installed"
fi

# ---- layouts
table=$($repli layout P0-1)
has "layout by pack id" "$table" "pack P0-1 (ready)"
t "a line a sheet" "$(echo "$table" | grep -c ' obs .* printed .*100[12]')" 4
t "the same JSON by id" "$($repli layout P0-1 --json | tail -n +2)" "$(tail -n +2 "$dir/layout.json")"
qpdf --linearize "$pdf" "$dir/changed.pdf"
t "a PDF saved anew is found by its pack id" "$($repli layout "$dir/changed.pdf" --json 2>/dev/null | tail -n +2)" "$(tail -n +2 "$dir/layout.json")"
has "and that is said" "$($repli layout "$dir/changed.pdf" 2>&1 >/dev/null)" "was changed after it was printed"
rm "$pdf"
t "the layout outlives its PDF" "$($repli layout P0-1 --json | tail -n +2)" "$(tail -n +2 "$dir/layout.json")"
echo hello >"$dir/other.pdf"
$repli layout "$dir/other.pdf" >/dev/null 2>&1; t "a foreign file is refused with 4" $? 4
$repli layout "$dir/none.pdf" >/dev/null 2>&1; t "a missing file is refused with 3" $? 3
$repli layout P0-99 >/dev/null 2>&1; t "an unknown pack is refused with 4" $? 4

# ---- all wards, one patient, another language, another place
json=$($repli print --all --form obs --reason again --json); t "all wards: exit 6, somebody is left out" $? 6
t "one object a PDF" "$(echo "$json" | grep -c '^{"pack":"P0-[23]"')" 2
has "JSON names who is left out" "$json" '"skipped":["LEFEBVRE, Noé (1003): no form'
has "JSON gives the instants" "$json" '"data_utc":1795396380,"printed_utc":1795396380'
$repli print --patient 1004 --reason again --lang nl -o "$dir/nl.pdf" >/dev/null; t "one patient, in Dutch" $? 0
has "it is in Dutch" "$(pdftotext -layout "$dir/nl.pdf" - 2>&1)" "gegevens"
t "its layout is found" "$($repli layout "$dir/nl.pdf" --json | grep -o '"lang":"nl"' | sort -u)" '"lang":"nl"'
t "no serial is printed twice" "$(for p in 1 2 3 4; do $repli layout P0-$p --json | grep -o '"sheet":"[^"]*"'; done | sort | uniq -d)" ""

# ---- refusals: with 2, by name, and nothing is written
packs=$(find "$REPLI_SITE/packs" -name '*.pdf' | sort)
refused() { has "refused: $1" "$($repli print $2 2>&1 >/dev/null; echo "exit $?")" "$3"; }
refused "an unknown ward" "9Z" "ward '9Z' is not in the snapshot (wards: 3B, 4A)"
refused "an unknown ward with exit 2" "9Z" "exit 2"
refused "nothing to print" "" "name one thing to print"
refused "two things to print" "3B --all" "name one thing to print"
refused "two wards" "3B 4A" "one ward at a time"
refused "an unknown patient" "--patient 77" "patient '77' is not in the house"
refused "an unknown form" "3B --form nope" "nope"
refused "an unknown language" "3B --lang xx" "xx"
refused "a window that is no number" "3B --window soon" "--window is a whole number of hours"
refused "-o with --all" "--all -o x.pdf" "-o names one file"
refused "a folder that is not there" "4A -o /nonexistent/x.pdf" "/nonexistent"
refused "a bed where nobody lies" "3B --resume 12" "nobody lies in bed '12'"
refused "a bed of no ward" "--all --resume 12" "--resume BED goes on with one ward"
refused "a printer that is no queue" "3B --reason again --printer a/b" "no name of a CUPS queue"
refused "the printer of a ward that has none" "3B --reason again --printer ward" "no \`printer:\` in site.yaml"
refused "no processes at all" "--all --jobs 0" "--jobs is a whole number"
refused "a pack and forms" "3B --pack now --form obs" "leave one of them out"
refused "a pack that is not there yet" "3B --pack weekend" "there is no pack 'weekend' in this version"
refused "the logs of a patient" "--patient 1001 --pack logs" "about a ward as a whole"
refused "the same once more, unasked" "3B --form obs" "exit 2"
refused "copies without a reason" "3B --copies 2" "what are copies for"
refused "ten copies" "3B --copies 10 --reason x" "2 to 9"
refused "what is new, and copies of it" "3B --changed --copies 2 --reason x" "--changed and --copies"
refused "the number of a pile that is none" "3B --form batchcover --count many" "--count is how many sheets"
t "no refusal left a file" "$(find "$REPLI_SITE/packs" -name '*.pdf' | sort)" "$packs"

# ---- another machine
sed -i 's/^\( *machine: *\).*/\1machine-00000000000000000000000000000000/' "$REPLI_SITE/site.yaml"
has "a copied station does not print" "$($repli print 4A 2>&1; echo "exit $?")" "exit 2"
has "and says the way out" "$($repli print 4A 2>&1)" "repli station renew"
