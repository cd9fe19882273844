/* What no page may do.  Everything printed becomes a list of ink boxes, told by the very outlines of the typeface; then
** every rule is a comparison of boxes.  Runs on every layout and every overlay that is made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form_internal.h"

enum { CLOSE_UM = 30 }; /* snapping may make neighbours share this much */

struct ink {
    struct repli_box box;
    const struct repli_draw *draw;
    const struct repli_yaml *node;
    bool text;
};
/* Which boxes lie in which strip of the sheet: everything is compared with its neighbours, not with everything. */
enum { STRIP_UM = 4000, STRIPS = 297000 / STRIP_UM + 1 };
struct strips {
    uint32_t *items;           /* indexes, strip by strip, each in its order */
    uint32_t from[STRIPS + 1]; /* where a strip's begin */
};
struct checker {
    const struct repli_side *side;
    const struct check_origin *origin;
    struct repli_arena arena;
    struct ink *ink;
    size_t count, cap;
    size_t fresh;       /* the first so many are compared with everything; the rest was compared among itself before */
    const bool *wanted; /* strips where anything fresh may be; NULL = all */
    struct strips inks, news, fields;
    struct trouble t;
};

static bool meet(const struct repli_box *a, const struct repli_box *b, int32_t by)
{
    return a->x0 + by < b->x1 && b->x0 + by < a->x1 && a->y0 + by < b->y1 && b->y0 + by < a->y1;
}

static bool inside(const struct repli_box *in, const struct repli_box *out)
{
    return in->x0 >= out->x0 && in->x1 <= out->x1 && in->y0 >= out->y0 && in->y1 <= out->y1;
}

static struct repli_box grown(struct repli_box b, int32_t by)
{
    return (struct repli_box){b.x0 - by, b.y0 - by, b.x1 + by, b.y1 + by};
}

static size_t strip_of(int32_t y)
{
    return y <= 0 ? 0 : y / STRIP_UM >= STRIPS ? STRIPS - 1 : (size_t)(y / STRIP_UM);
}

static bool wanted(const struct checker *c, int32_t y0, int32_t y1)
{
    bool any = c->wanted == NULL;
    for (size_t k = strip_of(y0); !any && k <= strip_of(y1); k++)
        any = c->wanted[k];
    return any;
}

static void add(struct checker *c, const struct repli_draw *d, const struct repli_yaml *node, struct repli_box box)
{
    if (!wanted(c, box.y0, box.y1))
        return;
    if (c->count == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 1024;
        c->ink = repli_arena_grow(&c->arena, c->ink, c->cap, cap, sizeof *c->ink);
        c->cap = cap;
    }
    c->ink[c->count++] = (struct ink){box, d, node, d->kind == REPLI_DRAW_TEXT};
}

static void add_line(struct checker *c, const struct repli_draw *d, const struct repli_yaml *node)
{
    int32_t half = d->line_um / 2, x0 = d->x0 < d->x1 ? d->x0 : d->x1, x1 = d->x0 < d->x1 ? d->x1 : d->x0;
    int32_t y0 = d->y0 < d->y1 ? d->y0 : d->y1, y1 = d->y0 < d->y1 ? d->y1 : d->y0;
    bool level = y0 == y1, upright = x0 == x1;
    add(c, d, node,
        (struct repli_box){x0 - (level ? 0 : half), y0 - (upright ? 0 : half), x1 + (level ? 0 : half),
                           y1 + (upright ? 0 : half)});
}

static void add_draw(struct checker *c, const struct repli_draw *d, const struct repli_yaml *node)
{
    int32_t above = 0, below = 0, w = d->line_um;
    struct repli_box box = {d->x0, d->y0, d->x1, d->y1};
    switch (d->kind) {
    case REPLI_DRAW_ORIGIN:
        break;
    case REPLI_DRAW_FILL:
    case REPLI_DRAW_CODE:
    case REPLI_DRAW_SYMBOL:
        add(c, d, node, box);
        break;
    case REPLI_DRAW_FRAME:
        add(c, d, node, (struct repli_box){d->x0, d->y0, d->x1, d->y0 + w});
        add(c, d, node, (struct repli_box){d->x0, d->y1 - w, d->x1, d->y1});
        add(c, d, node, (struct repli_box){d->x0, d->y0, d->x0 + w, d->y1});
        add(c, d, node, (struct repli_box){d->x1 - w, d->y0, d->x1, d->y1});
        break;
    case REPLI_DRAW_LINE:
        add_line(c, d, node);
        break;
    case REPLI_DRAW_TEXT:
        if (!wanted(c, d->y0 - d->size_cpt * 8, d->y0 + d->size_cpt * 4)) /* more than two lines above, one below */
            break;
        repli_font_ink(d->face, d->size_cpt, d->text, &above, &below);
        add(c, d, node, (struct repli_box){d->x0, d->y0 - above, d->x0 + d->width_um, d->y0 + below});
        break;
    }
}

