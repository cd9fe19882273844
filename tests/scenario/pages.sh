#!/bin/bash
# What strangers see on our pages: renderers, PDF checkers, text extractors and decoders that are not ours.  Forms are those of `repli form list`.
#
#   pages.sh pixels LANG...        every field's box is printed within 0.1 mm of where the layout says (pdftoppm, 300 dpi)
#   pages.sh files LANG...         qpdf and mutool have nothing to say, and pdftotext gives the names back
#   pages.sh codes PAGES LANG...   zbarimg reads the page code at 200 dpi: so many pages of each form
#   pages.sh texts BEDS            no two texts lie on each other: every ward's shift of an invented hospital
#   pages.sh hard LANG...          the same for long names, thirty allergies and sixty orders, and for no data at all
#   pages.sh wards                 files and texts of the real wards in REPLI_SHARED, where they are
. "$(dirname "$0")/lib.sh"
release_only "strangers look at the pages of the release program"
for tool in boxes texts; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
export REPLI_AT=2026-11-23T04:00
what=$1; shift

house() { must repli demo --beds "$1"; must repli snapshot; }
forms() { repli form list --json | sed 's/.*"form":"\([^"]*\)".*/\1/'; }
# pack FORM LANG: a ward's sheets of it as $work/FORM-LANG.pdf and .json; false where nobody gets one
pack() {
    repli form show "$1" >"$work/form.yaml"
    case $(sed -n 's/^subject: *//p' "$work/form.yaml") in
    site) set -- "$1" "$2" --form "$1" ;;
    downtime) set -- "$1" "$2" "$ward" --pack admission ;;
    blank) return 1 ;; # many sheets of all forms; test_identity.sh reads them
    *) set -- "$1" "$2" "$ward" --form "$1" ;;
    esac
    repli print --lang "$2" -o "$work/$1-$2.pdf" --reason "one more language" "${@:3}" >"$work/said" 2>&1; rc=$?
    [ -e "$work/$1-$2.pdf" ] || { [ $rc -eq 6 ] || grep -q 'nothing to print: .* it is for people of' "$work/said" && return 1; not_ok "$1 $2 is printed" "$(tail -n 1 "$work/said")"; return 1; }
    repli layout "$work/$1-$2.pdf" --json >"$work/$1-$2.json"
}
each() { # DO LANG...: calls DO NAME for each form's pack in these languages
    to=$1; shift
    for form in $(forms); do for lang in "$@"; do pack "$form" "$lang" && $to "$form-$lang"; done; done
}
pixels() { said=$("$out/boxes" "$work/$1.pdf" "$work/$1.json" 2>&1) && echo "$said" >>"$work/figures" || not_ok "the boxes of $1" "$(echo "$said" | head -n 3 | tr '\n' ' ')"; n=$((n + 1)); }
# quiet PDF: nothing to say about it
quiet() {
    said=$(qpdf --check "$1" 2>&1); rc=$?
    [ $rc -eq 0 ] && ! echo "$said" | grep -qi warning || { wrong=$((wrong + 1)); not_ok "qpdf about $(basename "$1")" "$(echo "$said" | tail -n 2)"; }
    command -v mutool >/dev/null || return 0
    said=$(mutool info "$1" 2>&1 >/dev/null; mutool draw -q -F trace -o /dev/null "$1" 2>&1)
    said=$(echo "$said" | grep -v '^warning: ICC support is not available$') # it speaks of itself
    [ -z "$said" ] || { wrong=$((wrong + 1)); not_ok "mutool about $(basename "$1")" "$(echo "$said" | head -n 2)"; }
}
files() {
    quiet "$work/$1.pdf"; n=$((n + 1))
    said=$(pdftotext -layout "$work/$1.pdf" "$work/$1.txt" 2>&1); [ -z "$said" ] || not_ok "pdftotext about $1" "$said"
    # the band's first text is the name, or the ward's
    grep -o '"printed_mm":\[\[[^"]*"[^"]*"' "$work/$1.json" | sed 's/.*"\(.*\)"/\1/' | sort -u >"$work/names"
    while read -r name; do grep -qF "$name" "$work/$1.txt" || not_ok "pdftotext gives a name of $1 back" "$name"; names=$((names + 1)); done <"$work/names"
}
codes() {
    grep -q '^paper: labels' "$work/form.yaml" && return 0 # no page codes; test_requests.sh reads the labels' own
    rm -f "$work"/code-*
    pdftoppm -r 200 -gray -l "$pages" "$work/$1.pdf" "$work/code"
    i=0
    for picture in "$work"/code-*.pgm; do
        i=$((i + 1)); n=$((n + 1))
        right=$(sed 's/{"page":/\n&/g' "$work/$1.json" | sed -n "s/^{\"page\":$i,.*\"code\":\"\([0-9]*\)\".*/\1/p")
        got=$(zbarimg -q --raw -Sdisable -Sqrcode.enable "$picture" 2>/dev/null | sort | uniq -c | tr -s ' ')
        [ "$got" = " 2 $right" ] || { wrong=$((wrong + 1)); not_ok "both page codes of $1, page $i" "$got"; }
    done
}
on_each_other() { # NAME PDF...
    name=$1; shift; bad=0; pages=0; words=0
    for pdf in "$@"; do
        said=$(pdftotext -bbox "$pdf" - 2>/dev/null | "$out/texts" "$(basename "$pdf")" 2>"$work/pairs") || bad=$((bad + 1))
        [ -s "$work/pairs" ] && head -n 3 "$work/pairs" | sed 's/^/# /'
        set -- $said; pages=$((pages + $1)); words=$((words + $3))
    done
    [ $bad -eq 0 ] && [ $words -gt 0 ] && ok "$name: $pages pages, $words words, none on another" || not_ok "$name: texts on each other" "$bad PDFs"
}

