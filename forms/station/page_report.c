/* The report: figures that a command counted, as plots; its PDF. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "repli/clock.h"
#include "repli/file.h"
#include "repli/report.h"
#include "station/desk.h"

#define FRESH_MS  60000
#define HOURS_MAX REPLI_REPORT_COLUMNS
#define PDF_MAX   (64u << 20)
#define BARS      16

static int64_t number(const json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static int64_t closed_of(const json_t *w)
{
    return number(w, "merged") + number(w, "void") + number(w, "lost") + number(w, "blank");
}

static json_t *share(int64_t part, int64_t all)
{
    return all ? json_sprintf("%lld,%lld %%", (long long)(part * 100 / all), (long long)(part * 1000 / all % 10))
               : json_string("–");
}

/* The row of large numbers. */
static void add_key_figures(const json_t *o, json_t *view)
{
    const json_t *w, *errors = json_object_get(o, "errors"), *merges = json_object_get(o, "merges");
    size_t i;
    int64_t sheets = 0, closed = 0, out = 0;
    json_array_foreach(json_object_get(o, "wards"), i, w)
    {
        sheets += number(w, "sheets");
        closed += closed_of(w);
        out += number(w, "printed");
    }
    json_object_set_new(view, "sheets", json_integer(sheets));
    json_object_set_new(view, "settled_share", share(closed, sheets));
    json_object_set_new(view, "out", json_integer(out));
    json_object_set_new(view, "keyed", json_integer(number(errors, "settled")));
    json_object_set_new(view, "entries", json_integer(number(merges, "entries")));
    json_object_set_new(view, "merges_stand", json_integer(number(merges, "stand")));
    json_object_set_new(view, "merges_undone", json_integer(number(merges, "undone")));
}

static void add_curves(struct station_request *r, const json_t *o, json_t *view)
{
    const json_t *h = json_object_get(json_object_get(o, "plots"), "hours");
    static const char *const keys[] = {"printed", "scanned", "merged"}, *const styles[] = {"dots", "dash", "main"};
    static int64_t values[3][HOURS_MAX];
    struct station_line_of lines[3];
    size_t count = json_array_size(json_object_get(h, "printed"));
    count = count > HOURS_MAX ? HOURS_MAX : count;
    for (size_t k = 0; k < 3; k++) {
        for (size_t i = 0; i < count; i++)
            values[k][i] = json_integer_value(json_array_get(json_object_get(h, keys[k]), i));
        lines[k] = (struct station_line_of){keys[k], styles[k], values[k]};
    }
    if (count > 0)
        json_object_set_new(view, "curves",
                            station_curves(r, lines, 3, count, number(h, "start_utc"), 3600 * number(h, "step_h")));
}

/* Of each object of a map, one number; the largest first, at most BARS. */
static size_t from_map(const json_t *map, const char *key, struct station_bar *out)
{
    size_t n = 0;
    const char *name;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)map, name, v)
    {
        int64_t value = number(v, key);
        size_t at = n < BARS ? n : BARS - 1;
        if (value == 0 || (n == BARS && out[at].value >= value))
            continue;
        n += n < BARS;
        for (; at > 0 && out[at - 1].value < value; at--)
            out[at] = out[at - 1];
        out[at] = (struct station_bar){name, value};
    }
    return n;
}

static void add_bars(const json_t *o, json_t *view)
{
    struct station_bar bars[BARS];
    const json_t *w;
    size_t i, n = 0;
    size_t held = from_map(json_object_get(o, "conflicts"), "open", bars);
    json_object_set_new(view, "held_bars", station_bars(bars, held, "main"));
    size_t images = from_map(json_object_get(o, "images"), "images", bars);
    json_object_set_new(view, "image_bars", station_bars(bars, images, "main"));
    json_array_foreach(json_object_get(o, "wards"), i, w)
    {
        const char *name = json_string_value(json_object_get(w, "ward"));
        if (n < BARS)
            bars[n++] = (struct station_bar){name ? name : "–", number(w, "printed")};
    }
    json_object_set_new(view, "out_bars", station_bars(bars, n, "bad"));
}

