/* Review: one field at a time, of one kind after the other, from a crop without a name. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/file.h"
#include "repli/review.h"
#include "repli/scan.h"
#include "repli/serial.h"
#include "station/station.h"

#define AHEAD    20 /* fields that a page has ahead */
#define SEEN     2  /* done ones that stay in sight */
#define CROP_MAX (16u << 20)

/* ---- the tasks of a session */

static const char *text(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "";
}

/* Equal fields after each other: then 37 is never keyed into a blood glucose.  What asks for confirmation comes last,
** what two people disagree about by itself. */
static int by_kind(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    static const char *const keys[] = {"need", "kind", "label", "unit", "sheet"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        int c = i == 0 ? strcmp(text(b, keys[i]), text(a, keys[i])) : strcmp(text(a, keys[i]), text(b, keys[i]));
        if (c)
            return c;
    }
    return 0;
}

struct gathered {
    json_t **list;
    size_t count, room;
};

static void gather(void *user, const char *line)
{
    struct gathered *g = user;
    json_t *o = json_loads(line, 0, NULL);
    if (!o)
        return;
    if (g->count == g->room) {
        g->room = g->room ? 2 * g->room : 256;
        g->list = repli_xrealloc(g->list, g->room * sizeof *g->list);
    }
    g->list[g->count++] = o;
}

/* What is left for who is signed in; asked again when all of it was done. */
static bool tasks(struct station_request *r)
{
    struct gathered g = {0};
    if (json_array_size(r->who->tasks) > 0)
        return true;
    if (!station_ledger(r))
        return false;
    if (repli_review_export(r->st->site, r->ledger, r->who->person, gather, &g, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    if (g.count)
        qsort(g.list, g.count, sizeof *g.list, by_kind);
    json_decref(r->who->tasks);
    r->who->tasks = json_array();
    for (size_t i = 0; i < g.count; i++)
        json_array_append_new(r->who->tasks, g.list[i]);
    free(g.list);
    return true;
}

static bool same_kind(const json_t *a, const json_t *b)
{
    return strcmp(text(a, "label"), text(b, "label")) == 0 && strcmp(text(a, "kind"), text(b, "kind")) == 0 &&
           strcmp(text(a, "unit"), text(b, "unit")) == 0;
}

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
    return json_sprintf("%s – %s", a, b);
}

/* A task as a page wants it. */
static json_t *shown(const json_t *task)
{
    static const char *const copied[] = {"task", "sheet", "field",    "label", "unit",    "kind",
                                         "need", "drug",  "decimals", "cells", "letters", "range_soft"};
    json_t *o = json_object(), *soft = range(json_object_get(task, "range_soft")),
           *hard = range(json_object_get(task, "range_hard"));
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++)
        if (json_object_get(task, copied[i]) && !json_is_null(json_object_get(task, copied[i])))
            json_object_set(o, copied[i], json_object_get(task, copied[i]));
    if (soft)
        json_object_set_new(o, "soft", soft);
    if (hard)
        json_object_set_new(o, "hard", hard);
    json_object_set_new(o, "crop", json_sprintf("/crop/%s/%s.png", text(task, "sheet"), text(task, "field")));
    const char *kind = text(task, "kind"), *need = text(task, "need");
    json_object_set_new(o, "is_tick", json_boolean(strcmp(kind, "tick") == 0));
    json_object_set_new(o, "need_word",
                        json_string(strcmp(need, "key1") == 0     ? "first key"
                                    : strcmp(need, "key2") == 0   ? "second key"
                                    : strcmp(need, "settle") == 0 ? "two people disagree"
                                                                  : "to confirm"));
    return o;
}

static json_t *ahead(struct station_request *r)
{
    json_t *list = json_array(), *t;
    size_t i;
    json_array_foreach(r->who->tasks, i, t)
    {
        if (i == AHEAD)
            break;
        json_array_append_new(list, shown(t));
    }
    return list;
}

