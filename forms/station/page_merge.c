/* Merging: a dry run of one patient at a time, who signs it, all that is ready, and taking merges back. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/ledger_lists.h"
#include "repli/merge.h"
#include "repli/record_lists.h"
#include "repli/text.h"
#include "station/desk.h"

#define LINES_MAX 300

/* ---- the dry run of a patient */

struct dry {
    struct station_request *r;
    json_t *lines;
    crypto_generichash_state hash;
    int64_t merges, notes, held, waits, done;
};

static void look_line(void *user, const char *json)
{
    struct dry *d = user;
    (void)crypto_generichash_update(&d->hash, (const unsigned char *)json, strlen(json) + 1);
    json_t *o = json_loads(json, 0, NULL);
    const char *state = json_string_value(json_object_get(o, "state"));
    int64_t *counts[] = {&d->merges, &d->notes, &d->held, &d->waits, &d->done};
    static const char *const states[] = {"merges", "notes", "held", "waits", "done"};
    for (size_t i = 0; state && i < 5; i++)
        *counts[i] += strcmp(state, states[i]) == 0;
    json_array_append_new(d->lines, o ? o : json_null());
}

static enum repli_status dry_run(struct station_request *r, const char *patient, struct dry *d, char shown[65])
{
    uint64_t *serials = NULL;
    size_t n = 0;
    uint8_t hash[32];
    d->r = r;
    d->lines = json_array();
    (void)crypto_generichash_init(&d->hash, NULL, 0, sizeof hash);
    enum repli_status s = repli_ledger_serials_of(r->ledger, patient, &r->a, &serials, &n, &r->err);
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        s = repli_merge_look(r->st->site, r->ledger, r->record, serials[i], NULL, look_line, d, &r->err);
    (void)crypto_generichash_final(&d->hash, hash, sizeof hash);
    repli_hex(hash, sizeof hash, shown);
    return s;
}

static int64_t when(const json_t *o)
{
    const json_t *t = json_object_get(o, "at_utc");
    return json_is_integer(t) ? json_integer_value(t) : INT64_MAX;
}

static int by_time(const void *x, const void *y)
{
    const json_t *a = *(json_t *const *)x, *b = *(json_t *const *)y;
    return when(a) < when(b) ? -1 : when(a) > when(b);
}

/* What was written, in a few words: of a box what is printed beside it, "given 08:00, 08:12". */
static const char *paper_words(struct station_request *r, const json_t *line)
{
    const char *text = "";
    const json_t *p;
    size_t i;
    json_array_foreach(json_object_get(line, "paper"), i, p)
    {
        const char *value = json_string_value(json_object_get(p, "value")),
                   *answer = json_string_value(json_object_get(p, "answer")),
                   *label = json_string_value(json_object_get(p, "label")),
                   *unit = json_string_value(json_object_get(p, "unit"));
        if (!value && (!answer || strcmp(answer, "value") == 0 || strcmp(answer, "blank") == 0))
            continue;
        bool box = value && strcmp(value, "ticked") == 0;
        const char *word = box && label && *label ? label : box ? "✓" : value ? value : station_word(r->lang, answer);
        if (strlen(text) < 160)
            text = repli_arena_printf(&r->a, "%s%s%s%s%s", text, *text ? ", " : "", word, unit && value ? " " : "",
                                      unit && value ? unit : "");
    }
    return text;
}

/* What it is about: the drug of a dose, else the label. */
static const char *about(struct station_request *r, const json_t *line)
{
    const json_t *key = json_object_get(line, "key");
    const char *drug = json_string_value(json_object_get(key, "medication")),
               *label = json_string_value(json_object_get(line, "label")),
               *display = json_string_value(json_object_get(key, "display"));
    return repli_arena_strdup(&r->a, drug      ? drug
                                     : label   ? label
                                     : display ? display
                                               : json_string_value(json_object_get(line, "capture")));
}

static const char *live_words(struct station_request *r, const json_t *line)
{
    const json_t *values = json_object_get(json_array_get(json_object_get(line, "live"), 0), "values");
    const char *value = json_string_value(json_object_get(values, "value")),
               *status = json_string_value(json_object_get(values, "status")),
               *dose = json_string_value(json_object_get(values, "dose")),
               *unit = json_string_value(json_object_get(values, "dose_unit"));
    return value    ? repli_arena_strdup(&r->a, value)
           : status ? repli_arena_printf(&r->a, "%s%s%s%s%s", station_word(r->lang, status), dose ? ", " : "",
                                         dose ? dose : "", dose && unit ? " " : "", dose && unit ? unit : "")
                    : "–";
}

