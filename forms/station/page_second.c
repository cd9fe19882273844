/* Two images of one sheet, side by side, field by field: a person says which of them people look at. */
#include <string.h>

#include "repli/ledger_lists.h"
#include "repli/ledger_review.h"
#include "repli/text.h"
#include "station/desk.h"

#define SHOWN 40 /* fields that differ, on one page */

static const json_t *field_of(const json_t *line, const char *id)
{
    const json_t *f;
    size_t i;
    json_array_foreach(json_object_get(line, "fields"), i, f)
    {
        const char *name = json_string_value(json_object_get(f, "id"));
        if (name && strcmp(name, id) == 0)
            return f;
    }
    return NULL;
}

static const char *state_of(const json_t *f)
{
    const char *s = json_string_value(json_object_get(f, "state"));
    return s ? s : "empty";
}

static bool differ(const json_t *a, const json_t *b)
{
    return strcmp(state_of(a), state_of(b)) != 0 ||
           json_integer_value(json_object_get(a, "row")) != json_integer_value(json_object_get(b, "row"));
}

struct compared {
    struct station_request *r;
    const struct repli_scanned *first, *second;
    struct repli_page_map *map;
    struct repli_reading *readings;
    struct repli_entry *entries;
    size_t nreadings, nentries;
};

/* Which of the two people look at now; NULL: neither (a third image). */
static const char *used(const struct compared *c, const char *field)
{
    for (size_t i = 0; i < c->nreadings; i++)
        if (strcmp(c->readings[i].field, field) == 0 && c->readings[i].source.found) {
            const uint8_t *sha = c->readings[i].source.image_sha256;
            return memcmp(sha, c->second->row.sha256, 32) == 0  ? "second"
                   : memcmp(sha, c->first->row.sha256, 32) == 0 ? "first"
                                                                : NULL;
        }
    return NULL;
}

static json_t *row_json(const struct compared *c, const char *id, const json_t *a, const json_t *b)
{
    const struct repli_field *f = repli_page_map_field(c->map, id);
    const char *now = used(c, id);
    json_t *o = json_pack("{s:s, s:s?, s:s, s:s, s:I, s:I}", "field", id, "label", f ? f->label : NULL, "state1",
                          state_of(a), "state2", state_of(b), "scan1", (json_int_t)c->first->row.scan_id, "scan2",
                          (json_int_t)c->second->row.scan_id);
    station_set_flag(o, "uses1", now && *now == 'f');
    station_set_flag(o, "uses2", now && *now == 's');
    for (size_t i = 0; i < c->nentries; i++)
        if (strcmp(c->entries[i].field, id) == 0)
            json_object_set_new(o, "answered", json_true());
    return o;
}

static void add_fields(const struct compared *c, json_t *view)
{
    json_t *one = json_loads(c->first->result, 0, NULL), *two = json_loads(c->second->result, 0, NULL), *b;
    json_t *list = json_array();
    size_t i;
    int64_t alike = 0, other = 0;
    json_array_foreach(json_object_get(two, "fields"), i, b)
    {
        const char *id = json_string_value(json_object_get(b, "id"));
        const json_t *a = id ? field_of(one, id) : NULL;
        if (!a)
            continue;
        bool d = differ(a, b);
        alike += !d;
        other += d;
        if (d && json_array_size(list) < SHOWN)
            json_array_append_new(list, row_json(c, id, a, b));
    }
    json_object_set_new(view, "differing", list);
    json_object_set_new(view, "alike", json_integer(alike));
    json_object_set_new(view, "differ_count", json_integer(other));
    json_decref(one);
    json_decref(two);
}

static bool load(struct station_request *r, struct compared *c)
{
    const char *text = station_query(r, "scan");
    struct repli_scanned *first = NULL, *second = NULL;
    int64_t id = 0;
    if (!text || !repli_integer(text, 1, INT64_MAX, &id)) {
        station_error(r, 404, "There is no such page");
        return false;
    }
    if (!station_ledger(r))
        return false;
    enum repli_status s = repli_ledger_scanned(r->ledger, id, &r->a, &second, &r->err);
    if (s == REPLI_OK && second && second->row.first_scan)
        s = repli_ledger_scanned(r->ledger, second->row.first_scan, &r->a, &first, &r->err);
    if (s == REPLI_OK && (!first || !second->serial)) {
        station_error(r, 404, "There is no such page");
        return false;
    }
    if (s == REPLI_OK)
        s = repli_ledger_sheet_map(r->ledger, second->serial, &r->a, &c->map, &r->err);
    if (s == REPLI_OK)
        s = repli_ledger_readings(r->ledger, second->serial, &r->a, &c->readings, &c->nreadings, &r->err);
    if (s == REPLI_OK)
        s = repli_ledger_entries(r->ledger, second->serial, &r->a, &c->entries, &c->nentries, &r->err);
    c->r = r;
    c->first = first;
    c->second = second;
    if (s == REPLI_OK && c->map)
        return true;
    station_error(r, s == REPLI_OK ? 404 : 500, s == REPLI_OK ? "There is no such page" : r->err.text);
    return false;
}

void page_second(struct station_request *r)
{
    struct compared c = {.r = r};
    if (!load(r, &c) || !station_note(r, "view", c.second->row.sheet, "two images", NULL))
        return;
    json_t *view = json_pack("{s:s, s:I, s:I, s:s?, s:s?}", "sheet", c.second->row.sheet, "scan1",
                             (json_int_t)c.first->row.scan_id, "scan2", (json_int_t)c.second->row.scan_id, "batch1",
                             c.first->row.batch, "batch2", c.second->row.batch);
    json_object_set_new(view, "at1", station_time(r, c.first->row.scanned_utc));
    json_object_set_new(view, "at2", station_time(r, c.second->row.scanned_utc));
    if (c.second->settled_by)
        json_object_set_new(view, "settled_by", json_string(c.second->settled_by));
    add_fields(&c, view);
    station_desk_page(r, "second", view);
}

static void chosen(struct station_request *r, int code, const struct station_said *said)
{
    if (code == REPLI_OK)
        station_flash(r, "Noted", NULL);
    station_then_back(r, code, said);
}

void post_second_choose(struct station_request *r)
{
    const char *scan = station_plain(r, "scan", 20), *image = station_plain(r, "image", 20),
               *field = station_plain(r, "field", 100);
    int64_t a = 0, b = 0;
    if (!scan || !repli_integer(scan, 1, INT64_MAX, &a) || !image || !repli_integer(image, 1, INT64_MAX, &b) ||
        !field) {
        station_error(r, 400, "This is no form");
        return;
    }
    const char *words[] = {"review", "choose", "--", image, field, NULL};
    r->back = repli_arena_printf(&r->a, "/second?scan=%s", scan);
    station_command(r, words, NULL, chosen);
}
