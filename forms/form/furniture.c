/* What stands on every side in the same place: marks, patient band, foot.  All in mm from the top-left corner. */
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "form_internal.h"
#include "repli/text.h"

const struct repli_point repli_mark_points[5] = {
    {11000, 11000}, {199000, 11000}, {199000, 286000}, {11000, 286000}, {11000, 68500}};
const struct repli_box repli_code_boxes[2] = {{179090, 18570, 197960, 37440}, {20000, 269630, 38870, 288500}};

enum { BAND_X = 23000, BAND_ROOM = 150000, BAND_LEFT_ROOM = 122000, FOOT_X = 44000, FOOT_ROOM = 149600 };

static const char *cell(const struct flow *flow, const char *set, const char *column)
{
    const struct repli_dataset *d = repli_flow_data(flow, set);
    const char *text = d && d->nrows ? repli_dataset_cell(d, 0, column) : NULL;
    return text && *text ? text : NULL;
}

/* A surname in capitals; a sharp s stays what it is, since two capital S would be another name. */
static const char *upper(struct repli_arena *a, const char *s)
{
    struct repli_buf b = {0};
    while (*s) {
        const char *from = s;
        uint32_t cp = repli_utf8_next(&s);
        uint8_t out[4];
        utf8proc_ssize_t n = cp == 0xDF ? 0 : utf8proc_encode_char(utf8proc_toupper((utf8proc_int32_t)cp), out);
        if (n > 0)
            repli_buf_add(&b, out, (size_t)n);
        else
            repli_buf_add(&b, from, (size_t)(s - from));
    }
    const char *text = repli_arena_strndup(a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    return text;
}

const char *repli_form_name(struct flow *flow, const char *family, const char *given, const char *whole)
{
    if (family && given)
        return repli_arena_printf(flow->a, "%s, %s", upper(flow->a, family), given);
    if (family)
        return upper(flow->a, family);
    return whole ? whole : given ? given : flow->form->t[TEXT_UNKNOWN];
}

static const char *patient_name(struct flow *flow)
{
    return repli_form_name(flow, cell(flow, "patient", "family"), cell(flow, "patient", "given"),
                           cell(flow, "patient", "name_text"));
}

/* Whole years at the window's start, or months below two years; NULL when the day of birth is not wholly known. */
static const char *age_text(const struct flow *flow, const char *birth)
{
    int y = 0, m = 0, d = 0;
    struct repli_civil now;
    char number[16];
    if (!birth || !repli_date_valid(birth) || sscanf(birth, "%4d-%2d-%2d", &y, &m, &d) != 3)
        return NULL;
    repli_zone_civil(flow->in->zone, flow->in->window_utc, &now);
    int months = (now.year - y) * 12 + now.month - m - (now.day < d ? 1 : 0);
    if (months < 0)
        return NULL;
    (void)snprintf(number, sizeof number, "%d", months < 24 ? months : months / 12);
    return repli_form_put(flow->form->t[months < 24 ? TEXT_MONTHS_OLD : TEXT_YEARS], "n", number, flow->a);
}

const char *repli_form_sex(const struct repli_form *form, const char *gender)
{
    enum form_text t = !gender || strcmp(gender, "unknown") == 0 ? TEXT_NO_SEX
                       : strcmp(gender, "male") == 0             ? TEXT_MALE
                       : strcmp(gender, "female") == 0           ? TEXT_FEMALE
                                                                 : TEXT_OTHER_SEX;
    return form->t[t];
}

/* One line of captions (regular) and data (bold), in the largest size that fits. */
struct piece {
    const char *text;
    bool strong;
    int32_t gap_um; /* before it */
};

static int32_t pieces_width(const struct piece *p, size_t n, const int32_t cpt[2])
{
    int32_t width = 0;
    for (size_t i = 0; i < n; i++)
        width += p[i].gap_um + repli_pen_width((struct style){p[i].strong ? REPLI_FACE_BOLD : REPLI_FACE_REGULAR,
                                                              cpt[p[i].strong ? 0 : 1]},
                                               p[i].text);
    return width;
}

static void pieces_draw(struct pen *pen, const struct piece *p, size_t n, int32_t x, int32_t baseline, int32_t room_um)
{
    static const int32_t sizes[][2] = {{1100, 850}, {1000, 800}, {900, 750}, {800, 700}, {700, 700}};
    size_t k = 0;
    while (k + 1 < sizeof sizes / sizeof *sizes && pieces_width(p, n, sizes[k]) > room_um)
        k++;
    int32_t end = x + room_um;
    for (size_t i = 0; i < n; i++) {
        struct style style = {p[i].strong ? REPLI_FACE_BOLD : REPLI_FACE_REGULAR, sizes[k][p[i].strong ? 0 : 1]};
        x += p[i].gap_um;
        repli_pen_text(pen, style, ALIGN_LEFT, x, baseline, end - x, p[i].text);
        x += repli_pen_width(style, p[i].text);
    }
}

/* Name: 15 pt on one line, else 14 or 12 on two, else 10 or 9 on three; accents that are stacked on capitals count.
** Gives the baselines of the two lines below it. */
static void band_name(struct flow *flow, struct pen *pen, const char *name, int32_t room_um, int32_t below[2])
{
    static const struct {
        int32_t cpt, first_um, leading_um, below[2];
        size_t lines;
    } ways[] = {{1500, 23400, 0, {30000, 36200}, 1},
                {1400, 21950, 5150, {32200, 37000}, 2},
                {1200, 21700, 4900, {31800, 36800}, 2},
                {1000, 20700, 4000, {33000, 37200}, 3},
                {900, 20400, 4000, {32800, 37200}, 3}};
    const int32_t top = MM(17.1), figures = MM(3.0); /* inner edge of the frame; height of the line below */
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct style style = {REPLI_FACE_BOLD, ways[i].cpt};
        bool breaks = ways[i].lines == 3; /* only the last ways may break a word */
        struct para p = {style, style, room_um, repli_pen_leading(style, name, ways[i].leading_um), true, !breaks};
        struct trouble none = {.err = NULL};
        size_t lines = repli_para(NULL, &none, flow->a, &p, 0, 0, name);
        int32_t up = 0, down = 0;
        repli_pen_ink(style, name, &up, &down);
        int32_t first = ways[i].first_um - up > top ? ways[i].first_um : top + up;
        int32_t last = first + (int32_t)(lines - 1) * p.leading_um;
        if (lines > ways[i].lines || none.status != REPLI_OK || last + down > ways[i].below[0] - figures)
            continue;
        (void)repli_para(pen, NULL, flow->a, &p, BAND_X, first, name);
        memcpy(below, ways[i].below, sizeof ways[i].below);
        return;
    }
    repli_trouble(&flow->trouble, "the name \"%s\" does not fit the band: three lines of 9 pt are too few", name);
}

