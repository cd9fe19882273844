/* What came from paper, read again for another system. */
#include "repli/record_export.h"

#include <string.h>

#include "repli/downtime.h"
#include "store/record_family.h"
#include "store/record_internal.h"

enum repli_status repli_record_out_merges(struct repli_record *r, int64_t since_utc, struct repli_arena *a,
                                          struct repli_out_merge **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool more = false;
    struct repli_out_merge *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "WITH paper AS MATERIALIZED (SELECT serial, mac, count(*)-count(u.merge_id) AS standing, count(u.merge_id) AS "
        "undone FROM merge LEFT JOIN merge_undo u USING(merge_id) GROUP BY serial, mac) "
        "SELECT m.merge_id, m.sheet, m.person, m.serial, m.merged_utc, u.undone_utc, p.standing > (u.merge_id IS "
        "NULL), p.undone > (u.merge_id IS NOT NULL) FROM merge m LEFT JOIN merge_undo u USING(merge_id) JOIN paper p "
        "ON "
        "p.serial=m.serial AND p.mac=m.mac WHERE m.merged_utc >= ?1 OR u.undone_utc >= ?1 ORDER BY m.merged_utc, "
        "m.rowid",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, since_utc);
    while ((s = repli_db_step(&r->db, st, &more, err)) == REPLI_OK && more) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_out_merge){.id = repli_col_dup(a, st, 0),
                                            .sheet = repli_col_dup(a, st, 1),
                                            .person = repli_col_dup(a, st, 2),
                                            .serial = (uint64_t)sqlite3_column_int64(st, 3),
                                            .merged_utc = sqlite3_column_int64(st, 4),
                                            .undone = sqlite3_column_type(st, 5) != SQLITE_NULL,
                                            .undone_utc = sqlite3_column_int64(st, 5),
                                            .stands = sqlite3_column_int(st, 6),
                                            .again = sqlite3_column_int(st, 7)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_record_out_entries(struct repli_record *r, const char *merge_id, struct repli_arena *a,
                                           struct repli_out_entry **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool more = false;
    struct repli_out_entry *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &r->db,
        "SELECT field, capture, effect, target, value, author, entered_by, verified_by, box_um, "
        "lower(hex(image_sha256)), outage, decided, decided_by, event_utc, scanned_utc, entered_utc, revision FROM ("
        "SELECT *, row_number() OVER (PARTITION BY coalesce(target, capture), revision ORDER BY field<>capture, field) "
        "AS nth FROM paper_entry WHERE merge_id=?) WHERE nth=1 ORDER BY field, revision",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, merge_id);
    while ((s = repli_db_step(&r->db, st, &more, err)) == REPLI_OK && more) {
        all = repli_rows_more(a, all, n, sizeof *all);
        const char **to[] = {&all[n].field,  &all[n].capture,    &all[n].effect,      &all[n].target, &all[n].value,
                             &all[n].author, &all[n].entered_by, &all[n].verified_by, &all[n].box_um, &all[n].image,
                             &all[n].outage, &all[n].decided,    &all[n].decided_by};
        for (int i = 0; i < (int)(sizeof to / sizeof *to); i++)
            *to[i] = repli_col_dup(a, st, i);
        all[n].event_utc = record_opt_dup(a, st, 13);
        all[n].scanned_utc = record_opt_dup(a, st, 14);
        all[n].entered_utc = sqlite3_column_int64(st, 15);
        all[n].revision = sqlite3_column_int(st, 16);
        n++;
    }
    *list = all;
    *count = n;
    return s;
}

/* One row of texts; *found false: none. */
static enum repli_status texts(struct repli_record *r, const char *sql, const char *key, struct repli_arena *a,
                               const char ***to, int count, const int64_t **one, const int64_t **two, bool *found,
                               struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(&r->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, key);
    s = repli_db_step(&r->db, st, found, err);
    for (int i = 0; s == REPLI_OK && *found && i < count; i++)
        *to[i] = repli_col_dup(a, st, i);
    if (s == REPLI_OK && *found && one)
        *one = record_opt_dup(a, st, count);
    if (s == REPLI_OK && *found && two)
        *two = record_opt_dup(a, st, count + 1);
    return s;
}

