/* What a quality officer must be able to trust: leases, known fields, samples, call-backs, initials, checks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/quality.h"
#include "support/ward.h"

static char sheet[16];

static int setup(void **state)
{
    struct ward *w = ward_new("quality", 4);
    ward_sheet_name(0, sheet);
    assert_int_equal(repli_ledger_person_add(w->ledger, "nu", "Nu Nurse", "nurse", WARD_WINDOW_UTC, &w->err), REPLI_OK);
    *state = w;
    return 0;
}

static void add_line(void *user, const char *json)
{
    repli_buf_puts(user, json);
    repli_buf_puts(user, "\n");
}

static size_t lines_in(const struct repli_buf *buf)
{
    size_t n = 0;
    for (const char *p = buf->data; p && *p; p++)
        n += *p == '\n';
    return n;
}

/* The batch as text; the caller frees. */
static struct repli_buf batch(struct ward *w, const char *by, const char *kind, int64_t limit)
{
    struct repli_buf buf = {0};
    assert_int_equal(repli_review_batch(w->site, w->ledger, by, kind, limit, add_line, &buf, &w->err), REPLI_OK);
    return buf;
}

static bool shares_a_line(const struct repli_buf *x, const struct repli_buf *y)
{
    for (const char *at = x->data; at && *at; at = strchr(at, '\n') + 1) {
        char line[2048];
        snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
        if (y->data && strstr(y->data, line))
            return true;
    }
    return false;
}

static enum repli_status value(struct ward *w, const char *by, const char *field, const char *v, bool sure)
{
    return ward_answer(w, by, NULL, "{\"sheet\":\"%s\",\"field\":\"%s\",\"answer\":\"value\",\"value\":\"%s\"%s}",
                       sheet, field, v, sure ? ",\"sure\":true" : "");
}

static enum repli_status say(struct ward *w, const char *by, const char *field, const char *answer)
{
    return ward_answer(w, by, NULL, "{\"sheet\":\"%s\",\"field\":\"%s\",\"answer\":\"%s\"}", sheet, field, answer);
}

