/* The processes that print, and the page that waits for one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/file.h"
#include "repli/ledger_recent.h"
#include "station/print.h"

#define PDF_MAX     (256u << 20)
#define KEPT_S      3600 /* what went wrong is told so long */
#define GLASS_PACKS 20   /* of one emergency access */

const char *station_pack_word(const char *pack)
{
    static const char *const words[][2] = {{"shift", "Whole shift"},
                                           {"patient", "One patient"},
                                           {"admission", "New admission"},
                                           {"spares", "Spares"},
                                           {"labels", "Labels"},
                                           {"changed", "Changed only"},
                                           {"logs", "Logs"},
                                           {"resume", "Go on from a bed"},
                                           {"all", "Every ward"},
                                           {"house", "Sheets of the house"}};
    for (size_t i = 0; pack && i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], pack) == 0)
            return words[i][1];
    return "Emergency pack";
}

json_t *station_job_json(const struct station_request *r, const struct station_job *j)
{
    json_t *packs = json_array();
    for (size_t i = 0; i < j->npacks && i < JOB_PACKS; i++)
        json_array_append_new(
            packs, json_pack("{s:s, s:s, s:b}", "pack_id", j->packs[i], "forms", j->forms[i], "first", i == 0));
    json_t *o = json_pack("{s:I, s:s, s:s, s:s, s:b, s:i, s:i, s:o}", "id", (json_int_t)j->id, "ward", j->ward, "pack",
                          j->what, "word", station_pack_word(j->what), "running", j->running, "done", j->done, "total",
                          j->total, "packs", packs);
    int64_t ms = (j->running ? repli_monotonic_ms() : j->ended_ms) - j->asked_ms;
    json_object_set_new(o, "seconds", json_sprintf("%lld.%lld", (long long)(ms / 1000), (long long)(ms / 100 % 10)));
    json_object_set_new(o, "at", station_time(r, j->asked_utc));
    if (j->npacks > 0)
        json_object_set_new(o, "pack_id", json_string(j->packs[0]));
    if (j->npacks > JOB_PACKS)
        json_object_set_new(o, "more", json_integer((json_int_t)j->npacks));
    if (!j->running)
        json_object_set_new(o, j->code == 0 ? "printed" : j->code == REPLI_WAITS ? "mind" : "failed", json_true());
    if (!j->running && j->code != 0 && j->code != REPLI_WAITS && strcmp(j->what, "all") != 0)
        json_object_set_new(o, "may_again", json_true());
    if (!j->running && j->code == REPLI_USAGE && strstr(j->why, "--changed")) /* the only refusal that names it */
        json_object_set_new(o, "in_use", json_true());
    if (j->why[0])
        json_object_set_new(o, "why", json_string(j->why));
    if (j->numbers[0])
        json_object_set_new(o, "numbers", json_string(j->numbers));
    if (j->bed[0])
        json_object_set_new(o, "bed", json_string(j->bed));
    if (j->printer[0])
        json_object_set_new(o, "printer", json_string(j->printer));
    if (j->queued > 0)
        json_object_set_new(o, "queued", json_integer(j->queued));
    return o;
}

json_t *station_jobs(const struct station_request *r)
{
    json_t *list = json_array();
    int64_t now = repli_clock_now(&r->st->site->clock);
    for (size_t i = 0; i < JOBS; i++) {
        const struct station_job *j = &r->st->jobs[i];
        bool own = !r->who->glass || strcmp(j->person, r->who->person) == 0;
        if (j->id && own && (j->running || j->code) && now - j->asked_utc < KEPT_S)
            json_array_append_new(list, station_job_json(r, j));
    }
    return list;
}

/* ---- what a child says */

