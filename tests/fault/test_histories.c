/* Random histories of one pile of paper.  Scanned in random pieces, orders and repetitions by two importers at once
** over the same paper in part, each with several pages between looking them up and storing them; with people keying in
** random order, handing in again what they keyed, and merging in between; with the ledgers of three wards' sticks, as
** of three hours each, carried in at random moments and repeatedly, before or after their paper: record and ledger say
** the same in the end (digest.h) as after a calm run.
**
** Real functions on real databases; only pixels, processes and power cuts are left out (tests/fault/splits.sh has
** those).  PROVE_HISTORIES=N: so many (500 otherwise; 10 under sanitizers); PROVE_SEED=S: the first one's seed.
*/
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "repli/audit.h"
#include "repli/carry.h"
#include "repli/ledger_quality.h"
#include "repli/merge.h"
#include "repli/review.h"
#include "support/digest.h"
#include "support/importer.h"
#include "support/thinned.h"

#define HISTORIES (500 / THINNED(50))
#define PEOPLE    4
#define SHOWN     6  /* rows that are printed of a history that ends otherwise */
#define CARRIES   12 /* ledger files of a history */

static const char *const people[PEOPLE] = {"a", "b", "c", "d"};

struct history {
    unsigned long long seed;
    struct prng r;
    struct sticks sticks;
    struct pile pile;
    struct repli_site *site;
    struct repli_ledger *desk; /* people and ledger files */
    struct repli_record *record;
    struct importer importers[2];
    const struct pile_file *held[STICKS][PILE_FILES]; /* until the stick's late ledger is in */
    size_t nheld[STICKS];
    bool late[STICKS];    /* it is */
    int carries[CARRIES]; /* still to come: stick * STICKS_HOURS + hour */
    size_t ncarries;
    struct repli_buf answers[PEOPLE]; /* all that each keyed */
    struct repli_err err;
    char calm[2][65];
    struct repli_buf rows;
    long long carried, keyed, repeated, merged, bad;
};

static void must(struct history *h, enum repli_status s, const char *what)
{
    if (s == REPLI_OK || s == REPLI_WAITS) {
        h->err = (struct repli_err){0};
        return;
    }
    printf("not ok - seed %llu: %s: %s\n", h->seed, what, h->err.text);
    sticks_drop(&h->sticks);
    exit(1);
}

/* ---- ledger files */

static void carry(struct history *h, int which)
{
    struct repli_arena a = {0};
    struct repli_carried said;
    int stick = which / STICKS_HOURS, hour = which % STICKS_HOURS;
    must(h,
         repli_carry_import(h->site, h->desk, h->sticks.carried[stick][hour].text, h->sticks.carried[stick][hour].len,
                            &a, &said, &h->err),
         "ledger import");
    repli_arena_done(&a);
    h->carried++;
    /* What came too early for the scanner comes now, to either of the two. */
    for (size_t i = 0; hour == STICKS_HOURS - 1 && i < h->nheld[stick]; i++)
        importer_give(&h->importers[prng_int(&h->r, 0, 1)], h->held[stick][i]);
    if (hour == STICKS_HOURS - 1) {
        h->nheld[stick] = 0;
        h->late[stick] = true;
    }
}

static void carry_next(struct history *h)
{
    if (h->ncarries)
        carry(h, h->carries[--h->ncarries]);
}

/* ---- people */

struct tasks {
    char **ids;
    size_t count, room;
};

static void keep_task(void *user, const char *json)
{
    static const char key[] = "\"task\":\"";
    struct tasks *t = user;
    const char *id = strstr(json, key), *end = id ? strchr(id + sizeof key - 1, '"') : NULL;
    if (!end)
        abort();
    id += sizeof key - 1;
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 256;
        t->ids = repli_xrealloc(t->ids, t->room * sizeof *t->ids);
    }
    t->ids[t->count] = repli_xmalloc((size_t)(end - id) + 1);
    memcpy(t->ids[t->count], id, (size_t)(end - id));
    t->ids[t->count++][end - id] = 0;
}

static void ignore(void *user, const char *json)
{
    (void)user, (void)json;
}

static struct repli_review_counts take(struct history *h, int who, const struct repli_buf *answers)
{
    struct repli_review_counts n = {0};
    if (answers->len == 0)
        return n;
    repli_audit_person(h->desk, people[who]);
    must(h, repli_merge_replay(h->site, h->desk, h->record, &h->err), "replay");
    must(h, repli_review_import(h->site, h->desk, answers->data, answers->len, people[who], ignore, NULL, &n, &h->err),
         "review import");
    h->keyed += n.taken;
    return n;
}

