#!/bin/bash
# What `make install` puts where: the program, and units that name it by its place.
set -u
dir=$(mktemp -d "${REPLI_TEST_TMP:-${REPLI_TEST_OUT:?}}/install-XXXXXX")
trap 'rm -rf "$dir"' EXIT
root=$(cd "$(dirname "$0")/../.." && pwd)
[ -x "$root/out/repli" ] || { echo "skip - the release program is not built"; exit 0; }
make -s -C "$root" -o all install DESTDIR="$dir" PREFIX=/opt/repli >/dev/null 2>&1
ok() { if [ "$1" = "$2" ]; then echo "ok - $3"; else echo "not ok - $3"; echo "  expected: $2"; echo "  got:      $1"; fi; }
units="$dir/opt/repli/lib/systemd/system"
ok "$(test -x "$dir/opt/repli/bin/repli" && echo there)" there "the program is installed"
ok "$(ls "$units" | tr '\n' ' ')" "repli-inbox.service repli-nightly.service repli-nightly.timer repli-snapshot.service repli-snapshot.timer " "and five units"
ok "$(sed -n 's/^ExecStart=//p' "$units"/*.service | tr '\n' ';')" "/opt/repli/bin/repli scan --watch;/opt/repli/bin/repli snapshot verify;/opt/repli/bin/repli snapshot;" "which name the program by its place"
ok "$(grep -l '@PREFIX@' "$units"/* | wc -l)" 0 "no place is left open"
ok "$(grep -c '^ProtectSystem=strict$\|^NoNewPrivileges=yes$\|^PrivateNetwork=yes$' "$units/repli-snapshot.service")" 3 "they run hardened"
