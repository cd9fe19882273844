/* A run: values in, each resource to its mapper, what waits at the end again, report. */
#include "repli/import.h"

#include <stdlib.h>
#include <string.h>

#include "exchange/exchange.h"
#include "repli/id.h"
#include "repli/text.h"

/* In the order in which they are best read: what is referred to first. */
static const struct {
    const char *type;
    fhir_map_fn *map;
    int rank;
} types[] = {
    {"Practitioner", fhir_practitioner, 0},
    {"Organization", fhir_organization, 0},
    {"PractitionerRole", fhir_role, 0},
    {"Location", fhir_location, 0},
    {"Patient", fhir_patient, 1},
    {"Medication", fhir_medication, 2},
    {"Encounter", fhir_encounter, 3},
    {"Bundle", NULL, 4},
    {"AllergyIntolerance", fhir_allergy, 5},
    {"Condition", fhir_condition, 6},
    {"Flag", fhir_flag_resource, 6},
    {"Coverage", fhir_coverage, 6},
    {"Device", fhir_device, 6},
    {"DeviceUseStatement", fhir_device_use, 7},
    {"Appointment", fhir_appointment, 7},
    {"Procedure", fhir_procedure, 7},
    {"ServiceRequest", fhir_service, 7},
    {"MedicationStatement", fhir_statement, 7},
    {"MedicationRequest", fhir_request, 7},
    {"MedicationAdministration", fhir_administration, 8},
    {"Observation", fhir_observation, 8},
};

static size_t find_type(const char *type)
{
    size_t i = 0;
    while (i < sizeof types / sizeof *types && strcmp(types[i].type, type) != 0)
        i++;
    return i;
}

int fhir_rank(const char *type)
{
    size_t i = find_type(type);
    return i < sizeof types / sizeof *types ? types[i].rank : 9;
}

enum repli_status repli_import_open(const struct repli_import_setup *set, const char *source, struct repli_import **imp,
                                    struct repli_err *err)
{
    enum repli_status s = repli_record_import_begin(set->record, source, set->now_utc, err);
    if (s != REPLI_OK)
        return s;
    struct repli_import *made = repli_xcalloc(1, sizeof *made);
    made->set = *set;
    *imp = made;
    return REPLI_OK;
}

void repli_import_close(struct repli_import *imp)
{
    if (!imp)
        return;
    repli_record_import_rollback(imp->set.record); /* nothing to do after a commit */
    free(imp);
}

enum repli_status fhir_refused(struct repli_import *imp, const char *type, const char *id, const char *reason,
                               struct repli_err *err)
{
    struct repli_arena a = {0};
    const char *name = type ? repli_arena_printf(&a, "%.60s%s%.80s", type, id ? "/" : "", id ? id : "") : NULL;
    if (name)
        name = repli_text_clean(&a, name, strlen(name), NULL);
    enum repli_status s =
        repli_record_refuse(imp->set.record, name, repli_text_clean(&a, reason, strlen(reason), NULL), err);
    repli_arena_done(&a);
    return s;
}

enum repli_status fhir_refused_piece(struct repli_import *imp, const char *type, const char *id, const char *reason,
                                     struct repli_err *err)
{
    repli_record_import_seen(imp->set.record);
    return fhir_refused(imp, type, id, reason, err);
}

/* A type that is not used is counted by name. */
void fhir_count_type(struct repli_import *imp, const char *type)
{
    struct repli_import_report *r = &imp->report;
    size_t at = 0;
    r->not_used++;
    repli_record_import_unused(imp->set.record);
    while (at < r->ntypes && strcmp(r->types[at].type, type) < 0)
        at++;
    if (at < r->ntypes && strcmp(r->types[at].type, type) == 0) {
        r->types[at].count++;
        return;
    }
    if (r->ntypes == sizeof r->types / sizeof *r->types)
        return;
    memmove(&r->types[at + 1], &r->types[at], (r->ntypes++ - at) * sizeof *r->types);
    memcpy(r->types[at].type, type, strlen(type) + 1);
    r->types[at].count = 1;
}

static bool type_name(const char *s)
{
    size_t n = s ? strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") : 0;
    return n > 0 && n <= 40 && s[n] == 0;
}

/* FHIR: a receiver that does not understand a modifier must not use what it modifies. */
static const char *modifier(const json_t *resource)
{
    if (fhir_get(resource, "modifierExtension"))
        return "has a modifierExtension, which may change its meaning";
    return fhir_get(resource, "implicitRules") ? "has implicitRules, which may change its meaning" : NULL;
}

static const int64_t *last_updated(const struct repli_import *imp, const json_t *resource, int64_t *utc)
{
    const char *text = json_string_value(fhir_get(fhir_get(resource, "meta"), "lastUpdated"));
    return text && repli_fhir_time(text, imp->set.zone, utc) ? utc : NULL;
}

/* The mapper of one resource.  `dump` is its canonical text: sorted keys, no blanks. */
static enum repli_status map(struct repli_import *imp, const json_t *resource, const char *dump, bool last,
                             struct repli_err *why)
{
    struct repli_arena a = {0};
    enum repli_put put;
    struct repli_hash h;
    struct fhir c = {.imp = imp, .a = &a, .res = resource, .last = last, .err = why};
    c.type = json_string_value(json_object_get(resource, "resourceType"));
    c.id = json_string_value(json_object_get(resource, "id"));
    repli_hash_init(&h);
    repli_hash_bytes(&h, dump, strlen(dump));
    repli_hash_final(&h, c.hash);
    enum repli_status s = types[find_type(c.type)].map(&c, &put);
    repli_arena_done(&a);
    return s;
}

