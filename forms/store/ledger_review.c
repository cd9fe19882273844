/* Review tables of the ledger: readings, entries, reopened fields, tasks, settled fields. */
#include "repli/ledger_review.h"

#include <stdlib.h>
#include <string.h>

#include "store/db.h"
#include "store/review_rows.h"

bool repli_ledger_in_tx(const struct repli_ledger *ledger)
{
    return ledger->db.in_tx;
}

enum repli_status repli_rows_prepare(struct repli_ledger *ledger, const char *sql, uint64_t serial, sqlite3_stmt **st,
                                     struct repli_err *err)
{
    enum repli_status s = repli_db_prepare(&ledger->db, sql, st, err);
    if (s == REPLI_OK)
        repli_bind_int(*st, 1, (int64_t)serial);
    return s;
}

void *repli_rows_room(struct repli_arena *a, void *rows, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return rows;
    size_t more = *cap ? *cap * 2 : 32;
    rows = repli_arena_grow(a, rows, *cap, more, size);
    *cap = more;
    return rows;
}

enum repli_status repli_ledger_readings(struct repli_ledger *ledger, uint64_t serial, struct repli_arena *a,
                                        struct repli_reading **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        ledger,
        "SELECT field, state, row, confidence, value, crop, scan.scanned_utc, image.sha256, scan_id FROM reading JOIN "
        "scan USING(scan_id) JOIN image USING(image_id) WHERE reading.serial=? ORDER BY field",
        serial, &st, err);
    struct repli_reading *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_reading){
            .field = repli_col_dup(a, st, 0),
            .state = repli_col_dup(a, st, 1),
            .row = sqlite3_column_type(st, 2) == SQLITE_NULL ? -1 : sqlite3_column_int(st, 2),
            .confidence = sqlite3_column_double(st, 3),
            .value = repli_col_dup(a, st, 4),
            .crop = repli_col_dup(a, st, 5),
            .source = {.found = true,
                       .scan_id = sqlite3_column_int64(st, 8),
                       .scanned_utc = sqlite3_column_int64(st, 6)},
        };
        (void)repli_col_bytes(st, 7, out[n].source.image_sha256, sizeof out[n].source.image_sha256);
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_reading_source(struct repli_ledger *ledger, uint64_t serial,
                                              struct repli_reading_source *source, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_rows_prepare(ledger,
                           "SELECT scan.scanned_utc, image.sha256, scan_id FROM reading JOIN scan USING(scan_id) "
                           "JOIN image USING(image_id) WHERE reading.serial=? ORDER BY scan_id LIMIT 1",
                           serial, &st, err);
    bool row = false;
    if (s == REPLI_OK)
        s = repli_db_step(&ledger->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *source = (struct repli_reading_source){.found = row};
    if (row) {
        source->scanned_utc = sqlite3_column_int64(st, 0);
        source->scan_id = sqlite3_column_int64(st, 2);
        memcpy(source->image_sha256, sqlite3_column_blob(st, 1), 32);
    }
    return REPLI_OK;
}

enum repli_status repli_ledger_entries(struct repli_ledger *ledger, uint64_t serial, struct repli_arena *a,
                                       struct repli_entry **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        ledger,
        "SELECT field, person, need, answer, value, revision, entered_utc, sure FROM entry WHERE serial=? "
        "ORDER BY entry_id",
        serial, &st, err);
    struct repli_entry *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_entry){
            .field = repli_col_dup(a, st, 0),
            .person = repli_col_dup(a, st, 1),
            .need = repli_col_dup(a, st, 2),
            .answer = repli_col_dup(a, st, 3),
            .value = repli_col_dup(a, st, 4),
            .revision = sqlite3_column_int(st, 5),
            .entered_utc = sqlite3_column_int64(st, 6),
            .sure = repli_col_dup(a, st, 7),
        };
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_entry_add(struct repli_ledger *ledger, uint64_t serial, const struct repli_entry *entry,
                                         struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(ledger,
                                             "INSERT INTO entry(serial, field, revision, person, need, answer, value, "
                                             "entered_utc, sure) VALUES(?,?,?,?,?,?,?,?,?)",
                                             serial, &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, entry->field);
    repli_bind_int(st, 3, entry->revision);
    repli_bind_text(st, 4, entry->person);
    repli_bind_text(st, 5, entry->need);
    repli_bind_text(st, 6, entry->answer);
    repli_bind_text(st, 7, entry->value);
    repli_bind_int(st, 8, entry->entered_utc);
    repli_bind_text(st, 9, entry->sure);
    return repli_db_run(&ledger->db, st, err);
}

