/* Page flow: rows of the template take room from the top of a side to its bottom, then go on with the next side. */
#include <string.h>

#include "form_internal.h"
#include "repli/id.h"
#include "repli/text.h"

struct side_build *repli_flow_side(struct flow *flow)
{
    if (flow->nsides == 0)
        repli_flow_new_side(flow);
    return flow->current;
}

void repli_flow_new_side(struct flow *flow)
{
    enum { SIDES_MAX = 40 };
    if (flow->nsides == SIDES_MAX) {
        repli_trouble(&flow->trouble, "more than %d sides for one set", SIDES_MAX);
        flow->y = BODY_Y0;
        return;
    }
    struct side_build *side = repli_arena_alloc(flow->a, sizeof *side);
    side->fixed = (struct pen){.a = flow->a, .t = &flow->trouble};
    side->filled = (struct pen){.a = flow->a, .t = &flow->trouble};
    flow->sides = repli_arena_grow(flow->a, flow->sides, flow->nsides, flow->nsides + 1, sizeof *flow->sides);
    flow->sides[flow->nsides++] = flow->current = side;
    flow->y = BODY_Y0;
}

bool repli_flow_fits(const struct flow *flow, int32_t height_um)
{
    return flow->nsides > 0 && flow->y + height_um <= BODY_Y1;
}

int32_t repli_flow_take(struct flow *flow, int32_t height_um, int32_t gap_um)
{
    if (height_um > BODY_Y1 - BODY_Y0)
        repli_trouble(&flow->trouble, "needs %.1f mm of height, a side has %.1f mm", height_um / 1000.0,
                      (BODY_Y1 - BODY_Y0) / 1000.0);
    (void)repli_flow_side(flow);
    if (!repli_flow_fits(flow, height_um))
        repli_flow_new_side(flow);
    int32_t y = flow->y;
    flow->y = repli_snap(y + height_um + gap_um);
    return y;
}

/* The days of the window as a range for a written day; open when the window runs over the end of a month. */
static struct repli_range window_days(const struct flow *flow)
{
    struct repli_civil from, to;
    repli_zone_civil(flow->in->zone, flow->in->window_utc, &from);
    repli_zone_civil(flow->in->zone, flow->in->window_utc + (int64_t)flow->in->window_hours * 3600 - 1, &to);
    if (from.month != to.month || from.year != to.year)
        return (struct repli_range){0};
    return (struct repli_range){true, true, from.day, to.day};
}

static void band_rows(struct flow *flow, const struct field_spec *spec, struct repli_field *f)
{
    f->rows = repli_arena_array(flow->a, spec->nrows, sizeof *f->rows);
    f->row_labels = repli_arena_array(flow->a, spec->nrows, sizeof *f->row_labels);
    if (spec->rows[0].letters)
        f->letters = repli_arena_array(flow->a, spec->nrows, sizeof *f->letters);
    for (size_t i = 0; i < spec->nrows; i++) {
        f->rows[i] = spec->rows[i].range;
        f->row_labels[i] = spec->rows[i].label;
        if (f->letters)
            f->letters[i] = spec->rows[i].letters;
    }
}

struct repli_field *repli_flow_field(struct flow *flow, const struct field_spec *spec, const char *prefix,
                                     struct repli_box box)
{
    struct side_build *s = repli_flow_side(flow);
    if (s->nfields == s->capfields) {
        size_t cap = s->capfields ? s->capfields * 2 : 64;
        s->fields = repli_arena_grow(flow->a, s->fields, s->capfields, cap, sizeof *s->fields);
        s->specs = repli_arena_grow(flow->a, s->specs, s->capfields, cap, sizeof *s->specs);
        s->capfields = cap;
    }
    s->specs[s->nfields] = spec;
    struct repli_field *f = &s->fields[s->nfields++];
    *f = (struct repli_field){.kind = spec->kind,
                              .id = repli_arena_printf(flow->a, "%s.%s", prefix, spec->id),
                              .role = spec->role,
                              .label = spec->label ? spec->label : "",
                              .unit = spec->unit,
                              .tier = spec->tier,
                              .decimals = spec->decimals,
                              .soft = spec->window_days ? window_days(flow) : spec->soft,
                              .hard = spec->hard,
                              .box = box};
    if (spec->group)
        f->group = repli_arena_printf(flow->a, "%s.%s", prefix, spec->group);
    if (spec->nrows)
        band_rows(flow, spec, f);
    return f;
}

