/* Page flow: rows of the template take room from the top of a side to its bottom, then go on with the next side. */
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "repli/text.h"

struct side_build *repli_flow_side(struct flow *flow)
{
    if (flow->nsides == 0)
        repli_flow_new_side(flow);
    return flow->current;
}

static void blank_side(struct flow *flow)
{
    enum { SIDES_MAX = 40 };
    flow->y = flow->top = BODY_Y0;
    flow->end = BODY_Y1;
    if (flow->nsides == SIDES_MAX) {
        repli_trouble(&flow->trouble, "more than %d sides for one set", SIDES_MAX);
        return;
    }
    struct side_build *side = repli_arena_alloc(flow->a, sizeof *side);
    side->fixed = side->filled = (struct pen){.a = flow->a, .scratch = &flow->scratch, .t = &flow->trouble};
    side->verify[0] = side->verify[1] = -1;
    flow->sides = repli_arena_grow(flow->a, flow->sides, flow->nsides, flow->nsides + 1, sizeof *flow->sides);
    flow->sides[flow->nsides++] = flow->current = side;
}

/* What ends every side stands where it will end, before the rows: they flow down to it. */
static void place_bottom(struct flow *flow)
{
    struct para p = {STYLE_CAPTION, {REPLI_FACE_BOLD, 750}, BODY_X1 - BODY_X0, MM(3.4), false, false};
    if (!flow->form->bottom)
        return;
    size_t lines = repli_para(NULL, &flow->trouble, flow->a, &p, 0, 0, flow->form->bottom);
    flow->end = BODY_Y1 - (int32_t)lines * p.leading_um - MM(0.4);
    (void)repli_para(&flow->current->fixed, NULL, flow->a, &p, BODY_X0, flow->end + MM(2.9), flow->form->bottom);
}

void repli_flow_new_side(struct flow *flow)
{
    const struct repli_yaml *node = flow->trouble.node;
    blank_side(flow);
    if (flow->trouble.status != REPLI_OK)
        return;
    place_bottom(flow);
    for (size_t i = 0; i < flow->form->ntop && flow->trouble.status == REPLI_OK; i++) {
        flow->trouble.node = flow->form->top[i].node;
        flow->form->top[i].kind->place(flow, &flow->form->top[i]);
    }
    flow->top = flow->y;
    flow->trouble.node = node;
}

bool repli_flow_fits(const struct flow *flow, int32_t height_um)
{
    return flow->nsides > 0 && flow->y + height_um <= flow->end;
}

int32_t repli_flow_take(struct flow *flow, int32_t height_um, int32_t gap_um)
{
    (void)repli_flow_side(flow);
    if (!repli_flow_fits(flow, height_um) && flow->y > flow->top)
        repli_flow_new_side(flow);
    if (!repli_flow_fits(flow, height_um))
        repli_trouble(&flow->trouble, "needs %.1f mm of height, a side has %.1f mm", height_um / 1000.0,
                      (flow->end - flow->top) / 1000.0);
    int32_t y = flow->y;
    flow->y = repli_snap(y + height_um + gap_um);
    return y;
}

bool repli_flow_nobody(const struct flow *flow)
{
    enum repli_subject_kind subject = flow->in->subject ? flow->in->subject : flow->form->subject;
    return subject == REPLI_SUBJECT_DOWNTIME || subject == REPLI_SUBJECT_BLANK;
}

/* The days of the window as a range for a written day; open when the window runs over the end of a month. */
static struct repli_range window_days(const struct flow *flow)
{
    struct repli_civil from, to;
    if (repli_flow_nobody(flow)) /* kept in a cupboard until it is needed */
        return (struct repli_range){0};
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
        s->fields = repli_arena_grow(&flow->scratch, s->fields, s->capfields, cap, sizeof *s->fields);
        s->specs = repli_arena_grow(&flow->scratch, s->specs, s->capfields, cap, sizeof *s->specs);
        s->capfields = cap;
    }
    s->specs[s->nfields] = spec;
    struct repli_field *f = &s->fields[s->nfields++];
    *f = (struct repli_field){.kind = spec->kind,
                              .id = repli_arena_join(flow->a, prefix, ".", spec->id, NULL),
                              .role = spec->role,
                              .label = spec->label ? spec->label : "",
                              .unit = spec->unit,
                              .tier = spec->tier,
                              .decimals = spec->decimals,
                              .soft = spec->window_days ? window_days(flow) : spec->soft,
                              .hard = spec->hard,
                              .box = box};
    if (spec->group)
        f->group = repli_arena_join(flow->a, prefix, ".", spec->group, NULL);
    if (spec->nrows)
        band_rows(flow, spec, f);
    if (spec->code)
        f->key = repli_arena_join(flow->a, "{\"code_system\":\"", spec->code_system, "\",\"code\":\"", spec->code,
                                  "\",\"display\":\"", spec->display, "\"}", NULL);
    return f;
}