/* Two people never get the same field; whoever else answers is told; after some minutes it is free again. */
static void leases(void **state)
{
    struct ward *w = *state;
    struct repli_buf an = batch(w, "an", "time", 4), bo = batch(w, "bo", "time", 100),
                     again = batch(w, "an", "time", 4);
    size_t all = ward_open_tasks(w, NULL);
    assert_int_equal(lines_in(&an), 4);
    assert_int_equal(lines_in(&bo), 4); /* of 8 */
    assert_false(shares_a_line(&an, &bo));
    assert_string_equal(an.data, again.data);
    assert_int_equal(ward_open_tasks(w, "cy"), all - 8);
    assert_int_equal(value(w, "bo", "col1.at", "1207", false), REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM entry"), 0);
    assert_int_equal(value(w, "an", "col1.at", "1207", false), REPLI_OK);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM lease WHERE ended_utc IS NOT NULL"), 1);
    assert_int_equal(value(w, "bo", "col1.at", "1207", false), REPLI_OK); /* the second key is another task */
    w->site->clock.at_utc += 15 * 60;
    assert_int_equal(value(w, "cy", "col2.at", "1514", false), REPLI_OK);
    repli_buf_done(&an);
    repli_buf_done(&bo);
    repli_buf_done(&again);
}

/* A batch is of one kind, and never of what means something in its place only. */
static void kinds(void **state)
{
    struct ward *w = *state;
    struct repli_buf band = batch(w, "an", "band", 100), any = batch(w, "bo", NULL, 1000);
    assert_int_equal(lines_in(&band), 4 * 2 * 2);
    assert_null(strstr(band.data, "\"kind\":\"digits\""));
    assert_false(shares_a_line(&band, &any));
    struct repli_buf none = {0};
    assert_int_equal(repli_review_batch(w->site, w->ledger, "an", "names", 5, add_line, &none, &w->err), REPLI_USAGE);
    ward_exec(w, false, "UPDATE reading SET state='ticked' WHERE field='page.correction'");
    w->site->clock.at_utc += 3600;
    struct repli_buf corrected = batch(w, "cy", "band", 100);
    assert_int_equal(lines_in(&corrected), 4 * 2 * 2); /* nobody has confirmed the correction yet */
    repli_buf_done(&band);
    repli_buf_done(&any);
    repli_buf_done(&corrected);
}

/* A dose is never in a batch; ten times the printed one is asked again; an order that vanished is listed. */
static void doses(void **state)
{
    (void)state;
    static const struct ward_ink ink[] = {{0, "row1.slot1.status", "ticked"},
                                          {0, "row2.slot1.status", "ticked"},
                                          {0, "row2.slot1.value", "50"},
                                          {0, NULL, NULL}};
    struct ward w = {0};
    ward_make_mar(&w, "quality-mar", 1, ink);
    ward_open(&w);
    struct repli_buf buf = batch(&w, "an", NULL, 1000);
    assert_true(ward_open_tasks(&w, "an") > 0);
    assert_int_equal(buf.data ? strstr(buf.data, "slot1") != NULL : 0, 0);
    ward_sheet_name(0, sheet);
    assert_int_equal(value(&w, "an", "row2.slot1.value", "50", false), REPLI_WAITS);
    assert_int_equal(value(&w, "an", "row2.slot1.value", "50", true), REPLI_OK);
    assert_int_equal(ward_count(&w, false, "SELECT count(*) FROM entry WHERE sure='tenfold'"), 1);
    assert_int_equal(value(&w, "bo", "row2.slot1.value", "5", false), REPLI_OK); /* as printed */
    struct repli_buf lines = {0};
    ward_exec(&w, true, "DELETE FROM medication_request WHERE request_id='ord-0-1'");
    assert_int_equal(ward_merge(&w, true, &lines), REPLI_OK);
    assert_non_null(strstr(lines.data, "\"what\":\"order\",\"id\":\"ord-0-1\",\"detail\":\"paracetamol is on paper"));
    repli_buf_done(&lines);
    repli_buf_done(&buf);
    ward_drop(&w);
}

/* Known fields look like tasks; what is answered to them changes nothing and is counted. */
static void known_fields(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    char before[65], after[65];
    w->site->review_seed_per_thousand = 200;
    ward_key_all(w);
    assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, "col1.dbp", "an", &w->err), REPLI_OK);
    assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, "col2.dbp", "an", &w->err), REPLI_OK);
    struct repli_buf few = batch(w, "cy", NULL, 10);
    assert_int_equal(lines_in(&few), 2); /* a fifth of two is none */
    static const char *const more_fields[] = {"col1.temp", "col2.temp", "col1.rr"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, more_fields[i], "an", &w->err), REPLI_OK);
    struct repli_buf more = batch(w, "cy", NULL, 10);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM blind WHERE person='cy' AND purpose='known'"), 1);
    assert_int_equal(lines_in(&more), 6); /* five reopened ones, and one that is known */
    const char *field = ward_text(w, false, "SELECT field FROM blind", &a),
               *of = ward_text(w, false, "SELECT sheet FROM blind JOIN sheet USING(serial)", &a),
               *task = repli_arena_printf(&a, "\"task\":\"%s/%s/1/key1\"", of, field);
    assert_non_null(strstr(more.data, task));
    ward_ledger_digest(w, before);
    struct repli_review_counts n;
    assert_int_equal(ward_answer(w, "cy", &n, "{%s,\"answer\":\"blank\"}", task), REPLI_OK);
    assert_int_equal(n.taken, 1);
    assert_int_equal(ward_answer(w, "cy", &n, "{%s,\"answer\":\"blank\"}", task), REPLI_OK);
    assert_int_equal(n.repeated, 1);
    assert_int_equal(ward_answer(w, "cy", &n, "{%s,\"answer\":\"illegible\"}", task), REPLI_WAITS);
    assert_int_equal(n.closed, 1);
    ward_ledger_digest(w, after);
    assert_string_equal(before, after);
    struct repli_buf report = {0};
    assert_int_equal(repli_review_operators(w->site, w->ledger, add_line, &report, &w->err), REPLI_OK);
    assert_non_null(strstr(report.data, "\"known\":{\"given\":1,\"answered\":1,\"wrong\":1,\"rate\":1.0"));
    assert_non_null(strstr(report.data, "\"person\":\"an\""));
    assert_non_null(strstr(report.data, "\"agreed\":16,\"agreement\":1.0"));
    repli_buf_done(&few);
    repli_buf_done(&more);
    repli_buf_done(&report);
    repli_arena_done(&a);
}