/* What stood on the sheet before anybody wrote on it. */
static const char *printed_words(struct station_request *r, const json_t *line)
{
    json_t *list = station_pairs(r, json_object_get(line, "printed")), *p;
    const char *text = "";
    size_t i;
    json_array_foreach(list, i, p)
    {
        const char *column = json_string_value(json_object_get(p, "column")),
                   *value = json_string_value(json_object_get(p, "text"));
        bool named = strcmp(column, "value") == 0 || strcmp(column, "medication") == 0;
        if (strlen(text) < 120)
            text = repli_arena_printf(&r->a, "%s%s%s%s%s", text, *text ? ", " : "",
                                      named ? "" : station_word(r->lang, column), named ? "" : " ", value);
    }
    json_decref(list);
    return *text ? text : "–";
}

static json_t *line_json(struct station_request *r, const json_t *line)
{
    const char *state = json_string_value(json_object_get(line, "state")),
               *detail = json_string_value(json_object_get(line, "detail")),
               *remark = json_string_value(json_object_get(line, "remark")), *paper = paper_words(r, line);
    json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s?, s:O, s:O}", "about", about(r, line), "paper",
                          *paper ? paper : "–", "printed", printed_words(r, line), "live", live_words(r, line),
                          "detail", station_detail(r, detail ? detail : remark), "sheet",
                          json_object_get(line, "sheet"), "capture", json_object_get(line, "capture"));
    if (when(line) < INT64_MAX)
        json_object_set_new(o, "at", station_time(r, when(line)));
    const char *why = json_string_value(json_object_get(line, "why")), *title = why ? repli_merge_sentence(why) : NULL;
    if (why)
        json_object_set_new(o, "title", json_string(title ? title : why));
    json_object_set(o, "decided_by", json_object_get(line, "decided_by"));
    if (state)
        json_object_set_new(o, repli_arena_printf(&r->a, "is_%s", state), json_true());
    return o;
}

static bool add_patient(struct station_request *r, const char *patient, json_t *view)
{
    struct dry d = {.merges = 0};
    char shown[65];
    if (!station_note(r, "view", patient, "dry run", NULL))
        return false;
    if (dry_run(r, patient, &d, shown) != REPLI_OK) {
        json_decref(d.lines);
        station_error(r, 500, r->err.text);
        return false;
    }
    size_t n = json_array_size(d.lines), k = 0;
    json_t **sorted = repli_arena_array(&r->a, n + 1, sizeof *sorted), *list = json_array(), *o;
    json_array_foreach(d.lines, k, o) sorted[k] = o;
    if (n)
        qsort(sorted, n, sizeof *sorted, by_time);
    for (k = 0; k < n && k < LINES_MAX; k++)
        json_array_append_new(list, line_json(r, sorted[k]));
    json_object_update_new(view,
                           json_pack("{s:o, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "lines", list, "shown", shown,
                                     "chosen_patient", patient, "merges", (json_int_t)d.merges, "notes",
                                     (json_int_t)d.notes, "held", (json_int_t)d.held, "waits", (json_int_t)d.waits,
                                     "done", (json_int_t)d.done, "lines_count", (json_int_t)n));
    station_set_flag(view, "lines_cut", n > LINES_MAX);
    station_set_flag(view, "may_sign", d.merges + d.notes > 0);
    json_decref(d.lines);
    return true;
}

/* ---- wards and patients */

static bool add_wards(struct station_request *r, const char **ward, json_t *view)
{
    struct repli_ward_count *rows = NULL;
    size_t n = 0;
    if (repli_ledger_wards_reviewed(r->ledger, &r->a, &rows, &n, &r->err) != REPLI_OK)
        return false;
    json_t *list = json_array();
    if (!*ward && n > 0)
        *ward = rows[0].ward;
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_pack("{s:s, s:I, s:I}", "ward", rows[i].ward, "read", (json_int_t)rows[i].read, "reviewed",
                              (json_int_t)rows[i].reviewed);
        station_set_flag(o, "chosen", strcmp(rows[i].ward, *ward) == 0);
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "wards", list);
    return true;
}

