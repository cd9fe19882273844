#!/bin/sh
# A ward's copy: pushed, carried to a machine that has nothing but a C library and no network, printed there, its paper
# scanned at the centre.  REPLI_DEBIAN_ROOT names a plain Debian 12 (debootstrap --variant=minbase) to print in as well.
. "$(dirname "$0")/lib.sh"
for tool in pens judge; do [ -x "$out/$tool" ] || { not_ok "$out/$tool is built (make tools)"; exit 1; }; done
export REPLI_AT=2026-11-23T02:00 REPLI_ALLOW_FS=1
stick=$work/stick
must repli demo --beds 90
ward=3B
must repli snapshot
other=$(sql "$REPLI_SITE/snapshots/"*.snapshot "SELECT ward FROM ward WHERE ward<>'$ward' AND census>0 LIMIT 1")
code "a new folder needs its ward" 2 repli snapshot push "$stick"
code "a ward that does not exist is named" 2 repli snapshot push "$work/no" --ward 9Z
yes "a ward's copy is pushed" repli snapshot push "$stick" --ward $ward

# ---- nothing of anybody else, and no master key
ls "$stick/keys" | grep -q master; is "the master key stays at home" $? 1
whole=$(ls "$REPLI_SITE/snapshots/"*.snapshot)
sql "$whole" "SELECT identifier FROM patient JOIN stay USING(patient_id) WHERE ward IS NOT '$ward' UNION SELECT stay_number FROM stay WHERE ward IS NOT '$ward' UNION SELECT patient_id FROM stay WHERE ward IS NOT '$ward'" >"$work/others"
sql "$whole" "SELECT DISTINCT family FROM patient WHERE family NOT IN (SELECT family FROM patient JOIN stay USING(patient_id) WHERE ward = '$ward') AND length(family) > 5" >>"$work/others"
is "there are others to look for" "$([ "$(wc -l <"$work/others")" -gt 40 ] && echo many)" many
grep -rlaF -f "$work/others" "$stick" --exclude-dir=program >"$work/found"; is "no byte of other wards' people is on the stick" "$(cat "$work/found")" ""
grep -q "$other" "$stick/site.yaml"; is "nor their wards in its settings" $? 1
is "the copy carries the id of the take" "$(sql "$stick/snapshots/"*.snapshot 'SELECT hex(id) FROM seal')" "$(sql "$whole" 'SELECT hex(id) FROM seal')"
is "and is smaller" "$([ "$(stat -c %s "$stick/snapshots/"*.snapshot)" -lt "$(stat -c %s "$whole")" ] && echo yes)" yes
yes "and is whole" "$stick/repli" --site "$stick" snapshot verify
is "wards says when it was pushed" "$(repli wards --json | grep "\"ward\":\"$ward\"" | sed 's/.*"pushed_utc":\([^}]*\)}/\1/')" 1795395600

