#!/bin/sh
# Replays the corpus of every fuzz target.  Every target needs a corpus: an empty folder would be a test that cannot fail.
set -u
cd "$(dirname "$0")/../.." || exit 2
out=${REPLI_TEST_OUT:-$PWD/out/release}
for source in tests/fuzz/fuzz_*.c; do
    [ -e "$source" ] || { echo "skip - no fuzz targets"; exit 0; }
    name=$(basename "$source" .c)
    corpus=tests/fuzz/corpus/${name#fuzz_}
    count=$(find "$corpus" -type f 2>/dev/null | wc -l)
    if [ "$count" -eq 0 ]; then echo "not ok - $name has a corpus in $corpus"; continue; fi
    if said=$("$out/tests/fuzz/$name" "$corpus" 2>&1) && echo "$said" | grep -q "^$count inputs replayed"; then
        echo "ok - $name: $count inputs"
    else
        echo "not ok - $name: $corpus"; echo "$said" | tail -n 30
    fi
done
