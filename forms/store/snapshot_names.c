/* Names of people in one ward: which may be taken for each other; the order of printing, and the lines of a census. */
#include "store/snapshot_internal.h"

#include <stdlib.h>
#include <string.h>

#include "repli/sounds.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

int repli_natural_compare(const char *a, const char *b)
{
    if (!a || !b)
        return (a == NULL) - (b == NULL);
    const char *x = a, *y = b;
    while (*x && *y) {
        if (is_digit(*x) && is_digit(*y)) {
            x += strspn(x, "0");
            y += strspn(y, "0");
            size_t nx = strspn(x, "0123456789"), ny = strspn(y, "0123456789");
            int c = nx != ny ? (nx < ny ? -1 : 1) : memcmp(x, y, nx);
            if (c != 0)
                return c;
            x += nx;
            y += ny;
        } else {
            if (*x != *y)
                return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
            x++;
            y++;
        }
    }
    if (*x || *y)
        return *x ? 1 : -1;
    return strcmp(a, b); /* "01" and "1" are equal so far */
}

static bool similar(const char *a, const char *b)
{
    return a && b && repli_sounds_alike(a, b);
}

/* Same or similar family name, whatever the given name is; or the two halves of the name the other way round. */
static bool mistakable(const struct house_person *a, const struct house_person *b)
{
    return similar(a->family_fold, b->family_fold) ||
           (similar(a->family_fold, b->given_fold) && similar(a->given_fold, b->family_fold));
}

void repli_house_homonyms(struct house *house)
{
    for (size_t i = 0; i < house->npeople; i++)
        for (size_t j = i + 1; j < house->npeople; j++)
            if (house->people[i].ward == house->people[j].ward && mistakable(&house->people[i], &house->people[j]))
                house->people[i].homonym = house->people[j].homonym = true;
}

static int by_ward(const void *a, const void *b)
{
    const struct house_ward *x = a, *y = b;
    return repli_natural_compare(x->code, y->code);
}

struct spot {
    const char *ward, *room, *bed;
};

static int by_spot(const struct spot *x, const struct spot *y)
{
    int c = repli_natural_compare(x->ward, y->ward);
    if (c == 0)
        c = repli_natural_compare(x->room ? x->room : x->bed, y->room ? y->room : y->bed);
    return c != 0 ? c : repli_natural_compare(x->bed, y->bed);
}

static struct spot spot_of(const struct house_person *p)
{
    return (struct spot){p->ward ? p->ward->code : NULL, p->room, p->bed};
}

/* Ward, room, bed, name; the id decides between equal names, so that the order never depends on the database. */
static int by_place(const void *a, const void *b)
{
    const struct house_person *x = a, *y = b;
    const struct spot at = spot_of(x), other = spot_of(y);
    int c = by_spot(&at, &other);
    if (c == 0)
        c = repli_natural_compare(x->sort_name, y->sort_name);
    return c != 0 ? c : strcmp(x->patient_id, y->patient_id);
}

/* People point into the wards: they are sorted while the pointers hold, then pointed anew. */
void repli_house_sort(struct house *house)
{
    if (house->npeople > 0)
        qsort(house->people, house->npeople, sizeof *house->people, by_place);
    const char **codes = repli_xcalloc(house->npeople + 1, sizeof *codes);
    for (size_t i = 0; i < house->npeople; i++)
        codes[i] = house->people[i].ward ? house->people[i].ward->code : NULL;
    if (house->nwards > 0)
        qsort(house->wards, house->nwards, sizeof *house->wards, by_ward);
    for (size_t i = 0; i < house->npeople; i++)
        for (size_t w = 0; codes[i] && w < house->nwards; w++)
            if (strcmp(house->wards[w].code, codes[i]) == 0)
                house->people[i].ward = &house->wards[w];
    free(codes);
}

/* ---- the census */

static int bed_by_id(const void *a, const void *b)
{
    const struct house_bed *x = a, *y = b;
    return strcmp(x->id, y->id);
}

static int by_line(const void *a, const void *b)
{
    const struct house_line *x = a, *y = b;
    const struct spot at = x->person ? spot_of(x->person) : (struct spot){x->bed->ward, x->bed->room, x->bed->name};
    const struct spot other = y->person ? spot_of(y->person) : (struct spot){y->bed->ward, y->bed->room, y->bed->name};
    int c = by_spot(&at, &other);
    if (c == 0 && x->person && y->person)
        return by_place(x->person, y->person);
    if (c == 0 && !x->person != !y->person)
        return x->person ? -1 : 1;
    return c != 0 ? c : strcmp(x->bed->id, y->bed->id);
}

struct house_line *repli_house_census(struct house *house, struct repli_arena *a, size_t *count)
{
    struct house_line *lines = repli_arena_array(a, house->nbeds + house->npeople + 1, sizeof *lines);
    size_t n = 0;
    if (house->nbeds > 0)
        qsort(house->beds, house->nbeds, sizeof *house->beds, bed_by_id);
    for (size_t i = 0; i < house->npeople; i++) {
        const struct house_person *p = &house->people[i];
        struct house_bed key = {.id = p->bed_id}, *bed = NULL;
        if (p->bed_id && house->nbeds > 0)
            bed = bsearch(&key, house->beds, house->nbeds, sizeof *house->beds, bed_by_id);
        if (bed)
            bed->taken = true;
        if (p->found)
            lines[n++] = (struct house_line){bed, p};
    }
    for (size_t i = 0; i < house->nbeds; i++)
        if (!house->beds[i].taken)
            lines[n++] = (struct house_line){&house->beds[i], NULL};
    if (n > 0)
        qsort(lines, n, sizeof *lines, by_line);
    *count = n;
    return lines;
}
