/* Answers of one person, one JSON object a line, taken in one transaction. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/judge.h"
#include "repli/serial.h"
#include "repli/text.h"

#define LINE_MAX_BYTES 65536
#define CACHED_SHEETS  256 /* sheets kept in memory; more only cost loading again */

struct import {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    const char *by;
    struct judge judge;
    struct repli_arena own;   /* of the judge */
    struct repli_arena arena; /* of the cached sheets and the line at hand */
    struct review_sheet *sheets[CACHED_SHEETS];
    size_t nsheets;
    repli_review_line_fn *line;
    void *user;
    struct repli_review_counts counts;
};

static void forget_sheets(struct import *im)
{
    repli_arena_done(&im->arena);
    im->nsheets = 0;
}

static enum repli_status sheet_of(struct import *im, uint64_t serial, struct review_sheet **sheet,
                                  struct repli_err *err)
{
    for (size_t i = 0; i < im->nsheets; i++)
        if (im->sheets[i]->row->serial == serial) {
            *sheet = im->sheets[i];
            return REPLI_OK;
        }
    enum repli_status s = review_load(im->ledger, serial, &im->arena, sheet, err);
    if (s == REPLI_OK && *sheet)
        im->sheets[im->nsheets++] = *sheet;
    return s;
}

static const char *text_of(const json_t *o, const char *key, bool *odd)
{
    const json_t *v = json_object_get(o, key);
    if (v && !json_is_string(v) && !json_is_null(v))
        *odd = true;
    return json_string_value(v);
}

/* NULL, or why the object is no answer. */
static const char *parse_answer(const json_t *o, struct answer *out)
{
    static const char *const known[] = {"value", "blank", "illegible", "correction"};
    bool odd = false;
    *out = (struct answer){.task = text_of(o, "task", &odd),
                           .sheet = text_of(o, "sheet", &odd),
                           .field = text_of(o, "field", &odd),
                           .answer = text_of(o, "answer", &odd),
                           .value = text_of(o, "value", &odd),
                           .capture = text_of(o, "capture", &odd),
                           .decide = text_of(o, "decide", &odd),
                           .need = text_of(o, "need", &odd),
                           .initials = text_of(o, "initials", &odd),
                           .name = text_of(o, "name", &odd),
                           .fields = json_object_get(o, "fields"),
                           .sure = json_is_true(json_object_get(o, "sure"))};
    if (!json_is_object(o))
        return "no JSON object";
    if (odd)
        return "task, sheet, field, answer, value, capture, decide, need, initials and name are texts";
    if (out->initials)
        return out->sheet && (out->name || json_is_array(out->fields))
                   ? NULL
                   : "\"initials\" go with a \"sheet\", and a \"name\" or \"fields\"";
    if (out->decide)
        return out->task || (out->sheet && out->capture) ? NULL : "neither \"task\" nor \"sheet\" and \"capture\"";
    if (out->fields && (!json_is_array(out->fields) || out->task || out->field || !out->sheet))
        return "\"fields\" is a list of fields of one \"sheet\", without \"task\" or \"field\"";
    if (!out->fields && !out->task && !(out->sheet && out->field))
        return "neither \"task\" nor \"sheet\" and \"field\"";
    for (size_t i = 0; out->answer && i < sizeof known / sizeof *known; i++)
        if (strcmp(out->answer, known[i]) == 0)
            return i == 0 && !out->value ? "\"answer\":\"value\" without a \"value\"" : NULL;
    return "\"answer\" is value, blank, illegible or correction";
}

/* "SHEET/FIELD/REVISION/callback": no row of its own in the ledger. */
static struct repli_task *callback_task(struct import *im, const char *id, uint64_t *serial)
{
    char *text = repli_arena_strdup(&im->arena, id), *part[3];
    struct repli_task *task = repli_arena_alloc(&im->arena, sizeof *task);
    int64_t revision = 0;
    for (int i = 2; i >= 0; i--) {
        part[i] = strrchr(text, '/');
        if (!part[i])
            return NULL;
        *part[i]++ = 0;
    }
    if (strcmp(part[2], "callback") != 0 || !repli_integer(part[1], 1, 1000000, &revision) ||
        !repli_serial_parse(text, serial))
        return NULL;
    *task = (struct repli_task){.id = id, .field = part[0], .need = "callback", .revision = (int)revision};
    return task;
}