static bool add_patients(struct station_request *r, const char *ward, const char *chosen, json_t *view)
{
    struct repli_review_patient *rows = NULL;
    size_t n = 0;
    if (repli_ledger_patients_reviewed(r->ledger, ward, station_page_of(r), ROWS, &r->a, &rows, &n, &r->err) !=
        REPLI_OK)
        return false;
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o =
            json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:I, s:I}", "patient", rows[i].patient, "name", rows[i].name, "born",
                      rows[i].birth_date, "sheets", (json_int_t)rows[i].sheets, "open", (json_int_t)rows[i].open,
                      "held", (json_int_t)rows[i].held, "missing", (json_int_t)rows[i].missing);
        bool here = chosen && strcmp(chosen, rows[i].patient) == 0;
        station_set_flag(o, "chosen", here);
        station_set_flag(o, "is_held", rows[i].held > 0);
        station_set_flag(o, "is_missing", rows[i].held == 0 && rows[i].missing > 0);
        station_set_flag(o, "is_open", rows[i].held + rows[i].missing == 0 && rows[i].open > 0);
        station_set_flag(o, "is_ready", rows[i].held + rows[i].missing + rows[i].open == 0);
        if (here && rows[i].name)
            json_object_set_new(view, "chosen_name", json_string(rows[i].name));
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "patients", list);
    json_object_set_new(view, "ward_now", json_string(ward));
    station_pages(r, view, n);
    return true;
}

/* A run over everything, when one was asked for since this station began. */
static void add_run(struct station_request *r, json_t *view)
{
    const struct station_figures *f = &r->st->desk->merge;
    int64_t merged = 0, noted = 0, held = 0, sheets = 0;
    const json_t *o;
    size_t i;
    if (!f->running && !f->lines)
        return;
    json_array_foreach(f->lines, i, o)
    {
        merged += json_integer_value(json_object_get(o, "merged"));
        noted += json_integer_value(json_object_get(o, "noted"));
        held += (int64_t)json_array_size(json_object_get(o, "held"));
        sheets += json_is_string(json_object_get(o, "merge"));
    }
    json_t *run = json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:s}", "running", f->running, "by", f->person, "merged",
                            (json_int_t)merged, "noted", (json_int_t)noted, "held", (json_int_t)held, "sheets",
                            (json_int_t)sheets, "why", f->why);
    json_object_set_new(run, "at", station_time(r, f->made_utc));
    json_object_set_new(view, "run", run);
}

static void show_merge(struct station_request *r, const char *ward, const char *patient, const char *why)
{
    if (!station_record(r))
        return;
    json_t *view = json_object();
    bool ok = add_wards(r, &ward, view);
    if (ok && ward && *ward)
        ok = station_note(r, "view", repli_arena_printf(&r->a, "ward %s", ward), "to merge", NULL) &&
             add_patients(r, ward, patient, view);
    if (ok && patient)
        ok = add_patient(r, patient, view);
    if (!ok) {
        json_decref(view);
        if (!r->status)
            station_error(r, 500, r->err.text);
        return;
    }
    add_run(r, view);
    if (why)
        json_object_set_new(view, "why", json_string(why));
    station_desk_page(r, "merge", view);
}

void page_merge(struct station_request *r)
{
    const char *ward = station_query(r, "ward"), *patient = station_query(r, "patient");
    show_merge(r, ward && *ward ? ward : NULL, patient && *patient ? patient : NULL, NULL);
}

/* ---- signing */

static void merged(struct station_request *r, int code, const struct station_said *said)
{
    if (code == REPLI_OK)
        station_flash(r, "Signed and merged", station_field(r, "patient"));
    else if (code == REPLI_WAITS)
        station_flash(r, "Signed and merged; something is held and waits", station_field(r, "patient"));
    station_then_back(r, code, said);
}

static void not_signed(struct station_request *r, unsigned status, const char *why)
{
    r->status = status;
    show_merge(r, station_plain(r, "ward", 64), station_plain(r, "patient", 64), why);
}

/* Whoever sits there is still who signed in: a signature is given with the passphrase, and written down. */
static bool signature(struct station_request *r, const char *what, bool right)
{
    if (!r->who) {
        station_error(r, 401, "Sign in first");
        return false;
    }
    if (!station_note(r, "sign", what, right ? "signed" : "refused", NULL))
        return false;
    if (!right)
        not_signed(r, 403, "The passphrase is not right: nothing was signed");
    return right;
}

static void sign(struct station_request *r, const char *person, bool right)
{
    const char *patient = station_plain(r, "patient", 64), *shown = station_field(r, "shown");
    struct dry d = {.merges = 0};
    char now[65];
    (void)person;
    if (!signature(r, patient, right) || !station_record(r))
        return;
    enum repli_status s = dry_run(r, patient, &d, now);
    json_decref(d.lines);
    if (s != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return;
    }
    if (sodium_memcmp(now, shown, 64) != 0) {
        not_signed(r, 409, "Something changed since you looked: read it again, then sign");
        return;
    }
    const char *words[] = {"merge", "--patient", patient, NULL};
    r->back = repli_arena_printf(&r->a, "/merge");
    station_command(r, words, NULL, merged);
}

