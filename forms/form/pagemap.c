/* Page maps: names of field kinds, look-up, and the JSON of the layout contract.  The text is written by hand rather
** than through a JSON library because millimetres must come out with exactly two decimals; pagemap_parse.c reads it
** back. */
#include "repli/pagemap.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

static const char *const kind_texts[] = {
#define KIND_TEXT(name, text) text,
    REPLI_FIELD_KIND_LIST(KIND_TEXT)
#undef KIND_TEXT
};

const char *repli_field_kind_text(enum repli_field_kind kind)
{
    assert(kind < REPLI_FIELD_KIND_COUNT);
    return kind_texts[kind];
}

bool repli_field_kind_parse(const char *text, enum repli_field_kind *kind)
{
    for (size_t i = 0; text && i < REPLI_FIELD_KIND_COUNT; i++)
        if (strcmp(text, kind_texts[i]) == 0) {
            *kind = (enum repli_field_kind)i;
            return true;
        }
    return false;
}

const struct repli_field *repli_page_map_field(const struct repli_page_map *map, const char *id)
{
    for (size_t i = 0; i < map->nfields; i++)
        if (strcmp(map->fields[i].id, id) == 0)
            return &map->fields[i];
    return NULL;
}

void repli_json_string(struct repli_buf *b, const char *s)
{
    if (!s) {
        repli_buf_puts(b, "null");
        return;
    }
    repli_buf_puts(b, "\"");
    for (const char *from = s;;) {
        const char *p = from;
        while ((unsigned char)*p >= 0x20 && *p != '"' && *p != '\\')
            p++;
        repli_buf_add(b, from, (size_t)(p - from));
        if (!*p)
            break;
        if (*p == '"' || *p == '\\')
            repli_buf_printf(b, "\\%c", *p);
        else
            repli_buf_printf(b, "\\u%04x", (unsigned)(unsigned char)*p);
        from = p + 1;
    }
    repli_buf_puts(b, "\"");
}

static void put_name(struct repli_buf *b, const char *name)
{
    repli_buf_puts(b, ",\"");
    repli_buf_puts(b, name);
    repli_buf_puts(b, "\":");
}

/* "name":"value", with the comma that parts it from what came before. */
static void put_text(struct repli_buf *b, const char *name, const char *value)
{
    put_name(b, name);
    repli_json_string(b, value);
}

/* A JSON text as it stands. */
static void put_json(struct repli_buf *b, const char *name, const char *json)
{
    put_name(b, name);
    repli_buf_puts(b, json ? json : "null");
}

static void put_number(struct repli_buf *b, const char *name, int v)
{
    char text[32];
    repli_number_format(v, 0, text);
    put_json(b, name, text);
}

/* By hand: a sheet has thousands of these, and printf takes longer than all the rest of printing. */
static char *mm_text(char *end, int32_t um)
{
    uint32_t u = (um < 0 ? 0u - (uint32_t)um : (uint32_t)um) / 10;
    for (int i = 0; i < 3 || u; i++, u /= 10) {
        *--end = (char)('0' + u % 10);
        if (i == 1)
            *--end = '.';
    }
    if (um < 0)
        *--end = '-';
    return end;
}

static void put_mm(struct repli_buf *b, int32_t um)
{
    char text[16], *p = mm_text(text + sizeof text, um);
    repli_buf_add(b, p, (size_t)(text + sizeof text - p));
}

static void put_box(struct repli_buf *b, const struct repli_box *box)
{
    const int32_t v[4] = {box->x0, box->y0, box->x1, box->y1};
    char text[64], *p = text + sizeof text;
    *--p = ']';
    for (size_t i = 4; i > 0; i--) {
        p = mm_text(p, v[i - 1]);
        *--p = i > 1 ? ',' : '[';
    }
    repli_buf_add(b, p, (size_t)(text + sizeof text - p));
}

static void put_limit(struct repli_buf *b, bool has, double v)
{
    char text[32];
    if (!has) {
        repli_buf_puts(b, "null");
        return;
    }
    repli_number_format(v, 6, text);
    repli_buf_puts(b, text);
}

static void put_range(struct repli_buf *b, const struct repli_range *r)
{
    repli_buf_puts(b, "[");
    put_limit(b, r->has_low, r->low);
    repli_buf_puts(b, ",");
    put_limit(b, r->has_high, r->high);
    repli_buf_puts(b, "]");
}

static void put_strings(struct repli_buf *b, const char *name, const char *const *texts, size_t n)
{
    put_name(b, name);
    repli_buf_puts(b, "[");
    for (size_t i = 0; i < n; i++) {
        repli_buf_puts(b, i ? "," : "");
        repli_json_string(b, texts[i]);
    }
    repli_buf_puts(b, "]");
}

static void put_boxes(struct repli_buf *b, const char *name, const struct repli_box *boxes, size_t n)
{
    put_name(b, name);
    repli_buf_puts(b, "[");
    for (size_t i = 0; i < n; i++) {
        repli_buf_puts(b, i ? "," : "");
        put_box(b, &boxes[i]);
    }
    repli_buf_puts(b, "]");
}

/* The rows of a band.  Ranges are left out when every row is open (letters): no number is meant then. */
static void put_band(struct repli_buf *b, const struct repli_field *f)
{
    bool any = false;
    for (size_t i = 0; f->rows && i < f->nparts; i++)
        any = any || f->rows[i].has_low || f->rows[i].has_high;
    put_boxes(b, "rows_mm", f->parts, f->nparts);
    if (any) {
        repli_buf_puts(b, ",\"rows\":[");
        for (size_t i = 0; i < f->nparts; i++) {
            repli_buf_puts(b, i ? "," : "");
            put_range(b, &f->rows[i]);
        }
        repli_buf_puts(b, "]");
    }
    if (f->row_labels)
        put_strings(b, "row_labels", f->row_labels, f->nparts);
    if (f->letters)
        put_strings(b, "letters", f->letters, f->nparts);
}

