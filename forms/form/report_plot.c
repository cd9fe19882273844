/* The two plots of the report: sheets an hour, and how long open sheets are open.  Black on white, drawn as boxes. */
#include "report_internal.h"

#define PLOT_X0  MM(46)
#define PLOT_X1  REPORT_X1
#define PANEL_UM MM(15)
#define BAR_MIN  300
#define HOUR     3600

static int64_t most(const int64_t *n, size_t count)
{
    int64_t max = 0;
    for (size_t i = 0; i < count; i++)
        max = n[i] > max ? n[i] : max;
    return max;
}

/* Where a column begins. */
static int32_t column_x(const struct repli_report_hours *h, size_t i)
{
    return PLOT_X0 + (int32_t)((int64_t)(PLOT_X1 - PLOT_X0) * (int64_t)i / (int64_t)h->count);
}

static void panel(struct report_book *b, const char *name, const int64_t *n, int64_t total)
{
    const struct repli_report_hours *h = &b->r->hours;
    int64_t max = most(n, h->count);
    int32_t base = b->y + PANEL_UM;
    bool said = false;
    repli_pen_text(&b->pen, STYLE_HEAVY, ALIGN_LEFT, REPORT_X0, base - MM(5), PLOT_X0 - REPORT_X0 - MM(2),
                   report_word(b, name));
    repli_pen_text(&b->pen, STYLE_SMALL, ALIGN_LEFT, REPORT_X0, base - MM(1), PLOT_X0 - REPORT_X0 - MM(2),
                   report_put(b, "{n} in all", total));
    for (size_t i = 0; i < h->count; i++) {
        if (n[i] == 0)
            continue;
        int32_t x0 = column_x(h, i), x1 = column_x(h, i + 1);
        int32_t gap = x1 - x0 > 2000 ? (x1 - x0) / 8 : 150;
        int32_t top = (int32_t)((int64_t)(PANEL_UM - MM(3.5)) * n[i] / max);
        if (x1 - x0 > MM(7)) /* few columns: not a wall of ink */
            gap = (x1 - x0 - MM(5)) / 2;
        top = top < BAR_MIN ? BAR_MIN : top;
        repli_pen_fill(&b->pen, repli_box_make(x0 + gap, base - top, x1 - x0 - 2 * gap, top));
        if (n[i] == max && !said) /* the highest one says how high */
            repli_pen_text(&b->pen, STYLE_SMALL, ALIGN_CENTRE, (x0 + x1) / 2, base - top - MM(0.8), MM(20),
                           report_count(b, max));
        said = said || n[i] == max;
    }
    repli_pen_line(&b->pen, PLOT_X0, base, PLOT_X1, base, 150, 0);
    b->y = base;
}

/* Times under the lowest panel, as many as have room. */
static void times(struct report_book *b)
{
    const struct repli_report_hours *h = &b->r->hours;
    size_t every = 1;
    while (every < h->count && column_x(h, every) - PLOT_X0 < MM(22))
        every++;
    for (size_t i = 0; i < h->count; i += every) {
        int32_t x = column_x(h, i);
        repli_pen_line(&b->pen, x, b->y, x, b->y + MM(1.2), 150, 0);
        if (x + MM(20) < PLOT_X1 + MM(1))
            repli_pen_text(
                &b->pen, STYLE_SMALL, ALIGN_LEFT, x, b->y + MM(4.2), MM(22),
                repli_form_time(b->words, b->zone, h->start_utc + (int64_t)i * h->step_h * HOUR, false, b->a));
    }
    b->y += MM(6);
}

/* The hours of the outage as a line over the panels. */
static void outage_line(struct report_book *b)
{
    const struct repli_report_hours *h = &b->r->hours;
    int64_t end = h->start_utc + (int64_t)h->count * h->step_h * HOUR, from = b->r->scope.from_utc;
    int64_t until = b->r->scope.until_utc, span = end - h->start_utc;
    if (!b->r->scope.outage || until <= h->start_utc || from >= end)
        return;
    from = from < h->start_utc ? h->start_utc : from;
    until = until > end ? end : until;
    int32_t x0 = PLOT_X0 + (int32_t)((PLOT_X1 - PLOT_X0) * (from - h->start_utc) / span);
    int32_t x1 = PLOT_X0 + (int32_t)((PLOT_X1 - PLOT_X0) * (until - h->start_utc) / span);
    repli_pen_text(&b->pen, STYLE_SMALL, ALIGN_LEFT, REPORT_X0, b->y + MM(2.6), PLOT_X0 - REPORT_X0 - MM(2),
                   report_word(b, "computers down"));
    if (x1 > x0)
        repli_pen_line(&b->pen, x0, b->y + MM(1.6), x1, b->y + MM(1.6), 900, 0);
    b->y += MM(4);
}

