/* Who gets in: Host, method, route, Origin, token, role, in this order; nothing of a request runs before all are
** right. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "repli/clock.h"
#include "station/desk.h"
#include "station/station.h"

static const struct station_route routes[] = {
    {"/", false, 0, false, page_signin},
    {"/signin", true, 0, false, post_signin},
    {"/signout", true, ROLE_ALL | ROLE_GLASS, false, post_signout},
    {"/alive", false, ROLE_ALL | ROLE_GLASS, false, get_alive},
    {"/breakglass", true, 0, false, post_glass},
    {"/breakglass", false, ROLE_COORDINATOR, false, page_glass},
    {"/breakglass/seen", true, ROLE_COORDINATOR, false, post_glass_seen},
    {"/look", true, 0, false, post_look},
    {"/style.css", false, 0, true, get_asset},
    {"/station.js", false, 0, true, get_asset},
    {"/icon.svg", false, 0, true, get_asset},
    {"/help", false, 0, false, page_help},
    {"/print", false, ROLE_ALL | ROLE_GLASS, false, page_print},
    {"/print", true, ROLE_NURSE | ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_GLASS, false, post_print},
    {"/print/job", false, ROLE_ALL | ROLE_GLASS, true, get_job},
    {"/pack/*", false, ROLE_ALL | ROLE_GLASS, false, get_pack},
    {"/review", false, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, page_review},
    {"/review/take", true, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, post_review_take},
    {"/review/next", true, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, post_review_next},
    {"/review/entry", true, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, post_review_entry},
    {"/review/reopen", true, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false,
     post_review_reopen},
    {"/review/queues", false, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false,
     page_review_queues},
    {"/review/ticks", false, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, page_review_ticks},
    {"/review/ticks", true, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, post_review_ticks},
    {"/sheet/*", false, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, page_sheet},
    {"/sheet/*", true, ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST, false, post_sheet_entry},
    {"/crop/*", false, ROLE_ALL, false, get_crop},
    {"/outage", false, ROLE_ALL, false, page_outage},
    {"/outage/open", true, ROLE_NURSE | ROLE_COORDINATOR, false, post_outage_open},
    {"/outage/close", true, ROLE_COORDINATOR, false, post_outage_close},
};

static const struct station_route *among(const struct station_route *list, size_t count, const char *path, bool post,
                                         bool *path_known)
{
    for (size_t i = 0; i < count; i++) {
        const char *p = list[i].path;
        size_t n = strlen(p);
        bool same = p[n - 1] == '*' ? strncmp(path, p, n - 1) == 0 : strcmp(path, p) == 0;
        *path_known = *path_known || same;
        if (same && list[i].post == post)
            return &list[i];
    }
    return NULL;
}

const struct station_route *station_route(const char *path, bool post, bool *path_known)
{
    *path_known = false;
    const struct station_route *found = among(routes, sizeof routes / sizeof *routes, path, post, path_known);
    return found ? found : among(station_desk_routes, station_desk_nroutes, path, post, path_known);
}

const struct station_route *station_route_at(size_t i)
{
    size_t own = sizeof routes / sizeof *routes;
    return i < own ? &routes[i] : i < own + station_desk_nroutes ? &station_desk_routes[i - own] : NULL;
}

void station_token(const struct station *st, const char *cookie, char out[65])
{
    uint8_t hash[32];
    crypto_generichash(hash, sizeof hash, (const unsigned char *)cookie, strlen(cookie), st->key, sizeof st->key);
    repli_hex(hash, sizeof hash, out);
}

static const char *header(const struct station_request *r, const char *name)
{
    return MHD_lookup_connection_value(r->conn, MHD_HEADER_KIND, name);
}

const char *station_scheme(const struct station *st)
{
    return st->tls ? "https" : "http";
}

void station_set(struct station_request *r, const char *name, const char *value, long seconds)
{
    const char *age = seconds == 0 ? "" : repli_arena_printf(&r->a, "; Max-Age=%ld", seconds < 0 ? 0L : seconds);
    if (r->nset < sizeof r->set / sizeof *r->set)
        r->set[r->nset++] = repli_arena_printf(&r->a, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s%s", name, value,
                                               r->st->tls ? "; Secure" : "", age);
}

static bool token_right(const struct station_request *r)
{
    char want[65];
    const char *got = station_field(r, "token");
    if (!got || !r->cookie || strlen(got) != 64)
        return false;
    station_token(r->st, r->cookie, want);
    return sodium_memcmp(got, want, 64) == 0;
}

static void read_cookies(struct station_request *r)
{
    static const char *const langs[] = {"fr", "nl", "de", "en"};
    const char *all = header(r, "Cookie");
    const char *lang = station_cookie(all, "lang", &r->a), *theme = station_cookie(all, "theme", &r->a);
    r->lang = r->st->site->lang;
    for (size_t i = 0; lang && i < 4; i++)
        if (strcmp(langs[i], lang) == 0)
            r->lang = langs[i];
    r->theme = theme && strcmp(theme, "dark") == 0 ? "dark" : theme && strcmp(theme, "light") == 0 ? "light" : "auto";
    r->cookie = station_cookie(all, "repli", &r->a);
    r->who = r->cookie ? station_session_find(r->st, r->cookie, !r->route->passive) : NULL;
    if (!r->cookie && !r->post) {
        station_random_id(r->fresh);
        r->cookie = r->fresh;
        station_set(r, "repli", r->fresh, 0);
    }
}

/* Everything that only a POST has to show. */
static bool post_right(struct station_request *r)
{
    const char *type = header(r, "Content-Type");
    if (!station_origin_ours(header(r, "Origin"), station_scheme(r->st), header(r, "Host"))) {
        station_error(r, 403, "This did not come from a page of the station");
        return false;
    }
    if (r->too_large) {
        station_error(r, 413, "Too much at once");
        return false;
    }
    if (!type || strncmp(type, "application/x-www-form-urlencoded", 33) != 0 ||
        !station_form_parse(r->body.data ? r->body.data : "", r->body.len, &r->a, &r->form, &r->nform)) {
        station_error(r, 400, "This is no form");
        return false;
    }
    if (!token_right(r)) {
        station_error(r, 403, "The page was too old: load it again");
        return false;
    }
    return true;
}

