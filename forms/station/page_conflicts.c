/* A conflict between paper and the record: printed, live, paper beside each other, what happened, and the choice. */
#include <stdlib.h>
#include <string.h>

#include "repli/ledger_lists.h"
#include "repli/ledger_review.h"
#include "repli/merge.h"
#include "repli/outage.h"
#include "repli/record_lists.h"
#include "repli/review.h"
#include "repli/text.h"
#include "station/desk.h"

#define HALF_DAY (12 * 3600)
#define STEPS    48

struct conflict {
    struct station_request *r;
    const struct repli_held_row *held;
    struct repli_sheet_row *row;
    json_t *look; /* owned */
};

static void keep_line(void *user, const char *json)
{
    struct conflict *c = user;
    if (!c->look)
        c->look = json_loads(json, 0, NULL);
}

/* ---- three columns */

static json_t *cell(const char *text)
{
    return json_string(text && *text ? text : "–");
}

/* Boxes of the paper with their pictures. */
static json_t *paper(const struct conflict *c, json_t *look)
{
    json_t *list = json_array(), *p;
    size_t i;
    json_array_foreach(json_object_get(look, "paper"), i, p)
    {
        json_t *o = json_pack("{s:O, s:O}", "role", json_object_get(p, "role"), "field", json_object_get(p, "field"));
        const char *value = json_string_value(json_object_get(p, "value")),
                   *answer = json_string_value(json_object_get(p, "answer"));
        json_object_set_new(o, "label", cell(json_string_value(json_object_get(p, "label"))));
        json_object_set_new(o, "value", cell(value ? value : answer && strcmp(answer, "value") ? answer : NULL));
        json_object_set_new(o, "paper_unit", cell(json_string_value(json_object_get(p, "unit"))));
        json_object_set_new(o, "by1", cell(json_string_value(json_object_get(p, "by1"))));
        const char *by2 = json_string_value(json_object_get(p, "by2"));
        if (by2)
            json_object_set_new(o, "by2", json_string(by2));
        if (json_is_true(json_object_get(p, "seen")))
            json_object_set_new(
                o, "picture",
                json_sprintf("/crop/%s/%s.png", c->held->sheet, json_string_value(json_object_get(p, "field"))));
        json_array_append_new(list, o);
    }
    return list;
}

static void three_columns(struct conflict *c, json_t *view)
{
    struct station_request *r = c->r;
    json_t *live = json_array(), *l, *choices = json_object_get(c->look, "paper_may_win");
    size_t i;
    json_array_foreach(json_object_get(c->look, "live"), i, l)
    {
        json_array_append_new(live, json_pack("{s:O, s:O, s:o}", "what", json_object_get(l, "what"), "id",
                                              json_object_get(l, "id"), "pairs",
                                              station_pairs(r, json_object_get(l, "values"))));
    }
    json_object_set_new(view, "live", live);
    json_object_set_new(view, "printed", station_pairs(r, json_object_get(c->look, "printed")));
    json_object_set_new(view, "about", station_pairs(r, json_object_get(c->look, "key")));
    json_object_set_new(view, "paper", paper(c, c->look));
    if (json_is_integer(json_object_get(c->look, "at_utc")))
        json_object_set_new(view, "event_at", station_time(r, json_integer_value(json_object_get(c->look, "at_utc"))));
    json_t *keyed = json_object_get(json_object_get(c->look, "keyed_by"), r->who->person);
    bool conflict = json_is_true(json_object_get(c->look, "conflict"));
    station_set_flag(view, "is_conflict", conflict);
    station_set_flag(view, "keyed_it", conflict && keyed);
    station_set_flag(view, "may_decide", conflict && !keyed);
    station_set_flag(view, "may_paper", conflict && !keyed && json_is_true(choices));
}

/* ---- what happened to it */

struct step {
    int64_t utc;
    const char *word, *who, *what;
};

static int by_time(const void *x, const void *y)
{
    const struct step *a = x, *b = y;
    return (a->utc > b->utc) - (a->utc < b->utc);
}

static bool of_capture(const struct conflict *c, const char *field)
{
    const json_t *p;
    size_t i;
    json_array_foreach(json_object_get(c->look, "paper"), i, p)
    {
        const char *id = json_string_value(json_object_get(p, "field"));
        if (id && strcmp(id, field) == 0)
            return true;
    }
    return false;
}

