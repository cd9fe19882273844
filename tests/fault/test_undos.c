/* Random merges, undos, openings and re-merges on a small ward.  What stands in the patient tables depends on
** nothing but which merges stand: the same set of merges, reached on any way, gives the same tables; with none left
** they are as they were before the first.  What cannot be undone is refused by name and changes nothing.
**
** PROVE_UNDOS=N: so many sequences (12 otherwise), every third with medication sheets; PROVE_SEED: the first seed.
*/
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/prng.h"
#include "support/ward.h"

#define SHEETS   2
#define STEPS    7
#define SETS_MAX 64
#define UNDONE   "SELECT merge_id FROM merge_undo"
#define STANDING "SELECT merge_id FROM merge WHERE merge_id NOT IN (" UNDONE ")"
#define IN_ORDER " ORDER BY length(merge_id), merge_id"

/* Tables by which merges stand, as seen so far in one sequence. */
struct sets {
    char *names[SETS_MAX], digests[SETS_MAX][65];
    size_t count;
};

struct undos {
    struct ward *w;
    struct prng r;
    struct sets seen;
    struct repli_arena a;
    unsigned long long seed;
    long long merges, undone, refused, again, bad;
};

static void bad(struct undos *u, const char *what, const char *detail)
{
    u->bad++;
    printf("# seed %llu: %s: %s\n", u->seed, what, detail);
}

/* The tables must be what they were when exactly these merges stood before. */
static void look(struct undos *u)
{
    struct sets *s = &u->seen;
    char now[65];
    char *set =
        ward_text(u->w, true, "SELECT coalesce(group_concat(merge_id), '') FROM (" STANDING IN_ORDER ")", &u->a);
    ward_patient_digest(u->w, now);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->names[i], set) == 0) {
            u->again++;
            if (strcmp(s->digests[i], now) != 0)
                bad(u, "the same merges stand, but the tables differ", *set ? set : "(none)");
            return;
        }
    if (s->count == SETS_MAX)
        return;
    s->names[s->count] = set;
    memcpy(s->digests[s->count++], now, sizeof now);
}

static enum repli_status undo(struct undos *u, const char *id)
{
    u->w->err = (struct repli_err){0};
    return repli_merge_undo(u->w->site, u->w->ledger, u->w->record, id, "cy", "chance", &u->w->err);
}

static void undo_standing(struct undos *u, const char *order)
{
    char *id = ward_text(u->w, true, repli_arena_printf(&u->a, STANDING " ORDER BY %s LIMIT 1", order), &u->a);
    if (!id)
        return;
    if (undo(u, id) != REPLI_OK)
        bad(u, "an undo that nothing stands against is refused", u->w->err.text);
    u->undone++;
    look(u);
}

/* Refused, saying so in these words, and nothing is changed. */
static void refuses(struct undos *u, const char *id, const char *words)
{
    char before[65], after[65];
    ward_whole_digest(u->w, before);
    enum repli_status s = undo(u, id);
    struct repli_err said = u->w->err;
    ward_whole_digest(u->w, after);
    if (s != REPLI_DATA || !strstr(said.text, words) || !strstr(said.text, id))
        bad(u, "an undo is not refused by name", said.text);
    if (strcmp(before, after) != 0)
        bad(u, "an undo that was refused changed the record", id);
    u->refused++;
}

/* Another program changes a row of a merge and changes it back: the merge is not undone under it. */
static bool touched(struct undos *u)
{
    static const char row[] = "SELECT target FROM paper_entry WHERE target LIKE 'observation/%' AND effect='inserted' "
                              "AND merge_id IN (" STANDING ") ORDER BY target LIMIT 1";
    char *target = ward_text(u->w, true, row, &u->a);
    if (!target)
        return false;
    char *id = ward_text(
        u->w, true, repli_arena_printf(&u->a, "SELECT merge_id FROM paper_entry WHERE target='%s'", target), &u->a);
    for (int back = 0; back < 2; back++)
        ward_exec(u->w, true,
                  repli_arena_printf(
                      &u->a, "UPDATE observation SET value=%s, row_version=row_version+1 WHERE observation_id='%s'",
                      back ? "substr(value, 2)" : "'x'||value", target + strlen("observation/")));
    refuses(u, id, "was changed since");
    /* The others go all the same; the one that was touched is the only one that is left. */
    while (ward_count(u->w, true, "SELECT count(*) FROM (" STANDING ")") > 1) {
        char *next = ward_text(
            u->w, true, repli_arena_printf(&u->a, STANDING " AND merge_id<>'%s' ORDER BY merge_id DESC LIMIT 1", id),
            &u->a);
        if (!next || undo(u, next) != REPLI_OK)
            bad(u, "an undo beside a touched merge is refused", u->w->err.text);
        u->undone++;
    }
    refuses(u, id, "was changed since");
    return true;
}

