/* Batches of the scanner: what came in, what became of it, and whether it is as much as its cover says. */
#include <string.h>

#include "repli/ledger_lists.h"
#include "repli/ledger_paper.h"
#include "repli/outcome.h"
#include "station/desk.h"

static json_t *batch_row(struct station_request *r, const struct repli_batch_row *b, const char *chosen)
{
    json_t *o = json_pack("{s:s, s:I}", "batch", b->batch ? b->batch : "", "files", (json_int_t)b->files);
    json_object_set_new(o, "from", station_time(r, b->first_utc));
    json_object_set_new(o, "until", station_time(r, b->last_utc));
    station_set_flag(o, "chosen", chosen && strcmp(chosen, b->batch ? b->batch : "") == 0);
    return o;
}

static bool add_outcomes(struct station_request *r, const char *batch, json_t *view)
{
    struct repli_outcome_count *rows = NULL;
    size_t n = 0;
    if (repli_ledger_batch_outcomes(r->ledger, *batch ? batch : NULL, &r->a, &rows, &n, &r->err) != REPLI_OK)
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        enum repli_outcome outcome;
        int64_t waits = repli_outcome_parse(rows[i].outcome, &outcome) && repli_outcome_waits(outcome)
                            ? rows[i].images - rows[i].settled
                            : 0;
        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "outcome", rows[i].outcome, "images",
                                              (json_int_t)rows[i].images, "waits", (json_int_t)waits));
    }
    json_object_set_new(view, "outcomes", list);
    json_object_set_new(view, "chosen_batch", json_string(batch));
    return true;
}

static void add_count(json_t *o, const char *key, int64_t n)
{
    json_object_set_new(o, key, n < 0 ? json_string("–") : json_sprintf("%lld", (long long)n));
}

static bool add_covers(struct station_request *r, const char *batch, int64_t since, json_t *view)
{
    struct repli_cover *rows = NULL;
    size_t n = 0;
    if (repli_ledger_covers(r->ledger, since, &r->a, &rows, &n, &r->err) != REPLI_OK)
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        const struct repli_cover *c = &rows[i];
        int64_t sheets = c->written >= 0 ? c->written : c->printed;
        if (strcmp(c->batch ? c->batch : "", batch) != 0)
            continue;
        json_t *o = json_pack("{s:s, s:s?, s:I}", "sheet", c->sheet, "ward", c->ward, "images", (json_int_t)c->images);
        add_count(o, "printed", c->printed);
        add_count(o, "written", c->written);
        add_count(o, "due", sheets < 0 ? -1 : 2 * sheets);
        station_set_flag(o, "not_keyed", sheets < 0);
        station_set_flag(o, "too_few", sheets >= 0 && c->images < 2 * sheets);
        station_set_flag(o, "too_many", sheets >= 0 && c->images > 2 * sheets);
        station_set_flag(o, "fits", sheets >= 0 && c->images == 2 * sheets);
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "covers", list);
    return true;
}

void page_batches(struct station_request *r)
{
    struct repli_batch_row *rows = NULL;
    size_t n = 0;
    const char *chosen = station_query(r, "batch");
    if (!station_ledger(r))
        return;
    if (repli_ledger_batches(r->ledger, station_page_of(r), ROWS, &r->a, &rows, &n, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    if (!chosen && n > 0)
        chosen = rows[0].batch ? rows[0].batch : "";
    json_t *view = json_object(), *list = json_array();
    int64_t since = INT64_MAX;
    for (size_t i = 0; i < n; i++) {
        if (chosen && strcmp(chosen, rows[i].batch ? rows[i].batch : "") == 0)
            since = rows[i].first_utc;
        json_array_append_new(list, batch_row(r, &rows[i], chosen));
    }
    json_object_set_new(view, "batches", list);
    station_pages(r, view, n);
    if (since < INT64_MAX && (!add_outcomes(r, chosen, view) || !add_covers(r, chosen, since, view))) {
        json_decref(view);
        station_error(r, 500, r->err.text);
        return;
    }
    station_desk_page(r, "batches", view);
}
