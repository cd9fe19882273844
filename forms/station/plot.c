/* Inline SVG, drawn here and without a script: numbers for plot templates; every text is escaped by them. */
#include <string.h>

#include "repli/clock.h"
#include "station/desk.h"

#define BAR_X    150
#define BAR_W    330
#define BAR_STEP 24
#define PLOT_X   46
#define PLOT_Y   200
#define PLOT_W   380
#define PLOT_H   180

json_t *station_bars(const struct station_bar *bars, size_t count, const char *style)
{
    json_t *list = json_array();
    int64_t most = 1;
    for (size_t i = 0; i < count; i++)
        most = bars[i].value > most ? bars[i].value : most;
    for (size_t i = 0; i < count; i++) {
        int64_t w = bars[i].value * BAR_W / most, y = (int64_t)i * BAR_STEP;
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:s}", "label", bars[i].label, "value",
                                              (json_int_t)bars[i].value, "w", (json_int_t)(w > 0 ? w : 1), "y",
                                              (json_int_t)y + 4, "text_y", (json_int_t)y + 17, "text_x",
                                              (json_int_t)(BAR_X + (w > 0 ? w : 1) + 6), "style",
                                              bars[i].value ? style : "none"));
    }
    return json_pack("{s:o, s:I}", "bars", list, "height", (json_int_t)(count * BAR_STEP + 4));
}

/* A round number that `most` fits under in four steps. */
static int64_t step_of(int64_t most)
{
    static const int64_t nice[] = {1, 2, 5};
    for (int64_t ten = 1;; ten *= 10)
        for (size_t i = 0; i < 3; i++)
            if (nice[i] * ten * 4 >= most)
                return nice[i] * ten;
}

static json_t *hours_axis(const struct station_request *r, size_t count, int64_t start_utc, int64_t step_s)
{
    json_t *list = json_array();
    size_t each = count > 8 ? (count + 7) / 8 : 1;
    for (size_t i = 0; i <= count; i += each) {
        struct repli_civil t;
        repli_zone_civil(r->st->site->zone, start_utc + (int64_t)i * step_s, &t);
        json_t *o = json_pack("{s:I}", "x", (json_int_t)(PLOT_X + (int64_t)i * PLOT_W / (int64_t)(count ? count : 1)));
        json_object_set_new(o, "text",
                            step_s >= 86400 ? json_sprintf("%02d-%02d", t.day, t.month)
                                            : json_sprintf("%02d:%02d", t.hour, t.minute));
        json_array_append_new(list, o);
    }
    return list;
}

/* Running sums. */
json_t *station_curves(const struct station_request *r, const struct station_line_of *lines, size_t nlines,
                       size_t count, int64_t start_utc, int64_t step_s)
{
    json_t *curves = json_array(), *levels = json_array();
    int64_t most = 1;
    for (size_t k = 0; k < nlines; k++) {
        int64_t sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += lines[k].values[i];
        most = sum > most ? sum : most;
    }
    int64_t step = step_of(most), top = step * 4, last_y = -100;
    for (int64_t v = 0; v <= top; v += step)
        json_array_append_new(levels, json_pack("{s:I, s:I, s:I}", "value", (json_int_t)v, "y",
                                                (json_int_t)(PLOT_Y - v * PLOT_H / top), "text_y",
                                                (json_int_t)(PLOT_Y - v * PLOT_H / top + 4)));
    for (size_t k = 0; k < nlines; k++) {
        struct repli_buf d = {0};
        int64_t sum = 0;
        repli_buf_printf(&d, "M%d %d", PLOT_X, PLOT_Y);
        for (size_t i = 0; i < count; i++) {
            sum += lines[k].values[i];
            repli_buf_printf(&d, "L%lld %lld", (long long)(PLOT_X + ((int64_t)i + 1) * PLOT_W / (int64_t)count),
                             (long long)(PLOT_Y - sum * PLOT_H / top));
        }
        int64_t y = PLOT_Y - sum * PLOT_H / top + 4;
        y = k > 0 && y - last_y < 16 && y - last_y > -16 ? last_y + 16 : y; /* labels do not lie on each other */
        last_y = y;
        json_array_append_new(curves,
                              json_pack("{s:s, s:s, s:s, s:I, s:I}", "path", d.data, "label", lines[k].label, "style",
                                        lines[k].style, "total", (json_int_t)sum, "label_y", (json_int_t)y));
        repli_buf_done(&d);
    }
    return json_pack("{s:o, s:o, s:o}", "curves", curves, "levels", levels, "hours",
                     hours_axis(r, count, start_utc, step_s));
}

/* ---- a line of time */

#define TIME_X 90
#define TIME_W 780

static int64_t x_of(int64_t utc, int64_t from, int64_t to)
{
    utc = utc < from ? from : utc > to ? to : utc;
    return TIME_X + (utc - from) * TIME_W / (to - from);
}

json_t *station_timeline(const struct station_request *r, const char *const *lanes, size_t nlanes,
                         const struct station_mark *marks, size_t count, int64_t from, int64_t to, int64_t shade_from,
                         int64_t shade_to)
{
    json_t *view = json_object(), *list = json_array(), *dots = json_array(), *hours = json_array();
    int64_t last[8] = {0};
    for (size_t i = 0; i < nlanes; i++)
        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "label", lanes[i], "y", (json_int_t)(48 + 40 * i),
                                              "text_y", (json_int_t)(52 + 40 * i)));
    for (int64_t t = from - from % 7200 + 7200; t < to; t += 7200) {
        struct repli_civil c;
        repli_zone_civil(r->st->site->zone, t, &c);
        json_array_append_new(hours, json_pack("{s:I, s:o}", "x", (json_int_t)x_of(t, from, to), "text",
                                               json_sprintf("%02d:%02d", c.hour, c.minute)));
    }
    for (size_t i = 0; i < count; i++) {
        struct repli_civil c;
        int64_t x = x_of(marks[i].utc, from, to), y = 48 + 40 * (int64_t)marks[i].lane;
        repli_zone_civil(r->st->site->zone, marks[i].utc, &c);
        json_t *o = json_pack("{s:I, s:I, s:s}", "x", (json_int_t)x, "y", (json_int_t)y, "text", marks[i].text);
        json_object_set_new(o, "clock", json_sprintf("%02d:%02d", c.hour, c.minute));
        json_object_set_new(o, "text_y", json_integer(y - 9));
        json_object_set_new(o, "box_x", json_integer(x - 5));
        json_object_set_new(o, "box_y", json_integer(y - 5));
        station_set_flag(o, "ours", marks[i].ours);
        station_set_flag(o, "named", marks[i].ours || x - last[marks[i].lane & 7] > 44);
        if (x - last[marks[i].lane & 7] > 44)
            last[marks[i].lane & 7] = x;
        json_array_append_new(dots, o);
    }
    json_object_set_new(view, "lanes", list);
    json_object_set_new(view, "ticks", hours);
    json_object_set_new(view, "dots", dots);
    json_object_set_new(view, "bottom", json_integer(24 + 40 * (int64_t)nlanes));
    json_object_set_new(view, "ticks_y", json_integer(40 + 40 * (int64_t)nlanes));
    json_object_set_new(view, "height", json_integer(46 + 40 * (int64_t)nlanes));
    if (shade_to > shade_from) {
        int64_t x = x_of(shade_from, from, to);
        json_object_set_new(
            view, "shade",
            json_pack("{s:I, s:I}", "x", (json_int_t)x, "w", (json_int_t)(x_of(shade_to, from, to) - x)));
    }
    return view;
}
