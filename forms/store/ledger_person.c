/* Passphrases of people, and what changes about them. */
#include "repli/ledger_lists.h"
#include "repli/passphrase.h"
#include "store/ledger_internal.h"

#include <string.h>

enum repli_status repli_ledger_passphrase_put(struct repli_ledger *l, const char *person, const char *hash,
                                              int64_t now_utc, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    enum repli_status s =
        repli_db_prepare(&l->db,
                         "INSERT INTO passphrase(person_id, hash, set_utc) VALUES(?,?,?) "
                         "ON CONFLICT(person_id) DO UPDATE SET hash=excluded.hash, set_utc=excluded.set_utc",
                         &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, person);
    repli_bind_text(st, 2, hash);
    repli_bind_int(st, 3, now_utc);
    return repli_db_run(&l->db, st, err);
}

enum repli_status repli_ledger_passphrase_get(struct repli_ledger *l, const char *person, struct repli_arena *a,
                                              const char **hash, struct repli_err *err)
{
    REPLI_STMT st = NULL;
    bool row = false;
    enum repli_status s = repli_db_prepare(
        &l->db, "SELECT hash FROM passphrase JOIN person USING(person_id) WHERE person_id=? AND active=1", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, person);
    s = repli_db_step(&l->db, st, &row, err);
    if (s == REPLI_OK)
        *hash = row ? repli_col_dup(a, st, 0) : NULL;
    return s;
}

static enum repli_status change(struct repli_ledger *l, const char *id, const char *role, bool active,
                                struct repli_err *err)
{
    REPLI_STMT st = NULL;
    int64_t left = 0;
    enum repli_status s =
        repli_db_prepare(&l->db, "UPDATE person SET role=coalesce(?2, role), active=?3 WHERE person_id=?1", &st, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_text(st, 1, id);
    repli_bind_text(st, 2, role);
    repli_bind_int(st, 3, active);
    s = repli_db_run(&l->db, st, err);
    if (s == REPLI_OK && repli_db_changes(&l->db) == 0)
        return repli_fail(err, REPLI_USAGE, "no such person '%.80s'", id);
    if (s == REPLI_OK)
        s = repli_db_int(&l->db, "SELECT count(*) FROM person WHERE role='coordinator' AND active=1", 0, &left, err);
    if (s == REPLI_OK && left == 0)
        s = repli_fail(err, REPLI_DATA, "then nobody would be a coordinator any more: add another one first");
    return s;
}

enum repli_status repli_ledger_person_change(struct repli_ledger *l, const char *id, const char *role, bool active,
                                             struct repli_err *err)
{
    static const char *const roles[] = {"nurse", "clerk", "verifier", "coordinator", "pharmacist"};
    bool known = !role, own = false;
    for (size_t i = 0; role && i < sizeof roles / sizeof *roles; i++)
        known = known || strcmp(role, roles[i]) == 0;
    if (!known)
        return repli_fail(err, REPLI_USAGE, "'%.40s' is no role: use nurse, clerk, verifier, coordinator or pharmacist",
                          role);
    enum repli_status s = repli_db_enter(&l->db, &own, err);
    return s == REPLI_OK ? repli_db_leave(&l->db, own, change(l, id, role, active, err), err) : s;
}
