/* Page maps: JSON back into the struct.  The text is our own, kept in the ledger; whatever does not fit means damage
** and is refused with the path of the member that is wrong. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form/jsontree.h"
#include "repli/pagemap.h"

enum { SHEET_MAX_UM = 400000, LIST_MAX = 20000 };

struct reader {
    const char *json; /* the whole text */
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

static const char *get_text(struct reader *r, const struct json_node *o, const char *name, bool required)
{
    const struct json_node *v = repli_json_member(o, name);
    if (!v || v->kind == JSON_NODE_NULL) {
        if (required)
            wrong(r, name, "is missing");
        return NULL;
    }
    if (v->kind != JSON_NODE_TEXT) {
        wrong(r, name, "is not a text");
        return NULL;
    }
    return v->text;
}

static int get_int(struct reader *r, const struct json_node *o, const char *name, int64_t low, int64_t high,
                   bool required)
{
    const struct json_node *v = repli_json_member(o, name);
    if (!v) {
        if (required)
            wrong(r, name, "is missing");
        return 0;
    }
    int64_t n = v->kind == JSON_NODE_NUMBER && v->whole ? (int64_t)v->number : low - 1;
    if (n < low || n > high) {
        wrong(r, name, "is not a number in its range");
        return 0;
    }
    return (int)n;
}

/* Would a library write it just so?  Without blanks and escapes, and with whole numbers only. */
static bool is_plain(const char *s, size_t n)
{
    bool inside = false;
    for (size_t i = 0; i < n; i++) {
        bool digit = i > 0 && s[i - 1] >= '0' && s[i - 1] <= '9';
        if (s[i] == '\\' || (!inside && (strchr(" \t\r\n.-", s[i]) || (digit && (s[i] == 'e' || s[i] == 'E')))))
            return false;
        inside = inside != (s[i] == '"');
    }
    return true;
}

