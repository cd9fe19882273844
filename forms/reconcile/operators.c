/* How often the people who key are wrong, and the record: known fields, the second key, samples of what was merged. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/interval.h"
#include "repli/ledger_quality.h"
#include "repli/quality.h"
#include "repli/record_merge.h"

static void emit(json_t *line, repli_review_line_fn *fn, void *user)
{
    char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    if (text)
        fn(user, text);
    free(text);
    json_decref(line);
}

static void put_share(json_t *o, int64_t hits, int64_t n)
{
    struct repli_interval in = repli_interval_95(hits, n);
    json_object_set_new(o, "rate", n ? json_real((double)hits / (double)n) : json_null());
    json_object_set_new(o, "interval", n ? json_pack("[f, f]", in.low, in.high) : json_null());
    json_object_set_new(o, "method", n ? json_string(in.method) : json_null());
}

static bool differs(const struct repli_blind *b)
{
    return b->answer && !review_same(b->answer, b->value, b->held_answer, b->held_value);
}

static json_t *known_json(const struct repli_operator *o, const struct repli_blind *rows, size_t count)
{
    int64_t answered = 0, wrong = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].person, o->person) == 0) {
            answered += rows[i].answer != NULL;
            wrong += differs(&rows[i]);
        }
    json_t *known = json_pack("{s:I, s:I, s:I}", "given", (json_int_t)o->given, "answered", (json_int_t)answered,
                              "wrong", (json_int_t)wrong);
    put_share(known, wrong, answered);
    return known;
}

enum repli_status repli_review_operators(const struct repli_site *site, struct repli_ledger *ledger,
                                         repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_operator *all = NULL;
    struct repli_blind *blinds = NULL;
    size_t count = 0, nblinds = 0;
    (void)site;
    enum repli_status s = repli_ledger_operators(ledger, &a, &all, &count, err);
    if (s == REPLI_OK)
        s = repli_ledger_blinds(ledger, "known", NULL, &a, &blinds, &nblinds, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        const struct repli_operator *p = &all[i];
        double hours = (double)p->busy_s / 3600;
        json_t *o =
            json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "person", p->person, "name", p->name, "role", p->role, "fields",
                      (json_int_t)p->fields, "illegible", (json_int_t)p->illegible, "sure", (json_int_t)p->sure);
        json_object_set_new(o, "hours", json_real(hours));
        json_object_set_new(o, "fields_per_hour", p->busy_s ? json_real((double)p->leased / hours) : json_null());
        json_object_set_new(o, "known", known_json(p, blinds, nblinds));
        json_object_set_new(o, "second_key",
                            json_pack("{s:I, s:I, s:o}", "pairs", (json_int_t)p->pairs, "agreed", (json_int_t)p->agreed,
                                      "agreement",
                                      p->pairs ? json_real((double)p->agreed / (double)p->pairs) : json_null()));
        emit(o, fn, user);
    }
    return s;
}

/* ---- samples of what was merged */

struct sample {
    struct repli_ledger *ledger;
    struct repli_record *record;
    const char *by;
    int64_t left, now_utc;
    struct repli_arena a;
    struct repli_buf lines;
};

static void keep(void *user, const char *json)
{
    struct sample *smp = user;
    repli_buf_puts(&smp->lines, json);
    repli_buf_puts(&smp->lines, "\n");
    smp->left--;
}

/* In the record, and not taken back. */
static enum repli_status in_force(struct sample *smp, const struct review_sheet *sheet, const char *field,
                                  struct repli_arena *a, bool *is, struct repli_err *err)
{
    struct repli_paper_row *rows = NULL;
    size_t count = 0;
    enum repli_status s = repli_record_paper(smp->record, sheet->row->serial, sheet->row->mac, a, &rows, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++)
        *is = *is || (strcmp(rows[i].field, field) == 0 && !rows[i].undone_by);
    return s;
}

