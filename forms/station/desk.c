/* What the views of the desk share: the record, what is said once, pages of lists. */
#include "station/desk.h"

#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/text.h"

bool station_record(struct station_request *r)
{
    struct repli_site *site = r->st->site;
    if (!station_ledger(r))
        return false;
    if (r->record)
        return true;
    if (repli_record_open(site->record, false, repli_clock_now(&site->clock), &r->record, &r->err) == REPLI_OK) {
        if (!r->post)
            repli_record_looks(r->record);
        return true;
    }
    station_error(r, 500, r->err.text);
    return false;
}

void station_flash(struct station_request *r, const char *text, const char *of)
{
    if (!r->who)
        return;
    (void)snprintf(r->who->flash, sizeof r->who->flash, "%s", text);
    (void)snprintf(r->who->flash_of, sizeof r->who->flash_of, "%s", of ? of : "");
}

bool station_is(const struct station_request *r, int roles)
{
    return r->who && (station_role(r->who->role) & roles) != 0;
}

void station_set_flag(json_t *o, const char *name, bool on)
{
    if (on)
        json_object_set_new(o, name, json_true());
}

const char *station_plain(const struct station_request *r, const char *field, size_t most)
{
    const char *text = station_field(r, field);
    return text && strspn(text, " ") < strlen(text) && strlen(text) <= most && !strpbrk(text, "\n\r") ? text : NULL;
}

int64_t station_page_of(const struct station_request *r)
{
    const char *text = station_query(r, "page");
    int64_t page = 0;
    return text && repli_integer(text, 0, 100000, &page) ? page * ROWS : 0;
}

void station_pages(struct station_request *r, json_t *view, size_t shown)
{
    int64_t page = station_page_of(r) / ROWS;
    if (page > 0)
        json_object_set_new(view, "page_before", json_sprintf("%lld", (long long)page - 1));
    if (shown >= ROWS)
        json_object_set_new(view, "page_after", json_sprintf("%lld", (long long)page + 1));
}

void station_desk_page(struct station_request *r, const char *page, json_t *view)
{
    if (r->who && r->who->flash[0]) {
        json_object_set_new(view, "flash", json_string(r->who->flash));
        json_object_set_new(view, "flash_of", json_string(r->who->flash_of));
        r->who->flash[0] = 0;
    }
    station_set_flag(view, "scans", station_is(r, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR));
    station_set_flag(view, "who_is", station_is(r, ROLE_NURSE | ROLE_VERIFIER | ROLE_COORDINATOR));
    station_set_flag(view, "papers", station_is(r, ROLE_ALL & ~ROLE_PHARMACIST));
    station_set_flag(view, "coordinates", station_is(r, ROLE_COORDINATOR));
    json_object_set_new(view, "at_page", json_pack("{s:b}", repli_arena_printf(&r->a, "at_%s", page), 1));
    station_page(r, page, view);
}

/* UTC seconds, numbers and what FHIR calls a status, as people read them here. */
static json_t *value_text(const struct station_request *r, const char *column, const json_t *v)
{
    const char *text = json_string_value(v);
    size_t n = strlen(column);
    if (json_is_integer(v) && json_integer_value(v) > 1000000000) /* no number on a sheet is as large as a time */
        return station_time(r, json_integer_value(v));
    if (json_is_integer(v) || json_is_real(v)) {
        char number[32];
        repli_number_format(json_number_value(v), 3, number);
        return json_string(number);
    }
    if (!text)
        return json_is_true(v) ? json_string("✓") : json_string("–");
    if (n > 4 && strcmp(column + n - 4, "_utc") == 0) {
        int64_t utc = 0;
        if (repli_integer(text, 0, INT64_MAX, &utc))
            return station_time(r, utc);
    }
    return json_string(strcmp(column, "status") == 0 ? station_word(r->lang, text) : text);
}

json_t *station_pairs(const struct station_request *r, json_t *object)
{
    static const char *const hidden[] = {"patient_id",
                                         "encounter_id",
                                         "medication_id",
                                         "from_paper",
                                         "code_system",
                                         "category",
                                         "value_kind",
                                         "intent",
                                         "prescriber_ref",
                                         "request_id",
                                         "performer_ref",
                                         "observation_id",
                                         "administration_id",
                                         "period_s",
                                         "high_alert",
                                         "as_needed",
                                         "order",
                                         "times",
                                         "column",
                                         "last",
                                         "scores",
                                         "row",
                                         "sign"};
    json_t *list = json_array(), *v;
    const char *name;
    if (!json_is_object(object)) { /* a number, or a word: of an order, how it stood */
        if (object && !json_is_null(object))
            json_array_append_new(list,
                                  json_pack("{s:s, s:o}", "column", "value", "text", value_text(r, "status", object)));
        return list;
    }
    json_object_foreach(object, name, v)
    {
        bool skip = json_is_null(v) || json_is_object(v) || json_is_array(v);
        for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
            skip = skip || strcmp(hidden[i], name) == 0;
        if (!skip)
            json_array_append_new(list, json_pack("{s:s, s:o}", "column", name, "text", value_text(r, name, v)));
    }
    return list;
}
