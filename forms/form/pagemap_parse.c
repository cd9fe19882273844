/* Page maps: JSON back into the struct.  The text is our own, kept in the ledger; whatever does not fit means damage
** and is refused with the path of the member that is wrong. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/pagemap.h"

enum { SHEET_MAX_UM = 400000, LIST_MAX = 20000 };

struct reader {
    struct repli_arena *a;
    struct repli_err *err;
    const char *where; /* id of the field or capture being read, for messages */
    bool bad;
};

static void wrong(struct reader *r, const char *name, const char *what)
{
    if (!r->bad)
        (void)repli_fail(r->err, REPLI_DATA, "page map: %s%s\"%s\" %s: the ledger is damaged, restore it from a backup",
                         r->where ? r->where : "", r->where ? ": " : "", name, what);
    r->bad = true;
}

static const char *get_text(struct reader *r, const json_t *o, const char *name, bool required)
{
    const json_t *v = json_object_get(o, name);
    if (!v || json_is_null(v)) {
        if (required)
            wrong(r, name, "is missing");
        return NULL;
    }
    if (!json_is_string(v)) {
        wrong(r, name, "is not a text");
        return NULL;
    }
    return repli_arena_strdup(r->a, json_string_value(v));
}

static int get_int(struct reader *r, const json_t *o, const char *name, json_int_t low, json_int_t high, bool required)
{
    const json_t *v = json_object_get(o, name);
    if (!v) {
        if (required)
            wrong(r, name, "is missing");
        return 0;
    }
    json_int_t n = json_is_integer(v) ? json_integer_value(v) : low - 1;
    if (n < low || n > high) {
        wrong(r, name, "is not a number in its range");
        return 0;
    }
    return (int)n;
}

/* A member that is kept as JSON text (a key, a base value). */
static const char *get_json(struct reader *r, const json_t *o, const char *name)
{
    const json_t *v = json_object_get(o, name);
    if (!v || json_is_null(v))
        return NULL;
    char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
    if (!text) {
        wrong(r, name, "cannot be kept");
        return NULL;
    }
    const char *kept = repli_arena_strdup(r->a, text);
    free(text);
    return kept;
}

/* A list of the given length (or of any length, for SIZE_MAX); NULL when it is none. */
static const json_t *get_list(struct reader *r, const json_t *o, const char *name, size_t length)
{
    const json_t *v = json_object_get(o, name);
    size_t n = v ? json_array_size(v) : 0;
    if (!json_is_array(v) || (length != SIZE_MAX && n != length) || n > LIST_MAX) {
        wrong(r, name, v ? "is not a list of the right length" : "is missing");
        return NULL;
    }
    return v;
}

static int32_t mm_to_um(struct reader *r, const json_t *v, const char *name)
{
    double mm = json_is_number(v) ? json_number_value(v) : -1e9;
    if (!(fabs(mm) * 1000 <= SHEET_MAX_UM)) {
        wrong(r, name, "is not a length on a sheet");
        return 0;
    }
    return (int32_t)lround(mm * 100) * 10;
}

static void get_box(struct reader *r, const json_t *v, const char *name, struct repli_box *box)
{
    if (!json_is_array(v) || json_array_size(v) != 4) {
        wrong(r, name, "is not a box");
        return;
    }
    box->x0 = mm_to_um(r, json_array_get(v, 0), name);
    box->y0 = mm_to_um(r, json_array_get(v, 1), name);
    box->x1 = mm_to_um(r, json_array_get(v, 2), name);
    box->y1 = mm_to_um(r, json_array_get(v, 3), name);
    if (box->x0 >= box->x1 || box->y0 >= box->y1)
        wrong(r, name, "is an empty box");
}

static struct repli_range get_range(struct reader *r, const json_t *v, const char *name)
{
    struct repli_range out = {0};
    const json_t *low = json_array_get(v, 0), *high = json_array_get(v, 1);
    if (!v || json_is_null(v))
        return out;
    if (json_array_size(v) != 2 || !(json_is_number(low) || json_is_null(low)) ||
        !(json_is_number(high) || json_is_null(high))) {
        wrong(r, name, "is not a range");
        return out;
    }
    out.has_low = json_is_number(low);
    out.has_high = json_is_number(high);
    out.low = out.has_low ? json_number_value(low) : 0;
    out.high = out.has_high ? json_number_value(high) : 0;
    return out;
}

