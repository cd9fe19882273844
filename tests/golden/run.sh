#!/bin/sh
# make golden: how the pages of every form and language differ from the pages they were.  Sample data, 50 dpi gray.
# Usage: tests/golden/run.sh [accept]      differences lie as pictures (was, is, difference) in out/golden
# Lines "ok - ..." and "not ok - ..."; accept takes the new pages as golden: look at them first.
set -u
cd "$(dirname "$0")/../.." || exit 2
bin=${REPLI_TEST_OUT:-$PWD/out/release}; golden=tests/golden; now=out/golden; accept=${1:-}
rm -rf "$now"; mkdir -p "$now"; bad=0
for template in templates/forms/*.yaml; do
    form=${template##*/}; form=${form%.yaml}
    for strings in templates/lang/*.yaml; do
        lang=${strings##*/}; lang=${lang%.yaml}
        if ! "$bin/repli" --at 2026-11-23T04:00 form preview "$form" --lang "$lang" -o "$now/$form-$lang.pdf" >"$now/said" 2>&1; then
            echo "not ok - $form $lang: $(tail -n 1 "$now/said")"; bad=1; continue
        fi
        as=; [ "$accept" = accept ] && as=-png # a PGM costs half of a PNG
        pdftoppm -r 50 -gray $as "$now/$form-$lang.pdf" "$now/$form-$lang"
        for page in "$now/$form-$lang"-*.p[ng][gm]; do
            name=${page##*/}; name=${name%.*}.png
            if [ "$accept" = accept ]; then
                cmp -s "$page" "$golden/$name" || { cp "$page" "$golden/$name"; echo "accepted $golden/$name"; }
            elif [ ! -e "$golden/$name" ]; then
                echo "not ok - $name: new page, see $page"; bad=1
            elif said=$("$bin/golden" "$golden/$name" "$page" "$now/differs-$name" 2>&1); then
                echo "ok - $name: $said"
            else
                echo "not ok - $name: $said; see $now/differs-$name (make golden GOLDEN=accept takes it)"; bad=1
            fi
        done
        for was in "$golden/$form-$lang"-*.png; do
            page=${was##*/}; page=$now/${page%.png}
            [ -e "$was" ] && [ ! -e "$page.png" ] && [ ! -e "$page.pgm" ] && { if [ "$accept" = accept ]; then rm "$was"; else echo "not ok - $(basename "$was"): this page is gone"; bad=1; fi; }
        done
    done
done
exit $bad
