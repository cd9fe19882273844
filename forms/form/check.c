/* What no page may do.  Everything printed becomes a list of ink boxes, told by the very outlines of the typeface; then
** every rule is a comparison of boxes.  Runs on every layout and every overlay that is made. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static void add(struct checker *c, const struct repli_draw *d, const struct repli_yaml *node, struct repli_box box)
{
    struct inks *inks = &c->inks; /* repli_ink_add() made room */
    inks->items[inks->count++] = (struct ink){box, d, node, d->kind == REPLI_DRAW_TEXT};
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
        repli_font_ink(d->face, d->size_cpt, d->text, &above, &below);
        add(c, d, node, (struct repli_box){d->x0, d->y0 - above, d->x0 + d->width_um, d->y0 + below});
        break;
    }
}

/* Room at once, and no more than is needed: what is kept is kept for every sheet of a pack. */
void repli_ink_add(struct checker *c, const struct repli_draw_list *list, const struct repli_yaml **nodes)
{
    enum { FRAME_SIDES = 4 };
    struct inks *inks = &c->inks;
    size_t need = inks->count;
    for (size_t i = 0; list && i < list->count; i++)
        need += list->items[i].kind == REPLI_DRAW_FRAME ? FRAME_SIDES : 1;
    inks->items = repli_arena_grow(c->a, inks->items, inks->count, need, sizeof *inks->items);
    for (size_t i = 0; list && i < list->count; i++)
        add_draw(c, &list->items[i], nodes ? nodes[i] : NULL);
}

/* `count` boxes, `size` bytes from one to the next, into strips. */
static void sort_strips(struct repli_arena *a, const struct repli_box *boxes, size_t count, size_t size,
                        struct strips *out)
{
    uint32_t fill[STRIPS + 1] = {0};
    const char *first = (const char *)boxes;
    *out = (struct strips){0};
    for (size_t i = 0; i < count; i++) {
        const struct repli_box *box = (const void *)(first + i * size);
        for (size_t k = strip_of(box->y0), last = strip_of(box->y1); k <= last; k++)
            out->from[k + 1]++;
    }
    for (size_t k = 0; k < STRIPS; k++)
        fill[k + 1] = out->from[k + 1] += out->from[k];
    out->items = repli_arena_raw(a, (out->from[STRIPS] + 1) * sizeof *out->items);
    for (size_t i = 0; i < count; i++) {
        const struct repli_box *box = (const void *)(first + i * size);
        for (size_t k = strip_of(box->y0), last = strip_of(box->y1); k <= last; k++)
            out->items[fill[k]++] = (uint32_t)i;
    }
}

void repli_ink_sort(struct repli_arena *a, struct inks *inks)
{
    sort_strips(a, &inks->items->box, inks->count, sizeof *inks->items, &inks->strips);
}

