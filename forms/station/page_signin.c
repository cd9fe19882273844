/* Signing in: the passphrase is checked in a process of its own, one row of the audit each time, right or wrong. */
#include <stdio.h>
#include <string.h>

#include "repli/audit.h"
#include "repli/clock.h"
#include "repli/ledger_glass.h"
#include "repli/passphrase.h"
#include "station/print.h"

#define TRIES   5     /* wrong ones in a row, then a pause */
#define PAUSE   60000 /* ms */
#define NOBODYS "$argon2id$v=19$m=262144,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

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

/* ---- wrong ones in a row */

static size_t refused_of(struct station *st, const char *person)
{
    size_t oldest = 0;
    for (size_t i = 0; i < sizeof st->refused / sizeof *st->refused; i++) {
        if (strcmp(st->refused[i].person, person) == 0)
            return i;
        if (st->refused[i].until_ms < st->refused[oldest].until_ms)
            oldest = i;
    }
    st->refused[oldest].person[0] = 0;
    return oldest;
}

static bool pausing(struct station *st, const char *person)
{
    size_t i = refused_of(st, person);
    return st->refused[i].person[0] && st->refused[i].count >= TRIES && repli_monotonic_ms() < st->refused[i].until_ms;
}

static void count_refused(struct station *st, const char *person)
{
    size_t i = refused_of(st, person);
    if (!st->refused[i].person[0] || repli_monotonic_ms() >= st->refused[i].until_ms)
        st->refused[i].count = 0;
    (void)snprintf(st->refused[i].person, sizeof st->refused[i].person, "%s", person);
    st->refused[i].count++;
    st->refused[i].until_ms = repli_monotonic_ms() + PAUSE;
}

/* ---- the check */

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

static void checked(void *user, int code, const char *said)
{
    (void)said;
    struct station_request *r = user;
    const char *person = repli_arena_strdup(&r->a, station_field(r, "person"));
    r->st->checks--;
    if (station_ledger_as(r, code == 0 ? person : NULL) &&
        station_note(r, "sign-in", person, code == 0 ? "signed in" : "refused", NULL)) {
        if (code == 0) {
            signed_in(r, person);
        } else {
            count_refused(r->st, person);
            r->status = 403;
            show(r, "Name or passphrase is not right");
        }
    }
    repli_ledger_close(r->ledger);
    r->ledger = NULL;
    MHD_resume_connection(r->conn);
}

static bool plain_id(const char *id)
{
    size_t n = id ? strlen(id) : 0;
    return n > 0 && n <= 64 && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == n;
}

void post_signin(struct station_request *r)
{
    static const char *const argv[] = {"repli", "--passphrase", NULL};
    const char *person = station_field(r, "person"), *phrase = station_field(r, "passphrase"), *hash = NULL;
    if (!plain_id(person) || !phrase || strlen(phrase) > REPLI_PASSPHRASE_MOST || strchr(phrase, '\n')) {
        r->status = 403;
        show(r, "Name or passphrase is not right");
        return;
    }
    if (r->st->checks >= CHECKS_AT_ONCE || pausing(r->st, person)) {
        r->status = 429;
        show(r, r->st->checks >= CHECKS_AT_ONCE ? "Others are signing in: try again"
                                                : "Too many wrong tries: wait a minute");
        return;
    }
    if (!station_ledger_as(r, NULL))
        return;
    if (repli_ledger_passphrase_get(r->ledger, person, &r->a, &hash, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    station_ledger_rest(r);
    /* Somebody unknown takes as long as somebody known. */
    const char *in = repli_arena_printf(&r->a, "%s\n%s", hash ? hash : NOBODYS, phrase);
    const struct station_child how = {.end = checked, .user = r};
    if (!station_spawn(r->st, argv, in, &how, &r->err)) {
        station_error(r, 500, r->err.text);
        return;
    }
    r->st->checks++;
    r->suspended = true;
    MHD_suspend_connection(r->conn);
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
