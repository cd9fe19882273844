/* Merging against a floor in the same run: transactions of 30 rows into a bare table of SQLite, WAL and FULL, in the
** same folder.  A merge is one sheet: two filled columns, eight values, with their provenance, the row's guards, the
** changeset for undo and the ledger's own transactions.  Prints merges a second, the floor's transactions a second, and
** their ratio: medians of BENCH_RUNS (15), and of each side the best run, which other work on the machine, which slows
** what computes more than what waits for the disk, cannot better.  REPLI_TEST_OUT: where.
*/
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "support/ward.h"

enum { SHEETS = 96, FLOOR = 200, ROWS = 30, RUNS_MAX = 101 };

static double seconds(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What one run of one side took. */
struct took {
    double wall, cpu;
};

static struct took now(void)
{
    return (struct took){seconds(CLOCK_MONOTONIC), seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

static struct took since(struct took from, int count)
{
    struct took t = now();
    return (struct took){(t.wall - from.wall) / count, (t.cpu - from.cpu) / count};
}

static void must(sqlite3 *db, int rc)
{
    if (rc == SQLITE_OK || rc == SQLITE_DONE || rc == SQLITE_ROW)
        return;
    fprintf(stderr, "bench_merge: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static struct took one_merge(struct ward *w)
{
    ward_restore(w);
    ward_open(w);
    struct took from = now();
    enum repli_status s = ward_merge(w, false, NULL);
    struct took took = since(from, SHEETS);
    long long sheets = ward_count(w, true, "SELECT count(*) FROM merge");
    ward_close(w);
    if (s != REPLI_OK || sheets != SHEETS) {
        fprintf(stderr, "bench_merge: %lld sheets merged: %s\n", sheets, w->err.text);
        exit(1);
    }
    return took;
}

static struct took one_transaction(const char *dir)
{
    char path[600];
    sqlite3 *db = NULL;
    sqlite3_stmt *put = NULL;
    snprintf(path, sizeof path, "%s/floor.db", dir);
    must(NULL, sqlite3_open(path, &db));
    must(db, sqlite3_exec(db,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS row(id INTEGER "
                          "PRIMARY KEY, field TEXT, value TEXT, at INTEGER)",
                          NULL, NULL, NULL));
    must(db, sqlite3_prepare_v2(db, "INSERT INTO row(field, value, at) VALUES('col1.rr', '16', 1795417200)", -1, &put,
                                NULL));
    struct took from = now();
    for (int i = 0; i < FLOOR; i++) {
        must(db, sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL));
        for (int r = 0; r < ROWS; r++) {
            must(db, sqlite3_step(put));
            must(db, sqlite3_reset(put));
        }
        must(db, sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
    }
    struct took took = since(from, FLOOR);
    (void)sqlite3_finalize(put);
    (void)sqlite3_close(db);
    return took;
}

static int by_size(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

int main(void)
{
    const char *said = getenv("BENCH_RUNS");
    int runs = said ? (int)strtol(said, NULL, 10) : 15;
    double merges[RUNS_MAX], bare[RUNS_MAX], ratio[RUNS_MAX], merge_ms[RUNS_MAX], bare_ms[RUNS_MAX];
    struct ward w;
    if (runs < 1 || runs > RUNS_MAX)
        return 2;
    ward_make(&w, "bench_merge", SHEETS);
    ward_open(&w);
    (void)ward_key_all(&w);
    ward_close(&w);
    ward_save(&w);
    for (int i = 0; i < runs; i++) { /* they take turns, so that both see the same machine */
        struct took merge = one_merge(&w), transaction = one_transaction(w.dir);
        merges[i] = 1 / merge.wall;
        bare[i] = 1 / transaction.wall;
        ratio[i] = merges[i] / bare[i];
        merge_ms[i] = 1000 * merge.cpu;
        bare_ms[i] = 1000 * transaction.cpu;
    }
    double *const all[] = {merges, bare, ratio, merge_ms, bare_ms};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        qsort(all[i], (size_t)runs, sizeof *all[i], by_size);
    printf("merge %8.1f sheets/s   floor %8.1f transactions of %d rows/s (WAL, FULL)   ratio %.2f; best %.1f and %.1f: "
           "%.2f; CPU %.2f and %.3f ms, at best %.2f and %.3f\n",
           merges[runs / 2], bare[runs / 2], ROWS, ratio[runs / 2], merges[runs - 1], bare[runs - 1],
           merges[runs - 1] / bare[runs - 1], merge_ms[runs / 2], bare_ms[runs / 2], merge_ms[0], bare_ms[0]);
    ward_drop(&w);
    return 0;
}
