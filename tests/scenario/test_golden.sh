#!/bin/sh
# Pages look as they did: every form and language against its golden pictures; and the same page in other words does not pass.
. "$(dirname "$0")/lib.sh"
release_only "pages are compared with their pictures once"
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }
"$root/tests/golden/run.sh" | sed 's/ (make golden.*//'
here=$root/tests/golden
code "a page equals itself" 0 "$out/golden" "$here/obs-fr-1.png" "$here/obs-fr-1.png" "$work/show.png"
code "the same page in another language is another page" 1 "$out/golden" "$here/obs-fr-1.png" "$here/obs-nl-1.png" "$work/show.png"
yes "and is shown beside it" test -s "$work/show.png"