static enum repli_status ask(struct sample *smp, uint64_t serial, const char *field, bool given, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct review_sheet *sheet = NULL;
    bool merged = false;
    enum repli_status s = review_load(smp->ledger, serial, &a, &sheet, err);
    const struct review_field *f = s == REPLI_OK && sheet ? review_find(sheet, field) : NULL;
    if (!f || f->need != NEED_NONE || !f->settled.answer)
        return s;
    s = in_force(smp, sheet, field, &a, &merged, err);
    if (s != REPLI_OK || !merged)
        return s;
    const struct repli_blind blind = {.serial = serial,
                                      .field = field,
                                      .revision = f->revision,
                                      .person = smp->by,
                                      .purpose = "sample",
                                      .need = review_asked_as(f),
                                      .given_utc = smp->now_utc};
    if (!given)
        s = repli_ledger_blind_give(smp->ledger, &blind, err);
    if (s == REPLI_OK)
        review_task_line(sheet, f, blind.need, &a, keep, smp);
    return s;
}

static enum repli_status draw(struct sample *smp, struct repli_err *err)
{
    struct repli_blind *given = NULL;
    struct repli_known *known = NULL;
    size_t ngiven = 0, count = 0;
    enum repli_status s = repli_ledger_blinds(smp->ledger, "sample", smp->by, &smp->a, &given, &ngiven, err);
    for (size_t i = 0; s == REPLI_OK && i < ngiven && smp->left > 0; i++)
        if (!given[i].answer)
            s = ask(smp, given[i].serial, given[i].field, true, err);
    if (s == REPLI_OK && smp->left > 0)
        s = repli_ledger_known(smp->ledger, smp->by, true, INT64_MAX, &smp->a, &known, &count, err);
    for (size_t i = 0; s == REPLI_OK && i < count && smp->left > 0; i++)
        s = ask(smp, known[i].serial, known[i].field, false, err);
    return s;
}

enum repli_status repli_review_sample(const struct repli_site *site, struct repli_ledger *ledger,
                                      struct repli_record *record, const char *by, int64_t n, repli_review_line_fn *fn,
                                      void *user, struct repli_err *err)
{
    struct sample smp = {
        .ledger = ledger, .record = record, .by = by, .left = n, .now_utc = repli_clock_now(&site->clock)};
    enum repli_status s = repli_ledger_begin(ledger, err);
    if (s != REPLI_OK)
        return s;
    s = draw(&smp, err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(ledger, err);
    if (s != REPLI_OK)
        repli_ledger_rollback(ledger);
    for (char *at = smp.lines.data, *end; s == REPLI_OK && at && *at; at = end + 1) {
        end = strchr(at, '\n');
        *end = 0;
        fn(user, at);
    }
    repli_buf_done(&smp.lines);
    repli_arena_done(&smp.a);
    return s;
}

enum repli_status repli_review_sample_result(const struct repli_site *site, struct repli_ledger *ledger,
                                             repli_review_line_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_blind *rows = NULL;
    size_t count = 0;
    int64_t answered = 0, wrong = 0;
    (void)site;
    enum repli_status s = repli_ledger_blinds(ledger, "sample", NULL, &a, &rows, &count, err);
    if (s != REPLI_OK)
        return s;
    json_t *fields = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct repli_blind *b = &rows[i];
        answered += b->answer != NULL;
        if (!differs(b))
            continue;
        wrong++;
        json_array_append_new(fields, json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s?, s:s}", "sheet", b->sheet, "field",
                                                b->field, "held", b->held_value ? b->held_value : b->held_answer,
                                                "reread", b->value ? b->value : b->answer, "by", b->by1, "by2", b->by2,
                                                "reread_by", b->person));
    }
    json_t *o = json_pack("{s:I, s:I, s:I, s:o}", "asked", (json_int_t)count, "answered", (json_int_t)answered,
                          "differs", (json_int_t)wrong, "fields", fields);
    put_share(o, wrong, answered);
    emit(o, fn, user);
    return REPLI_OK;
}