static void plate(struct pen *pen, int32_t y, const char *text)
{
    int32_t width = repli_pen_width(STYLE_SECTION, text) + MM(5);
    repli_pen_fill(pen, repli_box_make(MM(173.4) - width, y, width, MM(5)));
    repli_pen_white(pen, STYLE_SECTION, ALIGN_LEFT, MM(173.4) - width + MM(2.5), y + MM(3.65), width, text);
}

/* Ward, room and bed, doctor; a bed that was not transmitted shows a dash. */
static void band_place(struct flow *flow, struct pen *pen, int32_t baseline)
{
    const char *const *t = flow->form->t;
    const char *ward = cell(flow, "stay", "ward_name"), *bed = cell(flow, "stay", "bed"),
               *room = cell(flow, "stay", "room");
    const char *doctor = cell(flow, "stay", "attending");
    struct repli_arena *a = flow->a;
    static const int32_t sizes[] = {850, 800, 750, 700, 0};
    ward = ward ? ward : cell(flow, "stay", "ward") ? cell(flow, "stay", "ward") : t[TEXT_UNKNOWN];
    const char *text = repli_arena_printf(a, "%s \xC2\xB7 %s%s%s%s%s\xC2\xA0%s%s%s", ward, room ? t[TEXT_ROOM] : "",
                                          room ? "\xC2\xA0" : "", room ? room : "", room ? ", " : "", t[TEXT_BED],
                                          bed ? bed : "\xE2\x80\x94", doctor ? " \xC2\xB7 " : "", doctor ? doctor : "");
    int32_t cpt = repli_pen_fit(REPLI_FACE_REGULAR, sizes, BAND_LEFT_ROOM, text);
    struct style style = {cpt == 850 ? REPLI_FACE_REGULAR : REPLI_FACE_MEDIUM, cpt};
    struct para p = {style, style, BAND_LEFT_ROOM, MM(2.7), true, false};
    p.leading_um = repli_pen_leading(style, text, p.leading_um);
    size_t lines = repli_para(NULL, NULL, a, &p, 0, 0, text);
    if (lines > 2)
        repli_trouble(&flow->trouble, "\"%s\" does not fit the band", text);
    int32_t up = 0, down = 0;
    repli_pen_ink(style, text, &up, &down);
    baseline = lines == 2 ? MM(38.8) - down - p.leading_um : baseline;
    (void)repli_para(pen, NULL, a, &p, BAND_X, baseline, text);
}

