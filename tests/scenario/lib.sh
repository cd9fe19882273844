# Sourced by the scenarios: one line a check, a work folder of their own, the binaries under test.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
out=${REPLI_TEST_OUT:-$root/out/release}
shared=${REPLI_SHARED:-$root/../shared}
work=$(mktemp -d "${REPLI_TEST_TMP:-$out}/scenario.XXXXXX") || exit 1
trap '[ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
export REPLI_SITE="$work/site"
unset REPLI_AT
repli() { "$out/repli" "$@"; }

ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1${2:+: $2}"; }
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "got '$2', expected '$3'"; fi; } # is NAME GOT EXPECTED
yes() { what=$1; shift; if "$@" >"$work/said" 2>&1; then ok "$what"; else not_ok "$what" "$(tail -n 3 "$work/said" | tr '\n' ' ')"; fi; }
code() { what=$1; want=$2; shift 2; "$@" >"$work/said" 2>&1; rc=$?; is "$what" "$rc" "$want"; [ "$rc" = "$want" ] || sed 's/^/# /' "$work/said" | tail -n 5; }
must() { "$@" >"$work/said" 2>&1 || [ $? -eq 6 ] || { not_ok "$*" "$(tail -n 3 "$work/said" | tr '\n' ' ')"; exit 1; }; } # no use going on without it
sql() { sqlite3 -readonly "$@"; }
[ -x /usr/bin/python3 ] && python3() { /usr/bin/python3 "$@"; } # the system's: a version manager's stand-in takes five times as long to start
# Everybody signs in with "quatre mots de passe", at Argon2id's least cost: at the full one each look takes half a second.
# What is really kept, and that it is right, is tested in test_station.sh.
cheap_phrases() {
    sqlite3 -cmd ".timeout 10000" "$REPLI_SITE/ledger.db" "INSERT OR REPLACE INTO passphrase SELECT person_id, '\$argon2id\$v=19\$m=8,t=1,p=1\$t5aO7E3Slue1AB9FUKpGUg\$M84LEtXyAHosg0H5EbxDajjj84RqHxTkYWf9IO5AFfM', added_utc
        FROM person WHERE person_id NOT IN ('${1:-}')"
}

# release_only WHY: nothing is new to see under sanitizers here, and it would take minutes.
release_only() { case $out in */out/asan) echo "skip - $1"; exit 0 ;; esac; }

# answer PERSON [clerk options]: this person does what they may still do, looking at the truth.
answer() {
    person=$1; shift
    repli review export --by "$person" >"$work/tasks-$person.jsonl" &&
        "$out/clerk" "$work/truth.json" "$@" <"$work/tasks-$person.jsonl" >"$work/answers-$person.jsonl" 2>"$work/clerk.err" &&
        repli review import "$work/answers-$person.jsonl" --by "$person" >"$work/import-$person.txt" 2>&1
}
# What the record holds from paper, as the judge reads it.
merged_rows() {
    sql -json "$REPLI_SITE/record.db" "SELECT m.sheet, p.field, coalesce(o.value, p.value) AS value, coalesce(o.effective_utc, p.event_utc) AS effective_utc
        FROM paper_entry p JOIN merge m USING(merge_id) LEFT JOIN observation o ON p.target = 'observation/' || o.observation_id
        WHERE p.effect IN ('inserted','already-there') AND p.target IS NOT NULL
          AND p.field = p.capture AND NOT EXISTS (SELECT 1 FROM merge_undo u WHERE u.merge_id = p.merge_id)" >"$work/merged.json"
    [ -s "$work/merged.json" ] || echo '[]' >"$work/merged.json"
}
from_paper() { sql "$REPLI_SITE/record.db" 'SELECT count(*) FROM observation WHERE from_paper = 1'; }
# Everything of the patients in the record, as one checksum.
record_sum() { sql "$REPLI_SITE/record.db" "SELECT * FROM observation ORDER BY observation_id" | sha256sum | cut -c1-16; }
# killed_after MS COMMAND...: kill -9 after that many milliseconds, and waited for: `timeout -s KILL` kills itself, too, and
# may be back before the other one is dead and has let go of its locks.  Counts in $kills.
killed_after() {
    ms=$1; shift
    "$out/repli" "$@" >/dev/null 2>&1 & victim=$!
    sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
    kill -KILL $victim 2>/dev/null; wait $victim 2>/dev/null
    [ $? -eq 137 ] && kills=$((kills + 1))
    return 0
}
