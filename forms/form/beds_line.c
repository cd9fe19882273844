/* One line of a ward's census: who lies there, why, what must be known, what is due next.  Texts are measured first, so
** that a line is as high as it must be: a name is never cut. */
#include <string.h>

#include "beds.h"
#include "orders.h"
#include "repli/text.h"

/* Room to the rules above and below, and below a line that has to be higher than usual; what cannot be read in four
** lines is not even measured. */
enum { EDGE_UM = 350, LOW_EDGE_UM = 270, GROWN_EDGE_UM = 850, BETWEEN_UM = 120, LINES_MAX = 4, BYTES_MAX = 800 };

static const char *cell(const struct beds_data *d, size_t row, const char *column)
{
    const char *text = repli_dataset_cell(d->set, row, column);
    return text && *text ? text : NULL;
}

const char *repli_beds_name(const struct beds_data *d, size_t row)
{
    if (!cell(d, row, "patient_id"))
        return NULL;
    return repli_form_name(d->flow, cell(d, row, "family"), cell(d, row, "given"), cell(d, row, "name_text"));
}

/* A bed whose name begins with that of its room says both. */
static bool bed_says_room(const char *room, const char *bed)
{
    size_t n = strlen(room);
    return strncmp(bed, room, n) == 0 && strchr("-/. ", bed[n]) != NULL;
}

const char *repli_beds_place(const struct beds_data *d, size_t row)
{
    const char *room = cell(d, row, "room"), *bed = cell(d, row, "bed");
    if (!cell(d, row, "bed_id"))
        return NULL;
    return bed && room && !bed_says_room(room, bed) ? repli_arena_printf(d->flow->a, "%s %s", room, bed)
           : bed                                    ? bed
           : room                                   ? room
                                                    : d->flow->form->t[TEXT_UNKNOWN];
}

/* ---- columns: texts below each other */
struct column {
    const struct beds_data *d;
    struct beds_line *line;
    int32_t x, room_um;
    int32_t first_um, second_um; /* first and second baseline, at least */
    int32_t used_um;             /* to the lowest ink so far */
};

static struct beds_run *add_run(struct column *c, struct style style, const char *text, size_t lines_max)
{
    struct beds_line *line = c->line;
    int32_t above = 0, below = 0;
    struct para p = {style, style, c->room_um, 0, true, false};
    text = strlen(text) > BYTES_MAX ? c->d->spec->too_long : text;
    p.leading_um = repli_pen_leading(style, text, style.cpt * 36 / 10);
    size_t lines = repli_para(NULL, NULL, c->d->flow->a, &p, 0, 0, text);
    if (line->count == sizeof line->runs / sizeof *line->runs || lines > lines_max) {
        text = c->d->spec->too_long;
        p.leading_um = repli_pen_leading(style, text, style.cpt * 36 / 10);
        lines = repli_para(NULL, NULL, c->d->flow->a, &p, 0, 0, text);
        line->count -= line->count == sizeof line->runs / sizeof *line->runs;
    }
    repli_pen_ink(style, text, &above, &below);
    int32_t base = c->used_um == 0 ? EDGE_UM + above : c->used_um + BETWEEN_UM + above;
    int32_t usual = c->used_um == 0 ? c->first_um : c->second_um;
    base = base < usual ? usual : base;
    struct beds_run *run = &line->runs[line->count++];
    *run = (struct beds_run){.text = text, .para = p, .align = ALIGN_LEFT, .x = c->x, .base_um = base};
    c->used_um = base + (int32_t)(lines - 1) * p.leading_um + below;
    if (c->used_um + LOW_EDGE_UM > line->height_um)
        line->height_um = repli_snap(c->used_um + GROWN_EDGE_UM);
    return run;
}

