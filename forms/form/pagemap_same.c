/* Do two sides have the same fields and captures, so that their page maps say the same of them? */
#include <string.h>

#include "repli/pagemap.h"

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_texts(const char *const *a, const char *const *b, size_t n)
{
    bool same = !a == !b;
    for (size_t i = 0; same && a && a != b && i < n; i++)
        same = same_text(a[i], b[i]);
    return same;
}

static bool same_number(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

static bool same_range(const struct repli_range *a, const struct repli_range *b)
{
    return a->has_low == b->has_low && a->has_high == b->has_high && (!a->has_low || same_number(a->low, b->low)) &&
           (!a->has_high || same_number(a->high, b->high));
}

static bool same_boxes(const struct repli_box *a, const struct repli_box *b, size_t n)
{
    return a == b || (a && b && memcmp(a, b, n * sizeof *a) == 0);
}

static bool same_rows(const struct repli_field *a, const struct repli_field *b)
{
    bool same = !a->rows == !b->rows;
    for (size_t i = 0; same && a->rows && i < a->nparts; i++)
        same = same_range(&a->rows[i], &b->rows[i]);
    return same && same_texts(a->row_labels, b->row_labels, a->nparts) && same_texts(a->letters, b->letters, a->nparts);
}

static bool same_field(const struct repli_field *a, const struct repli_field *b)
{
    return a->kind == b->kind && a->tier == b->tier && a->decimals == b->decimals && a->nparts == b->nparts &&
           same_boxes(&a->box, &b->box, 1) && same_text(a->key, b->key) && same_text(a->base, b->base) &&
           same_text(a->id, b->id) && same_text(a->label, b->label) && same_text(a->role, b->role) &&
           same_text(a->group, b->group) && same_text(a->capture, b->capture) && same_text(a->unit, b->unit) &&
           same_range(&a->soft, &b->soft) && same_range(&a->hard, &b->hard) &&
           same_boxes(a->parts, b->parts, a->nparts) && same_rows(a, b);
}

static bool same_capture(const struct repli_capture *a, const struct repli_capture *b)
{
    return a->nmembers == b->nmembers && same_text(a->key, b->key) && same_text(a->base, b->base) &&
           same_text(a->id, b->id) && same_text(a->kind, b->kind) && same_texts(a->roles, b->roles, a->nmembers) &&
           (a->fields == b->fields || memcmp(a->fields, b->fields, a->nmembers * sizeof *a->fields) == 0);
}

bool repli_page_map_same_fields(const struct repli_page_map *a, const struct repli_page_map *b)
{
    bool same = a->nfields == b->nfields && a->ncaptures == b->ncaptures;
    for (size_t i = 0; same && a->fields != b->fields && i < a->nfields; i++)
        same = same_field(&a->fields[i], &b->fields[i]);
    for (size_t i = 0; same && a->captures != b->captures && i < a->ncaptures; i++)
        same = same_capture(&a->captures[i], &b->captures[i]);
    return same;
}
