#!/bin/sh
# Printing at the station in a real browser, by its keys alone: emergency access, Enter, wristband, printer, lock.  Needs chromium
# and selenium.
. "$(dirname "$0")/lib.sh"
. "$root/tests/browser/site.sh"
browser_here || { echo "skip - selenium and chromium-driver are not installed"; exit 0; }
export REPLI_AT=2026-11-23T02:00
must repli demo --beds 14
people
must repli snapshot
export REPLI_AT=2026-11-23T04:00
must repli print 3B --form face
mkdir "$work/queue"
"$out/printer" "$work/queue" ward-x >"$work/port" & printer=$!
for i in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.05; done
export CUPS_SERVER="127.0.0.1:$(cat "$work/port")"
serve
timeout 300 /usr/bin/python3 "$root/tests/browser/print.py" "$at" "$REPLI_SITE/ledger.db" "$work/queue"
kill "$printer"
yes "the audit is whole" repli audit verify
