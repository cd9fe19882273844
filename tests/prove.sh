#!/usr/bin/env bash
# make prove: what takes too long for make check, in parts; `tests/prove.sh PART...` runs only these (make all tools first):
#   merges   every fault of a merge, undo, void and decision inside the program (tests/fault/prove_*)
#   takes    a snapshot whose taking is stopped at every write; a byte of one changed, at 12,000 places
#   undos    PROVE_UNDOS (10000) random sequences of merges and undos
#   adversaries  PROVE_SHEETS (2000) sheets that were swapped, copied, forged, voided or covered: none merges to a wrong patient
#   meet     two processes, at every operation of one of them
#   faults   every command that writes, every call that changes a file, eight kinds of fault, and a second one in the next run
#            (PROVE_POINTS=40: so many calls a kind instead of all)
#   power    PROVE_STATES (20000) states that a power cut could leave, and the controls
#   review   PROVE_FIELDS (200) fields keyed in a real browser by its keyboard alone
#   splits   PROVE_HISTORIES (10000) random splits, orders and repetitions of a pile of 60 sheets, with two importers, three sticks'
#            ledgers, keys and merges in between; then PROVE_PIXEL_HISTORIES (10) of real images, through the program
#   kills    kill -9 at random moments for PROVE_KILL_SECONDS (300)
#   import   1 GB of NDJSON within 64 MB (PROVE_IMPORT_BYTES)
#   memory   PROVE_PAGES (10000) page images within 150 MB, and flat
#   pens     rounds of reading with our own pens on seeds that nothing was tuned on (PROVE_SEEDS="501 502")
#   pixels   every field of every form and language is printed within 0.1 mm of where the layout says
#   files    qpdf, mutool and pdftotext about every form and language, and about the real wards in REPLI_SHARED
#   codes    zbarimg reads every page code at 200 dpi
#   texts    no two texts lie on each other: 900 beds (PROVE_BEDS), every form, whatever the data
#   penfill  the same with the tools in REPLI_SHARED, where they are
# Each says a line of figures; ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2
bin=$PWD/out/release; prove=$PWD/out/prove; shared=${REPLI_SHARED:-$PWD/../shared}; seeds=${PROVE_SEEDS:-"501 502 503"}
known="merges takes undos adversaries meet faults power review splits kills import memory pixels files codes texts pens penfill"
passed=0; failed=0; parts=${*:-$known}
for part in $parts; do case " $known " in *" $part "*) ;; *) echo "prove: there is no part '$part'" >&2; exit 2;; esac; done
part() { case " $parts " in *" $1 "*) return 0;; esac; return 1; }
rm -rf "$prove"; mkdir -p "$prove"
export REPLI_TEST_OUT=$bin REPLI_SITE=$prove/site
ok() { passed=$((passed + 1)); echo "ok - $1"; }
not_ok() { failed=$((failed + 1)); echo "not ok - $1"; }
finish() { echo "$passed passed, $failed failed"; [ "$failed" -eq 0 ]; exit; }
must() { "$@" >"$prove/said" 2>&1 || [ $? -eq 6 ] || { not_ok "$*: $(tail -n 2 "$prove/said")"; finish; }; }
# The bars of a mild round.
mild="read_percent>=100 wrong_sheet<=0 lines_missing<=0 lines_doubled<=0 fields_missing<=0 registration_median_mm<=0.15 registration_max_mm<=0.5
      silent_per_10000<=5 zones_wrong_per_10000<=20 zones_doubtful_percent<=8 band_rows_wrong_per_1000<=5"

# say SCRIPT...: its lines are ours
say() { while read -r line; do case $line in "ok - "*) ok "${line#ok - }";; "not ok - "*) not_ok "${line#not ok - }";; *) echo "$line";; esac; done < <("$@" 2>&1); }

part merges && for t in "$bin"/tests/fault/prove_*; do
    case $t in *.o|*.d|*'*') continue;; esac
    if "$t" >"$prove/$(basename "$t").log" 2>&1; then ok "$(basename "$t")"; else not_ok "$(basename "$t") (log: $prove/$(basename "$t").log)"; tail -n 20 "$prove/$(basename "$t").log"; fi
done

if part takes; then
    if REPLI_PROVE=1 "$bin/tests/unit/test_snapshot_take" >"$prove/takes.log" 2>&1; then ok "a snapshot stopped at every write, or changed at any byte"; else not_ok "takes (log: $prove/takes.log)"; fi
