#!/bin/sh
# Requisitions, labels, checklists and logs, the whole loop: printed, labels read by a stranger, filled, scanned, keyed, filed as
# documents, out again.
. "$(dirname "$0")/lib.sh"
for tool in pens clerk; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
command -v pdftoppm >/dev/null || { echo "skip - pdftoppm is not installed (poppler-utils)"; exit 0; }

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
for p in a b c d; do must repli person add $p "Person $p" clerk; done
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)
record() { sql "$REPLI_SITE/record.db" "$1"; }
ledger() { sql "$REPLI_SITE/ledger.db" "$1"; }
snap=$(ls "$REPLI_SITE"/snapshots/*.snapshot | tail -n 1)

# ---- labels: on a side each, a code a label, nothing to scan and nobody who misses them
must repli print "$ward" --pack labels -o "$work/labels.pdf"
yes "it says what to put into the tray" sh -c "REPLI_SITE='$REPLI_SITE' '$out/repli' print '$ward' --form wristband | grep -q 'on ONE side'"
people=$(sql "$snap" "SELECT count(*) FROM census WHERE ward='$ward' AND patient_id IS NOT NULL")
sheets=$(( (people + 3) / 4 + (people + 2) / 3 ))
is "so many sheets, and no verso" "$(ledger "SELECT count(*) FROM sheet WHERE form_id='labels'")" "$sheets"
is "nobody misses them" "$(repli ledger --missing --json | grep -c '"form": *"labels"')" 0
yes "qpdf has no complaint" qpdf --check "$work/labels.pdf"
is "they have neither codes nor marks nor fields" "$(repli layout "$work/labels.pdf" --json | grep -c '"codes_mm":\[\],"marks_mm":\[\],"fields":\[\]')" "$sheets"
sql "$snap" "SELECT identifier FROM patient JOIN census USING(patient_id) WHERE census.ward='$ward' ORDER BY 1" >"$work/numbers"
# each label is cut out of the page, as somebody would hold it before a scanner
cat >"$work/cut.py" <<'PY'
import glob, os, sys
work, dpi, tubes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
bright = bytes(range(128, 256))
def px(mm): return round(mm * dpi / 25.4)
for k, p in enumerate(sorted(glob.glob(work + "/l%d-*.pgm" % dpi))):
    b, h = open(p, "rb").read(), []
    for _ in range(3):
        line, b = b.split(b"\n", 1); h.append(line)
    w = int(h[1].split()[0])
    g = (4, 12, 45.7, 21.2, 9.85, 21.3, 48.2, 21.2) if k < tubes else (3, 7, 63.5, 38.1, 7.25, 15.15, 66, 38.1)
    for i in range(g[0] * g[1]):
        x, y, cw, ch = px(g[4] + i % g[0] * g[6]), px(g[5] + i // g[0] * g[7]), px(g[2]), px(g[3])
        cut = b"".join(b[(y + r) * w + x:(y + r) * w + x + cw] for r in range(ch))
        if cut.translate(None, bright): # something is left
            open(work + "/cut-%d-%02d-%02d.pgm" % (dpi, k, i), "wb").write(b"P5\n%d %d\n255\n" % (cw, ch) + cut)
PY
if command -v zbarimg >/dev/null && command -v python3 >/dev/null; then
    for dpi in 300 200; do
        pdftoppm -r $dpi -gray "$work/labels.pdf" "$work/l$dpi"
        python3 "$work/cut.py" "$work" $dpi $(( (people + 3) / 4 ))
        zbarimg -q --raw -Sdisable -Sqrcode.enable "$work"/cut-$dpi-*.pgm 2>/dev/null | LC_ALL=C sort | uniq -c | awk '{ print $2, $1 }' >"$work/read"
        is "a stranger reads every label's code at $dpi dpi" "$(cat "$work/read")" "$(LC_ALL=C sort "$work/numbers" | sed 's/$/ 18/')"
    done
else
    echo "skip - zbarimg or python3 is not installed"
fi
one=$(head -n 1 "$work/numbers")
must repli print --patient "$one" --pack labels -o "$work/one.pdf"
is "labels of one patient alone: a sheet of each kind" "$(pdfinfo "$work/one.pdf" | sed -n 's/^Pages: *//p')" 2
is "and nobody else's name on them" "$(pdftotext "$work/one.pdf" - | grep -c "$one")" 18
repli print "$ward" --form labels --form obs >"$work/refused" 2>&1
is "labels and forms are printed one after the other" "$? $(grep -c 'different paper' "$work/refused")" "2 1"
must repli print "$ward" --form wristband -o "$work/bands.pdf"
is "a band each" "$(pdftotext "$work/bands.pdf" - | grep -cE "^(IPP|patiëntnr\.|Nr\.|MRN) ?[0-9]")" "$people"

# ---- what is printed of the law's data stands where it must, and nowhere else
number=$(record "SELECT identifier_value FROM patient LIMIT 1")
cat >"$work/who.ndjson" <<EOF
{"resourceType":"Patient","id":"extra","identifier":[{"type":{"coding":[{"code":"MR"}]},"system":"urn:x","value":"777001"},{"system":"https://www.ehealth.fgov.be/standards/fhir/core/NamingSystem/ssin","value":"85073003328"}],"name":[{"family":"Extra","given":["Zoë"]}],"birthDate":"1985-07-30","gender":"female","address":[{"use":"old","line":["Vieille rue 1"],"city":"Namur"},{"use":"home","line":["Rue Haute 322","bte 4"],"postalCode":"1000","city":"Bruxelles"}]}
{"resourceType":"Encounter","id":"extra-s","status":"in-progress","class":{"code":"IMP"},"identifier":[{"system":"urn:s","value":"S777"}],"subject":{"reference":"Patient/extra"},"period":{"start":"2026-11-20T10:00:00Z"},"location":[{"location":{"reference":"Location/$(record "SELECT location_id FROM location WHERE kind='ward' AND code='$ward'")"},"period":{"start":"2026-11-20T10:00:00Z"}}]}
EOF
must repli import "$work/who.ndjson"
is "the address, of today" "$(record "SELECT address FROM patient WHERE patient_id='extra'")" "Rue Haute 322 bte 4, 1000 Bruxelles"
export REPLI_AT=2026-11-23T04:01
must repli snapshot
for form in lab imaging face obs notes; do
    repli print --patient 777001 --form $form -o "$work/$form.pdf" >"$work/said" 2>&1
    said=$(pdftotext -layout "$work/$form.pdf" - | grep -c '85\.07\.30-033\.28')
    case $form in lab|imaging|face) is "$form: national number" "$said" 1;; *) is "$form: no national number" "$said" 0;; esac
