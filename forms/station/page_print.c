/* Printing: wards with census and age, packs, what is being printed, what was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/file.h"
#include "repli/ledger_recent.h"
#include "repli/outage.h"
#include "repli/snapshot.h"
#include "station/station.h"

#define WARDS_MS 20000
#define RECENT   8
#define PDF_MAX  (256u << 20)
#define FRESH_S  (4 * 3600)
#define STALE_S  (12 * 3600)

/* How old data may be: green to 4 h, then somebody checks, from 12 h on every order is checked one by one. */
static void add_age(json_t *o, int64_t age_s)
{
    json_object_set_new(o, "age", station_age(age_s));
    json_object_set_new(o, age_s < FRESH_S ? "fresh" : age_s < STALE_S ? "check" : "stale", json_true());
}

json_t *station_wards(struct station_request *r)
{
    struct station *st = r->st;
    struct repli_snapshot *snap = NULL;
    struct repli_snap_ward *wards = NULL;
    size_t count = 0;
    struct repli_err err = {0};
    int64_t now = repli_clock_now(&st->site->clock);
    if (st->wards && repli_monotonic_ms() - st->wards_ms < WARDS_MS)
        return st->wards;
    json_decref(st->wards);
    st->wards = json_object();
    st->wards_ms = repli_monotonic_ms();
    if (repli_snapshot_newest(st->site, now, &snap, &err) != REPLI_OK ||
        repli_snapshot_wards(snap, &r->a, &wards, &count, &err) != REPLI_OK) {
        json_object_set_new(st->wards, "no_data", json_string(err.text));
        repli_snapshot_close(snap);
        return st->wards;
    }
    const struct repli_snapshot_info *info = repli_snapshot_info(snap);
    int64_t age = now - info->taken_utc;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(wards[i].id); /* "3B Chirurgie digestive" says its code a second time */
        bool twice = strncmp(wards[i].name, wards[i].id, n) == 0 && wards[i].name[n] == ' ';
        json_t *w =
            json_pack("{s:s, s:s, s:I, s:I}", "ward", wards[i].id, "ward_name", wards[i].name + (twice ? n + 1 : 0),
                      "census", (json_int_t)wards[i].census, "beds", (json_int_t)wards[i].beds);
        add_age(w, age);
        json_array_append_new(list, w);
    }
    json_object_set_new(st->wards, "wards", list);
    json_object_set_new(st->wards, "data", station_time(r, info->taken_utc));
    add_age(st->wards, age);
    repli_snapshot_close(snap);
    return st->wards;
}

static const json_t *chosen_ward(const json_t *wards, const char *id)
{
    size_t i;
    const json_t *w;
    json_array_foreach(json_object_get(wards, "wards"), i,
                       w) if (!id || strcmp(json_string_value(json_object_get(w, "ward")), id) == 0) return w;
    return id ? chosen_ward(wards, NULL) : NULL;
}

static const struct {
    const char *pack, *key, *word, *what, *field;
} packs[] = {
    {"shift", "F2", "Whole shift", "also face sheets, fluids and notes", ""},
    {"patient", "F3", "One patient", "everything of one bed", "bed"},
    {"admission", "F4", "New admission", "registration and blank forms, one number", "count"},
    {"spares", "F5", "Spares", "blank sheets for the cupboard", ""},
    {"labels", "F6", "Labels", "tubes and forms", ""},
    {"changed", "F7", "Changed only", "what is new since it was last printed", ""},
    {"logs", "F8", "Logs", "ward log and messages", ""},
};

static json_t *pack_rows(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof packs / sizeof *packs; i++) {
        json_t *o = json_pack("{s:s, s:s, s:s, s:s}", "pack", packs[i].pack, "key", packs[i].key, "word", packs[i].word,
                              "what", packs[i].what);
        if (packs[i].field[0])
            json_object_set_new(o, packs[i].field, json_true());
        json_array_append_new(list, o);
    }
    return list;
}

static const char *pack_word(const char *pack)
{
    for (size_t i = 0; pack && i < sizeof packs / sizeof *packs; i++)
        if (strcmp(packs[i].pack, pack) == 0)
            return packs[i].word;
    return "Emergency pack";
}