void station_dispatch(struct station_request *r)
{
    static const struct station_route nothing = {"", false, 0, true, NULL};
    bool known = false;
    const char *host = header(r, "Host");
    r->route = station_route(r->path, r->post, &known);
    if (!station_host_ours(host, (const char(*)[STATION_HOST_ROOM])r->st->hosts, r->st->nhosts)) {
        r->status = 421;
        r->type = "text/plain";
        repli_buf_puts(&r->out, "no such host\n");
        return;
    }
    if (!r->route || r->early) {
        r->route = &nothing;
        read_cookies(r);
        station_error(r, known || r->early ? 405 : 404, known ? "Not in this way" : "There is no such page");
        return;
    }
    read_cookies(r);
    if (r->post && !post_right(r))
        return;
    if (r->route->roles && !r->who) {
        if (r->post)
            station_error(r, 401, "Sign in first");
        else
            station_go(r, "/");
        return;
    }
    if (r->route->roles && !(r->route->roles & station_role(r->who->role))) {
        station_error(r, 403, "Your role does not do this");
        return;
    }
    r->route->run(r);
}

const char *station_field(const struct station_request *r, const char *name)
{
    for (size_t i = 0; i < r->nform; i++)
        if (strcmp(r->form[i].name, name) == 0)
            return r->form[i].value;
    return NULL;
}

const char *station_query(const struct station_request *r, const char *name)
{
    const char *v = MHD_lookup_connection_value(r->conn, MHD_GET_ARGUMENT_KIND, name);
    return v && strlen(v) <= 256 && repli_utf8_valid(v, strlen(v)) ? v : NULL;
}
