/* The overlay of a side: what differs between two prints of one sheet.  It has reserved places and moves no box. */
#include <inttypes.h>

#include "check.h"
#include "orders.h"
#include "repli/serial.h"

enum { FOOT_ROOM = 149600, AUDIT_ROOM = 30000 };

/* "données au 23-nov-2026 02:00 · imprimé le 23-nov 15:10 · âge 13 h 10"; the year of printing where it is another. */
static const char *freshness(const struct repli_overlay_in *in, int64_t age_s, bool mark, struct repli_arena *a)
{
    const char *const *t = in->form->t;
    struct repli_civil data, print;
    if (in->data_utc == 0)
        return repli_arena_printf(a, "%s \xC2\xB7 %s %s", t[TEXT_NO_DATA], t[TEXT_PRINTED],
                                  repli_form_time(in->form, in->zone, in->print_utc, true, a));
    repli_zone_civil(in->zone, in->data_utc, &data);
    repli_zone_civil(in->zone, in->print_utc, &print);
    return repli_arena_printf(a, "%s%s %s \xC2\xB7 %s %s \xC2\xB7 %s %" PRId64 "\xC2\xA0h\xC2\xA0%02" PRId64,
                              mark ? "\xE2\x96\xB2 " : "", t[TEXT_DATA_AS_OF],
                              repli_form_time(in->form, in->zone, in->data_utc, true, a), t[TEXT_PRINTED],
                              repli_form_time(in->form, in->zone, in->print_utc, data.year != print.year, a),
                              t[TEXT_AGE], age_s / 3600, age_s % 3600 / 60);
}

static const char *joined(struct repli_arena *a, const char *first, const char *second)
{
    return *first && *second ? repli_arena_printf(a, "%s \xC2\xB7 %s", first, second) : *first ? first : second;
}

/* Unverified data, drill, copy, repetition; "" when it is none of them. */
static const char *standing(const struct repli_overlay_in *in, struct repli_arena *a)
{
    const char *const *t = in->form->t;
    const char *copy = "";
    if (in->copy_of)
        copy = repli_form_put(t[in->copy ? TEXT_COPY_OF : TEXT_REPEATS], "n", in->copy_of, a);
    else if (in->copy)
        copy = t[TEXT_COPY];
    return joined(a, in->note ? in->note : "", joined(a, in->drill ? t[TEXT_DRILL] : "", copy));
}

enum freshness { FRESH, AGED, OLD };

/* What data of this age forbids on a sheet with orders; other sheets only ask to check. */
static const char *ban(const struct repli_overlay_in *in, int64_t age_s)
{
    const char *const *words = in->form->words;
    if (!words)
        return in->form->t[TEXT_CHECK_ORDERS];
    if (in->side->history)
        return words[WORD_HISTORY_ONLY];
    return words[in->side->sign || age_s > in->form->hours.sign * (int64_t)3600 ? WORD_NO_FIRST_DOSE : WORD_CHECK_EACH];
}

/* The start of the outage, in the black place that a form keeps for it. */
static void outage(struct pen *pen, const struct repli_overlay_in *in, struct repli_arena *a)
{
    static const int32_t sizes[] = {900, 850, 800, 750, 700, 650, 600, 0};
    const struct repli_box *box = &in->side->outage;
    if (in->outage_utc == 0 || !in->form->words || box->x1 <= box->x0)
        return;
    const char *when = repli_form_time(in->form, in->zone, in->outage_utc, false, a);
    const char *text = repli_form_put(in->form->words[WORD_OUTAGE_SINCE], "time", when, a);
    struct style style = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, sizes, box->x1 - box->x0, text)};
    repli_pen_white(pen, style, ALIGN_RIGHT, box->x1, box->y0 + MM(4.3), box->x1 - box->x0, text);
}

