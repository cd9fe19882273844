#!/bin/sh
# kill -9 at random moments, for ten seconds and once at least; make prove does it for minutes.
exec "$(dirname "$0")/kill.sh" 10 7
