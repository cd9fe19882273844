#!/bin/sh
# Pages look as they did: every form and language against its golden pictures; and a page with a moved line does not pass.
. "$(dirname "$0")/lib.sh"
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
"$root/tests/golden/run.sh" | sed 's/ (make golden.*//'
for page in "$root"/tests/golden/*-1.png "$root"/tests/golden/*-01.png; do
    [ -e "$page" ] || continue
    code "$(basename "$page") equals itself" 0 "$out/golden" "$page" "$page" "$work/show.png"
    other=$(ls "$root"/tests/golden/*.png | grep -v "$(basename "$page")" | head -n 1)
    code "and is not $(basename "$other")" 1 "$out/golden" "$page" "$other" "$work/show.png"
    break
done