static json_t *review_view(struct station_request *r)
{
    json_t *view = json_object(), *first = json_array_get(r->who->tasks, 0), *next = json_array(), *t;
    size_t i, alike = 0;
    if (!first)
        return view;
    json_object_set_new(view, "task_now", shown(first));
    json_array_foreach(r->who->tasks, i, t)
    {
        alike += same_kind(first, t);
        if (i > 0 && i <= 3)
            json_array_append_new(next, shown(t));
    }
    json_object_set_new(view, "next", next);
    json_object_set_new(view, "left", json_integer((json_int_t)json_array_size(r->who->tasks)));
    json_object_set_new(view, "alike", json_integer((json_int_t)alike));
    json_object_set(view, "label", json_object_get(first, "label"));
    if (r->who->done)
        json_object_set(view, "seen", r->who->done);
    return view;
}

void page_review(struct station_request *r)
{
    if (tasks(r))
        station_page(r, "review", review_view(r));
}

void get_review_next(struct station_request *r)
{
    if (!tasks(r))
        return;
    station_json(r, json_pack("{s:o, s:I}", "fields", ahead(r), "left", (json_int_t)json_array_size(r->who->tasks)));
}

/* ---- an answer */

struct verdict {
    char outcome[16], why[512];
};

static void on_verdict(void *user, const char *line)
{
    struct verdict *v = user;
    json_t *o = json_loads(line, 0, NULL);
    (void)snprintf(v->outcome, sizeof v->outcome, "%s", text(o, "outcome"));
    (void)snprintf(v->why, sizeof v->why, "%s", text(o, "why"));
    json_decref(o);
}

static json_t *take_task(struct station_session *s, const char *id)
{
    json_t *t;
    size_t i;
    json_array_foreach(s->tasks, i, t) if (strcmp(text(t, "task"), id) == 0)
    {
        json_incref(t);
        json_array_remove(s->tasks, i);
        return t;
    }
    return NULL;
}

static void remember(struct station_session *s, json_t *task, const char *said)
{
    json_t *o = task ? shown(task) : NULL;
    if (!o)
        return;
    if (!s->done)
        s->done = json_array();
    json_object_set_new(o, "said",
                        json_string(strcmp(said, "blank") == 0        ? "−"
                                    : strcmp(said, "illegible") == 0  ? "*"
                                    : strcmp(said, "correction") == 0 ? "/"
                                                                      : said));
    json_array_append_new(s->done, o);
    if (json_array_size(s->done) > SEEN)
        json_array_remove(s->done, 0);
    json_decref(task);
}

/* Stored through the same door as `review import`; the answer goes out after the commit. */
static bool store(struct station_request *r, const char *answer, const char *value, bool sure, struct verdict *v)
{
    struct repli_review_counts counts = {0};
    json_t *o = json_pack("{s:s, s:s, s:b}", "task", station_field(r, "task"), "answer", answer, "sure", sure);
    if (value)
        json_object_set_new(o, "value", json_string(value));
    char *line = json_dumps(o, JSON_COMPACT);
    json_decref(o);
    (void)snprintf(v->outcome, sizeof v->outcome, "stored");
    enum repli_status s = line && station_ledger(r) ? repli_review_import(r->st->site, r->ledger, line, strlen(line),
                                                                          repli_arena_strdup(&r->a, r->who->person),
                                                                          on_verdict, v, &counts, &r->err)
                                                    : REPLI_DB;
    free(line);
    if (s == REPLI_OK || s == REPLI_WAITS)
        return true;
    if (!r->status)
        station_error(r, 500, r->err.text);
    return false;
}

