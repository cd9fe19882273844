/* What goes out: pages, errors, files; and the words for times and ages. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/asset.h"
#include "repli/clock.h"
#include "repli/ledger_glass.h"
#include "repli/outage.h"
#include "station/station.h"

#define JSON_TYPE "application/json; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"

json_t *station_time(const struct station_request *r, int64_t utc)
{
    struct repli_civil t;
    repli_zone_civil(r->st->site->zone, utc, &t);
    return json_sprintf("%02d-%02d-%04d %02d:%02d", t.day, t.month, t.year, t.hour, t.minute);
}

json_t *station_age(int64_t s)
{
    s = s < 0 ? 0 : s;
    if (s < 48 * 3600)
        return json_sprintf("%lld h %02lld", (long long)(s / 3600), (long long)(s / 60 % 60));
    return json_sprintf("%lld × 24 h", (long long)(s / 86400));
}

void station_go(struct station_request *r, const char *to)
{
    r->status = 303;
    r->location = repli_arena_strdup(&r->a, to);
    r->out.len = 0;
}

void station_json(struct station_request *r, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    r->status = text ? 200 : 500;
    r->type = JSON_TYPE;
    r->out.len = 0;
    repli_buf_puts(&r->out, text ? text : "{}");
    free(text);
    json_decref(value);
}

/* The pages that a role sees in the bar, in the order of the work. */
static json_t *bar(struct station_request *r, const char *page)
{
    static const struct {
        const char *pages, *path, *word; /* pages: all that belong to it, blanks around each */
        int roles;
    } entries[] = {{" print job ", "/print", "Print", ROLE_ALL | ROLE_GLASS},
                   {" review ", "/review", "Review", ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST},
                   {" ledger batches images image second identity bind ", "/ledger", "Ledger", ROLE_ALL},
                   {" conflicts ", "/conflicts", "Conflicts", ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST},
                   {" merge merges ", "/merge", "Merge", ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST},
                   {" report ", "/report", "Report", ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST},
                   {" outage ", "/outage", "Outage", ROLE_ALL},
                   {" people audit ", "/people", "People", ROLE_COORDINATOR}};
    static const char *const of_review[] = {"ticks", "queues", "sheet"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof of_review / sizeof *of_review; i++)
        page = strcmp(page, of_review[i]) == 0 ? "review" : page;
    const char *here = repli_arena_printf(&r->a, " %s ", page);
    for (size_t i = 0; r->who && i < sizeof entries / sizeof *entries; i++)
        if (entries[i].roles & station_role(r->who->role))
            json_array_append_new(list, json_pack("{s:s, s:s, s:b}", "path", entries[i].path, "word", entries[i].word,
                                                  "here", strstr(entries[i].pages, here) != NULL));
    return list;
}

/* What is open now, for the bar; nothing when there is no ledger to ask. */
static void outage_state(struct station_request *r, json_t *view)
{
    struct repli_outage *all = NULL;
    size_t count = 0;
    struct repli_err ignored = {0};
    if (!station_ledger_try(r, r->who ? repli_arena_strdup(&r->a, r->who->person) : NULL))
        return;
    if (repli_ledger_outages(r->ledger, &r->a, &all, &count, &ignored) == REPLI_OK)
        for (size_t i = 0; i < count; i++)
            if (all[i].open) {
                struct repli_civil t; /* the bar is narrow: which year is known */
                repli_zone_civil(r->st->site->zone, all[i].from_utc, &t);
                json_object_set_new(view, all[i].drill ? "drill_since" : "outage_since",
                                    json_sprintf("%02d-%02d %02d:%02d", t.day, t.month, t.hour, t.minute));
                break;
            }
}

/* Emergency accesses that no coordinator has looked at yet stand in the bar until one does. */
static void glass_state(struct station_request *r, json_t *view)
{
    int64_t unseen = 0;
    struct repli_err ignored = {0};
    if (r->who && station_role(r->who->role) == ROLE_COORDINATOR && r->ledger &&
        repli_ledger_glass_unseen(r->ledger, &unseen, &ignored) == REPLI_OK && unseen > 0)
        json_object_set_new(view, "glass_unseen", json_integer(unseen));
}

