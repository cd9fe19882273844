#!/bin/sh
# A few sheets of make prove PART=adversaries, always the same ones.
"$(dirname "$0")/../fault/adversaries.sh" 20
