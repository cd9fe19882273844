#!/bin/sh
# The master key as words and as a QR symbol: a fresh site with the words is the site that burnt.
repli=${REPLI_TEST_OUT:-out/release}/repli
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unset REPLI_SITE REPLI_AT; export REPLI_ALLOW_FS=1
t() { if [ "$2" = "$3" ]; then echo "ok - $1"; else echo "not ok - $1 (got '$2', expected '$3')"; fi; }

$repli init --site "$dir/old" --hospital A >/dev/null && $repli init --site "$dir/new" --hospital A >/dev/null
$repli key print --site "$dir/old" >"$dir/words"; t "words are printed" $? 0
t "one line an epoch, seventeen words" "$(grep '^epoch 1:' "$dir/words" | wc -w)" 19
$repli key import "$dir/words" --site "$dir/new" >/dev/null; t "a fresh site takes the words" $? 0
t "and is the old one from then on" "$($repli key print --site "$dir/new" | cksum)" "$(cksum <"$dir/words")"
$repli key import "$dir/words" --site "$dir/new" >/dev/null; t "importing them again is a no-op" $? 0
sed 's/^epoch 1: ...../epoch 1: babab/' "$dir/words" >"$dir/wrong"
$repli key import "$dir/wrong" --site "$dir/new" >/dev/null 2>&1; t "a wrong word is found by the check word" $? 2
rm -r "$dir/new/keys"
$repli key import - --site "$dir/new" <"$dir/words" >/dev/null; t "a site whose keys burnt takes them back" $? 0
$repli demo --site "$dir/used" --at 2026-11-23T02:00 >/dev/null
$repli key import "$dir/words" --site "$dir/used" >/dev/null 2>&1; t "a site that is in use keeps its own" "$([ $? -ne 0 ] && echo refused)" refused
if command -v zbarimg >/dev/null && command -v python3 >/dev/null; then
    python3 - "$dir/words" "$dir/q.pgm" <<'P'
import sys
rows = [l.rstrip("\n") for l in open(sys.argv[1], encoding="utf-8") if any(ord(c) > 127 for c in l)]
px = []
for r in rows:
    px += [[{" ": (0, 0), "▄": (0, 255), "▀": (255, 0), "█": (255, 255)}[c][k] for c in r] for k in (0, 1)]
with open(sys.argv[2], "w") as f:
    f.write(f"P2 {len(px[0]) * 6} {len(px) * 6} 255\n" + "".join((" ".join(str(v) for v in r for _ in range(6)) + "\n") * 6 for r in px))
P
    t "the symbol says the words" "$(zbarimg -q --raw "$dir/q.pgm" 2>/dev/null | head -n 1)" "$(head -n 1 "$dir/words")"
else
    echo "skip - the symbol says the words (needs python3)"
fi

# A station whose keys could not be written uses up neither number nor name.
new="$dir/centre"
"$repli" init --site "$new" --hospital "Centre" >/dev/null
"$repli" --site "$new" station add "Ward 3B" -o /proc/nowhere >/dev/null 2>&1; t "keys of a station that cannot be written" $? 3
t "leave no station behind" "$("$repli" station list --json --site "$new")" ""
t "and the name is free for station 1" "$("$repli" --json --site "$new" station add "Ward 3B" -o "$dir/stick")" "{\"station\":1,\"keys\":\"$dir/stick\"}"
