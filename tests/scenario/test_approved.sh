#!/bin/sh
# A form is a draft until somebody signs it: every sheet says so in its language, `form list` and `repli status` name it;
# signed it says nothing of the kind any more.
. "$(dirname "$0")/lib.sh"

export REPLI_AT=2026-11-23T04:00
must repli demo --beds 14
must repli snapshot
must repli print 3B --form obs
is "what was printed unsigned is named" "$(repli status | grep -c 'draft .*obs version 1')" 1
repli --site "$REPLI_SITE" form list >"$work/list.txt"
is "every form of ours is a draft" "$(grep -c ' draft ' "$work/list.txt")" "$(wc -l <"$work/list.txt" | tr -d ' ')"
words() { for l in fr nl de en; do repli --site "$REPLI_SITE" form preview "$1" --lang $l -o "$work/x.pdf" >/dev/null 2>&1; pdftotext "$work/x.pdf" - | grep -c 'projet, non approuvé\|ontwerp, niet goedgekeurd\|Entwurf, nicht freigegeben\|draft, not approved'; done | tr '\n' ' '; }
for form in obs children mar; do
    before=$(words $form)
    case " $before" in *" 0 "*) not_ok "$form says in each language that it is a draft" "$before" ;; *) ok "$form says in each language that it is a draft" ;; esac
    mkdir -p "$REPLI_SITE/templates/forms"
    sed 's/^version: 1$/version: 2\napproved: {by: Dr A. Maes, role: medical director, date: 2026-11-20}/' "$root/templates/forms/$form.yaml" >"$REPLI_SITE/templates/forms/$form.yaml"
    is "$form, signed, does not" "$(words $form)" "0 0 0 0 "
done
is "the list knows" "$(repli --site "$REPLI_SITE" form list | grep -c ' approved ')" 3
export REPLI_AT=2026-11-23T05:00
must repli print 3B --form mar
is "and what is printed signed is no draft" "$(repli status | grep -c 'draft .*mar')" 0
is "while the old paper is one still" "$(repli status | grep -c 'draft .*obs version 1')" 1