static void band(struct flow *flow, struct side_build *side)
{
    const char *const *t = flow->form->t;
    struct pen *pen = &side->filled;
    const char *birth = cell(flow, "patient", "birth_date"), *age = age_text(flow, birth),
               *prefix = cell(flow, "patient", "prefix");
    const char *homonym = cell(flow, "patient", "homonym"), *dead = cell(flow, "patient", "deceased"),
               *name = patient_name(flow);
    bool namesake = homonym && strcmp(homonym, "1") == 0, deceased = dead && strcmp(dead, "1") == 0;
    int32_t below[2] = {MM(30), MM(36.2)}, room = namesake ? BAND_LEFT_ROOM : BAND_ROOM;
    repli_pen_frame(&side->fixed, repli_box_make(MM(20), MM(16), MM(156), MM(24)), MM(1));
    band_name(flow, pen, name, room, below);
    if (prefix && below[0] == MM(30)) {
        int32_t x = BAND_X + repli_pen_width((struct style){REPLI_FACE_BOLD, 1500}, name) + MM(2);
        if (x + repli_pen_width(STYLE_LABEL, prefix) <= BAND_X + room)
            repli_pen_text(pen, STYLE_LABEL, ALIGN_LEFT, x, MM(23.4), BAND_ROOM, prefix);
    }
    if (namesake)
        plate(pen, MM(18.4), t[TEXT_NAMESAKE]);
    if (deceased)
        plate(pen, MM(24.6), t[TEXT_DECEASED]);
    struct piece p[10] = {{t[TEXT_BORN], false, 0}, {repli_form_date(flow->form, birth, flow->a), true, MM(1.2)}};
    size_t n = 2;
    p[1].text = p[1].text ? p[1].text : t[TEXT_UNKNOWN];
    if (age)
        p[n++] = (struct piece){repli_arena_printf(flow->a, "(%s)", age), false, MM(1.4)};
    p[n++] = (struct piece){repli_form_sex(flow->form, cell(flow, "patient", "gender")), true, MM(2.4)};
    const char *mrn = cell(flow, "patient", "identifier"), *stay = cell(flow, "stay", "stay_number");
    p[n++] = (struct piece){t[TEXT_PATIENT_NO], false, MM(3.6)};
    p[n++] = (struct piece){mrn ? mrn : t[TEXT_UNKNOWN], true, MM(1.2)};
    p[n++] = (struct piece){t[TEXT_STAY_NO], false, MM(3.6)};
    p[n++] = (struct piece){stay ? stay : t[TEXT_UNKNOWN], true, MM(1.2)};
    pieces_draw(pen, p, n, BAND_X, below[0], deceased ? BAND_LEFT_ROOM - MM(2) : BAND_LEFT_ROOM);
    band_place(flow, pen, below[1]);
}

/* ---- the band of a sheet about a ward */