static json_t *job_json(const struct station_request *r, const struct station_job *j)
{
    json_t *o = json_pack("{s:I, s:s, s:s, s:b, s:i, s:i}", "id", (json_int_t)j->id, "ward", j->ward, "word",
                          pack_word(j->what), "running", j->running, "done", j->done, "total", j->total);
    json_object_set_new(o, "at", station_time(r, j->asked_utc));
    if (j->pack[0])
        json_object_set_new(o, "pack_id", json_string(j->pack));
    if (!j->running)
        json_object_set_new(o, j->code == 0 ? "printed" : j->code == REPLI_WAITS ? "mind" : "failed", json_true());
    if (j->why[0])
        json_object_set_new(o, "why", json_string(j->why));
    return o;
}

static json_t *recent(struct station_request *r)
{
    struct repli_recent_pack *list = NULL;
    size_t count = 0;
    json_t *out = json_array();
    if (repli_ledger_packs_recent(r->ledger, RECENT, &r->a, &list, &count, &r->err) != REPLI_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        json_t *o = json_pack("{s:s, s:s?, s:s, s:i}", "pack_id", list[i].id, "ward", list[i].ward, "forms",
                              list[i].what, "pages", list[i].pages);
        json_object_set_new(o, "at", station_time(r, list[i].printed_utc));
        json_array_append_new(out, o);
    }
    return out;
}

void page_print(struct station_request *r)
{
    if (!station_ledger(r))
        return;
    const json_t *wards = station_wards(r), *chosen = chosen_ward(wards, station_query(r, "ward"));
    json_t *view = json_copy((json_t *)(uintptr_t)wards), *rows = json_array(), *jobs = json_array(), *w;
    size_t i;
    json_array_foreach(json_object_get(wards, "wards"), i, w)
    {
        json_t *row = json_copy(w);
        if (w == chosen)
            json_object_set_new(row, "chosen", json_true());
        json_array_append_new(rows, row);
    }
    json_object_set_new(view, "wards", rows);
    if (chosen)
        json_object_set(view, "ward", (json_t *)(uintptr_t)chosen);
    for (size_t j = 0; j < JOBS; j++)
        if (r->st->jobs[j].id && (r->st->jobs[j].running || r->st->jobs[j].code) &&
            repli_clock_now(&r->st->site->clock) - r->st->jobs[j].asked_utc < 3600)
            json_array_append_new(jobs, job_json(r, &r->st->jobs[j]));
    json_object_set_new(view, "jobs", jobs);
    json_object_set_new(view, "packs", pack_rows());
    json_object_set_new(view, "recent", recent(r));
    if (station_role(r->who->role) != ROLE_PHARMACIST)
        json_object_set_new(view, "may_print", json_true());
    const char *printer =
        chosen && repli_site_ward(r->st->site, json_string_value(json_object_get(chosen, "ward")))
            ? repli_site_ward(r->st->site, json_string_value(json_object_get(chosen, "ward")))->printer
            : NULL;
    if (printer)
        json_object_set_new(view, "printer", json_string(printer));
    station_page(r, "print", view);
}

/* ---- the process that prints */

static void printed_line(void *user, const char *text)
{
    struct station_job *j = user;
    int done = 0, total = 0;
    if (sscanf(text, "progress %d %d", &done, &total) == 2) {
        j->done = done;
        j->total = total;
    } else if (*text == '{') {
        json_t *o = json_loads(text, 0, NULL);
        const char *pack = json_string_value(json_object_get(o, "pack")),
                   *note = json_string_value(json_array_get(json_object_get(o, "skipped"), 0));
        if (pack)
            (void)snprintf(j->pack, sizeof j->pack, "%s", pack);
        if (note)
            (void)snprintf(j->why, sizeof j->why, "%s", note);
        json_decref(o);
    } else if (strncmp(text, "repli: ", 7) == 0) {
        (void)snprintf(j->why, sizeof j->why, "%s", text + 7);
    }
}

static void printed(void *user, int code, const char *said)
{
    struct station_job *j = user;
    (void)said;
    j->running = false;
    j->code = code;
}

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

/* Who lies in a bed of the newest snapshot; NULL: nobody does. */
static const char *in_bed(struct station_request *r, const char *ward, const char *bed)
{
    struct repli_snapshot *snap = NULL;
    struct repli_snap_patient *all = NULL;
    size_t count = 0;
    const char *found = NULL;
    if (repli_snapshot_newest(r->st->site, repli_clock_now(&r->st->site->clock), &snap, &r->err) == REPLI_OK &&
        repli_snapshot_patients(snap, ward, NULL, &r->a, &all, &count, &r->err) == REPLI_OK)
        for (size_t i = 0; i < count; i++)
            if (all[i].bed && strcmp(all[i].bed, bed) == 0)
                found = all[i].identifier;
    repli_snapshot_close(snap);
    return found;
}