/* ---- captures */
static const struct {
    const char *kind;
    const char *roles[4]; /* what a capture cannot do without, besides its value */
} capture_kinds[] = {{"observation", {"at", "by", NULL}}};

static bool has_role(const struct side_build *s, size_t from, const char *role)
{
    for (size_t i = from; i < s->nfields; i++)
        if (s->fields[i].role && strcmp(s->fields[i].role, role) == 0)
            return true;
    return false;
}

static void check_roles(struct flow *flow, const struct side_build *s, size_t from, const struct field_spec *spec)
{
    for (size_t k = 0; k < sizeof capture_kinds / sizeof *capture_kinds; k++) {
        if (strcmp(capture_kinds[k].kind, spec->capture.kind) != 0)
            continue;
        for (size_t r = 0; capture_kinds[k].roles[r]; r++)
            if (!has_role(s, from, capture_kinds[k].roles[r])) {
                flow->trouble.node = spec->node;
                repli_trouble(&flow->trouble, "a capture of kind %s needs a field with `role: %s` beside `%s`",
                              spec->capture.kind, capture_kinds[k].roles[r], spec->id);
            }
    }
}

static void add_capture(struct flow *flow, struct side_build *s, size_t from, size_t value, const char *key)
{
    const struct field_spec *spec = s->specs[value];
    if (s->ncaptures == s->capcaptures) {
        size_t cap = s->capcaptures ? s->capcaptures * 2 : 64;
        s->captures = repli_arena_grow(flow->a, s->captures, s->capcaptures, cap, sizeof *s->captures);
        s->capcaptures = cap;
    }
    struct repli_capture *c = &s->captures[s->ncaptures++];
    size_t room = s->nfields - from;
    *c = (struct repli_capture){.id = s->fields[value].id, .kind = spec->capture.kind};
    const struct capture_spec *k = &spec->capture;
    const char *unit = k->unit ? repli_arena_printf(flow->a, ",\"unit\":\"%s\"", k->unit) : "";
    const char *display = k->display ? repli_arena_printf(flow->a, ",\"display\":\"%s\"", k->display) : "";
    c->key = repli_arena_printf(flow->a, "{%s\"code_system\":\"%s\",\"code\":\"%s\"%s%s}", key, k->system, k->code,
                                unit, display);
    c->roles = repli_arena_array(flow->a, room, sizeof *c->roles);
    c->fields = repli_arena_array(flow->a, room, sizeof *c->fields);
    for (size_t i = from; i < s->nfields; i++) {
        const char *role = s->fields[i].role;
        if (!role || (i != value && s->specs[i]->capture.kind))
            continue;
        s->fields[i].capture = c->kind;
        c->roles[c->nmembers] = role;
        c->fields[c->nmembers++] = i;
    }
    s->fields[value].key = c->key;
}

void repli_flow_captures(struct flow *flow, size_t from, const char *key)
{
    struct side_build *s = repli_flow_side(flow);
    for (size_t i = from; i < s->nfields; i++)
        if (s->specs[i]->capture.kind) {
            check_roles(flow, s, from, s->specs[i]);
            add_capture(flow, s, from, i, key);
        }
}

/* ---- data */
const struct repli_dataset *repli_flow_data(const struct flow *flow, const char *name)
{
    return repli_dataset_get(flow->in->data, name);
}

const char *repli_flow_cell(struct flow *flow, const struct repli_dataset *set, size_t row, const char *column)
{
    const char *text = repli_dataset_cell(set, row, column);
    size_t n = strlen(column);
    int64_t utc = 0;
    if (!text || !*text)
        return flow->form->t[TEXT_UNKNOWN];
    if (n > 4 && strcmp(column + n - 4, "_utc") == 0)
        return repli_integer(text, -2208988800, 7258118400, &utc)
                   ? repli_form_time(flow->form, flow->in->zone, utc, true, flow->a)
                   : flow->form->t[TEXT_UNKNOWN];
    if (strcmp(column, "unit") == 0)
        return repli_form_unit(text);
    return strcmp(column, "value") == 0 ? repli_form_decimal(text, flow->a) : text;
}

/* ---- a whole layout */