static void open_and_key(struct undos *u)
{
    static const char *const fields[2][4] = {{"col1.at", "col2.rr", "col1.dbp", "col2.temp"},
                                             {"row1.slot1.status", "verify.at", "new1.value", "row2.slot1.value"}};
    char name[16];
    int many = prng_int(&u->r, 1, 3);
    for (int i = 0; i < many; i++) {
        ward_sheet_name((size_t)prng_int(&u->r, 0, SHEETS - 1), name);
        u->w->err = (struct repli_err){0};
        enum repli_status s = repli_review_reopen(u->w->site, u->w->ledger, name,
                                                  fields[u->w->ink != NULL][prng_int(&u->r, 0, 3)], "cy", &u->w->err);
        if (s != REPLI_OK && s != REPLI_DATA)
            bad(u, "a field is not opened", u->w->err.text);
    }
    ward_key_all(u->w);
}

static void step(struct undos *u)
{
    int what = prng_int(&u->r, 0, 9);
    if (what < 4) {
        enum repli_status s = ward_merge(u->w, false, NULL);
        if (s != REPLI_OK && s != REPLI_WAITS)
            bad(u, "a merge failed", u->w->err.text);
        u->merges++;
        look(u);
    } else if (what < 7) {
        undo_standing(u,
                      prng_chance(&u->r, 0.5) ? "length(merge_id) DESC, merge_id DESC" : "length(merge_id), merge_id");
    } else if (what < 9) {
        open_and_key(u);
    } else {
        char *id = ward_text(u->w, true, UNDONE " ORDER BY undone_utc, merge_id LIMIT 1", &u->a);
        refuses(u, id ? id : "M0-999", id ? "was undone by cy already" : "no merge");
    }
}

static void sequence(struct undos *u)
{
    prng_seed(&u->r, u->seed, 3);
    u->seen.count = 0;
    ward_restore(u->w);
    ward_open(u->w);
    look(u); /* nothing stands: the tables at the beginning */
    ward_key_all(u->w);
    for (int i = 0; i < STEPS; i++)
        step(u);
    if (!prng_chance(&u->r, 0.2) || !touched(u)) {
        const char *order =
            prng_chance(&u->r, 0.5) ? "length(merge_id) DESC, merge_id DESC" : "length(merge_id), merge_id";
        while (ward_count(u->w, true, "SELECT count(*) FROM (" STANDING ")") > 0 && u->bad < 20)
            undo_standing(u, order);
    }
    ward_close(u->w);
    repli_arena_done(&u->a);
    u->a = (struct repli_arena){0};
}

static void sequences(struct undos *u, struct ward *w, unsigned long long first, unsigned long long n)
{
    u->w = w;
    ward_save(w);
    for (u->seed = first; u->seed < first + n && u->bad < 20; u->seed++)
        sequence(u);
    ward_drop(w);
}

int main(void)
{
#define SHEET(n)                                                                                                       \
    {n, "row1.slot1.status", "ticked"}, {n, "row1.slot3.reason", "1"}, {n, "row2.slot1.status", "ticked"},             \
        {n, "row2.slot1.at", "1005"}, {n, "row2.slot1.value", "2,5"}, {n, "row2.slot1.by", "ink"},                     \
        {n, "row2.slot1.by2", "ink"}, {n, "row1.verify.continue", "ticked"}, {n, "verify.at", "0830"},                 \
        {n, "new1.drug", "ink"}, {n, "new1.value", "10"},                                                              \
    {                                                                                                                  \
        n, "allergy.same", "ticked"                                                                                    \
    }
    static const struct ward_ink ink[] = {SHEET(0), SHEET(1), {0, NULL, NULL}};
#undef SHEET
    const char *count = getenv("PROVE_UNDOS"), *seed = getenv("PROVE_SEED");
    unsigned long long n = count ? strtoull(count, NULL, 10) : 12, first = seed ? strtoull(seed, NULL, 10) : 1;
    struct undos u = {.merges = 0};
    struct ward obs = {.nsheets = 0}, mar = {.nsheets = 0};
    ward_make(&obs, "undos", SHEETS);
    sequences(&u, &obs, first, n - n / 3);
    ward_make_mar(&mar, "undos-mar", SHEETS, ink);
    sequences(&u, &mar, first + n, n / 3);
    bool enough = u.undone > 0 && u.again > 0 && u.refused > 0;
    printf("%s - %llu sequences: %lld merge runs, %lld undos, %lld refused by name, %lld times the same merges stood "
           "again; %lld bad\n",
           u.bad || !enough ? "not ok" : "ok", n, u.merges, u.undone, u.refused, u.again, u.bad);
    return u.bad || !enough ? 1 : 0;
}
