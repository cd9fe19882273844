/* What is said about a line of answers before anything is written. */
#ifndef REPLI_RECONCILE_JUDGE_H
#define REPLI_RECONCILE_JUDGE_H

#include <jansson.h>

#include "reconcile/review_internal.h"
#include "repli/ledger_quality.h"

enum verdict { TAKEN, REPEATED, REFUSED, CLOSED };

struct answer {
    const char *task, *sheet, *field, *answer, *value, *need;
    const char *capture, *decide; /* decide NULL: an answer about a field */
    const char *initials, *name;  /* initials NULL: not about who signed */
    const json_t *fields;         /* not NULL: the same answer to several fields that ask for confirmation */
    bool sure;
    const char *asked; /* set by the judge: which check asked again; NULL = none */
};

struct judge {
    const struct repli_site *site;
    const struct review_usual *usual;
    const char *by, *role;     /* who answers, and as what */
    struct repli_arena *arena; /* of the line at hand */
};

/* `task`: the one that was named; NULL = none.  `blind`: this person was given the field to measure; NULL = not.
** Spells an->value anew.  *why: why it is refused or closed. */
enum verdict judge(const struct judge *, const struct review_sheet *, const struct review_field *,
                   const struct repli_task *task, const struct repli_blind *blind, struct answer *an, const char **why);
/* What the answer is about: what the field needs, or the call-back that the line names. */
enum review_need judge_need(const struct review_field *, const struct repli_task *task, const struct answer *);

/* Lines about initials (initials.c).  *v and *why as above. */
REPLI_MUST_CHECK enum repli_status judge_initials(const struct judge *, struct repli_ledger *,
                                                  const struct review_sheet *, const struct answer *an, enum verdict *v,
                                                  const char **why, struct repli_err *);

/* Comma-separated answers as objects, one a row (import_csv.c); rows without an answer are left out. */
typedef enum repli_status csv_object_fn(void *user, json_t *o, size_t line, struct repli_err *err);
bool csv_answers(const char *data, size_t len); /* no line begins with a brace */
REPLI_MUST_CHECK enum repli_status csv_each(const char *data, size_t len, csv_object_fn *, void *user,
                                            struct repli_err *);

#endif