/* The sheet, field and need an answer names; *why when it names none. */
static enum repli_status find_target(struct import *im, const struct answer *an, struct review_sheet **sheet,
                                     struct review_field **field, const struct repli_task **task, const char **why,
                                     struct repli_err *err)
{
    uint64_t serial = 0;
    struct repli_task *found = NULL;
    enum repli_status s = REPLI_OK;
    if (an->task) {
        s = repli_ledger_task_find(im->ledger, an->task, &im->arena, &serial, &found, err);
        if (s == REPLI_OK && !found)
            found = callback_task(im, an->task, &serial);
        if (s == REPLI_OK && !found)
            *why = "there is no such task";
    } else if (!repli_serial_parse(an->sheet, &serial)) {
        *why = "no sheet number: its check sign is wrong";
    }
    if (s != REPLI_OK || *why)
        return s;
    s = sheet_of(im, serial, sheet, err);
    if (s != REPLI_OK)
        return s;
    *task = found;
    if (!*sheet)
        *why = "this sheet is not in the ledger";
    else if ((*field = review_find(*sheet, found ? found->field : an->field)) == NULL)
        *why = "the sheet has no such field";
    else if (repli_life_closed((*sheet)->row->state) && (*sheet)->row->state != REPLI_LIFE_MERGED)
        *why = "the sheet is closed: nothing on it is asked any more";
    else if (!review_for_people((*field)->field))
        *why = "this field is filed as an image: there is nothing to key";
    return REPLI_OK;
}

static enum repli_status take(struct import *im, struct review_sheet *sheet, struct review_field *f,
                              enum review_need need, const struct answer *an, struct repli_err *err)
{
    int64_t now = repli_clock_now(&im->site->clock);
    struct repli_entry *e = repli_arena_alloc(&im->arena, sizeof *e);
    *e = (struct repli_entry){.field = f->field->id,
                              .person = im->by,
                              .need = review_need_text(need),
                              .sure = an->asked,
                              .answer = repli_arena_strdup(&im->arena, an->answer),
                              .value = an->value,
                              .revision = f->revision,
                              .entered_utc = now};
    enum repli_status s = repli_ledger_entry_add(im->ledger, sheet->row->serial, e, err);
    if (s != REPLI_OK)
        return s;
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_sheet_row *row = NULL;
    f->answers[need] = e;
    review_derive(sheet);
    s = review_store(im->ledger, sheet, &a, now, err);
    if (s == REPLI_OK)
        s = repli_ledger_sheet_get(im->ledger, sheet->row->serial, &a, &row, err);
    if (s == REPLI_OK)
        sheet->row->state = row->state; /* it may have moved on */
    return s == REPLI_OK ? repli_ledger_lease_end(im->ledger, sheet->row->serial, f->field->id, im->by, now, err) : s;
}

/* "SHEET/CAPTURE/REVISION/decide" */
static void split_task(struct import *im, struct answer *an)
{
    const char *slash = strchr(an->task, '/'), *next = slash ? strchr(slash + 1, '/') : NULL;
    if (!next)
        return;
    an->sheet = repli_arena_strndup(&im->arena, an->task, (size_t)(slash - an->task));
    an->capture = repli_arena_strndup(&im->arena, slash + 1, (size_t)(next - slash - 1));
}

/* A line that decides a conflict. */
static enum repli_status take_decision(struct import *im, struct answer *an, enum verdict *v, const char **why,
                                       struct repli_err *err)
{
    uint64_t serial = 0;
    bool repeated = false;
    struct review_sheet *sheet = NULL;
    if (an->task)
        split_task(im, an);
    if (!an->sheet || !an->capture || !repli_serial_parse(an->sheet, &serial)) {
        *why = "no such task or sheet number";
        return REPLI_OK;
    }
    enum repli_status s = sheet_of(im, serial, &sheet, err);
    if (s == REPLI_OK && !sheet)
        *why = "this sheet is not in the ledger";
    if (s != REPLI_OK || *why)
        return s;
    s = review_decide(im->ledger, sheet, an->capture, an->decide, im->by, repli_clock_now(&im->site->clock), &im->arena,
                      &repeated, why, err);
    if (s == REPLI_OK && !*why)
        *v = repeated ? REPEATED : TAKEN;
    return s;
}

