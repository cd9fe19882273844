/* What a session was lent, and what it answered. */
#include "station/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/ledger_quality.h"
#include "repli/lend.h"
#include "repli/text.h"

static const char *text(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "";
}

struct station_review *station_review_of(struct station_session *s)
{
    if (!s->review) {
        s->review = repli_xcalloc(1, sizeof *s->review);
        s->review->tasks = json_array();
        s->review->done = json_array();
    }
    return s->review;
}

void station_review_forget(struct station_session *s)
{
    if (!s->review)
        return;
    json_decref(s->review->tasks);
    json_decref(s->review->done);
    free(s->review);
    s->review = NULL;
}

void station_review_again(struct station_session *s)
{
    struct station_review *v = station_review_of(s);
    json_array_clear(v->tasks);
    v->single = false;
}

bool station_review_wall(const struct station_review *v)
{
    return strcmp(v->need, "confirm") == 0 && !v->single && json_array_size(v->tasks) > 0;
}

/* ---- lending */

static bool known(const struct station_review *v, const char *task)
{
    json_t *t;
    size_t i;
    json_array_foreach(v->tasks, i, t) if (strcmp(text(t, "task"), task) == 0) return true;
    return false;
}

struct lent {
    struct station_review *v;
    struct repli_buf crops;
    size_t count;
};

/* The pictures are wanted in the order in which they will be looked at. */
static void want_crops(struct repli_buf *out, const json_t *task)
{
    const char *sheet = text(task, "sheet"), *field = text(task, "field");
    if (!json_is_true(json_object_get(task, "wide"))) {
        repli_buf_printf(out, "%s %s\n", sheet, field);
        return;
    }
    if (strcmp(text(task, "need"), "confirm") == 0)
        repli_buf_printf(out, "%s @tile.%s\n", sheet, field);
    repli_buf_printf(out, "%s @near.%s\n%s @row.%s\n", sheet, field, sheet, field);
}

static void take_line(void *user, const char *line)
{
    struct lent *l = user;
    json_t *o = json_loads(line, 0, NULL);
    if (!o || known(l->v, text(o, "task"))) {
        json_decref(o);
        return;
    }
    want_crops(&l->crops, o);
    json_array_append_new(l->v->tasks, o);
    l->count++;
}

static bool lend(struct station_request *r, struct station_review *v, const char *need, const char *group)
{
    struct lent l = {.v = v};
    bool ok = station_ledger(r) && repli_review_lend(r->st->site, r->ledger, r->who->person, need, group, REVIEW_BATCH,
                                                     take_line, &l, &r->err) == REPLI_OK;
    if (ok && l.crops.len)
        station_crops_want(r->st, l.crops.data);
    repli_buf_done(&l.crops);
    if (!ok && !r->status)
        station_error(r, 500, r->err.text);
    return ok;
}

/* The surest last: who looks at a wall looks longest at its beginning. */
static int by_confidence(const void *left, const void *right)
{
    double a = json_number_value(json_object_get(*(json_t *const *)left, "confidence")),
           b = json_number_value(json_object_get(*(json_t *const *)right, "confidence"));
    return (a > b) - (a < b);
}

static void sort_wall(struct station_review *v)
{
    size_t n = json_array_size(v->tasks), i;
    json_t **list = repli_xcalloc(n + 1, sizeof *list), *t;
    json_array_foreach(v->tasks, i, t) list[i] = json_incref(t);
    qsort(list, n, sizeof *list, by_confidence);
    json_array_clear(v->tasks);
    for (i = 0; i < n; i++)
        json_array_append_new(v->tasks, list[i]);
    free(list);
}

static bool wanted(const struct repli_work *w, const char *need, const char *group)
{
    return need ? strcmp(w->need, need) == 0 && (!group || strcmp(w->group, group) == 0) : w->open > w->theirs;
}

static void begin_kind(struct station_review *v, const struct repli_work *w)
{
    v->single = false;
    (void)snprintf(v->need, sizeof v->need, "%s", w->need);
    (void)snprintf(v->group, sizeof v->group, "%s", w->group);
    v->kind_left = w->open - w->theirs;
    v->kind_done = 0;
}

/* May this kind follow in the same batch?  Walls stand by themselves. */
static bool follows(const struct station_review *v, const struct repli_work *w)
{
    return strcmp(v->need, "confirm") != 0 && strcmp(w->need, "confirm") != 0;
}

