/* Sides are checked as they are made: the fixed layer once for all sides that have the same one, then what is filled in
** against it, and later each overlay against both.  Nothing is left out by that: every box is compared with every
** neighbour it has on the paper, only not twice with the same one. */
#include <string.h>

#include "check.h"

/* A side that was checked; in the arena of its layout. */
struct repli_checked {
    const struct repli_side *side;
    struct inks fixed, filled;
    struct strips fields;
    struct repli_checked *before; /* of those that others are compared with */
};

/* ---- what is new against what is there */

/* Texts that are there already, against the new thing near them. */
static void old_texts(struct checker *c, const struct inks *old, const struct ink *fresh)
{
    for (struct walk w = near_box(&old->strips, &fresh->box); w.next < w.end; w.next++)
        if (old->items[*w.next].text)
            (void)repli_check_pair(c, &old->items[*w.next], fresh);
}

static bool near_text(struct checker *c, const struct inks *there, const struct ink *text)
{
    bool under = false;
    for (struct walk w = near_box(&there->strips, &text->box); w.next < w.end; w.next++)
        under = repli_check_pair(c, text, &there->items[*w.next]) || under;
    return under;
}

static void ticks_near(struct checker *c, const struct ink *fresh)
{
    const struct repli_box zone = grown(fresh->box, TICK_CLEAR_UM);
    for (struct walk w = near_box(c->fields, &zone); w.next < w.end; w.next++)
        if (c->side->map.fields[*w.next].kind == REPLI_FIELD_TICK)
            repli_check_tick(c, *w.next, fresh);
}

/* c->inks, sorted, against each other and against what is on the side already. */
static void check_fresh(struct checker *c, const struct inks *const old[2])
{
    for (size_t i = 0; i < c->inks.count; i++)
        repli_check_paper(c, &c->inks.items[i]);
    for (size_t i = 0; i < c->inks.count; i++)
        for (size_t k = 0; k < 2 && old[k]; k++)
            old_texts(c, old[k], &c->inks.items[i]);
    for (size_t i = 0; i < c->inks.count; i++) {
        const struct ink *text = &c->inks.items[i];
        if (!text->text)
            continue;
        bool under = near_text(c, &c->inks, text);
        for (size_t k = 0; k < 2 && old[k]; k++)
            under = near_text(c, old[k], text) || under;
        repli_check_plate(c, text, under);
        repli_check_writing(c, text);
    }
    for (size_t i = 0; i < c->inks.count; i++)
        ticks_near(c, &c->inks.items[i]);
}

/* ---- sides that are alike */

static bool same_draw(const struct repli_draw *a, const struct repli_draw *b)
{
    return a->kind == b->kind && a->white == b->white && a->x0 == b->x0 && a->y0 == b->y0 && a->x1 == b->x1 &&
           a->y1 == b->y1 && a->line_um == b->line_um && a->dash_um == b->dash_um && a->face == b->face &&
           a->size_cpt == b->size_cpt && a->width_um == b->width_um &&
           (a->text == b->text || (a->text && b->text && strcmp(a->text, b->text) == 0));
}

static bool same_place(const struct repli_field *a, const struct repli_field *b)
{
    return a->kind == b->kind && a->nparts == b->nparts && memcmp(&a->box, &b->box, sizeof a->box) == 0 &&
           (a->nparts == 0 || memcmp(a->parts, b->parts, a->nparts * sizeof *a->parts) == 0) &&
           strcmp(a->id, b->id) == 0;
}

/* All that the check of a fixed layer looks at. */
static bool alike(const struct repli_side *a, const struct repli_side *b)
{
    bool same = a->fixed.count == b->fixed.count && a->map.nfields == b->map.nfields &&
                strcmp(a->layer, b->layer) == 0 && memcmp(a->map.marks, b->map.marks, sizeof a->map.marks) == 0 &&
                memcmp(a->map.codes, b->map.codes, sizeof a->map.codes) == 0;
    for (size_t i = 0; same && i < a->fixed.count; i++)
        same = same_draw(&a->fixed.items[i], &b->fixed.items[i]);
    for (size_t i = 0; same && i < a->map.nfields; i++)
        same = same_place(&a->map.fields[i], &b->map.fields[i]);
    return same;
}