/* A text that may be told shorter: the largest size in which it fits on one line, else its first words and three
** points. */
static void add_short(struct column *c, enum repli_face face, const int32_t *sizes, const char *text)
{
    if (strlen(text) > BYTES_MAX) { /* a few hundred signs begin it as well as all */
        size_t n = BYTES_MAX;
        while (n > 0 && (text[n] & 0xC0) == 0x80)
            n--;
        text = repli_arena_strndup(c->d->flow->a, text, n);
    }
    struct style style = {face, repli_pen_fit(face, sizes, c->room_um, text)};
    const char *shown = text;
    for (size_t n = strlen(text); n > 0 && repli_pen_width(style, shown) > c->room_um;) {
        while (n > 0 && (text[n - 1] & 0xC0) == 0x80)
            n--;
        n -= n > 0;
        if (n > 0 && text[n] != ' ' && strchr(text, ' ') && strchr(text, ' ') < text + n)
            continue; /* at the end of a word, where there is one */
        size_t end = n;
        while (end > 1 && strchr(" ,;:-", text[end - 1]))
            end--;
        shown = repli_arena_printf(c->d->flow->a, "%.*s\xE2\x80\xA6", (int)end, text);
    }
    (void)add_run(c, style, shown, 1);
}

static void add_place(struct column *c, size_t row, bool dense, bool show_room)
{
    static const int32_t sizes[] = {1100, 1000, 900, 800, 700, 0}, small[] = {1000, 900, 800, 700, 0};
    const struct beds_data *d = c->d;
    const char *room = cell(d, row, "room"), *bed = cell(d, row, "bed");
    const int32_t *fit = dense ? small : sizes;
    if (!cell(d, row, "bed_id")) {
        if (room && show_room)
            (void)add_run(c, (struct style){REPLI_FACE_BOLD, 900}, room, 2);
        (void)add_run(c, STYLE_CAPTION, d->spec->no_bed, 2);
        return;
    }
    bed = bed ? bed : d->flow->form->t[TEXT_UNKNOWN];
    bool apart = room && !bed_says_room(room, bed);
    const int32_t bed_room = MM(6.6), left = c->room_um - bed_room;
    struct style of_room = {REPLI_FACE_BOLD, apart ? repli_pen_fit(REPLI_FACE_BOLD, fit, left, room) : fit[0]};
    struct style of_bed = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, fit, apart ? bed_room : c->room_um, bed)};
    if (apart && repli_pen_width(of_room, room) <= left && repli_pen_width(of_bed, bed) <= bed_room) {
        struct column second = *c;
        second.x += left;
        second.used_um = 0;
        second.room_um = bed_room;
        if (show_room)
            (void)add_run(c, of_room, room, 1);
        (void)add_run(&second, of_bed, bed, 1);
    } else if (apart) { /* long names stand below each other */
        if (show_room)
            (void)add_run(c, STYLE_STRONG, room, LINES_MAX);
        (void)add_run(c, STYLE_STRONG, bed, LINES_MAX);
    } else {
        (void)add_run(c, of_bed, bed, LINES_MAX);
    }
}

static const char *empty_bed(const struct beds_data *d)
{
    const struct repli_dataset *ward = repli_flow_data(d->flow, "ward");
    const char *utc = ward ? repli_dataset_cell(ward, 0, "data_utc") : NULL, *at = d->flow->form->t[TEXT_UNKNOWN];
    int64_t when = 0;
    if (utc && repli_integer(utc, 0, 7258118400, &when))
        at = repli_form_time(d->flow->form, d->flow->in->zone, when, false, d->flow->a);
    return repli_form_put(d->spec->empty_bed, "time", at, d->flow->a);
}

static void add_who(struct column *c, size_t row, bool dense)
{
    static const int32_t sizes[] = {1000, 950, 900, 850, 800, 0}, small[] = {900, 850, 800, 750, 0};
    const struct beds_data *d = c->d;
    const char *const *t = d->flow->form->t;
    const char *name = repli_beds_name(d, row);
    struct style plain = {REPLI_FACE_MEDIUM, dense ? 700 : 750};
    if (!name) {
        (void)add_run(c, (struct style){REPLI_FACE_MEDIUM, dense ? 800 : 850}, empty_bed(d), 2);
        return;
    }
    name = strlen(name) > BYTES_MAX ? d->spec->too_long : name;
    struct style strong = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, dense ? small : sizes, c->room_um, name)};
    (void)add_run(c, strong, name, LINES_MAX);
    const char *birth = repli_form_date(d->flow->form, cell(d, row, "birth_date"), d->flow->a);
    const char *number = cell(d, row, "identifier");
    const char *text =
        repli_arena_printf(d->flow->a, "%s   %s   %s", birth ? birth : t[TEXT_UNKNOWN],
                           repli_form_sex(d->flow->form, cell(d, row, "gender")), number ? number : t[TEXT_UNKNOWN]);
    (void)add_run(c, plain, text, LINES_MAX);
}