enum repli_status repli_ledger_reopened(struct repli_ledger *ledger, uint64_t serial, struct repli_arena *a,
                                        struct repli_reopened **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        ledger, "SELECT field, person, revision, reopened_utc FROM reopened WHERE serial=? ORDER BY field, revision",
        serial, &st, err);
    struct repli_reopened *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_reopened){
            .field = repli_col_dup(a, st, 0),
            .person = repli_col_dup(a, st, 1),
            .revision = sqlite3_column_int(st, 2),
            .reopened_utc = sqlite3_column_int64(st, 3),
        };
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_reopened_add(struct repli_ledger *ledger, uint64_t serial,
                                            const struct repli_reopened *row, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        ledger, "INSERT INTO reopened(serial, field, revision, person, reopened_utc) VALUES(?,?,?,?,?)", serial, &st,
        err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 2, row->field);
    repli_bind_int(st, 3, row->revision);
    repli_bind_text(st, 4, row->person);
    repli_bind_int(st, 5, row->reopened_utc);
    return repli_db_run(&ledger->db, st, err);
}

static struct repli_task task_row(sqlite3_stmt *st, struct repli_arena *a)
{
    return (struct repli_task){
        .id = repli_col_dup(a, st, 0),
        .field = repli_col_dup(a, st, 1),
        .need = repli_col_dup(a, st, 2),
        .revision = sqlite3_column_int(st, 3),
        .tier = sqlite3_column_int(st, 4),
        .done = sqlite3_column_int(st, 5) != 0,
    };
}

enum repli_status repli_ledger_tasks(struct repli_ledger *ledger, uint64_t serial, struct repli_arena *a,
                                     struct repli_task **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_rows_prepare(
        ledger, "SELECT task_id, field, need, revision, tier, done FROM task WHERE serial=? ORDER BY task_id", serial,
        &st, err);
    struct repli_task *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = task_row(st, a);
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

enum repli_status repli_ledger_task_find(struct repli_ledger *ledger, const char *task_id, struct repli_arena *a,
                                         uint64_t *serial, struct repli_task **task, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &ledger->db, "SELECT task_id, field, need, revision, tier, done, serial FROM task WHERE task_id=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, task_id);
    bool row = false;
    s = repli_db_step(&ledger->db, st, &row, err);
    if (s != REPLI_OK)
        return s;
    *task = NULL;
    if (row) {
        *task = repli_arena_alloc(a, sizeof **task);
        **task = task_row(st, a);
        *serial = (uint64_t)sqlite3_column_int64(st, 6);
    }
    return REPLI_OK;
}

/* Which tasks of the sheet are open is compared first, so that an answer writes the rows of its own field only. */
static enum repli_status tasks_write(struct repli_ledger *ledger, uint64_t serial, const struct repli_task *open,
                                     size_t count, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_task *old = NULL;
    size_t nold = 0;
    enum repli_status s = repli_ledger_tasks(ledger, serial, &a, &old, &nold, err);
    REPLI_STMT put = NULL;
    REPLI_STMT close = NULL;
    if (s == REPLI_OK)
        s = repli_rows_prepare(
            ledger,
            "INSERT INTO task(serial, task_id, field, revision, tier, need, done) VALUES(?,?,?,?,?,?,0) "
            "ON CONFLICT(task_id) DO UPDATE SET done=0, tier=excluded.tier",
            serial, &put, err);
    if (s == REPLI_OK)
        s = repli_rows_prepare(ledger, "UPDATE task SET done=1 WHERE serial=? AND task_id=?", serial, &close, err);
    for (size_t i = 0; s == REPLI_OK && i < nold; i++) {
        bool stays = old[i].done;
        for (size_t k = 0; !stays && k < count; k++)
            stays = strcmp(open[k].id, old[i].id) == 0;
        if (stays)
            continue;
        repli_bind_text(close, 2, old[i].id);
        s = repli_db_run(&ledger->db, close, err);
    }
    for (size_t k = 0; s == REPLI_OK && k < count; k++) {
        bool there = false;
        for (size_t i = 0; !there && i < nold; i++)
            there = !old[i].done && old[i].tier == open[k].tier && strcmp(open[k].id, old[i].id) == 0;
        if (there)
            continue;
        repli_bind_text(put, 2, open[k].id);
        repli_bind_text(put, 3, open[k].field);
        repli_bind_int(put, 4, open[k].revision);
        repli_bind_int(put, 5, open[k].tier);
        repli_bind_text(put, 6, open[k].need);
        s = repli_db_run(&ledger->db, put, err);
    }
    return s;
}

enum repli_status repli_ledger_tasks_put(struct repli_ledger *ledger, uint64_t serial, const struct repli_task *open,
                                         size_t count, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&ledger->db, &own, err);
    if (s == REPLI_OK)
        s = repli_db_leave(&ledger->db, own, tasks_write(ledger, serial, open, count, err), err);
    return s;
}

