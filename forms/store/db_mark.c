/* Marks: what SQLite counts of the writes to a file. */
#include "repli/mark.h"
#include "store/db.h"
#include "store/ledger_internal.h"
#include "store/record_internal.h"

/* `data_version` rises when another connection commits and never by what this one does, whose rows are counted. */
static enum repli_status mark(struct repli_db *db, struct repli_mark *out, struct repli_err *err)
{
    int64_t others = 0;
    enum repli_status s = repli_db_int(db, "PRAGMA data_version", -1, &others, err);
    if (s == REPLI_OK)
        *out = (struct repli_mark){.others = others, .own = sqlite3_total_changes64(db->sql)};
    return s;
}

enum repli_status repli_ledger_mark(struct repli_ledger *ledger, struct repli_mark *out, struct repli_err *err)
{
    return mark(&ledger->db, out, err);
}

enum repli_status repli_record_mark(struct repli_record *record, struct repli_mark *out, struct repli_err *err)
{
    return mark(&record->db, out, err);
}

bool repli_mark_same(const struct repli_mark *x, const struct repli_mark *y)
{
    return x->others == y->others && x->own == y->own;
}
