# Sourced after lib.sh by what shows the station in a browser: an invented ward whose paper came back, people of every role, an
# emergency access, and the station itself ($at, $station).  It ends with the script.
browser_here() { command -v chromedriver >/dev/null && /usr/bin/python3 -c 'import selenium' 2>/dev/null; }
phrase="quatre mots de passe"
serve() { # the address becomes $at
    rm -f "$work/address"
    "$out/repli" serve --listen 127.0.0.1:0 "$@" >"$work/address" 2>"$work/serve.err" & station=$!
    trap 'kill $station 2>/dev/null; [ -n "${KEEP:-}" ] || rm -rf "$work"' EXIT
    for i in $(seq 200); do [ -s "$work/address" ] && break; sleep 0.05; done
    at=$(head -n 1 "$work/address" | sed 's|/$||')
}
people() { # all roles, with names in the wards' own letters
    for p in "koen:Koen Claes:nurse" "an:An Peeters:clerk" "luc:Luc Maes:clerk" "saida:Saïda El Ouardi:verifier" "claire:Claire Delcourt:coordinator" "femke:Femke Wouters:pharmacist"; do
        id=${p%%:*}; rest=${p#*:}
        must repli person add "$id" "${rest%%:*}" "${rest##*:}"
    done
    cheap_phrases
}
written() { # written FORM USED [SIDES]: a form of the ward comes back from the scanner, written on
    must repli print 3B --form "$1" --reason "the next shift" -o "$work/$1.pdf"
    repli layout "$work/$1.pdf" --json >"$work/layout.json"
    must "$out/pens" "$work/$1.pdf" "$work/layout.json" "$work/scans-$1" --severity mild --seed 5 --used "$2" --render 200 ${3:+--pages 1-$3}
    cp "$work/scans-$1/truth.json" "$work/truth.json"
    come_back "$work/scans-$1"/scan-*
}
come_back() { # paper is scanned, at $scanned_at if that is said: what was written by then lies in the past
    printed_at=$REPLI_AT; export REPLI_AT="${scanned_at:-$REPLI_AT}"
    must repli scan "$@"
    export REPLI_AT="$printed_at"
}
# All that was written on paper so far, for who keys it.
known() { /usr/bin/python3 -c 'import json, sys; json.dump([s for f in sys.argv[2:] for s in json.load(open(f))], open(sys.argv[1], "w"))' "$work/truth.json" "$work"/*/truth.json; }
# What the desk has to decide: an image whose code is torn off, a second image of a sheet that was written on since, a blank sheet.
waiting() { # after written obs
    page=$(/usr/bin/python3 -c 'import json, sys; print([s["page"] for s in json.load(open(sys.argv[1]))["sheets"] if s["form"] == "obs"][2])' "$work/layout.json")
    must "$out/pens" "$work/obs.pdf" "$work/layout.json" "$work/again" --severity mild --seed 8 --used 0.3 --render 200 --pages "$page-$page"
    must repli print 3B --pack spares -o "$work/spares.pdf"
    repli layout "$work/spares.pdf" --json >"$work/spares.json"
    blank=$(/usr/bin/python3 -c 'import json, sys; print(next(s["page"] for s in json.load(open(sys.argv[1]))["sheets"] if s["form"] == "obs"))' "$work/spares.json")
    must "$out/pens" "$work/spares.pdf" "$work/spares.json" "$work/blank" --severity mild --seed 3 --used 0.2 --render 200 --pages "$blank-$blank"
    must repli print 3B --form obs --reason "coffee" -o "$work/torn.pdf"
    pdftoppm -r 200 -gray -f 1 -l 1 "$work/torn.pdf" "$work/torn"
    /usr/bin/python3 "$root/tests/browser/torn.py" "$work"/torn*.pgm "$work/torn.png"
    come_back "$work"/again/scan-* "$work"/blank/scan-* "$work/torn.png"
}