/* Some of what they may do, in an order of chance.  Returns how many answers were taken. */
static int64_t key(struct history *h, int who, double share, bool all_in)
{
    struct tasks t = {0};
    struct repli_buf answers = {0};
    repli_audit_person(h->desk, people[who]);
    must(h, repli_review_export(h->site, h->desk, people[who], keep_task, &t, &h->err), "review export");
    for (size_t i = 0; i < t.count; i++) {
        size_t k = i + (size_t)prng_int(&h->r, 0, (int)(t.count - i) - 1);
        char *id = t.ids[k];
        t.ids[k] = t.ids[i];
        if ((double)i < share * (double)t.count && !pile_answer(&h->pile, id, all_in, &answers)) {
            printf("# seed %llu: a task of no sheet that was scanned: %s\n", h->seed, id);
            h->bad++;
        }
        free(id);
    }
    free(t.ids);
    int64_t taken = take(h, who, &answers).taken;
    if (answers.len)
        repli_buf_add(&h->answers[who], answers.data, answers.len);
    repli_buf_done(&answers);
    return taken;
}

static void merge(struct history *h)
{
    repli_audit_person(h->desk, "d");
    must(h, repli_merge_run(h->site, h->desk, h->record, "d", false, ignore, NULL, &h->err), "merge");
    h->merged++;
}

/* Somebody keys, or hands in once more all that they ever keyed; then perhaps somebody merges. */
static void people_work(struct history *h)
{
    int who = prng_int(&h->r, 0, PEOPLE - 1);
    if (prng_chance(&h->r, .25))
        h->repeated += take(h, who, &h->answers[who]).repeated;
    else
        (void)key(h, who, prng_int(&h->r, 1, 3) / 3.0, false);
    if (prng_chance(&h->r, .5))
        merge(h);
}

/* ---- a history */

/* While histories run nothing is folded into the files: what a history wrote lies in their logs alone.  With an empty
** log, and an index that must be made again, a database is what it was, as after a power cut before any sync; handles
** stay open, and what they compiled stays. */
static void put_back(struct history *h, const char *path)
{
    char name[1100];
    const uint8_t nothing[136] = {0}; /* both headers of the index and what follows them */
    snprintf(name, sizeof name, "%s-wal", path);
    bool good = truncate(name, 0) == 0;
    snprintf(name, sizeof name, "%s-shm", path);
    FILE *index = fopen(name, "r+");
    good = good && index && fwrite(nothing, 1, sizeof nothing, index) == sizeof nothing;
    good = index && fclose(index) == 0 && good;
    if (!good) {
        (void)repli_fail(&h->err, REPLI_IO, "%s: %s", name, strerror(errno));
        must(h, REPLI_IO, "put back");
    }
}

static struct repli_ledger *open_ledger(struct history *h)
{
    struct repli_ledger *l = NULL;
    must(h, repli_ledger_open(h->site->ledger, false, repli_clock_now(&h->site->clock), &l, &h->err), "ledger");
    must(h, repli_audit_attach(l, h->site, NULL, &h->err), "audit");
    repli_ledger_keep_maps(l, 4 * PILE_SHEETS); /* as the station does; by their bytes, whatever history it is */
    (void)sqlite3_wal_autocheckpoint(l->db.sql, 0);
    return l;
}

static void open_all(struct history *h)
{
    must(h, repli_site_open(sticks_path(&h->sticks, "start"), STICKS_SCAN, &h->site, &h->err), "site");
    must(h, repli_record_open(h->site->record, false, repli_clock_now(&h->site->clock), &h->record, &h->err), "record");
    h->desk = open_ledger(h);
    (void)sqlite3_wal_autocheckpoint(h->record->db.sql, 0);
    for (int i = 0; i < 2; i++)
        importer_open(&h->importers[i], &h->pile, h->site, open_ledger(h));
}

static void close_all(struct history *h)
{
    for (int i = 0; i < 2; i++)
        importer_close(&h->importers[i]);
    repli_ledger_close(h->desk);
    repli_record_close(h->record);
    repli_site_close(h->site);
}

static void begin(struct history *h)
{
    put_back(h, h->site->record);
    put_back(h, h->site->ledger);
    memset(h->late, 0, sizeof h->late);
    h->ncarries = 0;
    for (int i = 0; i < 2; i++)
        importer_begin(&h->importers[i]);
}

