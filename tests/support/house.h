/* An invented house in a site of its own, for tests of snapshots: written straight into the record with SQLite alone.
** */
#ifndef REPLI_TEST_HOUSE_H
#define REPLI_TEST_HOUSE_H

#include <stdint.h>

#include "repli/snapshot.h"
#include "support/status.h"

#define T    INT64_C(1795395600) /* 2026-11-23T01:00:00Z, 02:00 in Brussels */
#define HOUR 3600
#define DAY  86400
#define NAME "2026-11-23T010000Z.snapshot"

/* The site of the running test, its folder, and the temporary folder both lie in. */
struct house_site {
    char base[256], dir[400];
    struct repli_site *site;
};
extern struct house_site the;

int house_setup(void **state); /* an empty site at T */
int house_teardown(void **state);
void open_site(const char *at);                                            /* opens it again at another time */
int run(const char *program, const char *a, const char *b, const char *c); /* 0 = it ended well */

/* SQL (sqlite3_mprintf formats) on the record, or on any file; foreign keys are off, so a bad record is possible. */
void put(const char *fmt, ...);
void edit(const char *path, const char *fmt, ...);

void place(const char *id, const char *kind, const char *code, const char *part_of);
void person(const char *id, int n, const char *family, const char *given);
void stay(const char *id, const char *patient, const char *part_of, const char *status, int64_t start, int64_t end);
void stop(const char *encounter, int seq, const char *location, int64_t start, int64_t end);
void lies(const char *id, int n, const char *family, const char *given, const char *location); /* one stay, there */
void small_house(void); /* ward 3B: zoe in bed 2, anna in bed 10; three allergies */

enum repli_status take(const int64_t *as_of, struct repli_snapshot_info *info, struct repli_err *err);
struct repli_snapshot *taken(struct repli_snapshot_info *info); /* took one and opened it */

#endif