static void reported(struct station_job *j, json_t *o)
{
    const char *pack = json_string_value(json_object_get(o, "pack")),
               *note = json_string_value(json_array_get(json_object_get(o, "skipped"), 0)),
               *printer = json_string_value(json_object_get(o, "printer")),
               *number = json_string_value(json_array_get(json_object_get(o, "numbers"), 0));
    size_t i;
    json_t *line;
    if (pack && j->npacks < JOB_PACKS) {
        (void)snprintf(j->packs[j->npacks], sizeof j->packs[0], "%s", pack);
        (void)snprintf(j->forms[j->npacks], sizeof j->forms[0], "%s",
                       j->npacks == 0   ? ""
                       : j->npacks == 1 ? "Wristbands"
                                        : "Labels");
    }
    j->npacks += pack != NULL;
    if (strcmp(j->what, "all") == 0)
        j->done++;
    if (note)
        (void)snprintf(j->why, sizeof j->why, "%s", note);
    if (printer)
        j->queued = json_integer_value(json_object_get(o, "job"));
    if (!number || j->numbers[0])
        return;
    json_array_foreach(json_object_get(o, "numbers"), i, line)
    {
        size_t n = strlen(j->numbers);
        (void)snprintf(j->numbers + n, sizeof j->numbers - n, "%s%s", n ? " · " : "", json_string_value(line));
    }
}

static void printed_line(void *user, const char *text)
{
    struct station_job *j = user;
    int done = 0, total = 0;
    if (sscanf(text, "progress %d %d", &done, &total) == 2) {
        if (total > 0 && (j->npacks == 0 || j->total == 0)) { /* labels of an admission come after its pack */
            j->done = done;
            j->total = total;
        }
    } else if (*text == '{') {
        json_t *o = json_loads(text, 0, NULL);
        reported(j, o);
        json_decref(o);
    } else if (strncmp(text, "repli: ", 7) == 0) {
        const char *why = strncmp(text + 7, "print: ", 7) == 0 ? text + 14 : text + 7;
        (void)snprintf(j->why, sizeof j->why, "%s", why);
    }
}

static void printed(void *user, int code, const char *said)
{
    struct station_job *j = user;
    (void)said;
    j->running = false;
    j->code = code;
    j->ended_ms = repli_monotonic_ms();
}

/* ---- starting one */

/* A place for one more; NULL: all of them print. */
static struct station_job *new_job(struct station *st)
{
    struct station_job *best = NULL;
    for (size_t i = 0; i < JOBS; i++)
        if (!st->jobs[i].running && (!best || st->jobs[i].id < best->id))
            best = &st->jobs[i];
    if (best)
        *best = (struct station_job){.id = ++st->next_job};
    return best;
}

struct line {
    const char *argv[32];
    size_t n;
};

/* In one word: what people typed is never an option itself. */
static void add(struct station_request *r, struct line *l, const char *option, const char *value)
{
    if (value && *value)
        l->argv[l->n++] = repli_arena_printf(&r->a, "%s=%s", option, value);
}

/* The command as somebody would type it. */
static void command(struct station_request *r, const struct station_wanted *w, struct line *l)
{
    bool labels = strcmp(w->pack, "labels") == 0, all = strcmp(w->pack, "all") == 0,
         house = strcmp(w->pack, "house") == 0, resume = strcmp(w->pack, "resume") == 0,
         changed = strcmp(w->pack, "changed") == 0, patient = strcmp(w->pack, "patient") == 0;
    *l = (struct line){{"repli", "--site", r->st->site->dir, "--json", "--by", r->who->person, "print", "--progress"},
                       8};
    add(r, l, "--at", r->st->at);
    add(r, l, "--patient", w->patient);
    if (changed || all)
        l->argv[l->n++] = changed ? "--changed" : "--all";
    else if (!resume && !patient)
        add(r, l, "--pack", w->pack);
    if (strcmp(w->pack, "admission") == 0)
        add(r, l, "--count", w->count);
    if (resume)
        add(r, l, "--resume", w->bed);
    add(r, l, "--reason",
        resume && !(w->reason && *w->reason) ? repli_arena_printf(&r->a, "went on from bed %s", w->bed) : w->reason);
    if (w->copies && strcmp(w->copies, "1") != 0)
        add(r, l, "--copies", w->copies);
    if (!labels) /* somebody must put the label stock in first: always as a file */
        add(r, l, "--printer", w->printer);
    if (!w->patient && !all && !house) {
        l->argv[l->n++] = "--";
        l->argv[l->n++] = w->ward;
    }
}

