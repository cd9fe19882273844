/* Write-back: what was merged from paper, as FHIR R4 transaction Bundles for the hospital's own system.
**
** One Bundle a merge (a sheet, a run).  Every resource is created on condition that none with its identifier is there,
** so that the same Bundle twice changes nothing; patients and stays are found by their own numbers, and made (with no
** more than name, birth date and number) only where the other system does not know them, as for downtime patients.
** Everything is tagged as late data from paper of its outage, so that it fires no task, alert or charge.  What was
** exported and undone since is withdrawn: status `entered-in-error`; the sheet's own picture is so once no merge of it
** stands, and a later merge tells it anew, of whom it is about then.
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
/* A block of a sheet that was filed as a document, for whoever makes its picture. */
struct repli_export_filed {
    const struct repli_out_merge *merge;
    const struct repli_sheet_row *sheet; /* NULL: the ledger does not know it */
    const struct repli_out_row *row;
    const struct repli_out_entry *entry;
    const struct repli_out_patient *patient; /* as of today; NULL: of a ward */
};
/* Fills `image` (in the arena): a PDF of the block under a header of text; data NULL where its scan is gone. */
typedef enum repli_status repli_export_filed_fn(void *user, const struct repli_export_filed *what, struct repli_arena *,
                                                struct repli_export_image *image, struct repli_err *);
/* What Bundles show. */
struct repli_export_pictures {
    struct repli_export_image side; /* the whole side */
    repli_export_filed_fn *filed;   /* NULL: documents are named without their pictures */
    void *user;
};
struct repli_export_counts {
    int64_t bundles, observations, doses, orders, moves, documents, filed, withdrawn;
};
/* The Bundle of one merge as JSON, without line breaks, appended to `out`; nothing when it wrote nothing.  An undone
** merge is withdrawn: for merges that were exported before.  `site` names the identifier systems; `sheet` is the
** ledger's row of it, or NULL when the ledger does not know it any more.  Counts are added. */
REPLI_MUST_CHECK enum repli_status
repli_export_bundle(const struct repli_site *site, struct repli_record *record, const struct repli_out_merge *merge,
                    const struct repli_sheet_row *sheet, const struct repli_export_pictures *pictures,
                    struct repli_buf *out, struct repli_export_counts *counts, struct repli_err *err);

/* ---- which merges were handed over (store/) */
REPLI_MUST_CHECK enum repli_status repli_ledger_exported(struct repli_ledger *, const char *merge_id, bool *exported,
                                                         bool *withdrawn, struct repli_err *);
/* Inside the caller's transaction. */
REPLI_MUST_CHECK enum repli_status repli_ledger_export_put(struct repli_ledger *, const char *merge_id, bool withdrawn,
                                                           int64_t now_utc, struct repli_err *);

#endif