static const char **get_texts(struct reader *r, const json_t *o, const char *name, size_t n)
{
    if (!json_object_get(o, name))
        return NULL;
    const json_t *list = get_list(r, o, name, n);
    const char **out = repli_arena_array(r->a, n + 1, sizeof *out);
    for (size_t i = 0; list && i < n; i++) {
        const json_t *v = json_array_get(list, i);
        if (json_is_string(v))
            out[i] = repli_arena_strdup(r->a, json_string_value(v));
        else if (!json_is_null(v))
            wrong(r, name, "holds something that is no text");
    }
    return out;
}

static void get_parts(struct reader *r, const json_t *o, const char *name, struct repli_field *f)
{
    const json_t *list = get_list(r, o, name, SIZE_MAX);
    size_t n = list ? json_array_size(list) : 0;
    f->parts = repli_arena_array(r->a, n + 1, sizeof *f->parts);
    f->nparts = n;
    for (size_t i = 0; i < n; i++)
        get_box(r, json_array_get(list, i), name, &f->parts[i]);
    if (n == 0)
        wrong(r, name, "is empty");
}

static void get_band(struct reader *r, const json_t *o, struct repli_field *f)
{
    get_parts(r, o, "rows_mm", f);
    f->rows = repli_arena_array(r->a, f->nparts + 1, sizeof *f->rows);
    const json_t *rows = json_object_get(o, "rows") ? get_list(r, o, "rows", f->nparts) : NULL;
    for (size_t i = 0; rows && i < f->nparts; i++)
        f->rows[i] = get_range(r, json_array_get(rows, i), "rows");
    f->row_labels = get_texts(r, o, "row_labels", f->nparts);
    f->letters = get_texts(r, o, "letters", f->nparts);
}

static void get_field(struct reader *r, const json_t *o, struct repli_field *f)
{
    r->where = NULL;
    f->id = get_text(r, o, "id", true);
    r->where = f->id;
    const char *kind = get_text(r, o, "kind", true);
    if (kind && !repli_field_kind_parse(kind, &f->kind))
        wrong(r, "kind", "is not known");
    f->group = get_text(r, o, "group", false);
    f->capture = get_text(r, o, "capture", false);
    f->role = get_text(r, o, "role", false);
    f->key = get_json(r, o, "key");
    f->base = get_json(r, o, "base");
    f->label = get_text(r, o, "label", false);
    f->unit = get_text(r, o, "unit", false);
    f->tier = get_int(r, o, "tier", 1, 4, true);
    f->decimals = get_int(r, o, "decimals", 0, 6, false);
    get_box(r, json_object_get(o, "box_mm"), "box_mm", &f->box);
    f->soft = get_range(r, json_object_get(o, "range_soft"), "range_soft");
    f->hard = get_range(r, json_object_get(o, "range_hard"), "range_hard");
    if (f->kind == REPLI_FIELD_DIGITS)
        get_parts(r, o, "cells_mm", f);
    if (f->kind == REPLI_FIELD_BAND)
        get_band(r, o, f);
}

static void get_capture(struct reader *r, const json_t *o, const struct repli_page_map *map, struct repli_capture *c)
{
    r->where = NULL;
    c->id = get_text(r, o, "id", true);
    r->where = c->id;
    c->kind = get_text(r, o, "kind", true);
    c->key = get_json(r, o, "key");
    c->base = get_json(r, o, "base");
    json_t *roles = json_object_get(o, "roles");
    size_t n = json_is_object(roles) ? json_object_size(roles) : 0;
    if (n == 0)
        wrong(r, "roles", "is missing or empty");
    c->roles = repli_arena_array(r->a, n + 1, sizeof *c->roles);
    c->fields = repli_arena_array(r->a, n + 1, sizeof *c->fields);
    /* Jansson keeps the order of insertion, so the members come back in the order in which they were written. */
    for (void *it = n ? json_object_iter(roles) : NULL; it; it = json_object_iter_next(roles, it)) {
        const json_t *id = json_object_iter_value(it);
        const struct repli_field *f = json_is_string(id) ? repli_page_map_field(map, json_string_value(id)) : NULL;
        if (!f) {
            wrong(r, "roles", "names a field that is not there");
            return;
        }
        c->roles[c->nmembers] = repli_arena_strdup(r->a, json_object_iter_key(it));
        c->fields[c->nmembers++] = (size_t)(f - map->fields);
    }
}