enum repli_status fhir_put(struct fhir *c, enum repli_rec kind, const void *row, enum repli_put *put)
{
    if (c->status != REPLI_OK)
        return c->status;
    return repli_record_put(c->imp->set.record, kind, c->id, row, 1, c->hash, put, c->err);
}

/* Takes one resource, leaves it for later, or refuses it; fails only when the run must end. */
static enum repli_status take(struct repli_import *imp, const json_t *resource, bool last, struct repli_err *err)
{
    struct repli_err why = {0};
    const char *type = json_string_value(json_object_get(resource, "resourceType"));
    const char *id = json_string_value(json_object_get(resource, "id"));
    char *dump = json_dumps(resource, JSON_COMPACT | JSON_SORT_KEYS);
    if (!dump)
        return fhir_refused(imp, type, id, "cannot be written down again", err);
    enum repli_status s = map(imp, resource, dump, last, &why);
    if (s == REPLI_WAITS && !last)
        s = repli_record_later(imp->set.record, dump, err);
    else if (s == REPLI_WAITS || s == REPLI_DATA)
        s = fhir_refused(imp, type, id, why.text, err);
    else if (s != REPLI_OK)
        s = repli_fail(err, s, "%s", why.text);
    free(dump);
    return s;
}

static enum repli_status one(struct repli_import *imp, const json_t *resource, struct repli_err *err)
{
    const char *type = json_string_value(fhir_get(resource, "resourceType"));
    const char *id = json_string_value(fhir_get(resource, "id"));
    repli_record_import_seen(imp->set.record);
    if (!type_name(type))
        return fhir_refused(imp, type ? type : "?", id, "no resource: it has no resourceType", err);
    if (find_type(type) == sizeof types / sizeof *types) {
        fhir_count_type(imp, type);
        return REPLI_OK;
    }
    if (!id || !fhir_id_valid(id))
        return fhir_refused(imp, type, id, id ? "its id is none of FHIR (letters, digits, - . up to 64)" : "has no id",
                            err);
    const char *why = modifier(resource);
    return why ? fhir_refused(imp, type, id, why, err) : take(imp, resource, false, err);
}

enum repli_status fhir_value(struct repli_import *imp, json_t *value, const char *file, int64_t line,
                             bool number_entries, int depth, struct repli_err *err)
{
    int64_t utc;
    enum repli_status s = REPLI_OK;
    if (json_is_array(value) && depth == 0) {
        for (size_t i = 0; i < json_array_size(value) && s == REPLI_OK; i++)
            s = fhir_value(imp, json_array_get(value, i), file, number_entries ? (int64_t)i + 1 : line, false, 1, err);
        return s;
    }
    repli_record_import_at(imp->set.record, file, line, last_updated(imp, value, &utc));
    if (!json_is_object(value))
        return fhir_refused_piece(imp, NULL, NULL, "no resource: not a JSON object", err);
    if (fhir_is(value, "resourceType", "Bundle"))
        return fhir_bundle(imp, value, file, line, number_entries, depth, err);
    return one(imp, value, err);
}

enum repli_status repli_import_text(struct repli_import *imp, const char *file, int64_t line, const char *text,
                                    size_t len, struct repli_err *err)
{
    FHIR_JSON root = NULL;
    struct repli_err why = {0};
    repli_record_import_at(imp->set.record, file, line, NULL);
    if (len > (size_t)imp->set.max_resource)
        return fhir_refused_piece(imp, NULL, NULL, "larger than import_max_resource of site.yaml", err);
    if (fhir_parse(text, len, &root, &why) != REPLI_OK)
        return fhir_refused_piece(imp, NULL, NULL, why.text, err);
    return fhir_value(imp, root, file, line, line == 0, 0, err);
}

/* One pass over what waits, each once; those that still wait stay in the queue. */
static enum repli_status again(struct repli_import *imp, int64_t count, bool last, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    for (int64_t i = 0; i < count && s == REPLI_OK; i++) {
        struct repli_arena a = {0};
        const char *text = NULL;
        FHIR_JSON root = NULL;
        s = repli_record_later_take(imp->set.record, &a, &text, err);
        if (s == REPLI_OK && text)
            s = fhir_parse(text, strlen(text), &root, err);
        if (s == REPLI_OK && text)
            s = take(imp, root, last, err);
        repli_arena_done(&a);
    }
    return s;
}

/* What waits once more, until a pass settles nothing. */
enum repli_status fhir_settle(struct repli_import *imp, struct repli_err *err)
{
    int64_t before = -1, waiting = 0;
    enum repli_status s = repli_record_later_count(imp->set.record, &waiting, err);
    while (s == REPLI_OK && waiting > 0 && waiting != before) {
        before = waiting;
        s = again(imp, waiting, false, err);
        if (s == REPLI_OK)
            s = repli_record_later_count(imp->set.record, &waiting, err);
    }
    return s;
}

/* Nothing more will come: what is missing is missing. */
static enum repli_status settle(struct repli_import *imp, struct repli_err *err)
{
    int64_t waiting = 0;
    enum repli_status s = fhir_settle(imp, err);
    if (s == REPLI_OK)
        s = repli_record_later_count(imp->set.record, &waiting, err);
    return s == REPLI_OK && waiting > 0 ? again(imp, waiting, true, err) : s;
}

enum repli_status repli_import_commit(struct repli_import *imp, struct repli_import_report *report,
                                      struct repli_err *err)
{
    struct repli_import_counts counts;
    enum repli_status s = settle(imp, err);
    if (s == REPLI_OK)
        s = repli_record_import_commit(imp->set.record, &counts, err);
    if (s != REPLI_OK)
        return s;
    imp->report.counts = counts;
    *report = imp->report;
    return REPLI_OK;
}