/* Of what was merged a third person reads a sample, blind; what differs is an error until somebody knows better. */
static void samples(void **state)
{
    struct ward *w = *state;
    struct repli_buf none = {0}, tasks = {0}, again = {0}, result = {0};
    ward_key_all(w);
    assert_int_equal(repli_review_sample(w->site, w->ledger, w->record, "cy", 5, add_line, &none, &w->err), REPLI_OK);
    assert_int_equal(lines_in(&none), 0); /* nothing is in the record yet */
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(repli_review_sample(w->site, w->ledger, w->record, "an", 5, add_line, &none, &w->err), REPLI_OK);
    assert_int_equal(lines_in(&none), 0); /* an keyed all of it */
    assert_int_equal(repli_review_sample(w->site, w->ledger, w->record, "cy", 5, add_line, &tasks, &w->err), REPLI_OK);
    assert_int_equal(repli_review_sample(w->site, w->ledger, w->record, "cy", 5, add_line, &again, &w->err), REPLI_OK);
    assert_int_equal(lines_in(&tasks), 5);
    assert_int_equal(lines_in(&again), 5);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM blind"), 5); /* the same ones */
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM blind JOIN task USING(serial, field) WHERE tier<>1"),
                     0);
    struct repli_arena a = {0};
    for (int i = 0; i < 5; i++) {
        const char *right = repli_arena_printf(
            &a,
            "SELECT json_object('sheet', sheet.sheet, 'field', b.field, 'answer', 'value', 'sure', json('true'), "
            "'value', %s) FROM blind b JOIN settled s USING(serial, field, revision) JOIN sheet USING(serial) "
            "ORDER BY b.serial, b.field LIMIT 1 OFFSET %d",
            i == 3 ? "CASE WHEN b.field LIKE '%.at' THEN '13:59' ELSE '24' END" : "s.value", i);
        assert_int_equal(ward_answer(w, "cy", NULL, "%s", ward_text(w, false, right, &a)), REPLI_OK);
    }
    assert_int_equal(repli_review_sample_result(w->site, w->ledger, add_line, &result, &w->err), REPLI_OK);
    assert_non_null(strstr(result.data, "\"asked\":5,\"answered\":5,\"differs\":1"));
    assert_non_null(strstr(result.data, "\"method\":\"Clopper-Pearson\""));
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK); /* nothing follows from it */
    for (int i = 1; i <= 4; i++)                            /* taken back: nothing of it is in the record any more */
        assert_int_equal(
            repli_merge_undo(w->site, w->ledger, w->record, repli_arena_printf(&a, "M0-%d", i), "an", NULL, &w->err),
            REPLI_OK);
    tasks.len = 0;
    assert_int_equal(repli_review_sample(w->site, w->ledger, w->record, "di", 5, add_line, &tasks, &w->err), REPLI_OK);
    assert_int_equal(tasks.len, 0);
    repli_buf_done(&tasks);
    repli_buf_done(&again);
    repli_buf_done(&result);
    repli_arena_done(&a);
}