/* ---- captures */
static const struct {
    const char *kind;
    const char *roles[4]; /* what a capture cannot do without, besides its value */
} capture_kinds[] = {{"observation", {"at", "by", NULL}},
                     {"administration", {"at", "by", NULL}},
                     {"allergy", {"at", "by", NULL}},
                     {"movement", {"at", NULL}}};

static size_t count_role(const struct side_build *s, size_t from, const char *role)
{
    size_t n = 0;
    for (size_t i = from; i < s->nfields; i++)
        n += s->fields[i].role && strcmp(s->fields[i].role, role) == 0;
    return n;
}

void repli_flow_check_roles(struct flow *flow, size_t from, const char *kind, const struct repli_yaml *node,
                            const char *beside)
{
    const struct side_build *s = repli_flow_side(flow);
    static const char *const once[] = {"day", "at", "by"};
    for (size_t k = 0; k < sizeof capture_kinds / sizeof *capture_kinds; k++)
        for (size_t r = 0; strcmp(capture_kinds[k].kind, kind) == 0 && capture_kinds[k].roles[r]; r++)
            if (count_role(s, from, capture_kinds[k].roles[r]) == 0) {
                flow->trouble.node = node;
                repli_trouble(&flow->trouble, "a capture of kind %s needs a field with `role: %s` beside `%s`", kind,
                              capture_kinds[k].roles[r], beside);
            }
    for (size_t r = 0; r < 3; r++)
        if (count_role(s, from, once[r]) > 1) {
            flow->trouble.node = node;
            repli_trouble(&flow->trouble,
                          "two fields beside `%s` have `role: %s`: which one counts?  Leave one, or begin another row",
                          beside, once[r]);
        }
}

static struct repli_capture *new_capture(struct flow *flow, struct side_build *s)
{
    if (s->ncaptures == s->capcaptures) {
        size_t cap = s->capcaptures ? s->capcaptures * 2 : 64;
        s->captures = repli_arena_grow(&flow->scratch, s->captures, s->capcaptures, cap, sizeof *s->captures);
        s->capcaptures = cap;
    }
    return &s->captures[s->ncaptures++];
}

void repli_flow_capture(struct flow *flow, const struct capture_in *in)
{
    struct side_build *s = repli_flow_side(flow);
    struct repli_capture *c = new_capture(flow, s);
    size_t room = s->nfields - in->from + 2;
    *c = (struct repli_capture){.id = in->id, .kind = in->kind, .key = in->key, .base = in->base};
    c->roles = repli_arena_array(flow->a, room, sizeof *c->roles);
    c->fields = repli_arena_array(flow->a, room, sizeof *c->fields);
    for (size_t i = in->from; i < s->nfields; i++)
        if (s->fields[i].role && !s->fields[i].capture) {
            s->fields[i].capture = in->kind;
            c->roles[c->nmembers] = s->fields[i].role;
            c->fields[c->nmembers++] = i;
        }
    for (size_t i = 0; i < 2; i++)
        if (in->shared[i] >= 0) {
            struct repli_field *f = &s->fields[in->shared[i]];
            f->capture = in->kind;
            c->roles[c->nmembers] = f->role;
            c->fields[c->nmembers++] = (size_t)in->shared[i];
        }
    if (in->main < s->nfields && !s->fields[in->main].key) {
        s->fields[in->main].key = in->key;
        s->fields[in->main].base = in->base;
    }
}

