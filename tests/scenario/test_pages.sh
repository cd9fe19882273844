#!/bin/bash
# What strangers see on the pages of every form: a few of each, the rest in `make prove PART="pixels files codes texts"`.
here=$(dirname "$0")
"$here/pages.sh" pixels fr
"$here/pages.sh" files nl
"$here/pages.sh" codes 1 de
"$here/pages.sh" texts 14
"$here/pages.sh" hard de
