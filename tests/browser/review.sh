# Sourced: review_site BEDS USED [SIDES] makes a site in $REPLI_SITE with charts and medication sheets that came back (SIDES of each), people
# who review them, and $work/truth.json.  review_people N adds clerks c01, c02 ...
review_site() {
    export REPLI_AT=2026-11-23T04:00
    must "$out/repli" demo --beds "$1"
    must "$out/repli" snapshot
    for p in an:clerk luc:clerk eva:verifier; do must "$out/repli" person add "${p%%:*}" "${p%%:*}" "${p##*:}"; done
    echo "quatre mots de passe" | "$out/repli" person passphrase an >/dev/null
    review_phrases
    for f in obs mar; do
        must "$out/repli" print 3B --form "$f" -o "$work/$f.pdf"
        "$out/repli" layout "$work/$f.pdf" --json >"$work/$f.json"
        must "$out/pens" "$work/$f.pdf" "$work/$f.json" "$work/$f" --severity mild --seed 5 --used "$2" --render 200 ${3:+--pages 1-$3} --jobs 2
        must "$out/repli" scan "$work/$f"/scan-*
    done
    { sed '$s/]$/,/' "$work/obs/truth.json"; sed '1s/^\[//' "$work/mar/truth.json"; } >"$work/truth.json"
}
review_people() {
    for i in $(seq -w 1 "$1"); do must "$out/repli" person add "c$i" "c$i" clerk; done
    review_phrases
}
review_phrases() { # it is hashed once
    sqlite3 "$REPLI_SITE/ledger.db" "INSERT OR IGNORE INTO passphrase SELECT p.person_id, k.hash, k.set_utc FROM person p, passphrase k WHERE k.person_id='an'"
}
