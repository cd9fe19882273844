/* Entries that a quality officer can trust: work in batches that two people never share, call-backs about what nobody
** can read, whose initials stand where, and how often the people who key are wrong.  Lines are one JSON object each. */
#ifndef REPLI_QUALITY_H
#define REPLI_QUALITY_H

#include "repli/review.h"

/* A batch of tasks of one kind for one person ("tick", "time", "date", "digits", "band" or "number"; NULL: any of
** them), at most `limit`.  Nobody else gets these fields, or may answer them, for `review: lease_minutes` of site.yaml;
** asking again gives the open ones again, and more.  Among them, `review: seed_per_thousand`, lie fields whose value
** two other people have settled: they look like all others, and what is answered to them changes nothing.
**   Never in a batch, because they mean something only in their place: doses, orders, allergies, whom and where, names,
** and what stands on a page with corrections.
**   REPLI_USAGE: no such kind. */
REPLI_MUST_CHECK enum repli_status repli_review_batch(const struct repli_site *, struct repli_ledger *, const char *by,
                                                      const char *kind, int64_t limit, repli_review_line_fn *,
                                                      void *user, struct repli_err *);

/* What was settled as illegible and nobody asked about yet: {"task","sheet","field","capture","label","unit","kind",
** "need":"callback","ward","patient","name","form","side","initials","author","initials_crop","crop","since_utc"}.
** `import` takes the answer by the task, from anybody but a clerk: value, blank, or illegible (nobody knows). */
REPLI_MUST_CHECK enum repli_status repli_review_callbacks(const struct repli_site *, struct repli_ledger *,
                                                          repli_review_line_fn *, void *user, struct repli_err *);

/* Fields with initials and lines of the register of signatures, sheet by sheet: {"sheet","field","what":"register",
** "crop","name_crop"} and {"sheet","field","what":"initials","crop","captures":n,"initials","name"}; `sheet` NULL: of
** all that were read, and only initials that nobody told apart yet. */
REPLI_MUST_CHECK enum repli_status repli_review_initials(const struct repli_site *, struct repli_ledger *,
                                                         const char *sheet, repli_review_line_fn *, void *user,
                                                         struct repli_err *);

/* What each person did: {"person","name","role","fields","illegible","sure","hours","fields_per_hour","known":{"given",
** "answered","wrong","rate","interval","method"},"second_key":{"pairs","agreed","agreement"}}; rates are null where
** nothing was counted. */
REPLI_MUST_CHECK enum repli_status repli_review_operators(const struct repli_site *, struct repli_ledger *,
                                                          repli_review_line_fn *, void *user, struct repli_err *);

/* Up to `n` fields of tier 1 that are in the record, drawn by lot, as tasks for a person who answered nothing of them;
** those given before and not answered come first. */
REPLI_MUST_CHECK enum repli_status repli_review_sample(const struct repli_site *, struct repli_ledger *,
                                                       struct repli_record *, const char *by, int64_t n,
                                                       repli_review_line_fn *, void *user, struct repli_err *);
/* What came of all samples, one line: {"asked","answered","differs","rate","interval","method","fields":[{"sheet",
** "field","held","reread","by","by2","reread_by"}]}; `fields` are those that differ: look at the paper. */
REPLI_MUST_CHECK enum repli_status repli_review_sample_result(const struct repli_site *, struct repli_ledger *,
                                                              repli_review_line_fn *, void *user, struct repli_err *);

#endif
