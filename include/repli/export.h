/* Write-back: what was merged from paper, as FHIR R4 transaction Bundles for the hospital's own system.
**
** One Bundle a merge (a sheet, a run).  Every resource is created on condition that none with its identifier is there,
** so that the same Bundle twice changes nothing; patients and stays are found by their own numbers, and made (with no
** more than name, birth date and number) only where the other system does not know them, as for downtime patients.
** Everything is tagged as late data from paper of its outage, so that it fires no task, alert or charge.  What was
** exported and undone since is withdrawn: status `entered-in-error`.
*/
#ifndef REPLI_EXPORT_H
#define REPLI_EXPORT_H

#include "repli/ledger.h"
#include "repli/record_export.h"
#include "repli/site.h"
#include "repli/text.h"

/* A scanned side for the DocumentReference; data NULL: the document is named without its picture. */
struct repli_export_image {
    const void *data;
    size_t len;
    const char *type; /* "image/png" */
};
struct repli_export_counts {
    int64_t bundles, observations, doses, orders, moves, documents, withdrawn;
};
/* The Bundle of one merge as JSON, without line breaks, appended to `out`; nothing when it wrote nothing.  An undone
** merge is withdrawn: for merges that were exported before.  `site` names the identifier systems; `sheet` is the
** ledger's row of it, or NULL when the ledger does not know it any more.  Counts are added. */
REPLI_MUST_CHECK enum repli_status repli_export_bundle(const struct repli_site *site, struct repli_record *record,
                                                       const struct repli_out_merge *merge,
                                                       const struct repli_sheet_row *sheet,
                                                       const struct repli_export_image *image, struct repli_buf *out,
                                                       struct repli_export_counts *counts, struct repli_err *err);

/* ---- which merges were handed over (store/) */
REPLI_MUST_CHECK enum repli_status repli_ledger_exported(struct repli_ledger *, const char *merge_id, bool *exported,
                                                         bool *withdrawn, struct repli_err *);
/* Inside the caller's transaction. */
REPLI_MUST_CHECK enum repli_status repli_ledger_export_put(struct repli_ledger *, const char *merge_id, bool withdrawn,
                                                           int64_t now_utc, struct repli_err *);

#endif
