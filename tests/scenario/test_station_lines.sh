#!/bin/sh
# What is signed for on the dry run page is in the reader's words: of a box what the paper prints beside it, of an order how it
# stands; never the names that the program has for them.
. "$(dirname "$0")/lib.sh"
release_only "words are the same under sanitizers"
for tool in curl sqlite3 pdftoppm; do command -v $tool >/dev/null || { echo "skip - $tool is not installed"; exit 0; }; done
. "$root/tests/browser/site.sh"
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
people
must repli snapshot
scanned_at=2026-11-24T06:00
written mar 0.5 24
export REPLI_AT=$scanned_at
for p in an luc saida an; do answer $p; done
serve
page() { curl -s -b "$work/jar" -c "$work/jar" -o "$work/page" "$at$1"; }
page /
token=$(sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' "$work/page" | head -n 1)
is "signed in" "$(curl -s -b "$work/jar" -c "$work/jar" -o /dev/null -w '%{http_code}' -H "Origin: $at" -d "token=$token" -d person=claire --data-urlencode "passphrase=$phrase" "$at/signin")" 303
page '/merge?ward=3B'
for link in $(grep -o '/merge?ward=3B&amp;patient=[^"]*' "$work/page" | sort -u | sed 's/&amp;/\&/'); do page "$link"; grep -o '<tr><td class="nowrap">.*</tr>' "$work/page" >>"$work/lines"; done
sed 's|.*<td class="dim">\([^<]*\)</td><td>\([^<]*\)</td><td><b>\([^<]*\)</b>.*|\1\t\2\t\3|' "$work/lines" >"$work/cells"
cut -f1,2 "$work/cells" >"$work/record"; cut -f3 "$work/cells" >"$work/paper"
yes "there are lines to sign for" [ "$(wc -l <"$work/cells")" -gt 20 ]
yes "a dose that was given says so, with the hour that is printed" grep -qE '^donné [0-2][0-9]:[0-5][0-9]' "$work/paper"
grep -E '_|(^|, )(status|state|continue|same|verbal|état)(,|$)' "$work/paper" >"$work/bad"
is "no box is told by its name in the program" "$(sort -u "$work/bad" | head -n 3 | tr '\n' ';')" ""
yes "an order is told, as it was printed and as it stands" grep -q '^actif	actif, [0-9.]* mg$' "$work/record"
is "in words of the language" "$(grep -cE '\b(active|on-hold|stopped|completed|not-done)\b' "$work/record")" 0