static void add_list(struct checker *c, const struct repli_draw_list *list, const struct repli_yaml **nodes)
{
    for (size_t i = 0; list && i < list->count; i++)
        add_draw(c, &list->items[i], nodes ? nodes[i] : NULL);
}

static const struct repli_box *box_at(const struct checker *c, bool fields, size_t i)
{
    return fields ? &c->side->map.fields[i].box : &c->ink[i].box;
}

static void sort_strips(struct checker *c, struct strips *out, bool fields, size_t from, size_t to)
{
    uint32_t fill[STRIPS + 1] = {0};
    *out = (struct strips){0};
    for (size_t i = from; i < to; i++)
        for (size_t k = strip_of(box_at(c, fields, i)->y0); k <= strip_of(box_at(c, fields, i)->y1); k++)
            out->from[k + 1]++;
    for (size_t k = 0; k < STRIPS; k++)
        fill[k + 1] = out->from[k + 1] += out->from[k];
    out->items = repli_arena_array(&c->arena, out->from[STRIPS] + 1, sizeof *out->items);
    for (size_t i = from; i < to; i++)
        for (size_t k = strip_of(box_at(c, fields, i)->y0); k <= strip_of(box_at(c, fields, i)->y1); k++)
            out->items[fill[k]++] = (uint32_t)i;
}

/* The items of every strip that a box reaches, one after the other; some come more than once. */
struct walk {
    const uint32_t *next, *end;
};
static struct walk near_box(const struct strips *strips, const struct repli_box *box)
{
    return (struct walk){strips->items + strips->from[strip_of(box->y0)],
                         strips->items + strips->from[strip_of(box->y1) + 1]};
}

static const char *name_of(const struct ink *ink, char out[64])
{
    if (ink->text)
        (void)snprintf(out, 64, "\"%.40s\"", ink->draw->text);
    else
        (void)snprintf(out, 64, "a %s at %.1f, %.1f mm",
                       ink->draw->kind == REPLI_DRAW_LINE                                           ? "line"
                       : ink->draw->kind == REPLI_DRAW_CODE || ink->draw->kind == REPLI_DRAW_SYMBOL ? "code"
                                                                                                    : "box",
                       ink->box.x0 / 1000.0, ink->box.y0 / 1000.0);
    return out;
}

/* Of a text, where its words stand in the language's file: ": shorten it (lang/fr.yaml:57) or make room"; else "". */
static const char *way_out(const struct checker *c, const struct ink *ink, char out[256])
{
    const struct repli_yaml *words =
        ink && ink->text && c->origin->form ? repli_lang_node(c->origin->form, ink->draw->text) : NULL;
    out[0] = '\0';
    if (words)
        (void)snprintf(out, 256, ": shorten it (%.200s:%d) or make room", words->file, words->line);
    return out;
}

static void fault(struct checker *c, const struct ink *ink, const char *what, const char *other)
{
    char name[64], out[256];
    if (c->t.status != REPLI_OK)
        return;
    c->t.node = ink->node;
    repli_trouble(&c->t, "side %d: %s %s%s%s%s", c->side->map.side, name_of(ink, name), what, other ? " " : "",
                  other ? other : "", way_out(c, ink, out));
}

static void check_paper(struct checker *c)
{
    static const struct repli_box paper = {6000, 6000, 204000, 291000};
    for (size_t i = 0; i < c->fresh; i++) {
        const struct ink *ink = &c->ink[i];
        if (!inside(&ink->box, &paper))
            fault(c, ink, "is off the printable paper (6 to 204 by 6 to 291 mm)", NULL);
        for (size_t m = 0; m < 5; m++) {
            struct repli_box mark = {c->side->map.marks[m].x - 2500, c->side->map.marks[m].y - 2500,
                                     c->side->map.marks[m].x + 2500, c->side->map.marks[m].y + 2500};
            struct repli_box zone = grown(mark, 2900);
            if (meet(&ink->box, &zone, 0) && memcmp(&ink->box, &mark, sizeof mark) != 0)
                fault(c, ink, "is within 2.9 mm of a registration mark", NULL);
        }
        for (size_t k = 0; k < 2; k++) {
            struct repli_box zone = grown(c->side->map.codes[k], 2040);
            if (meet(&ink->box, &zone, 0) && ink->draw->kind != REPLI_DRAW_CODE)
                fault(c, ink, "is in the quiet zone of a page code", NULL);
        }
    }
}

