#!/bin/sh
# One batch of images in a random history; test_histories lives hundreds without pixels, make prove more of both.
exec "$(dirname "$0")/../fault/splits.sh" 1 11 36
