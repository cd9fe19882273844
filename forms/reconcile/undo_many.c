/* Undoing what belongs together: a batch of paper, or what one person had a hand in. */
#include <string.h>

#include "repli/ledger_scan.h"
#include "repli/merge.h"
#include "repli/record_export.h"
#include "repli/record_merge.h"

struct many {
    struct repli_arena a;
    struct repli_out_merge *all; /* every merge of the record, oldest first */
    size_t count;
    bool *want;
    size_t wanted;
};

static void want_serials(struct many *m, const uint64_t *serials, size_t count)
{
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < count && !m->want[i]; k++)
            m->want[i] = m->all[i].serial == serials[k];
}

static void want_ids(struct many *m, const char *const *ids, size_t count)
{
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < count && !m->want[i]; k++)
            m->want[i] = strcmp(m->all[i].id, ids[k]) == 0;
}

static enum repli_status choose(struct many *m, struct repli_ledger *ledger, struct repli_record *record,
                                const struct repli_merge_which *which, struct repli_err *err)
{
    uint64_t *serials = NULL;
    const char **ids = NULL;
    size_t n = 0;
    enum repli_status s = repli_record_out_merges(record, INT64_MIN, &m->a, &m->all, &m->count, err);
    m->want = repli_arena_array(&m->a, m->count + 1, sizeof *m->want);
    if (s == REPLI_OK && which->batch) {
        s = repli_ledger_batch_serials(ledger, which->batch, &m->a, &serials, &n, err);
        if (s == REPLI_OK && n == 0)
            s = repli_fail(err, REPLI_USAGE, "no sheet was read from a batch '%s' here (repli scan --batch)",
                           which->batch);
        want_serials(m, serials, n);
    } else if (s == REPLI_OK) {
        s = repli_record_merges_of(record, which->person, &m->a, &ids, &n, err);
        want_ids(m, ids, n);
    }
    for (size_t i = 0; i < m->count; i++) {
        m->want[i] = m->want[i] && !m->all[i].undone;
        m->wanted += m->want[i];
    }
    return s;
}

enum repli_status repli_merge_undo_many(const struct repli_site *site, struct repli_ledger *ledger,
                                        struct repli_record *record, const struct repli_merge_which *which,
                                        const char *by, const char *reason, repli_merge_undone_fn *told, void *user,
                                        struct repli_err *err)
{
    struct many m = {.wanted = 0};
    bool refused = false;
    enum repli_status s = repli_merge_replay(site, ledger, record, err);
    if (s == REPLI_OK)
        s = choose(&m, ledger, record, which, err);
    /* The newest first: what came later may stand on what came before. */
    for (size_t i = m.count; s == REPLI_OK && i-- > 0;) {
        struct repli_err why = {0};
        if (!m.want[i])
            continue;
        s = repli_merge_undo(site, ledger, record, m.all[i].id, by, reason, &why);
        if (s == REPLI_OK || s == REPLI_DATA)
            told(user, m.all[i].id, m.all[i].sheet, s == REPLI_OK ? NULL : why.text);
        else
            return repli_arena_done(&m.a), repli_fail(err, s, "%s", why.text);
        refused = refused || s == REPLI_DATA;
        s = REPLI_OK;
    }
    repli_arena_done(&m.a);
    return s == REPLI_OK && refused ? REPLI_WAITS : s;
}