static bool start_job(struct station_request *r, const char *ward, const char *pack, const char *patient)
{
    const char *argv[24] = {"repli", "--site", r->st->site->dir, "--json", "--by", r->who->person, "print"};
    size_t n = 7;
    const struct repli_site_ward *w = repli_site_ward(r->st->site, ward);
    const char *count = station_field(r, "count"), *reason = station_field(r, "reason");
    struct station_job *j = new_job(r->st);
    if (!j)
        return repli_fail(&r->err, REPLI_IO, "too much is being printed at once") == REPLI_OK;
    argv[n++] = "--progress";
    if (r->st->at) {
        argv[n++] = "--at";
        argv[n++] = r->st->at;
    }
    if (patient) {
        argv[n++] = "--patient";
        argv[n++] = patient;
    }
    if (strcmp(pack, "changed") == 0) {
        argv[n++] = "--changed";
    } else if (pack[0] && !patient) {
        argv[n++] = "--pack";
        argv[n++] = pack;
    }
    if (strcmp(pack, "admission") == 0 && count && *count) {
        argv[n++] = "--count";
        argv[n++] = count;
    }
    if (reason && *reason && strlen(reason) < 200) {
        argv[n++] = "--reason";
        argv[n++] = reason;
    }
    if (w && w->printer) {
        argv[n++] = "--printer";
        argv[n++] = "ward";
    }
    if (!patient) {
        argv[n++] = "--";
        argv[n++] = ward;
    }
    (void)snprintf(j->ward, sizeof j->ward, "%s", ward);
    (void)snprintf(j->what, sizeof j->what, "%s", pack);
    (void)snprintf(j->person, sizeof j->person, "%s", r->who->person);
    j->asked_utc = repli_clock_now(&r->st->site->clock);
    j->running = true;
    const struct station_child how = {.line = printed_line, .end = printed, .user = j};
    if (station_spawn(r->st, argv, NULL, &how, &r->err))
        return true;
    j->id = 0;
    j->running = false;
    return false;
}

void post_print(struct station_request *r)
{
    const char *ward = station_field(r, "ward"), *pack = station_field(r, "pack"), *bed = station_field(r, "bed"),
               *patient = NULL;
    bool known = !pack || !*pack;
    for (size_t i = 0; pack && i < sizeof packs / sizeof *packs; i++)
        known = known || strcmp(packs[i].pack, pack) == 0;
    const json_t *w = ward ? chosen_ward(station_wards(r), ward) : NULL;
    if (!known || !w || strcmp(json_string_value(json_object_get(w, "ward")), ward) != 0) {
        station_error(r, 400, "There is no such ward or pack");
        return;
    }
    if (pack && strcmp(pack, "patient") == 0) {
        patient = bed && *bed ? in_bed(r, ward, bed) : NULL;
        if (!patient) {
            station_error(r, 400, "Nobody lies in this bed");
            return;
        }
    }
    if (!start_job(r, ward, pack ? pack : "", patient)) {
        station_error(r, 500, r->err.text);
        return;
    }
    station_go(r, repli_arena_printf(&r->a, "/print/job?id=%lld", (long long)r->st->next_job));
}

void get_job(struct station_request *r)
{
    const char *id = station_query(r, "id");
    int64_t n = 0;
    struct station_job *found = NULL;
    for (size_t i = 0; id && repli_integer(id, 1, INT64_MAX, &n) && i < JOBS; i++)
        if (r->st->jobs[i].id == n)
            found = &r->st->jobs[i];
    if (!found)
        station_error(r, 404, "There is no such page");
    else if (station_query(r, "json"))
        station_json(r, job_json(r, found));
    else
        station_page(r, "job", job_json(r, found));
}

/* A pack's PDF: who saw it is written down first. */
void get_pack(struct station_request *r)
{
    const char *name = r->path + strlen("/pack/");
    size_t n = strlen(name), len = 0;
    struct repli_pack pack;
    char *data = NULL;
    if (n < 5 || n > 24 || strcmp(name + n - 4, ".pdf") != 0 || !station_ledger(r)) {
        if (!r->status)
            station_error(r, 404, "There is no such page");
        return;
    }
    const char *id = repli_arena_strndup(&r->a, name, n - 4);
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
