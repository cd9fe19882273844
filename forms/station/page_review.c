/* Review: one field at a time, of one kind after the other, from a crop without a name. */
#include "station/review.h"

#include <stdlib.h>
#include <string.h>

#include "repli/review.h"
#include "repli/text.h"

#define AHEAD 20 /* fields that a page has ahead */
#define NEXT  5  /* of them in sight */
#define SEEN  2  /* done ones that stay in sight */
#define BACK  50 /* done ones that a page can go back to without asking */

static const char *text(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "";
}

static json_t *ahead(const struct station_review *v, size_t from, size_t count)
{
    json_t *list = json_array();
    for (size_t i = from; i < from + count && i < json_array_size(v->tasks); i++)
        json_array_append_new(list, station_review_shown(json_array_get(v->tasks, i)));
    return list;
}

/* The last ones, oldest first, without the `skip` newest. */
static json_t *seen(const struct station_review *v, size_t skip, size_t count)
{
    json_t *list = json_array();
    size_t n = json_array_size(v->done), end = n > skip ? n - skip : 0;
    for (size_t i = end > count ? end - count : 0; i < end; i++)
        json_array_append(list, json_array_get(v->done, i));
    return list;
}

static void add_ways_back(json_t *view, const struct station_review *v, size_t back)
{
    size_t n = json_array_size(v->done);
    if (back < n)
        json_object_set_new(view, "earlier", json_integer((json_int_t)back + 1));
    if (back > 0)
        json_object_set_new(view, "later", json_integer((json_int_t)back - 1));
}

/* `back`: how many answers ago; 0 = what is to be read now. */
static json_t *review_view(const struct station_request *r, const struct station_review *v, size_t back)
{
    json_t *view = station_review_figures(v), *now = NULL;
    json_object_set_new(view, "who_id", json_string(r->who->person));
    if (back > 0 && back <= json_array_size(v->done)) {
        now = json_copy(json_array_get(v->done, json_array_size(v->done) - back));
        json_object_set_new(now, "again", json_true());
        const char *said = text(now, "said");
        if (said[strspn(said, "0123456789,.:-")] == 0)
            json_object_set_new(now, "value", json_string(said));
    } else if (json_array_size(v->tasks) > 0) {
        now = station_review_shown(json_array_get(v->tasks, 0));
    }
    if (!now)
        return view;
    json_object_set(view, "label", json_object_get(now, "label"));
    json_object_set_new(view, "task_now", now);
    json_object_set_new(view, "next", ahead(v, back > 0 ? 0 : 1, NEXT));
    json_object_set_new(view, "seen", seen(v, back, SEEN));
    add_ways_back(view, v, back);
    return view;
}

static void show(struct station_request *r, const struct station_review *v, size_t back, int64_t theirs)
{
    json_t *view = review_view(r, v, back);
    if (theirs)
        json_object_set_new(view, "told", json_integer(theirs));
    station_page(r, "review", view);
}

/* Shows what this person was given, and gives nothing: that is asked for where all that waits is listed. */
void page_review(struct station_request *r)
{
    const char *back = station_query(r, "back"), *told = station_query(r, "told");
    int64_t steps = 0, theirs = 0;
    struct station_review *v = station_review_of(r->who);
    (void)(back && repli_integer(back, 0, REVIEW_DONE, &steps));
    if ((size_t)steps > json_array_size(v->done))
        steps = 0;
    const char *tail =
        told && repli_integer(told, 1, REVIEW_BATCH, &theirs) ? repli_arena_printf(&r->a, "?told=%s", told) : "";
    if (steps == 0 && station_review_wall(v))
        station_go(r, repli_arena_printf(&r->a, "/review/ticks%s", tail));
    else if (steps == 0 && json_array_size(v->tasks) == 0)
        station_go(r, repli_arena_printf(&r->a, "/review/queues%s", tail));
    else
        show(r, v, (size_t)steps, theirs);
}

/* A kind that was chosen, or what comes first. */
void post_review_take(struct station_request *r)
{
    const char *need = station_field(r, "need"), *group = station_field(r, "group");
    need = need && *need ? need : NULL;
    if (station_review_take(r, need, need && group && *group ? group : NULL))
        station_go(r, "/review");
}

void post_review_next(struct station_request *r)
{
    struct station_review *v = station_review_of(r->who);
    if (!station_review_more(r))
        return;
    json_t *o = station_review_figures(v);
    json_object_set_new(o, "fields", station_review_wall(v) ? json_array() : ahead(v, 0, AHEAD));
    if (station_field(r, "all"))
        json_object_set_new(o, "done", seen(v, 0, BACK));
    station_json(r, o);
}

/* ---- an answer */

