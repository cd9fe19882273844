/* Blank sheets: two people say whose one is.  Nothing of it is guessed, and nothing that was said is lost. */
#include "repli/ledger_bind.h"

#include <string.h>

#include "repli/serial.h"
#include "store/ledger_internal.h"

enum { SHORT_NUMBERS = 10000 }; /* a blank sheet's short number: the end of its serial's counter */

enum repli_status repli_ledger_bind(struct repli_ledger *l, uint64_t serial, const struct repli_binding *b,
                                    struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO binding(serial, person, patient_id, subject, number, name, birth_date, said_utc) "
                         "VALUES(?,?,?,?,?,?,?,?)",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_text(st, 2, b->person);
    repli_bind_text(st, 3, b->patient_id);
    if (b->patient_id)
        repli_bind_blob(st, 4, b->subject, sizeof b->subject);
    repli_bind_text(st, 5, b->number);
    repli_bind_text(st, 6, b->name);
    repli_bind_text(st, 7, b->birth_date);
    repli_bind_int(st, 8, b->said_utc);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_bindings(struct repli_ledger *l, uint64_t serial, struct repli_arena *a,
                                        struct repli_binding **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_binding *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT person, patient_id, subject, number, name, birth_date, said_utc FROM binding WHERE binding_id "
        "IN(SELECT "
        "max(binding_id) FROM binding WHERE serial=? GROUP BY person) AND patient_id IS NOT NULL ORDER BY binding_id",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_arena_grow(a, all, n, n + 1, sizeof *all);
        struct repli_binding *b = &all[n++];
        *b = (struct repli_binding){.person = repli_col_dup(a, st, 0),
                                    .patient_id = repli_col_dup(a, st, 1),
                                    .number = repli_col_dup(a, st, 3),
                                    .name = repli_col_dup(a, st, 4),
                                    .birth_date = repli_col_dup(a, st, 5),
                                    .said_utc = sqlite3_column_int64(st, 6)};
        (void)repli_col_bytes(st, 2, b->subject, sizeof b->subject);
    }
    *list = all;
    *count = n;
    return s;
}

static bool same_text(const char *x, const char *y)
{
    return x && y ? strcmp(x, y) == 0 : !x && !y;
}

/* The same patient, as the same person: whoever was named in between is looked at again. */
static bool same_patient(const struct repli_binding *x, const struct repli_binding *y)
{
    return strcmp(x->patient_id, y->patient_id) == 0 && memcmp(x->subject, y->subject, sizeof x->subject) == 0 &&
           same_text(x->name, y->name) && same_text(x->birth_date, y->birth_date);
}

enum repli_status repli_ledger_bound(struct repli_ledger *l, uint64_t serial, struct repli_arena *a,
                                     const struct repli_binding **bound, struct repli_err *err)
{
    struct repli_binding *all = NULL;
    size_t n = 0;
    *bound = NULL;
    enum repli_status s = repli_ledger_bindings(l, serial, a, &all, &n, err);
    if (s != REPLI_OK || n < 2)
        return s;
    for (size_t i = 1; i < n; i++)
        if (!same_patient(&all[0], &all[i]))
            return REPLI_OK;
    *bound = &all[0];
    return REPLI_OK;
}

enum repli_status repli_ledger_parents(struct repli_ledger *l, uint64_t serial, struct repli_arena *a,
                                       struct repli_parent **list, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_parent *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT DISTINCT p.sheet, p.patient, p.patient_name, 'names it' FROM settled f JOIN sheet p ON p.sheet=f.value "
        "WHERE f.serial=?1 AND f.answer='value' AND p.serial<>?1 UNION "
        "SELECT DISTINCT p.sheet, p.patient, p.patient_name, 'names this one' FROM settled f JOIN sheet p "
        "USING(serial) "
        "WHERE f.field='page.spare' AND f.answer='value' AND CAST(f.value AS INTEGER)=?2 AND f.serial<>?1 ORDER BY 1",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_int(st, 2, (int64_t)(repli_serial_counter(serial) % SHORT_NUMBERS));
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_arena_grow(a, all, n, n + 1, sizeof *all);
        all[n++] = (struct repli_parent){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1), repli_col_dup(a, st, 2),
                                         repli_col_dup(a, st, 3)};
    }
    *list = all;
    *count = n;
    return s;
}

enum repli_status repli_ledger_blanks(struct repli_ledger *l, const char *person, int64_t offset, int64_t limit,
                                      struct repli_arena *a, struct repli_blank_row **rows, size_t *count,
                                      struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_blank_row *all = NULL;
    size_t n = 0;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT serial, sheet, form_id, ward, state, state_utc FROM sheet WHERE subject_kind=5 AND has_fields=1 AND "
        "(state IN('read','reviewed') OR (state='merged' AND EXISTS(SELECT 1 FROM binding b WHERE "
        "b.serial=sheet.serial))) "
        "ORDER BY EXISTS(SELECT 1 FROM binding b WHERE b.serial=sheet.serial), serial LIMIT ? OFFSET ?",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, limit);
    repli_bind_int(st, 2, offset);
    while (s == REPLI_OK && (s = repli_db_step(&l->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_arena_grow(a, all, n, n + 1, sizeof *all);
        all[n++] = (struct repli_blank_row){.serial = (uint64_t)sqlite3_column_int64(st, 0),
                                            .sheet = repli_col_dup(a, st, 1),
                                            .form = repli_col_dup(a, st, 2),
                                            .ward = repli_col_dup(a, st, 3),
                                            .state = repli_col_dup(a, st, 4),
                                            .state_utc = sqlite3_column_int64(st, 5)};
    }
    for (size_t i = 0; s == REPLI_OK && i < n; i++) {
        struct repli_binding *said = NULL;
        s = repli_ledger_bindings(l, all[i].serial, a, &said, &all[i].said, err);
        for (size_t k = 0; s == REPLI_OK && k < all[i].said; k++)
            if (strcmp(said[k].person, person) == 0)
                all[i].mine = said[k].number;
        if (s == REPLI_OK)
            s = repli_ledger_bound(l, all[i].serial, a, &all[i].bound, err);
    }
    *rows = all;
    *count = n;
    return s;
}