/* A white text needs black under all of it; a black one needs paper. */
static void check_text(struct checker *c, const struct ink *text, const struct strips *others, bool white)
{
    bool under = !white;
    char name[64];
    for (struct walk w = near_box(others, &text->box); w.next < w.end; w.next++) {
        const struct ink *other = &c->ink[*w.next];
        if (other == text || !meet(&text->box, &other->box, CLOSE_UM))
            continue;
        if (text->draw->white && other->draw->kind == REPLI_DRAW_FILL && inside(&text->box, &other->box))
            under = true;
        else if (!(text->draw->white && other->draw->kind == REPLI_DRAW_FRAME))
            fault(c, text, "touches", name_of(other, name));
    }
    if (!under)
        fault(c, text, "is white and has no black plate under it", NULL);
}

static void check_writing(struct checker *c, const struct ink *text)
{
    for (struct walk w = near_box(&c->fields, &text->box); w.next < w.end; w.next++) {
        const struct repli_field *field = &c->side->map.fields[*w.next];
        if (!meet(&text->box, &field->box, 0))
            continue;
        bool hit = field->nparts == 0;
        for (size_t p = 0; p < field->nparts; p++)
            hit = hit || meet(&text->box, &field->parts[p], CLOSE_UM);
        if (hit)
            fault(c, text, "is printed where one writes:", field->id);
    }
}

static void field_fault(struct checker *c, size_t field, const char *what, const char *other, const struct ink *ink)
{
    char out[256];
    const struct field_spec *spec = c->origin->specs ? c->origin->specs[field] : NULL;
    if (c->t.status != REPLI_OK)
        return;
    c->t.node = spec ? spec->node : NULL;
    repli_trouble(&c->t, "side %d: %s %s%s%s%s", c->side->map.side, c->side->map.fields[field].id, what,
                  other ? " " : "", other ? other : "", way_out(c, ink, out));
}

static void check_tick(struct checker *c, size_t index)
{
    const struct repli_field *f = &c->side->map.fields[index];
    struct repli_box zone = grown(f->box, TICK_CLEAR_UM);
    char name[64];
    for (struct walk w = near_box(&c->news, &zone); w.next < w.end; w.next++) {
        const struct ink *ink = &c->ink[*w.next];
        const struct repli_draw *d = ink->draw;
        bool own = d->kind == REPLI_DRAW_FRAME && d->x0 == f->box.x0 && d->y0 == f->box.y0 && d->x1 == f->box.x1 &&
                   d->y1 == f->box.y1;
        if (!own && meet(&ink->box, &zone, CLOSE_UM))
            field_fault(c, index, "needs 1.86 mm of white; too near is", name_of(ink, name), ink);
    }
}

/* Two ticks: 8 mm from centre to centre in a row, 6.5 mm between rows. */
static void check_pitch(struct checker *c, size_t i, size_t j)
{
    const struct repli_box *a = &c->side->map.fields[i].box, *b = &c->side->map.fields[j].box;
    int32_t dx = a->x0 < b->x0 ? b->x0 - a->x0 : a->x0 - b->x0, dy = a->y0 < b->y0 ? b->y0 - a->y0 : a->y0 - b->y0;
    if (dy < TICK_UM && dx < 8000)
        field_fault(c, i, "stands less than 8 mm beside the tick", c->side->map.fields[j].id, NULL);
    if (dx < TICK_UM && dy >= TICK_UM && dy < 6500)
        field_fault(c, i, "stands less than 6.5 mm below or above the tick", c->side->map.fields[j].id, NULL);
}

static int by_id(const void *a, const void *b)
{
    return strcmp((*(const struct repli_field *const *)a)->id, (*(const struct repli_field *const *)b)->id);
}