enum repli_status repli_ledger_settled(struct repli_ledger *ledger, uint64_t serial, struct repli_arena *a,
                                       struct repli_settled **rows, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_rows_prepare(ledger,
                           "SELECT field, answer, value, by1, by2, revision, settled_utc FROM settled "
                           "WHERE serial=? ORDER BY field, revision",
                           serial, &st, err);
    struct repli_settled *out = NULL;
    size_t n = 0, cap = 0;
    for (bool row = true; s == REPLI_OK && (s = repli_db_step(&ledger->db, st, &row, err)) == REPLI_OK && row; n++) {
        out = repli_rows_room(a, out, n, &cap, sizeof *out);
        out[n] = (struct repli_settled){
            .field = repli_col_dup(a, st, 0),
            .answer = repli_col_dup(a, st, 1),
            .value = repli_col_dup(a, st, 2),
            .by1 = repli_col_dup(a, st, 3),
            .by2 = repli_col_dup(a, st, 4),
            .revision = sqlite3_column_int(st, 5),
            .settled_utc = sqlite3_column_int64(st, 6),
        };
    }
    if (s == REPLI_OK) {
        *rows = out;
        *count = n;
    }
    return s;
}

static int by_field(const void *x, const void *y)
{
    const struct repli_settled *a = x, *b = y;
    int order = strcmp(a->field, b->field);
    return order ? order : (a->revision > b->revision) - (a->revision < b->revision);
}

static bool same_text(const char *x, const char *y)
{
    return x && y ? strcmp(x, y) == 0 : x == y;
}

static bool same_settled(const struct repli_settled *x, const struct repli_settled *y)
{
    return same_text(x->answer, y->answer) && same_text(x->value, y->value) && same_text(x->by1, y->by1) &&
           same_text(x->by2, y->by2);
}

static enum repli_status settled_insert(struct repli_ledger *ledger, sqlite3_stmt *st, const struct repli_settled *row,
                                        struct repli_err *err)
{
    repli_bind_text(st, 2, row->field);
    repli_bind_int(st, 3, row->revision);
    repli_bind_text(st, 4, row->answer);
    repli_bind_text(st, 5, row->value);
    repli_bind_text(st, 6, row->by1);
    repli_bind_text(st, 7, row->by2);
    repli_bind_int(st, 8, row->settled_utc);
    return repli_db_run(&ledger->db, st, err);
}

/* A sheet is stored whole after every answer and every merge, when hardly any of its fields is new: one read tells. */
static enum repli_status settled_write(struct repli_ledger *ledger, uint64_t serial, const struct repli_settled *rows,
                                       size_t count, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_settled *old = NULL;
    size_t nold = 0;
    REPLI_STMT st = NULL;
    enum repli_status s = repli_ledger_settled(ledger, serial, &a, &old, &nold, err);
    if (s == REPLI_OK)
        s = repli_rows_prepare(
            ledger,
            "INSERT INTO settled(serial, field, revision, answer, value, by1, by2, settled_utc) "
            "VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(serial, field, revision) DO UPDATE SET answer=excluded.answer, "
            "value=excluded.value, by1=excluded.by1, by2=excluded.by2, settled_utc=excluded.settled_utc",
            serial, &st, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        const struct repli_settled *was = nold ? bsearch(&rows[i], old, nold, sizeof *old, by_field) : NULL;
        if (!was || !same_settled(was, &rows[i]))
            s = settled_insert(ledger, st, &rows[i], err);
    }
    return s;
}

enum repli_status repli_ledger_settled_put(struct repli_ledger *ledger, uint64_t serial,
                                           const struct repli_settled *rows, size_t count, struct repli_err *err)
{
    bool own = false;
    enum repli_status s = repli_db_enter(&ledger->db, &own, err);
    if (s == REPLI_OK)
        s = repli_db_leave(&ledger->db, own, settled_write(ledger, serial, rows, count, err), err);
    return s;
}
