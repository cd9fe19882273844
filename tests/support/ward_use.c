/* Keying, merging and looking at a ward. */
#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "support/ward.h"

struct tasks {
    char **lines;
    size_t count, cap;
};

static void keep_line(void *user, const char *json)
{
    struct tasks *t = user;
    if (t->count == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->lines = repli_xrealloc(t->lines, t->cap * sizeof *t->lines);
    }
    t->lines[t->count++] = repli_xstrdup(json);
}

static void drop_tasks(struct tasks *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->lines[i]);
    free(t->lines);
    *t = (struct tasks){0};
}

static struct tasks export_tasks(struct ward *w, const char *by)
{
    struct tasks t = {0};
    enum repli_status s = repli_review_export(w->site, w->ledger, by, keep_line, &t, &w->err);
    if (s != REPLI_OK) {
        fprintf(stderr, "ward: export: %s\n", w->err.text);
        abort();
    }
    return t;
}

size_t ward_open_tasks(struct ward *w, const char *by)
{
    struct tasks t = export_tasks(w, by);
    size_t n = t.count;
    drop_tasks(&t);
    return n;
}

static size_t sheet_index(struct ward *w, const char *sheet)
{
    for (size_t i = 0; i < w->nsheets; i++) {
        char name[16];
        ward_sheet_name(i, name);
        if (strcmp(name, sheet) == 0)
            return i;
    }
    abort();
}

static void answer_task(struct ward *w, const char *line, ward_odd_fn *odd, void *user, struct repli_buf *out)
{
    char room[16], odd_room[128];
    json_t *o = json_loads(line, 0, NULL);
    assert(o);
    const char *sheet = json_string_value(json_object_get(o, "sheet")),
               *field = json_string_value(json_object_get(o, "field"));
    const char *need = json_string_value(json_object_get(o, "need")),
               *task = json_string_value(json_object_get(o, "task"));
    const char *other = odd ? odd(user, sheet, field, need, odd_room) : NULL;
    size_t index = sheet_index(w, sheet);
    const char *truth = w->ink ? ward_mar_truth(w, index, field) : ward_truth(index, field, room);
    if (other)
        repli_buf_printf(out, "{\"task\":\"%s\",%s}\n", task, other);
    else if (truth && *truth == '!')
        repli_buf_printf(out, "{\"task\":\"%s\",\"answer\":\"value\",\"value\":\"%s\",\"sure\":true}\n", task,
                         truth + 1);
    else if (truth)
        repli_buf_printf(out, "{\"task\":\"%s\",\"answer\":\"value\",\"value\":\"%s\"}\n", task, truth);
    else
        repli_buf_printf(out, "{\"task\":\"%s\",\"answer\":\"blank\"}\n", task);
    json_decref(o);
}

static void ignore_line(void *user, const char *json)
{
    (void)user, (void)json;
}

int64_t ward_key(struct ward *w, const char *by, ward_odd_fn *odd, void *user, bool backwards)
{
    int64_t taken = 0;
    for (int round = 0; round < 8; round++) {
        struct repli_buf out = {0};
        struct repli_review_counts n = {0};
        struct tasks t = export_tasks(w, by);
        size_t count = t.count;
        for (size_t i = 0; i < count; i++)
            answer_task(w, t.lines[backwards ? count - 1 - i : i], odd, user, &out);
        drop_tasks(&t);
        if (count) {
            enum repli_status s =
                repli_review_import(w->site, w->ledger, out.data, out.len, by, ignore_line, NULL, &n, &w->err);
            assert(s == REPLI_OK || s == REPLI_WAITS);
            (void)s;
        }
        repli_buf_done(&out);
        taken += n.taken;
        if (n.taken == 0)
            break;
    }
    return taken;
}

enum repli_status ward_answer(struct ward *w, const char *by, struct repli_review_counts *n, const char *fmt, ...)
{
    char line[1024];
    struct repli_review_counts counts = {0};
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    assert(len > 0 && (size_t)len < sizeof line);
    w->err = (struct repli_err){0};
    enum repli_status s =
        repli_review_import(w->site, w->ledger, line, (size_t)len, by, ignore_line, NULL, &counts, &w->err);
    if (n)
        *n = counts;
    return s;
}

static void merge_line(void *user, const char *json)
{
    if (!user)
        return;
    repli_buf_puts(user, json);
    repli_buf_puts(user, "\n");
}

enum repli_status ward_merge(struct ward *w, bool dry, struct repli_buf *lines)
{
    w->err = (struct repli_err){0};
    return repli_merge_run(w->site, w->ledger, w->record, "an", dry, merge_line, lines, &w->err);
}