/* Everything is keyed and merged that may be, and some hand in all of theirs once more; then what both say. */
static void end(struct history *h, bool rough, char said[2][65], struct repli_buf *rows)
{
    int idle = 0;
    for (int i = 0; idle < PEOPLE && i < 10 * PEOPLE; i++)
        idle = key(h, i % PEOPLE, 1, true) ? 0 : idle + 1;
    merge(h);
    for (int i = 0; i < PEOPLE; i++)
        if (rough && prng_chance(&h->r, .3))
            h->repeated += take(h, i, &h->answers[i]).repeated;
    if (rough && prng_chance(&h->r, .3))
        merge(h);
    if (!digest_of(&h->record->db, true, said[0], rows, &h->err) ||
        !digest_of(&h->desk->db, false, said[1], rows, &h->err))
        must(h, REPLI_DB, "digest");
    for (int i = 0; i < PEOPLE; i++) {
        repli_buf_done(&h->answers[i]);
        h->answers[i] = (struct repli_buf){0};
    }
}

static void live_calmly(struct history *h)
{
    begin(h);
    for (int i = 0; i < STICKS * STICKS_HOURS; i++)
        carry(h, i);
    for (size_t i = 0; i < h->pile.nfiles; i++)
        importer_give(&h->importers[0], &h->pile.files[i]);
    while (importer_busy(&h->importers[0]))
        must(h, importer_step(&h->importers[0], NULL, &h->err), "scan");
    end(h, false, h->calm, &h->rows);
}

static void shuffle(struct prng *r, int *list, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t k = (size_t)prng_int(r, 0, (int)i - 1);
        int last = list[i - 1];
        list[i - 1] = list[k];
        list[k] = last;
    }
}

/* Each ledger once, and some again. */
static void plan_carries(struct history *h)
{
    h->ncarries = 0;
    while (h->ncarries < STICKS * STICKS_HOURS) {
        h->carries[h->ncarries] = (int)h->ncarries;
        h->ncarries++;
    }
    for (int more = prng_int(&h->r, 1, CARRIES - STICKS * STICKS_HOURS); more > 0; more--)
        h->carries[h->ncarries++] = prng_int(&h->r, 0, STICKS * STICKS_HOURS - 1);
    shuffle(&h->r, h->carries, h->ncarries);
}

/* To the scanner, or aside until the stick's late ledger is in. */
static void hand_over(struct history *h, struct importer *im, const struct pile_file *f)
{
    if (f->stick >= 0 && !h->late[f->stick])
        h->held[f->stick][h->nheld[f->stick]++] = f;
    else
        importer_give(im, f);
}

/* Until nothing is left to scan, anything may come between two steps. */
static void scan_roughly(struct history *h)
{
    struct importer *x = &h->importers[0], *y = &h->importers[1];
    while (importer_busy(x) || importer_busy(y)) {
        double what = prng_in(&h->r, 0, 1);
        if (what < .05)
            carry_next(h);
        else if (what < .066)
            people_work(h);
        else
            must(h,
                 importer_step(!importer_busy(y) || (importer_busy(x) && prng_chance(&h->r, .5)) ? x : y, &h->r,
                               &h->err),
                 "scan");
    }
}

static void live_roughly(struct history *h, char said[2][65], struct repli_buf *rows)
{
    int order[2 * PILE_FILES];
    size_t n = 0, done = 0;
    begin(h);
    plan_carries(h);
    for (size_t i = 0; i < h->pile.nfiles; i++) {
        order[n++] = (int)i;
        if (prng_chance(&h->r, .125))
            order[n++] = (int)i;
    }
    shuffle(&h->r, order, n);
    size_t pieces = (size_t)prng_int(&h->r, 2, 5), size = n / pieces + 1;
    while (done < n) {
        bool two = prng_chance(&h->r, .67);
        for (size_t i = 0; i < size && done < n; i++, done++) {
            const struct pile_file *f = &h->pile.files[order[done]];
            if (!two || i % 2 == 0)
                hand_over(h, &h->importers[0], f);
            if (two && (i % 2 == 1 || i % 3 == 0)) /* over the same paper in part */
                hand_over(h, &h->importers[1], f);
        }
        scan_roughly(h);
    }
    while (h->ncarries)
        carry_next(h);
    scan_roughly(h);
    end(h, true, said, rows);
}