void post_merge_sign(struct station_request *r)
{
    const char *shown = station_field(r, "shown");
    if (!station_plain(r, "patient", 64) || !station_plain(r, "ward", 64) || !shown || strlen(shown) != 64) {
        station_error(r, 400, "This is no form");
        return;
    }
    if (!station_field(r, "read")) {
        not_signed(r, 409, "Read the lines first, then say so");
        return;
    }
    const char *why = station_prove(r, r->who->person, station_field(r, "passphrase"), sign);
    if (why)
        not_signed(r, r->status, why);
}

static void merge_all(struct station_request *r, const char *person, bool right)
{
    static const char *const words[] = {"merge", NULL};
    (void)person;
    if (!signature(r, "everything that is ready", right))
        return;
    if (station_figures_ask(r, &r->st->desk->merge, words))
        station_go(r, "/merge");
    else
        station_error(r, 500, r->err.text);
}

void post_merge_all(struct station_request *r)
{
    const char *why = station_prove(r, r->who->person, station_field(r, "passphrase"), merge_all);
    if (why)
        not_signed(r, r->status, why);
}

/* ---- what was merged, and back */

static bool add_merges(struct station_request *r, json_t *view)
{
    struct repli_merged_row *rows = NULL;
    size_t n = 0;
    const char *person = station_query(r, "person");
    struct repli_merged_wanted w = {
        .person = person && *person ? person : NULL, .offset = station_page_of(r), .limit = ROWS};
    if (!station_record(r))
        return false;
    if (repli_record_merges(r->record, &w, &r->a, &rows, &n, &r->err) != REPLI_OK) {
        station_error(r, 500, r->err.text);
        return false;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < n; i++) {
        json_t *o = json_pack("{s:s, s:s, s:s, s:s?, s:s?, s:I}", "merge", rows[i].merge_id, "sheet", rows[i].sheet,
                              "by", rows[i].person, "undone_by", rows[i].undone_by, "reason", rows[i].reason, "entries",
                              (json_int_t)rows[i].entries);
        json_object_set_new(o, "at", station_time(r, rows[i].merged_utc));
        if (rows[i].undone_by)
            json_object_set_new(o, "undone_at", station_time(r, rows[i].undone_utc));
        station_set_flag(o, "undoable", rows[i].undoable);
        json_array_append_new(list, o);
    }
    json_object_set_new(view, "merge_list", list);
    if (w.person)
        json_object_set_new(view, "person", json_string(w.person));
    station_pages(r, view, n);
    return true;
}

void page_merges(struct station_request *r)
{
    json_t *view = json_object();
    if (add_merges(r, view))
        station_desk_page(r, "merges", view);
    else
        json_decref(view);
}

/* Of many: what was undone, and what was not, by name. */
static void undone(struct station_request *r, int code, const struct station_said *said)
{
    json_t *view = json_object(), *refused = json_array(), *o;
    size_t i;
    int64_t n = 0;
    if (code != REPLI_OK && code != REPLI_WAITS)
        r->status = 409;
    json_array_foreach(said->lines, i, o)
    {
        n += json_is_true(json_object_get(o, "undone"));
        if (json_is_string(json_object_get(o, "why"))) {
            const char *text = station_said(r, json_string_value(json_object_get(o, "why")));
            json_t *one = json_copy(o);
            json_object_set_new(one, "why", json_string(text));
            json_array_append_new(refused, one);
        }
    }
    json_object_set_new(view, "told", json_true());
    json_object_set_new(view, "undone_count", json_integer(n));
    json_object_set_new(view, "refused", refused);
    if (r->status == 409)
        json_object_set_new(view, "why", json_string(said->why ? said->why : ""));
    if (add_merges(r, view))
        station_desk_page(r, "merges", view);
    else
        json_decref(view);
}

void post_merge_undo(struct station_request *r)
{
    const char *merge = station_plain(r, "merge", 24), *batch = station_plain(r, "batch", 100),
               *person = station_plain(r, "person", 64), *reason = station_plain(r, "reason", 200);
    const char *words[8] = {"merge", "undo"};
    size_t n = 2;
    if (!reason || (!merge && !batch && !person)) {
        station_error(r, 400, reason ? "This is no form" : "Say why");
        return;
    }
    if (!merge && !station_is(r, ROLE_COORDINATOR)) {
        station_error(r, 403, "Your role does not do this");
        return;
    }
    words[n++] = "--reason";
    words[n++] = reason;
    if (!merge)
        words[n++] = batch ? "--batch" : "--by-person";
    else
        words[n++] = "--";
    words[n++] = merge ? merge : batch ? batch : person;
    station_command(r, words, NULL, undone);
}