/* The rest of a key, behind what the row says. */
static const char *field_key(struct flow *flow, const struct side_build *s, size_t value, const char *key)
{
    const struct field_spec *spec = s->specs[value];
    const struct capture_spec *k = &spec->capture;
    if (k->sum)
        return repli_arena_printf(flow->a, "{\"sum\":\"%s\",\"of\":\"%s\"}", k->sum, k->of);
    if (k->direction && !strstr(key, "\"hour\"")) {
        flow->trouble.node = spec->node;
        repli_trouble(&flow->trouble, "an amount stands in a block whose `marks` are hours: 06, 07 ...");
    }
    return repli_arena_join(
        flow->a, "{", key, "\"code_system\":\"", k->system, "\",\"code\":\"", k->code, k->unit ? "\",\"unit\":\"" : "",
        k->unit ? k->unit : "", k->display ? "\",\"display\":\"" : "", k->display ? k->display : "",
        k->direction ? "\",\"direction\":\"" : "", k->direction ? k->direction : "",
        k->each ? "\",\"each\":true" : "\"", repli_flow_scores(flow, s, value), repli_flow_last(flow, k), "}", NULL);
}

/* Does field `i` belong to the capture of the field `value`?  Others of the row do, but those of another one alone. */
static bool belongs(const struct side_build *s, size_t i, size_t value)
{
    const struct field_spec *f = s->specs[i];
    if (!s->fields[i].role || (i != value && f->capture.kind))
        return false;
    return !f->of || strcmp(f->of, s->specs[value]->id) == 0;
}

/* The day that is written once for a whole chart of hours; SIZE_MAX: none on this side. */
static size_t first_day(const struct side_build *s)
{
    for (size_t i = 0; i < s->nfields; i++)
        if (s->fields[i].role && strcmp(s->fields[i].role, "first_day") == 0)
            return i;
    return SIZE_MAX;
}

static void add_capture(struct flow *flow, struct side_build *s, size_t from, size_t value, const char *key)
{
    const struct field_spec *spec = s->specs[value];
    struct repli_capture *c = new_capture(flow, s);
    size_t room = s->nfields - from + 1, day = spec->capture.direction ? first_day(s) : SIZE_MAX;
    *c = (struct repli_capture){.id = s->fields[value].id, .kind = spec->capture.kind};
    c->key = field_key(flow, s, value, key);
    c->roles = repli_arena_array(flow->a, room, sizeof *c->roles);
    c->fields = repli_arena_array(flow->a, room, sizeof *c->fields);
    for (size_t i = from; i < s->nfields; i++) {
        if (!belongs(s, i, value))
            continue;
        s->fields[i].capture = c->kind;
        c->roles[c->nmembers] = s->fields[i].role;
        c->fields[c->nmembers++] = i;
    }
    if (day != SIZE_MAX) {
        s->fields[day].capture = c->kind;
        c->roles[c->nmembers] = s->fields[day].role;
        c->fields[c->nmembers++] = day;
    }
    s->fields[value].key = c->key;
}

void repli_flow_captures(struct flow *flow, size_t from, const char *key)
{
    struct side_build *s = repli_flow_side(flow);
    const char *checked = NULL; /* a kind asks the same of all captures of a row */
    for (size_t i = from; i < s->nfields; i++) {
        const char *kind = s->specs[i]->capture.kind;
        if (!kind)
            continue;
        if (!checked || strcmp(checked, kind) != 0)
            repli_flow_check_roles(flow, from, kind, s->specs[i]->node, s->specs[i]->id);
        checked = kind;
        add_capture(flow, s, from, i, key);
    }
}

/* ---- data */
const struct repli_dataset *repli_flow_data(const struct flow *flow, const char *name)
{
    return repli_dataset_get(flow->in->data, name);
}