static void get_printed(struct reader *r, const json_t *o, struct repli_page_map *m)
{
    const json_t *list = json_object_get(o, "printed_mm") ? get_list(r, o, "printed_mm", SIZE_MAX) : NULL;
    size_t n = list ? json_array_size(list) : 0;
    m->printed = repli_arena_array(r->a, n + 1, sizeof *m->printed);
    for (size_t i = 0; i < n; i++) {
        const json_t *t = json_array_get(list, i);
        const char *text = json_string_value(json_array_get(t, 4));
        json_int_t face = json_integer_value(json_array_get(t, 2)), size = json_integer_value(json_array_get(t, 3));
        if (!text || face < 0 || face >= REPLI_FACE_COUNT || size < 100 || size > 10000) {
            wrong(r, "printed_mm", "is not a list of texts with their places");
            return;
        }
        m->printed[m->nprinted++] = (struct repli_printed){
            mm_to_um(r, json_array_get(t, 0), "printed_mm"), mm_to_um(r, json_array_get(t, 1), "printed_mm"),
            (enum repli_face)face, (int32_t)size, repli_arena_strdup(r->a, text)};
    }
}

static void get_head(struct reader *r, const json_t *o, struct repli_page_map *m)
{
    m->page = get_int(r, o, "page", 0, 1000000, true);
    m->sheet = get_text(r, o, "sheet", false);
    m->form = get_text(r, o, "form", true);
    m->version = get_int(r, o, "version", 0, 65535, true);
    m->lang = get_text(r, o, "lang", true);
    m->patient = get_text(r, o, "patient", false);
    m->stay = get_text(r, o, "stay", false);
    m->ward = get_text(r, o, "ward", false);
    m->code = get_text(r, o, "code", false);
    const json_t *verso = json_object_get(o, "verso");
    if (!json_is_boolean(verso))
        wrong(r, "verso", "is missing");
    m->verso = json_is_true(verso);
    const char *side = get_text(r, o, "side", true);
    char tail = 0;
    if (side && (sscanf(side, "%3d/%3d%c", &m->side, &m->sides, &tail) != 2 || m->side < 1 || m->side > m->sides))
        wrong(r, "side", "is not like 1/2");
    bool bare = json_array_size(json_object_get(o, "codes_mm")) == 0; /* label stock */
    const json_t *codes = get_list(r, o, "codes_mm", bare ? 0 : 2), *marks = get_list(r, o, "marks_mm", bare ? 0 : 5);
    codes = bare ? NULL : codes;
    marks = bare ? NULL : marks;
    for (size_t i = 0; codes && i < 2; i++)
        get_box(r, json_array_get(codes, i), "codes_mm", &m->codes[i]);
    for (size_t i = 0; marks && i < 5; i++) {
        const json_t *p = json_array_get(marks, i);
        if (json_array_size(p) != 2)
            wrong(r, "marks_mm", "is not a list of points");
        m->marks[i].x = mm_to_um(r, json_array_get(p, 0), "marks_mm");
        m->marks[i].y = mm_to_um(r, json_array_get(p, 1), "marks_mm");
    }
    get_printed(r, o, m);
}

static void get_map(struct reader *r, const json_t *o, struct repli_page_map *m)
{
    get_head(r, o, m);
    const json_t *fields = get_list(r, o, "fields", SIZE_MAX), *captures = get_list(r, o, "captures", SIZE_MAX);
    size_t nf = fields ? json_array_size(fields) : 0, nc = captures ? json_array_size(captures) : 0;
    m->fields = repli_arena_array(r->a, nf + 1, sizeof *m->fields);
    m->captures = repli_arena_array(r->a, nc + 1, sizeof *m->captures);
    for (size_t i = 0; i < nf && !r->bad; i++) {
        get_field(r, json_array_get(fields, i), &m->fields[i]);
        m->nfields = r->bad ? i : i + 1;
    }
    for (size_t i = 0; i < nc && !r->bad; i++) {
        get_capture(r, json_array_get(captures, i), m, &m->captures[i]);
        m->ncaptures = i + 1;
    }
}

enum repli_status repli_page_map_parse(const char *json, size_t len, struct repli_arena *a, struct repli_page_map **map,
                                       struct repli_err *err)
{
    json_error_t where;
    json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, &where);
    if (!json_is_object(root)) {
        json_decref(root);
        return repli_fail(err, REPLI_DATA, "page map: %s: the ledger is damaged, restore it from a backup",
                          root ? "not an object" : where.text);
    }
    struct repli_page_map *m = repli_arena_alloc(a, sizeof *m);
    struct reader r = {.a = a, .err = err};
    get_map(&r, root, m);
    json_decref(root);
    if (r.bad)
        return REPLI_DATA;
    *map = m;
    return REPLI_OK;
}
