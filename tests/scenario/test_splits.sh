#!/bin/sh
# One batch in two random histories; make prove lives five hundred.
exec "$(dirname "$0")/../fault/splits.sh" 1 11 36
