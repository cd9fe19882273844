/* Reading an open snapshot: wards, patients, datasets. */
#include "store/snapshot_internal.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "repli/text.h"

void repli_snapshot_close(struct repli_snapshot *snap)
{
    if (!snap)
        return;
    for (struct snapshot_set *set = snap->sets, *next; set; set = next) {
        next = set->next;
        repli_stmt_done(&set->st);
        free(set);
    }
    repli_db_close(&snap->db);
    free(snap);
}

const struct repli_snapshot_info *repli_snapshot_info(const struct repli_snapshot *snap)
{
    return &snap->info;
}

void repli_snapshot_passed_over(struct repli_snapshot *snap, int64_t damaged)
{
    snap->info.passed_over = damaged;
}

enum repli_status repli_snapshot_wards(struct repli_snapshot *snap, struct repli_arena *a,
                                       struct repli_snap_ward **wards, size_t *count, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_snap_ward *all = NULL;
    size_t n = 0;
    enum repli_status s =
        repli_db_prepare(&snap->db, "SELECT ward, name, census, beds FROM ward ORDER BY ord", &st, err);
    while (s == REPLI_OK && (s = repli_db_step(&snap->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        all[n++] = (struct repli_snap_ward){repli_col_dup(a, st, 0), repli_col_dup(a, st, 1),
                                            sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3)};
    }
    if (s != REPLI_OK)
        return s;
    *wards = all;
    *count = n;
    return REPLI_OK;
}

/* "Van den Berghe", "Maria" -> "VAN DEN BERGHE, Maria". */
static char *printed_name(struct repli_arena *a, const char *family, const char *given, const char *whole)
{
    if (!family)
        return repli_arena_strdup(a, whole ? whole : given ? given : "—");
    struct repli_buf b = {0};
    uint32_t c;
    for (const char *p = family; (c = repli_utf8_next(&p)) != 0;) {
        utf8proc_uint8_t bytes[4];
        utf8proc_ssize_t n = utf8proc_encode_char(utf8proc_toupper((utf8proc_int32_t)c), bytes);
        repli_buf_add(&b, bytes, (size_t)n);
    }
    char *name = repli_arena_printf(a, "%s%s%s", b.data ? b.data : "", given ? ", " : "", given ? given : "");
    repli_buf_done(&b);
    return name;
}

static void patient_row(sqlite3_stmt *st, struct repli_arena *a, struct repli_snap_patient *p)
{
    *p = (struct repli_snap_patient){
        .patient_id = repli_col_dup(a, st, 0),
        .identifier = repli_col_dup(a, st, 1),
        .stay_number = repli_col_dup(a, st, 2),
        .ward = repli_col_dup(a, st, 3),
        .bed = repli_col_dup(a, st, 4),
        .name = printed_name(a, repli_col_text(st, 5), repli_col_text(st, 6), repli_col_text(st, 7)),
        .birth_date = repli_col_dup(a, st, 8),
    };
    (void)repli_col_bytes(st, 9, p->subject, sizeof p->subject);
    (void)repli_col_bytes(st, 10, p->stay, sizeof p->stay); /* zero: the stay has no number */
}

enum repli_status repli_snapshot_patients(struct repli_snapshot *snap, const char *ward, const char *identifier,
                                          struct repli_arena *a, struct repli_snap_patient **patients, size_t *count,
                                          struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    struct repli_snap_patient *all = NULL;
    size_t n = 0;
    enum repli_status s =
        repli_db_prepare(&snap->db,
                         "SELECT p.patient_id, p.identifier, s.stay_number, s.ward, s.bed, p.family, p.given, "
                         "p.name_text, p.birth_date, p.subject, s.stay FROM patient p JOIN stay s USING(patient_id) "
                         "WHERE (?1 IS NULL OR s.ward=?1) AND (?2 IS NULL OR p.identifier=?2) ORDER BY p.ord",
                         &st, err);
    if (s == REPLI_OK) {
        repli_bind_text(st, 1, ward);
        repli_bind_text(st, 2, identifier);
    }
    while (s == REPLI_OK && (s = repli_db_step(&snap->db, st, &row, err)) == REPLI_OK && row) {
        all = repli_rows_more(a, all, n, sizeof *all);
        patient_row(st, a, &all[n++]);
    }
    if (s != REPLI_OK)
        return s;
    *patients = all;
    *count = n;
    return REPLI_OK;
}

/* ---- datasets */

static enum repli_status check_view(struct repli_snapshot *snap, const char *name, const char *view,
                                    struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    bool clean = *name && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == strlen(name); /* it becomes part of the SQL */
    enum repli_status s =
        repli_db_prepare(&snap->db, "SELECT 1 FROM sqlite_schema WHERE type='view' AND name=?", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, view);
    s = repli_db_step(&snap->db, st, &row, err);
    if (s == REPLI_OK && (!row || !clean))
        s = repli_fail(err, REPLI_DATA, "%s: the snapshot has no dataset '%.60s'", snap->info.path, name);
    return s;
}

static void read_columns(sqlite3_stmt *st, struct repli_arena *a, struct repli_dataset *set)
{
    int n = sqlite3_column_count(st);
    const char **names = repli_arena_array(a, (size_t)n, sizeof *names);
    for (int i = 0; i < n; i++)
        names[i] = repli_arena_strdup(a, sqlite3_column_name(st, i));
    set->columns = names;
    set->ncolumns = (size_t)n;
}

static enum repli_status read_rows(struct repli_snapshot *snap, sqlite3_stmt *st, struct repli_arena *a,
                                   struct repli_dataset *set, struct repli_err *err)
{
    bool row = false;
    enum repli_status s = REPLI_OK;
    while ((s = repli_db_step(&snap->db, st, &row, err)) == REPLI_OK && row) {
        set->cells = repli_rows_more(a, set->cells, set->nrows, set->ncolumns * sizeof *set->cells);
        for (size_t i = 0; i < set->ncolumns; i++)
            set->cells[set->nrows * set->ncolumns + i] = repli_col_dup(a, st, (int)i);
        set->nrows++;
    }
    return s;
}

/* Rows of a patient are his own, and those of his ward or of the house that are nobody's; only few datasets have the
** latter.  Rows of a ward are those of its people, its own, and those of the house. */
static enum repli_status set_sql(struct repli_snapshot *snap, const char *view, bool of_patient, bool of_ward,
                                 struct repli_arena *a, char **sql, struct repli_err *err)
{
    int64_t shared = 0;
    enum repli_status s = REPLI_OK;
    if (of_patient || of_ward) {
        char *probe = repli_arena_printf(a, "SELECT EXISTS(SELECT 1 FROM %s WHERE patient_id IS NULL%s)", view,
                                         of_patient ? "" : " AND ward IS NULL");
        s = repli_db_int(&snap->db, probe, 0, &shared, err);
    }
    const char *where = of_patient ? "WHERE patient_id=?1" : of_ward ? "WHERE ward=?1" : "";
    const char *more = !shared      ? ""
                       : of_patient ? repli_arena_printf(a,
                                                         " UNION ALL SELECT * FROM %s WHERE patient_id IS NULL AND "
                                                         "(ward IS NULL OR ward=(SELECT ward FROM stay WHERE "
                                                         "patient_id=?1))",
                                                         view)
                                    : repli_arena_printf(a,
                                                         " UNION ALL SELECT * FROM %s WHERE patient_id IS NULL AND "
                                                         "ward IS NULL",
                                                         view);
    *sql = repli_arena_printf(a, "SELECT * FROM %s %s%s ORDER BY ord", view, where, more);
    return s;
}

static enum repli_status find_set(struct repli_snapshot *snap, const char *name, bool of_patient, bool of_ward,
                                  struct repli_arena *a, struct snapshot_set **out, struct repli_err *err)
{
    for (*out = snap->sets; *out; *out = (*out)->next)
        if ((*out)->of_patient == of_patient && (*out)->of_ward == of_ward && strcmp((*out)->name, name) == 0)
            return REPLI_OK;
    char *sql = NULL, *view = repli_arena_printf(a, "ds_%s", name);
    sqlite3_stmt *st = NULL;
    enum repli_status s = check_view(snap, name, view, err);
    if (s == REPLI_OK)
        s = set_sql(snap, view, of_patient, of_ward, a, &sql, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&snap->db, sql, &st, err);
    if (s != REPLI_OK)
        return s;
    struct snapshot_set *set = repli_xcalloc(1, sizeof *set + strlen(name) + 1);
    set->next = snap->sets;
    set->st = st;
    set->of_patient = of_patient;
    set->of_ward = of_ward;
    memcpy(set->name, name, strlen(name) + 1);
    *out = snap->sets = set;
    return REPLI_OK;
}

static enum repli_status read_set(struct repli_snapshot *snap, const char *name, const char *patient_id,
                                  const char *ward, struct repli_arena *a, struct repli_dataset *set,
                                  struct repli_err *err)
{
    struct snapshot_set *known = NULL;
    enum repli_status s = find_set(snap, name, patient_id != NULL, !patient_id && ward, a, &known, err);
    if (s != REPLI_OK)
        return s;
    if (patient_id || ward)
        repli_bind_text(known->st, 1, patient_id ? patient_id : ward);
    struct repli_dataset d = {.name = repli_arena_strdup(a, name)};
    read_columns(known->st, a, &d);
    s = read_rows(snap, known->st, a, &d, err);
    sqlite3_reset(known->st); /* repeats the error of the step, which is reported already */
    if (s == REPLI_OK)
        *set = d;
    return s;
}

enum repli_status repli_snapshot_datasets(struct repli_snapshot *snap, const char *const *names, const char *patient_id,
                                          const char *ward, struct repli_arena *a, struct repli_datasets *out,
                                          struct repli_err *err)
{
    size_t n = 0;
    while (names[n])
        n++;
    struct repli_datasets all = {repli_arena_array(a, n, sizeof *all.sets), n};
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = read_set(snap, names[i], patient_id, ward, a, &all.sets[i], err);
    if (s == REPLI_OK)
        *out = all;
    return s;
}
