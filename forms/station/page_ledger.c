/* The board: where all paper of each ward is, what is still out, settling sheets that do not come back, the desk. */
#include <string.h>

#include "repli/clock.h"
#include "repli/desk.h"
#include "repli/ledger_lists.h"
#include "station/desk.h"

#define SHEETS_MAX 24 /* settled at once: a form has 64 fields */

static const char *ward_name(struct station_request *r, const char *ward)
{
    const json_t *w;
    size_t i;
    json_array_foreach(json_object_get(station_wards(r), "wards"), i, w)
    {
        const char *code = json_string_value(json_object_get(w, "ward"));
        if (code && strcmp(code, ward) == 0)
            return json_string_value(json_object_get(w, "ward_name"));
    }
    return NULL;
}

/* Thousandths of a bar that has no rounding gap. */
static void add_share(json_t *o, int64_t done, int64_t work, int64_t out, int64_t sheets)
{
    int64_t all = sheets > 0 ? sheets : 1, a = done * 1000 / all, c = out * 1000 / all;
    int64_t b = work == 0 ? 0 : 1000 - a - c;
    json_object_set_new(o, "bar_done", json_integer(a));
    json_object_set_new(o, "bar_work", json_integer(b));
    json_object_set_new(o, "bar_work_x", json_integer(a));
    json_object_set_new(o, "bar_out", json_integer(1000 - a - b));
    json_object_set_new(o, "bar_out_x", json_integer(a + b));
    json_object_set_new(o, "share", json_integer(done * 100 / all));
}

static json_t *counts(const struct repli_desk_ward *w)
{
    int64_t open = w->received + w->scanned;
    json_t *o =
        json_pack("{s:I, s:I, s:I, s:I, s:I}", "sheets", (json_int_t)w->sheets, "out", (json_int_t)w->out, "received",
                  (json_int_t)w->received, "merged", (json_int_t)w->merged, "open", (json_int_t)(w->out + open));
    static const struct {
        const char *key;
        enum repli_life state;
    } states[] = {{"scanned", REPLI_LIFE_SCANNED}, {"read", REPLI_LIFE_READ},   {"reviewed", REPLI_LIFE_REVIEWED},
                  {"blank", REPLI_LIFE_BLANK},     {"voided", REPLI_LIFE_VOID}, {"lost", REPLI_LIFE_LOST}};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        json_object_set_new(o, states[i].key, json_integer(w->state[states[i].state]));
    add_share(o, w->merged + w->closed, open, w->out, w->sheets);
    return o;
}

static json_t *board_row(struct station_request *r, const struct repli_desk_ward *w, bool chosen)
{
    json_t *o = counts(w);
    const char *name = ward_name(r, w->ward);
    json_object_set_new(o, "ward", json_string(w->ward));
    json_object_set_new(o, "ward_name", json_string(name ? name : ""));
    station_set_flag(o, "chosen", chosen);
    if (w->out > 0 && w->oldest_utc)
        json_object_set_new(o, "since", station_age(repli_clock_now(&r->st->site->clock) - w->oldest_utc));
    if (w->closed_utc) {
        json_object_set_new(o, "is_closed", json_true());
        json_object_set_new(o, "closed_at", station_time(r, w->closed_utc));
        json_object_set_new(o, "closed_by", json_string(w->closed_by ? w->closed_by : ""));
        return o;
    }
    station_set_flag(o, "some_out", w->out > 0);
    station_set_flag(o, "in_work", w->out == 0 && w->received + w->scanned > 0);
    station_set_flag(o, "may_close", w->out + w->received + w->scanned == 0);
    return o;
}

static void add_total(struct repli_desk_ward *sum, const struct repli_desk_ward *w)
{
    sum->sheets += w->sheets;
    sum->out += w->out;
    sum->received += w->received;
    sum->scanned += w->scanned;
    sum->merged += w->merged;
    sum->closed += w->closed;
    for (int i = 0; i < REPLI_LIFE_COUNT; i++)
        sum->state[i] += w->state[i];
}