const char *repli_flow_put(struct flow *flow, const char *text)
{
    const struct repli_layout_in *in = flow->in;
    if (text && repli_flow_nobody(flow)) { /* whenever it will be used */
        text = repli_form_put(text, "taken", "\xE2\x80\x94", flow->a);
        text = repli_form_put(text, "start", "\xE2\x80\xA6", flow->a);
        return repli_form_put(text, "end", "\xE2\x80\xA6", flow->a);
    }
    const char *taken = in->taken_utc ? repli_form_time(flow->form, in->zone, in->taken_utc, false, flow->a)
                                      : flow->form->t[TEXT_UNKNOWN];
    if (!text || !strchr(text, '{'))
        return text;
    text = repli_form_put(text, "taken", taken, flow->a);
    text =
        repli_form_put(text, "start", repli_form_time(flow->form, in->zone, in->window_utc, false, flow->a), flow->a);
    return repli_form_put(
        text, "end",
        repli_form_time(flow->form, in->zone, in->window_utc + (int64_t)in->window_hours * 3600, false, flow->a),
        flow->a);
}

struct pen *repli_flow_pen(struct flow *flow, const char *text)
{
    struct side_build *side = repli_flow_side(flow);
    return text && strchr(text, '{') ? &side->filled : &side->fixed;
}

/* ---- a whole layout */

/* An hour early rather than an hour late: the window begins with the full hour before the printing. */
bool repli_layout_history(const struct repli_layout_in *in)
{
    return in->taken_utc && in->window_utc + 3600 - in->taken_utc > (int64_t)in->form->hours.history * 3600;
}

bool repli_layout_sign(const struct repli_layout_in *in)
{
    bool old = in->taken_utc && in->window_utc + 3600 - in->taken_utc > (int64_t)in->form->hours.sign * 3600;
    return !repli_layout_history(in) && (old || in->follows);
}

/* 64 bits of a text or a number into a sum: quick rather than strong.  Should two lists ever share a name by chance,
** print compares them and refuses; nothing is drawn wrongly. */
static uint64_t mixed(uint64_t sum, uint64_t v)
{
    sum = (sum ^ v) * UINT64_C(0x9E3779B97F4A7C15);
    return sum ^ sum >> 29;
}

static uint64_t mixed_text(uint64_t sum, const char *s)
{
    size_t n = s ? strlen(s) : 0;
    sum = mixed(sum, s ? n + 1 : 0);
    for (uint64_t v = 0; n > 0; v = 0) {
        size_t some = n < sizeof v ? n : sizeof v;
        memcpy(&v, s, some);
        sum = mixed(sum, v);
        s += some;
        n -= some;
    }
    return sum;
}

/* Names a fixed list by its content, so that sides which share a name share every line. */
static const char *layer_name(const struct flow *flow, const struct side_build *s, int number)
{
    uint64_t sum = s->fixed.list.count;
    for (size_t i = 0; i < s->fixed.list.count; i++) {
        const struct repli_draw *d = &s->fixed.list.items[i];
        const int32_t v[] = {(int32_t)d->kind << 1 | d->white,    d->x0, d->y0, d->x1, d->y1, d->line_um, d->dash_um,
                             (int32_t)d->face << 16 | d->size_cpt};
        for (size_t k = 0; k < sizeof v / sizeof *v; k += 2)
            sum = mixed(sum, (uint64_t)(uint32_t)v[k] << 32 | (uint32_t)v[k + 1]);
        sum = mixed_text(sum, d->text);
    }
    return repli_arena_printf(flow->a, "%s-%d-%s-%d-%016" PRIx64, flow->form->id, flow->form->version, flow->form->lang,
                              number, sum);
}

/* `count` things in an array of just that size, in the arena of the layout. */
static void *kept(struct flow *flow, void *grown, size_t count, size_t size)
{
    return repli_arena_grow(flow->a, grown, count, count, size);
}

/* The texts of the band, as they are drawn: a scan is held against them.  A side without fields is never read. */
static void keep_band(struct flow *flow, struct repli_side *side)
{
    const struct repli_draw_list *list = &side->filled;
    struct repli_page_map *map = &side->map;
    if (map->nfields == 0)
        return;
    map->printed = repli_arena_array(flow->a, list->count + 1, sizeof *map->printed);
    for (size_t i = 0; i < list->count; i++) {
        const struct repli_draw *d = &list->items[i];
        if (d->kind == REPLI_DRAW_TEXT && !d->white && d->y0 > MM(16) && d->y0 < MM(40) && d->x0 < MM(176))
            map->printed[map->nprinted++] = (struct repli_printed){d->x0, d->y0, d->face, d->size_cpt, d->text};
    }
    map->printed = kept(flow, map->printed, map->nprinted, sizeof *map->printed);
}

