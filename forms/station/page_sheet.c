/* One side as it was scanned, with a box around each field that people answer: what stands there, what waits. */
#include "station/review.h"

#include <string.h>

#include "repli/clock.h"
#include "repli/lend.h"
#include "repli/serial.h"

static const char *text(const json_t *o, const char *key)
{
    const char *t = json_string_value(json_object_get(o, key));
    return t ? t : "";
}

static void add_line(void *user, const char *line)
{
    json_array_append_new(user, json_loads(line, 0, NULL));
}

/* People read and write a comma; data has a point. */
static json_t *with_comma(const char *value)
{
    const char *point = strchr(value, '.');
    return point ? json_sprintf("%.*s,%s", (int)(point - value), value, point + 1) : json_string(value);
}

/* What a person sees of a field in the list, and how its box is drawn. */
static void add_state(json_t *o)
{
    const char *status = text(o, "status"), *answer = text(o, "answer"), *value = text(o, "value");
    bool settled = strcmp(status, "settled") == 0, empty = settled && strcmp(answer, "empty") == 0;
    const char *word = empty                                          ? "empty"
                       : settled && strcmp(answer, "blank") == 0      ? "nothing there"
                       : settled && strcmp(answer, "illegible") == 0  ? "illegible"
                       : settled && strcmp(answer, "correction") == 0 ? "correction"
                       : settled && strcmp(value, "ticked") == 0      ? "ticked"
                       : settled                                      ? "keyed"
                       : strcmp(status, "open") == 0                  ? "for you"
                       : strcmp(status, "others") == 0                ? "for somebody else"
                       : strcmp(status, "waits") == 0                 ? "waits for the page"
                                                                      : "not read";
    json_object_set_new(o, "word", json_string(word));
    json_object_set_new(o,
                        empty                         ? "is_empty"
                        : settled                     ? "is_settled"
                        : strcmp(status, "open") == 0 ? "is_open"
                                                      : "is_waiting",
                        json_true());
    if (settled && strcmp(answer, "value") == 0 && strcmp(value, "ticked") != 0)
        json_object_set_new(o, "shows", with_comma(value));
}

static void add_box(json_t *o)
{
    static const char *const names[] = {"x", "y", "w", "h"};
    const json_t *mm = json_object_get(o, "mm");
    double v[4] = {0};
    for (size_t i = 0; i < 4; i++)
        v[i] = json_number_value(json_array_get(mm, i));
    v[2] -= v[0];
    v[3] -= v[1];
    for (size_t i = 0; i < 4; i++)
        json_object_set_new(o, names[i], json_sprintf("%.2f", v[i]));
}

static json_t *listed(json_t *lines, const char *sheet, const char *field, json_t **chosen)
{
    json_t *list = json_array(), *line, *o;
    size_t i;
    *chosen = NULL;
    json_array_foreach(lines, i, line)
    {
        o = station_review_shown(line);
        json_object_set(o, "status", json_object_get(line, "status"));
        json_object_set(o, "answer", json_object_get(line, "answer"));
        json_object_set(o, "value", json_object_get(line, "value"));
        add_state(o);
        add_box(o);
        json_object_set_new(o, "number", json_integer((json_int_t)i + 1));
        json_object_set_new(o, "of_sheet", json_string(sheet));
        json_array_append_new(list, o);
        if (field ? strcmp(text(o, "field"), field) == 0 : !*chosen && json_object_get(o, "is_open"))
            *chosen = o;
    }
    if (!*chosen)
        *chosen = json_array_get(list, 0);
    if (*chosen)
        json_object_set_new(*chosen, "chosen", json_true());
    return list;
}

/* The name on the paper belongs on the page: who looks must see whose it is, and the audit says who looked. */
static bool add_patient(struct station_request *r, uint64_t serial, json_t *view)
{
    struct repli_sheet_row *row = NULL;
    if (repli_ledger_sheet_get(r->ledger, serial, &r->a, &row, &r->err) != REPLI_OK || !row) {
        station_error(r, row ? 500 : 404, row ? r->err.text : "There is no such page");
        return false;
    }
    json_object_set_new(view, "patient_name", json_string(row->patient_name ? row->patient_name : ""));
    json_object_set_new(view, "patient", json_string(row->patient ? row->patient : ""));
    json_object_set_new(view, "form", json_string(row->form_id));
    json_object_set_new(view, "side", json_sprintf("%d/%d", row->side, row->sides));
    json_object_set_new(view, "ward", json_string(row->ward ? row->ward : ""));
    json_object_set_new(view, "state", json_string(repli_life_text(row->state)));
    return true;
}

static void show(struct station_request *r, const char *sheet, const char *field, const char *why, const char *asked)
{
    uint64_t serial = 0;
    json_t *lines = json_array(), *view = json_object(), *chosen = NULL;
    size_t open = 0, i;
    const json_t *o;
    if (!repli_serial_parse(sheet, &serial)) {
        station_error(r, 404, "There is no such page");
    } else if (station_note(r, "view", sheet, "sheet", NULL) && add_patient(r, serial, view)) {
        if (repli_review_look(r->st->site, r->ledger, sheet, r->who->person, add_line, lines, &r->err) == REPLI_OK) {
            json_t *list = listed(lines, sheet, field, &chosen);
            json_array_foreach(list, i, o) open += json_object_get(o, "is_open") != NULL;
            json_object_set_new(view, "fields", list);
            json_object_set_new(view, "open", json_integer((json_int_t)open));
            json_object_set_new(view, "sheet", json_string(sheet));
            if (chosen)
                json_object_set(view, "now_at", chosen);
            if (why)
                json_object_set_new(view, "why", json_string(why));
            json_object_set_new(view, "asked", json_string(asked ? asked : ""));
            station_page(r, "sheet", view);
            view = NULL;
        } else {
            station_error(r, 404, r->err.text);
        }
    }
    json_decref(lines);
    json_decref(view);
}

void page_sheet(struct station_request *r)
{
    show(r, r->path + strlen("/sheet/"), station_query(r, "field"), NULL, NULL);
}

/* Keyed on the page: the same door, then the page again at the next field that waits. */
void post_sheet_entry(struct station_request *r)
{
    const char *sheet = r->path + strlen("/sheet/"), *task = station_field(r, "task"), *kind = station_field(r, "kind"),
               *field = station_field(r, "field");
    struct station_verdict v = {0};
    struct repli_buf line = {0};
    uint64_t serial = 0;
    if (!task || !field || !repli_serial_parse(sheet, &serial)) {
        station_error(r, 400, "This is no form");
        return;
    }
    struct station_answer a = station_review_answer(r, kind && strcmp(kind, "tick") == 0);
    station_review_line(&line, task, NULL, NULL, a.answer, a.value, a.sure);
    bool ok = station_review_store(r, line.data, &v);
    repli_buf_done(&line);
    if (!ok)
        return;
    if (strcmp(v.outcome, "stored") == 0) {
        station_review_answered(r->who, task, a.said);
        station_go(r, repli_arena_printf(&r->a, "/sheet/%s", sheet));
        return;
    }
    r->status = 422;
    show(r, sheet, field, station_review_reason(r, v.why), a.value);
}