/* ---- what is found */

static bool has_line(const char *text, const char *line, size_t len)
{
    for (const char *at = text; at && *at; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
        if (strncmp(at, line, len) == 0 && (at[len] == '\n' || at[len] == 0))
            return true;
    return false;
}

/* Rows that only one of the two has. */
static void show(const char *sign, const char *these, const char *those)
{
    int shown = 0;
    for (const char *at = these; at && *at && shown < SHOWN;) {
        size_t len = strcspn(at, "\n");
        if (!has_line(those, at, len)) {
            printf("# %s %.*s\n", sign, (int)(len < 200 ? len : 200), at);
            shown++;
        }
        at += len + (at[len] != 0);
    }
}

static void one(struct history *h, unsigned long long seed)
{
    char said[2][65];
    struct repli_buf rows = {0};
    h->seed = seed;
    prng_seed(&h->r, seed, 9);
    live_roughly(h, said, &rows);
    bool record = strcmp(said[0], h->calm[0]) != 0, ledger = strcmp(said[1], h->calm[1]) != 0;
    (void)fflush(stdout);
    if (record || ledger) {
        h->bad++;
        printf("# seed %llu: %s%s%s not as after the calm run\n", seed, record ? "record" : "",
               record && ledger ? " and " : "", ledger ? "ledger" : "");
        show("calm:", h->rows.data, rows.data);
        show("this:", rows.data, h->rows.data);
        (void)fflush(stdout);
    }
    repli_buf_done(&rows);
}

/* Everything that a history is made of must have happened in some. */
static bool enough(const struct history *h)
{
    static const enum repli_outcome wanted[] = {
        REPLI_OUTCOME_READ,       REPLI_OUTCOME_DUPLICATE,  REPLI_OUTCOME_SECOND_IMAGE, REPLI_OUTCOME_VOID,
        REPLI_OUTCOME_CLOSED,     REPLI_OUTCOME_DRILL,      REPLI_OUTCOME_FOREIGN,      REPLI_OUTCOME_BAD_MAC,
        REPLI_OUTCOME_TWO_SHEETS, REPLI_OUTCOME_UNREADABLE, REPLI_OUTCOME_NO_CODE,      REPLI_OUTCOME_NOT_REGISTERED};
    const struct importer *x = &h->importers[0], *y = &h->importers[1];
    bool all = x->raced && y->raced && x->adopted && y->adopted && h->carried && h->keyed && h->repeated && h->merged;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (x->result.by_outcome[wanted[i]] + y->result.by_outcome[wanted[i]] == 0) {
            printf("# no image ever ended as %s\n", repli_outcome_text(wanted[i]));
            all = false;
        }
    return all;
}

int main(void)
{
    static struct history h;
    const char *count = getenv("PROVE_HISTORIES"), *seed = getenv("PROVE_SEED");
    unsigned long long n = count ? strtoull(count, NULL, 10) : HISTORIES, first = seed ? strtoull(seed, NULL, 10) : 1;
    if (!getenv("REPLI_TEST_TMP") && access("/dev/shm", W_OK) == 0)
        (void)setenv("REPLI_TEST_TMP", "/dev/shm", 1); /* nothing here is about power cuts */
    sticks_make(&h.sticks);
    open_all(&h);
    pile_make(&h.pile, &h.sticks, h.site->zone);
    live_calmly(&h);
    printf("# %zu sheets, %zu files, %zu page images\n", h.pile.nsheets, h.pile.nfiles, h.pile.npages);
    (void)fflush(stdout);
    for (unsigned long long i = 0; i < n && h.bad < 20; i++) {
        if (i && i % 1000 == 0)
            printf("# %llu histories, %lld end otherwise\n", i, h.bad);
        one(&h, first + i);
    }
    const struct importer *x = &h.importers[0], *y = &h.importers[1];
    bool good = (enough(&h) || n < 10) && h.bad == 0;
    printf("%s - %llu histories: %lld pages (%lld overtaken, %lld laid out again), %lld ledger files, %lld answers, "
           "%lld merge runs; %lld end otherwise than the calm run\n",
           good ? "ok" : "not ok", n, (long long)(x->result.images + y->result.images), x->raced + y->raced,
           x->adopted + y->adopted, h.carried, h.keyed, h.merged, h.bad);
    repli_buf_done(&h.rows);
    pile_done(&h.pile);
    close_all(&h);
    sticks_drop(&h.sticks);
    return good ? 0 : 1;
}
