#!/bin/sh
# The rules that no compiler checks.  Usage: tests/lint/rules.sh [ROOT]; prints one line a breach, exit 1 if any.
# An exception stands on the line itself: /* allowed: why */
set -u
cd "${1:-$(dirname "$0")/../..}" || exit 2
out=$(mktemp)
trap 'rm -f "$out"' EXIT
say() { echo "$*" >>"$out"; }
code() { find forms include tests -name '*.[ch]' -not -path 'tests/lint/cases/*' 2>/dev/null | sort; }
# Greps C sources, leaving out lines that only comment and lines that are allowed: rule, pattern, files...
look() {
    rule=$1; pattern=$2; shift 2
    [ $# -gt 0 ] || return 0
    grep -nE -- "$pattern" /dev/null "$@" | grep -vE ':[0-9]+: *(\*|//|/\*)|allowed:' | while IFS= read -r l; do echo "$rule: $l" >>"$out"; done
}

# ---- who may include whom
look "sqlite3.h outside forms/store" '#include *[<"]sqlite3\.h' $(find forms include -name '*.[ch]' -not -path 'forms/store/*' 2>/dev/null)
look "hpdf.h or zint.h outside forms/print" '#include *[<"](hpdf[a-z_]*|zint)\.h' $(find forms include -name '*.[ch]' -not -path 'forms/print/*' 2>/dev/null)
look "cups headers outside forms/print" '#include *[<"]cups/' $(find forms include -name '*.[ch]' -not -path 'forms/print/*' 2>/dev/null)
look "gnutls headers outside forms/station" '#include *[<"]gnutls/' $(find forms include -name '*.[ch]' -not -path 'forms/station/*' 2>/dev/null)
look "microhttpd.h outside forms/station" '#include *[<"]microhttpd\.h' $(find forms include -name '*.[ch]' -not -path 'forms/station/*' 2>/dev/null)
stages='exchange snapshot print scan reconcile'
for s in base form store $stages cmd station; do
    files=$(find "forms/$s" -name '*.[ch]' 2>/dev/null | sort)
    [ -n "$files" ] || continue
    for other in base form store $stages cmd station; do
        [ "$other" = "$s" ] || look "forms/$s includes a private header of forms/$other" "#include *\"(forms/)?$other/" $files
    done
    case $s in
    base) headers='form record record_import record_merge snapshot ledger ledger_review ledger_scan print scan review merge import invent' ;;
    form) headers='record record_import record_merge snapshot ledger ledger_review ledger_scan print scan review merge import invent' ;;
    store) headers='form print review merge import invent' ;;
    exchange) headers='print scan review merge form' ;;
    snapshot) headers='print scan review merge import invent form' ;;
    print) headers='scan review merge import invent' ;;
    scan) headers='print review merge import invent' ;;
    reconcile) headers='print import invent' ;;
    *) headers= ;;
    esac
    for h in $headers; do look "forms/$s may not use repli/$h.h" "#include *\"repli/$h\.h\"" $files; done
done

# ---- what library code may not do
lib=$(find forms -name '*.c' -not -path 'forms/cmd/*' -not -path 'forms/main.c' 2>/dev/null | sort)
look "library code prints or exits" '(^|[^a-zA-Z_0-9])(printf|fprintf|vprintf|vfprintf|puts|putchar|perror|exit|_exit|abort) *\(' $lib
look "banned call" '(^|[^a-zA-Z_0-9>.])(strcpy|strcat|sprintf|vsprintf|atoi|atol|atof|strtok|system|gets|alloca|rand|srand|localtime|gmtime|mktime|tmpnam|mktemp|popen) *\(' $(code)
look "the clock is injected (repli_clock_now)" '(^|[^a-zA-Z_0-9>.])(time|gettimeofday) *\(' $(find forms -name '*.c' -not -path 'forms/base/clock.c' 2>/dev/null)

# ---- shape
for f in $(code); do
    n=$(wc -l <"$f")
    [ "$n" -le 500 ] || say "$f: $n lines, at most 500"
    awk -v f="$f" '{ l = $0; gsub(/[\200-\277]/, "", l) } length(l) > 120 && !/https?:/ { printf "%s:%d: line of %d characters, at most 120\n", f, FNR, length(l) }
        /^\{/ { start = FNR } /^\}/ { if (start && FNR - start - 1 > 60) printf "%s:%d: function of %d lines, at most 60\n", f, start, FNR - start - 1; start = 0 }
        /[ \t]$/ { printf "%s:%d: blank at the end of a line\n", f, FNR } /\t/ { printf "%s:%d: tab\n", f, FNR }' "$f" >>"$out"
done
for f in $(find include -name '*.h' 2>/dev/null); do
    n=$(wc -l <"$f")
    [ "$n" -le 150 ] || say "$f: $n lines, a public header has at most 150"
    head -n 1 "$f" | grep -q '^/\* ' || say "$f: a public header begins by saying what it is for"
done

# ---- the repository speaks of the product alone
all=$(git ls-files -co --exclude-standard . 2>/dev/null | grep -vE '\.(png|ttf|bin|gz)$|^tests/lint/|^tests/fuzz/corpus/' | while read -r f; do [ -f "$f" ] && echo "$f"; done)
if [ -n "$all" ]; then
    look "names the workshop" '(^|[^A-Za-z_/.])/work/|/tmp/wt|deb\.debian\.org|registry\.npmjs|\bsubagent|\bTODO\b|\bFIXME\b|\bXXX\b' $all
    look "names ../shared without REPLI_SHARED" '\.\./shared' $(echo "$all" | xargs grep -L REPLI_SHARED 2>/dev/null)
fi

sort -u "$out"
[ ! -s "$out" ]
