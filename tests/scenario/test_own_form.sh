#!/bin/sh
# A form and a language of the hospital's own, made by following templates/README.md to the letter, without C: printed, written on, scanned by
# what the paper says, reviewed and merged; a printed version is not edited without counting up; the pictures show what the steps make.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/steps.sh"
readme=$root/templates/README.md
for tool in pens clerk judge; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c; do must repli person add $p "Person $p" clerk; done
must repli snapshot
yes "the folders" steps "$readme" 0
yes "1. a label" steps "$readme" 1
yes "2. a form" steps "$readme" 2
is "it is listed, with its number" "$(repli form list --json | grep -c '"form":"skin","number":500,"version":1,')" 1

# ---- version 1 in French
must repli print 3B --form skin --lang fr -o "$work/fr.pdf"
pdftotext "$work/fr.pdf" - 2>/dev/null | grep -q 'score de Braden' && ok "version 1 is printed in French" || not_ok "version 1 is printed in French"
cp "$REPLI_SITE/templates/forms/skin.yaml" "$work/skin-1.yaml"
sed -i 's/tick: heel, label: heel/tick: heel, label: hip/' "$REPLI_SITE/templates/forms/skin.yaml"
code "an edit of the printed version is refused by form check" 4 repli form check skin --lang fr
grep -q "skin.yaml:4: version 1 was printed with another text (.*/forms/[0-9a-f]*.form), and paper of it may be in use: make .version. 2" "$work/said" &&
    ok "with its line and the way out" || not_ok "with its line and the way out" "$(cat "$work/said")"
code "and by print" 4 repli print 3B --form skin --lang fr
cp "$work/skin-1.yaml" "$REPLI_SITE/templates/forms/skin.yaml"
sed -i 's/"heel": "talon"/"heel": "talons"/' "$REPLI_SITE/templates/lang/fr.yaml"
code "so is another word under the printed version" 4 repli form check skin --lang fr
grep -q "skin.yaml:4: version 1 was printed with other translations" "$work/said" && ok "and said to be one" || not_ok "and said to be one" "$(cat "$work/said")"
sed -i 's/"heel": "talons"/"heel": "talon"/' "$REPLI_SITE/templates/lang/fr.yaml"
yes "put back, it is good again" repli form check skin --lang fr

# ---- version 2, and Italian
yes "3. a tick" steps "$readme" 3
yes "4. a language" steps "$readme" 4
repli form check skin --lang it >"$work/said"
is "every word of the form has its Italian" "$(grep -c 'skin.yaml:' "$work/said")" 0
grep -q '^skin it: no translation, English is printed: ".*": add it to templates/lang/it.yaml$' "$work/said" && ok "what is not translated is named" || not_ok "what is not translated is named" "$(head -n 3 "$work/said")"
sed -i 's/^wards: \[\]$/wards:\n  - id: 3B\n    language: it/' "$REPLI_SITE/site.yaml"
must repli print 3B --form skin -o "$work/pack.pdf"
pdftotext "$work/pack.pdf" - | grep -q 'indice di Braden' && ok "version 2 is printed in Italian, the ward's language" || not_ok "version 2 is printed in Italian"
repli layout "$work/pack.pdf" --json >"$work/layout.json"
is "every sheet says so" "$(grep -o '"form":"skin","version":2,"lang":"it"' "$work/layout.json" | wc -l)" "$(grep -o '"page":' "$work/layout.json" | wc -l)"

# ---- written on, scanned where the ledger burnt: the language is read from the page code
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --seed 4 --used 0.8 --render 200 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
cp -a "$REPLI_SITE" "$work/burnt"
rm "$work"/burnt/ledger.db*; rm -f "$work"/burnt/forms/*
REPLI_SITE=$work/burnt REPLI_AT=2026-11-24T09:00 repli scan "$work"/scans/scan-* --json >"$work/burnt.jsonl" 2>/dev/null
is "without ledger and kept forms the page code finds form and language" "$(grep -c '"outcome":"read","sheet":"[^"]*","form":"skin"' "$work/burnt.jsonl")" "$(grep -c '"fields":\[{' "$work/burnt.jsonl" | sed 's/^0$/some/')"
export REPLI_AT=2026-11-24T09:00
repli scan "$work"/scans/scan-* --json >"$work/readings.jsonl" 2>"$work/said"
"$out/judge" "$work/truth.json" "$work/readings.jsonl" 'wrong_sheet<=0' 'lines_missing<=0' 'read>=13' 'fields_missing<=0' 'silent<=0' >/dev/null 2>"$work/said" &&
    ok "read right" || not_ok "read right" "$(tr '\n' ' ' <"$work/said")"
yes "the first person answers" answer a
yes "the second person answers" answer b
answer c
repli merge --by c >"$work/said" 2>&1; rc=$?
case $rc in 0|6) ok "merge";; *) not_ok "merge" "exit $rc: $(tail -n 2 "$work/said")";; esac
merged_rows
"$out/judge" --merged "$work/truth.json" "$work/merged.json" 'right>=3' 'missing<=0' 'wrong_value<=0' 'wrong_time<=0' 'extra<=0' 'doubled<=0' >"$work/judged" 2>"$work/said" &&
    ok "what merged equals the truth ($(sed -n 's/^right *//p' "$work/judged") values)" || not_ok "what merged equals the truth" "$(tr '\n' ' ' <"$work/said" | cut -c1-600)"
is "as the code that the template gives" "$(sql "$REPLI_SITE/record.db" "SELECT DISTINCT code FROM observation WHERE from_paper = 1")" 38227-5

# ---- numbers
printf 'form: skin2\nnumber: 500\nversion: 1\ntitle: Skin check\nsubject: patient\ndatasets: [patient, stay]\nbody:\n  - title: Skin check\n' >"$REPLI_SITE/templates/forms/skin2.yaml"
code "a second form with the number is refused" 4 repli form check skin2 --lang en
grep -q 'skin2.yaml:2: number 500 is that of the form skin: give this one a number that no form ever had' "$work/said" && ok "with its line and the way out" || not_ok "with its line and the way out" "$(cat "$work/said")"
rm "$REPLI_SITE/templates/forms/skin.yaml"
code "also when the first one is gone: its paper is not" 4 repli form check skin2 --lang en
grep -q 'skin2.yaml:2: number 500 was printed as the form skin' "$work/said" && ok "and it is said why" || not_ok "and it is said why" "$(cat "$work/said")"
sed 's/^language: it/language: lb/' "$REPLI_SITE/templates/lang/it.yaml" >"$REPLI_SITE/templates/lang/lb.yaml"
code "two languages with one number are refused" 4 repli form check obs --lang lb
grep -q 'lb.yaml:2: number 100 is that of the language it' "$work/said" && ok "with its line" || not_ok "with its line" "$(cat "$work/said")"
sed -i 's/language: it/language: xx/' "$REPLI_SITE/site.yaml"
code "a ward's language that nobody made is refused" 4 repli wards
grep -q "site.yaml:[0-9]*: language 'xx' is none of fr, nl, de, en, and there is no templates/lang/xx.yaml" "$work/said" && ok "with its line" || not_ok "with its line" "$(cat "$work/said")"

# ---- the pictures of the README
REPLI_AT= sh "$root/tests/golden/pictures.sh"
