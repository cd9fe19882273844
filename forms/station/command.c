/* Commands of this program that work for the desk: the same code as on a terminal, in processes of their own. */
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "station/desk.h"

#define ARGS     128
#define KEPT_MAX ((size_t)32 << 20) /* of what a command says */

/* What people typed follows its option's name in one word, "--reason=--help": it is never an option itself. */
static const char *word(struct station_request *r, const char *const *words, size_t *i)
{
    static const char *const with[] = {"--reason", "--proof", "--patient", "--to", "--sheet", "--batch", "--by-person"};
    for (size_t k = 0; words[*i + 1] && k < sizeof with / sizeof *with; k++)
        if (strcmp(words[*i], with[k]) == 0) {
            ++*i;
            return repli_arena_printf(&r->a, "%s=%s", with[k], words[*i]);
        }
    return words[*i];
}

size_t station_argv(struct station_request *r, const char *const *words, const char **argv, size_t room)
{
    const struct station *st = r->st;
    /* Who acts comes behind the command: some take it as a list of their own. */
    const char *first[] = {"repli", "--json", "--site", st->site->dir, "--at", st->at},
               *by[] = {"--by", r->who->person};
    size_t n = 0;
    for (size_t i = 0; i < (st->at ? 6u : 4u) && n + 1 < room; i++)
        argv[n++] = first[i];
    if (!r->post && n + 1 < room)
        argv[n++] = "--look"; /* a GET shows */
    bool plain = false;       /* after "--" everything is a word */
    for (size_t i = 0; words[i] && n + 3 < room; i++) {
        bool first_word = i == 0;
        plain = plain || strcmp(words[i], "--") == 0;
        argv[n++] = plain ? words[i] : word(r, words, &i);
        for (size_t k = 0; first_word && k < 2; k++)
            argv[n++] = by[k];
    }
    argv[n] = NULL;
    return n;
}

/* "print: " before a complaint; its length, 0: none. */
static size_t command_of(const char *said)
{
    size_t n = strspn(said, "abcdefghijklmnopqrstuvwxyz");
    return n > 0 && strncmp(said + n, ": ", 2) == 0 ? n + 2 : 0;
}

/* Objects of what was said, and the last complaint. */
static json_t *read_lines(const char *said, char *why, size_t room)
{
    json_t *list = json_array();
    why[0] = 0;
    for (const char *s = said; *s;) {
        size_t n = strcspn(s, "\n");
        json_t *o = *s == '{' ? json_loadb(s, n, 0, NULL) : NULL;
        if (o)
            json_array_append_new(list, o);
        else if (n > 7 && strncmp(s, "repli: ", 7) == 0)
            (void)snprintf(why, room, "%.*s", (int)(n - 7 - command_of(s + 7)), s + 7 + command_of(s + 7));
        s += n + (s[n] == '\n');
    }
    return list;
}

/* ---- for a request */

static void ended(void *user, int code, const char *text)
{
    struct station_request *r = user;
    char why[512];
    struct station_said said = {.lines = read_lines(text, why, sizeof why)};
    r->st->commands--;
    said.why = why[0] ? why : NULL;
    r->who = r->cookie ? station_session_find(r->st, r->cookie, true) : NULL;
    if (r->who)
        r->then(r, code, &said);
    else
        station_error(r, 401, "Sign in first");
    json_decref(said.lines);
    station_ledger_rest(r);
    repli_record_close(r->record);
    r->record = NULL;
    station_release(r);
}

void station_command(struct station_request *r, const char *const *words, const char *in, station_then_fn *then)
{
    const char *argv[ARGS];
    const struct station_child how = {.end = ended, .user = r, .most = KEPT_MAX};
    if (r->st->commands >= COMMANDS) {
        station_error(r, 503, "Others are at it: try again in a moment");
        return;
    }
    (void)station_argv(r, words, argv, ARGS);
    station_ledger_rest(r);
    repli_record_close(r->record);
    r->record = NULL;
    r->then = then;
    if (!station_spawn(r->st, argv, in, &how, &r->err)) {
        station_error(r, 500, r->err.text);
        return;
    }
    r->st->commands++;
    station_hold(r);
}

void station_then_back(struct station_request *r, int code, const struct station_said *said)
{
    if (code == REPLI_OK || code == REPLI_WAITS)
        station_go(r, r->back ? r->back : "/");
    else
        station_error(r, code == REPLI_DB || code == REPLI_BUG ? 500 : 409,
                      said->why ? repli_arena_strdup(&r->a, said->why) : "It did not work: try again");
}

/* ---- figures that take long */

static void figures_end(void *user, int code, const char *text)
{
    struct station_figures *f = user;
    json_decref(f->lines);
    f->lines = read_lines(text, f->why, sizeof f->why);
    f->code = code;
    f->running = false;
}

bool station_figures_ask(struct station_request *r, struct station_figures *f, const char *const *words)
{
    const char *argv[ARGS];
    const struct station_child how = {.end = figures_end, .user = f, .most = KEPT_MAX};
    if (f->running)
        return true;
    (void)station_argv(r, words, argv, ARGS);
    (void)snprintf(f->person, sizeof f->person, "%s", r->who->person);
    f->made_utc = repli_clock_now(&r->st->site->clock);
    f->asked_ms = repli_monotonic_ms();
    station_ledger_rest(r);
    f->running = station_spawn(r->st, argv, NULL, &how, &r->err);
    return f->running;
}

void station_desk_done(struct station *st)
{
    if (!st->desk)
        return;
    json_decref(st->desk->report.lines);
    json_decref(st->desk->verify.lines);
    json_decref(st->desk->merge.lines);
    free(st->desk);
    st->desk = NULL;
}