/* A member that is kept as JSON text (a key, a base value). */
static const char *get_json(struct reader *r, const struct json_node *o, const char *name)
{
    const struct json_node *v = repli_json_member(o, name);
    if (!v || v->kind == JSON_NODE_NULL)
        return NULL;
    if (is_plain(r->json + v->from, v->to - v->from))
        return repli_arena_strndup(r->a, r->json + v->from, v->to - v->from);
    json_t *tree = json_loadb(r->json + v->from, v->to - v->from, JSON_DECODE_ANY, NULL);
    char *text = tree ? json_dumps(tree, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    json_decref(tree);
    if (!text) {
        wrong(r, name, "cannot be kept");
        return NULL;
    }
    const char *kept = repli_arena_strdup(r->a, text);
    free(text);
    return kept;
}

static bool is_list(const struct json_node *v)
{
    return v && v->kind == JSON_NODE_LIST;
}

static bool is_number(const struct json_node *v)
{
    return v && v->kind == JSON_NODE_NUMBER;
}

static bool is_null(const struct json_node *v)
{
    return v && v->kind == JSON_NODE_NULL;
}

/* A list of the given length (or of any length, for SIZE_MAX); NULL when it is none. */
static const struct json_node *get_list(struct reader *r, const struct json_node *o, const char *name, size_t length)
{
    const struct json_node *v = repli_json_member(o, name);
    size_t n = v ? v->count : 0;
    if (!is_list(v) || (length != SIZE_MAX && n != length) || n > LIST_MAX) {
        wrong(r, name, v ? "is not a list of the right length" : "is missing");
        return NULL;
    }
    return v;
}

static int32_t mm_to_um(struct reader *r, const struct json_node *v, const char *name)
{
    double mm = is_number(v) ? v->number : -1e9;
    if (!(fabs(mm) * 1000 <= SHEET_MAX_UM)) {
        wrong(r, name, "is not a length on a sheet");
        return 0;
    }
    return (int32_t)lround(mm * 100) * 10;
}

static void get_box(struct reader *r, const struct json_node *v, const char *name, struct repli_box *box)
{
    if (!is_list(v) || v->count != 4) {
        wrong(r, name, "is not a box");
        return;
    }
    box->x0 = mm_to_um(r, repli_json_at(v, 0), name);
    box->y0 = mm_to_um(r, repli_json_at(v, 1), name);
    box->x1 = mm_to_um(r, repli_json_at(v, 2), name);
    box->y1 = mm_to_um(r, repli_json_at(v, 3), name);
    if (box->x0 >= box->x1 || box->y0 >= box->y1)
        wrong(r, name, "is an empty box");
}

static struct repli_range get_range(struct reader *r, const struct json_node *v, const char *name)
{
    struct repli_range out = {0};
    const struct json_node *low = repli_json_at(v, 0), *high = repli_json_at(v, 1);
    if (!v || v->kind == JSON_NODE_NULL)
        return out;
    if (!is_list(v) || v->count != 2 || !(is_number(low) || is_null(low)) || !(is_number(high) || is_null(high))) {
        wrong(r, name, "is not a range");
        return out;
    }
    out.has_low = is_number(low);
    out.has_high = is_number(high);
    out.low = out.has_low ? low->number : 0;
    out.high = out.has_high ? high->number : 0;
    return out;
}

static const char **get_texts(struct reader *r, const struct json_node *o, const char *name, size_t n)
{
    if (!repli_json_member(o, name))
        return NULL;
    const struct json_node *list = get_list(r, o, name, n);
    const char **out = repli_arena_array(r->a, n + 1, sizeof *out);
    size_t i = 0;
    for (const struct json_node *v = list ? list->first : NULL; v; v = v->next, i++) {
        if (v->kind == JSON_NODE_TEXT)
            out[i] = v->text;
        else if (!is_null(v))
            wrong(r, name, "holds something that is no text");
    }
    return out;
}

static void get_parts(struct reader *r, const struct json_node *o, const char *name, struct repli_field *f)
{
    const struct json_node *list = get_list(r, o, name, SIZE_MAX);
    size_t n = list ? list->count : 0, i = 0;
    f->parts = repli_arena_array(r->a, n + 1, sizeof *f->parts);
    f->nparts = n;
    for (const struct json_node *v = n ? list->first : NULL; v; v = v->next)
        get_box(r, v, name, &f->parts[i++]);
    if (n == 0)
        wrong(r, name, "is empty");
}

static void get_band(struct reader *r, const struct json_node *o, struct repli_field *f)
{
    get_parts(r, o, "rows_mm", f);
    f->rows = repli_arena_array(r->a, f->nparts + 1, sizeof *f->rows);
    const struct json_node *rows = repli_json_member(o, "rows") ? get_list(r, o, "rows", f->nparts) : NULL;
    size_t i = 0;
    for (const struct json_node *v = rows ? rows->first : NULL; v; v = v->next)
        f->rows[i++] = get_range(r, v, "rows");
    f->row_labels = get_texts(r, o, "row_labels", f->nparts);
    f->letters = get_texts(r, o, "letters", f->nparts);
}

static void get_field(struct reader *r, const struct json_node *o, struct repli_field *f)
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
    get_box(r, repli_json_member(o, "box_mm"), "box_mm", &f->box);
    f->soft = get_range(r, repli_json_member(o, "range_soft"), "range_soft");
    f->hard = get_range(r, repli_json_member(o, "range_hard"), "range_hard");
    if (f->kind == REPLI_FIELD_DIGITS)
        get_parts(r, o, "cells_mm", f);
    if (f->kind == REPLI_FIELD_BAND)
        get_band(r, o, f);
}

static void get_capture(struct reader *r, const struct json_node *o, const struct repli_page_map *map,
                        struct repli_capture *c)
{
    r->where = NULL;
    c->id = get_text(r, o, "id", true);
    r->where = c->id;
    c->kind = get_text(r, o, "kind", true);
    c->key = get_json(r, o, "key");
    c->base = get_json(r, o, "base");
    const struct json_node *roles = repli_json_member(o, "roles");
    size_t n = roles && roles->kind == JSON_NODE_OBJECT ? roles->count : 0;
    if (n == 0)
        wrong(r, "roles", "is missing or empty");
    c->roles = repli_arena_array(r->a, n + 1, sizeof *c->roles);
    c->fields = repli_arena_array(r->a, n + 1, sizeof *c->fields);
    for (const struct json_node *m = n ? roles->first : NULL; m; m = m->next) {
        const struct repli_field *f = m->kind == JSON_NODE_TEXT ? repli_page_map_field(map, m->text) : NULL;
        if (!f) {
            wrong(r, "roles", "names a field that is not there");
            return;
        }
        c->roles[c->nmembers] = m->name;
        c->fields[c->nmembers++] = (size_t)(f - map->fields);
    }
}