/* "3B \xE2\x80\x94 Chirurgie digestive"; names that begin with the code say it once. */
static const char *ward_title(const struct flow *flow)
{
    const char *code = cell(flow, "ward", "ward"), *name = cell(flow, "ward", "name");
    if (!code)
        return flow->form->t[TEXT_UNKNOWN];
    size_t n = strlen(code);
    if (name && strncmp(name, code, n) == 0 && (name[n] == ' ' || !name[n]))
        name += n + (name[n] == ' ');
    return name && *name ? repli_arena_printf(flow->a, "%s \xE2\x80\x94 %s", code, name) : code;
}

static const char *ward_numbers(struct flow *flow)
{
    const char *const *t = flow->form->t;
    const char *beds = cell(flow, "ward", "beds"), *census = cell(flow, "ward", "census");
    const char *at = repli_flow_cell(flow, repli_flow_data(flow, "ward"), 0, "data_utc");
    bool somebody = census && strcmp(census, "0") != 0;
    bool one = census && strcmp(census, "1") == 0, one_bed = beds && strcmp(beds, "1") == 0;
    const char *people = t[one ? TEXT_ONE_PATIENT_AT : somebody ? TEXT_PATIENTS_AT : TEXT_NO_PATIENTS_AT];
    people = repli_form_put(people, "n", somebody ? census : "", flow->a);
    people = repli_form_put(people, "time", at, flow->a);
    if (!beds || strcmp(beds, "0") == 0) /* no beds were transmitted */
        return people;
    return repli_arena_printf(flow->a, "%s \xC2\xB7 %s",
                              repli_form_put(t[one_bed ? TEXT_ONE_BED : TEXT_BEDS], "n", beds, flow->a), people);
}

static void ward_line(struct flow *flow, struct pen *pen, enum repli_face face, const int32_t *sizes, int32_t baseline,
                      int32_t room_um, const char *text)
{
    struct style style = {face, repli_pen_fit(face, sizes, room_um, text)};
    if (repli_pen_width(style, text) > room_um)
        repli_trouble(&flow->trouble, "\"%s\" does not fit the band", text);
    else
        repli_pen_text(pen, style, ALIGN_LEFT, BAND_X, baseline, room_um, text);
}

static void ward_band(struct flow *flow, struct side_build *side)
{
    static const int32_t plain[] = {1000, 900, 800, 700, 0};
    int32_t below[2] = {MM(30), MM(36.2)};
    const char *hospital = cell(flow, "ward", "hospital");
    struct pen *pen = &side->filled;
    repli_pen_frame(&side->fixed, repli_box_make(MM(20), MM(16), MM(156), MM(24)), MM(1));
    band_name(flow, pen, ward_title(flow), BAND_ROOM, below);
    ward_line(flow, pen, REPLI_FACE_REGULAR, plain, below[0], BAND_LEFT_ROOM, ward_numbers(flow));
    if (hospital)
        ward_line(flow, pen, REPLI_FACE_REGULAR, plain, below[1], BAND_LEFT_ROOM, hospital);
}

/* ---- the band of a sheet about the house: whose it is, and what sheet it is */

static const char *site_title(const struct flow *flow)
{
    const char *hospital = cell(flow, "site", "hospital");
    return hospital ? hospital : flow->form->t[TEXT_UNKNOWN];
}

static void site_band(struct flow *flow, struct side_build *side)
{
    static const int32_t plain[] = {1000, 900, 800, 700, 0}, bold[] = {1100, 1000, 900, 800, 0};
    int32_t below[2] = {MM(30), MM(36.2)};
    struct pen *pen = &side->filled;
    repli_pen_frame(&side->fixed, repli_box_make(MM(20), MM(16), MM(156), MM(24)), MM(1));
    band_name(flow, pen, site_title(flow), BAND_ROOM, below);
    ward_line(flow, pen, REPLI_FACE_BOLD, bold, below[0], BAND_LEFT_ROOM, flow->form->title);
    ward_line(flow, pen, REPLI_FACE_REGULAR, plain, below[1], BAND_LEFT_ROOM, flow->form->t[TEXT_HOUSE]);
}

/* ---- foot */
static const struct field_spec *foot_spec(struct flow *flow, enum repli_field_kind kind, const char *id,
                                          enum form_text label)
{
    struct field_spec *s = repli_arena_alloc(flow->a, sizeof *s);
    *s = (struct field_spec){
        .kind = kind, .id = id, .label = flow->form->t[label], .tier = 1, .cells = "9999", .ncells = 4};
    return s;
}