static struct repli_db *db_of(struct ward *w, bool record)
{
    return record ? &w->record->db : &w->ledger->db;
}

int64_t ward_count(struct ward *w, bool record, const char *sql)
{
    int64_t n = -1;
    w->err = (struct repli_err){0};
    if (repli_db_int(db_of(w, record), sql, 0, &n, &w->err) != REPLI_OK) {
        fprintf(stderr, "ward: %s: %s\n", sql, w->err.text);
        abort();
    }
    return n;
}

char *ward_text(struct ward *w, bool record, const char *sql, struct repli_arena *a)
{
    REPLI_STMT st = NULL;
    bool row = false;
    w->err = (struct repli_err){0};
    if (repli_db_prepare(db_of(w, record), sql, &st, &w->err) != REPLI_OK ||
        repli_db_step(db_of(w, record), st, &row, &w->err) != REPLI_OK) {
        fprintf(stderr, "ward: %s: %s\n", sql, w->err.text);
        abort();
    }
    return row ? repli_col_dup(a, st, 0) : NULL;
}

bool ward_refuses(struct ward *w, bool record, const char *sql)
{
    struct repli_err err = {0};
    return repli_db_exec(db_of(w, record), sql, &err) != REPLI_OK;
}

void ward_exec(struct ward *w, bool record, const char *sql)
{
    if (ward_refuses(w, record, sql)) {
        fprintf(stderr, "ward: refused: %s\n", sql);
        abort();
    }
}

static void digest(struct ward *w, bool record, const char *const *tables, char out[65])
{
    w->err = (struct repli_err){0};
    if (repli_db_digest(db_of(w, record), tables, out, &w->err) != REPLI_OK) {
        fprintf(stderr, "ward: digest: %s\n", w->err.text);
        abort();
    }
}

void ward_patient_digest(struct ward *w, char out[65])
{
    static const char *const tables[] = {"patient: row_version",
                                         "patient_identifier: row_version",
                                         "encounter: row_version",
                                         "encounter_location: row_version",
                                         "allergy: row_version",
                                         "condition: row_version",
                                         "medication_request: row_version",
                                         "medication_administration: row_version",
                                         "observation: row_version",
                                         "order_decision: row_version",
                                         "order_proposal: row_version",
                                         "fluid: row_version",
                                         "infusion: row_version",
                                         "allergy_check: row_version",
                                         "document: row_version",
                                         NULL};
    digest(w, true, tables, out);
}

void ward_whole_digest(struct ward *w, char out[65])
{
    static const char *const tables[] = {"patient",
                                         "patient_identifier",
                                         "encounter",
                                         "encounter_location",
                                         "allergy",
                                         "condition",
                                         "medication_request",
                                         "medication_administration",
                                         "observation",
                                         "order_decision",
                                         "order_proposal",
                                         "allergy_check",
                                         "fluid",
                                         "infusion",
                                         "document",
                                         "merge",
                                         "paper_entry",
                                         "merge_undo",
                                         NULL};
    digest(w, true, tables, out);
}

void ward_ledger_digest(struct ward *w, char out[65])
{
    static const char *const tables[] = {"sheet: page_map", "task",    "settled",         "hold",
                                         "intent",          "counter", "entry: entry_id", NULL};
    digest(w, false, tables, out);
}

void ward_key_all(struct ward *w)
{
    ward_key(w, "an", NULL, NULL, false);
    ward_key(w, "bo", NULL, NULL, false);
    assert(ward_open_tasks(w, NULL) == 0);
}

int64_t ward_values(const struct ward *w)
{
    return (int64_t)w->nsheets * 2 * WARD_VALUES;
}

const char *ward_say_else(void *user, const char *sheet, const char *field, const char *need, char room[128])
{
    const char *const *pair = user;
    char name[16];
    (void)need;
    ward_sheet_name(0, name);
    if (strcmp(sheet, name) != 0 || strcmp(field, pair[0]) != 0)
        return NULL;
    snprintf(room, 128, "%s", pair[1]);
    return room;
}

void ward_live_value(struct ward *w, const char *id, const char *code, const char *value, int64_t utc)
{
    struct repli_arena a = {0};
    ward_exec(
        w, true,
        repli_arena_printf(&a,
                           "INSERT INTO observation(observation_id, patient_id, code_system, code, effective_utc, "
                           "value, value_kind, status, source_hash) VALUES('%s','pat-0','http://loinc.org','%s',"
                           "%lld,'%s','quantity','final',x'00')",
                           id, code, (long long)utc, value));
    repli_arena_done(&a);
}