fi
if part undos; then # in memory where there is such a folder: nothing here is about power cuts
    there=$(mktemp -d /dev/shm/undos.XXXXXX 2>/dev/null || mktemp -d "$prove/undos.XXXXXX")
    said=$(REPLI_TEST_OUT=$there REPLI_ALLOW_FS=1 PROVE_UNDOS=${PROVE_UNDOS:-10000} "$bin/tests/fault/test_undos" 2>&1)
    rm -rf "$there"
    case $said in *"ok - "*) echo "$said" | grep '^#' ; line=$(echo "$said" | tail -n 1); case $line in "ok - "*) ok "${line#ok - }";; *) not_ok "${line#not ok - }";; esac;; *) not_ok "undos: $said";; esac
fi
part adversaries && say tests/fault/adversaries.sh "${PROVE_SHEETS:-2000}"
if part meet; then
    if REPLI_PROVE=1 "$bin/tests/fault/test_meet" >"$prove/meet.log" 2>&1; then ok "meet: $(sed -n 's/ meetings, 0 bad//p' "$prove/meet.log" | tr '\n' ' ')meetings, 0 bad"; else not_ok "meet (log: $prove/meet.log)"; fi
fi
part faults && say tests/fault/sweep.sh --double ${PROVE_POINTS:+--points "$PROVE_POINTS"}
part power && say tests/fault/power.sh "${PROVE_STATES:-20000}"
if part review; then
    if command -v chromedriver >/dev/null && /usr/bin/python3 -c 'import selenium' 2>/dev/null; then
        out=$bin work=$prove/review; mkdir -p "$work"; . tests/browser/review.sh
        (REPLI_SITE=$work/site; export REPLI_SITE; review_site 14 0.3) && say env REPLI_SITE="$work/site" /usr/bin/python3 tests/browser/review.py "$bin/repli" "$work/site" "$work/truth.json" keys "${PROVE_FIELDS:-200}"
    else
        echo "skip - selenium and chromium-driver are not installed"
    fi
fi
part splits && { say env PROVE_HISTORIES="${PROVE_HISTORIES:-10000}" "$bin/tests/fault/test_histories"; say tests/fault/splits.sh "${PROVE_PIXEL_HISTORIES:-10}" 1; }

# kill -9 at random moments of every command, another seed a run of 60 seconds
part kills && for seed in $(seq 1 $(((${PROVE_KILL_SECONDS:-300} + 59) / 60))); do
    said=$(tests/scenario/kill.sh 60 "$seed" 2>&1)
    if echo "$said" | grep -q '^not ok'; then not_ok "kill -9, seed $seed: $(echo "$said" | grep '^not ok' | tr '\n' ' ')"; else ok "kill -9, seed $seed: $(echo "$said" | tail -n 1 | sed 's/^ok - //')"; fi
done

part pixels && say tests/scenario/pages.sh pixels fr nl de en
part files && { say tests/scenario/pages.sh files fr nl de en; say tests/scenario/pages.sh wards; }
part codes && say tests/scenario/pages.sh codes 1000 fr nl de en
part texts && { say tests/scenario/pages.sh texts "${PROVE_BEDS:-900}"; say tests/scenario/pages.sh hard fr nl de en; }

if part import; then
# 1 GB of NDJSON (PROVE_IMPORT_BYTES): memory stays flat, and at least 10,000 resources a CPU second
export REPLI_SITE=$prove/bulk REPLI_AT=2026-11-23T04:00
must "$bin/repli" init --hospital Bulk
"$bin/bulk" "${PROVE_IMPORT_BYTES:-1000000000}" >"$prove/bulk.ndjson"
lines=$(wc -l <"$prove/bulk.ndjson")
"$bin/repli" import "$prove/bulk.ndjson" >"$prove/said" 2>&1 &
pid=$!; peak=0; ticks=0
while kill -0 $pid 2>/dev/null; do
    now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid/status" 2>/dev/null); peak=${now:-$peak}
    now=$(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print $12 + $13 }'); [ "${now:-0}" -gt 0 ] && ticks=$now
    sleep 0.2