static struct repli_checked *find_alike(struct repli_checked *const *known, const struct repli_side *side)
{
    struct repli_checked *k = known ? *known : NULL;
    while (k && !alike(k->side, side))
        k = k->before;
    return k;
}

/* ---- one side */

/* A white text of the fixed layer may stand on a plate that is filled in: then neither can be checked without the
** other. */
static bool stands_alone(const struct inks *fixed)
{
    for (size_t i = 0; i < fixed->count; i++) {
        const struct ink *text = &fixed->items[i];
        bool under = !text->text || !text->draw->white;
        for (struct walk w = near_box(&fixed->strips, &text->box); !under && w.next < w.end; w.next++)
            under =
                fixed->items[*w.next].draw->kind == REPLI_DRAW_FILL && inside(&text->box, &fixed->items[*w.next].box);
        if (!under)
            return false;
    }
    return true;
}

static enum repli_status check_together(struct repli_side *side, struct checker *c)
{
    repli_ink_add(c, &side->filled, c->origin->filled);
    repli_ink_sort(c->a, &c->inks);
    repli_check_all(c);
    return c->t.status;
}

/* The fixed layer as one that was checked already, or checked now. */
static enum repli_status check_fixed(struct checker *c, struct repli_checked *made, const struct repli_checked *like,
                                     bool *alone)
{
    *alone = true;
    if (like) {
        made->fixed = like->fixed;
        made->fields = like->fields;
        return REPLI_OK;
    }
    repli_ink_add(c, &c->side->fixed, c->origin->fixed);
    repli_ink_sort(c->a, &c->inks);
    repli_ink_sort_fields(c->a, &c->side->map, &made->fields);
    *alone = stands_alone(&c->inks);
    if (!*alone)
        return REPLI_OK;
    repli_check_all(c);
    made->fixed = c->inks;
    return c->t.status;
}

/* What is equal is kept once: the pages of a pack are gone through several times, and what is small stays at hand. */
static void share(struct repli_side *side, const struct repli_side *like)
{
    side->layer = like->layer;
    side->fixed = like->fixed;
    if (repli_page_map_same_fields(&side->map, &like->map)) {
        side->map.fields = like->map.fields;
        side->map.captures = like->map.captures;
    }
}

enum repli_status repli_check_side(struct repli_side *side, const struct check_origin *origin,
                                   struct repli_checked **known, struct repli_arena *a, struct repli_err *err)
{
    struct repli_checked *like = find_alike(known, side), *made = repli_arena_alloc(a, sizeof *made);
    struct checker c = {.side = side, .origin = origin, .a = a, .fields = &made->fields, .t = {.err = err}};
    const struct inks *old[2] = {&made->fixed, NULL};
    bool alone = true;
    enum repli_status status = check_fixed(&c, made, like, &alone);
    if (!alone)
        return check_together(side, &c);
    c.inks = (struct inks){0};
    repli_ink_add(&c, &side->filled, origin->filled);
    repli_ink_sort(a, &c.inks);
    if (status == REPLI_OK)
        check_fresh(&c, old);
    if (status != REPLI_OK || c.t.status != REPLI_OK)
        return REPLI_DATA;
    made->side = side;
    made->filled = c.inks;
    if (like) {
        share(side, like->side);
    } else if (known) {
        made->before = *known;
        *known = made;
    }
    side->checked = made;
    return REPLI_OK;
}

enum repli_status repli_check_overlay(const struct repli_side *side, const struct repli_draw_list *overlay,
                                      struct repli_err *err)
{
    static const struct check_origin none = {.form = NULL};
    const struct repli_checked *there = side->checked;
    if (!there || there->side != side)
        return repli_layout_check(side, overlay, err);
    struct repli_arena a = {0};
    struct checker c = {.side = side, .origin = &none, .a = &a, .fields = &there->fields, .t = {.err = err}};
    const struct inks *old[2] = {&there->fixed, &there->filled};
    repli_ink_add(&c, overlay, NULL);
    repli_ink_sort(&a, &c.inks);
    check_fresh(&c, old);
    repli_arena_done(&a);
    return c.t.status;
}