static const json_t *find(const json_t *list, const char *task)
{
    const json_t *t;
    size_t i;
    json_array_foreach(list, i, t) if (strcmp(text(t, "task"), task) == 0) return t;
    return NULL;
}

static void tell(struct station_request *r, const struct station_verdict *v, const char *value)
{
    const char *accept = MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, "Accept");
    const char *outcome = station_review_outcome(v);
    bool refused = strcmp(outcome, "refused") == 0;
    struct station_review *review = station_review_of(r->who);
    if (accept && strncmp(accept, "application/json", 16) == 0) {
        json_t *o = station_review_figures(review);
        json_object_set_new(o, "outcome", json_string(outcome));
        json_object_set_new(o, "why", json_string(station_review_reason(r, v->why)));
        station_json(r, o);
        return;
    }
    if (!station_review_take(r, NULL, NULL))
        return;
    if (!refused || json_array_size(review->tasks) == 0) {
        station_go(r, "/review");
        return;
    }
    json_t *view = review_view(r, review, 0);
    json_object_set_new(view, "why", json_string(station_review_reason(r, v->why)));
    json_object_set_new(view, "asked", json_string(value ? value : ""));
    r->status = 422;
    station_page(r, "review", view);
}

/* What was answered before is opened again, then answered anew: in between it is open, so that nothing half done can
** pass for an answer.  false: an error is set. */
static bool open_again(struct station_request *r, const char *sheet, const char *field, struct station_verdict *v)
{
    if (!station_ledger(r))
        return false;
    enum repli_status s =
        repli_review_reopen(r->st->site, r->ledger, sheet, field, repli_arena_strdup(&r->a, r->who->person), &r->err);
    if (s == REPLI_OK || strstr(r->err.text, "is open already"))
        return true;
    if (s != REPLI_DATA && s != REPLI_USAGE) {
        station_error(r, 500, r->err.text);
        return false;
    }
    *v = (struct station_verdict){.outcome = "gone", .refused = 1};
    (void)snprintf(v->why, sizeof v->why, "%s", r->err.text);
    return true;
}

static void answer_again(struct station_request *r, const char *task, const char *sheet, const char *field)
{
    struct station_review *v = station_review_of(r->who);
    json_t *before = (json_t *)(uintptr_t)find(v->done, task);
    struct station_answer a = station_review_answer(r, json_is_true(json_object_get(before, "is_tick")));
    struct station_verdict verdict = {.outcome = "stored"};
    struct repli_buf line = {0};
    bool same = before && strcmp(text(before, "said"), a.said) == 0;
    if (!same && !open_again(r, sheet, field, &verdict))
        return;
    station_review_line(&line, NULL, sheet, field, a.answer, a.value, a.sure);
    bool ok = same || strcmp(verdict.outcome, "stored") != 0 || station_review_store(r, line.data, &verdict);
    repli_buf_done(&line);
    if (!ok)
        return;
    if (before && strcmp(verdict.outcome, "stored") == 0)
        json_object_set_new(before, "said", json_string(a.said));
    tell(r, &verdict, a.value);
}

void post_review_entry(struct station_request *r)
{
    const char *task = station_field(r, "task"), *sheet = station_field(r, "sheet"), *field = station_field(r, "field"),
               *again = station_field(r, "again");
    struct station_verdict v = {0};
    struct repli_buf line = {0};
    if (!task || (again && *again && (!sheet || !field))) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (again && *again) {
        answer_again(r, task, sheet, field);
        return;
    }
    const json_t *lent = find(station_review_of(r->who)->tasks, task);
    const char *kind =
        lent ? text(lent, "kind") : station_field(r, "kind"); /* kept in a browser since another sign-in */
    struct station_answer a = station_review_answer(r, kind && strcmp(kind, "tick") == 0);
    station_review_line(&line, task, NULL, NULL, a.answer, a.value, a.sure);
    bool ok = station_review_store(r, line.data, &v);
    repli_buf_done(&line);
    if (!ok)
        return;
    if (strcmp(station_review_outcome(&v), "refused") != 0)
        station_review_answered(r->who, task, strcmp(v.outcome, "stored") == 0 ? a.said : "–");
    tell(r, &v, a.value);
}

/* A settled field is opened again; one that waits for the second key keeps the first. */
void post_review_reopen(struct station_request *r)
{
    const char *sheet = station_field(r, "sheet"), *field = station_field(r, "field");
    if (!sheet || !field) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (!station_ledger(r))
        return;
    if (repli_review_reopen(r->st->site, r->ledger, sheet, field, repli_arena_strdup(&r->a, r->who->person), &r->err) !=
        REPLI_OK) {
        station_error(r, 409, r->err.text);
        return;
    }
    station_review_again(r->who);
    if (station_review_take(r, NULL, NULL))
        station_go(r, "/review");
}