static void top_line(struct pen *pen, const char *warning, const char *text, enum freshness state)
{
    static const int32_t sizes[][2] = {{900, 850}, {850, 800}, {800, 750}, {750, 700},
                                       {700, 700}, {650, 650}, {600, 600}};
    const int32_t base = MM(12.75), left = MM(21.6), right = MM(191.4);
    struct style strong = {REPLI_FACE_BOLD, 0}, plain = {state == AGED ? REPLI_FACE_BOLD : REPLI_FACE_MEDIUM, 0};
    int32_t used = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        strong.cpt = sizes[i][0];
        plain.cpt = sizes[i][1];
        used = *warning ? repli_pen_width(strong, warning) + MM(4) : 0;
        if (used + repli_pen_width(plain, text) <= right - left)
            break;
    }
    if (state == OLD)
        repli_pen_fill(pen, repli_box_make(MM(20), MM(9.1), MM(173), MM(4.9)));
    else if (*warning)
        repli_pen_fill(pen, repli_box_make(MM(20), MM(9.1), used - MM(0.8), MM(4.9)));
    if (*warning)
        repli_pen_white(pen, strong, ALIGN_LEFT, left, base, right - left, warning);
    if (state == OLD)
        repli_pen_white(pen, plain, ALIGN_RIGHT, right, base, right - left - used, text);
    else
        repli_pen_text(pen, plain, ALIGN_RIGHT, right, base, right - left - used, text);
}

/* Hatched borders of a sheet whose data is older than a day; they leave the marks' keep-outs free. */
static void border(struct pen *pen, int32_t x, int32_t width, int32_t y0, int32_t y1)
{
    for (int32_t y = y0; y + width <= y1; y += MM(2.4))
        repli_pen_line(pen, x, y + width, x + width, y, MM(0.7), 0);
}

/* The word for a drill down the left margin, letter under letter, white on black, as often as it fits: a sheet of an
** exercise must not be taken for a real one even when it lies half covered in a file.  The margin holds no field. */
static void drill_column(struct pen *pen, const char *word, struct repli_arena *a)
{
    static const struct style letter = {REPLI_FACE_BOLD, 2000};
    const int32_t left = MM(10.4), width = MM(7.4), top = MM(76), bottom = MM(272), step = MM(8.4);
    int32_t y = top;
    for (const char *p = word; y + step <= bottom;) {
        size_t n = 1;
        while ((p[n] & 0xC0) == 0x80)
            n++;
        repli_pen_fill(pen, repli_box_make(left, y, width, step));
        repli_pen_white(pen, letter, ALIGN_CENTRE, left + width / 2, y + MM(6.6), width, repli_arena_strndup(a, p, n));
        p += n;
        y += step;
        if (!*p) { /* once more, when the whole word has room */
            p = word;
            y += step;
            int32_t letters = 0;
            for (const char *q = word; *q; q++)
                letters += (*q & 0xC0) != 0x80;
            if (y + letters * step > bottom)
                return;
        }
    }
}

struct repli_printed repli_layout_serial(const char *sheet)
{
    int32_t width = repli_pen_width(STYLE_STRONG, sheet);
    return (struct repli_printed){MM(173.4) - width, MM(37.6), STYLE_STRONG.face, STYLE_STRONG.cpt, sheet};
}

/* Ids of forms have up to sixteen letters. */
static struct style id_style(const char *line, int32_t room)
{
    static const int32_t sizes[] = {750, 700, 650, 600, 550, 500, 0};
    return (struct style){REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, room, line)};
}

/* A blank sheet's short number, the end of its serial's counter: what "continues on no." asks for. */
static void short_number(struct pen *pen, const struct repli_overlay_in *in, struct repli_arena *a)
{
    uint64_t serial = 0;
    if (in->data_utc != 0 || in->side->map.patient || in->side->map.verso || !repli_serial_parse(in->sheet, &serial))
        return;
    const char *number = repli_arena_printf(a, "%04u", (unsigned)(repli_serial_counter(serial) % 10000));
    repli_pen_text(pen, STYLE_DATA, ALIGN_RIGHT, MM(173.4), MM(30.2), MM(28),
                   repli_form_put(in->form->t[TEXT_NUMBER], "n", number, a));
}

