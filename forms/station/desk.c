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
    station_set_flag(view, "coordinates", station_is(r, ROLE_COORDINATOR));
    json_object_set_new(view, "at_page", json_pack("{s:b}", page, 1));
    station_page(r, page, view);
}
