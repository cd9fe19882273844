/* Answers of one person, one JSON object a line, taken in one transaction. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/serial.h"
#include "repli/text.h"

#define LINE_MAX_BYTES 65536
#define CACHED_SHEETS  256 /* sheets kept in memory; more only cost loading again */

enum verdict { TAKEN, REPEATED, REFUSED, CLOSED };

struct answer {
    const char *task, *sheet, *field, *answer, *value;
    const char *capture, *decide; /* decide NULL: an answer about a field */
    const json_t *fields;         /* not NULL: the same answer to several fields that ask for confirmation */
    bool sure;
};

struct import {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    const char *by;
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
                           .fields = json_object_get(o, "fields"),
                           .sure = json_is_true(json_object_get(o, "sure"))};
    if (!json_is_object(o))
        return "no JSON object";
    if (odd)
        return "task, sheet, field, answer, value, capture and decide are texts";
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

/* An answer that this person gave already in this revision (for the same task, where one is named). */
static const struct repli_entry *own_answer(const struct review_field *f, const char *by, const struct repli_task *task,
                                            const struct answer *an)
{
    for (int n = NEED_KEY1; n < NEED_COUNT; n++) {
        const struct repli_entry *e = f->answers[n];
        if (!e || strcmp(e->person, by) != 0 || (task && strcmp(task->need, e->need) != 0))
            continue;
        if (review_same(e->answer, e->value, an->answer, an->value))
            return e;
    }
    return NULL;
}

/* The machine saw this very mark: it is a witness for who settles. */
static bool machine_ticked(const struct review_field *f, const struct answer *an)
{
    return f->field->kind == REPLI_FIELD_TICK && f->revision == 1 && f->reading &&
           strcmp(f->reading->state, "ticked") == 0 && strcmp(an->value, "ticked") == 0;
}

/* A settling value that nobody else gave and the machine did not see is asked again. */
static bool settles_alone(const struct review_field *f, const struct answer *an)
{
    bool row_read =
        f->field->kind == REPLI_FIELD_BAND && f->revision == 1 && f->reading && strcmp(f->reading->state, "ink") == 0;
    if (f->need != NEED_SETTLE || strcmp(an->answer, "value") != 0)
        return false;
    for (int n = NEED_KEY1; n < NEED_COUNT; n++)
        if (f->answers[n] && review_same(f->answers[n]->answer, f->answers[n]->value, an->answer, an->value))
            return false;
    if (machine_ticked(f, an))
        return false;
    return !(row_read && f->tier > 1 && review_in_row(f->field, f->reading->row, an->value));
}

/* Everything about an answer that can be judged before it is written. */
static enum verdict judge(struct import *im, const struct review_sheet *sheet, const struct review_field *f,
                          const struct repli_task *task, struct answer *an, const char **why)
{
    if (f->field->kind == REPLI_FIELD_TICK && an->value && strcmp(an->value, "cancelled") == 0)
        *an = (struct answer){.answer = "blank", .sure = an->sure}; /* a struck mark is no mark */
    an->value = strcmp(an->answer, "value") == 0 ? review_normalise(f->field, an->value, &im->arena, why) : NULL;
    if (*why)
        return REFUSED;
    bool current = !task || task->revision == f->revision;
    if (current && own_answer(f, im->by, task, an))
        return REPEATED;
    if (!current || f->need == NEED_NONE || (task && strcmp(task->need, review_need_text(f->need)) != 0)) {
        *why = "closed: it was answered already (repli review reopen opens a field again)";
        return CLOSED;
    }
    *why = review_may_not(f, im->by);
    if (!*why && an->value)
        *why = review_out_of_range(f->field, an->value, an->sure, &im->arena);
    if (!*why && an->value && !an->sure)
        *why = review_odd_time(im->site->zone, sheet, f, an->value, &im->arena);
    if (!*why && settles_alone(f, an) && !an->sure)
        *why = "nobody else read this value: look again, and repeat it with \"sure\":true if it is right";
    return *why ? REFUSED : TAKEN;
}

static enum repli_status take(struct import *im, struct review_sheet *sheet, struct review_field *f,
                              const struct answer *an, struct repli_err *err)
{
    int64_t now = repli_clock_now(&im->site->clock);
    struct repli_entry *e = repli_arena_alloc(&im->arena, sizeof *e);
    *e = (struct repli_entry){.field = f->field->id,
                              .person = im->by,
                              .need = review_need_text(f->need),
                              .answer = repli_arena_strdup(&im->arena, an->answer),
                              .value = an->value,
                              .revision = f->revision,
                              .entered_utc = now};
    enum repli_status s = repli_ledger_entry_add(im->ledger, sheet->row->serial, e, err);
    if (s != REPLI_OK)
        return s;
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_sheet_row *row = NULL;
    f->answers[f->need] = e;
    review_derive(sheet);
    s = review_store(im->ledger, sheet, &a, now, err);
    if (s == REPLI_OK)
        s = repli_ledger_sheet_get(im->ledger, sheet->row->serial, &a, &row, err);
    if (s == REPLI_OK)
        sheet->row->state = row->state; /* it may have moved on */
    return s;
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
    *v = judge(im, sheet, field, task, an, why);
    if (*v == TAKEN && an->fields && field->need != NEED_CONFIRM) {
        *v = REFUSED;
        *why = "only what asks for confirmation is answered in a list: this is keyed by itself";
    }
    return *v == TAKEN ? take(im, sheet, field, an, err) : REPLI_OK;
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

static enum repli_status one_line(struct import *im, const char *text, size_t len, size_t number, struct repli_err *err)
{
    struct answer an = {0}, named;
    const char *why = NULL;
    enum verdict v = REFUSED;
    enum repli_status s = REPLI_OK;
    if (im->nsheets == CACHED_SHEETS)
        forget_sheets(im);
    json_t *o = len <= LINE_MAX_BYTES ? json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL) : NULL;
    why = o ? parse_answer(o, &an) : len > LINE_MAX_BYTES ? "the line is too long" : "no JSON object";
    named = an;
    if (named.decide)
        named.field = named.capture;
    if (!why)
        s = an.decide   ? take_decision(im, &an, &v, &why, err)
            : an.fields ? take_list(im, &named, number, err)
                        : take_answer(im, &an, &v, &why, err);
    if (s == REPLI_OK && (why || !an.fields))
        tally(im, number, v, &named, why);
    json_decref(o);
    return s;
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
    s = all_lines(&im, data, len, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(ledger);
    repli_arena_done(&im.arena);
    if (s != REPLI_OK)
        return s;
    *counts = im.counts;
    return im.counts.refused || im.counts.closed ? REPLI_WAITS : REPLI_OK;
}
