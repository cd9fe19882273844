/* Review: what people still have to say about fields, and what they said.
**
** Derivation (one place, reconcile/tasks.c): from a sheet's page map, readings, entries and revisions follow its open
** tasks and its settled fields.  Nothing here ever writes to the record.
**   field seen empty, no doubt        -> settled 'empty' by the machine (tier 1 too; scanning calls it doubtful
**                                        where a 1-bit image or faded print cannot prove an empty box)
**   tick, clear, tier 1               -> 'confirm' by one person; tier 2 -> settled by the machine
**   tick, doubtful                    -> key1 (+ key2 in tier 1); a struck tick is no tick
**   number/time/band with ink, tier 1 -> key1 + key2 by two persons; unequal -> settle by a third; tier 2 -> key1
**   page.correction ticked            -> the page is people's: every number needs two keys, every mark and every empty
**                                        field of a capture or group that was written in one confirmation; until it
**                                        is settled, they wait
**   page.continues ticked, no number  -> the spare's number is looked for; a number without the tick: the tick is
**                                        confirmed
**   band                              -> the keyed number must lie in the row that was read, else -> settle
**   opened again, or never read       -> people key it, whatever the machine saw
**   text, initials, signature, label  -> tier 3: no task; the image is filed
**   illegible, correction             -> settled as that; the capture is held for a person
*/
#ifndef REPLI_REVIEW_H
#define REPLI_REVIEW_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

/* Brings tasks, settled fields and the sheet's state (read -> reviewed) up to date after a scan or an answer.  Inside
** the caller's ledger transaction when one is open.  `map`: the sheet's, where the caller has it; NULL: it is
** loaded. */
REPLI_MUST_CHECK enum repli_status repli_review_derive(const struct repli_site *, struct repli_ledger *,
                                                       uint64_t serial, struct repli_page_map *map, struct repli_err *);

typedef void repli_review_line_fn(void *user, const char *json);
/* Open tasks, one JSON object a line: {"task","sheet","field","capture","tier","need","label","unit","range_soft",
** "range_hard","kind","crop","state","role","decimals","drug","cells","letters"}; nobody's answer is ever shown.
** `crop` is relative to the site. `by`: tasks this person may still do; NULL = all. */
REPLI_MUST_CHECK enum repli_status repli_review_export(const struct repli_site *, struct repli_ledger *, const char *by,
                                                       repli_review_line_fn *, void *user, struct repli_err *);

struct repli_review_counts {
    int64_t taken, repeated, refused, closed;
};
/* Answers, JSONL: {"task" or "sheet"+"field","answer":"value|blank|illegible|correction","value","sure":bool}.  `sure`
** repeats a value outside the soft range, or a settling value that nobody else read.  A line that cannot be taken is
** named through `line` ({"line","outcome":"refused|closed","task","sheet","field","why"}) and the rest goes on;
** REPLI_WAITS when there was any. */
REPLI_MUST_CHECK enum repli_status repli_review_import(const struct repli_site *, struct repli_ledger *,
                                                       const char *data, size_t len, const char *by,
                                                       repli_review_line_fn *line, void *user,
                                                       struct repli_review_counts *, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_review_show(const struct repli_site *, struct repli_ledger *,
                                                     const char *sheet, repli_review_line_fn *, void *user,
                                                     struct repli_err *);
/* Conflicts with the record that wait for a decision, one JSON object a line: {"task","sheet","capture","need","why",
** "detail","choices","value","crop","since_utc"}; need is "decide".  `by`: those this person may decide. */
REPLI_MUST_CHECK enum repli_status repli_review_conflicts(struct repli_ledger *, const char *by, repli_review_line_fn *,
                                                          void *user, struct repli_err *);
/* What was written as an order on paper and merged, for the pharmacist, one JSON object a line: {"proposal","sheet",
** "capture","patient","name","birth_date","kind","number","drug","dose","unit","route","ordered","given","prescriber",
** "verbal","signature","field","crop"}; `crop` shows the drug, which nobody keys.  All of them, until the merge is
** undone: which of them became orders only the pharmacy's own system knows. */
REPLI_MUST_CHECK enum repli_status repli_review_proposals(struct repli_ledger *, struct repli_record *,
                                                          repli_review_line_fn *, void *user, struct repli_err *);
/* `choice`: paper, live or note.  The rules are at the top of reconcile/decide.c.  Import takes the same as lines:
** {"sheet","capture","decide"} or {"task","decide"}. */
REPLI_MUST_CHECK enum repli_status repli_review_decide(const struct repli_site *, struct repli_ledger *,
                                                       const char *sheet, const char *capture, const char *choice,
                                                       const char *by, struct repli_err *);
/* Opens a settled or undone field again: raises its revision. */
REPLI_MUST_CHECK enum repli_status repli_review_reopen(const struct repli_site *, struct repli_ledger *,
                                                       const char *sheet, const char *field, const char *by,
                                                       struct repli_err *);

#endif