/* Names a fixed list by its content, so that sides which share a name share every line. */
static const char *layer_name(const struct flow *flow, const struct side_build *s, int number)
{
    struct repli_hash h;
    struct repli_buf all = {0}; /* hashed at once: many small parts cost more than what is in them */
    uint8_t hash[32];
    char hex[17];
    for (size_t i = 0; i < s->fixed.list.count; i++) {
        const struct repli_draw *d = &s->fixed.list.items[i];
        const int32_t v[] = {(int32_t)d->kind, d->white,         d->x0,       d->y0,          d->x1, d->y1, d->line_um,
                             d->dash_um,       (int32_t)d->face, d->size_cpt, d->text != NULL};
        repli_buf_add(&all, v, sizeof v);
        repli_buf_add(&all, d->text ? d->text : "", d->text ? strlen(d->text) + 1 : 0);
    }
    repli_hash_init(&h);
    repli_hash_bytes(&h, all.data, all.len);
    repli_hash_final(&h, hash);
    repli_buf_done(&all);
    repli_hex(hash, 8, hex);
    return repli_arena_printf(flow->a, "%s-%d-%s-%d-%s", flow->form->id, flow->form->version, flow->form->lang, number,
                              hex);
}

static void finish_side(struct flow *flow, size_t i, size_t sides, struct repli_side *out)
{
    struct side_build *s = flow->sides[i];
    *out = (struct repli_side){0};
    flow->current = s;
    repli_furniture(flow, s, (int)i + 1, (int)sides, out);
    out->fixed = s->fixed.list;
    out->filled = s->filled.list;
    out->layer = layer_name(flow, s, (int)i + 1);
    out->map.fields = s->fields;
    out->map.nfields = s->nfields;
    out->map.captures = s->captures;
    out->map.ncaptures = s->ncaptures;
}

static enum repli_status check_sides(struct flow *flow, const struct repli_layout *layout)
{
    for (size_t i = 0; i < layout->nsides; i++) {
        const struct side_build *s = flow->sides[i];
        struct check_origin origin = {s->fixed.nodes, s->filled.nodes, s->specs};
        if (repli_check_side(&layout->sides[i], &origin, flow->trouble.err) != REPLI_OK)
            return REPLI_DATA;
    }
    return REPLI_OK;
}

static enum repli_status make(struct flow *flow, struct repli_layout *out)
{
    for (size_t i = 0; i < flow->form->nrows && flow->trouble.status == REPLI_OK; i++) {
        flow->trouble.node = flow->form->rows[i].node;
        flow->form->rows[i].kind->place(flow, &flow->form->rows[i]);
    }
    flow->trouble.node = NULL;
    (void)repli_flow_side(flow);
    if (flow->nsides % 2 == 1)
        repli_flow_new_side(flow);
    struct repli_layout layout = {repli_arena_array(flow->a, flow->nsides, sizeof *layout.sides), flow->nsides};
    for (size_t i = 0; i < flow->nsides && flow->trouble.status == REPLI_OK; i++)
        finish_side(flow, i, flow->nsides, &layout.sides[i]);
    if (flow->trouble.status != REPLI_OK)
        return flow->trouble.status;
    if (check_sides(flow, &layout) != REPLI_OK)
        return REPLI_DATA;
    *out = layout;
    return REPLI_OK;
}

enum repli_status repli_layout_make(const struct repli_layout_in *in, struct repli_arena *a, struct repli_layout *out,
                                    struct repli_err *err)
{
    struct flow flow = {.in = in, .form = in->form, .a = a, .trouble = {.err = err}};
    const char *const *names = repli_form_datasets(in->form);
    for (size_t i = 0; names[i]; i++)
        if (!repli_dataset_get(in->data, names[i]))
            return repli_fail(err, REPLI_DATA, "form %s needs the dataset %s, which the snapshot does not have",
                              in->form->id, names[i]);
    enum repli_status status = make(&flow, out);
    if (status != REPLI_OK && err) {
        bool ward = in->form->subject == REPLI_SUBJECT_WARD;
        const struct repli_dataset *d = repli_dataset_get(in->data, ward ? "ward" : "patient");
        const char *id = d && d->nrows ? repli_dataset_cell(d, 0, ward ? "ward" : "identifier") : NULL;
        if (id)
            (void)repli_err_prefix(err, "%s %s", ward ? "ward" : "patient", id);
    }
    return status;
}