static void report(struct import *im, size_t number, enum verdict v, const struct answer *an, const char *why)
{
    json_t *o = json_pack("{s:I, s:s, s:s?, s:s?, s:s?, s:s}", "line", (json_int_t)number, "outcome",
                          v == CLOSED ? "closed" : "refused", "task", an->task, "sheet", an->sheet, "field", an->field,
                          "why", why);
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
    if (text)
        im->line(im->user, text);
    free(text);
    json_decref(o);
}

static void tally(struct import *im, size_t number, enum verdict v, const struct answer *an, const char *why)
{
    im->counts.taken += v == TAKEN;
    im->counts.repeated += v == REPEATED;
    im->counts.refused += v == REFUSED;
    im->counts.closed += v == CLOSED;
    if (v == REFUSED || v == CLOSED)
        report(im, number, v, an, why);
}

/* Somebody else was given this field for some minutes; NULL: nobody was. */
static enum repli_status lent(struct import *im, const struct review_sheet *sheet, const struct review_field *f,
                              const char **why, struct repli_err *err)
{
    struct repli_lease *leases = NULL;
    size_t count = 0;
    char until[24];
    enum repli_status s = repli_ledger_leases(im->ledger, sheet->row->serial, f->field->id,
                                              repli_clock_now(&im->site->clock), &im->arena, &leases, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        if (strcmp(leases[i].person, im->by) != 0 && leases[i].revision == f->revision &&
            strcmp(leases[i].need, review_need_text(f->need)) == 0) {
            repli_time_iso(leases[i].until_utc, until);
            *why = repli_arena_printf(&im->arena, "%s was given this field until %s: nobody else keys it meanwhile",
                                      leases[i].person, until);
        }
    return s;
}

static enum repli_status take_blind(struct import *im, const struct review_sheet *sheet,
                                    const struct repli_blind *given, const struct answer *an, struct repli_err *err)
{
    struct repli_blind blind = *given;
    int64_t now = repli_clock_now(&im->site->clock);
    blind.answer = an->answer;
    blind.value = an->value;
    enum repli_status s = repli_ledger_blind_answer(im->ledger, &blind, now, err);
    return s == REPLI_OK ? repli_ledger_lease_end(im->ledger, sheet->row->serial, blind.field, im->by, now, err) : s;
}

/* A line that answers what a field needs. */
static enum repli_status take_answer(struct import *im, struct answer *an, enum verdict *v, const char **why,
                                     struct repli_err *err)
{
    struct review_sheet *sheet = NULL;
    struct review_field *field = NULL;
    const struct repli_task *task = NULL;
    enum repli_status s = find_target(im, an, &sheet, &field, &task, why, err);
    if (s != REPLI_OK || *why)
        return s;
    struct repli_blind *blind = NULL;
    enum review_need need = judge_need(field, task, an);
    if (need == NEED_NONE)
        s = repli_ledger_blind_get(im->ledger, sheet->row->serial, field->field->id, field->revision, im->by,
                                   &im->arena, &blind, err);
    if (s != REPLI_OK)
        return s;
    *v = judge(&im->judge, sheet, field, task, blind, an, why);
    bool confirms = blind ? strcmp(blind->need, "confirm") == 0 : field->need == NEED_CONFIRM;
    if (*v == TAKEN && an->fields && !confirms)
        *why = "only what asks for confirmation is answered in a list: this is keyed by itself";
    if (*v == TAKEN && !*why && !blind && need != NEED_CALLBACK)
        s = lent(im, sheet, field, why, err);
    if (*v == TAKEN && *why)
        *v = REFUSED;
    if (s != REPLI_OK || *v != TAKEN)
        return s;
    return blind ? take_blind(im, sheet, blind, an, err) : take(im, sheet, field, need, an, err);
}

/* One person who looks down a column of clear ticks says yes once: every field is an answer of its own, with its own
** verdict.  Nothing is confirmed that is not named. */
static enum repli_status take_list(struct import *im, const struct answer *named, size_t number, struct repli_err *err)
{
    size_t i;
    const json_t *v;
    json_array_foreach(named->fields, i, v)
    {
        struct answer an = *named;
        const char *why = json_is_string(v) ? NULL : "\"fields\" is a list of texts";
        enum verdict verdict = REFUSED;
        an.field = json_string_value(v);
        enum repli_status s = why ? REPLI_OK : take_answer(im, &an, &verdict, &why, err);
        if (s != REPLI_OK)
            return s;
        an.sheet = named->sheet;
        an.field = json_string_value(v);
        tally(im, number, verdict, &an, why);
    }
    return REPLI_OK;
}

/* A line about whose initials stand where. */
static enum repli_status take_initials(struct import *im, const struct answer *an, enum verdict *v, const char **why,
                                       struct repli_err *err)
{
    uint64_t serial = 0;
    struct review_sheet *sheet = NULL;
    if (!repli_serial_parse(an->sheet, &serial)) {
        *why = "no sheet number: its check sign is wrong";
        return REPLI_OK;
    }
    enum repli_status s = sheet_of(im, serial, &sheet, err);
    if (s == REPLI_OK && !sheet)
        *why = "this sheet is not in the ledger";
    return s == REPLI_OK && sheet ? judge_initials(&im->judge, im->ledger, sheet, an, v, why, err) : s;
}

/* `o` NULL: the line is none; `why` says so. */
static enum repli_status one_object(struct import *im, const json_t *o, size_t number, const char *why,
                                    struct repli_err *err)
{
    struct answer an = {0}, named;
    enum verdict v = REFUSED;
    enum repli_status s = REPLI_OK;
    if (im->nsheets == CACHED_SHEETS)
        forget_sheets(im);
    if (o)
        why = parse_answer(o, &an);
    bool list = an.fields && !an.initials;
    named = an;
    if (named.decide)
        named.field = named.capture;
    if (!why)
        s = an.decide     ? take_decision(im, &an, &v, &why, err)
            : an.initials ? take_initials(im, &an, &v, &why, err)
            : list        ? take_list(im, &named, number, err)
                          : take_answer(im, &an, &v, &why, err);
    if (s == REPLI_OK && (why || !list))
        tally(im, number, v, &named, why);
    return s;
}

static enum repli_status one_line(struct import *im, const char *text, size_t len, size_t number, struct repli_err *err)
{
    json_t *o = len <= LINE_MAX_BYTES ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    enum repli_status s =
        one_object(im, o, number, len > LINE_MAX_BYTES ? "the line is too long" : "no JSON object", err);
    json_decref(o);
    return s;
}

static enum repli_status csv_line(void *user, json_t *o, size_t line, struct repli_err *err)
{
    return one_object(user, o, line, NULL, err);
}

static bool blank_line(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r')
            return false;
    return true;
}

static enum repli_status all_lines(struct import *im, const char *data, size_t len, struct repli_err *err)
{
    enum repli_status s = REPLI_OK;
    size_t number = 0;
    for (size_t at = 0; s == REPLI_OK && at < len;) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t n = end ? (size_t)(end - (data + at)) : len - at;
        number++;
        if (!blank_line(data + at, n))
            s = one_line(im, data + at, n, number, err);
        at += n + 1;
    }
    return s;
}

