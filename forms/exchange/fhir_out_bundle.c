/* Write-back: one Bundle a merge, with whose it is, the sheet's picture and who says so. */
#include <stdlib.h>
#include <string.h>

#include "exchange/fhir_out.h"
#include "repli/id.h"
#include "repli/pagecode.h"
#include "repli/record_identity.h"

/* ---- whose */

static json_t *person(const struct repli_out_patient *p)
{
    json_t *o = json_pack("{s:s, s:[{s:s, s:s}]}", "resourceType", "Patient", "identifier", "system", p->system,
                          "value", p->value);
    json_t *name = json_object();
    out_set(name, "family", p->family);
    if (p->given)
        json_object_set_new(name, "given", json_pack("[s]", p->given));
    if (!p->family)
        out_set(name, "text", p->name_text);
    if (json_object_size(name))
        json_object_set_new(o, "name", json_pack("[O]", name));
    json_decref(name);
    out_set(o, "gender", p->gender);
    out_set(o, "birthDate", p->birth_date);
    return o;
}

/* A downtime number whose file was joined to somebody's, or (survivor NULL) is so no more: told by an update, for the
** other system may have the number already. */
static void number_linked(struct bundle *b, const struct repli_out_patient *p, const char *survivor)
{
    char uuid[UUID_TEXT];
    out_uuid(b, "patient", p->id, uuid);
    if (json_object_get(b->made, uuid))
        return;
    json_t *o = person(p);
    json_object_set_new(o, "active", json_boolean(!survivor));
    if (survivor)
        json_object_set_new(o, "link",
                            json_pack("[{s:{s:s}, s:s}]", "other", "reference", survivor, "type", "replaced-by"));
    out_update(b, uuid, o, out_query(b, "identifier", p->system, p->value));
}

static enum repli_status patient(struct bundle *b, struct repli_record *record, const char *id, const char **ref,
                                 struct repli_err *err)
{
    char uuid[UUID_TEXT];
    struct repli_out_patient *p = NULL, *number = NULL;
    *ref = NULL;
    enum repli_status s = id ? repli_record_out_patient(record, id, b->a, &p, err) : REPLI_OK;
    if (s == REPLI_OK && p && p->today) {
        number = p;
        s = repli_record_out_patient(record, number->today, b->a, &p, err);
    }
    if (s != REPLI_OK || !p)
        return s;
    out_uuid(b, "patient", p->id, uuid);
    *ref = repli_arena_strdup(b->a, uuid);
    if (number)
        number_linked(b, number, *ref);
    if (p->was_joined)
        number_linked(b, p, NULL);
    if (json_object_get(b->made, uuid))
        return REPLI_OK;
    json_t *o = person(p);
    if (number) /* what the patient is called on that paper */
        json_array_append_new(json_object_get(o, "identifier"), json_pack("{s:s, s:s, s:s}", "use", "old", "system",
                                                                          number->system, "value", number->value));
    out_create(b, uuid, o, out_query(b, "identifier", p->system, p->value));
    return REPLI_OK;
}

static enum repli_status stay(struct bundle *b, struct repli_record *record, const char *id, const char *subject,
                              const char **ref, struct repli_err *err)
{
    char uuid[UUID_TEXT];
    struct repli_out_stay *e = NULL;
    *ref = NULL;
    enum repli_status s = id ? repli_record_out_stay(record, id, b->a, &e, err) : REPLI_OK;
    if (s != REPLI_OK || !e || !e->system)
        return s;
    out_uuid(b, "stay", e->id, uuid);
    *ref = repli_arena_strdup(b->a, uuid);
    if (json_object_get(b->made, uuid))
        return REPLI_OK;
    json_t *o = json_pack("{s:s, s:[{s:s, s:s}]}", "resourceType", "Encounter", "identifier", "system", e->system,
                          "value", e->value);
    out_set(o, "status", e->status);
    json_object_set_new(o, "class",
                        json_pack("{s:s, s:s}", "system", "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code",
                                  e->class ? e->class : "IMP"));
    if (subject)
        json_object_set_new(o, "subject", out_ref(subject));
    json_t *period = json_object();
    out_time(period, "start", e->start_utc);
    out_time(period, "end", e->end_utc);
    if (json_object_size(period))
        json_object_set(o, "period", period);
    json_decref(period);
    out_create(b, uuid, o, out_query(b, "identifier", e->system, e->value));
    return REPLI_OK;
}

