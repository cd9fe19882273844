/* The board of the ledger, what is still out, closing a ward; conflicts and what people decide about them. */
#include <string.h>

#include "repli/clock.h"
#include "repli/desk.h"
#include "repli/review.h"
#include "station/station.h"

#define MISSING_MAX 200

static json_t *board_row(struct station_request *r, const struct repli_desk_ward *w, bool chosen)
{
    int64_t open = w->out + w->received + w->scanned, done = w->merged + w->closed;
    json_t *o =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "ward", w->ward, "sheets", (json_int_t)w->sheets, "out",
                  (json_int_t)w->out, "received", (json_int_t)w->received, "scanned", (json_int_t)w->scanned, "merged",
                  (json_int_t)w->merged, "closed", (json_int_t)w->closed, "chosen", chosen);
    if (w->closed_utc) {
        json_object_set_new(o, "is_closed", json_true());
        json_object_set_new(o, "closed_at", station_time(r, w->closed_utc));
        json_object_set_new(o, "closed_by", json_string(w->closed_by ? w->closed_by : ""));
    } else if (w->out > 0) {
        json_object_set_new(o, "some_out", json_true());
    } else if (open > 0) {
        json_object_set_new(o, "open", json_integer(open));
    } else {
        json_object_set_new(o, "may_close", json_true());
    }
    json_object_set_new(o, "share", json_integer(w->sheets ? done * 100 / w->sheets : 0));
    return o;
}

struct missing {
    struct station_request *r;
    json_t *list;
    size_t count;
};

static enum repli_status missing_row(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    struct missing *m = user;
    (void)err;
    if (m->count++ >= MISSING_MAX)
        return REPLI_OK;
    json_t *o = json_pack("{s:s, s:s?, s:s?, s:s, s:s}", "sheet", row->sheet, "name", row->patient_name, "patient",
                          row->patient, "form", row->form_id, "lang_of", row->lang);
    json_object_set_new(o, "side", json_sprintf("%d/%d", row->side, row->sides));
    json_object_set_new(o, "at", station_time(m->r, row->state_utc));
    if (strcmp(row->form_id, "mar") == 0)
        json_object_set_new(o, "is_mar", json_true());
    json_array_append_new(m->list, o);
    return REPLI_OK;
}

/* Names of a ward's patients: who asked is written down. */
static bool add_missing(struct station_request *r, const char *ward, json_t *view)
{
    const struct repli_sheet_filter filter = {.ward = ward, .only_missing = true, .not_received = true};
    struct missing m = {.r = r, .list = json_array()};
    if (!station_note(r, "view", repli_arena_printf(&r->a, "ward %s", ward), "sheets still out", NULL) ||
        repli_ledger_sheets(r->ledger, &filter, missing_row, &m, &r->err) != REPLI_OK) {
        json_decref(m.list);
        if (!r->status)
            station_error(r, 500, r->err.text);
        return false;
    }
    json_object_set_new(view, "missing", m.list);
    json_object_set_new(view, "missing_count", json_integer((json_int_t)m.count));
    json_object_set_new(view, "chosen_ward", json_string(ward));
    return true;
}

static void show_ledger(struct station_request *r, const char *ward, const char *why)
{
    struct repli_desk_ward *wards = NULL;
    size_t count = 0;
    if (!station_ledger(r))
        return;
    if (repli_desk_board(r->ledger, &r->a, &wards, &count, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    json_t *view = json_object(), *list = json_array();
    bool known = false;
    int64_t sheets = 0;
    for (size_t i = 0; i < count; i++) {
        bool chosen = ward && strcmp(wards[i].ward, ward) == 0;
        known = known || chosen;
        sheets += wards[i].sheets;
        json_array_append_new(list, board_row(r, &wards[i], chosen));
    }
    json_object_set_new(view, "wards", list);
    json_object_set_new(view, "sheets_all", json_integer(sheets));
    if (why)
        json_object_set_new(view, "why", json_string(why));
    if (station_role(r->who->role) & (ROLE_NURSE | ROLE_COORDINATOR))
        json_object_set_new(view, "closes", json_true());
    if (known && !add_missing(r, ward, view)) {
        json_decref(view);
        return;
    }
    station_page(r, "ledger", view);
}

void page_ledger(struct station_request *r)
{
    show_ledger(r, station_query(r, "ward"), NULL);
}

void post_ledger_close(struct station_request *r)
{
    const char *ward = station_field(r, "ward");
    int64_t sheets = 0;
    if (!ward || !station_ledger(r)) {
        if (!r->status)
            station_error(r, 400, "This is no form");
        return;
    }
    if (repli_desk_close_ward(r->ledger, ward, repli_arena_strdup(&r->a, r->who->person),
                              repli_clock_now(&r->st->site->clock), &sheets, &r->err) == REPLI_OK) {
        station_go(r, "/ledger");
        return;
    }
    r->status = 409;
    show_ledger(r, ward, r->err.text);
}

/* ---- conflicts */

static void conflict_line(void *user, const char *line)
{
    json_t *list = user, *o = json_loads(line, 0, NULL), *choices = json_object_get(o, "choices"), *c;
    size_t i;
    if (!o)
        return;
    json_array_foreach(choices, i, c) json_object_set_new(o,
                                                          json_string_value(c)[0] == 'p'   ? "may_paper"
                                                          : json_string_value(c)[0] == 'l' ? "may_live"
                                                                                           : "may_note",
                                                          json_true());
    if (json_is_string(json_object_get(o, "field")))
        json_object_set_new(o, "picture",
                            json_sprintf("/crop/%s/%s.png", json_string_value(json_object_get(o, "sheet")),
                                         json_string_value(json_object_get(o, "field"))));
    json_array_append_new(list, o);
}

static void show_conflicts(struct station_request *r, const char *why)
{
    if (!station_ledger(r))
        return;
    json_t *list = json_array(), *view = json_object(), *o;
    size_t i;
    if (repli_review_conflicts(r->ledger, repli_arena_strdup(&r->a, r->who->person), conflict_line, list, &r->err) !=
        REPLI_OK) {
        json_decref(list);
        json_decref(view);
        station_error(r, 500, r->err.text);
        return;
    }
    json_array_foreach(list, i, o)
    {
        json_t *since = json_object_get(o, "since_utc");
        json_object_set_new(o, "since", station_time(r, json_integer_value(since)));
    }
    json_object_set_new(view, "count", json_integer((json_int_t)json_array_size(list)));
    json_object_set_new(view, "conflicts", list);
    if (why)
        json_object_set_new(view, "why", json_string(why));
    station_page(r, "conflicts", view);
}

void page_conflicts(struct station_request *r)
{
    show_conflicts(r, NULL);
}

void post_decide(struct station_request *r)
{
    const char *sheet = station_field(r, "sheet"), *capture = station_field(r, "capture"),
               *choice = station_field(r, "choice");
    if (!sheet || !capture || !choice) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (!station_ledger(r))
        return;
    if (repli_review_decide(r->st->site, r->ledger, sheet, capture, choice, repli_arena_strdup(&r->a, r->who->person),
                            &r->err) == REPLI_OK) {
        station_go(r, "/conflicts");
        return;
    }
    r->status = 409;
    show_conflicts(r, repli_arena_strdup(&r->a, r->err.text));
}