/* What nobody can read: a nurse asks who wrote it, and her answer goes in; a clerk's does not. */
static void call_backs(void **state)
{
    struct ward *w = *state;
    struct repli_buf list = {0}, after = {0};
    assert_int_equal(say(w, "an", "col1.dbp", "illegible"), REPLI_OK);
    assert_int_equal(repli_review_callbacks(w->site, w->ledger, add_line, &list, &w->err), REPLI_OK);
    assert_int_equal(lines_in(&list), 1);
    assert_non_null(strstr(list.data, "/col1.dbp/1/callback"));
    assert_non_null(strstr(list.data, "\"ward\":\"3B\""));
    assert_non_null(strstr(list.data, "\"initials_field\":\"col1.by\""));
    assert_int_equal(ward_answer(w, "bo", NULL,
                                 "{\"task\":\"%s/col1.dbp/1/callback\",\"answer\":\"value\",\"value\":\"61\"}", sheet),
                     REPLI_WAITS);
    assert_int_equal(value(w, "nu", "col1.dbp", "61", false), REPLI_WAITS); /* closed, unless the call-back is named */
    assert_int_equal(ward_answer(w, "nu", NULL,
                                 "{\"task\":\"%s/col1.dbp/1/callback\",\"answer\":\"value\",\"value\":\"61\"}", sheet),
                     REPLI_OK);
    assert_int_equal(repli_review_callbacks(w->site, w->ledger, add_line, &after, &w->err), REPLI_OK);
    assert_int_equal(lines_in(&after), 0);
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true,
                                "SELECT count(*) FROM paper_entry WHERE field='col1.dbp' AND value='61' AND "
                                "entered_by='nu'"),
                     1);
    repli_buf_done(&list);
    repli_buf_done(&after);
}

/* Initials are told apart through the register; the author of each value comes from there. */
static void authors(void **state)
{
    struct ward *w = *state;
    struct repli_buf before = {0}, after = {0};
    assert_int_equal(repli_review_initials(w->site, w->ledger, NULL, add_line, &before, &w->err), REPLI_OK);
    assert_int_equal(lines_in(&before), 8);
    assert_int_equal(
        ward_answer(w, "an", NULL, "{\"sheet\":\"%s\",\"initials\":\"AP\",\"fields\":[\"col1.by\"]}", sheet),
        REPLI_WAITS); /* nobody is registered so */
    assert_int_equal(
        ward_answer(w, "an", NULL, "{\"sheet\":\"%s\",\"initials\":\"a.p.\",\"name\":\"An PEETERS\"}", sheet),
        REPLI_OK);
    assert_int_equal(
        ward_answer(w, "an", NULL, "{\"sheet\":\"%s\",\"initials\":\"AP\",\"fields\":[\"col1.rr\"]}", sheet),
        REPLI_WAITS); /* no field for initials */
    assert_int_equal(
        ward_answer(w, "an", NULL, "{\"sheet\":\"%s\",\"initials\":\"AP\",\"fields\":[\"col1.by\"]}", sheet), REPLI_OK);
    assert_int_equal(repli_review_initials(w->site, w->ledger, NULL, add_line, &after, &w->err), REPLI_OK);
    assert_int_equal(lines_in(&after), 7);
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true,
                                "SELECT count(*) FROM paper_entry WHERE author='An PEETERS (AP)' AND capture LIKE "
                                "'col1.%'"),
                     6); /* day, time and four values */
    assert_int_equal(ward_count(w, true, "SELECT count(*) FROM paper_entry WHERE author IS NOT NULL"), 6);
    repli_buf_done(&before);
    repli_buf_done(&after);
}

static const char *sure(struct ward *w, struct repli_arena *a, const char *field)
{
    return ward_text(
        w, false,
        repli_arena_printf(a, "SELECT coalesce(sure, '-') FROM entry WHERE field='%s' ORDER BY entry_id DESC LIMIT 1",
                           field),
        a);
}

