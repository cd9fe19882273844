/* Another image of a sheet that was read: what both show together.
**
** Which of two images of one paper comes first is chance; what people are asked must not depend on it.  So the readings
** of a sheet are joined in a way that knows no order: what either image shows is shown; where they disagree about a
** tick it is doubtful and people decide.  A field that somebody has answered already stays as it is: they saw the
** paper.
*/
#include "repli/ledger_scan.h"

#include <string.h>

#include "store/ledger_internal.h"

/* By what a person should look at: the image in which there is more to see. */
static int telling(const char *state)
{
    static const char *const states[] = {"empty", "doubtful", "cancelled", "ticked", "ink"};
    for (int i = 0; i < 5; i++)
        if (strcmp(states[i], state) == 0)
            return i;
    return 0;
}

struct joined {
    const char *state;
    int64_t row;
    bool has_row;
    double confidence;
    bool from_second; /* people look at the second image */
};

static struct joined join(const struct joined *a, const struct joined *b)
{
    struct joined j = *a;
    bool same = strcmp(a->state, b->state) == 0;
    bool a_ink = strcmp(a->state, "ink") == 0, b_ink = strcmp(b->state, "ink") == 0;
    j.from_second = telling(b->state) > telling(a->state);
    if (same) {
        j.confidence = a->confidence < b->confidence ? a->confidence : b->confidence;
        j.has_row = a->has_row && b->has_row && a->row == b->row; /* two rows: no witness for either */
    } else if (a_ink || b_ink) {
        const struct joined *ink = a_ink ? a : b;
        j.state = "ink";
        j.row = ink->row;
        j.has_row = ink->has_row;
        j.confidence = ink->confidence;
    } else {
        j.state = "doubtful";
        j.has_row = false;
        j.confidence = 0;
    }
    return j;
}

static enum repli_status update(struct repli_ledger *l, uint64_t serial, int64_t scan_id, const char *field,
                                const struct joined *j, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "UPDATE reading SET state=?3, row=?4, confidence=?5, scan_id=CASE WHEN ?6 THEN ?7 ELSE "
                         "scan_id END WHERE serial=?1 AND field=?2",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_text(st, 2, field);
    repli_bind_text(st, 3, j->state);
    repli_bind_opt(st, 4, j->has_row ? &j->row : NULL);
    repli_bind_real(st, 5, j->confidence);
    repli_bind_int(st, 6, j->from_second);
    repli_bind_int(st, 7, scan_id);
    return repli_db_run(&l->db, st, err);
}

/* *there false: the field has no reading, or somebody answered it. */
static enum repli_status reading_of(struct repli_ledger *l, uint64_t serial, const char *field, struct repli_arena *a,
                                    struct joined *j, bool *there, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s = repli_db_prepare(
        &l->db,
        "SELECT state, row, confidence FROM reading r WHERE serial=? AND field=? AND NOT EXISTS(SELECT 1 FROM entry e "
        "WHERE e.serial=r.serial AND e.field=r.field) AND NOT EXISTS(SELECT 1 FROM reopened o WHERE o.serial=r.serial "
        "AND o.field=r.field)",
        &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(st, 1, (int64_t)serial);
    repli_bind_text(st, 2, field);
    s = repli_db_step(&l->db, st, there, err);
    if (s == REPLI_OK && *there)
        *j = (struct joined){.state = repli_col_dup(a, st, 0),
                             .row = sqlite3_column_int64(st, 1),
                             .has_row = sqlite3_column_type(st, 1) != SQLITE_NULL,
                             .confidence = sqlite3_column_double(st, 2)};
    return s;
}

static enum repli_status add(struct repli_ledger *l, uint64_t serial, int64_t scan_id,
                             const struct repli_reading_row *rows, size_t count, size_t *changed, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
        struct joined old = {0};
        struct joined new = {rows[i].state, rows[i].row, rows[i].row >= 0, rows[i].confidence, false};
        bool there = false;
        s = reading_of(l, serial, rows[i].field, &a, &old, &there, err);
        if (s != REPLI_OK || !there)
            continue;
        struct joined both = join(&old, &new);
        *changed += strcmp(both.state, old.state) != 0 || both.has_row != old.has_row;
        s = update(l, serial, scan_id, rows[i].field, &both, err);
    }
    return s;
}

enum repli_status repli_ledger_readings_add(struct repli_ledger *l, uint64_t serial, int64_t scan_id,
                                            const struct repli_reading_row *rows, size_t count, size_t *changed,
                                            struct repli_err *err)
{
    bool own = false;
    *changed = 0;
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, add(l, serial, scan_id, rows, count, changed, err), err) : s;
}
