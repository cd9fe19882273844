# Sourced: review_site BEDS USED makes a site in $REPLI_SITE with charts and medication sheets that came back, people who review them, and
# $work/truth.json.  review_people N adds clerks c01, c02 ...
review_site() {
    export REPLI_AT=2026-11-23T04:00
    must "$out/repli" demo --beds "$1"
    must "$out/repli" snapshot
    for p in an:clerk luc:clerk eva:verifier; do must "$out/repli" person add "${p%%:*}" "${p%%:*}" "${p##*:}"; echo "quatre mots de passe" | "$out/repli" person passphrase "${p%%:*}" >/dev/null; done
    for f in obs mar; do
        must "$out/repli" print 3B --form "$f" -o "$work/$f.pdf"
        "$out/repli" layout "$work/$f.pdf" --json >"$work/$f.json"
        must "$out/pens" "$work/$f.pdf" "$work/$f.json" "$work/$f" --severity mild --seed 5 --used "$2" --render 200
        must "$out/repli" scan "$work/$f"/scan-*
    done
    { sed '$s/]$/,/' "$work/obs/truth.json"; sed '1s/^\[//' "$work/mar/truth.json"; } >"$work/truth.json"
}
review_people() {
    for i in $(seq -w 1 "$1"); do must "$out/repli" person add "c$i" "c$i" clerk; echo "quatre mots de passe" | "$out/repli" person passphrase "c$i" >/dev/null; done
}