/* Values and times that are asked again, by which check; the repeated answer is noted as sure. */
static void asked_again(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    assert_int_equal(value(w, "an", "col1.temp", "36,5", true), REPLI_OK);
    assert_string_equal(sure(w, &a, "col1.temp"), "-"); /* nothing was odd */
    assert_int_equal(value(w, "an", "col2.temp", "38,6", false), REPLI_WAITS);
    assert_int_equal(value(w, "an", "col2.temp", "38,6", true), REPLI_OK);
    assert_string_equal(sure(w, &a, "col2.temp"), "jump");
    assert_int_equal(value(w, "an", "col1.rr", "13", false), REPLI_OK);
    ward_exec(w, false, "UPDATE reading SET state='doubtful' WHERE field='col2.rr'");
    assert_int_equal(value(w, "an", "col2.rr", "3", false), REPLI_WAITS);
    assert_int_equal(value(w, "an", "col2.rr", "3", true), REPLI_OK);
    assert_string_equal(sure(w, &a, "col2.rr"), "range"); /* no tenth of 13 */
    assert_int_equal(value(w, "an", "col1.dbp", "109", false), REPLI_OK);
    assert_int_equal(value(w, "an", "col2.dbp", "11", true), REPLI_WAITS); /* cannot be, however sure */
    assert_int_equal(value(w, "an", "col2.dbp", "60", false), REPLI_WAITS);
    assert_int_equal(value(w, "an", "col2.dbp", "60", true), REPLI_OK);
    assert_int_equal(value(w, "an", "col1.at", "1207", false), REPLI_OK);
    assert_int_equal(value(w, "an", "col2.at", "1130", false), REPLI_WAITS); /* before the column before it */
    assert_int_equal(value(w, "an", "col2.at", "1130", true), REPLI_OK);
    assert_string_equal(sure(w, &a, "col2.at"), "order");
    assert_int_equal(value(w, "bo", "col2.at", "1130", false), REPLI_OK); /* bo knows nothing of an's 12:07 */
    repli_arena_done(&a);
}

/* A time after midnight asks for its day, unless the day says so. */
static void midnight(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    assert_int_equal(value(w, "an", "col1.at", "2330", false), REPLI_OK);
    assert_int_equal(value(w, "an", "col2.at", "0030", false), REPLI_WAITS);
    assert_int_equal(value(w, "an", "col2.at", "0030", true), REPLI_OK);
    assert_string_equal(sure(w, &a, "col2.at"), "midnight");
    assert_int_equal(value(w, "bo", "col1.at", "2330", false), REPLI_OK);
    assert_int_equal(value(w, "bo", "col2.day", "24", false), REPLI_OK);
    assert_int_equal(value(w, "bo", "col2.at", "0030", false), REPLI_OK);
    repli_arena_done(&a);
}

/* A dry run by patient; what paper is about and the record has no more. */
static void vanished(void **state)
{
    struct ward *w = *state;
    struct repli_buf lines = {0};
    ward_key_all(w);
    assert_int_equal(ward_merge(w, true, &lines), REPLI_OK);
    assert_non_null(strstr(lines.data, "\"patient\":\"10000\""));
    assert_non_null(
        strstr(lines.data, "\"would_merge\":8,\"would_note\":0,\"would_hold\":0,\"waiting\":0,\"vanished\":[]"));
    repli_buf_done(&lines);
    lines = (struct repli_buf){0};
    ward_exec(w, true, "UPDATE patient SET replaced_by='pat-1', row_version=2 WHERE patient_id='pat-0'");
    assert_int_equal(ward_merge(w, true, &lines), REPLI_WAITS);
    assert_non_null(strstr(lines.data, "\"what\":\"patient\",\"id\":\"pat-0\",\"detail\":\"was joined to pat-1"));
    repli_buf_done(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(leases, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(kinds, setup, ward_teardown),
        cmocka_unit_test(doses),
        cmocka_unit_test_setup_teardown(known_fields, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(samples, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(call_backs, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(authors, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(asked_again, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(midnight, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(vanished, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