enum repli_status repli_record_out_patient(struct repli_record *r, const char *id, struct repli_arena *a,
                                           struct repli_out_patient **patient, struct repli_err *err)
{
    struct repli_out_patient *p = repli_arena_alloc(a, sizeof *p);
    const char *undone = NULL;
    const char **to[] = {&p->id,        &p->system,     &p->value,  &p->family, &p->given,
                         &p->name_text, &p->birth_date, &p->gender, &p->today,  &undone};
    bool found = false;
    enum repli_status s =
        texts(r,
              "SELECT patient_id, identifier_system, identifier_value, family, given, name_text, "
              "birth_date, gender, CASE WHEN replaced_by IS NOT NULL AND identifier_system='" REPLI_DOWNTIME_SYSTEM
              "' THEN " RECORD_TODAY(
                  "me.patient_id") " END, (SELECT 1 FROM identity_act i WHERE "
                                   "i.number=me.patient_id AND i.act='undone' AND me.replaced_by IS NULL LIMIT 1) "
                                   "FROM patient me WHERE patient_id=?",
              id, a, to, 10, NULL, NULL, &found, err);
    p->was_joined = undone != NULL;
    if (p->today && strcmp(p->today, p->id) == 0)
        p->today = NULL; /* the one who replaced it has not come */
    *patient = found ? p : NULL;
    return s;
}

enum repli_status repli_record_out_stay(struct repli_record *r, const char *id, struct repli_arena *a,
                                        struct repli_out_stay **stay, struct repli_err *err)
{
    struct repli_out_stay *e = repli_arena_alloc(a, sizeof *e);
    const char **to[] = {&e->id, &e->patient_id, &e->system, &e->value, &e->class, &e->status};
    bool found = false;
    enum repli_status s =
        texts(r,
              "SELECT encounter_id, patient_id, identifier_system, identifier_value, class, status, "
              "start_utc, end_utc FROM encounter WHERE encounter_id=? AND identifier_value IS NOT NULL",
              id, a, to, 6, &e->start_utc, &e->end_utc, &found, err);
    *stay = found ? e : NULL;
    return s;
}

/* ---- rows */

static enum repli_status observation(struct repli_record *r, const char *id, struct repli_arena *a,
                                     struct repli_out_row *o, bool *found, struct repli_err *err)
{
    const char **to[] = {&o->patient_id, &o->encounter_id, &o->code_system, &o->code, &o->display,
                         &o->category,   &o->value,        &o->value_kind,  &o->unit, &o->status};
    o->kind = REPLI_OUT_OBSERVATION;
    return texts(
        r,
        "SELECT patient_id, encounter_id, code_system, code, display, category, value, value_kind, unit, status, "
        "effective_utc FROM observation WHERE observation_id=?",
        id, a, to, 10, &o->at_utc, NULL, found, err);
}

static enum repli_status dose(struct repli_record *r, const char *id, struct repli_arena *a, struct repli_out_row *o,
                              bool *found, struct repli_err *err)
{
    const char **to[] = {&o->patient_id, &o->encounter_id, &o->request_id, &o->status, &o->drug,
                         &o->dose,       &o->dose_unit,    &o->dose_text,  &o->route,  &o->reason};
    o->kind = REPLI_OUT_DOSE;
    return texts(r,
                 "SELECT patient_id, encounter_id, request_id, status, medication, dose, dose_unit, dose_text, route, "
                 "reason, start_utc, due_utc FROM medication_administration WHERE administration_id=?",
                 id, a, to, 10, &o->at_utc, &o->other_utc, found, err);
}

