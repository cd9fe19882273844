/* Signing in: one row of the audit each time, right or wrong. */
#include <string.h>

#include "repli/audit.h"
#include "repli/clock.h"
#include "repli/ledger_glass.h"
#include "station/desk.h"
#include "station/print.h"

static json_t *freshness(struct station_request *r)
{
    const json_t *w = station_wards(r);
    json_t *view = json_object();
    static const char *const keys[] = {"data", "age", "fresh", "check", "stale", "no_data"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (json_object_get(w, keys[i]))
            json_object_set(view, keys[i], json_object_get(w, keys[i]));
    return view;
}

/* What somebody keyed is put back, but never a passphrase. */
void page_signin_show(struct station_request *r, const char *why, bool glass)
{
    static const char *const fields[] = {"person", "name", "function", "reason"};
    json_t *view = freshness(r);
    if (why)
        json_object_set_new(view, "why", json_string(why));
    if (glass)
        json_object_set_new(view, "glass", json_true());
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (station_field(r, fields[i]))
            json_object_set_new(view, fields[i], json_string(station_field(r, fields[i])));
    if (!r->post && station_query(r, "out"))
        json_object_set_new(view, "told", json_string("Signed out"));
    else if (!r->post && station_query(r, "locked"))
        json_object_set_new(view, "told", json_string("Locked: nobody touched it for five minutes"));
    json_object_set_new(view, "version", json_string(REPLI_VERSION));
    station_set_flag(view, "emergency", r->st->site->emergency_access);
    if (station_ledger_as(r, NULL))
        json_object_set_new(view, "stocks", station_stocks(r, true));
    else
        r->status = 0; /* the page says as much as it can */
    station_page(r, "signin", view);
}

static void show(struct station_request *r, const char *why)
{
    page_signin_show(r, why, false);
}

void page_signin(struct station_request *r)
{
    if (r->who)
        station_go(r, "/print");
    else
        show(r, NULL);
}

/* A page says that somebody is at it: the check of the session has noted it. */
void get_alive(struct station_request *r)
{
    r->status = 204;
}

/* ---- signing in */

static void signed_in(struct station_request *r, const char *person)
{
    struct repli_person p;
    if (repli_ledger_person_get(r->ledger, person, &r->a, &p, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    const char *lang = NULL;
    struct station_session *s = station_session_new(r->st, &p);
    if (repli_ledger_person_lang(r->ledger, person, &r->a, &lang, &r->err) == REPLI_OK && lang)
        station_set(r, "lang", lang, 31536000);
    station_set(r, "repli", s->id, 0);
    station_go(r, station_role(s->role) & ROLE_CLERK ? "/review" : "/print");
}

static void checked(struct station_request *r, const char *person, bool right)
{
    if (!station_ledger_as(r, right ? person : NULL) ||
        !station_note(r, "sign-in", person, right ? "signed in" : "refused", NULL))
        return;
    if (right) {
        signed_in(r, person);
        return;
    }
    r->status = 403;
    show(r, "Name or passphrase is not right");
}

void post_signin(struct station_request *r)
{
    const char *why = station_prove(r, station_field(r, "person"), station_field(r, "passphrase"), checked);
    if (why)
        show(r, why);
}

void post_signout(struct station_request *r)
{
    const char *idle = station_field(r, "idle");
    bool locked = idle && *idle;
    if (!station_note(r, r->who->glass ? REPLI_GLASS_EVENT : "sign-in", repli_arena_strdup(&r->a, r->who->person),
                      locked          ? "locked"
                      : r->who->glass ? "ended"
                                      : "signed out",
                      NULL))
        return;
    station_session_end(r->who);
    r->who = NULL;
    station_set(r, "repli", "", -1);
    station_go(r, locked ? "/?locked=1" : "/?out=1");
}
