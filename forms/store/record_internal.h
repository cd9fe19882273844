/* What the files of the record's import share. */
#ifndef REPLI_STORE_RECORD_INTERNAL_H
#define REPLI_STORE_RECORD_INTERNAL_H

#include "repli/record_import.h"
#include "store/db.h"
#include "store/record_columns.h"

/* Statements of a run, prepared when first needed and kept to its end. */
enum record_stmt {
    RUN_UPSERT,                         /* + enum repli_rec */
    RUN_HASH = RUN_UPSERT + REPLI_RECS, /* + enum repli_rec: the source_hash of a row */
    RUN_FIND = RUN_HASH + REPLI_RECS,   /* + enum repli_rec: 1 when the row is there */
    RUN_SEEN_ADD = RUN_FIND + REPLI_RECS,
    RUN_SEEN_GET,
    RUN_SEEN_SET,
    RUN_LATER_ADD,
    RUN_LATER_TAKE,
    RUN_LATER_DROP,
    RUN_REFUSE,
    RUN_PLACE,
    RUN_SUBJECT,
    RUN_IDENTIFIERS,
    RUN_IDENTIFIER_PUT,
    RUN_IDENTIFIER_DROP,
    RUN_STAY,
    RUN_STOP_PUT,
    RUN_STOP_DROP,
    RUN_PART_DROP, /* + enum repli_rec */
    RUN_MEDICATION = RUN_PART_DROP + REPLI_RECS,
    RUN_CONTACT_PUT,
    RUN_CONTACT_DROP,
    RUN_LINK_DROP,
    RUN_LINK_PUT,
    RUN_LINK_TO,
    RUN_LINK_SET,
    RUN_LINK_TOP,
    RUN_LINK_ENDS,
    RUN_ALIAS,
    RUN_STMTS
};

struct record_run {
    sqlite3_stmt *stmts[RUN_STMTS];
    struct repli_arena arena; /* names of files, for the whole run */
    struct repli_import_file *files;
    size_t nfiles;
    size_t file; /* of the resource at hand */
    int64_t line;
    bool dated;
    int64_t updated_utc;
    char known_patient[80]; /* the last one that was found: resources come in heaps about one patient */
    struct repli_import_counts counts;
    int64_t aliases;                                     /* how many the record has: mostly none */
    bool event, event_own;                               /* between repli_record_event_begin() and _end() */
    struct repli_import_counts event_counts, event_file; /* as they were when it began */
    uint8_t event_hash[32];
    uint8_t kept_hash[32]; /* of the row that an event changes */
};

/* The statement, reset and without binds. */
REPLI_MUST_CHECK enum repli_status record_stmt_get(struct repli_record *, int which, const char *sql, sqlite3_stmt **,
                                                   struct repli_err *);
/* Writes one row of a kind (UPSERT) from its struct; *written false: its guard kept it as it was. */
REPLI_MUST_CHECK enum repli_status record_write(struct repli_record *, enum repli_rec, const void *row,
                                                const uint8_t hash[32], bool *written, struct repli_err *);
/* Fills the struct of a kind from its row, texts in the arena. */
REPLI_MUST_CHECK enum repli_status record_read(struct repli_record *, enum repli_rec, const char *id,
                                               struct repli_arena *, bool *known, void *row, struct repli_err *);
const int64_t *record_opt_dup(struct repli_arena *, sqlite3_stmt *, int column); /* NULL stays NULL */

struct repli_record_merge;
struct repli_db *repli_record_merge_db(struct repli_record_merge *); /* of an open merge */

/* REPLI_WAITS "Patient/x has not arrived" unless the row is there. */
REPLI_MUST_CHECK enum repli_status record_need(struct repli_record *, enum repli_rec, const char *id,
                                               struct repli_err *);

/* Begins a put: *go false = nothing to do, *put is set already.  `row` is the id of the row that carries the hash. */
REPLI_MUST_CHECK enum repli_status record_arrive(struct repli_record *, enum repli_rec, const char *id, const char *row,
                                                 const uint8_t hash[32], bool *go, enum repli_put *put,
                                                 struct repli_err *);
/* The hash to write with what record_arrive() let through: `hash`, or for an event the one that the row has. */
const uint8_t *record_hash(const struct repli_record *, enum repli_put, const uint8_t hash[32]);
void record_count(struct repli_record *, enum repli_put);
/* Links of a patient resource or event, and what follows from them for patient.replaced_by (record_link.c). */
REPLI_MUST_CHECK enum repli_status record_put_links(struct repli_record *, const struct repli_rec_patient *,
                                                    struct repli_err *);
/* What the links say has replaced this patient; *survivor NULL: nobody. */
REPLI_MUST_CHECK enum repli_status record_replacement(struct repli_record *, const char *id, struct repli_arena *,
                                                      const char **survivor, struct repli_err *);
/* The row of somebody, or of a stay, that only messages made: its resource takes it over under the id it has.  *adopted
** stays NULL: there is none.  REPLI_DATA: the same number, and yet somebody else. */
REPLI_MUST_CHECK enum repli_status record_adopt_patient(struct repli_record *, const struct repli_rec_patient *,
                                                        const uint8_t subject[8], struct repli_arena *,
                                                        const char **adopted, struct repli_err *);
REPLI_MUST_CHECK enum repli_status record_adopt_stay(struct repli_record *, const struct repli_rec_encounter *,
                                                     const uint8_t stay[8], struct repli_arena *, const char **adopted,
                                                     struct repli_err *);
/* A ward, room or bed that messages made and called so, in the same place; of several none. */
REPLI_MUST_CHECK enum repli_status record_adopt_place(struct repli_record *, const struct repli_rec_location *,
                                                      struct repli_arena *, const char **adopted, struct repli_err *);

/* Kinds and codes of the places of this run. */
REPLI_MUST_CHECK enum repli_status record_settle_places(struct repli_record *, struct repli_err *);

/* Binds in order. */
struct record_bind {
    sqlite3_stmt *st;
    int at;
};
void record_text(struct record_bind *, const char *s);
void record_opt(struct record_bind *, const int64_t *v);
void record_int(struct record_bind *, int64_t v);
void record_blob(struct record_bind *, const void *data, size_t len);

#endif