static void foot_fields(struct flow *flow, struct side_build *side)
{
    static const struct {
        const char *id;
        enum form_text text;
        int32_t x, room;
    } ticks[] = {{"correction", TEXT_CORRECTION, 78000, 20000},
                 {"void", TEXT_VOID, 106000, 22000},
                 {"continues", TEXT_CONTINUES, 136000, 24500}};
    const struct comb_size size = {MM(5), MM(1.6), MM(6.2)};
    static const int32_t sizes[] = {850, 800, 750, 700, 0};
    int32_t x = 0;
    for (size_t i = 0; i < sizeof ticks / sizeof *ticks; i++) {
        const char *text = flow->form->t[ticks[i].text];
        struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, ticks[i].room, text)};
        repli_draw_tick(flow, foot_spec(flow, REPLI_FIELD_TICK, ticks[i].id, ticks[i].text), "page", ticks[i].x,
                        MM(269.7));
        repli_pen_text(&side->fixed, style, ALIGN_LEFT, ticks[i].x + TICK_UM + TICK_LABEL_UM, MM(272.8), ticks[i].room,
                       text);
        x = ticks[i].x + TICK_UM + TICK_LABEL_UM + repli_pen_width(style, text);
    }
    repli_draw_comb(flow, foot_spec(flow, REPLI_FIELD_DIGITS, "spare", TEXT_SPARE), "page", x + MM(3), MM(268.6), size);
}

/* How to mark, in pictures smaller than a tick, so that nobody and nothing takes them for fields. */
static void foot_how_to(struct flow *flow, struct pen *pen)
{
    const char *const *t = flow->form->t;
    const int32_t y = MM(276.1), s = MM(3.2), base = MM(278.8);
    int32_t x = MM(78);
    repli_pen_frame(pen, repli_box_make(x, y, s, s), MM(0.3));
    repli_pen_line(pen, x + 700, y + 700, x + s - 700, y + s - 700, MM(0.4), 0);
    repli_pen_line(pen, x + 700, y + s - 700, x + s - 700, y + 700, MM(0.4), 0);
    x += s + MM(1.2);
    repli_pen_frame(pen, repli_box_make(x, y, s, s), MM(0.3));
    repli_pen_line(pen, x + 650, y + 1700, x + 1300, y + 2450, MM(0.4), 0);
    repli_pen_line(pen, x + 1300, y + 2450, x + s - 600, y + 700, MM(0.4), 0);
    x += s + MM(1.2);
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, x, base, MM(20), t[TEXT_YES]);
    x += repli_pen_width(STYLE_CAPTION, t[TEXT_YES]) + MM(3);
    repli_pen_fill(pen, repli_box_make(x, y, s, s));
    x += s + MM(1.2);
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, x, base, MM(26), t[TEXT_CANCELLED]);
    x += repli_pen_width(STYLE_CAPTION, t[TEXT_CANCELLED]) + MM(4);
    repli_pen_text(pen, STYLE_CAPTION, ALIGN_LEFT, x, base, FOOT_X + MM(156) - x, t[TEXT_HOW_TO]);
}

static const char *whose(struct flow *flow)
{
    const char *birth = repli_form_date(flow->form, cell(flow, "patient", "birth_date"), flow->a);
    const char *const *t = flow->form->t, *mrn = cell(flow, "patient", "identifier");
    if (flow->form->subject == REPLI_SUBJECT_WARD)
        return ward_title(flow);
    if (flow->form->subject == REPLI_SUBJECT_SITE)
        return repli_arena_printf(flow->a, "%s \xC2\xB7 %s", flow->form->title, site_title(flow));
    if (repli_flow_nobody(flow))
        return repli_nobody_foot(flow);
    return repli_arena_printf(flow->a, "%s \xC2\xB7 %s \xC2\xB7 %s %s", patient_name(flow),
                              birth ? birth : t[TEXT_UNKNOWN], t[TEXT_PATIENT_NO], mrn ? mrn : t[TEXT_UNKNOWN]);
}