static void foot(struct pen *pen, const struct repli_overlay_in *in, const char *text, int32_t room, bool strong,
                 struct repli_arena *a)
{
    const struct repli_page_map *m = &in->side->map;
    static const int32_t sizes[] = {800, 750, 700, 0};
    bool draft = !repli_form_approved(in->form);
    const char *line = repli_arena_printf(a, "%s\xC2\xA0v%d \xC2\xB7 %s \xC2\xB7 %d/%d", m->form, m->version, m->lang,
                                          m->side, m->sides);
    /* Serials are of very different widths: nine W need more room than there is at 12 pt. */
    int32_t serial = repli_pen_fit(REPLI_FACE_BOLD, (const int32_t[]){1200, 1100, 1000, 0}, MM(32), in->sheet);
    repli_pen_text(pen, (struct style){REPLI_FACE_BOLD, serial}, ALIGN_LEFT, MM(44), MM(273.1), MM(32), in->sheet);
    repli_pen_text(pen, id_style(line, MM(32)), ALIGN_LEFT, MM(44), MM(276.1), MM(32), line);
    if (draft) {
        int32_t cpt = repli_pen_fit(REPLI_FACE_BOLD, (const int32_t[]){750, 700, 0}, MM(32), in->form->t[TEXT_DRAFT]);
        repli_pen_text(pen, (struct style){REPLI_FACE_BOLD, cpt}, ALIGN_LEFT, MM(44), MM(278.85), MM(32),
                       in->form->t[TEXT_DRAFT]);
    }
    repli_pen_text(pen, id_style(line, MM(28)), ALIGN_RIGHT, MM(173.4), MM(34.0), MM(28), line);
    repli_pen_text(pen, STYLE_STRONG, ALIGN_RIGHT, MM(173.4), MM(37.6), MM(28), in->sheet);
    enum repli_face face = strong ? REPLI_FACE_BOLD : REPLI_FACE_MEDIUM;
    struct style style = {face, repli_pen_fit(face, sizes, room, text)};
    repli_pen_text(pen, style, ALIGN_LEFT, MM(44), MM(288.0), room, text);
    if (room < FOOT_ROOM)
        repli_pen_text(pen, STYLE_CAPTION, ALIGN_RIGHT, MM(190), MM(288.0), AUDIT_ROOM,
                       repli_arena_printf(a, "audit %s", in->audit));
}

/* What the foot says in `room`: it leaves out the instruction before it leaves out what the sheet is or how old it is.
** NULL: not even that has room. */
static const char *foot_text(int32_t room, const char *all, const char *least)
{
    const struct style small = {REPLI_FACE_BOLD, 700};
    return repli_pen_width(small, all) <= room ? all : repli_pen_width(small, least) <= room ? least : NULL;
}

/* Label stock: all in one line of the margin below the labels, and in a drill the word on every label. */
static void bare_overlay(struct pen *pen, const struct repli_overlay_in *in, const char *text, struct repli_arena *a)
{
    static const int32_t sizes[] = {750, 700, 650, 600, 550, 500, 0}, plate[] = {700, 600, 500, 400, 300, 0};
    const struct repli_page_map *m = &in->side->map;
    const char *word = in->form->t[TEXT_DRILL], *draft = repli_form_approved(in->form) ? "" : in->form->t[TEXT_DRAFT];
    const char *line = repli_arena_printf(a, "%s \xC2\xB7 %s\xC2\xA0v%d \xC2\xB7 %s \xC2\xB7 %d/%d", in->sheet, m->form,
                                          m->version, m->lang, m->side, m->sides);
    line = joined(a, line, joined(a, draft, text));
    struct style style = {REPLI_FACE_MEDIUM, repli_pen_fit(REPLI_FACE_MEDIUM, sizes, MM(190), line)};
    repli_pen_text(pen, style, ALIGN_LEFT, MM(10), MM(289.6), MM(190), line);
    for (size_t i = 0; in->drill && i < in->side->ndrill; i++) {
        const struct repli_box *b = &in->side->drill[i];
        int32_t room = b->x1 - b->x0 - MM(0.6), middle = (b->y0 + b->y1) / 2;
        struct style small = {REPLI_FACE_BOLD, repli_pen_fit(REPLI_FACE_BOLD, plate, room, word)};
        int32_t above = 0, below = 0;
        repli_pen_ink(small, word, &above, &below);
        repli_pen_fill(pen, *b);
        repli_pen_white(pen, small, ALIGN_CENTRE, (b->x0 + b->x1) / 2, middle + (above - below) / 2, room, word);
    }
}

