/* Write-back: the scanned side, and blocks of handwriting that were filed, as DocumentReference. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/fhir_out.h"
#include "repli/text.h"

static char *base64(const void *data, size_t len)
{
    size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    char *text = repli_xmalloc(room);
    return sodium_bin2base64(text, room, data, len, sodium_base64_VARIANT_ORIGINAL);
}

static void set_content(json_t *document, const char *type, const char *title, const struct repli_export_image *image)
{
    json_t *attachment = json_object();
    out_set(attachment, "contentType", type);
    out_set(attachment, "title", title);
    if (image && image->data) {
        char *text = base64(image->data, image->len);
        json_object_set_new(attachment, "data", json_string(text));
        json_object_set_new(attachment, "size", json_integer((json_int_t)image->len));
        free(text);
    }
    json_object_set_new(document, "content", json_pack("[{s:o}]", "attachment", attachment));
}

void out_no_content(json_t *document)
{
    set_content(document, NULL, "withdrawn", NULL);
}

/* ---- the side */

static json_t *side(struct bundle *b, const char *status, const char *subject)
{
    json_t *o = json_pack("{s:s, s:[{s:s, s:s}], s:s}", "resourceType", "DocumentReference", "identifier", "system",
                          b->paper, "value", b->merge->sheet, "status", status);
    json_object_set_new(o, "type", out_concept("urn:repli:form", b->sheet ? b->sheet->form_id : "sheet", NULL));
    if (subject)
        json_object_set_new(o, "subject", out_ref(subject));
    return o;
}

/* A side that is about a ward shows many people: its document is nobody's.  One that was withdrawn before is told by an
** update: the other system has its number, and may think it somebody else's. */
const char *out_side(struct bundle *b, const char *subject, const char *context, const struct repli_out_entry *first)
{
    const struct repli_sheet_row *sheet = b->sheet;
    const struct repli_export_image *image = b->pictures ? &b->pictures->side : NULL;
    char *uuid = repli_arena_alloc(b->a, UUID_TEXT);
    json_t *o = side(b, "current", subject);
    out_uuid(b, "document", b->merge->sheet, uuid);
    if (context)
        json_object_set_new(o, "context", json_pack("{s:[o]}", "encounter", out_ref(context)));
    out_time(o, "date", first->scanned_utc);
    set_content(o, image && image->type ? image->type : "image/png",
                sheet
                    ? repli_arena_printf(b->a, "%s %s, %d/%d", sheet->form_id, sheet->sheet, sheet->side, sheet->sides)
                    : b->merge->sheet,
                image);
    const char *which = out_query(b, "identifier", b->paper, b->merge->sheet);
    if (b->merge->again)
        out_update(b, uuid, o, which);
    else
        out_create(b, uuid, o, which);
    b->counts->documents++;
    return uuid;
}

void out_side_withdrawn(struct bundle *b, const char *subject)
{
    char uuid[UUID_TEXT];
    json_t *o = side(b, "entered-in-error", subject);
    out_no_content(o);
    out_uuid(b, "document", b->merge->sheet, uuid);
    out_update(b, uuid, o, out_query(b, "identifier", b->paper, b->merge->sheet));
    b->counts->withdrawn++;
}

/* ---- blocks of it */

static json_t *context_of(const struct repli_out_row *row, const char *context, const char *whole)
{
    json_t *o = json_object(), *period = json_object();
    if (context)
        json_object_set_new(o, "encounter", json_pack("[o]", out_ref(context)));
    out_time(period, "start", row->at_utc ? row->at_utc : row->other_utc);
    if (row->at_utc) /* else: it was written at some time of the sheet's hours */
        out_time(period, "end", row->at_utc);
    json_object_set_new(o, "period", period);
    json_object_set_new(o, "related", json_pack("[o]", out_ref(whole)));
    return o;
}

enum repli_status out_filed(struct bundle *b, const struct repli_export_filed *what, const char *subject,
                            const char *context, const char *whole, json_t **resource, struct repli_err *err)
{
    const struct repli_out_row *row = what->row;
    const struct repli_export_pictures *p = b->pictures;
    struct repli_export_image image = {0};
    enum repli_status s = p && p->filed ? p->filed(p->user, what, b->a, &image, err) : REPLI_OK;
    if (s != REPLI_OK)
        return s;
    const char *title = repli_arena_printf(b->a, "%s %s %s, %s", row->form, row->kind_of, row->number, b->merge->sheet);
    json_t *o = out_start(b, "DocumentReference", what->entry, "current");
    json_object_set_new(o, "type", out_concept("urn:repli:document", row->kind_of, NULL));
    json_object_set_new(o, "category", json_pack("[o]", out_concept("urn:repli:form", row->form, NULL)));
    if (subject)
        json_object_set_new(o, "subject", out_ref(subject));
    out_time(o, "date", what->entry->scanned_utc);
    out_set(o, "description", title);
    set_content(o, "application/pdf", title, &image);
    json_object_set_new(o, "context", context_of(row, context, whole));
    b->counts->filed++;
    *resource = o;
    return REPLI_OK;
}