/* Names of a ward's patients: who asked is written down. */
static bool add_missing(struct station_request *r, const struct repli_desk_ward *w, json_t *view)
{
    struct repli_missing_row *rows = NULL;
    size_t n = 0;
    int64_t now = repli_clock_now(&r->st->site->clock);
    if (!station_note(r, "view", repli_arena_printf(&r->a, "ward %s", w->ward), "sheets still out", NULL))
        return false;
    if (repli_ledger_missing(r->ledger, w->ward, station_page_of(r), ROWS, &r->a, &rows, &n, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_pack("{s:s, s:s?, s:s?, s:s?, s:s}", "sheet", rows[i].sheet, "name", rows[i].name, "patient",
                              rows[i].patient, "bed", rows[i].bed, "form", rows[i].form_id);
        json_object_set_new(o, "side", json_sprintf("%d/%d", rows[i].side, rows[i].sides));
        json_object_set_new(o, "at", station_time(r, rows[i].printed_utc));
        json_object_set_new(o, "age", station_age(now - rows[i].printed_utc));
        station_set_flag(o, "is_mar", strcmp(rows[i].form_id, "mar") == 0);
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "missing", list);
    json_object_set_new(view, "missing_count", json_integer(w->out));
    json_object_set_new(view, "chosen_ward", json_string(w->ward));
    station_pages(r, view, n);
    return true;
}

static void show_ledger(struct station_request *r, const char *ward, const char *why)
{
    struct repli_desk_ward *wards = NULL, sum = {0};
    const struct repli_desk_ward *chosen = NULL;
    size_t count = 0;
    if (!station_ledger(r))
        return;
    if (repli_desk_board(r->ledger, &r->a, &wards, &count, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    json_t *view = json_object(), *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (ward && strcmp(wards[i].ward, ward) == 0)
            chosen = &wards[i];
        add_total(&sum, &wards[i]);
        json_array_append_new(list, board_row(r, &wards[i], chosen == &wards[i]));
    }
    json_object_set_new(view, "wards", list);
    json_object_set_new(view, "total", counts(&sum));
    json_object_set_new(view, "sheets_all", json_integer(sum.sheets));
    json_object_set_new(view, "wards_count", json_integer((json_int_t)count));
    if (why)
        json_object_set_new(view, "why", json_string(why));
    station_set_flag(view, "closes", station_is(r, ROLE_NURSE | ROLE_COORDINATOR));
    station_set_flag(view, "settles", !station_is(r, ROLE_PHARMACIST));
    if (chosen && !add_missing(r, chosen, view)) {
        json_decref(view);
        return;
    }
    station_desk_page(r, "ledger", view);
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
        station_flash(r, "The ward is closed", ward);
        station_go(r, "/ledger");
        return;
    }
    r->status = 409;
    show_ledger(r, ward, repli_arena_strdup(&r->a, r->err.text));
}

/* ---- settling by hand */

static const char *back_to_ward(struct station_request *r)
{
    const char *ward = station_field(r, "ward");
    struct repli_buf b = {0};
    for (const char *p = ward ? ward : ""; *p; p++)
        repli_buf_printf(&b, "%%%02X", (unsigned)(unsigned char)*p);
    const char *path = b.len ? repli_arena_printf(&r->a, "/ledger?ward=%s", b.data) : "/ledger";
    repli_buf_done(&b);
    return path;
}

/* Numbers from the boxes that are ticked, and from the line that was typed: between blanks or commas. */
static size_t sheets_named(struct station_request *r, const char **out, size_t room)
{
    size_t n = 0;
    for (size_t i = 0; i < r->nform; i++) {
        if (strcmp(r->form[i].name, "sheet") != 0)
            continue;
        for (const char *p = r->form[i].value; *p && n < room;) {
            size_t len = strcspn(p, " ,;");
            if (len > 0)
                out[n++] = repli_arena_strndup(&r->a, p, len);
            p += len + strspn(p + len, " ,;");
        }
    }
    return n;
}

static void settled(struct station_request *r, int code, const struct station_said *said)
{
    if (code == REPLI_OK)
        station_flash(r, "Settled", NULL);
    station_then_back(r, code, said);
}

void post_ledger_settle(struct station_request *r)
{
    const char *as = station_field(r, "as"), *reason = station_plain(r, "reason", 200);
    const char *words[SHEETS_MAX + 8] = {"ledger"};
    size_t n = 1;
    r->back = back_to_ward(r);
    if (!as || (strcmp(as, "void") != 0 && strcmp(as, "lost") != 0)) {
        station_error(r, 400, "This is no form");
        return;
    }
    words[n++] = strcmp(as, "void") == 0 ? "void" : "lost";
    if (reason) {
        words[n++] = "--reason";
        words[n++] = reason;
    }
    words[n++] = "--";
    size_t count = sheets_named(r, words + n, SHEETS_MAX);
    if (count == 0)
        station_error(r, 400, "Which sheet? Tick it, or type its number");
    else
        station_command(r, words, NULL, settled);
}

void post_ledger_unused(struct station_request *r)
{
    const char *pack = station_plain(r, "pack", 24), *count = station_plain(r, "count", 7);
    r->back = back_to_ward(r);
    if (!pack || !count) {
        station_error(r, 400, "This is no form");
        return;
    }
    const char *words[] = {"ledger", "void", "--pack", pack, "--unused", "--count", count, NULL};
    station_command(r, words, NULL, settled);
}

/* A hand scanner types the code, a person the number: paper that is in the hand. */
void post_ledger_receive(struct station_request *r)
{
    const char *code = station_plain(r, "code", 200);
    enum repli_desk_answer answer = REPLI_DESK_NOT_A_CODE;
    struct repli_sheet_row *row = NULL;
    static const char *const said[] = {
        "Checked in",     "It was checked in before", "Look: it was closed",       "Paper of a drill",
        "Not known here", "Not ours, or forged",      "That is no code of a sheet"};
    r->back = back_to_ward(r);
    if (!code) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (!station_ledger(r))
        return;
    if (repli_desk_receive(r->st->site, r->ledger, code, repli_arena_strdup(&r->a, r->who->person), &r->a, &answer,
                           &row, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    station_flash(r, said[answer], row ? row->sheet : NULL);
    station_go(r, r->back);
}
