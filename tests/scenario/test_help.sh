#!/bin/sh
# The command line itself: help of every command, suggestions, exit codes, output that cannot be written.
repli=${REPLI_TEST_OUT:-out/release}/repli
t() { if [ "$2" = "$3" ]; then echo "ok - $1"; else echo "not ok - $1 (got '$2', expected '$3')"; fi; }

for c in $($repli --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
    first=$($repli "$c" --help | head -n 1)
    case $first in "usage: repli $c"*) echo "ok - $c --help";; *) echo "not ok - $c --help starts with '$first'";; esac
    long=$($repli "$c" --help | awk '{ gsub(/[^ -~]/, "x"); if (length($0) > 125) print }' | head -n 1)
    t "$c --help fits a terminal" "$long" ""
    $repli "$c" --no-such-option >/dev/null 2>&1
    t "$c refuses an unknown option with 2" $? 2
done
$repli >/dev/null 2>&1; t "no command is a usage error" $? 2
$repli --help >/dev/null 2>&1; t "--help is fine" $? 0
t "a typing error is named" "$($repli pirnt 2>&1 | grep -c "did you mean")" 1
t "a mistyped option is named" "$($repli version --jsom 2>&1)" "repli: version: unknown option '--jsom': did you mean --json?"
t "global options stand before the command in any order" "$($repli --json --site /nonexistent --at=2026-11-23T01:00Z version | cut -c1-9)" "{\"repli\":"
$repli version >/dev/full 2>/dev/null; t "a full disk behind standard output is an error" $? 3
$repli wards --site /nonexistent >/dev/null 2>&1; t "a missing site is no success" "$([ $? -ge 2 ] && echo refused)" refused
t "the missing site is named" "$($repli wards --site /nonexistent 2>&1 | grep -c '^repli: wards: .*/nonexistent')" 1