/* The reasons that people meet, in their own words; the rest as it is. */
static const char *reason(struct station_request *r, const char *why)
{
    static const char *const plain[][2] = {{"is unusual", "Outside the usual range."},
                                           {"cannot be (", "This value cannot be."},
                                           {"nobody else read", "Nobody else read this value."},
                                           {"no time of day", "That is no time of day."},
                                           {"has no comma", "Key the decimals, too."},
                                           {"is no number", "That is no number."},
                                           {"none of the letters", "That is none of the letters."}};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strstr(why, plain[i][0]))
            return repli_arena_strdup(&r->a, station_word(r->lang, plain[i][1]));
    return why;
}

static void tell(struct station_request *r, const struct verdict *v, const char *value, bool json)
{
    if (json) {
        station_json(r, json_pack("{s:s, s:s, s:I}", "outcome", v->outcome, "why", reason(r, v->why), "left",
                                  (json_int_t)json_array_size(r->who->tasks)));
        return;
    }
    if (strcmp(v->outcome, "refused") != 0) {
        station_go(r, "/review");
        return;
    }
    if (!tasks(r))
        return;
    json_t *view = review_view(r);
    json_object_set_new(view, "why", json_string(reason(r, v->why)));
    json_object_set_new(view, "asked", json_string(value ? value : ""));
    r->status = 422;
    station_page(r, "review", view);
}

void post_review_entry(struct station_request *r)
{
    const char *value = station_field(r, "value"), *flag = station_field(r, "flag"), *asked = station_field(r, "asked"),
               *accept = MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, "Accept");
    static const char *const answers[] = {"blank", "illegible", "correction"};
    const char *answer = "value";
    struct verdict v = {0};
    if (!station_field(r, "task")) {
        station_error(r, 400, "This is no form");
        return;
    }
    for (size_t i = 0; flag && i < 3; i++)
        if (strcmp(flag, answers[i]) == 0)
            answer = answers[i];
    bool keyed = strcmp(answer, "value") == 0;
    /* What was asked again counts when it is keyed again, the same. */
    bool sure = (flag && strcmp(flag, "sure") == 0) || (asked && *asked && value && strcmp(asked, value) == 0);
    if (!store(r, answer, keyed ? value ? value : "" : NULL, sure, &v))
        return;
    if (strcmp(v.outcome, "refused") != 0)
        remember(r->who, take_task(r->who, station_field(r, "task")), keyed ? value : answer);
    tell(r, &v, value, accept && strncmp(accept, "application/json", 16) == 0);
}

/* Back: a settled field is opened again; one that waits for the second key keeps the first. */
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
    json_decref(r->who->tasks);
    r->who->tasks = NULL;
    if (r->who->done)
        json_array_clear(r->who->done);
    station_go(r, "/review");
}

/* ---- pictures */

void get_crop(struct station_request *r)
{
    const char *sheet = NULL, *field = NULL;
    char *data = NULL;
    size_t len = 0;
    uint64_t serial = 0;
    bool missing = false;
    if (!station_crop_parse(r->path + strlen("/crop/"), &r->a, &sheet, &field) || !repli_serial_parse(sheet, &serial)) {
        station_error(r, 404, "There is no such page");
        return;
    }
    const char *file = repli_path_join(&r->a, r->st->site->crops, repli_scan_crop_name(&r->a, sheet, field));
    bool whole = strcmp(field, REPLI_CROP_SHEET) == 0;
    /* A whole side shows whose it is: that is a view of a patient. */
    if (whole && !station_note(r, "view", sheet, "sheet", NULL))
        return;
    if (!repli_file_exists(file) &&
        (!station_ledger(r) ||
         repli_scan_crops(r->st->site, r->ledger, serial, &field, 1, &missing, &r->err) != REPLI_OK || missing)) {
        r->out.len = 0;
        station_error(r, 404, "There is no picture: the scan is gone");
        return;
    }
    if (repli_file_read(file, CROP_MAX, &r->a, &data, &len, &r->err) != REPLI_OK) {
        station_error(r, 404, "There is no picture: the scan is gone");
        return;
    }
    r->status = 200;
    r->type = "image/png";
    r->keep = !whole;
    repli_buf_add(&r->out, data, len);
}
