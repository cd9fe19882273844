/* What the files of the write-back share: one Bundle in the making. */
#ifndef REPLI_EXCHANGE_FHIR_OUT_H
#define REPLI_EXCHANGE_FHIR_OUT_H

#include <jansson.h>

#include "repli/export.h"

#define UUID_TEXT 46 /* "urn:uuid:" + 36 + NUL */

struct bundle {
    const struct repli_site *site;
    struct repli_arena *a;
    const struct repli_out_merge *merge;
    const struct repli_sheet_row *sheet; /* NULL: the ledger does not know it any more */
    const struct repli_export_pictures *pictures;
    json_t *entries;
    const char *paper; /* identifier system of what comes from paper */
    json_t *made;      /* fullUrls that stand in the Bundle, as keys */
    struct repli_export_counts *counts;
};

/* ---- pieces: texts may be NULL, then the member is left out */
void out_set(json_t *o, const char *key, const char *text);
void out_time(json_t *o, const char *key, const int64_t *utc);
json_t *out_concept(const char *system, const char *code, const char *text);
json_t *out_quantity(const char *value, const char *unit); /* NULL: no number */
json_t *out_ref(const char *reference);
/* The same for ever for the same words, so that Bundles can be compared. */
void out_uuid(const struct bundle *b, const char *kind, const char *key, char out[UUID_TEXT]);
/* "identifier=SYSTEM|VALUE", escaped for a query. */
const char *out_query(struct bundle *b, const char *param, const char *system, const char *value);
/* A resource into the Bundle, created unless one with that query is there; takes the resource. */
void out_create(struct bundle *b, const char *full_url, json_t *resource, const char *unless);
void out_update(struct bundle *b, const char *full_url, json_t *resource, const char *which);

/* ---- rows: "SERIAL/field/revision" of an entry; a resource of the row, or NULL where its kind is told by the document
** alone.  subject and context: references or NULL. */
const char *out_key(struct bundle *b, const struct repli_out_entry *e);
json_t *out_row(struct bundle *b, const struct repli_out_entry *e, const struct repli_out_row *row, const char *subject,
                const char *context);
/* The same with an identifier, a tag and a status: of `type`. */
json_t *out_start(struct bundle *b, const char *type, const struct repli_out_entry *e, const char *status);

/* ---- fhir_out_document.c */
/* The side itself, into the Bundle; returns its full URL. */
const char *out_side(struct bundle *b, const char *subject, const char *context, const struct repli_out_entry *first);
/* The side is shown no more, for nothing of it stands. */
void out_side_withdrawn(struct bundle *b, const char *subject);
/* A block that was filed; `patient` NULL: of a ward; `side`: the full URL of all of it. */
enum repli_status out_filed(struct bundle *b, const struct repli_export_filed *what, const char *subject,
                            const char *context, const char *side, json_t **resource, struct repli_err *err);
/* What R4 wants of a document even when it is withdrawn. */
void out_no_content(json_t *document);

/* A resource that takes the place of one that was withdrawn; NULL: such a row was never told. */
json_t *out_withdrawn(struct bundle *b, const struct repli_out_entry *e, const char *subject);

#endif
