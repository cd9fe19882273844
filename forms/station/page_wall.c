/* A wall of tiles that the machine read alike: who looks marks the wrong ones, and confirms the rest with one key.
** Every tile is an answer of its own; what is marked wrong is read by itself, next. */
#include "station/review.h"

#include <stdio.h>
#include <string.h>

#define COLUMNS 8

static const char *text(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "";
}

/* Row and column of a tile, as people key them: 11, 12 ... 58. */
static int number_of(size_t i)
{
    return (int)(i / COLUMNS + 1) * 10 + (int)(i % COLUMNS + 1);
}

static json_t *tile(const json_t *task, size_t i)
{
    json_t *o = station_review_shown(task);
    json_object_set_new(o, "number", json_integer(number_of(i)));
    return o;
}

static json_t *wall_view(const struct station_review *v)
{
    json_t *view = station_review_figures(v), *tiles = json_array(), *t;
    struct repli_buf tasks = {0};
    size_t i;
    json_array_foreach(v->tasks, i, t)
    {
        if (i == REVIEW_BATCH)
            break;
        json_array_append_new(tiles, tile(t, i));
        repli_buf_printf(&tasks, "%s%s", i ? " " : "", text(t, "task"));
    }
    json_object_set_new(view, "count", json_integer((json_int_t)json_array_size(tiles)));
    json_object_set_new(view, "tiles", tiles);
    json_object_set_new(view, "tasks", json_string(tasks.data ? tasks.data : ""));
    json_object_set_new(view, "state", json_string(v->group));
    json_object_set_new(view,
                        strcmp(v->group, "ticked") == 0      ? "are_ticked"
                        : strcmp(v->group, "cancelled") == 0 ? "are_struck"
                                                             : "are_empty",
                        json_true());
    repli_buf_done(&tasks);
    return view;
}

void page_review_ticks(struct station_request *r)
{
    struct station_review *v = station_review_of(r->who);
    if (!station_review_wall(v)) {
        station_go(r, "/review");
        return;
    }
    json_t *view = wall_view(v);
    const char *why = station_query(r, "told");
    if (why)
        json_object_set_new(view, "told", json_string(why));
    station_page(r, "ticks", view);
}

/* "11 23": is this tile among those that were marked? */
static bool marked(const struct station_request *r, int number)
{
    char wanted[8];
    (void)snprintf(wanted, sizeof wanted, "%d", number);
    for (size_t i = 0; i < r->nform; i++) {
        const char *name = r->form[i].name, *value = r->form[i].value;
        if (strcmp(name, "wrong") != 0)
            continue;
        for (const char *s = value; *s; s += strcspn(s, " ,;")) {
            s += strspn(s, " ,;");
            if (strcspn(s, " ,;") == strlen(wanted) && strncmp(s, wanted, strlen(wanted)) == 0)
                return true;
        }
    }
    return false;
}

/* The tiles as the page showed them, in its order: what was confirmed is what was seen. */
static size_t accepted(struct station_request *r, const char *tasks, bool ticked, struct repli_buf *lines,
                       const char *list[REVIEW_BATCH], size_t *count)
{
    char *rest = repli_arena_strdup(&r->a, tasks), *one;
    size_t shown = 0;
    while ((one = strtok_r(rest, " ", &rest)) != NULL && shown < REVIEW_BATCH) {
        if (!marked(r, number_of(shown++))) {
            station_review_line(lines, one, NULL, NULL, ticked ? "value" : "blank", ticked ? "ticked" : NULL, false);
            list[(*count)++] = one;
        }
    }
    return shown;
}

/* A number that names no tile confirms nothing: it may have been meant for one. */
static bool numbers_right(const struct station_request *r, size_t shown)
{
    for (size_t i = 0; i < r->nform; i++) {
        if (strcmp(r->form[i].name, "wrong") != 0)
            continue;
        for (const char *s = r->form[i].value; *s; s += strcspn(s, " ,;")) {
            s += strspn(s, " ,;");
            bool found = *s == 0;
            for (size_t t = 0; t < shown && !found; t++) {
                char number[8];
                (void)snprintf(number, sizeof number, "%d", number_of(t));
                found = strcspn(s, " ,;") == strlen(number) && strncmp(s, number, strlen(number)) == 0;
            }
            if (!found)
                return false;
        }
    }
    return true;
}

void post_review_ticks(struct station_request *r)
{
    const char *tasks = station_field(r, "tasks"), *state = station_field(r, "state"), *list[REVIEW_BATCH];
    struct station_verdict v = {0};
    struct repli_buf lines = {0};
    size_t count = 0;
    if (!tasks || !state) {
        station_error(r, 400, "This is no form");
        return;
    }
    bool ticked = strcmp(state, "ticked") == 0;
    size_t shown = accepted(r, tasks, ticked, &lines, list, &count);
    bool right = numbers_right(r, shown);
    bool ok = right && (count == 0 || station_review_store(r, lines.data, &v));
    repli_buf_done(&lines);
    if (!right) {
        station_error(r, 422, "One of these numbers names no tile: nothing was confirmed");
        return;
    }
    if (!ok)
        return;
    for (size_t i = 0; i < count; i++)
        station_review_answered(r->who, list[i], ticked ? "✓" : "−");
    struct station_review *review = station_review_of(r->who);
    /* What is left of this wall was marked wrong. */
    review->single = count < shown && json_array_size(review->tasks) > 0;
    int64_t theirs = v.closed + v.refused;
    if (station_review_take(r, NULL, NULL))
        station_go(r, theirs ? repli_arena_printf(&r->a, "/review?told=%lld", (long long)theirs) : "/review");
}