/* Name, birth date and number, or the ward, again: a torn lower half can still be filed.  And what U+FFFD is. */
static void foot_name(struct flow *flow, struct pen *pen)
{
    const char *const *t = flow->form->t, *who = whose(flow);
    const char *text = pen->replaced ? repli_arena_printf(flow->a, "%s \xC2\xB7 %s", who, t[TEXT_NO_GLYPH]) : who;
    static const int32_t sizes[] = {800, 750, 700, 0};
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, FOOT_ROOM, text)};
    struct para p = {style, style, FOOT_ROOM, MM(2.9), true, false};
    p.leading_um = repli_pen_leading(style, text, p.leading_um);
    size_t lines = repli_para(NULL, NULL, flow->a, &p, 0, 0, text);
    if (lines > 2)
        repli_trouble(&flow->trouble, "\"%s\" does not fit the foot: two lines of 7 pt are too few", text);
    (void)repli_para(pen, NULL, flow->a, &p, FOOT_X, lines == 2 ? MM(281.95) : MM(283.7), text);
}

static void head_of_map(const struct flow *flow, int number, int sides, struct repli_side *out)
{
    bool of_ward = flow->form->subject == REPLI_SUBJECT_WARD;
    bool of_patient = !of_ward && flow->form->subject != REPLI_SUBJECT_SITE;
    const char *ward = cell(flow, "stay", "ward") ? cell(flow, "stay", "ward") : cell(flow, "patient", "ward");
    out->map = (struct repli_page_map){.form = flow->form->id,
                                       .version = flow->form->version,
                                       .lang = flow->form->lang,
                                       .side = number,
                                       .sides = sides,
                                       .patient = of_patient ? cell(flow, "patient", "identifier") : NULL,
                                       .stay = of_patient ? cell(flow, "stay", "stay_number") : NULL,
                                       .ward = of_ward      ? cell(flow, "ward", "ward")
                                               : of_patient ? ward
                                                            : NULL};
}

void repli_furniture_bare(const struct flow *flow, int number, int sides, struct repli_side *out)
{
    head_of_map(flow, number, sides, out);
}

void repli_furniture(struct flow *flow, struct side_build *side, int number, int sides, struct repli_side *out)
{
    bool verso = side->fixed.list.count == 0, of_ward = flow->form->subject == REPLI_SUBJECT_WARD;
    bool of_patient = !of_ward && flow->form->subject != REPLI_SUBJECT_SITE;
    head_of_map(flow, number, sides, out);
    out->map.verso = verso;
    memcpy(out->map.codes, repli_code_boxes, sizeof out->map.codes);
    memcpy(out->map.marks, repli_mark_points, sizeof out->map.marks);
    for (size_t i = 0; i < 5; i++)
        repli_pen_fill(&side->fixed, repli_box_make(repli_mark_points[i].x - MM(2.5), repli_mark_points[i].y - MM(2.5),
                                                    MM(5), MM(5)));
    repli_pen_line(&side->fixed, FOOT_X, MM(267.4), BODY_X1, MM(267.4), MM(0.5), 0);
    if (of_ward)
        ward_band(flow, side);
    else if (repli_flow_nobody(flow))
        repli_nobody_band(flow, side);
    else if (of_patient)
        band(flow, side);
    else
        site_band(flow, side);
    foot_name(flow, &side->filled);
    if (verso) {
        static const int32_t sizes[] = {2200, 2000, 1800, 1600, 1400, 0};
        const char *text = flow->form->t[TEXT_VERSO];
        int32_t cpt = repli_pen_fit(REPLI_FACE_BOLD, sizes, BODY_X1 - BODY_X0, text);
        repli_pen_text(&side->fixed, (struct style){REPLI_FACE_BOLD, cpt}, ALIGN_CENTRE, MM(110), MM(150),
                       BODY_X1 - BODY_X0, text);
    } else if (flow->form->print_only) {
        repli_pen_text(&side->fixed, STYLE_STRONG, ALIGN_LEFT, MM(78), MM(272.8), BODY_X1 - MM(78),
                       flow->form->print_only);
    } else {
        foot_fields(flow, side);
        foot_how_to(flow, &side->fixed);
    }
}