static void frame(struct station_request *r, const char *page, json_t *view)
{
    static const char *const langs[] = {"fr", "nl", "de", "en"};
    char token[65] = "";
    json_t *list = json_array();
    if (r->cookie)
        station_token(r->st, r->cookie, token);
    for (size_t i = 0; i < 4; i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:b}", "lang_id", langs[i], "chosen", strcmp(langs[i], r->lang) == 0));
    json_object_set_new(view, "langs", list);
    json_object_set_new(view, "token", json_string(token));
    json_object_set_new(view, "lang", json_string(r->lang));
    json_object_set_new(view, "theme", json_string(r->theme));
    json_object_set_new(view, "to_dark", json_boolean(strcmp(r->theme, "dark") != 0));
    json_object_set_new(view, "page", json_string(page));
    json_object_set_new(view, "here", json_string(r->post ? "/" : r->path));
    json_object_set_new(view, "hospital", json_string(r->st->site->hospital));
    json_object_set_new(view, "station_name", json_string(r->st->site->station_name ? r->st->site->station_name : ""));
    json_object_set_new(view, "now", station_time(r, repli_clock_now(&r->st->site->clock)));
    json_object_set_new(view, "bar", bar(r, page));
    if (r->who) {
        json_object_set_new(view, "who", json_string(r->who->name));
        json_object_set_new(view, "idle", json_integer(IDLE_LOCK_MS / 1000));
    }
    glass_state(r, view);
    json_t *keys = station_keys(page);
    if (strcmp(page, "signin") == 0 && !r->st->site->emergency_access)
        json_array_remove(json_object_get(keys, "keys"), 2); /* F2 */
    json_object_update_missing(view, keys);
    json_decref(keys);
    outage_state(r, view);
}

void station_page(struct station_request *r, const char *page, json_t *view)
{
    const char *why = json_string_value(json_object_get(view, "why"));
    if (why)
        json_object_set_new(view, "why", json_string(station_said(r, why)));
    frame(r, page, view);
    r->out.len = 0;
    r->type = HTML_TYPE;
    r->status = r->status ? r->status : 200;
    if (!station_render(page, view, r->lang, &r->out)) {
        r->status = 500;
        r->type = "text/plain";
        r->out.len = 0;
        repli_buf_printf(&r->out, "the template %s.html is damaged\n", page);
    }
    json_decref(view);
}

/* The page that somebody was on: a path of ours with plain signs, else the first one. */
static const char *came_from(const struct station_request *r)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/?=&%";
    const char *referer = MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, "Referer"),
               *host = MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, "Host");
    const char *at = referer ? strstr(referer, "://") : NULL;
    size_t n = host ? strlen(host) : 0;
    if (!at || n == 0 || strncmp(at + 3, host, n) != 0 || at[3 + n] != '/' || at[4 + n] == '/')
        return "/";
    const char *path = at + 3 + n;
    return strlen(path) < 200 && strspn(path, plain) == strlen(path) ? path : "/";
}

void station_error(struct station_request *r, unsigned status, const char *text)
{
    const char *accept = MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, "Accept");
    if (accept && strncmp(accept, "application/json", 16) == 0) {
        station_json(r, json_pack("{s:s, s:s}", "outcome", "error", "why", station_said(r, text)));
        r->status = status;
        return;
    }
    r->status = status;
    station_page(r, "error", json_pack("{s:s, s:i, s:s}", "why", text, "status", (int)status, "back", came_from(r)));
}

void get_asset(struct station_request *r)
{
    const struct repli_asset *a = repli_asset_get(repli_arena_printf(&r->a, "templates/station%s", r->path));
    if (!a) {
        station_error(r, 404, "There is no such page");
        return;
    }
    r->status = 200;
    r->type = strstr(r->path, ".css")   ? "text/css; charset=utf-8"
              : strstr(r->path, ".svg") ? "image/svg+xml"
                                        : "text/javascript; charset=utf-8";
    r->keep = true;
    repli_buf_add(&r->out, a->data, a->len);
}

/* Language and colours are the browser's own: cookies, set by a form. */
void post_look(struct station_request *r)
{
    static const char *const words[] = {"fr", "nl", "de", "en", "dark", "light"};
    const char *lang = station_field(r, "lang"), *theme = station_field(r, "theme"), *back = station_field(r, "back");
    for (size_t i = 0; i < 6; i++) {
        const char *given = i < 4 ? lang : theme;
        if (given && strcmp(given, words[i]) == 0)
            station_set(r, i < 4 ? "lang" : "theme", words[i], 31536000);
    }
    if (r->who && !r->who->glass && lang && r->nset > 0 &&
        (!station_ledger(r) || repli_ledger_person_lang_put(r->ledger, r->who->person, lang, &r->err) != REPLI_OK)) {
        station_error(r, 500, r->err.text);
        return;
    }
    bool known = false;
    const char *from = came_from(r); /* with what stands after the path: the ward, the job */
    back = strcmp(from, "/") != 0 ? from : back;
    station_go(r,
               back && station_route(repli_arena_strndup(&r->a, back, strcspn(back, "?")), false, &known) ? back : "/");
}