/* ---- who says so */

static void agent(json_t *list, const char *type, const char *system, const char *who)
{
    if (who)
        json_array_append_new(
            list,
            json_pack("{s:o, s:{s:{s:s, s:s}, s:s}}", "type",
                      out_concept("http://terminology.hl7.org/CodeSystem/provenance-participant-type", type, NULL),
                      "who", "identifier", "system", system, "value", who, "display", who));
}

/* R4's Provenance has no identifier: it is known again by a tag. */
static void provenance(struct bundle *b, const struct repli_out_entry *e, const char *target, const char *doc)
{
    char uuid[UUID_TEXT];
    const char *key = out_key(b, e);
    json_t *agents = json_array(), *o = json_object();
    out_uuid(b, "provenance", key, uuid);
    agent(agents, "author", "urn:repli:initials", e->author);
    agent(agents, "enterer", "urn:repli:person", e->entered_by);
    agent(agents, "verifier", "urn:repli:person", e->verified_by);
    agent(agents, "attester", "urn:repli:person", e->decided_by);
    agent(agents, "assembler", "urn:repli:person", b->merge->person);
    out_set(o, "resourceType", "Provenance");
    json_object_set_new(o, "meta", json_pack("{s:[{s:s, s:s}]}", "tag", "system", b->paper, "code", key));
    json_object_set_new(o, "target", json_pack("[o]", out_ref(target)));
    out_time(o, "occurredDateTime", e->event_utc);
    out_time(o, "recorded", &b->merge->merged_utc);
    json_object_set_new(o, "reason", json_pack("[o]", out_concept("urn:repli:tag", "downtime-paper", e->outage)));
    json_object_set_new(o, "agent", agents);
    /* the square on the sheet (micrometres), the image it was read in, and the sheet's document */
    json_object_set_new(o, "entity",
                        json_pack("[{s:s, s:{s:s}}, {s:s, s:{s:{s:s, s:s}, s:s}}]", "role", "source", "what",
                                  "reference", doc, "role", "quotation", "what", "identifier", "system", b->paper,
                                  "value", repli_arena_printf(b->a, "%s#%s", b->merge->sheet, e->box_um), "display",
                                  e->image));
    out_create(b, uuid, o, out_query(b, "_tag", b->paper, key));
}

/* ---- the whole */

static enum repli_status filed(struct bundle *b, struct repli_record *record, const struct repli_out_entry *e,
                               const struct repli_out_row *row, const char *subject, const char *context,
                               const char *doc, json_t **o, struct repli_err *err)
{
    struct repli_out_patient *p = NULL;
    const char *id = row->patient_id;
    enum repli_status s = id ? repli_record_out_patient(record, id, b->a, &p, err) : REPLI_OK;
    if (s == REPLI_OK && p && p->today)
        s = repli_record_out_patient(record, p->today, b->a, &p, err);
    const struct repli_export_filed what = {b->merge, b->sheet, row, e, p};
    return s == REPLI_OK ? out_filed(b, &what, subject, context, doc, o, err) : s;
}

/* Of a downtime number the record's id is the number; people may have given the sheet to somebody else since. */
static enum repli_status whose(struct bundle *b, struct repli_record *record, const struct repli_sheet_row *sheet,
                               bool now, const char **id, struct repli_err *err)
{
    const char *owner = NULL;
    int moves = 0;
    *id = NULL; /* of a ward */
    if (!sheet)
        return REPLI_OK;
    enum repli_status s =
        now ? repli_record_sheet_owner(record, sheet->serial, sheet->mac, b->a, &owner, &moves, err) : REPLI_OK;
    *id = owner ? owner : sheet->subject_kind == REPLI_SUBJECT_DOWNTIME ? sheet->patient : sheet->patient_id;
    return s;
}