done
yes "and the address" sh -c "pdftotext -layout '$work/lab.pdf' - | grep -q 'Rue Haute 322 bte 4, 1000 Bruxelles'"

# ---- filled, scanned, keyed, filed
must repli print "$ward" --reason again --form lab --form imaging --form checklist --form perioperative --form notes --form theatre --form wardlog --form messages -o "$work/pack.pdf"
repli layout "$work/pack.pdf" --json >"$work/layout.json" || not_ok "layout of the pack"
must "$out/pens" "$work/pack.pdf" "$work/layout.json" "$work/scans" --pages 1-26 --seed 9 --used 0.5 --render 200 --jobs 2
cp "$work/scans/truth.json" "$work/truth.json"
export REPLI_AT=2026-11-24T09:00
must repli scan "$work"/scans/scan-*
docs() { for t in document observation allergy medication_request; do record "SELECT * FROM $t ORDER BY 1"; done | sha256sum | cut -c1-16; }
before=$(docs)
answer a; answer b; answer c
repli merge --by c --json >"$work/merge.jsonl" 2>"$work/said"; rc=$?
case $rc in 0|6) ok "merge";; *) not_ok "merge" "exit $rc: $(tail -n 2 "$work/said")";; esac
for kind in request received result signin timeout signout times count isbar note care event message; do
    yes "documents of kind $kind are filed" test "$(record "SELECT count(*) FROM document WHERE kind='$kind'")" -gt 0
