/* Sheets of a real form for tests of review and merge: the form of the program, laid out for each patient with the
** orders of ward_mar.c, so that a template that loses a role or a code fails here.
*/
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/form.h"
#include "support/ward.h"

static struct repli_dataset set_of(struct repli_arena *a, const char *name, const char *const *columns,
                                   const char *const *cells, size_t nrows)
{
    struct repli_dataset d = {.name = name, .columns = columns, .nrows = nrows};
    while (columns[d.ncolumns])
        d.ncolumns++;
    d.cells = repli_arena_array(a, d.ncolumns * nrows + 1, sizeof *d.cells);
    for (size_t i = 0; i < d.ncolumns * nrows; i++)
        d.cells[i] = cells[i];
    return d;
}

/* The rows that a snapshot would have of pat-N: insulin is order N-2, ibuprofen, as needed, N-3. */
static struct repli_datasets *rows_of(struct repli_arena *a, size_t sheet)
{
    static const char *const patient[] = {"patient_id", "family",     "given",   "birth_date",
                                          "gender",     "identifier", "homonym", NULL};
    static const char *const stay[] = {"patient_id", "ward", "ward_name", "bed", "stay_number", NULL};
    static const char *const orders[] = {"patient_id", "request_id", "status",    "medication", "dose",
                                         "dose_unit",  "route",      "as_needed", NULL};
    static const char *const names[] = {"allergies", "doses", "problems", "last_observations", "flags", "devices"};
    static const char *const only[] = {"patient_id", NULL};
    struct repli_datasets *all = repli_arena_alloc(a, sizeof *all);
    const char *id = repli_arena_printf(a, "pat-%zu", sheet);
    const char *ids[3];
    for (int k = 0; k < 3; k++)
        ids[k] = repli_arena_printf(a, "ord-%zu-%d", sheet, k + 1);
    const char *p[] = {id, "DUPONT", "Marie", "1950-01-02", "female", repli_arena_printf(a, "10%03zu", sheet), "0"};
    const char *s[] = {id, "3B", "Chirurgie", "301-1", repli_arena_printf(a, "90%03zu", sheet)};
    const char *o[] = {
        id, ids[0], "active", "paracetamol",       "1",   "g",  "PO", "0", /* ward_mar_record(), and insulin */
        id, ids[1], "active", "insulin NovoRapid", "6",   "U",  "SC", "0",
        id, ids[2], "active", "ibuprofen",         "400", "mg", "PO", "1"};
    enum { FIXED = 3, EMPTY = sizeof names / sizeof *names };
    all->sets = repli_arena_array(a, FIXED + EMPTY, sizeof *all->sets);
    all->sets[all->count++] = set_of(a, "patient", patient, p, 1);
    all->sets[all->count++] = set_of(a, "stay", stay, s, 1);
    all->sets[all->count++] = set_of(a, "orders", orders, o, 3);
    for (size_t i = 0; i < EMPTY; i++)
        all->sets[all->count++] = set_of(a, names[i], only, NULL, 0);
    return all;
}

struct repli_page_map *ward_form_map(const struct ward *w, struct repli_arena *a, size_t sheet, const char *name)
{
    struct repli_form *form = NULL;
    struct repli_layout layout = {0};
    struct repli_err err = {0};
    struct repli_page_map *map = repli_arena_alloc(a, sizeof *map);
    if (repli_form_open(NULL, w->form, "fr", &form, &err) != REPLI_OK) {
        fprintf(stderr, "ward: %s\n", err.text);
        abort();
    }
    struct repli_layout_in in = {.form = form,
                                 .data = rows_of(a, sheet),
                                 .zone = w->site->zone,
                                 .window_utc = WARD_WINDOW_UTC,
                                 .window_hours = 24,
                                 .taken_utc = WARD_WINDOW_UTC - 3600};
    if (repli_layout_make(&in, a, &layout, &err) != REPLI_OK) {
        fprintf(stderr, "ward: %s\n", err.text);
        abort();
    }
    assert((size_t)w->side <= layout.nsides);
    *map = layout.sides[w->side - 1].map;
    map->page = (int)sheet + 1;
    map->sheet = name;
    map->form = w->form;
    map->version = 1;
    map->lang = "fr";
    map->ward = "3B";
    map->patient = repli_arena_printf(a, "10%03zu", sheet);
    map->code = "0";
    /* A map outlives its form: as the ledger keeps it. */
    const char *text = repli_page_map_json(map, a);
    if (repli_page_map_parse(text, strlen(text), a, &map, &err) != REPLI_OK) {
        fprintf(stderr, "ward: %s\n", err.text);
        abort();
    }
    repli_form_close(form);
    return map;
}

void ward_make_form(struct ward *w, const char *name, const char *form, int side, const struct ward_ink *written)
{
    *w = (struct ward){.nsheets = 1, .ink = written, .form = form, .side = side};
    ward_make_site(w, name);
}
