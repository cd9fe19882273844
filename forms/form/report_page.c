/* The report of an outage as pages: the flow of headings and tables, and what stands on every page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report_internal.h"

#define THIN     120
#define HEAVY    350
#define LEADING  MM(4.0)
#define ROW_PAD  MM(1.6)
#define CELL_PAD MM(1.2)

const char *report_word(struct report_book *b, const char *english)
{
    return repli_form_text(b->words, english);
}

/* Thousands apart by a narrow blank that does not break. */
const char *report_count(struct report_book *b, int64_t n)
{
    if (n < 0)
        return repli_arena_printf(b->a, "\xE2\x88\x92%s", report_count(b, -n));
    if (n < 1000)
        return repli_arena_printf(b->a, "%d", (int)n);
    return repli_arena_printf(b->a, "%s\xE2\x80\xAF%03d", report_count(b, n / 1000), (int)(n % 1000));
}

const char *report_put(struct report_book *b, const char *english, int64_t n)
{
    return repli_form_put(report_word(b, english), "n", report_count(b, n), b->a);
}

const char *report_time(struct report_book *b, int64_t utc)
{
    return utc ? repli_form_time(b->words, b->zone, utc, true, b->a) : "";
}

const char *report_rate(struct report_book *b, int64_t part, int64_t whole)
{
    if (whole <= 0)
        return "\xE2\x80\x93";
    char text[40];
    (void)snprintf(text, sizeof text, "%.1f", 100.0 * (double)part / (double)whole);
    const char *shown = strcmp(b->words->lang, "en") == 0 ? text : repli_form_decimal(text, b->a);
    return repli_arena_printf(b->a, "%s %%", shown);
}

const char *report_between(struct report_book *b, double low, double high)
{
    int64_t whole = 1000000;
    return repli_arena_printf(b->a, "%s \xE2\x80\x93 %s", report_rate(b, (int64_t)(low * (double)whole), whole),
                              report_rate(b, (int64_t)(high * (double)whole + 0.5), whole));
}

/* The title that its paper has; a form that cannot be opened any more goes by its id. */
const char *report_form_title(struct report_book *b, const char *form_id)
{
    struct repli_form *form = NULL;
    struct repli_err none = {0};
    for (size_t i = 0; i < b->ntitles; i++)
        if (strcmp(b->titles[i].id, form_id) == 0)
            return b->titles[i].title;
    const char *title = form_id;
    if (repli_form_open(b->dir, form_id, b->words->lang, &form, &none) == REPLI_OK)
        title = repli_arena_strdup(b->a, repli_form_title(form));
    repli_form_close(form);
    b->titles = repli_arena_grow(b->a, b->titles, b->ntitles, b->ntitles + 1, sizeof *b->titles);
    b->titles[b->ntitles++] = (struct report_title){form_id, title};
    return title;
}

/* ---- pages */

static void keep_page(struct report_book *b)
{
    b->pages = repli_arena_grow(b->a, b->pages, b->npages, b->npages + 1, sizeof *b->pages);
    b->pages[b->npages++] = b->pen.list;
    b->pen = (struct pen){.a = b->a, .t = &b->trouble};
}

static void new_page(struct report_book *b)
{
    keep_page(b);
    const char *of = b->r->scope.outage ? b->r->scope.outage->id : "";
    repli_pen_text(&b->pen, STYLE_SMALL, ALIGN_LEFT, REPORT_X0, MM(14), MM(110),
                   repli_arena_printf(b->a, "%s %s", report_word(b, "Outage report"), of));
    b->y = REPORT_Y0;
}

void report_room(struct report_book *b, int32_t height_um)
{
    if (b->y + height_um > REPORT_Y1)
        new_page(b);
}

void report_heading(struct report_book *b, const char *english, int32_t below_um)
{
    if (b->y > REPORT_Y0)
        b->y += MM(5);
    report_room(b, MM(9) + below_um);
    repli_pen_text(&b->pen, (struct style){REPLI_FACE_BOLD, 1200}, ALIGN_LEFT, REPORT_X0, b->y + MM(4.5),
                   REPORT_X1 - REPORT_X0, report_word(b, english));
    b->y += MM(8);
}

void report_sentence(struct report_book *b, const char *text)
{
    struct para p = {STYLE_BODY, STYLE_HEAVY, REPORT_X1 - REPORT_X0, LEADING, true, false};
    size_t lines = repli_para(NULL, NULL, b->a, &p, 0, 0, text);
    report_room(b, (int32_t)lines * LEADING + MM(2));
    (void)repli_para(&b->pen, &b->trouble, b->a, &p, REPORT_X0, b->y + MM(3), text);
    b->y += (int32_t)lines * LEADING + MM(2);
}

/* ---- tables */

static void rule(struct report_book *b, int32_t line_um)
{
    repli_pen_line(&b->pen, REPORT_X0, b->y, REPORT_X1, b->y, line_um, 0);
}

/* Words stand further off when a number ends right before them. */
static int32_t indent(const struct report_column *columns, size_t i)
{
    if (columns[i].number)
        return CELL_PAD;
    return i && columns[i - 1].number ? MM(4) : 0;
}

static struct para cell_para(const struct report_column *columns, size_t count, size_t i, struct style style)
{
    int32_t room = columns[i].width_um - indent(columns, i) - (i + 1 == count ? 0 : CELL_PAD);
    return (struct para){style, style, room, LEADING, true, false};
}

static size_t cell_lines(struct report_book *b, const struct report_column *columns, size_t count,
                         const char *const *cells, struct style style)
{
    size_t most = 1;
    for (size_t i = 0; i < count; i++) {
        struct para p = cell_para(columns, count, i, style);
        size_t n = cells[i] ? repli_para(NULL, NULL, b->a, &p, 0, 0, cells[i]) : 0;
        most = n > most ? n : most;
    }
    return most;
}