static enum repli_status proposal(struct repli_record *r, const char *id, struct repli_arena *a,
                                  struct repli_out_row *o, bool *found, struct repli_err *err)
{
    const char *kind = NULL;
    const char **to[] = {&o->patient_id, &o->encounter_id, &o->number,     &o->drug, &o->dose,
                         &o->dose_unit,  &o->route,        &o->prescriber, &kind,    &o->note};
    enum repli_status s =
        texts(r,
              "SELECT patient_id, encounter_id, number, drug, dose, dose_unit, route, prescriber_number, kind, "
              "iif(read_back=0, 'told by voice, not read back', NULL), ordered_utc, "
              "given_utc FROM order_proposal WHERE proposal_id=?",
              id, a, to, 10, &o->at_utc, &o->other_utc, found, err);
    /* What ends an order, or limits care, must never look like a drug that is asked for. */
    bool asks = kind && (strcmp(kind, "once") == 0 || strcmp(kind, "order") == 0);
    o->kind = asks ? REPLI_OUT_PROPOSAL : REPLI_OUT_OTHER;
    return s;
}

/* An amount of a fluid chart: an observation of its hour. */
static enum repli_status fluid(struct repli_record *r, const char *id, struct repli_arena *a, struct repli_out_row *o,
                               bool *found, struct repli_err *err)
{
    const char **to[] = {&o->patient_id, &o->encounter_id, &o->code_system, &o->code,  &o->display,
                         &o->value,      &o->value_kind,   &o->unit,        &o->status};
    o->kind = REPLI_OUT_OBSERVATION;
    return texts(r,
                 "SELECT patient_id, encounter_id, code_system, code, display, amount_ml, 'quantity', 'mL', 'final', "
                 "start_utc, end_utc FROM fluid WHERE fluid_id=?",
                 id, a, to, 9, &o->at_utc, &o->other_utc, found, err);
}

static enum repli_status movement(struct repli_record *r, const char *id, struct repli_arena *a,
                                  struct repli_out_row *o, bool *found, struct repli_err *err)
{
    const char **to[] = {&o->patient_id, &o->encounter_id, &o->event, &o->ward, &o->room, &o->bed, &o->to_text};
    o->kind = REPLI_OUT_MOVEMENT;
    return texts(r,
                 "SELECT patient_id, encounter_id, event, ward, room, bed, to_text, event_utc FROM movement WHERE "
                 "movement_id=?",
                 id, a, to, 7, &o->at_utc, NULL, found, err);
}

static enum repli_status document(struct repli_record *r, const char *id, struct repli_arena *a,
                                  struct repli_out_row *o, bool *found, struct repli_err *err)
{
    const char **to[] = {&o->patient_id, &o->encounter_id, &o->ward,   &o->form,
                         &o->kind_of,    &o->number,       &o->box_um, &o->content};
    o->kind = REPLI_OUT_DOCUMENT;
    return texts(r,
                 "SELECT patient_id, encounter_id, ward, form, kind, number, box_um, content, written_utc, window_utc "
                 "FROM document WHERE document_id=?",
                 id, a, to, 8, &o->at_utc, &o->other_utc, found, err);
}

/* Rows of other tables stay what the sheet's document says of them. */
static enum repli_status other(struct repli_record *r, const char *id, struct repli_arena *a, struct repli_out_row *o,
                               bool *found, struct repli_err *err)
{
    (void)r, (void)id, (void)a, (void)err;
    o->kind = REPLI_OUT_OTHER;
    *found = true;
    return REPLI_OK;
}

enum repli_status repli_record_out_row(struct repli_record *r, const char *target, struct repli_arena *a,
                                       struct repli_out_row **row, struct repli_err *err)
{
    typedef enum repli_status read_fn(struct repli_record *, const char *, struct repli_arena *, struct repli_out_row *,
                                      bool *, struct repli_err *);
    static const struct {
        const char *table;
        read_fn *read;
    } tables[] = {{"observation", observation}, {"medication_administration", dose},
                  {"order_proposal", proposal}, {"fluid", fluid},
                  {"movement", movement},       {"document", document}};
    struct repli_out_row *o = repli_arena_alloc(a, sizeof *o);
    const char *slash = strchr(target, '/');
    read_fn *read = other;
    bool found = false;
    for (size_t i = 0; slash && i < sizeof tables / sizeof *tables; i++)
        if (strlen(tables[i].table) == (size_t)(slash - target) &&
            strncmp(tables[i].table, target, (size_t)(slash - target)) == 0)
            read = tables[i].read;
    enum repli_status s = read(r, slash ? slash + 1 : target, a, o, &found, err);
    *row = found ? o : NULL;
    return s;
}
