/* Row kind `banner`, for the top of every side: the form's name, its window, room for who verified, and at the right a
** list in a black frame (allergies).  A list that is too long for its place says how many are missing and where they
** are: the first side prints it whole. */
#include <string.h>

#include "form_internal.h"

#define LIST_X    MM(104.5)
#define HEIGHT_UM MM(12.8)
#define LINE_UM   MM(3.4)

struct banner_spec {
    const char *title, *window, *more;
    struct list_spec *list;
};

static enum repli_status banner_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                     struct repli_err *err)
{
    static const char *const keys[] = {"banner", "window", "list", "more", "gap", NULL};
    struct banner_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    const struct repli_yaml *list = repli_yaml_get(node, "list");
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_text(form, node, "banner", true, &s->title, err) != REPLI_OK ||
        repli_load_text(form, node, "window", true, &s->window, err) != REPLI_OK)
        return REPLI_DATA;
    if (!list)
        return REPLI_OK;
    if (list->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(list, err, "`list` must hold the keys of a row of kind list");
    if (repli_load_text(form, node, "more", true, &s->more, err) != REPLI_OK ||
        repli_list_load(form, list, &s->list, err) != REPLI_OK)
        return REPLI_DATA;
    return strstr(s->more, "{n}") ? REPLI_OK
                                  : repli_yaml_fail(repli_yaml_get(node, "more"), err,
                                                    "`more` must hold {n}: how many rows the box does not show");
}

static struct para list_para(const struct banner_spec *s, int32_t *label)
{
    *label = repli_pen_width(STYLE_SECTION, repli_list_title(s->list)) + MM(4.4);
    struct para p = {.plain = {REPLI_FACE_REGULAR, 850}, .bold = STYLE_STRONG, .leading_um = MM(3.55), .data = true};
    p.room_um = BODY_X1 - LIST_X - *label - MM(3);
    return p;
}

/* How high the text is, from the top of its first line to the foot of its last. */
static int32_t text_height(struct flow *flow, struct para *p, const char *text, int32_t *above)
{
    int32_t below = 0;
    char *signs = repli_arena_strdup(flow->a, text), *end = signs;
    for (const char *c = text; *c; c++)
        if (*c != BOLD_SIGN)
            *end++ = *c;
    *end = 0;
    repli_pen_ink(p->bold, signs, above, &below);
    p->leading_um = repli_pen_leading(p->bold, signs, LINE_UM);
    return *above + ((int32_t)repli_para(NULL, NULL, flow->a, p, 0, 0, text) - 1) * p->leading_um + below;
}

static bool fits(struct flow *flow, struct para *p, const char *text)
{
    int32_t above = 0;
    return text_height(flow, p, text, &above) <= HEIGHT_UM - MM(2.2);
}

/* As many rows as have room beside the note about the others; the same on every side. */
static const char *list_text(struct flow *flow, const struct banner_spec *s, struct para *p, bool *whole)
{
    size_t all = 0, low = 0, high = 0, none = 0;
    const char *text = repli_list_text(flow, s->list, SIZE_MAX, &all);
    *whole = fits(flow, p, text);
    if (*whole)
        return text;
    text = NULL;
    for (high = all; low < high || !text;) { /* the largest number of rows that fits; none always does */
        size_t middle = (low + high) / 2;
        const char *rows = repli_list_text(flow, s->list, middle, &none);
        const char *rest = repli_form_put(s->more, "n", repli_arena_printf(flow->a, "%zu", all - middle), flow->a);
        const char *tried = repli_arena_printf(flow->a, "%s%s" BOLD "%s" BOLD, rows, *rows ? " \xC2\xB7 " : "", rest);
        bool good = fits(flow, p, tried);
        if (good || middle == 0) {
            text = tried;
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return text;
}

static void place_list(struct flow *flow, const struct banner_spec *s, int32_t y)
{
    struct side_build *side = repli_flow_side(flow);
    int32_t label = 0;
    struct para p = list_para(s, &label);
    bool whole = false;
    const char *text = list_text(flow, s, &p, &whole);
    struct repli_box box = repli_box_make(LIST_X, y, BODY_X1 - LIST_X, HEIGHT_UM);
    int32_t above = 0, height = text_height(flow, &p, text, &above);
    repli_pen_frame(&side->fixed, box, MM(1));
    repli_pen_fill(&side->fixed, repli_box_make(LIST_X, y, label, HEIGHT_UM));
    repli_pen_white(&side->fixed, STYLE_SECTION, ALIGN_LEFT, LIST_X + MM(2.2), y + HEIGHT_UM / 2 + MM(1.2), label,
                    repli_list_title(s->list));
    int32_t base = y + (HEIGHT_UM - height) / 2 + above;
    (void)repli_para(&side->filled, NULL, flow->a, &p, LIST_X + label + MM(1.4), base, text);
    if (!whole && flow->nsides == 1) {
        flow->y += MM(1.4);
        repli_list_place(flow, s->list, 0);
    }
}

static void banner_place(struct flow *flow, const struct row *row)
{
    const struct banner_spec *s = row->spec;
    struct side_build *side = repli_flow_side(flow);
    static const int32_t titles[] = {1300, 1200, 1100, 1000, 900, 0}, sizes[] = {850, 800, 750, 700, 0};
    int32_t y = flow->y, room = LIST_X - BODY_X0 - MM(2);
    const char *window = repli_flow_put(flow, s->window);
    struct style title = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, titles, room, s->title)};
    struct style when = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, MM(37), window)};
    repli_pen_text(&side->fixed, title, ALIGN_LEFT, BODY_X0, y + MM(4.9), room, s->title);
    repli_pen_text(repli_flow_pen(flow, s->window), when, ALIGN_LEFT, BODY_X0, y + MM(10.4), MM(40), window);
    side->verify_y = y + MM(6.6);
    flow->y = y + HEIGHT_UM;
    if (s->list)
        place_list(flow, s, y);
    flow->y = repli_snap(flow->y + row->gap_um);
}

const struct row_kind repli_row_banner = {"banner", banner_load, banner_place, MM(1.2)};
