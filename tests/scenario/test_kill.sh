#!/bin/sh
# kill -9 at random moments, for fifteen seconds; make prove does it for minutes.
exec "$(dirname "$0")/kill.sh" 15 7