static void get_printed(struct reader *r, const struct json_node *o, struct repli_page_map *m)
{
    const struct json_node *list = repli_json_member(o, "printed_mm") ? get_list(r, o, "printed_mm", SIZE_MAX) : NULL;
    size_t n = list ? list->count : 0;
    m->printed = repli_arena_array(r->a, n + 1, sizeof *m->printed);
    for (const struct json_node *t = n ? list->first : NULL; t; t = t->next) {
        const struct json_node *text = repli_json_at(t, 4), *face = repli_json_at(t, 2), *size = repli_json_at(t, 3);
        if (!text || text->kind != JSON_NODE_TEXT || !is_number(face) || !is_number(size) || face->number < 0 ||
            face->number >= REPLI_FACE_COUNT || size->number < 100 || size->number > 10000) {
            wrong(r, "printed_mm", "is not a list of texts with their places");
            return;
        }
        m->printed[m->nprinted++] = (struct repli_printed){
            mm_to_um(r, repli_json_at(t, 0), "printed_mm"), mm_to_um(r, repli_json_at(t, 1), "printed_mm"),
            (enum repli_face)face->number, (int32_t)size->number, text->text};
    }
}

static void get_head(struct reader *r, const struct json_node *o, struct repli_page_map *m)
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
    const struct json_node *verso = repli_json_member(o, "verso");
    m->verso = verso && verso->kind == JSON_NODE_TRUE;
    if (!m->verso && !(verso && verso->kind == JSON_NODE_FALSE))
        wrong(r, "verso", "is missing");
    const char *side = get_text(r, o, "side", true);
    char tail = 0;
    if (side && (sscanf(side, "%3d/%3d%c", &m->side, &m->sides, &tail) != 2 || m->side < 1 || m->side > m->sides))
        wrong(r, "side", "is not like 1/2");
    const struct json_node *symbols = repli_json_member(o, "codes_mm");
    bool bare = !is_list(symbols) || symbols->count == 0; /* label stock */
    const struct json_node *codes = get_list(r, o, "codes_mm", bare ? 0 : 2),
                           *marks = get_list(r, o, "marks_mm", bare ? 0 : 5);
    codes = bare ? NULL : codes;
    marks = bare ? NULL : marks;
    for (size_t i = 0; codes && i < 2; i++)
        get_box(r, repli_json_at(codes, i), "codes_mm", &m->codes[i]);
    for (size_t i = 0; marks && i < 5; i++) {
        const struct json_node *p = repli_json_at(marks, i);
        if (!is_list(p) || p->count != 2)
            wrong(r, "marks_mm", "is not a list of points");
        m->marks[i].x = mm_to_um(r, repli_json_at(p, 0), "marks_mm");
        m->marks[i].y = mm_to_um(r, repli_json_at(p, 1), "marks_mm");
    }
    get_printed(r, o, m);
}

static void get_map(struct reader *r, const struct json_node *o, struct repli_page_map *m)
{
    get_head(r, o, m);
    const struct json_node *fields = get_list(r, o, "fields", SIZE_MAX),
                           *captures = get_list(r, o, "captures", SIZE_MAX);
    size_t nf = fields ? fields->count : 0, nc = captures ? captures->count : 0;
    m->fields = repli_arena_array(r->a, nf + 1, sizeof *m->fields);
    m->captures = repli_arena_array(r->a, nc + 1, sizeof *m->captures);
    for (const struct json_node *f = nf ? fields->first : NULL; f && !r->bad; f = f->next) {
        get_field(r, f, &m->fields[m->nfields]);
        m->nfields += !r->bad;
    }
    for (const struct json_node *c = nc ? captures->first : NULL; c && !r->bad; c = c->next)
        get_capture(r, c, m, &m->captures[m->ncaptures++]);
}

enum repli_status repli_page_map_parse(const char *json, size_t len, struct repli_arena *a, struct repli_page_map **map,
                                       struct repli_err *err)
{
    const struct json_node *root = repli_json_tree(json, len, a);
    if (!root || root->kind != JSON_NODE_OBJECT)
        return repli_fail(err, REPLI_DATA, "page map: %s: the ledger is damaged, restore it from a backup",
                          root ? "not an object" : "not JSON");
    struct repli_page_map *m = repli_arena_alloc(a, sizeof *m);
    struct reader r = {.json = json, .a = a, .err = err};
    get_map(&r, root, m);
    if (r.bad)
        return REPLI_DATA;
    *map = m;
    return REPLI_OK;
}
