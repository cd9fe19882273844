/* Binding a blank sheet that somebody wrote on to a patient of the record: two people say whose it is, then it merges
** under that patient with every check that holds for a printed one. */
#ifndef REPLI_BIND_H
#define REPLI_BIND_H

#include "repli/ledger_bind.h"
#include "repli/record.h"

struct repli_bind_result {
    struct repli_binding *said; /* of everybody who has not taken it back */
    size_t nsaid;
    const struct repli_binding *bound; /* NULL: not yet, or people disagree */
    struct repli_parent *parents;      /* what was keyed of sheets that it continues: to be looked at, never taken */
    size_t nparents;
};
/* How it stands. */
REPLI_MUST_CHECK enum repli_status repli_bind_show(struct repli_ledger *, const char *sheet, struct repli_arena *,
                                                   struct repli_bind_result *, struct repli_err *);
/* `by` says that the sheet is about the patient with this number (NULL: takes back what they said).  REPLI_DATA: no
** blank sheet, one that was not read, was closed, or has anything in the record that is not undone; a number
** that nobody or more than one patient has, or whose file was joined to another. */
REPLI_MUST_CHECK enum repli_status repli_bind_say(const struct repli_site *, struct repli_ledger *,
                                                  struct repli_record *, const char *sheet, const char *number,
                                                  const char *by, struct repli_arena *, struct repli_bind_result *,
                                                  struct repli_err *);

#endif