static enum repli_status begin_judge(struct import *im, struct repli_err *err)
{
    struct repli_person person = {0};
    struct review_usual *usual = NULL;
    enum repli_status s = review_usual_open(im->site, &im->own, &usual, err);
    if (s == REPLI_OK)
        s = repli_ledger_person_get(im->ledger, im->by, &im->own, &person, err);
    im->judge =
        (struct judge){.site = im->site, .usual = usual, .by = im->by, .role = person.role, .arena = &im->arena};
    return s;
}

enum repli_status repli_review_import(const struct repli_site *site, struct repli_ledger *ledger, const char *data,
                                      size_t len, const char *by, repli_review_line_fn *line, void *user,
                                      struct repli_review_counts *counts, struct repli_err *err)
{
    enum repli_status s = review_refresh(site, ledger, err);
    if (s == REPLI_OK)
        s = repli_ledger_begin(ledger, err);
    if (s != REPLI_OK)
        return s;
    struct import im = {.site = site, .ledger = ledger, .by = by, .line = line, .user = user};
    s = begin_judge(&im, err);
    if (s == REPLI_OK)
        s = csv_answers(data, len) ? csv_each(data, len, csv_line, &im, err) : all_lines(&im, data, len, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(ledger);
    repli_arena_done(&im.arena);
    repli_arena_done(&im.own);
    if (s != REPLI_OK)
        return s;
    *counts = im.counts;
    return im.counts.refused || im.counts.closed ? REPLI_WAITS : REPLI_OK;
}
