#include "repli/dataset.h"

#include <string.h>

const struct repli_dataset *repli_dataset_get(const struct repli_datasets *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->sets[i].name, name) == 0)
            return &all->sets[i];
    return NULL;
}

const char *repli_dataset_cell(const struct repli_dataset *set, size_t row, const char *column)
{
    if (!set || row >= set->nrows)
        return NULL;
    for (size_t i = 0; i < set->ncolumns; i++)
        if (strcmp(set->columns[i], column) == 0)
            return set->cells[row * set->ncolumns + i];
    return NULL;
}
