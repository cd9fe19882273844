/* A passphrase is checked in a process of its own, which takes the 256 MiB that Argon2id asks for; who keys wrong ones
** in a row waits. */
#include <stdio.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/passphrase.h"
#include "station/station.h"

#define TRIES   5     /* wrong ones in a row, then a pause */
#define PAUSE   60000 /* ms */
#define NOBODYS "$argon2id$v=19$m=262144,t=3,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

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

static bool plain_id(const char *id)
{
    size_t n = id ? strlen(id) : 0;
    return n > 0 && n <= 64 && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789.-_") == n;
}

static void checked(void *user, int code, const char *said)
{
    (void)said;
    struct station_request *r = user;
    r->st->checks--;
    if (code != 0)
        count_refused(r->st, r->proves);
    r->who = r->who ? station_session_find(r->st, r->cookie, true) : NULL;
    r->proved(r, r->proves, code == 0);
    if (!r->status) /* a command works for it now */
        return;
    station_ledger_rest(r);
    repli_record_close(r->record);
    r->record = NULL;
    station_release(r);
}

const char *station_prove(struct station_request *r, const char *person, const char *phrase, station_proved_fn *then)
{
    static const char *const argv[] = {"repli", "--passphrase", NULL};
    const char *hash = NULL;
    if (!plain_id(person) || !phrase || strlen(phrase) > REPLI_PASSPHRASE_MOST || strchr(phrase, '\n')) {
        r->status = 403;
        return "Name or passphrase is not right";
    }
    if (r->st->checks >= CHECKS_AT_ONCE || pausing(r->st, person)) {
        r->status = 429;
        return r->st->checks >= CHECKS_AT_ONCE ? "Others are signing in: try again"
                                               : "Too many wrong tries: wait a minute";
    }
    r->status = 500;
    if (!station_ledger_try(r, NULL) ||
        repli_ledger_passphrase_get(r->ledger, person, &r->a, &hash, &r->err) != REPLI_OK)
        return repli_arena_strdup(&r->a, r->err.text);
    station_ledger_rest(r);
    repli_record_close(r->record);
    r->record = NULL;
    /* Somebody unknown takes as long as somebody known. */
    const char *in = repli_arena_printf(&r->a, "%s\n%s", hash ? hash : NOBODYS, phrase);
    const struct station_child how = {.end = checked, .user = r};
    r->proved = then;
    r->proves = repli_arena_strdup(&r->a, person);
    if (!station_spawn(r->st, argv, in, &how, &r->err))
        return repli_arena_strdup(&r->a, r->err.text);
    r->status = 0;
    r->st->checks++;
    station_hold(r);
    return NULL;
}