static json_t *tier_rows(const json_t *o)
{
    static const char *const names[] = {"1", "2", "other"}, *const words[] = {"two keys", "one key and range", "other"};
    json_t *list = json_array();
    for (size_t i = 0; i < 3; i++) {
        const json_t *t = json_object_get(json_object_get(o, "tiers"), names[i]);
        json_t *row = json_pack("{s:s, s:I, s:I, s:I, s:I}", "word", words[i], "fields",
                                (json_int_t)number(t, "fields"), "open", (json_int_t)number(t, "open"), "twice",
                                (json_int_t)number(t, "twice"), "differed", (json_int_t)number(t, "differed"));
        json_object_set_new(row, "rate", share(number(t, "differed"), number(t, "twice")));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *ward_rows(const json_t *o)
{
    json_t *list = json_array(), *w;
    size_t i;
    json_array_foreach(json_object_get(o, "wards"), i, w)
    {
        const char *name = json_string_value(json_object_get(w, "ward"));
        json_t *row = json_copy(w);
        json_object_set_new(row, "ward", json_string(name ? name : "–"));
        json_object_set_new(row, "voided", json_integer(number(w, "void")));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *timeline_rows(struct station_request *r, const json_t *o)
{
    json_t *list = json_array(), *e;
    size_t i;
    json_array_foreach(json_object_get(o, "timeline"), i, e)
    {
        json_t *row = json_copy(e);
        json_object_set_new(row, "at", station_time(r, number(e, "utc")));
        if (number(e, "last_utc"))
            json_object_set_new(row, "until", station_time(r, number(e, "last_utc")));
        json_array_append_new(list, row);
    }
    return list;
}

static void add_figures(struct station_request *r, const json_t *o, json_t *view)
{
    const char *outage = json_string_value(json_object_get(o, "outage"));
    if (outage)
        json_object_set_new(view, "outage_id", json_string(outage));
    if (number(o, "from_utc"))
        json_object_set_new(view, "from", station_time(r, number(o, "from_utc")));
    if (number(o, "until_utc"))
        json_object_set_new(view, "until", station_time(r, number(o, "until_utc")));
    json_object_set_new(view, "made", station_time(r, number(o, "made_utc")));
    json_object_set(view, "audit_head", json_object_get(o, "audit"));
    add_key_figures(o, view);
    add_curves(r, o, view);
    add_bars(o, view);
    json_object_set_new(view, "tier_rows", tier_rows(o));
    json_object_set_new(view, "ward_rows", ward_rows(o));
    json_object_set_new(view, "timeline_rows", timeline_rows(r, o));
    json_object_set_new(view, "ready", json_true());
}

/* Counting takes as long as it takes: meanwhile the page says so, and shows what was counted before. */
void page_report(struct station_request *r)
{
    static const char *const words[] = {"report", NULL};
    struct station_figures *f = &r->st->desk->report;
    bool again = station_query(r, "again") != NULL || !f->lines || repli_monotonic_ms() - f->asked_ms > FRESH_MS;
    json_t *view = json_object();
    if (again && !f->running && !station_figures_ask(r, f, words)) {
        json_decref(view);
        station_error(r, 500, r->err.text);
        return;
    }
    if (f->lines && json_array_size(f->lines) > 0)
        add_figures(r, json_array_get(f->lines, 0), view);
    station_set_flag(view, "counting", f->running);
    if (!f->running && f->code != REPLI_OK)
        json_object_set_new(view, "why", json_string(f->why));
    station_desk_page(r, "report", view);
}

static void written(struct station_request *r, int code, const struct station_said *said)
{
    char *data = NULL;
    size_t len = 0;
    const char *path = r->back;
    r->back = "/report";
    bool got = code == REPLI_OK && repli_file_read(path, PDF_MAX, &r->a, &data, &len, &r->err) == REPLI_OK;
    (void)unlink(path);
    if (!got) {
        station_then_back(r, REPLI_DATA, said);
        return;
    }
    r->status = 200;
    r->type = "application/pdf";
    r->file = "inline; filename=\"report.pdf\"";
    r->out.len = 0;
    repli_buf_add(&r->out, data, len);
}

void get_report_pdf(struct station_request *r)
{
    char id[33];
    station_random_id(id);
    const char *path = repli_path_join(&r->a, r->st->site->packs, repli_arena_printf(&r->a, "report-%s.pdf", id));
    const char *words[] = {"report", "--lang", r->lang, "-o", path, NULL};
    r->back = path;
    station_command(r, words, NULL, written);
}
