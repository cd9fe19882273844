#!/bin/sh
# make demo: what a stranger types first goes through, and what it says of itself is so.
. "$(dirname "$0")/lib.sh"
release_only "the demo runs the release program"
unset REPLI_SITE REPLI_AT
if "$root/tests/scenario/demo.sh" >"$work/said" 2>&1; then ok "the demo goes through"; else not_ok "the demo goes through" "$(tail -n 3 "$work/said" | tr '\n' ' ')"; fi
is "nothing waits for a key at its end" "$(grep -c '^t[a-z]* keys *0 open\|^one key *0 open' "$work/said")" 2
grep -q '[1-9][0-9]* doses given or not' "$work/said" && ok "doses are in the record" || not_ok "doses are in the record"
for f in $(sed -n 's/^  \(out\/demo\/[^ ,]*\).*/\1/p' "$work/said"); do [ -e "$root/$f" ] && ok "$f is there" || not_ok "$f is there"; done
