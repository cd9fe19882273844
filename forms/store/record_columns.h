/* What the record keeps of each type of resource: its table, and where in its struct each column comes from. */
#ifndef REPLI_STORE_RECORD_COLUMNS_H
#define REPLI_STORE_RECORD_COLUMNS_H

#include "repli/record_rows.h"

enum record_column_kind { RECORD_TEXT, RECORD_INTEGER, RECORD_BOOL, RECORD_HASH8 };

struct record_column {
    const char *name;
    enum record_column_kind kind;
    size_t at; /* in the struct: const char *, const int64_t *, bool, const uint8_t * */
};

struct record_table {
    const char *type, *table, *key; /* "Patient", "patient", "patient_id"; every struct begins with its id */
    const char *guard;              /* what must hold for a row to be written over; NULL = nothing */
    size_t size;                    /* of the struct */
    bool parts;                     /* a resource may have several rows: "id", "id#part" */
    const struct record_column *columns;
    size_t ncolumns;
};
extern const struct record_table record_tables[REPLI_RECS];

/* A patient or stay with what the record adds to it. */
struct record_patient {
    struct repli_rec_patient x;
    const char *identifier_system, *identifier_value;
    const uint8_t *subject_hash;
};
struct record_encounter {
    struct repli_rec_encounter x;
    const uint8_t *stay_hash; /* NULL: part of another one */
};

#endif