done
wait $pid; rc=$?
rate=$(awk -v n="$lines" -v t="$ticks" -v hz="$(getconf CLK_TCK)" 'BEGIN { printf "%d", n * hz / (t ? t : 1) }')
if [ $rc -eq 0 ] && [ "$peak" -gt 0 ] && [ "$peak" -le 65536 ] && [ "$rate" -ge 10000 ]; then ok "import of $lines resources: $peak KB, $rate resources/CPU-s"
else not_ok "import of $lines resources: exit $rc, $peak KB (65536), $rate resources/CPU-s (10000): $(tail -n 1 "$prove/said")"; fi
rm -rf "$REPLI_SITE" "$prove/bulk.ndjson"
fi

part memory && say tests/bench/memory.sh "${PROVE_PAGES:-10000}"

if part pens; then
# a site with one printed pack, kept as it was before any scan
export REPLI_SITE=$prove/site REPLI_AT=2026-11-23T04:00
must "$bin/repli" demo --beds 24
must "$bin/repli" snapshot
ward=$("$bin/repli" wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
must "$bin/repli" print "$ward" -o "$prove/pack.pdf"
"$bin/repli" layout "$prove/pack.pdf" --json >"$prove/layout.json"
cp -a "$REPLI_SITE" "$prove/printed"
for severity in mild medium; do
    for seed in $seeds; do
        rm -rf "$REPLI_SITE" "$prove/scans"; cp -a "$prove/printed" "$REPLI_SITE"
        must "$bin/pens" "$prove/pack.pdf" "$prove/layout.json" "$prove/scans" --severity $severity --seed "$seed" --stress --visible --jobs "$(nproc)"
        "$bin/repli" scan "$prove"/scans/scan-* --json >"$prove/$severity-$seed.jsonl" 2>"$prove/said"
        bars=; [ $severity = mild ] && bars=$mild
        if "$bin/judge" "$prove/scans/truth.json" "$prove/$severity-$seed.jsonl" $bars >"$prove/$severity-$seed.txt" 2>"$prove/$severity-$seed.err"; then
            ok "own pens, $severity, seed $seed: $(awk '/^(read_percent|silent_per|zones_wrong_per|zones_doubtful_p|band_rows_wrong_per|registration_max)/ { printf "%s %s  ", $1, $2 }' "$prove/$severity-$seed.txt")"
        else
            not_ok "own pens, $severity, seed $seed: $(grep '^judge:' "$prove/$severity-$seed.err" | tr '\n' ' ')"
        fi
    done
done

fi

# the independent judge, on the real wards: all three forms; each heap as single files, as one scanned PDF and as one TIFF
penfill_bars() { # NAME TRUTH READINGS [--pdf]
    local name=$1 bad; shift
    /usr/bin/python3 "$shared/tools/score.py" "$@" >"$prove/$name.txt"
    bad=$(awk '$1=="read_percent"&&$2<100 || ($1=="wrong_sheet"||$1=="lines_missing"||$1=="lines_doubled"||$1=="layout_errors"||$1=="fields_missing"||$1=="cancelled_as_ticked")&&$2>0 ||
        $1=="silent_per_10000"&&$2>5 || $1=="doubtful_gray_percent"&&$2>6 || $1=="zones_wrong_per_10000"&&$2>20 || $1=="zones_doubtful_percent"&&$2>8 ||
        $1=="band_rows_wrong_per_1000"&&$2>5 { printf "%s %s  ", $1, $2 }
        $1=="registration_mm" { gsub(/[][,]/, " "); if ($2 > 0.15 || $3 > 0.5) printf "registration %s %s  ", $2, $3 }' "$prove/$name.txt")
    if [ -s "$prove/$name.txt" ] && [ -z "$bad" ]; then
        ok "penfill, $name: $(awk '/^(pages|silent_per|doubtful_gray_p|doubtful_1bit_p|zones_wrong_per|band_rows_wrong_per|cancelled_as)/ { printf "%s %s  ", $1, $2 }' "$prove/$name.txt")"
    else
        not_ok "penfill, $name: $bad (see $prove/$name.txt)"
    fi
}
if ! part penfill; then
    :
elif [ -x "$shared/tools/penfill.py" ] && /usr/bin/python3 -c 'import cv2, numpy, PIL, img2pdf' 2>/dev/null && [ -d "$shared/data/fhir/live-wards-odbl" ]; then
    rm -rf "$REPLI_SITE"
    must "$bin/repli" init --hospital "Wards"
    must "$bin/repli" import "$shared/data/fhir/live-wards-odbl"
    must "$bin/repli" snapshot
    must "$bin/repli" print --all --form obs --form mar --form census
    rm -rf "$prove/printed"; cp -a "$REPLI_SITE" "$prove/printed"
    for seed in $seeds; do
        rm -rf "$REPLI_SITE" "$prove/real"; cp -a "$prove/printed" "$REPLI_SITE"; mkdir "$prove/real"
        # pack by pack, two at a time; then one heap of images and one truth
        find "$REPLI_SITE/packs" -name '*.pdf' | sort | while read -r pdf; do
            name=$(basename "$pdf" .pdf); "$bin/repli" layout "$pdf" --json >"$prove/real/$name.json"; echo "$pdf $prove/real/$name.json $prove/real/$name"
        done | xargs -P "$(nproc)" -n 3 /usr/bin/python3 "$shared/tools/penfill.py" --severity mild --seed "$seed" --format mix >"$prove/said" 2>&1
        /usr/bin/python3 - "$prove/real" <<'PYTHON'
import img2pdf, json, os, struct, sys
from PIL import Image
top, all = sys.argv[1], []
for pack in sorted(d for d in os.listdir(top) if os.path.isdir(os.path.join(top, d))):
    for t in json.load(open(os.path.join(top, pack, "truth.json"))):
        if not t["fields"]:  # a back without fields: its outcome is `blank`, there is nothing to judge
            continue
        name = pack + "-" + t["file"]
        os.rename(os.path.join(top, pack, t["file"]), os.path.join(top, name))
        t["file"], t["batch_page"] = name, len(all) + 1
        all.append(t)
json.dump(all, open(os.path.join(top, "truth.json"), "w"))
files = [os.path.join(top, t["file"]) for t in all]

def tiff(out, files):
    """One TIFF of many pages with the very bytes of the files: JPEG streams and G4 strips."""
    out.write(b"II*\0" + struct.pack("<I", 0))
    link = 4
    for f in files:
        im = Image.open(f)
        if f.endswith(".jpg"):
            strips, rows, bits, compression, photometric = [open(f, "rb").read()], im.height, 8, 7, 1
        else:
            data, v = open(f, "rb").read(), im.tag_v2
            strips = [data[o:o + n] for o, n in zip(v[273], v[279])]
            rows, bits, compression, photometric = v[278], 1, 4, v[262]
        at = []
        for s in strips:
            at.append(out.tell()); out.write(s + b"\0" * (len(s) & 1))
        extra = out.tell(); n = len(strips); dpi = int(round(float(im.info["dpi"][0])))
        out.write(struct.pack("<%dI" % n, *at) + struct.pack("<%dI" % n, *map(len, strips)) + struct.pack("<II", dpi, 1))
        tags = [(256, 4, 1, im.width), (257, 4, 1, im.height), (258, 3, 1, bits), (259, 3, 1, compression), (262, 3, 1, photometric), (273, 4, n, at[0] if n == 1 else extra), (277, 3, 1, 1),
                (278, 4, 1, rows), (279, 4, n, len(strips[0]) if n == 1 else extra + 4 * n), (282, 5, 1, extra + 8 * n), (283, 5, 1, extra + 8 * n), (296, 3, 1, 2)]
        here = out.tell()
        out.write(struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *t) for t in tags)); next_link = out.tell(); out.write(b"\0\0\0\0")
        out.seek(link); out.write(struct.pack("<I", here)); out.seek(0, 2); link = next_link

for kind in ("pdf", "tiff"):
    os.mkdir(os.path.join(top, kind))
open(os.path.join(top, "pdf", "batch.pdf"), "wb").write(img2pdf.convert(files))
# the judge knows one name for a batch; the reader goes by what is inside
tiff(open(os.path.join(top, "tiff", "batch.pdf"), "wb"), files)
PYTHON
        for heap in files pdf tiff; do
            rm -rf "$REPLI_SITE"; cp -a "$prove/printed" "$REPLI_SITE"
            if [ $heap = files ]; then set -- "$prove"/real/*-scan-*.jpg "$prove"/real/*-scan-*.tif; else set -- "$prove/real/$heap/batch.pdf"; fi
            "$bin/repli" scan "$@" --json >"$prove/real-$seed-$heap.jsonl" 2>"$prove/said"
            penfill_bars "mild-$seed-$heap" "$prove/real/truth.json" "$prove/real-$seed-$heap.jsonl" $([ $heap = files ] || echo --pdf)
        done
    done
else
    echo "skip - penfill rounds: $shared/tools and python3-opencv and img2pdf are not all there"
fi
rm -rf "$prove/printed" "$prove/site" "$prove/scans" "$prove/real"
finish
