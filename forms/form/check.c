/* What no page may do.  Everything printed becomes a list of ink boxes, told by the very outlines of the typeface; then
** every rule is a comparison of boxes.  Runs on every layout and every overlay that is made. */
#include <stdio.h>
#include <string.h>

#include "form_internal.h"

enum { CLOSE_UM = 30 }; /* snapping may make neighbours share this much */

struct ink {
    struct repli_box box;
    const struct repli_draw *draw;
    const struct repli_yaml *node;
    bool text;
};
struct checker {
    const struct repli_side *side;
    const struct check_origin *origin;
    struct repli_arena arena;
    struct ink *ink;
    size_t count, cap;
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

static void add(struct checker *c, const struct repli_draw *d, const struct repli_yaml *node, struct repli_box box)
{
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
    case REPLI_DRAW_FILL:
    case REPLI_DRAW_CODE:
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

static const char *name_of(const struct ink *ink, char out[64])
{
    if (ink->text)
        (void)snprintf(out, 64, "\"%.40s\"", ink->draw->text);
    else
        (void)snprintf(out, 64, "a %s at %.1f, %.1f mm",
                       ink->draw->kind == REPLI_DRAW_LINE   ? "line"
                       : ink->draw->kind == REPLI_DRAW_CODE ? "code"
                                                            : "box",
                       ink->box.x0 / 1000.0, ink->box.y0 / 1000.0);
    return out;
}

static void fault(struct checker *c, const struct ink *ink, const char *what, const char *other)
{
    char name[64];
    if (c->t.status != REPLI_OK)
        return;
    c->t.node = ink->node;
    repli_trouble(&c->t, "side %d: %s %s%s%s", c->side->map.side, name_of(ink, name), what, other ? " " : "",
                  other ? other : "");
}

static void check_paper(struct checker *c)
{
    static const struct repli_box paper = {6000, 6000, 204000, 291000};
    for (size_t i = 0; i < c->count; i++) {
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
static void check_text(struct checker *c, const struct ink *text)
{
    bool under = !text->draw->white;
    char name[64];
    for (size_t i = 0; i < c->count; i++) {
        const struct ink *other = &c->ink[i];
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
    for (size_t f = 0; f < c->side->map.nfields; f++) {
        const struct repli_field *field = &c->side->map.fields[f];
        if (!meet(&text->box, &field->box, 0))
            continue;
        bool hit = field->nparts == 0;
        for (size_t p = 0; p < field->nparts; p++)
            hit = hit || meet(&text->box, &field->parts[p], CLOSE_UM);
        if (hit)
            fault(c, text, "is printed where one writes:", field->id);
    }
}

static void field_fault(struct checker *c, size_t field, const char *what, const char *other)
{
    const struct field_spec *spec = c->origin->specs ? c->origin->specs[field] : NULL;
    if (c->t.status != REPLI_OK)
        return;
    c->t.node = spec ? spec->node : NULL;
    repli_trouble(&c->t, "side %d: %s %s%s%s", c->side->map.side, c->side->map.fields[field].id, what, other ? " " : "",
                  other ? other : "");
}

static void check_tick(struct checker *c, size_t index)
{
    const struct repli_field *f = &c->side->map.fields[index];
    struct repli_box zone = grown(f->box, TICK_CLEAR_UM);
    char name[64];
    for (size_t i = 0; i < c->count; i++) {
        const struct repli_draw *d = c->ink[i].draw;
        bool own = d->kind == REPLI_DRAW_FRAME && d->x0 == f->box.x0 && d->y0 == f->box.y0 && d->x1 == f->box.x1 &&
                   d->y1 == f->box.y1;
        if (!own && meet(&c->ink[i].box, &zone, CLOSE_UM))
            field_fault(c, index, "needs 1.86 mm of white; too near is", name_of(&c->ink[i], name));
    }
}

/* Two ticks: 8 mm from centre to centre in a row, 6.5 mm between rows. */
static void check_pitch(struct checker *c, size_t i, size_t j)
{
    const struct repli_box *a = &c->side->map.fields[i].box, *b = &c->side->map.fields[j].box;
    int32_t dx = a->x0 < b->x0 ? b->x0 - a->x0 : a->x0 - b->x0, dy = a->y0 < b->y0 ? b->y0 - a->y0 : a->y0 - b->y0;
    if (dy < TICK_UM && dx < 8000)
        field_fault(c, i, "stands less than 8 mm beside the tick", c->side->map.fields[j].id);
    if (dx < TICK_UM && dy >= TICK_UM && dy < 6500)
        field_fault(c, i, "stands less than 6.5 mm below or above the tick", c->side->map.fields[j].id);
}

static void check_fields(struct checker *c)
{
    const struct repli_page_map *m = &c->side->map;
    static const struct repli_box body = {20000, 41600, 200000, 276000};
    for (size_t i = 0; i < m->nfields; i++) {
        if (!inside(&m->fields[i].box, &body))
            field_fault(c, i, "reaches beyond the body of the page (20 to 200 by 41.6 to 265.6 mm)", NULL);
        for (size_t j = 0; j < i; j++) {
            if (meet(&m->fields[i].box, &m->fields[j].box, 0))
                field_fault(c, i, "overlaps", m->fields[j].id);
            if (strcmp(m->fields[i].id, m->fields[j].id) == 0)
                field_fault(c, i, "is there twice: names must differ on a side", NULL);
            if (m->fields[i].kind == REPLI_FIELD_TICK && m->fields[j].kind == REPLI_FIELD_TICK)
                check_pitch(c, i, j);
        }
        if (m->fields[i].kind == REPLI_FIELD_TICK)
            check_tick(c, i);
    }
}

enum repli_status repli_check_side(const struct repli_side *side, const struct repli_draw_list *overlay,
                                   const struct check_origin *origin, struct repli_err *err)
{
    struct checker c = {.side = side, .origin = origin, .t = {.err = err}};
    add_list(&c, &side->fixed, origin->fixed);
    add_list(&c, &side->filled, origin->filled);
    add_list(&c, overlay, NULL);
    check_paper(&c);
    for (size_t i = 0; i < c.count; i++)
        if (c.ink[i].text) {
            check_text(&c, &c.ink[i]);
            check_writing(&c, &c.ink[i]);
        }
    check_fields(&c);
    repli_arena_done(&c.arena);
    return c.t.status;
}

enum repli_status repli_layout_check(const struct repli_side *side, const struct repli_draw_list *overlay,
                                     struct repli_err *err)
{
    static const struct check_origin none = {NULL, NULL, NULL};
    return repli_check_side(side, overlay, &none, err);
}
