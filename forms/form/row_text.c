/* Row kinds without number fields: title, heading, note, side, zone (to write in). */
#include <string.h>

#include "form_internal.h"

static struct pen *fixed(struct flow *flow)
{
    return &repli_flow_side(flow)->fixed;
}

/* ---- title: the form's name, a remark after it, another at the right end */
struct title_spec {
    const char *title, *note, *right;
};

static enum repli_status title_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                    struct repli_err *err)
{
    static const char *const keys[] = {"title", "only", "if", "unless", "note", "right", "gap", NULL};
    struct title_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_text(form, node, "title", true, &s->title, err) != REPLI_OK ||
        repli_load_text(form, node, "note", false, &s->note, err) != REPLI_OK)
        return REPLI_DATA;
    return repli_load_text(form, node, "right", false, &s->right, err);
}

static void title_place(struct flow *flow, const struct row *row)
{
    const struct title_spec *s = row->spec;
    int32_t y = repli_flow_take(flow, MM(6.6), row->gap_um), base = y + MM(5.0), x = flow->x0;
    int32_t room = flow->x1 - flow->x0;
    repli_pen_text(fixed(flow), STYLE_TITLE, ALIGN_LEFT, x, base, room, s->title);
    x += repli_pen_width(STYLE_TITLE, s->title) + MM(3);
    if (s->note) {
        repli_pen_text(fixed(flow), STYLE_DENSE, ALIGN_LEFT, x, base, flow->x1 - x, s->note);
        x += repli_pen_width(STYLE_DENSE, s->note) + MM(5);
    }
    if (s->right)
        repli_pen_text(repli_flow_pen(flow, s->right), STYLE_DENSE, ALIGN_RIGHT, flow->x1, base, flow->x1 - x,
                       repli_flow_put(flow, s->right));
}

const struct row_kind repli_row_title = {"title", title_load, title_place, MM(1.8)};

/* ---- heading: a section's name under a rule; `keep` mm of what follows stay on the same side */
struct heading_spec {
    const char *heading, *right;
    int32_t keep_um;
};

static enum repli_status heading_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                      struct repli_err *err)
{
    static const char *const keys[] = {"heading", "only", "if", "unless", "right", "keep", "gap", NULL};
    struct heading_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *spec = s;
    s->keep_um = MM(12);
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_text(form, node, "heading", true, &s->heading, err) != REPLI_OK ||
        repli_load_text(form, node, "right", false, &s->right, err) != REPLI_OK)
        return REPLI_DATA;
    return repli_load_mm(node, "keep", 0, 200, &s->keep_um, err);
}

static void heading_place(struct flow *flow, const struct row *row)
{
    const struct heading_spec *s = row->spec;
    if (flow->nsides && !repli_flow_fits(flow, MM(6.2) + s->keep_um))
        repli_flow_new_side(flow);
    int32_t y = repli_flow_take(flow, MM(5.6), row->gap_um), base = y + MM(4.6);
    repli_pen_line(fixed(flow), flow->x0, y, flow->x1, y, MM(0.5), 0);
    repli_pen_text(fixed(flow), STYLE_SECTION, ALIGN_LEFT, flow->x0, base, flow->x1 - flow->x0, s->heading);
    int32_t x = flow->x0 + repli_pen_width(STYLE_SECTION, s->heading) + MM(4);
    if (s->right)
        repli_pen_text(fixed(flow), STYLE_CAPTION, ALIGN_RIGHT, flow->x1, base, flow->x1 - x, s->right);
}

const struct row_kind repli_row_heading = {"heading", heading_load, heading_place, MM(1.2)};

/* ---- note: small print, *bold* between stars, over as many lines as it needs */
struct note_spec {
    const char *note, *right;
    bool rule;
};

static enum repli_status note_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"note", "only", "if", "unless", "right", "rule", "gap", NULL};
    struct note_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *spec = s;
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        repli_load_text(form, node, "note", true, &s->note, err) != REPLI_OK ||
        repli_load_text(form, node, "right", false, &s->right, err) != REPLI_OK)
        return REPLI_DATA;
    return repli_yaml_bool(node, "rule", &s->rule, err);
}

static void note_place(struct flow *flow, const struct row *row)
{
    const struct note_spec *s = row->spec;
    struct para p = {.plain = STYLE_CAPTION, .bold = {REPLI_FACE_BOLD, 750}, .leading_um = MM(3.5)};
    int32_t right = s->right ? repli_pen_width(p.plain, s->right) + MM(4) : 0, top = s->rule ? MM(1.0) : 0;
    p.room_um = flow->x1 - flow->x0 - right;
    size_t lines = repli_para(NULL, &flow->trouble, flow->a, &p, 0, 0, s->note);
    int32_t y = repli_flow_take(flow, top + (int32_t)lines * p.leading_um, row->gap_um);
    if (s->rule)
        repli_pen_line(fixed(flow), flow->x0, y, flow->x1, y, MM(0.5), 0);
    (void)repli_para(fixed(flow), NULL, flow->a, &p, flow->x0, y + top + MM(2.6), s->note);
    if (s->right)
        repli_pen_text(fixed(flow), p.plain, ALIGN_RIGHT, flow->x1, y + top + MM(2.6), right, s->right);
}

const struct row_kind repli_row_note = {"note", note_load, note_place, MM(0.2)};

/* ---- side: new */
static enum repli_status side_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"side", "only", "if", "unless", NULL};
    const char *word = NULL;
    (void)form;
    (void)spec;
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_yaml_text(node, "side", &word, err) != REPLI_OK)
        return REPLI_DATA;
    return word && strcmp(word, "new") == 0 ? REPLI_OK : repli_yaml_fail(node, err, "`side` must be: new");
}

static void side_place(struct flow *flow, const struct row *row)
{
    (void)row;
    if (flow->nsides == 0 || flow->y > flow->top)
        repli_flow_new_side(flow);
}

const struct row_kind repli_row_side = {"side", side_load, side_place, 0};

/* ---- zone: to write in over the whole width, of a height or down to the foot */
static enum repli_status area_load(struct repli_form *form, const struct repli_yaml *node, void **spec,
                                   struct repli_err *err)
{
    struct field_spec *s = repli_arena_alloc(&form->arena, sizeof *s);
    *spec = s;
    if (repli_load_field(form, node, s, err) != REPLI_OK)
        return REPLI_DATA;
    if (s->kind != REPLI_FIELD_TEXT)
        return repli_yaml_fail(node, err, "this row must be a `zone`");
    return s->height_um > 0
               ? REPLI_OK
               : repli_yaml_fail(node, err, "`height` is missing: how many mm (with `fill: yes`, at least)");
}

static void area_place(struct flow *flow, const struct row *row)
{
    const struct field_spec *s = row->spec;
    int32_t y = repli_flow_take(flow, s->height_um, 0), height = s->fill ? flow->end - y : s->height_um;
    size_t from = repli_flow_side(flow)->nfields;
    repli_draw_zone(flow, s, "area", repli_box_make(flow->x0, y, flow->x1 - flow->x0, height));
    repli_flow_captures(flow, from, "");
    flow->y = repli_snap(y + height + row->gap_um);
}

const struct row_kind repli_row_zone = {"zone", area_load, area_place, MM(2)};
