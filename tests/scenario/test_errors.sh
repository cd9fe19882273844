#!/bin/sh
# What goes wrong is named: the thing, the reason, the way out; and nothing crashes, whatever lies in the site folder.
. "$(dirname "$0")/lib.sh"

# says NAME EXIT WORDS COMMAND...: this exit code, and these words on the one line of the error.
says() {
    name=$1; want=$2; words=$3; shift 3
    "$@" >"$work/said" 2>&1; rc=$?
    if [ $rc -eq "$want" ] && grep -q -- "$words" "$work/said"; then ok "$name"; else not_ok "$name" "exit $rc: $(tail -n 2 "$work/said" | tr '\n' ' ')"; fi
}
export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli person add a "Person A" clerk
must repli snapshot
must repli print 3B -o "$work/pack.pdf"
cp -a "$REPLI_SITE" "$work/good"
fresh() { chmod -R u+rwX "$REPLI_SITE"; rm -rf "$REPLI_SITE"; cp -a "$work/good" "$REPLI_SITE"; }

# ---- times that no page code and no snapshot can hold
says "a time after 2105 is refused" 2 "after 2105" repli --at 2106-03-01T00:00 snapshot
says "and as seconds" 2 "after 2105" repli --at 4291747200 print 3B
says "the last second that fits prints" 0 "P0-2" repli --at 4291747199 print 3B

# ---- paths
mkdir "$work/in"; echo "no image" >"$work/in/a.png"; ln -s nowhere "$work/in/b.png"
says "a link to nothing is named before anything is scanned" 3 "b.png: No such file" repli scan "$work/in"
is "and nothing was" "$(sql "$REPLI_SITE/ledger.db" 'SELECT count(*) FROM image')" 0
rm "$work/in/b.png"
says "without it the batch runs" 6 "unreadable" repli scan "$work/in"
says "an empty path is a mistake" 2 "a path is empty" repli scan ""
says "a site that is none" 2 "repli init" repli --site "$work/in" status

# ---- damaged files: whatever is cut, emptied or overwritten, an answer and no crash
for file in site.yaml record.db ledger.db snapshots/2026-11-23T030000Z.snapshot keys/counter keys/anchor keys/site.key keys/master-001.key; do
    for how in gone empty noise half; do
        fresh; p=$REPLI_SITE/$file
        [ -f "$p" ] || { not_ok "$file is part of a site"; continue; }
        rm -f "$p-wal" "$p-shm"
        case $how in
            gone) rm "$p";;
            empty) : >"$p";;
            noise) head -c 5000 /dev/zero | tr '\0' '\247' >"$p";;
            half) truncate -s $(($(stat -c %s "$p") / 2)) "$p";;
        esac
        bad=
        for c in wards status "ledger --missing" "print 3B" "scan $work/in" "review list" "merge --by a" snapshot "snapshot list" "person list" "key print"; do
            repli $c >"$work/said" 2>&1; rc=$?
            case $rc in 0|2|3|4|5|6) ;; *) bad="$bad $c: exit $rc $(tail -n 1 "$work/said")";; esac
            [ $rc -ne 0 ] && [ $rc -ne 6 ] && ! grep -q '^repli: ' "$work/said" && bad="$bad $c: exit $rc without a reason"
        done
        [ -z "$bad" ] && ok "$file $how: no crash, a reason each" || not_ok "$file $how" "$bad"
    done
done
fresh; truncate -s 20000 "$REPLI_SITE/record.db"; rm -f "$REPLI_SITE/record.db-wal" "$REPLI_SITE/record.db-shm"
says "a damaged record says what to do" 5 "record.db.*restore a backup" repli merge --by a

# ---- files that this user may not touch
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
    fresh; open=$(mktemp -d); cp "$out/repli" "$open/repli"; cp -a "$REPLI_SITE" "$open/site"; chmod 755 "$open" "$open/repli"
    nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$open/repli" --site "$open/site" "$@"; }
    says "somebody else's site: not 'make one'" 3 "Permission denied" nobody wards
    chown -R 65534 "$open/site"; chmod 400 "$open/site/record.db"
    says "a record that may not be written" 5 "must be able to read and write" nobody import "$open/repli"
    chmod 600 "$open/site/record.db"; mkdir "$open/in"; echo x >"$open/in/a.png"; echo y >"$open/in/b.png"; chmod 000 "$open/in/b.png"; chmod 755 "$open/in"; chmod 644 "$open/in/a.png"
    says "an image that may not be read is named before the batch begins" 3 "b.png: Permission denied" nobody scan "$open/in"
    rm -rf "$open"
else
    echo "skip - permissions: needs root and setpriv"
fi