static void check_ids(struct checker *c)
{
    const struct repli_page_map *m = &c->side->map;
    const struct repli_field **sorted = repli_arena_array(&c->arena, m->nfields + 1, sizeof *sorted);
    for (size_t i = 0; i < m->nfields; i++)
        sorted[i] = &m->fields[i];
    qsort(sorted, m->nfields, sizeof *sorted, by_id);
    for (size_t i = 1; i < m->nfields; i++)
        if (strcmp(sorted[i - 1]->id, sorted[i]->id) == 0)
            field_fault(c, (size_t)(sorted[i] - m->fields), "is there twice: names must differ on a side", NULL, NULL);
}

static void check_fields(struct checker *c)
{
    enum { PITCH_UM = 8000 };
    const struct repli_page_map *m = &c->side->map;
    static const struct repli_box body = {20000, 41600, 200000, 276000};
    for (size_t i = 0; i < m->nfields; i++) {
        struct repli_box zone = grown(m->fields[i].box, PITCH_UM);
        if (!inside(&m->fields[i].box, &body))
            field_fault(c, i, "reaches beyond the body of the page (20 to 200 by 41.6 to 265.6 mm)", NULL, NULL);
        for (struct walk w = near_box(&c->fields, &zone); w.next < w.end; w.next++) {
            size_t j = *w.next;
            if (j >= i)
                continue;
            if (meet(&m->fields[i].box, &m->fields[j].box, 0))
                field_fault(c, i, "overlaps", m->fields[j].id, NULL);
            if (m->fields[i].kind == REPLI_FIELD_TICK && m->fields[j].kind == REPLI_FIELD_TICK)
                check_pitch(c, i, j);
        }
    }
    check_ids(c);
}

/* Everything fresh against everything, and everything against what is fresh. */
static enum repli_status check(struct checker *c)
{
    bool all = c->fresh == c->count && !c->wanted;
    sort_strips(c, &c->inks, false, 0, c->count);
    if (all)
        c->news = c->inks;
    else
        sort_strips(c, &c->news, false, 0, c->fresh);
    sort_strips(c, &c->fields, true, 0, c->side->map.nfields);
    check_paper(c);
    for (size_t i = 0; i < c->count; i++)
        if (c->ink[i].text) {
            bool fresh = i < c->fresh;
            check_text(c, &c->ink[i], fresh ? &c->inks : &c->news, fresh && c->ink[i].draw->white);
            if (fresh)
                check_writing(c, &c->ink[i]);
        }
    for (size_t i = 0; i < c->side->map.nfields; i++)
        if (c->side->map.fields[i].kind == REPLI_FIELD_TICK)
            check_tick(c, i);
    if (all)
        check_fields(c);
    repli_arena_done(&c->arena);
    return c->t.status;
}

enum repli_status repli_check_side(const struct repli_side *side, const struct check_origin *origin,
                                   struct repli_err *err)
{
    struct checker c = {.side = side, .origin = origin, .t = {.err = err}};
    add_list(&c, &side->fixed, origin->fixed);
    add_list(&c, &side->filled, origin->filled);
    c.fresh = c.count;
    return check(&c);
}

/* What is on the side already was checked when the side was laid out: of it, only what lies where the overlay draws can
** touch the overlay. */
enum repli_status repli_check_overlay(const struct repli_side *side, const struct repli_draw_list *overlay,
                                      struct repli_err *err)
{
    static const struct check_origin none = {.form = NULL};
    struct checker c = {.side = side, .origin = &none, .t = {.err = err}};
    bool drawn[STRIPS] = {false};
    add_list(&c, overlay, NULL);
    c.fresh = c.count;
    for (size_t i = 0; i < c.fresh; i++)
        for (size_t k = strip_of(c.ink[i].box.y0); k <= strip_of(c.ink[i].box.y1); k++)
            drawn[k] = true;
    c.wanted = drawn;
    add_list(&c, &side->fixed, NULL);
    add_list(&c, &side->filled, NULL);
    return check(&c);
}

enum repli_status repli_layout_check(const struct repli_side *side, const struct repli_draw_list *overlay,
                                     struct repli_err *err)
{
    static const struct check_origin none = {.form = NULL};
    struct checker c = {.side = side, .origin = &none, .t = {.err = err}};
    add_list(&c, &side->fixed, NULL);
    add_list(&c, &side->filled, NULL);
    add_list(&c, overlay, NULL);
    c.fresh = c.count;
    return check(&c);
}