done
is "of a ward's sheet none names a patient" "$(record "SELECT count(*) FROM document WHERE (patient_id IS NULL) <> (form IN('theatre','wardlog','messages'))")" 0
is "each has its image" "$(record "SELECT count(*) FROM document WHERE length(image_sha256)<>32 OR box_um NOT LIKE '%,%,%,%'")" 0
yes "times that people keyed are its time" test "$(record "SELECT count(*) FROM document WHERE kind='request' AND written_utc IS NOT NULL")" -gt 0
# every test that was settled as ticked is a code of its document, held by name, or not settled whole: none is lost
ledger "SELECT s.sheet||' '||substr(f.field,9) FROM settled f JOIN sheet s USING(serial) WHERE s.form_id='lab' AND f.field LIKE 'request.%' AND f.value='ticked' ORDER BY 1" >"$work/ticked"
record "SELECT substr(document_id,7,11)||' '||(c.value->>'code') FROM document, json_each(content,'\$.codes') c WHERE form='lab'" | LC_ALL=C sort >"$work/codes"
yes "tests were ticked" test -s "$work/ticked"
command -v python3 >/dev/null || { echo "skip - python3 is not installed"; exit 0; }
python3 - "$work" <<'PY' >"$work/lost" 2>&1 || not_ok "compare" "$(tail -n 1 "$work/lost")"
import json, sys
work = sys.argv[1]
key = {}
for s in json.load(open(work + "/layout.json"))["sheets"]:
    for f in s["fields"]:
        if s["form"] == "lab" and "code" in (f.get("key") or {}):
            key[s["sheet"], f["id"][8:]] = f["key"]["code"]
filed = {tuple(l.split()) for l in open(work + "/codes")}
docs = {s for s, _ in filed}
n = 0
for line in open(work + "/ticked"):
    sheet, field = line.split()
    if (sheet, field) in key and sheet in docs:
        n += 1
        if (sheet, key[sheet, field]) not in filed:
            print("lost", sheet, field)
print("compared", n)
PY
is "no ticked test is lost" "$(grep -c lost "$work/lost")" 0
yes "and there were some ($(tail -n 1 "$work/lost"))" sh -c "[ $(sed -n 's/compared //p' "$work/lost") -gt 20 ]"
is "of numbers the Braden score alone becomes a value, whatever else is keyed" "$(record "SELECT group_concat(DISTINCT code) FROM observation WHERE from_paper=1")" 38227-5
# out again: each piece of handwriting is a PDF, its picture below whose it is, what, when and from which sheet
must repli export fhir --merged -o "$work/filed.ndjson"
record "SELECT d.document_id, coalesce(p.family, ''), coalesce(p.identifier_value, ''), coalesce(d.patient_id, '') FROM document d LEFT JOIN patient p USING(patient_id) ORDER BY 1" >"$work/documents"
python3 - "$work" <<'PY' >"$work/filed" 2>&1 || not_ok "filed" "$(tail -n 1 "$work/filed")"
import base64, json, re, subprocess, sys
work = sys.argv[1]
rows = {}
for line in open(work + "/documents"):
    id, family, number, patient = line.rstrip("\n").split("|")
    rows["paper:".join(id.split("paper:")[1:])] = (family, number, patient)
told = 0
for line in open(work + "/filed.ndjson"):
    b = json.loads(line)
    whole = {e["fullUrl"]: e["resource"] for e in b["entry"]}
    for e in b["entry"]:
        r = e["resource"]
        if r["resourceType"] != "DocumentReference" or r["type"]["coding"][0]["system"] != "urn:repli:document":
            continue
        sheet = r["identifier"][0]["value"].split("/")[0]
        a = r["content"][0]["attachment"]
        data = base64.b64decode(a["data"])
        open(work + "/filed.pdf", "wb").write(data)
        text = subprocess.run(["pdftotext", work + "/filed.pdf", "-"], capture_output=True, text=True).stdout
        images = len(re.findall(rb"/Subtype\s*/Image\b", data))
        if told % 8 == 0:  # a stranger says the same
            images = max(images, subprocess.run(["pdfimages", "-list", work + "/filed.pdf"], capture_output=True, text=True).stdout.count("\n") - 2)
        who = whole.get(r.get("subject", {}).get("reference"))
        said = [sheet] + ([who["identifier"][0]["value"], who["name"][0]["family"]] if who else [])
        bad = [w for w in said if w not in text]
        bad += re.findall(r"\bat[a-z_]* \d\d:\d\d|\bday \d|\b\d{4}-\d\d-\d\d", text)  # the program's words, not the paper's
        if bad or images != 1 or a["contentType"] != "application/pdf" or "period" not in r["context"] or "related" not in r["context"]:
            print("bad", sheet, bad, images)
        told += 1