static enum repli_status finish(const struct trouble *trouble, const struct repli_side *side, const struct pen *pen,
                                struct repli_draw_list *out, struct repli_err *err)
{
    if (trouble->status != REPLI_OK)
        return trouble->status;
    if (repli_check_overlay(side, &pen->list, err) != REPLI_OK)
        return REPLI_DATA;
    *out = pen->list;
    return REPLI_OK;
}

enum repli_status repli_layout_overlay(const struct repli_overlay_in *in, struct repli_arena *a,
                                       struct repli_draw_list *out, struct repli_err *err)
{
    struct trouble trouble = {.err = err};
    struct pen pen = {.a = a, .t = &trouble};
    int64_t age_s = in->data_utc ? in->print_utc - in->data_utc : 0;
    if (age_s < 0)
        return repli_fail(err, REPLI_DATA,
                          "sheet %s: the data is from after the time of printing: check the computer's clock or --at",
                          in->sheet);
    const struct freshness_hours *hours = &in->form->hours;
    bool orders = in->form->words != NULL && in->side->sign; /* whatever the age: the paper before is not read yet */
    enum freshness state = age_s > hours->check * (int64_t)3600 || orders ? OLD
                           : age_s > hours->bold * (int64_t)3600          ? AGED
                                                                          : FRESH;
    const char *text = freshness(in, age_s, state == AGED, a), *stands = standing(in, a);
    if (in->side->bare) {
        bare_overlay(&pen, in, joined(a, stands, text), a);
        return finish(&trouble, in->side, &pen, out, err);
    }
    const char *check = state == OLD ? repli_arena_printf(a, "\xE2\x96\xB2\xC2\xA0%s", ban(in, age_s)) : "";
    const char *all = joined(a, stands, joined(a, check, text));
    const char *least = joined(a, stands, text);
    int32_t beside = FOOT_ROOM - AUDIT_ROOM - MM(6); /* the head of the audit goes where what matters has room */
    const char *with_audit = in->audit ? foot_text(beside, all, least) : NULL;
    top_line(&pen, joined(a, stands, check), text, state);
    if (with_audit)
        foot(&pen, in, with_audit, beside, state != FRESH, a);
    else
        foot(&pen, in, repli_pen_width((struct style){REPLI_FACE_BOLD, 700}, all) <= FOOT_ROOM ? all : least, FOOT_ROOM,
             state != FRESH, a);
    if (age_s > hours->sign * (int64_t)3600) {
        border(&pen, MM(6.6), MM(3.2), MM(17), MM(62.6));
        border(&pen, MM(6.6), MM(3.2), MM(74.4), MM(280));
        border(&pen, MM(201.4), MM(2.2), MM(42), MM(280));
    }
    outage(&pen, in, a);
    short_number(&pen, in, a);
    if (in->drill)
        drill_column(&pen, in->form->t[TEXT_DRILL], a);
    for (size_t i = 0; i < 2; i++)
        repli_pen_code(&pen, in->side->map.codes[i]);
    return finish(&trouble, in->side, &pen, out, err);
}