static enum repli_status one_entry(struct bundle *b, struct repli_record *record, const struct repli_out_entry *e,
                                   const struct repli_out_row *row, const char *doc, struct repli_err *err)
{
    const char *subject = NULL, *context = NULL;
    char uuid[UUID_TEXT];
    enum repli_status s = patient(b, record, row->patient_id, &subject, err);
    if (s == REPLI_OK)
        s = stay(b, record, row->encounter_id, subject, &context, err);
    json_t *o = NULL;
    if (s == REPLI_OK && row->kind == REPLI_OUT_DOCUMENT)
        s = filed(b, record, e, row, subject, context, doc, &o, err);
    else if (s == REPLI_OK)
        o = out_row(b, e, row, subject, context);
    if (!o)
        return s;
    out_uuid(b, "row", out_key(b, e), uuid);
    out_create(b, uuid, o, out_query(b, "identifier", b->paper, out_key(b, e)));
    provenance(b, e, uuid, doc);
    return REPLI_OK;
}

static enum repli_status fill(struct bundle *b, struct repli_record *record, const struct repli_out_entry *entries,
                              size_t count, struct repli_err *err)
{
    const char *subject = NULL, *context = NULL, *doc = NULL;
    struct repli_out_row **rows = repli_arena_array(b->a, count + 1, sizeof *rows);
    enum repli_status s = REPLI_OK;
    const char *encounter = NULL;
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        if (entries[i].target && strcmp(entries[i].effect, "inserted") == 0)
            s = repli_record_out_row(record, entries[i].target, b->a, &rows[i], err);
        if (s == REPLI_OK && rows[i] && rows[i]->encounter_id)
            encounter = rows[i]->encounter_id;
    }
    const char *id = NULL;
    if (s == REPLI_OK)
        s = whose(b, record, b->sheet, true, &id, err);
    if (s == REPLI_OK)
        s = patient(b, record, id, &subject, err);
    if (s == REPLI_OK && subject)
        s = stay(b, record, encounter, subject, &context, err);
    if (s == REPLI_OK)
        doc = out_side(b, subject, context, &entries[0]);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        if (rows[i])
            s = one_entry(b, record, &entries[i], rows[i], doc, err);
    return s;
}

static enum repli_status withdraw(struct bundle *b, struct repli_record *record, const struct repli_out_entry *entries,
                                  size_t count, struct repli_err *err)
{
    const char *subject = NULL, *id = NULL;
    enum repli_status s = whose(b, record, b->sheet, false, &id, err);
    if (s == REPLI_OK)
        s = patient(b, record, id, &subject, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        char uuid[UUID_TEXT];
        json_t *o = strcmp(entries[i].effect, "inserted") == 0 ? out_withdrawn(b, &entries[i], subject) : NULL;
        if (!o)
            continue;
        out_uuid(b, "row", out_key(b, &entries[i]), uuid);
        out_update(b, uuid, o, out_query(b, "identifier", b->paper, out_key(b, &entries[i])));
        b->counts->withdrawn++;
    }
    if (s == REPLI_OK && !b->merge->stands)
        out_side_withdrawn(b, subject);
    return s;
}

enum repli_status repli_export_bundle(const struct repli_site *site, struct repli_record *record,
                                      const struct repli_out_merge *merge, const struct repli_sheet_row *sheet,
                                      const struct repli_export_pictures *pictures, struct repli_buf *out,
                                      struct repli_export_counts *counts, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_out_entry *entries = NULL;
    size_t count = 0;
    struct bundle b = {.site = site, .a = &a, .merge = merge, .sheet = sheet, .pictures = pictures, .counts = counts};
    enum repli_status s = repli_record_out_entries(record, merge->id, &a, &entries, &count, err);
    if (s != REPLI_OK || !count)
        return s;
    b.paper = repli_arena_printf(&a, "urn:repli:%04x:paper", (unsigned)repli_keys_site_tag(site->keys));
    b.entries = json_array();
    b.made = json_object();
    s = merge->undone ? withdraw(&b, record, entries, count, err) : fill(&b, record, entries, count, err);
    if (s == REPLI_OK && json_array_size(b.entries)) {
        json_t *all = json_pack("{s:s, s:s, s:s, s:O}", "resourceType", "Bundle", "id", merge->id, "type",
                                "transaction", "entry", b.entries);
        char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(15));
        repli_buf_puts(out, text);
        counts->bundles++;
        free(text);
        json_decref(all);
    }
    json_decref(b.made);
    json_decref(b.entries);
    return s;
}