void repli_ink_sort_fields(struct repli_arena *a, const struct repli_page_map *map, struct strips *out)
{
    sort_strips(a, &map->fields->box, map->nfields, sizeof *map->fields, out);
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

void repli_check_paper(struct checker *c, const struct ink *ink)
{
    static const struct repli_box paper = {6000, 6000, 204000, 291000};
    const struct repli_page_map *map = &c->side->map;
    if (!inside(&ink->box, &paper))
        fault(c, ink, "is off the printable paper (6 to 204 by 6 to 291 mm)", NULL);
    for (size_t m = 0; m < 5; m++) {
        struct repli_box mark = {map->marks[m].x - 2500, map->marks[m].y - 2500, map->marks[m].x + 2500,
                                 map->marks[m].y + 2500};
        struct repli_box zone = grown(mark, 2900);
        if (meet(&ink->box, &zone, 0) && memcmp(&ink->box, &mark, sizeof mark) != 0)
            fault(c, ink, "is within 2.9 mm of a registration mark", NULL);
    }
    for (size_t k = 0; k < 2; k++) {
        struct repli_box zone = grown(map->codes[k], 2040);
        if (meet(&ink->box, &zone, 0) && ink->draw->kind != REPLI_DRAW_CODE)
            fault(c, ink, "is in the quiet zone of a page code", NULL);
    }
}

bool repli_check_pair(struct checker *c, const struct ink *text, const struct ink *other)
{
    char name[64];
    if (other == text || !meet(&text->box, &other->box, CLOSE_UM))
        return false;
    if (text->draw->white && other->draw->kind == REPLI_DRAW_FILL && inside(&text->box, &other->box))
        return true;
    if (!(text->draw->white && other->draw->kind == REPLI_DRAW_FRAME))
        fault(c, text, "touches", name_of(other, name));
    return false;
}

/* A white text needs black under all of it; a black one needs paper. */
void repli_check_plate(struct checker *c, const struct ink *text, bool under)
{
    if (text->draw->white && !under)
        fault(c, text, "is white and has no black plate under it", NULL);
}

void repli_check_writing(struct checker *c, const struct ink *text)
{
    for (struct walk w = near_box(c->fields, &text->box); w.next < w.end; w.next++) {
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

void repli_check_tick(struct checker *c, size_t field, const struct ink *ink)
{
    const struct repli_box *box = &c->side->map.fields[field].box, zone = grown(*box, TICK_CLEAR_UM);
    const struct repli_draw *d = ink->draw;
    char name[64];
    bool own =
        d->kind == REPLI_DRAW_FRAME && d->x0 == box->x0 && d->y0 == box->y0 && d->x1 == box->x1 && d->y1 == box->y1;
    if (!own && meet(&ink->box, &zone, CLOSE_UM))
        field_fault(c, field, "needs 1.86 mm of white; too near is", name_of(ink, name), ink);
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
    const struct repli_field **sorted = repli_arena_array(c->a, m->nfields + 1, sizeof *sorted);
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
        for (struct walk w = near_box(c->fields, &zone); w.next < w.end; w.next++) {
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

static void check_text(struct checker *c, const struct ink *text)
{
    bool under = false;
    for (struct walk w = near_box(&c->inks.strips, &text->box); w.next < w.end; w.next++)
        under = repli_check_pair(c, text, &c->inks.items[*w.next]) || under;
    repli_check_plate(c, text, under);
    repli_check_writing(c, text);
}

void repli_check_all(struct checker *c)
{
    const struct repli_page_map *map = &c->side->map;
    for (size_t i = 0; i < c->inks.count; i++)
        repli_check_paper(c, &c->inks.items[i]);
    for (size_t i = 0; i < c->inks.count; i++)
        if (c->inks.items[i].text)
            check_text(c, &c->inks.items[i]);
    for (size_t i = 0; i < map->nfields; i++) {
        struct repli_box zone = grown(map->fields[i].box, TICK_CLEAR_UM);
        if (map->fields[i].kind != REPLI_FIELD_TICK)
            continue;
        for (struct walk w = near_box(&c->inks.strips, &zone); w.next < w.end; w.next++)
            repli_check_tick(c, i, &c->inks.items[*w.next]);
    }
    check_fields(c);
}

enum repli_status repli_layout_check(const struct repli_side *side, const struct repli_draw_list *overlay,
                                     struct repli_err *err)
{
    static const struct check_origin none = {.form = NULL};
    struct repli_arena a = {0};
    struct strips fields;
    struct checker c = {.side = side, .origin = &none, .a = &a, .fields = &fields, .t = {.err = err}};
    repli_ink_add(&c, &side->fixed, NULL);
    repli_ink_add(&c, &side->filled, NULL);
    repli_ink_add(&c, overlay, NULL);
    repli_ink_sort(&a, &c.inks);
    repli_ink_sort_fields(&a, &side->map, &fields);
    repli_check_all(&c);
    repli_arena_done(&a);
    return c.t.status;
}
