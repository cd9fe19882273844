#!/bin/sh
# A pack as a print job: one document a patient with the very pages of the PDF, at actual size on both sides; and printers that do not want it.
. "$(dirname "$0")/lib.sh"
export REPLI_AT=2026-11-23T04:00
mkdir "$work/queue"
serve() { "$out/printer" "$work/queue" "$@" >"$work/port" & server=$!; while [ ! -s "$work/port" ]; do sleep 0.05; done; export CUPS_SERVER="127.0.0.1:$(cat "$work/port")"; }
stop() { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -f "$work/port" "$work"/queue/*; }
count() { grep -c "^$1\$" "$work/queue/job-1.txt"; }
must repli demo --beds 14
must repli snapshot
ward=$(repli wards --json | sed -n 's/.*"ward": *"\([^"]*\)".*/\1/p' | head -n 1)

# ---- one job
serve "ward-x"
json=$(repli print "$ward" --printer ward-x --json 2>"$work/err"); rc=$?
yes "printed" [ $rc -eq 0 -o $rc -eq 6 ]
pdf=$(echo "$json" | sed -n 's/.*"pdf": *"\([^"]*\)".*/\1/p')
patients=$(sql "$REPLI_SITE/ledger.db" "SELECT count(DISTINCT coalesce(patient,'')) FROM sheet")
is "the report names printer and job" "$(echo "$json" | grep -o '"printer":"ward-x","job":1')" '"printer":"ward-x","job":1'
is "one job" "$(ls "$work"/queue/*.txt | wc -l)" 1
is "one document a patient, and one about the ward" "$(ls "$work"/queue/job-1-*.pdf | wc -l)" "$patients"
is "the last one is said to be the last" "$(count last-document=true) $(tail -n 1 "$work/queue/job-1.txt")" "1 last-document=true"
for option in print-scaling=none sides=two-sided-long-edge media=iso_a4_210x297mm copies=1 multiple-document-handling=separate-documents-collated-copies; do
    is "the job asks for $option" "$(count $option)" 1
done
is "every document is a PDF" "$(count document-format=application/pdf)" "$patients"
names=$(sql "$REPLI_SITE/ledger.db" "SELECT DISTINCT substr(patient_name, 1, instr(patient_name, ',')-1) FROM sheet WHERE patient_name LIKE '%,%'")
is "no queue shows a patient's name" "$(echo "$names" | grep -cFf - "$work/queue/job-1.txt")" 0
# The documents one after the other are the pack, page by page, to the pixel; each is whole leaves of one patient.
qpdf --empty --pages $(ls "$work"/queue/job-1-*.pdf | sort -V) -- "$work/all.pdf"
pdftoppm -r 40 -gray "$pdf" "$work/pack"; pdftoppm -r 40 -gray "$work/all.pdf" "$work/sent"
is "every page once" "$(ls "$work"/sent-*.pgm | wc -l)" "$(ls "$work"/pack-*.pgm | wc -l)"
different=0; for p in "$work"/pack-*.pgm; do cmp -s "$p" "$work/sent-${p##*pack-}" || different=$((different + 1)); done
is "the same pages in the same order" "$different" 0
odd=0; for d in "$work"/queue/job-1-*.pdf; do n=$(pdfinfo "$d" | sed -n 's/^Pages: *//p'); [ $((n % 2)) -eq 0 ] || odd=$((odd + 1)); qpdf --check "$d" >/dev/null 2>&1 || not_ok "$d is a sound PDF"; done
is "whole leaves" "$odd" 0
is "the ledger speaks of one pack that is ready" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*), min(state) FROM pack")" "1|ready"

# ---- no such queue
repli print "$ward" --reason again --printer other >"$work/said" 2>"$work/err"; is "no such queue: exit 3" $? 3
pdf=$(sed -n 's/.*the pack is ready as \([^ ]*\.pdf\): print that file.*/\1/p' "$work/err")
yes "the PDF is where it says" [ -s "$pdf" ]
is "printer, server and reason are named" "$(grep -c "printer 'other' at 127.0.0.1, port $(cat "$work/port"): no such queue here" "$work/err")" 1
is "the pack is ready all the same" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM pack WHERE state='ready'")" 2
stop

# ---- a server that refuses in the middle, and one that is not there
serve "ward-x" 2
repli print "$ward" --reason again --printer ward-x >"$work/said" 2>"$work/err"; is "refused in the middle: exit 3" $? 3
is "and the reason is said" "$(grep -c "the spool is full" "$work/err")" 1
is "what was sent of it is cancelled" "$(count Cancel-Job)" 1
gone=$(cat "$work/port"); stop
repli print "$ward" --reason again --printer ward-x >"$work/said" 2>"$work/err"; is "nobody listens: exit 3" $? 3
is "that is said, with the port" "$(grep -c "printer 'ward-x' at 127.0.0.1, port $gone: " "$work/err")" 1

# ---- a server that takes the connection and never answers: the paper does not wait for it
serve "ward-x"; kill -STOP "$server"
timeout 60 "$out/repli" print "$ward" --reason again --printer ward-x >"$work/said" 2>"$work/err"; is "a server that hangs: exit 3" $? 3
is "that is said, and where the PDF is" "$(grep -c "the pack is ready as .*: no answer" "$work/err")" 1
kill -CONT "$server"; stop

# ---- the ward's own printer
serve "ward-y"
sed -i "s/^wards: \[\]/wards:\n  - id: \"$ward\"\n    printer: ward-y/; s/^  - id: \"$ward\"\$/&\n    printer: ward-y/" "$REPLI_SITE/site.yaml"
sed -i '/printer: ward-y/{n;/printer: ward-y/d}' "$REPLI_SITE/site.yaml"
code "the printer of site.yaml" "$rc" repli print "$ward" --reason again --printer ward
is "it got the job" "$(ls "$work"/queue/*.txt | wc -l)" 1
stop
