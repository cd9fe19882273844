/* The record's half of purge: the changesets by which merges could be undone. */
#include "repli/purge.h"
#include "store/db_internal.h"

enum repli_status repli_record_purge_begin(struct repli_record *r, struct repli_err *err)
{
    return repli_db_begin(&r->db, err);
}

enum repli_status repli_record_purge_merges(struct repli_record *r, uint64_t serial, const char *const by[2],
                                            int64_t now_utc, int64_t *count, struct repli_err *err)
{
    REPLI_STMT put = NULL;
    REPLI_STMT blank = NULL;
    enum repli_status s =
        repli_db_prepare(&r->db,
                         "INSERT INTO merge_purge(merge_id, purged_utc, by1, by2) SELECT merge_id, ?2, ?3, ?4 FROM "
                         "merge WHERE serial=?1 ON CONFLICT DO NOTHING",
                         &put, err);
    if (s == REPLI_OK)
        s = repli_db_prepare(&r->db, "UPDATE merge SET changeset=NULL WHERE serial=?1 AND changeset IS NOT NULL",
                             &blank, err);
    if (s != REPLI_OK)
        return s;
    repli_bind_int(put, 1, (int64_t)serial);
    repli_bind_int(put, 2, now_utc);
    repli_bind_text(put, 3, by[0]);
    repli_bind_text(put, 4, by[1]);
    repli_bind_int(blank, 1, (int64_t)serial);
    s = repli_db_run(&r->db, put, err);
    *count = s == REPLI_OK ? repli_db_changes(&r->db) : 0;
    return s == REPLI_OK ? repli_db_run(&r->db, blank, err) : s;
}

enum repli_status repli_record_purge_commit(struct repli_record *r, struct repli_err *err)
{
    return repli_db_commit(&r->db, err);
}

void repli_record_purge_rollback(struct repli_record *r)
{
    repli_db_rollback(&r->db);
}

enum repli_status repli_record_purge_wipe(struct repli_record *r, struct repli_err *err)
{
    return repli_db_empty_log(&r->db, err);
}
