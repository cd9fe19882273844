# Sourced by who follows templates/README.md: runs a numbered step of it as it stands there.
#
#   steps README N     the files it shows are written, the changes it shows are made, its commands run; SITE is $REPLI_SITE
#
# A file: a line that is `SITE/path` alone, then a yaml block.  A change: "In `SITE/path`", then a diff block: a line with - is
# replaced by those with + after it; other lines with + are added after the line above them.  Commands: an sh block.
steps() {
    rm -rf "$work/step"; mkdir "$work/step"
    awk -v want="$2" -v to="$work/step" '
        /^## Step by step/ { on = want == 0; next }
        /^### [0-9]+\./ { on = $2 + 0 == want; next }
        /^## / { on = 0 }
        !on { next }
        /^```$/ { if (file != "") close(file); file = ""; next }
        /^`SITE\/[^`]*`$/ || /^In `SITE\/[^`]*`$/ { split($0, part, "`"); path = part[2]; next }
        /^```(yaml|diff|sh)$/ { n++; kind = substr($0, 4); file = sprintf("%s/%02d.%s", to, n, kind); if (kind != "sh") print path > file; next }
        file != "" { print > file }' "$1"
    for part in "$work"/step/*; do
        [ -e "$part" ] || { echo "step $2: nothing to do in $1"; return 1; }
        path=$(head -n 1 "$part" | sed "s|^SITE|$REPLI_SITE|")
        case $part in
        *.yaml) sed 1d "$part" >"$path" ;;
        *.diff) sed 1d "$part" | step_change "$path" || return 1 ;;
        *.sh) sed "s|SITE|$REPLI_SITE|g" "$part" >"$part.run"; (cd "$work" && . "$part.run") || { echo "step $2: $(cat "$part")"; return 1; } ;;
        esac
    done
}
# step_change FILE <CHANGES
step_change() {
    awk '
        NR == FNR { line[++n] = substr($0, 2); sign[n] = substr($0, 1, 1); if (sign[n] == "+") more[at] = more[at] line[n] "\n"; else at = n; next }
        { hit = 0; for (i = 1; i <= n; i++) if (sign[i] != "+" && line[i] == $0 && !done[i]) { hit = i; break }
          if (!hit) { print; next }
          done[hit] = 1; if (sign[hit] != "-") print; printf "%s", more[hit] }
        END { for (i = 1; i <= n; i++) if (sign[i] != "+" && !done[i]) { print "no line: " line[i] > "/dev/stderr"; exit 1 } }' - "$1" >"$1.new" || { rm -f "$1.new"; return 1; }
    mv "$1.new" "$1"
}
