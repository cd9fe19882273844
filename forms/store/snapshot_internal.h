/* What the files of the snapshot share inside store/. */
#ifndef REPLI_STORE_SNAPSHOT_INTERNAL_H
#define REPLI_STORE_SNAPSHOT_INTERNAL_H

#include "repli/snapshot.h"
#include "store/db.h"

#define REPLI_SNAPSHOT_APPLICATION 0x5270536E /* "RpSn" */
#define REPLI_SNAPSHOT_SCHEMA      1

/* A dataset's statement, kept while the snapshot is open: a pack asks for the same few, patient by patient. */
struct snapshot_set {
    struct snapshot_set *next;
    sqlite3_stmt *st;
    bool of_patient, of_ward; /* rows of one patient, of one ward; neither: all */
    char name[];
};
struct repli_snapshot {
    struct repli_db db;
    struct repli_snapshot_info info;
    struct snapshot_set *sets;
};

/* ---- who is in the house (snapshot_house.c) */

struct house_ward {
    const char *code, *name, *id; /* id: location in the record */
    int64_t beds, census;
};
struct house_person {
    const char *patient_id, *encounter_id, *stay_number, *attending, *reason;
    const struct house_ward *ward; /* NULL = none transmitted */
    const char *room, *bed;        /* names */
    const char *bed_id;            /* location of kind bed; NULL = none transmitted */
    int64_t place_utc;             /* there since; INT64_MIN = not known */
    bool has_stay_hash, has_start;
    uint8_t stay[8];
    int64_t start_utc;
    /* from the patient's row; found = false: there is none, which the check of the finished file will say */
    bool found, deceased, homonym;
    const char *identifier_system, *identifier, *family, *given, *prefix, *name_text, *birth_date, *gender, *language,
        *national_number, *address;
    const char *family_fold, *given_fold, *sort_name;
    uint8_t subject[8];
};
struct house_bed {
    const char *id, *ward, *room, *name; /* the ward's code; names */
    bool taken;                          /* somebody lies there */
};
struct house {
    struct house_ward *wards; /* in order of printing */
    size_t nwards;
    struct house_person *people; /* in order of printing */
    size_t npeople;
    struct house_bed *beds; /* active ones of the wards above, in no order */
    size_t nbeds;
};

/* A line of a ward's census: a bed, a patient, or both. */
struct house_line {
    const struct house_bed *bed;       /* NULL: the person's own place says where */
    const struct house_person *person; /* NULL: nobody lies there */
};
/* In order of printing: ward, room, bed, name.  In the arena (snapshot_names.c). */
struct house_line *repli_house_census(struct house *house, struct repli_arena *a, size_t *count);

/* Reads the record (inside the caller's read transaction) as it stands for the instant `at_utc`. */
REPLI_MUST_CHECK enum repli_status repli_house_read(struct repli_db *record, int64_t at_utc, struct repli_arena *a,
                                                    struct house *house, struct repli_err *err);

/* Tables that are copied patient by patient (snapshot_copy.c); ends with a NULL table. */
struct snapshot_copy {
    const char *table, *from;
};
extern const struct snapshot_copy snapshot_copies[];

/* What belongs to nobody in particular (snapshot_site.c): settings and directory; appointments of anybody. */
REPLI_MUST_CHECK enum repli_status
repli_snapshot_put_house(struct repli_db *db, const struct repli_snapshot_origin *origin, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_snapshot_put_calls(struct repli_db *db, struct repli_db *record,
                                                            int64_t taken_utc, struct repli_err *err);

/* Marks people of one ward whose names may be taken for each other, and sorts (snapshot_names.c). */
void repli_house_homonyms(struct house *house);
void repli_house_sort(struct house *house);
int repli_natural_compare(const char *a, const char *b); /* NULL last; runs of digits by their value: "9" before "10" */

/* BLAKE2b-256 over schema and rows of an open snapshot, all but `seal`. */
REPLI_MUST_CHECK enum repli_status repli_snapshot_content(struct repli_db *db, uint8_t content[32],
                                                          struct repli_err *err);

#endif
