/* The record's tables about patients: the ones a merge may change and an undo may change back. */
#ifndef REPLI_STORE_RECORD_PATIENT_TABLES_H
#define REPLI_STORE_RECORD_PATIENT_TABLES_H

extern const char *const repli_patient_tables[]; /* NULL-terminated; each has `row_version` */

#endif
