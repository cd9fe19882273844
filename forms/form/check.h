/* Checking what is drawn; and what check.c and check_side.c share: ink boxes, and which of them lie in which strip of
** the sheet. */
#ifndef REPLI_FORM_CHECK_H
#define REPLI_FORM_CHECK_H

#include "form_internal.h"

struct check_origin {
    const struct repli_yaml **fixed, **filled; /* per item; NULL = unknown */
    const struct field_spec **specs;           /* per field */
    const struct repli_form *form;             /* whose texts are drawn; NULL: unknown */
};
/* Checks a side, and remembers in `a` what its overlays need.  The fixed layer and the places of the fields are checked
** once for all sides that are alike in both and share `known` (NULL: nobody), which then share the list of the layer,
** and the fields when they are equal. */
enum repli_status repli_check_side(struct repli_side *side, const struct check_origin *origin,
                                   struct repli_checked **known, struct repli_arena *a, struct repli_err *err);
/* Only what an overlay changes on a side that was checked when it was made; of another side, everything. */
enum repli_status repli_check_overlay(const struct repli_side *side, const struct repli_draw_list *overlay,
                                      struct repli_err *err);

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
/* Drawn things, ready to be compared with others. */
struct inks {
    struct ink *items;
    size_t count;
    struct strips strips;
};
struct checker {
    const struct repli_side *side;
    const struct check_origin *origin;
    struct repli_arena *a;
    struct inks inks; /* what is checked */
    const struct strips *fields;
    struct trouble t;
};

static inline bool meet(const struct repli_box *a, const struct repli_box *b, int32_t by)
{
    return a->x0 + by < b->x1 && b->x0 + by < a->x1 && a->y0 + by < b->y1 && b->y0 + by < a->y1;
}

static inline bool inside(const struct repli_box *in, const struct repli_box *out)
{
    return in->x0 >= out->x0 && in->x1 <= out->x1 && in->y0 >= out->y0 && in->y1 <= out->y1;
}

static inline struct repli_box grown(struct repli_box b, int32_t by)
{
    return (struct repli_box){b.x0 - by, b.y0 - by, b.x1 + by, b.y1 + by};
}

static inline size_t strip_of(int32_t y)
{
    return y <= 0 ? 0 : y / STRIP_UM >= STRIPS ? STRIPS - 1 : (size_t)(y / STRIP_UM);
}

/* The items of every strip that a box reaches, one after the other; some come more than once. */
struct walk {
    const uint32_t *next, *end;
};
static inline struct walk near_box(const struct strips *strips, const struct repli_box *box)
{
    return (struct walk){strips->items + strips->from[strip_of(box->y0)],
                         strips->items + strips->from[strip_of(box->y1) + 1]};
}

/* Draws a list into boxes; `nodes` may be NULL. */
void repli_ink_add(struct checker *c, const struct repli_draw_list *list, const struct repli_yaml **nodes);
void repli_ink_sort(struct repli_arena *a, struct inks *inks);
void repli_ink_sort_fields(struct repli_arena *a, const struct repli_page_map *map, struct strips *out);
/* `ink` against paper, marks and quiet zones. */
void repli_check_paper(struct checker *c, const struct ink *ink);
/* A text against what else is drawn near it: it may touch nothing.  True: the other one is the plate that a white text
** stands on. */
bool repli_check_pair(struct checker *c, const struct ink *text, const struct ink *other);
void repli_check_plate(struct checker *c, const struct ink *text, bool under);
void repli_check_writing(struct checker *c, const struct ink *text);
void repli_check_tick(struct checker *c, size_t field, const struct ink *ink);
/* Everything in c->inks, which is all there is, against everything; the fields among each other. */
void repli_check_all(struct checker *c);

#endif
