#!/bin/sh
# Other computers reach the station encrypted or not at all: certificate, fingerprint, names, cookies.  127.0.0.2 is another address.
. "$(dirname "$0")/lib.sh"
command -v curl >/dev/null || { echo "skip - curl is not installed"; exit 0; }
. "$root/tests/browser/site.sh"
export REPLI_AT=2026-11-23T02:00
must repli init --hospital "Hôpital Sainte-Gudule"
must repli person add claire Claire coordinator
echo "$phrase" | repli person passphrase claire >/dev/null
code "no other address without a certificate" 2 repli serve --listen 127.0.0.2:0
grep -q -- --make-cert "$work/said" && ok "the way out is named" || not_ok "the way out is named" "$(cat "$work/said")"
code "a host's name is no address" 2 repli serve --listen hospital:80
code "a name that is none" 2 repli serve --make-cert --listen 127.0.0.2:0 --name 'evil name/'
code "a name without a certificate" 2 repli serve --name x
print=$(repli serve --make-cert --listen 127.0.0.2:0 --name 3b-pc.hospital.example | sed -n 's/^SHA-256 //p')
cert=$REPLI_SITE/keys/station-cert.pem
is "the key is its owner's alone" "$(stat -c %a "$REPLI_SITE/keys/station-key.pem")" 600
is "making it is in the audit" "$(sql "$REPLI_SITE/ledger.db" "SELECT outcome || ' ' || reason FROM audit WHERE event='certificate'")" "made $print"
code "not for an address that it does not name" 2 timeout 20 "$out/repli" serve --listen 127.0.0.3:0
listen=127.0.0.2:0
"$out/repli" serve --listen $listen >"$work/address" 2>"$work/serve.err" & station=$!
trap 'kill $station 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
for i in $(seq 200); do [ "$(wc -l <"$work/address")" -ge 2 ] && break; sleep 0.05; done
at=$(head -n 1 "$work/address" | sed 's|/$||'); port=${at##*:}
is "the fingerprint is said at each start" "$(sed -n 's/^certificate SHA-256 //p' "$work/address")" "$print"
get() { curl -s -o "$work/page" -w '%{http_code}' -D "$work/head" "$@"; }
is "whoever knows the certificate gets in" "$(get --cacert "$cert" "$at/")" 200
grep -q '^Set-Cookie: repli=[0-9a-f]*;.*SameSite=Strict; Secure' "$work/head" && ok "the cookie never goes out in clear" || not_ok "the cookie never goes out in clear" "$(cat "$work/head")"
is "whoever does not, does not" "$(get "$at/")" 000
is "by its name" "$(get --cacert "$cert" --resolve "3b-pc.hospital.example:$port:127.0.0.2" "https://3b-pc.hospital.example:$port/")" 200
is "by another name" "$(get -k -H "Host: evil.example:$port" "$at/")" 421
is "in clear" "$(get "http://127.0.0.2:$port/")" 000
is "by an old TLS" "$(get -k --tls-max 1.1 "$at/")" 000
post() { get --cacert "$cert" -b "$work/jar" -c "$work/jar" -H "Origin: $1" --data-urlencode "passphrase=$phrase" -d "person=claire&token=$token" "$at/signin"; }
token=$(curl -s --cacert "$cert" -b "$work/jar" -c "$work/jar" "$at/" | sed -n 's/.*name="token" value="\([0-9a-f]*\)".*/\1/p' | head -n 1)
is "a form from a page in clear" "$(post "http://127.0.0.2:$port")" 403
is "signing in" "$(post "$at")" 303
kill $station; wait $station; is "it ends when told" "$?" 0
chmod 644 "$REPLI_SITE/keys/station-key.pem"
code "a key that others can read is refused" 4 repli serve --listen 127.0.0.2:0