static void add_why(struct column *c, size_t row)
{
    static const int32_t sizes[] = {750, 700, 0}, doctor[] = {750, 700, 650, 0};
    const char *reason = cell(c->d, row, "reason"), *attending = cell(c->d, row, "attending");
    if (reason)
        add_short(c, REPLI_FACE_MEDIUM, sizes, reason);
    if (attending)
        (void)add_run(
            c, (struct style){REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, doctor, c->room_um, attending)},
            attending, LINES_MAX);
}

static void add_plate(struct column *c, const char *text)
{
    static const int32_t sizes[] = {700, 650, 600, 550, 0};
    struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, c->room_um - MM(1.4), text)};
    struct column inner = *c;
    inner.x += MM(0.7);
    inner.used_um = c->used_um + (c->used_um ? MM(0.5) : 0);
    inner.first_um = MM(2.75);
    inner.second_um = 0;
    inner.room_um = repli_pen_width(style, text);
    struct beds_run *run = add_run(&inner, style, text, 1);
    run->plate = true;
    c->used_um = run->base_um + MM(0.75);
}

/* What a nurse must know who does not know the patient.  A new warning: a column of the dataset, and a line here. */
static void add_alerts(struct column *c, size_t row)
{
    static const char *const more[] = {"care_limits", "isolation"};
    static const int32_t sizes[] = {750, 700, 650, 0};
    const struct beds_data *d = c->d;
    const char *homonym = cell(d, row, "homonym"), *dead = cell(d, row, "deceased"), *allergy = cell(d, row, "allergy");
    if (dead && strcmp(dead, "1") == 0)
        add_plate(c, d->flow->form->t[TEXT_DECEASED]);
    if (homonym && strcmp(homonym, "1") == 0)
        add_plate(c, d->flow->form->t[TEXT_NAMESAKE]);
    bool yes = allergy && strcmp(allergy, "yes") == 0;
    const char *text = !allergy                             ? d->spec->not_sent
                       : yes                                ? d->spec->allergy
                       : strcmp(allergy, "none-known") == 0 ? d->spec->no_allergy
                                                            : d->spec->not_asked;
    enum repli_face face = yes ? REPLI_FACE_BOLD : REPLI_FACE_MEDIUM;
    (void)add_run(c, (struct style){face, repli_pen_fit(face, sizes, c->room_um, text)}, text, 2);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (cell(d, row, more[i]))
            (void)add_run(c, (struct style){REPLI_FACE_BOLD, 700}, cell(d, row, more[i]), LINES_MAX);
}

static bool order_time(const struct repli_dataset *set, size_t row, const char *column, int64_t *out)
{
    const char *text = repli_dataset_cell(set, row, column);
    return text && repli_integer(text, -2208988800, 7258118400, out);
}

/* The first dose of one order that is due in the window, by what the order says; 0: it says nothing. */
static int64_t first_due(const struct beds_data *d, size_t row)
{
    const struct repli_dataset *o = d->orders;
    const struct repli_layout_in *in = d->flow->in;
    const char *status = repli_dataset_cell(o, row, "status"), *needed = repli_dataset_cell(o, row, "as_needed");
    const char *frequency = repli_dataset_cell(o, row, "frequency");
    struct schedule due;
    struct schedule_in ask = {.zone = in->zone,
                              .from_utc = in->window_utc,
                              .to_utc = in->window_utc + (int64_t)in->window_hours * 3600,
                              .times = repli_dataset_cell(o, row, "times"),
                              .once = repli_drug_once(d->flow->form->drugs, frequency, d->flow->a)};
    if (!status || strcmp(status, "active") != 0 || (needed && strcmp(needed, "1") == 0) ||
        repli_drug_as_needed(d->flow->form->drugs, frequency, d->flow->a))
        return 0;
    (void)order_time(o, row, "period_s", &ask.period_s);
    ask.has_start = order_time(o, row, "start_utc", &ask.start_utc);
    ask.has_end = order_time(o, row, "end_utc", &ask.end_utc);
    repli_schedule(&ask, &due);
    return due.known && due.count > 0 ? due.due[0] : 0;
}