print("told", told)
PY
is "every filed piece is told, as one picture under a header that names it" "$(cat "$work/filed")" "told $(record "SELECT count(*) FROM document")"
head -n 2 "$work/filed.ndjson" >"$work/two.ndjson"
[ ! -d "$shared/tools/validators/node_modules" ] || yes "valid FHIR R4 by two validators" "$shared/tools/validators/check-fhir" "$work/two.ndjson"
after=$(docs)
must repli merge --by c
is "merging again changes nothing" "$(docs)" "$after"
for id in $(record 'SELECT merge_id FROM merge ORDER BY length(merge_id) DESC, merge_id DESC'); do must repli merge undo "$id" --by b; done
is "undone: the record is as before" "$(docs)" "$before"

# ---- a label stuck on a form does not become the form's patient, and its code no page code
two=$(tail -n 1 "$work/numbers")
must repli print --patient "$one" --reason again --form lab -o "$work/stuck.pdf"
must repli print --patient "$two" --pack labels -o "$work/two.pdf"
pdftoppm -r 300 -gray -f 1 -l 1 "$work/stuck.pdf" "$work/page"
pdftoppm -r 300 -gray -f 1 -l 1 -x 116 -y 251 -W 540 -H 250 "$work/two.pdf" "$work/sticker"
python3 - "$work" <<'PY' >"$work/said" 2>&1 || not_ok "sticker" "$(tail -n 1 "$work/said")"
import glob, struct, sys, zlib
def pgm(p):
    h, b = [], open(p, "rb").read()
    for _ in range(3):
        line, b = b.split(b"\n", 1); h.append(line)
    w, n = map(int, h[1].split())
    return w, n, bytearray(b)
w, n, page = pgm(glob.glob(sys.argv[1] + "/page-*.pgm")[0])
sw, sn, st = pgm(glob.glob(sys.argv[1] + "/sticker-*.pgm")[0])
x, y = 260, 2880
for r in range(sn):
    page[(y + r) * w + x:(y + r) * w + x + sw] = st[r * sw:(r + 1) * sw]
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
raw = b"".join(b"\0" + bytes(page[r * w:(r + 1) * w]) for r in range(n))
open(sys.argv[1] + "/stuck.png", "wb").write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", w, n, 8, 0, 0, 0, 0))
    + chunk(b"pHYs", struct.pack(">IIB", 11811, 11811, 1)) + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b""))
PY
command -v zbarimg >/dev/null && is "the label is on the page, and can be read" "$(zbarimg -q --raw -Sdisable -Sqrcode.enable "$work/stuck.png" 2>/dev/null | grep -cx "$two")" 1
is "the page is read as its own" "$(repli scan "$work/stuck.png" --json 2>/dev/null | sed -n 's/.*"outcome": *"\([^"]*\)".*"form": *"\([^"]*\)".*/\1 \2/p')" "read lab"
is "by its own patient" "$(ledger "SELECT patient FROM sheet WHERE form_id='lab' AND state<>'printed' ORDER BY serial DESC LIMIT 1")" "$one"
# and a whole sheet of labels on the scanner has a name, and harms nothing
pdftoppm -r 200 -gray -png -f 1 -l 1 "$work/labels.pdf" "$work/labels"
is "a sheet of labels that is scanned has one named outcome" "$(repli scan "$work"/labels-*.png --json 2>/dev/null | grep -cE '"outcome": *"(no-code|foreign)"')" 1