static int64_t sum(const int64_t *n, size_t count)
{
    int64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += n[i];
    return all;
}

void report_hours(struct report_book *b)
{
    const struct repli_report_hours *h = &b->r->hours;
    if (h->count == 0)
        return;
    report_heading(b, "Sheets an hour", 3 * (PANEL_UM + MM(1)) + MM(12));
    if (h->step_h > 1)
        report_sentence(b, report_put(b, "a column stands for {n} hours", h->step_h));
    outage_line(b);
    panel(b, "sheets printed", h->printed, sum(h->printed, h->count));
    b->y += MM(1);
    panel(b, "sheets scanned", h->scanned, sum(h->scanned, h->count));
    b->y += MM(1);
    panel(b, "in the record", h->merged, sum(h->merged, h->count));
    times(b);
}

static void bar(struct report_book *b, const char *label, int64_t out, int64_t work, int64_t max)
{
    int32_t room = MM(105), x = PLOT_X0 + MM(10), top = b->y + MM(1), high = MM(3.6);
    int32_t first = (int32_t)((int64_t)room * out / max), second = (int32_t)((int64_t)room * work / max);
    repli_pen_text(&b->pen, STYLE_BODY, ALIGN_LEFT, REPORT_X0, b->y + MM(4), x - REPORT_X0 - MM(2), label);
    if (out)
        repli_pen_fill(&b->pen, repli_box_make(x, top, first > BAR_MIN ? first : BAR_MIN, high));
    first = out && first < BAR_MIN ? BAR_MIN : first;
    if (work)
        repli_pen_frame(&b->pen, repli_box_make(x + first, top, second > 2 * BAR_MIN ? second : 2 * BAR_MIN, high),
                        200);
    repli_pen_text(&b->pen, STYLE_BODY, ALIGN_RIGHT, REPORT_X1, b->y + MM(4), MM(24), report_count(b, out + work));
    b->y += MM(5.6);
}

static void legend(struct report_book *b)
{
    int32_t x = PLOT_X0 + MM(10);
    const char *out = report_word(b, "not back"), *work = report_word(b, "back, not finished");
    repli_pen_fill(&b->pen, repli_box_make(x, b->y + MM(1), MM(3), MM(2.4)));
    repli_pen_text(&b->pen, STYLE_SMALL, ALIGN_LEFT, x + MM(4.4), b->y + MM(3.2), MM(60), out);
    x += MM(14) + repli_pen_width(STYLE_SMALL, out);
    repli_pen_frame(&b->pen, repli_box_make(x, b->y + MM(1), MM(3), MM(2.4)), 200);
    repli_pen_text(&b->pen, STYLE_SMALL, ALIGN_LEFT, x + MM(4.4), b->y + MM(3.2), MM(60), work);
    b->y += MM(6);
}

void report_ages(struct report_book *b)
{
    static const char *const labels[REPLI_REPORT_AGES] = {"under 6 hours", "6 to 12 hours", "12 to 24 hours",
                                                          "1 to 2 days",   "2 to 7 days",   "over 7 days"};
    int64_t both[REPLI_REPORT_AGES];
    for (int i = 0; i < REPLI_REPORT_AGES; i++)
        both[i] = b->r->ages_out[i] + b->r->ages_work[i];
    int64_t max = most(both, REPLI_REPORT_AGES);
    report_heading(b, "Age of sheets that are open", max ? MM(42) : MM(8));
    if (max == 0) {
        report_sentence(b, report_word(b, "No sheet is open: all are finished, void, lost or blank."));
        return;
    }
    legend(b);
    for (int i = 0; i < REPLI_REPORT_AGES; i++)
        bar(b, report_word(b, labels[i]), b->r->ages_out[i], b->r->ages_work[i], max);
}
