#!/bin/sh
# Printing at the station in a real browser, by its keys alone: emergency access, Enter, wristband, printer, lock.  Needs chromium
# and selenium.
. "$(dirname "$0")/lib.sh"
. "$root/tests/browser/site.sh"
browser_here || { echo "skip - selenium and chromium-driver are not installed"; exit 0; }
export REPLI_AT=2026-11-23T02:00
must repli demo --beds 30
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
# The whole pack of 30 beds costs less than a second of a processor: so does its first page, on any computer that has one to spare.
cpu=$(bash -c 'TIMEFORMAT="%U %S"; time "$0" print 3B --reason measured >/dev/null 2>&1' "$out/repli" 2>&1 | awk '{ printf "%d", ($1 + $2) * 1000 }')
case $out in *asan*) ;; *) [ "$cpu" -gt 0 ] && [ "$cpu" -le 1000 ] && ok "a ward of 30 beds within a second of a processor" || not_ok "a ward of 30 beds within a second of a processor" "$cpu ms" ;; esac
echo "# 30 beds: $cpu ms of a processor"
yes "the audit is whole" repli audit verify
