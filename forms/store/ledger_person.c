/* Passphrases of people. */
#include "repli/passphrase.h"
#include "store/db.h"

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
