#!/usr/bin/env bash
# Part of make bench: the station's pages over a ledger of 100,000 sheets, each asked for several times; medians and the worst,
# in milliseconds, and the station's own CPU time, which other work on the machine does not lengthen.  STATION_SHEETS and
# BENCH_RUNS change both numbers.  Exit 1: the median of a page is above 100 ms.
set -u
cd "$(dirname "$0")/../.." || exit 2
sheets=${STATION_SHEETS:-100000}; runs=${BENCH_RUNS:-9}; bench=${STATION_BENCH:-out/bench/station}; bin=out/release
rm -rf "$bench"; mkdir -p "$bench"
export REPLI_SITE=$bench/site REPLI_AT=2026-11-23T04:00
must() { "$@" >"$bench/said" 2>&1 || [ $? -eq 6 ] || { echo "bench: $* failed:"; tail -n 5 "$bench/said"; exit 1; }; }
must "$bin/repli" demo --beds 24
must "$bin/repli" snapshot
must "$bin/repli" person add claire "Claire Wouters" coordinator
echo "quatre mots de passe" | "$bin/repli" person passphrase claire >"$bench/said" 2>&1 || exit 1
ward=$("$bin/repli" wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must "$bin/repli" print "$ward" --form obs -o "$bench/pack.pdf"
"$bin/repli" layout "$bench/pack.pdf" --json >"$bench/layout.json" || exit 1
must "$bin/pens" "$bench/pack.pdf" "$bench/layout.json" "$bench/scans" --severity none --seed 5 --used 0.1 --render 150
must "$bin/repli" scan "$bench"/scans/scan-*
# The same sheets and images again and again under other numbers: thirty wards, every state, two fields a sheet still to
# key, a conflict each hundred, a batch each five hundred images, three images in a hundred that wait.
sqlite3 "$REPLI_SITE/ledger.db" >"$bench/said" <<SQL || exit 1
PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;
BEGIN;
CREATE TEMP TABLE n AS WITH RECURSIVE c(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM c WHERE i<$sheets) SELECT i FROM c;
CREATE TEMP TABLE src AS SELECT row_number() OVER (ORDER BY serial) - 1 AS k, * FROM sheet WHERE has_fields=1 AND state='read';
CREATE TEMP TABLE pic AS SELECT * FROM scan WHERE outcome='read' LIMIT 1;
INSERT INTO sheet SELECT 1000000+i, 'S'||(1000000+i), CASE WHEN i%100<20 THEN 'printed' WHEN i%100<22 THEN 'scanned' WHEN i%100<32 THEN 'read'
    WHEN i%100<52 THEN 'reviewed' WHEN i%100<92 THEN 'merged' WHEN i%100<95 THEN 'void' WHEN i%100<96 THEN 'lost' ELSE 'blank' END, state_utc, state_by,
    state_why, pack_id, i, mac, code, form_hash, form_id, version, lang, side, sides, subject_kind, subject, stay, patient_id,
    printf('44%05d', i/25), stay_number, printf('W%02d', i/25%30), patient_name, birth_date, window_utc, window_hours, flags, has_fields, handed_out, page_map
    FROM n JOIN src ON src.k = i % (SELECT count(*) FROM src);
INSERT INTO image(image_id, sha256, name, bytes, batch, stored_utc) SELECT 1000000+i, randomblob(32), printf('scan-%06d.tif', i), 50000, printf('B-%03d', i/500), 1764000000+i FROM n;
INSERT INTO scan(scan_id, image_id, page, pixels, outcome, serial, mac, code, result, scanned_utc) SELECT 1000000+i, 1000000+i, 1, randomblob(32),
    CASE i%100 WHEN 1 THEN 'no-code' WHEN 2 THEN 'second-image' WHEN 3 THEN 'foreign' ELSE 'read' END, 1000000+i, pic.mac, pic.code, pic.result, 1764000000+i FROM n, pic;
INSERT INTO task SELECT 'S'||(1000000+i)||'/f'||f||'/1/key1', 1000000+i, 'f'||f, 1, 2, 'key1', 0 FROM n, (SELECT 1 AS f UNION SELECT 2) WHERE i%100 BETWEEN 22 AND 31;
INSERT INTO hold SELECT 1000000+i, 'col1.rr', 1, 'value-there-different', 'paper says 20, the record says 22', 1764000000+i, NULL, NULL, NULL FROM n WHERE i%100=40;
INSERT INTO audit SELECT 900, i, 1764000000+i, 1, 'an', 'key', 'S'||(1000000+i)||' f1', 'key1 value', NULL, '0.1.0', zeroblob(32) FROM n;
COMMIT; PRAGMA journal_mode=WAL;
SQL
export REPLI_AT=2026-11-23T14:00
"$bin/repli" serve --listen 127.0.0.1:0 >"$bench/address" 2>"$bench/serve.err" & station=$!
trap 'kill $station 2>/dev/null; rm -rf "$bench/site"' EXIT
for _ in $(seq 100); do [ -s "$bench/address" ] && break; sleep 0.1; done
at=$(sed -n '1s|/$||p' "$bench/address"); jar=$bench/jar
token() { curl -s -b "$jar" -c "$jar" -L "$at$1" | sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' | head -n 1; }
in=$(curl -s -b "$jar" -c "$jar" -o /dev/null -w '%{http_code}' -H "Origin: $at" -d "token=$(token /)&person=claire&passphrase=quatre+mots+de+passe" "$at/signin")
[ "$in" = 303 ] || { echo "bench: nobody signs in ($in)"; exit 1; }
ticks() { awk '{ print $14 + $15 }' "/proc/$station/stat"; } # hundredths of a second
bad=0
for path in / /ledger '/ledger?ward=W07' /batches '/batches?batch=B-100' /images '/images?kind=no-code&page=3' '/image?scan=1000101' /identity /conflicts '/conflicts?page=2' \
    '/merge?ward=W07' /merges /report /people /audit '/audit?person=an' /outage; do
    before=$(ticks)
    for _ in $(seq "$runs"); do curl -s -b "$jar" -o "$bench/page" -w '%{time_starttransfer} %{http_code}\n' "$at$path"; done | sort -n >"$bench/times"
    awk -v p="$path" -v t="$(($(ticks) - before))" '
        { v[NR] = $1 * 1000; c[$2]++ } END { m = v[int((NR + 1) / 2)]; cpu = t * 10 / NR; printf "%-32s", p; for (k in c) printf " %s", k
        printf "  median %6.1f ms, worst %6.1f ms, CPU %5.1f ms%s\n", m, v[NR], cpu, (m > 100 ? "  OVER 100 ms" : ""); exit (m > 100) }' "$bench/times" || bad=1
done
echo "$(sqlite3 -readonly "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM sheet') sheets, $(du -m "$REPLI_SITE/ledger.db" | cut -f1) MB; load $(cut -d' ' -f1 /proc/loadavg)"
exit $bad