static void finish_side(struct flow *flow, size_t i, size_t sides, struct repli_side *out)
{
    struct side_build *s = flow->sides[i];
    *out = (struct repli_side){0};
    flow->current = s;
    if (flow->form->bare)
        repli_furniture_bare(flow, (int)i + 1, (int)sides, out);
    else
        repli_furniture(flow, s, (int)i + 1, (int)sides, out);
    struct repli_draw_list *fixed = &s->fixed.list, *filled = &s->filled.list;
    fixed->items = kept(flow, fixed->items, fixed->count, sizeof *fixed->items);
    filled->items = kept(flow, filled->items, filled->count, sizeof *filled->items);
    out->fixed = *fixed;
    out->filled = *filled;
    out->layer = layer_name(flow, s, (int)i + 1);
    out->map.fields = kept(flow, s->fields, s->nfields, sizeof *s->fields);
    out->map.nfields = s->nfields;
    out->map.captures = kept(flow, s->captures, s->ncaptures, sizeof *s->captures);
    out->map.ncaptures = s->ncaptures;
    keep_band(flow, out);
    out->outage = s->gap;
    out->bare = flow->form->bare;
    out->drill = s->drill;
    out->ndrill = s->ndrill;
    out->history = flow->history;
    out->sign = flow->sign;
}

static enum repli_status check_sides(struct flow *flow, const struct repli_layout *layout)
{
    for (size_t i = 0; i < layout->nsides; i++) {
        const struct side_build *s = flow->sides[i];
        struct check_origin origin = {s->fixed.nodes, s->filled.nodes, s->specs, flow->form};
        if (repli_check_side(&layout->sides[i], &origin, flow->in->known, flow->a, flow->trouble.err) != REPLI_OK)
            return REPLI_DATA;
    }
    return REPLI_OK;
}

static enum repli_status make(struct flow *flow, struct repli_layout *out)
{
    for (size_t i = 0; i < flow->form->nrows && flow->trouble.status == REPLI_OK; i++) {
        const struct row *row = &flow->form->rows[i];
        flow->trouble.node = row->node;
        if (repli_row_shown(flow, row))
            row->kind->place(flow, row);
    }
    flow->trouble.node = NULL;
    (void)repli_flow_side(flow);
    if (flow->nsides % 2 == 1 && !flow->form->bare)
        blank_side(flow);
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

enum repli_status repli_layout_try(const struct repli_layout_in *in, struct repli_arena *a, struct repli_layout *out,
                                   struct repli_err *err)
{
    struct flow flow = {
        .in = in, .form = in->form, .a = a, .x0 = BODY_X0, .x1 = BODY_X1, .trouble = {.err = err, .form = in->form}};
    flow.history = repli_layout_history(in);
    flow.sign = repli_layout_sign(in);
    const char *const *names = repli_form_datasets(in->form);
    for (size_t i = 0; names[i]; i++)
        if (!repli_dataset_get(in->data, names[i]))
            return repli_fail(err, REPLI_DATA, "form %s needs the dataset %s, which the snapshot does not have",
                              in->form->id, names[i]);
    enum repli_status status = make(&flow, out);
    repli_arena_done(&flow.scratch);
    return status;
}

enum repli_status repli_layout_make(const struct repli_layout_in *in, struct repli_arena *a, struct repli_layout *out,
                                    struct repli_err *err)
{
    enum repli_status status = repli_layout_try(in, a, out, err);
    if (status != REPLI_OK && err) {
        bool ward = in->form->subject != REPLI_SUBJECT_PATIENT;
        const struct repli_dataset *d = repli_dataset_get(in->data, ward ? "ward" : "patient");
        const char *id = d && d->nrows ? repli_dataset_cell(d, 0, ward ? "ward" : "identifier") : NULL;
        if (id)
            (void)repli_err_prefix(err, "%s %s", ward ? "ward" : "patient", id);
    }
    return status;
}
