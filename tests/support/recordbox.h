/* A record in a folder of its own, with keys and a zone, for tests of the import; all gone with recordbox_close(). */
#ifndef REPLI_TEST_RECORDBOX_H
#define REPLI_TEST_RECORDBOX_H

#include "repli/import.h"

#define BOX_NOW 1795395600 /* 2026-11-23T01:00:00Z */

struct recordbox {
    char dir[300], path[400];
    struct repli_zone *zone;
    struct repli_keys *keys;
    struct repli_record *record;
    struct repli_import_report report; /* of the last import */
    char said[65536];                  /* refusals of the last import: "file:line resource: reason\n" */
};

/* All of these end the test on failure. */
void recordbox_open(struct recordbox *b);
void recordbox_close(struct recordbox *b);
void recordbox_setup(const struct recordbox *b, struct repli_import_setup *set);

/* One run over lines of JSON, in which ' stands for " (write \u0027 for an apostrophe). */
void recordbox_take(struct recordbox *b, const char *const *lines, size_t count);
void recordbox_take_one(struct recordbox *b, const char *line);
/* One run over files. */
void recordbox_files(struct recordbox *b, const char *const *paths, size_t count);
void recordbox_write(const struct recordbox *b, const char *name, const void *data, size_t len, char path[512]);

void recordbox_digest(struct recordbox *b, char out[65]);
/* First column of the first row as text ("" = no row, "NULL"); a static buffer that the next call overwrites. */
const char *recordbox_sql(const struct recordbox *b, const char *sql);

#endif