# ---- printed by itself
code "a copy on no computer yet does not print" 2 "$stick/repli" --site "$stick" print $ward
# a machine with nothing: a shell, dirname, the C library
root=$work/root; mkdir -p "$root/bin" "$root/etc" "$root/proc" "$root/tmp" "$root/mnt/stick" "$root/dev"
put() { for f in "$@"; do mkdir -p "$root$(dirname "$f")"; [ -e "$root$f" ] || cp -L "$f" "$root$f"; done; }
put /bin/sh /usr/bin/dirname; ln -s /usr/bin/dirname "$root/bin/dirname"
put $(ldd /bin/sh /usr/bin/dirname | grep -o '/[^ ]*' | grep -v : | sort -u) $(ldd "$out/repli" | grep -o '/[^ ]*/\(libc\|libm\|libpthread\|libdl\|librt\|libresolv\|ld-linux[^ ]*\)\.so[^ ]*')
echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"; mknod -m 666 "$root/dev/null" c 1 3 2>/dev/null
inside() { # ROOT WORD...: in that root, with an empty environment, without network
    r=$1; shift
    unshare -m -n -p -f -- /bin/sh -c 'r=$1; at=$2; shift 2; mount -t proc proc "$r/proc" && mount --bind "$0" "$r/mnt/stick" && exec env -i PATH=/bin:/usr/bin REPLI_ALLOW_FS=1 REPLI_AT="$at" /usr/sbin/chroot "$r" "$@"' "$stick" "$r" "$REPLI_AT" "$@"
}
printed() { # NAME ROOT: prints there
    rm -rf "$stick/packs"/*
    inside "$2" /mnt/stick/repli --site /mnt/stick station renew >"$work/said" 2>&1; is "$1: bound to the computer" $? 0
    inside "$2" /mnt/stick/print.sh --form obs >"$work/said" 2>&1; rc=$?
    case $rc in 0 | 6) ok "$1: prints" ;; *) not_ok "$1: prints" "$rc $(tail -n 3 "$work/said" | tr '\n' ' ')" ;; esac
    pdf=$(ls "$stick"/packs/*/*.pdf 2>/dev/null | tail -n 1)
    is "$1: a PDF of the ward's sheets" "$([ -s "$pdf" ] && pdfinfo "$pdf" | grep -c '^Pages: *[1-9]')" 1
}
if unshare -m -n -p -f true 2>/dev/null; then
    printed "a machine with a C library alone" "$root"
    is "which has no library of ours" "$(find "$root" -name 'libsqlite*' -o -name 'libhpdf*' -o -name 'libzint*' | wc -l)" 0
    is "and no network" "$(inside "$root" /bin/sh -c 'n=0; while read -r l; do case $l in *:*) n=$((n + 1)) ;; esac; done </proc/net/dev; echo $n')" 1
    if [ -d "${REPLI_DEBIAN_ROOT:-/none}/mnt" ]; then
        mkdir -p "$REPLI_DEBIAN_ROOT/mnt/stick"; [ -s "$REPLI_DEBIAN_ROOT/etc/machine-id" ] || echo fedcba9876543210fedcba9876543210 >"$REPLI_DEBIAN_ROOT/etc/machine-id"
        printed "a plain Debian 12" "$REPLI_DEBIAN_ROOT"
    fi