/* The lines of repli_para(), but ending at x. */
static void draw_right(struct report_book *b, const struct para *p, int32_t x, int32_t baseline, const char *text)
{
    size_t all = strlen(text);
    for (int32_t y = baseline; *text; y += p->leading_um) {
        size_t take = all;
        char *line = repli_arena_strndup(b->a, text, take);
        while (repli_pen_width(p->plain, line) > p->room_um && strrchr(line, ' ')) {
            *strrchr(line, ' ') = '\0';
            take = strlen(line);
        }
        repli_pen_text(&b->pen, p->plain, ALIGN_RIGHT, x, y, p->room_um, line);
        text += take;
        all -= take;
        for (; *text == ' '; text++)
            all--;
    }
}

static void draw_cells(struct report_book *b, const struct report_column *columns, size_t count,
                       const char *const *cells, struct style style, int32_t baseline)
{
    int32_t x = REPORT_X0;
    for (size_t i = 0; i < count; x += columns[i++].width_um) {
        struct para p = cell_para(columns, count, i, style);
        if (cells[i] && columns[i].number)
            draw_right(b, &p, x + indent(columns, i) + p.room_um, baseline, cells[i]);
        else if (cells[i])
            (void)repli_para(&b->pen, &b->trouble, b->a, &p, x + indent(columns, i), baseline, cells[i]);
    }
}

/* Titles stand on the rule; those of one line beside those of two end on the same baseline. */
void report_head(struct report_book *b, const struct report_column *columns, size_t count)
{
    const char *titles[16] = {NULL};
    for (size_t i = 0; i < count; i++)
        titles[i] = report_word(b, columns[i].title);
    size_t most = cell_lines(b, columns, count, titles, STYLE_SMALL);
    report_room(b, (int32_t)most * LEADING + MM(12));
    for (size_t i = 0; i < count; i++) {
        const char *one[16] = {NULL};
        one[i] = titles[i];
        size_t lines = cell_lines(b, columns, count, one, STYLE_SMALL);
        draw_cells(b, columns, count, one, STYLE_SMALL, b->y + MM(2.6) + (int32_t)(most - lines) * LEADING);
    }
    b->y += (int32_t)most * LEADING + MM(0.6);
    rule(b, HEAVY);
}

void report_row(struct report_book *b, const struct report_column *columns, size_t count, const char *const *cells,
                bool heavy)
{
    struct style style = heavy ? STYLE_HEAVY : STYLE_BODY;
    int32_t height = (int32_t)cell_lines(b, columns, count, cells, style) * LEADING + ROW_PAD;
    if (b->y + height > REPORT_Y1) {
        new_page(b);
        report_head(b, columns, count);
    }
    draw_cells(b, columns, count, cells, style, b->y + MM(3.9));
    b->y += height;
    rule(b, THIN);
}

void report_end(struct report_book *b)
{
    b->y += MM(2);
}

/* ---- the whole */

static void foot(struct report_book *b, size_t number)
{
    struct pen pen = {.a = b->a, .t = &b->trouble};
    const char *left = repli_arena_printf(b->a, "%s \xC2\xB7 %s %s", b->r->hospital, report_word(b, "made on"),
                                          report_time(b, b->r->now_utc));
    repli_pen_line(&pen, REPORT_X0, MM(279), REPORT_X1, MM(279), THIN, 0);
    struct para p = {STYLE_SMALL, STYLE_SMALL, MM(100), MM(3.4), true, false};
    (void)repli_para(&pen, &b->trouble, b->a, &p, REPORT_X0, MM(283), left);
    repli_pen_text(&pen, STYLE_SMALL, ALIGN_RIGHT, MM(168), MM(283), MM(48),
                   repli_arena_printf(b->a, "%s %s", report_word(b, "audit"), b->r->audit));
    repli_pen_text(&pen, STYLE_SMALL, ALIGN_RIGHT, REPORT_X1, MM(283), MM(20),
                   repli_arena_printf(b->a, "%zu / %zu", number + 1, b->npages));
    struct repli_draw_list *page = &b->pages[number], *more = &pen.list;
    page->items = repli_arena_grow(b->a, page->items, page->count, page->count + more->count, sizeof *page->items);
    memcpy(page->items + page->count, more->items, more->count * sizeof *more->items);
    page->count += more->count;
}

enum repli_status report_draw(struct report_book *b, struct repli_err *err)
{
    b->trouble = (struct trouble){.err = err};
    b->pen = (struct pen){.a = b->a, .t = &b->trouble};
    b->y = REPORT_Y0;
    report_glance(b);
    report_wards(b);
    report_hours(b);
    report_ages(b);
    report_missing(b);
    report_entries(b);
    report_conflicts(b);
    report_images(b);
    report_patients(b);
    report_timeline(b);
    report_signatures(b);
    keep_page(b);
    for (size_t i = 0; i < b->npages; i++)
        foot(b, i);
    return b->trouble.status;
}

enum repli_status repli_report_pages(const struct repli_report *r, const char *dir, const char *lang,
                                     const struct repli_zone *zone, struct repli_arena *a,
                                     struct repli_draw_list **pages, size_t *count, struct repli_err *err)
{
    struct report_book b = {.r = r, .dir = dir, .zone = zone, .a = a};
    enum repli_status s = repli_words_open(dir, lang, &b.words, err);
    if (s != REPLI_OK)
        return s;
    s = report_draw(&b, err);
    repli_form_close(b.words);
    *pages = b.pages;
    *count = b.npages;
    return s;
}