static void put_field(struct repli_buf *b, const struct repli_field *f)
{
    repli_buf_puts(b, "{\"id\":");
    repli_json_string(b, f->id);
    put_text(b, "kind", repli_field_kind_text(f->kind));
    if (f->group)
        put_text(b, "group", f->group);
    if (f->capture)
        put_text(b, "capture", f->capture);
    if (f->role)
        put_text(b, "role", f->role);
    if (f->key)
        put_json(b, "key", f->key);
    put_json(b, "base", f->base);
    put_text(b, "label", f->label);
    put_number(b, "tier", f->tier);
    put_name(b, "box_mm");
    put_box(b, &f->box);
    if (f->kind == REPLI_FIELD_DIGITS)
        put_boxes(b, "cells_mm", f->parts, f->nparts);
    if (f->kind == REPLI_FIELD_BAND)
        put_band(b, f);
    if (f->unit)
        put_text(b, "unit", f->unit);
    if (f->decimals)
        put_number(b, "decimals", f->decimals);
    if (f->soft.has_low || f->soft.has_high) {
        repli_buf_puts(b, ",\"range_soft\":");
        put_range(b, &f->soft);
    }
    if (f->hard.has_low || f->hard.has_high) {
        repli_buf_puts(b, ",\"range_hard\":");
        put_range(b, &f->hard);
    }
    repli_buf_puts(b, "}");
}

static void put_capture(struct repli_buf *b, const struct repli_page_map *map, const struct repli_capture *c)
{
    repli_buf_puts(b, "{\"id\":");
    repli_json_string(b, c->id);
    put_text(b, "kind", c->kind);
    put_json(b, "key", c->key);
    put_json(b, "base", c->base);
    repli_buf_puts(b, ",\"roles\":{");
    for (size_t i = 0; i < c->nmembers; i++) {
        repli_buf_puts(b, i ? "," : "");
        repli_json_string(b, c->roles[i]);
        repli_buf_puts(b, ":");
        repli_json_string(b, map->fields[c->fields[i]].id);
    }
    repli_buf_puts(b, "}}");
}

static void put_printed(struct repli_buf *b, const struct repli_page_map *m)
{
    repli_buf_puts(b, ",\"printed_mm\":[");
    for (size_t i = 0; i < m->nprinted; i++) {
        const struct repli_printed *p = &m->printed[i];
        repli_buf_puts(b, i ? ",[" : "[");
        put_mm(b, p->x);
        repli_buf_puts(b, ",");
        put_mm(b, p->y);
        repli_buf_printf(b, ",%d,%d,", (int)p->face, (int)p->size_cpt);
        repli_json_string(b, p->text);
        repli_buf_puts(b, "]");
    }
    repli_buf_puts(b, "]");
}

static void put_head(struct repli_buf *b, const struct repli_page_map *m)
{
    repli_buf_printf(b, "{\"page\":%d", m->page);
    put_text(b, "sheet", m->sheet);
    put_text(b, "form", m->form);
    put_number(b, "version", m->version);
    put_text(b, "lang", m->lang);
    repli_buf_printf(b, ",\"side\":\"%d/%d\"", m->side, m->sides);
    put_text(b, "patient", m->patient);
    put_text(b, "stay", m->stay);
    put_text(b, "ward", m->ward);
    put_text(b, "code", m->code);
    repli_buf_printf(b, ",\"verso\":%s", m->verso ? "true" : "false");
    bool bare = m->codes[0].x1 == m->codes[0].x0; /* label stock has neither codes nor marks */
    put_boxes(b, "codes_mm", m->codes, bare ? 0 : 2);
    repli_buf_puts(b, ",\"marks_mm\":[");
    for (size_t i = 0; !bare && i < 5; i++) {
        repli_buf_puts(b, i ? ",[" : "[");
        put_mm(b, m->marks[i].x);
        repli_buf_puts(b, ",");
        put_mm(b, m->marks[i].y);
        repli_buf_puts(b, "]");
    }
    repli_buf_puts(b, "]");
    if (m->nprinted)
        put_printed(b, m);
}

void repli_page_map_write_head(const struct repli_page_map *map, struct repli_buf *b)
{
    put_head(b, map);
}

void repli_page_map_write_fields(const struct repli_page_map *map, struct repli_buf *b)
{
    (void)repli_buf_room(b, 2048 + 400 * map->nfields + 400 * map->ncaptures); /* about: growing is copying */
    repli_buf_puts(b, ",\"fields\":[");
    for (size_t i = 0; i < map->nfields; i++) {
        repli_buf_puts(b, i ? "," : "");
        put_field(b, &map->fields[i]);
    }
    repli_buf_puts(b, "],\"captures\":[");
    for (size_t i = 0; i < map->ncaptures; i++) {
        repli_buf_puts(b, i ? "," : "");
        put_capture(b, map, &map->captures[i]);
    }
    repli_buf_puts(b, "]}");
}

void repli_page_map_write(const struct repli_page_map *map, struct repli_buf *b)
{
    repli_page_map_write_head(map, b);
    repli_page_map_write_fields(map, b);
}

char *repli_page_map_json(const struct repli_page_map *map, struct repli_arena *a)
{
    struct repli_buf b = {0};
    repli_page_map_write(map, &b);
    char *text = repli_arena_strndup(a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}
