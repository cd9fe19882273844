/* What the files of the record's import share. */
#ifndef REPLI_STORE_RECORD_INTERNAL_H
#define REPLI_STORE_RECORD_INTERNAL_H

#include "repli/record_import.h"
#include "store/db.h"

/* Numbers are kept in import_seen during a run only: the order may change. */
enum record_kind {
    RECORD_PATIENT,
    RECORD_LOCATION,
    RECORD_ENCOUNTER,
    RECORD_ALLERGY,
    RECORD_CONDITION,
    RECORD_MEDICATION,
    RECORD_REQUEST,
    RECORD_ADMINISTRATION,
    RECORD_OBSERVATION,
    RECORD_KINDS
};

/* Statements of a run, prepared when first needed and kept to its end. */
enum record_stmt {
    RUN_UPSERT,                           /* + record_kind */
    RUN_HASH = RUN_UPSERT + RECORD_KINDS, /* + record_kind: the source_hash of a row */
    RUN_FIND = RUN_HASH + RECORD_KINDS,   /* + record_kind: 1 when the row is there */
    RUN_SEEN_ADD = RUN_FIND + RECORD_KINDS,
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
    RUN_PART_DROP,
    RUN_MEDICATION,
    RUN_STMTS
};

struct record_run {
    sqlite3_stmt *stmts[RUN_STMTS];
    struct repli_arena arena; /* names of files, for the whole run */
    const char **files;
    size_t nfiles;
    size_t file; /* of the resource at hand */
    int64_t line;
    bool dated;
    int64_t updated_utc;
    char known_patient[80]; /* the last one that was found: resources come in heaps about one patient */
    struct repli_import_counts counts;
    bool event, event_own; /* between repli_record_event_begin() and _end() */
    struct repli_import_counts event_counts;
    uint8_t event_hash[32];
    uint8_t kept_hash[32]; /* of the row that an event changes */
};

/* The statement, reset and without binds. */
REPLI_MUST_CHECK enum repli_status record_stmt_get(struct repli_record *, int which, const char *sql, sqlite3_stmt **,
                                                   struct repli_err *);
/* The UPSERT of a kind: ?1 = its id, then its columns in the order of record_columns(), then source_hash. */
REPLI_MUST_CHECK enum repli_status record_upsert_get(struct repli_record *, enum record_kind, sqlite3_stmt **,
                                                     struct repli_err *);

struct repli_record_merge;
struct repli_db *repli_record_merge_db(struct repli_record_merge *); /* of an open merge */

/* REPLI_WAITS "Patient/x has not arrived" unless the row is there. */
REPLI_MUST_CHECK enum repli_status record_need(struct repli_record *, enum record_kind, const char *id,
                                               struct repli_err *);

/* Begins a put: *go false = nothing to do, *put is set already.  `row` is the id of the row that carries the hash. */
REPLI_MUST_CHECK enum repli_status record_arrive(struct repli_record *, enum record_kind, const char *id,
                                                 const char *row, const uint8_t hash[32], bool *go, enum repli_put *put,
                                                 struct repli_err *);
/* The hash to write with what record_arrive() let through: `hash`, or for an event the one that the row has. */
const uint8_t *record_hash(const struct repli_record *, enum repli_put, const uint8_t hash[32]);
void record_count(struct repli_record *, enum repli_put);

/* "Patient/x" for messages. */
const char *record_type(enum record_kind kind);

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