static bool lend_kind(struct station_request *r, struct station_review *v, const struct repli_work *w)
{
    if (json_array_size(v->tasks) == 0)
        begin_kind(v, w);
    else if (strcmp(v->need, w->need) != 0 || strcmp(v->group, w->group) != 0)
        v->kind_left += w->open - w->theirs;
    return lend(r, v, w->need, w->group);
}

/* Who signs in anew gets first what they were given already, then the kinds come in their order; small kinds make one
** batch. */
static bool choose(struct station_request *r, struct station_review *v, const char *need, const char *group)
{
    struct repli_work *work = NULL;
    size_t count = 0;
    if (!station_ledger(r))
        return false;
    if (repli_review_ready(r->st->site, r->ledger, &r->err) != REPLI_OK ||
        repli_review_work(r->st->site, r->ledger, r->who->person, &r->a, &work, &count, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    v->all_left = 0;
    for (size_t i = 0; i < count; i++)
        v->all_left += work[i].open - work[i].theirs;
    for (int held = need || v->need[0] ? 0 : 1; held >= 0; held--)
        for (size_t i = 0; i < count && json_array_size(v->tasks) < REVIEW_MORE; i++) {
            if (!wanted(&work[i], need, group) || (held && work[i].mine == 0) ||
                (json_array_size(v->tasks) > 0 && !follows(v, &work[i])))
                continue;
            if (!lend_kind(r, v, &work[i]))
                return false;
        }
    if (station_review_wall(v))
        sort_wall(v);
    return true;
}

/* What was lent and is not wanted now goes to others at once. */
static bool turn_to_another(struct station_request *r)
{
    if (!station_ledger(r))
        return false;
    if (repli_ledger_leases_release(r->ledger, r->who->person, repli_clock_now(&r->st->site->clock), &r->err) !=
        REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    station_review_again(r->who);
    return true;
}

bool station_review_take(struct station_request *r, const char *need, const char *group)
{
    struct station_review *v = station_review_of(r->who);
    if (need && !turn_to_another(r))
        return false;
    return json_array_size(v->tasks) > 0 || choose(r, v, need, group);
}

bool station_review_more(struct station_request *r)
{
    struct station_review *v = station_review_of(r->who);
    if (v->single || station_review_wall(v) || json_array_size(v->tasks) >= REVIEW_MORE)
        return true;
    if (json_array_size(v->tasks) > 0 && !lend(r, v, v->need, v->group))
        return false;
    return json_array_size(v->tasks) >= REVIEW_MORE || choose(r, v, NULL, NULL);
}

/* ---- what a page shows */

static json_t *range(const json_t *r)
{
    const json_t *low = json_array_get(r, 0), *high = json_array_get(r, 1);
    char a[32] = "…", b[32] = "…";
    if (!r || json_is_null(r))
        return NULL;
    if (json_is_number(low))
        repli_number_format(json_number_value(low), 3, a);
    if (json_is_number(high))
        repli_number_format(json_number_value(high), 3, b);
    for (char *p = a; *p; p++)
        *p = *p == '.' ? ',' : *p;
    for (char *p = b; *p; p++)
        *p = *p == '.' ? ',' : *p;
    return json_sprintf("%s – %s", a, b);
}

static const char *as_said(const char *answer, const char *value)
{
    return strcmp(answer, "blank") == 0        ? "−"
           : strcmp(answer, "illegible") == 0  ? "*"
           : strcmp(answer, "correction") == 0 ? "/"
           : strcmp(value, "ticked") == 0      ? "✓"
                                               : value;
}

/* Two answers that stand against each other, for the third person: F2 and F3 choose. */
static json_t *keyed(const json_t *list)
{
    json_t *out = json_array(), *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        char *said = repli_xstrdup(as_said(text(one, "answer"), text(one, "value")));
        for (char *p = said; *p; p++)
            *p = *p == '.' ? ',' : *p;
        json_array_append_new(out, json_pack("{s:s, s:s, s:s, s:s}", "said", said, "answer", text(one, "answer"),
                                             "pick", text(one, "value"), "key",
                                             i == 0   ? "F2"
                                             : i == 1 ? "F3"
                                                      : "F4"));
        free(said);
    }
    return out;
}

static const char *need_word(const char *need)
{
    return strcmp(need, "key1") == 0     ? "first key"
           : strcmp(need, "key2") == 0   ? "second key"
           : strcmp(need, "settle") == 0 ? "two people disagree"
                                         : "to confirm";
}

static bool is_time(const json_t *task)
{
    const char *role = text(task, "role");
    return strcmp(text(task, "kind"), "band") != 0 && (strcmp(role, "at") == 0 || strcmp(role, "given") == 0 ||
                                                       strcmp(role, "stop") == 0 || strncmp(role, "at_", 3) == 0);
}

static void add_pictures(json_t *o, const json_t *task)
{
    const char *sheet = text(task, "sheet"), *field = text(task, "field");
    bool wide = json_is_true(json_object_get(task, "wide"));
    json_object_set_new(o, "crop", json_sprintf("/crop/%s/%s%s.png", sheet, wide ? "@near." : "", field));
    json_object_set_new(o, "tile", json_sprintf("/crop/%s/%s%s.png", sheet, wide ? "@tile." : "", field));
    if (wide)
        json_object_set_new(o, "row", json_sprintf("/crop/%s/@row.%s.png", sheet, field));
}

json_t *station_review_shown(const json_t *task)
{
    static const char *const copied[] = {"task",       "sheet", "field",    "label", "unit",    "kind",
                                         "need",       "drug",  "decimals", "cells", "letters", "range_soft",
                                         "range_hard", "mm",    "machine",  "form",  "state"};
    json_t *o = json_object(), *soft = range(json_object_get(task, "range_soft")),
           *hard = range(json_object_get(task, "range_hard"));
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        if (json_object_get(task, copied[i]) && !json_is_null(json_object_get(task, copied[i])))
            json_object_set(o, copied[i], json_object_get(task, copied[i]));
    if (soft)
        json_object_set_new(o, "soft", soft);
    if (hard)
        json_object_set_new(o, "hard", hard);
    add_pictures(o, task);
    if (strcmp(text(task, "kind"), "tick") == 0)
        json_object_set_new(o, "is_tick", json_true());
    if (is_time(task))
        json_object_set_new(o, "is_time", json_true());
    if (json_object_get(task, "keyed"))
        json_object_set_new(o, "keyed", keyed(json_object_get(task, "keyed")));
    json_object_set_new(o, "need_word", json_string(need_word(text(task, "need"))));
    return o;
}

/* ---- what was answered */

static json_t *take_task(struct station_review *v, const char *id)
{
    json_t *t;
    size_t i;
    json_array_foreach(v->tasks, i, t) if (strcmp(text(t, "task"), id) == 0)
    {
        json_incref(t);
        json_array_remove(v->tasks, i);
        return t;
    }
    return NULL;
}

void station_review_answered(struct station_session *s, const char *task, const char *said)
{
    struct station_review *v = station_review_of(s);
    json_t *t = take_task(v, task), *o = t ? station_review_shown(t) : NULL;
    if (!o)
        return;
    v->pace_ms[v->paced++ % REVIEW_PACE] = repli_monotonic_ms();
    v->kind_left -= v->kind_left > 0;
    v->all_left -= v->all_left > 0;
    v->kind_done++;
    json_object_set_new(o, "said", json_string(said));
    json_object_del(o, "keyed");
    json_array_append_new(v->done, o);
    if (json_array_size(v->done) > REVIEW_DONE)
        json_array_remove(v->done, 0);
    json_decref(t);
    if (json_array_size(v->tasks) == 0)
        v->single = false;
}

/* Fields an hour, from the last answers: a pause of more than a minute is none. */
static int64_t speed(const struct station_review *v)
{
    size_t n = v->paced < REVIEW_PACE ? v->paced : REVIEW_PACE;
    int64_t busy = 0, gaps = 0;
    for (size_t i = 1; i < n; i++) {
        int64_t gap = v->pace_ms[(v->paced - i) % REVIEW_PACE] - v->pace_ms[(v->paced - i - 1) % REVIEW_PACE];
        if (gap < 60000) {
            busy += gap;
            gaps++;
        }
    }
    return gaps >= 5 && busy > 0 ? gaps * 3600000 / busy : 0;
}

json_t *station_review_figures(const struct station_review *v)
{
    int64_t left = (int64_t)json_array_size(v->tasks), fast = speed(v);
    int64_t kind = v->kind_left > left ? v->kind_left : left, all = v->all_left > kind ? v->all_left : kind;
    json_t *o = json_pack("{s:I, s:I, s:I, s:I}", "left", (json_int_t)all, "alike", (json_int_t)kind, "kind_done",
                          (json_int_t)v->kind_done, "kind_all", (json_int_t)(v->kind_done + kind));
    if (fast > 0) {
        json_object_set_new(o, "speed", json_integer(fast));
        json_object_set_new(o, "minutes", json_integer((kind * 60 + fast - 1) / fast));
    }
    return o;
}