n=0; names=0; wrong=0; : >"$work/figures"
case $what in
pixels)
    house 14; ward=3B; each pixels "$@"
    awk -v n=$n '{ s += $2; e += $4; o += $6; if ($11 > m) m = $11 } END { printf "ok - %d forms in their languages: %d sides, %d edges within %.3f mm (%d open)\n", n, s, e, m, o }' "$work/figures" ;;
files)
    command -v qpdf >/dev/null || { echo "skip - qpdf is not installed"; exit 0; }
    command -v mutool >/dev/null || echo "skip - mutool is not installed (mupdf-tools)"
    house 14; ward=3B; each files "$@"
    [ $n -ge 8 ] && [ $names -ge $n ] && ok "$n PDFs: complaints about $wrong; $names names come back" || not_ok "PDFs" "$n PDFs, $names names" ;;
codes)
    command -v zbarimg >/dev/null || { echo "skip - zbarimg is not installed (zbar-tools)"; exit 0; }
    pages=$1; shift
    house 14; ward=3B; each codes "$@"
    [ $n -ge 8 ] && ok "$n pages at 200 dpi: zbarimg reads both codes of $((n - wrong))" || not_ok "page codes" "$n pages" ;;
texts)
    house "$1"; must repli print --all --pack shift
    on_each_other "$1 beds, --pack shift" "$REPLI_SITE"/packs/*/*.pdf ;;
hard)
    must repli init --hospital Hard
    for form in $(forms); do for lang in "$@"; do for of in full bare; do
        repli form preview "$form" --lang $lang --of $of -o "$work/$form-$lang-$of.pdf" >"$work/said" 2>&1 || not_ok "$form $lang $of" "$(cat "$work/said")"
    done; done; done
    on_each_other "long names, thirty allergies, sixty orders; nothing at all" "$work"/*-full.pdf "$work"/*-bare.pdf ;;
wards)
    [ -d "$shared/data/fhir/live-wards-odbl" ] || { echo "skip - $shared/data/fhir/live-wards-odbl is not there"; exit 0; }
    must repli init --hospital Wards; must repli import "$shared/data/fhir/live-wards-odbl"; must repli snapshot
    for pack in shift logs; do must repli print --all --pack $pack; done
    for pdf in "$REPLI_SITE"/packs/*/*.pdf; do quiet "$pdf"; n=$((n + 1)); done
    [ $n -ge 10 ] && ok "$n PDFs of real wards: complaints about $wrong" || not_ok "PDFs of real wards" $n
    on_each_other "real wards" "$REPLI_SITE"/packs/*/*.pdf
    # and whatever a ward may ask for, in every language
    n=0; names=0; ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*"census": *\([0-9]*\).*/\2 \1/p' | sort -n | tail -n 1 | cut -d' ' -f2-)
    each files fr nl de en
    [ $n -ge 100 ] && ok "$n PDFs of one real ward, every form and language: complaints about $wrong; $names names come back" || not_ok "PDFs of one real ward" "$n PDFs" ;;
*) echo "pages.sh: what?" >&2; exit 2 ;;
esac