else
    echo "skip - a bare root cannot be entered here (unshare)"
    must "$stick/repli" --site "$stick" station renew
    "$stick/repli" --site "$stick" print $ward --form obs >/dev/null 2>&1
    pdf=$(ls "$stick"/packs/*/*.pdf | tail -n 1)
fi

# ---- its paper at the centre
"$stick/repli" --site "$stick" layout "$pdf" --json >"$work/layout.json" || not_ok "the stick lays its pack out"
must "$out/pens" "$pdf" "$work/layout.json" "$work/scans" --pages 1-4 --seed 5 --render 200 --jobs 2
yes "the stick's paper leaves as a file" "$stick/repli" --site "$stick" ledger export -o "$work/paper.ledger"
sed 's/"page":1,/"page":2,/' "$work/paper.ledger" >"$work/changed"; code "a changed file is refused" 4 repli ledger import "$work/changed"
head -c 9000 "$work/paper.ledger" >"$work/cut"; code "and one that is cut off" 4 repli ledger import "$work/cut"
must repli init --site "$work/elsewhere" --hospital "Another"; code "and one of another site" 4 repli --site "$work/elsewhere" ledger import "$work/paper.ledger"
is "nothing was taken" "$(sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM sheet')" 0
# paper that comes before its ledger, or without it: laid out from the whole snapshot as the ward laid it out from its part
cp -a "$REPLI_SITE" "$work/early"
repli --site "$work/early" scan "$work/scans" --json >"$work/early.jsonl"
is "paper of a stick whose ledger never came is read" "$(grep -c '"outcome":"read"' "$work/early.jsonl")" "$(ls "$work/scans" | grep -c '^scan-')"
yes "as what it is" "$out/judge" "$work/scans/truth.json" "$work/early.jsonl" 'wrong_sheet<=0'
yes "its ledger comes all the same" repli --site "$work/early" ledger import "$work/paper.ledger"
is "and brings the sheets that were not scanned" "$(sql "$work/early/ledger.db" 'SELECT count(*) FROM sheet')" "$(sql "$stick/ledger.db" 'SELECT count(*) FROM sheet')"
is "and takes none back" "$(sql "$work/early/ledger.db" "SELECT count(*) FROM sheet WHERE state IN('read','reviewed')")" "$(grep -c '"outcome":"read"' "$work/early.jsonl")"
rm -rf "$work/early"
yes "the centre takes it" repli ledger import "$work/paper.ledger"
n=$(sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM sheet'); is "every sheet of it" "$n" "$(sql "$stick/ledger.db" 'SELECT count(*) FROM sheet')"
is "with everything the station knows of them" "$(sql "$REPLI_SITE/ledger.db" 'SELECT * FROM sheet ORDER BY serial' | sha256sum)" "$(sql "$stick/ledger.db" 'SELECT * FROM sheet ORDER BY serial' | sha256sum)"
before=$(sql "$REPLI_SITE/ledger.db" 'SELECT * FROM sheet; SELECT * FROM pack; SELECT * FROM form' | sha256sum)
yes "taking it again" repli ledger import "$work/paper.ledger"
is "changes nothing" "$(sql "$REPLI_SITE/ledger.db" 'SELECT * FROM sheet; SELECT * FROM pack; SELECT * FROM form' | sha256sum)" "$before"
repli snapshot list | grep -q 'held by'; is "the snapshot is held by the ward's paper" $? 0
repli scan "$work/scans" --json >"$work/readings.jsonl"
is "and its paper is read here" "$(grep -c '"outcome":"read"' "$work/readings.jsonl")" "$(ls "$work/scans" | grep -c '^scan-')"
yes "as what it is" "$out/judge" "$work/scans/truth.json" "$work/readings.jsonl" 'wrong_sheet<=0'
yes "the same file once more" repli ledger import "$work/paper.ledger"
is "takes no sheet back" "$(sql "$REPLI_SITE/ledger.db" "SELECT count(*) FROM sheet WHERE state IN('read','reviewed')")" "$(grep -c '"outcome":"read"' "$work/readings.jsonl")"

# ---- pushed again and again
for t in 02:15 02:30 02:45 03:00; do REPLI_AT=2026-11-23T$t; must repli snapshot; must repli snapshot push "$stick"; done
is "three copies are kept" "$(ls "$stick/snapshots" | wc -l)" 3
is "the newest of them from now" "$(ls "$stick/snapshots" | tail -n 1)" 2026-11-23T020000Z.snapshot
is "nothing half done lies about" "$(find "$stick" -name '*tmp*' -o -name '*.new' | wc -l)" 0
is "the station is still bound" "$(grep -c machine: "$stick/site.yaml")" 1
mkdir "$work/full"; touch "$work/full/somebody's"; code "a folder of somebody else is left alone" 2 repli snapshot push "$work/full" --ward $ward
code "a second stick of the ward needs a name" 2 repli snapshot push "$work/second" --ward $ward
yes "with one it is a station of its own" repli snapshot push "$work/second" --ward $ward --name "3B, stick two"
is "with a key of its own" "$(ls "$work/second/keys" | tr "\n" " ")" "site.key station-001-00002.key "
mkdir -p "$REPLI_SITE/templates/lang"; cp "$root"/../../../../templates/lang/fr.yaml "$REPLI_SITE/templates/lang/" 2>/dev/null || cp "$(dirname "$0")/../../templates/lang/fr.yaml" "$REPLI_SITE/templates/lang/"
must repli snapshot push "$stick"; yes "the site's templates go along" cmp "$REPLI_SITE/templates/lang/fr.yaml" "$stick/templates/lang/fr.yaml"
rm -r "$REPLI_SITE/templates"; must repli snapshot push "$stick"; is "and leave with them" "$(ls -d "$stick/templates" 2>/dev/null)" ""

# ---- killed anywhere: it prints as before, and the next push ends well
kills=0; i=0
while [ $i -lt 25 ]; do
    i=$((i + 1)); REPLI_AT=2026-11-23T04:$((i + 10)); must repli snapshot
    killed_after $((i * 9)) snapshot push "$stick"
    "$stick/repli" --site "$stick" snapshot verify >"$work/said" 2>&1 || { not_ok "every copy is good after a kill" "$(tail -n 1 "$work/said")"; break; }
    "$stick/repli" --site "$stick" wards >/dev/null 2>"$work/said" || { not_ok "the stick is a site after a kill" "$(cat "$work/said")"; break; }
done
is "some pushes were killed" "$([ $kills -gt 0 ] && echo some)" some
i=0
while [ $i -lt 12 ]; do # a new folder, killed early: the number is used up once
    i=$((i + 1)); killed_after $((i * 12)) snapshot push "$work/third" --ward $ward --name third
done
yes "a new stick whose pushes were killed ends well" repli snapshot push "$work/third" --ward $ward --name third
is "as one station" "$(repli station list --json | grep -c third)" 1
must repli snapshot push "$stick"
find "$stick" "$work/third" -name "*tmp*" -o -name "*.new" >"$work/left"; is "nothing half done lies about after that" "$(cat "$work/left")" ""