static enum repli_status steps(struct conflict *c, struct step *out, size_t *n)
{
    struct station_request *r = c->r;
    struct repli_pack pack;
    struct repli_reading_source source;
    struct repli_entry *entries = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_pack_get(r->ledger, NULL, c->row->pack_id, &r->a, &pack, &r->err);
    if (s == REPLI_OK)
        out[(*n)++] = (struct step){pack.printed_utc, "printed", NULL, c->row->pack_id};
    if (s == REPLI_OK)
        s = repli_ledger_reading_source(r->ledger, c->row->serial, &source, &r->err);
    if (s == REPLI_OK && source.found)
        out[(*n)++] = (struct step){source.scanned_utc, "scanned", NULL, NULL};
    if (s == REPLI_OK)
        s = repli_ledger_entries(r->ledger, c->row->serial, &r->a, &entries, &count, &r->err);
    for (size_t i = 0; s == REPLI_OK && i < count && *n < STEPS - 1; i++)
        if (of_capture(c, entries[i].field))
            out[(*n)++] = (struct step){entries[i].entered_utc,
                                        strcmp(entries[i].need, "key2") == 0     ? "second key"
                                        : strcmp(entries[i].need, "settle") == 0 ? "two people disagree"
                                        : strcmp(entries[i].need, "key1") == 0   ? "first key"
                                                                                 : "to confirm",
                                        entries[i].person,
                                        repli_arena_printf(&r->a, "%s: %s", entries[i].field,
                                                           entries[i].value ? entries[i].value : entries[i].answer)};
    out[(*n)++] = (struct step){c->held->since_utc, "held", NULL, NULL};
    qsort(out, *n, sizeof *out, by_time);
    return s;
}

static bool add_steps(struct conflict *c, json_t *view)
{
    struct step all[STEPS + 4];
    size_t n = 0;
    if (steps(c, all, &n) != REPLI_OK)
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_pack("{s:s, s:s?, s:s?}", "word", all[i].word, "by", all[i].who, "what", all[i].what);
        json_object_set_new(o, "at", station_time(c->r, all[i].utc));
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "steps", list);
    return true;
}

/* The day around it: what the record has of this order or code, what paper says, and the outage. */
static bool add_day(struct conflict *c, json_t *view)
{
    static const char *const lanes[] = {"paper", "record"};
    struct station_request *r = c->r;
    struct repli_moment *moments = NULL;
    struct repli_outage *outages = NULL;
    size_t n = 0, nout = 0, m = 0;
    const json_t *key = json_object_get(c->look, "key");
    int64_t at = json_integer_value(json_object_get(c->look, "at_utc")), from = at - HALF_DAY, to = at + HALF_DAY,
            shade = 0, shade_to = 0;
    if (at == 0 || !c->row->patient_id)
        return true;
    if (repli_record_moments(r->record, c->row->patient_id, json_string_value(json_object_get(key, "order")),
                             json_string_value(json_object_get(key, "code")), from, to, &r->a, &moments, &n,
                             &r->err) != REPLI_OK ||
        repli_ledger_outages(r->ledger, &r->a, &outages, &nout, &r->err) != REPLI_OK)
        return false;
    for (size_t i = 0; i < nout; i++)
        if (!outages[i].drill && outages[i].from_utc < to && (outages[i].open || outages[i].until_utc > from)) {
            shade = outages[i].from_utc;
            shade_to = outages[i].open ? to : outages[i].until_utc;
        }
    struct station_mark *marks = repli_arena_array(&r->a, n + 1, sizeof *marks);
    marks[m++] = (struct station_mark){.utc = at, .lane = 0, .text = "", .ours = true};
    for (size_t i = 0; i < n; i++)
        marks[m++] = (struct station_mark){
            .utc = moments[i].utc, .lane = strcmp(moments[i].what, "paper") != 0, .text = moments[i].text};
    json_object_set_new(view, "day", station_timeline(r, lanes, 2, marks, m, from, to, shade, shade_to));
    return true;
}

/* ---- the page */

static const char *title_of(const char *kind)
{
    const char *sentence = repli_merge_sentence(kind);
    return sentence ? sentence : kind;
}

static bool add_chosen(struct station_request *r, const struct repli_held_row *held, json_t *view)
{
    struct conflict c = {.r = r, .held = held};
    enum repli_status s = repli_ledger_sheet_get(r->ledger, held->serial, &r->a, &c.row, &r->err);
    if (s == REPLI_OK && c.row && !station_note(r, "view", held->sheet, "conflict", held->capture)) {
        return false;
    }
    if (s == REPLI_OK && c.row)
        s = repli_merge_look(r->st->site, r->ledger, r->record, held->serial, held->capture, keep_line, &c, &r->err);
    bool ok = s == REPLI_OK && c.row;
    if (ok && c.look) { /* else the sheet has no such capture any more: what is held is named all the same */
        three_columns(&c, view);
        ok = add_steps(&c, view) && add_day(&c, view);
    }
    if (ok) {
        json_object_update_new(view, json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s?, s:s?, s:s?, s:s?}", "chosen_sheet",
                                               held->sheet, "chosen_capture", held->capture, "kind", held->kind,
                                               "detail", station_detail(r, held->detail), "form", held->form_id, "name",
                                               c.row->patient_name, "patient", c.row->patient, "born",
                                               c.row->birth_date, "ward", held->ward));
        json_object_set_new(view, "since", station_time(r, held->since_utc));
        json_object_set_new(view, "title", json_string(title_of(held->kind)));
    } else if (!r->status) {
        station_error(r, 500, s == REPLI_OK ? "There is no such page" : r->err.text);
    }
    json_decref(c.look);
    return ok;
}