struct station_job *station_print(struct station_request *r, const struct station_wanted *w)
{
    struct line l;
    struct station_job *j;
    if (r->who->glass && r->who->packs >= GLASS_PACKS) {
        (void)repli_fail(&r->err, REPLI_USAGE, "an emergency access prints at most %d packs", GLASS_PACKS);
        return NULL;
    }
    if (!(j = new_job(r->st))) {
        (void)repli_fail(&r->err, REPLI_IO, "too much is being printed at once");
        return NULL;
    }
    command(r, w, &l);
    (void)snprintf(j->ward, sizeof j->ward, "%s", w->ward);
    (void)snprintf(j->what, sizeof j->what, "%s", w->pack);
    (void)snprintf(j->person, sizeof j->person, "%s", r->who->person);
    (void)snprintf(j->bed, sizeof j->bed, "%s", w->bed ? w->bed : "");
    (void)snprintf(j->printer, sizeof j->printer, "%s", w->printer && strcmp(w->pack, "labels") != 0 ? w->printer : "");
    j->asked_utc = repli_clock_now(&r->st->site->clock);
    j->asked_ms = repli_monotonic_ms();
    j->total = strcmp(w->pack, "all") == 0 ? (int)json_array_size(json_object_get(r->st->wards, "wards")) : 0;
    j->running = true;
    const struct station_child how = {.line = printed_line, .end = printed, .user = j};
    if (station_spawn(r->st, l.argv, NULL, &how, &r->err)) {
        r->who->packs++;
        return j;
    }
    j->id = 0;
    j->running = false;
    return NULL;
}

/* ---- its page */

void get_job(struct station_request *r)
{
    const char *id = station_query(r, "id");
    int64_t n = 0;
    struct station_job *found = NULL;
    for (size_t i = 0; id && repli_integer(id, 1, INT64_MAX, &n) && i < JOBS; i++)
        if (r->st->jobs[i].id == n && (!r->who->glass || strcmp(r->st->jobs[i].person, r->who->person) == 0))
            found = &r->st->jobs[i];
    if (!found)
        station_error(r, 404, "There is no such page");
    else if (station_query(r, "json"))
        station_json(r, station_job_json(r, found));
    else
        station_page(r, "job", station_job_json(r, found));
}

/* Who came in by an emergency access sees what they printed, nothing else. */
static bool own_pack(const struct station_request *r, const char *id)
{
    bool own = !r->who->glass;
    for (size_t i = 0; !own && i < JOBS; i++)
        for (size_t k = 0; k < JOB_PACKS && strcmp(r->st->jobs[i].person, r->who->person) == 0; k++)
            own = own || strcmp(r->st->jobs[i].packs[k], id) == 0;
    return own;
}

/* A pack's PDF: who saw it is written down first. */
void get_pack(struct station_request *r)
{
    const char *name = r->path + strlen("/pack/");
    size_t n = strlen(name), len = 0;
    struct repli_pack pack;
    char *data = NULL;
    if (n < 5 || n > 24 || strcmp(name + n - 4, ".pdf") != 0) {
        station_error(r, 404, "There is no such page");
        return;
    }
    const char *id = repli_arena_strndup(&r->a, name, n - 4);
    if (!own_pack(r, id)) {
        station_error(r, 403, "Your role does not do this");
        return;
    }
    if (!station_ledger(r))
        return;
    if (repli_ledger_pack_get(r->ledger, NULL, id, &r->a, &pack, &r->err) != REPLI_OK) {
        station_error(r, 404, "There is no such page");
        return;
    }
    const char *path = pack.path[0] == '/' ? pack.path : repli_path_join(&r->a, r->st->site->dir, pack.path);
    if (repli_file_read(path, PDF_MAX, &r->a, &data, &len, &r->err) != REPLI_OK) {
        station_error(r, 404, "The PDF was deleted since: print again");
        return;
    }
    if (!station_note(r, "view", pack.id, "pack", NULL))
        return;
    r->status = 200;
    r->type = "application/pdf";
    r->file = repli_arena_printf(&r->a, "inline; filename=\"%s.pdf\"", id);
    repli_buf_add(&r->out, data, len);
}
