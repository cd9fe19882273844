/* Rows of named text columns: what a form is filled from.  store/ reads them from a snapshot's views, form/ places
** them. Datasets are defined once, as views in store/snapshot.sql; a template names them, never SQL.
*/
#ifndef REPLI_DATASET_H
#define REPLI_DATASET_H

#include <stddef.h>

#include "repli/arena.h"

struct repli_dataset {
    const char *name;           /* "patient" */
    const char *const *columns; /* ncolumns names */
    size_t ncolumns;
    const char **cells; /* nrows * ncolumns, row by row; NULL = not transmitted */
    size_t nrows;
};

struct repli_datasets {
    struct repli_dataset *sets;
    size_t count;
};

const struct repli_dataset *repli_dataset_get(const struct repli_datasets *all, const char *name); /* NULL: none */
const char *repli_dataset_cell(const struct repli_dataset *set, size_t row, const char *column);   /* NULL: none */

#endif