static bool same(const struct repli_held_row *h, const char *sheet, const char *capture)
{
    return sheet && capture && strcmp(h->sheet, sheet) == 0 && strcmp(h->capture, capture) == 0;
}

/* Conflicts first, then what is held for other reasons; each in the order of its age. */
static size_t sort_held(struct station_request *r, struct repli_held_row *rows, size_t n)
{
    struct repli_held_row *rest = repli_arena_array(&r->a, n + 1, sizeof *rest);
    size_t k = 0, m = 0;
    for (size_t i = 0; i < n; i++)
        if (repli_merge_is_conflict(rows[i].kind))
            rows[k++] = rows[i];
        else
            rest[m++] = rows[i];
    if (m)
        memcpy(rows + k, rest, m * sizeof *rest);
    return k;
}

static void show_conflicts(struct station_request *r, const char *sheet, const char *capture, const char *why)
{
    struct repli_held_row *rows = NULL;
    const struct repli_held_row *chosen = NULL, *after = NULL;
    size_t n = 0;
    if (!station_record(r))
        return;
    if (repli_ledger_held(r->ledger, &r->a, &rows, &n, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    size_t conflicts = sort_held(r, rows, n), from = (size_t)station_page_of(r), shown = 0, at = 0;
    json_t *view = json_object(), *list = json_array();
    for (size_t i = 0; i < n; i++)
        if (same(&rows[i], sheet, capture)) {
            chosen = &rows[i];
            at = i;
            from = i / ROWS * ROWS;
        }
    if (!chosen && conflicts > 0 && from < n)
        chosen = &rows[at = from];
    if (chosen && at + 1 < n)
        after = &rows[at + 1];
    for (size_t i = from; i < n && shown < ROWS; i++, shown++) {
        json_t *o = json_pack("{s:s, s:s, s:s, s:s?}", "sheet", rows[i].sheet, "capture", rows[i].capture, "kind",
                              rows[i].kind, "ward", rows[i].ward);
        json_object_set_new(o, "title", json_string(title_of(rows[i].kind)));
        station_set_flag(o, "chosen", chosen == &rows[i]);
        station_set_flag(o, "decidable", i < conflicts);
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "count", json_integer((json_int_t)conflicts));
    json_object_set_new(view, "held_count", json_integer((json_int_t)(n - conflicts)));
    json_object_set_new(view, "conflicts", list);
    json_object_set_new(view, "number", json_integer((json_int_t)at + 1));
    station_pages(r, view, shown);
    if (after)
        json_object_update_new(view,
                               json_pack("{s:s, s:s}", "next_sheet", after->sheet, "next_capture", after->capture));
    if (at > 0 && chosen)
        json_object_update_new(
            view, json_pack("{s:s, s:s}", "prev_sheet", rows[at - 1].sheet, "prev_capture", rows[at - 1].capture));
    if (why)
        json_object_set_new(view, "why", json_string(why));
    if (!chosen || add_chosen(r, chosen, view))
        station_desk_page(r, "conflicts", view);
    else
        json_decref(view);
}

void page_conflicts(struct station_request *r)
{
    show_conflicts(r, station_query(r, "sheet"), station_query(r, "capture"), NULL);
}

void post_decide(struct station_request *r)
{
    const char *sheet = station_field(r, "sheet"), *capture = station_field(r, "capture"),
               *choice = station_field(r, "choice");
    static const char *const numbers[] = {"2", "3", "4"}, *const choices[] = {"live", "paper", "note"};
    if (!sheet || !capture || !choice) {
        station_error(r, 400, "This is no form");
        return;
    }
    for (size_t i = 0; i < 3; i++)
        if (strcmp(choice, numbers[i]) == 0)
            choice = choices[i];
    if (!station_ledger(r))
        return;
    if (repli_review_decide(r->st->site, r->ledger, sheet, capture, choice, repli_arena_strdup(&r->a, r->who->person),
                            &r->err) == REPLI_OK) {
        station_flash(r,
                      *choice == 'l'   ? "Decided: the record stays"
                      : *choice == 'p' ? "Decided: the paper goes in"
                                       : "Decided: noted",
                      sheet);
        station_go(r, "/conflicts");
        return;
    }
    r->status = 409;
    show_conflicts(r, sheet, capture, repli_arena_strdup(&r->a, r->err.text));
}