const int64_t *repli_beds_next(const struct beds_data *d)
{
    int64_t *next = repli_arena_array(d->flow->a, (d->set ? d->set->nrows : 0) + 1, sizeof *next);
    for (size_t o = 0; d->orders && d->set && o < d->orders->nrows; o++) {
        const char *who = repli_dataset_cell(d->orders, o, "patient_id");
        int64_t due = who ? first_due(d, o) : 0;
        for (size_t i = 0; due && i < d->set->nrows; i++) {
            const char *here = repli_dataset_cell(d->set, i, "patient_id");
            if (here && strcmp(here, who) == 0 && (next[i] == 0 || due < next[i]))
                next[i] = due;
        }
    }
    return next;
}

/* When the next dose is due, and the last score; a score of 5 and more is bold. */
static void add_next(struct column *c, size_t row, bool dense)
{
    const struct beds_data *d = c->d;
    const char *news = cell(d, row, "news");
    int64_t score = 0;
    if (d->next_utc[row]) {
        struct repli_civil t;
        repli_zone_civil(d->flow->in->zone, d->next_utc[row], &t);
        struct style bold = {REPLI_FACE_BOLD, dense ? 950 : 1050};
        add_run(c, bold, repli_arena_printf(d->flow->a, "%02d:%02d", t.hour, t.minute), 1)->align = ALIGN_RIGHT;
    }
    if (!news)
        return;
    bool high = repli_integer(news, 5, 20, &score);
    struct style style = {high ? REPLI_FACE_BOLD : REPLI_FACE_MEDIUM, dense ? 700 : 750};
    add_run(c, style, repli_arena_printf(d->flow->a, "N\xC2\xA0%s", repli_form_decimal(news, d->flow->a)), 1)->align =
        ALIGN_RIGHT;
}

void repli_beds_measure(const struct beds_data *d, size_t row, bool dense, bool show_room, struct beds_line *out)
{
    int32_t first = dense ? MM(2.95) : MM(3.25), second = dense ? MM(5.55) : MM(6.05);
    *out = (struct beds_line){.room = cell(d, row, "room"), .height_um = dense ? MM(6.5) : MM(7.0)};
    struct column place = {d, out, BEDS_BED_X, BEDS_WHO_X - BEDS_BED_X - MM(1.2), first + MM(0.5), second, 0};
    struct column who = {d, out, BEDS_WHO_X, BEDS_WHY_X - BEDS_WHO_X - MM(1.2), first, second, 0};
    struct column why = {d, out, BEDS_WHY_X, BEDS_ALERTS_X - BEDS_WHY_X - MM(1.2), first, second, 0};
    struct column alerts = {d, out, BEDS_ALERTS_X, MM(18.2), first, second, 0};
    struct column next = {d, out, BEDS_NEXT_X1 - MM(10.6), MM(10.4), first, second, 0};
    add_place(&place, row, dense, show_room);
    add_who(&who, row, dense);
    if (!cell(d, row, "patient_id"))
        return;
    add_why(&why, row);
    add_alerts(&alerts, row);
    add_next(&next, row, dense);
}

void repli_beds_draw(const struct beds_data *d, const struct beds_line *line, int32_t y)
{
    struct pen *pen = &repli_flow_side(d->flow)->filled;
    for (size_t i = 0; i < line->count; i++) {
        const struct beds_run *r = &line->runs[i];
        if (r->plate) {
            int32_t width = repli_pen_width(r->para.plain, r->text);
            repli_pen_fill(pen, repli_box_make(r->x - MM(0.7), y + r->base_um - MM(2.35), width + MM(1.4), MM(3.05)));
            repli_pen_white(pen, r->para.plain, ALIGN_LEFT, r->x, y + r->base_um, width, r->text);
        } else if (r->align == ALIGN_RIGHT) {
            repli_pen_text(pen, r->para.plain, ALIGN_RIGHT, r->x + r->para.room_um, y + r->base_um, r->para.room_um,
                           r->text);
        } else {
            (void)repli_para(pen, NULL, d->flow->a, &r->para, r->x, y + r->base_um, r->text);
        }
    }
}
