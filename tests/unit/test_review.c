#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "support/ward.h"

static char sheet[16]; /* name of the one sheet */

static int setup(void **state)
{
    struct ward *w = ward_new("review", 1);
    ward_sheet_name(0, sheet);
    *state = w;
    return 0;
}

/* "need answer value by1+by2" of a field as derived from what is stored; parts that are none are "-". */
static const char *now(struct ward *w, const char *field)
{
    static char text[256];
    struct repli_arena a = {0};
    struct review_sheet *s = NULL;
    assert_int_equal(review_load(w->ledger, ward_serial(0), &a, &s, &w->err), REPLI_OK);
    const struct review_field *f = review_find(s, field);
    const char *need = review_need_text(f->need);
    snprintf(text, sizeof text, "%s %s %s %s+%s",
             need         ? need
             : f->pending ? "pending"
                          : "-",
             f->settled.answer ? f->settled.answer : "-", f->settled.value ? f->settled.value : "-",
             f->settled.by1 ? f->settled.by1 : "-", f->settled.by2 ? f->settled.by2 : "-");
    repli_arena_done(&a);
    return text;
}

static enum repli_status say(struct ward *w, const char *by, const char *field, const char *answer)
{
    return ward_answer(w, by, NULL, "{\"sheet\":\"%s\",\"field\":\"%s\",%s}\n", sheet, field, answer);
}

static enum repli_status value(struct ward *w, const char *by, const char *field, const char *v)
{
    return ward_answer(w, by, NULL, "{\"sheet\":\"%s\",\"field\":\"%s\",\"answer\":\"value\",\"value\":\"%s\"}\n",
                       sheet, field, v);
}

static void reading(struct ward *w, const char *field, const char *state)
{
    struct repli_arena a = {0};
    ward_exec(w, false, repli_arena_printf(&a, "UPDATE reading SET state='%s' WHERE field='%s'", state, field));
    repli_arena_done(&a);
}

/* Tier 1: two keys by two people that spell the same value; the first alone settles nothing. */
static void two_equal_keys(void **state)
{
    struct ward *w = *state;
    assert_string_equal(now(w, "col1.at"), "key1 - - -+-");
    assert_int_equal(value(w, "an", "col1.at", "1207"), REPLI_OK);
    assert_string_equal(now(w, "col1.at"), "key2 - - -+-");
    assert_int_equal(value(w, "bo", "col1.at", "12:07"), REPLI_OK);
    assert_string_equal(now(w, "col1.at"), "- value 12:07 an+bo");
}

/* The same person is never the second key: not offered, refused by name; the same answer again is a repetition. */
static void one_person_is_one_key(void **state)
{
    struct ward *w = *state;
    struct repli_review_counts n;
    size_t all = ward_open_tasks(w, "an");
    assert_int_equal(value(w, "an", "col1.at", "1207"), REPLI_OK);
    assert_int_equal(ward_open_tasks(w, "an"), all - 1);
    assert_int_equal(ward_open_tasks(w, "bo"), all);
    assert_int_equal(ward_answer(w, "an", &n,
                                 "{\"sheet\":\"%s\",\"field\":\"col1.at\",\"answer\":\"value\",\"value\":\"12:07\"}",
                                 sheet),
                     REPLI_OK);
    assert_int_equal(n.repeated, 1);
    assert_int_equal(
        ward_answer(w, "an", &n, "{\"task\":\"%s/col1.at/1/key2\",\"answer\":\"value\",\"value\":\"12:07\"}", sheet),
        REPLI_WAITS);
    assert_int_equal(n.refused, 1);
    assert_int_equal(ward_answer(w, "an", &n,
                                 "{\"sheet\":\"%s\",\"field\":\"col1.at\",\"answer\":\"value\",\"value\":\"1208\"}",
                                 sheet),
                     REPLI_WAITS);
    assert_int_equal(n.refused, 1);
    assert_string_equal(now(w, "col1.at"), "key2 - - -+-");
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM entry"), 1);
}

/* Unequal keys: a third settles, neither of the two; an answer that nobody gave must be repeated as sure. */
static void a_third_settles(void **state)
{
    struct ward *w = *state;
    assert_int_equal(value(w, "an", "col1.at", "1207"), REPLI_OK);
    assert_int_equal(value(w, "bo", "col1.at", "1201"), REPLI_OK);
    assert_string_equal(now(w, "col1.at"), "settle - - -+-");
    assert_int_equal(value(w, "an", "col1.at", "1201"), REPLI_WAITS);
    assert_int_equal(value(w, "bo", "col1.at", "1207"), REPLI_WAITS);
    assert_int_equal(value(w, "cy", "col1.at", "1209"), REPLI_WAITS);
    assert_string_equal(now(w, "col1.at"), "settle - - -+-");
    assert_int_equal(value(w, "cy", "col1.at", "12:01"), REPLI_OK);
    assert_string_equal(now(w, "col1.at"), "- value 12:01 bo+cy");
    /* blank against a value, illegible against a value */
    assert_int_equal(say(w, "an", "col1.day", "\"answer\":\"blank\""), REPLI_OK);
    assert_int_equal(value(w, "bo", "col1.day", "23"), REPLI_OK);
    assert_int_equal(say(w, "cy", "col1.day", "\"answer\":\"value\",\"value\":\"24\",\"sure\":true"), REPLI_OK);
    assert_string_equal(now(w, "col1.day"), "- value 24 cy+-");
}

/* Tier 2: one key, but in the row that the machine read; else another person settles. A doubtful row is no witness. */
static void bands_against_their_row(void **state)
{
    struct ward *w = *state;
    assert_int_equal(value(w, "an", "col1.rr", "13"), REPLI_OK);
    assert_string_equal(now(w, "col1.rr"), "- value 13 an+-");
    assert_int_equal(value(w, "an", "col2.rr", "22"), REPLI_OK); /* the machine saw 12..20 */
    assert_string_equal(now(w, "col2.rr"), "settle - - -+-");
    assert_int_equal(value(w, "an", "col2.rr", "14"), REPLI_WAITS);
    assert_int_equal(value(w, "bo", "col2.rr", "22"), REPLI_OK);
    assert_string_equal(now(w, "col2.rr"), "- value 22 an+bo");
    assert_int_equal(value(w, "an", "col1.acvpu", "V"), REPLI_OK); /* seen in the row of A */
    assert_string_equal(now(w, "col1.acvpu"), "settle - - -+-");
    assert_int_equal(value(w, "bo", "col1.acvpu", "A"), REPLI_OK);
    assert_string_equal(now(w, "col1.acvpu"), "- value A bo+-");
    reading(w, "col2.acvpu", "doubtful");
    assert_int_equal(value(w, "an", "col2.acvpu", "C"), REPLI_OK);
    assert_string_equal(now(w, "col2.acvpu"), "- value C an+-");
}

/* Ranges at import: outside hard refused whoever is sure; outside soft only when sure. */
static void ranges_at_import(void **state)
{
    struct ward *w = *state;
    assert_int_equal(value(w, "an", "col1.dbp", "400"), REPLI_WAITS);
    assert_int_equal(say(w, "an", "col1.dbp", "\"answer\":\"value\",\"value\":\"400\",\"sure\":true"), REPLI_WAITS);
    assert_int_equal(value(w, "an", "col1.dbp", "130"), REPLI_WAITS);
    assert_string_equal(now(w, "col1.dbp"), "key1 - - -+-");
    assert_int_equal(say(w, "an", "col1.dbp", "\"answer\":\"value\",\"value\":\"130\",\"sure\":true"), REPLI_OK);
    assert_string_equal(now(w, "col1.dbp"), "- value 130 an+-");
}

/* Ticks: empty is settled by the machine; clear takes one person in tier 1; doubtful takes two. */
static void ticks(void **state)
{
    struct ward *w = *state;
    assert_string_equal(now(w, "page.void"), "- empty - -+-");
    reading(w, "page.void", "ticked");
    assert_string_equal(now(w, "page.void"), "confirm - - -+-");
    assert_int_equal(value(w, "an", "page.void", "ticked"), REPLI_OK);
    assert_string_equal(now(w, "page.void"), "- value ticked an+-");
    reading(w, "page.correction", "doubtful");
    assert_string_equal(now(w, "page.correction"), "key1 - - -+-");
    assert_int_equal(say(w, "an", "page.correction", "\"answer\":\"blank\""), REPLI_OK);
    assert_string_equal(now(w, "page.correction"), "key2 - - -+-");
    assert_int_equal(value(w, "bo", "page.correction", "x"), REPLI_OK);
    assert_string_equal(now(w, "page.correction"), "settle - - -+-");
    assert_int_equal(say(w, "cy", "page.correction", "\"answer\":\"blank\""), REPLI_OK);
    assert_string_equal(now(w, "page.correction"), "- blank - an+cy");
}

/* A person who overlooks a clear tick is outvoted by the machine and the next one, who need not insist. */
static void overlooked_tick(void **state)
{
    struct ward *w = *state;
    reading(w, "page.void", "ticked");
    assert_int_equal(say(w, "an", "page.void", "\"answer\":\"blank\""), REPLI_OK);
    assert_string_equal(now(w, "page.void"), "settle - - -+-");
    assert_int_equal(value(w, "bo", "page.void", "ticked"), REPLI_OK);
    assert_string_equal(now(w, "page.void"), "- value ticked bo+-");
}

/* A struck tick is no tick: who confirms it as struck or blank agrees with the machine; who sees a tick does not. */
static void struck_ticks(void **state)
{
    struct ward *w = *state;
    reading(w, "page.void", "cancelled");
    reading(w, "page.correction", "cancelled");
    assert_int_equal(value(w, "an", "page.void", "cancelled"), REPLI_OK);
    assert_string_equal(now(w, "page.void"), "- blank - an+-");
    assert_int_equal(value(w, "an", "page.correction", "ticked"), REPLI_OK);
    assert_string_equal(now(w, "page.correction"), "settle - - -+-");
    assert_int_equal(value(w, "an", "page.correction", "ticked"), REPLI_OK); /* a repetition */
    assert_int_equal(value(w, "bo", "page.correction", "ticked"), REPLI_OK);
    assert_string_equal(now(w, "page.correction"), "- value ticked an+bo");
}

/* A corrected page needs two keys for each number; until its box is settled, one key waits. */
static void corrected_page(void **state)
{
    struct ward *w = *state;
    reading(w, "page.correction", "ticked");
    assert_int_equal(value(w, "an", "col1.dbp", "61"), REPLI_OK);
    assert_string_equal(now(w, "col1.dbp"), "pending - - -+-");
    assert_int_equal(value(w, "an", "page.correction", "ticked"), REPLI_OK);
    assert_string_equal(now(w, "col1.dbp"), "key2 - - -+-");
    assert_int_equal(value(w, "an", "col1.dbp", "61"), REPLI_OK);
    assert_string_equal(now(w, "col1.dbp"), "key2 - - -+-");
    assert_int_equal(value(w, "bo", "col1.dbp", "61"), REPLI_OK);
    assert_string_equal(now(w, "col1.dbp"), "- value 61 an+bo");
}

/* The second key's task shows nothing of the first; a crop is a path below the site; text is never asked for. */
static void look_at_task(void *user, const char *json)
{
    int *seen = user;
    assert_null(strstr(json, "1207"));
    assert_null(strstr(json, "12:07"));
    assert_null(strstr(json, ".by\""));
    if (strstr(json, "/col1.at/1/key2")) {
        (*seen)++;
        assert_non_null(strstr(json, "\"need\":\"key2\""));
        assert_non_null(strstr(json, "\"crop\":\"crops/"));
        assert_non_null(strstr(json, "\"capture\":\"col1.rr\""));
        assert_non_null(strstr(json, "\"tier\":1"));
    }
}
static void export_shows_nothing(void **state)
{
    struct ward *w = *state;
    int seen = 0;
    assert_int_equal(value(w, "an", "col1.at", "1207"), REPLI_OK);
    assert_int_equal(repli_review_export(w->site, w->ledger, "bo", look_at_task, &seen, &w->err), REPLI_OK);
    assert_int_equal(seen, 1);
}

/* Lines that cannot be taken are counted and named; the good ones between them are taken; nothing else changes. */
static void odd_lines(void **state)
{
    static const char *const odd[] = {
        "nonsense",
        "[]",
        "{}",
        "{\"task\":1,\"answer\":\"blank\"}",
        "{\"task\":\"x\",\"answer\":\"blank\"}",
        "{\"sheet\":\"ZZZZ-ZZZZ-Z\",\"field\":\"col1.at\",\"answer\":\"blank\"}",
        "{\"sheet\":\"0000-0001-D\",\"field\":\"col9.at\",\"answer\":\"blank\"}",
        "{\"sheet\":\"0000-0001-D\",\"field\":\"col1.by\",\"answer\":\"blank\"}",
        "{\"sheet\":\"0000-0001-D\",\"field\":\"col1.at\",\"answer\":\"maybe\"}",
        "{\"sheet\":\"0000-0001-D\",\"field\":\"col1.at\",\"answer\":\"value\"}",
        "{\"sheet\":\"0000-0001-D\",\"field\":\"col1.at\",\"answer\":\"value\",\"value\":\"99:99\"}",
        "{\"sheet\":\"0000-0001-D\",\"sheet\":\"0000-0001-D\",\"field\":\"col1.at\",\"answer\":\"blank\"}"};
    struct ward *w = *state;
    struct repli_review_counts n;
    char before[65], after[65];
    assert_string_equal(sheet, "0000-0001-D");
    (void)ward_open_tasks(w, NULL);
    ward_ledger_digest(w, before);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        assert_int_equal(ward_answer(w, "an", &n, "%s\n\n", odd[i]), REPLI_WAITS);
        if (n.refused != 1 || n.taken)
            fail_msg("not refused: %s", odd[i]);
    }
    ward_ledger_digest(w, after);
    assert_string_equal(before, after);
    assert_int_equal(ward_answer(w, "an", &n,
                                 "nonsense\r\n{\"sheet\":\"%s\",\"field\":\"col1.at\",\"answer\":\"blank\"}\r\n[]",
                                 sheet),
                     REPLI_WAITS);
    assert_int_equal(n.taken, 1);
    assert_int_equal(n.refused, 2);
    assert_int_equal(say(w, "bo", "col1.at", "\"answer\":\"blank\""), REPLI_OK);
    assert_int_equal(
        ward_answer(w, "cy", &n, "{\"task\":\"%s/col1.at/1/key1\",\"answer\":\"value\",\"value\":\"1207\"}", sheet),
        REPLI_WAITS);
    assert_int_equal(n.closed, 1);
}

/* A sheet is reviewed when nothing is open; opened again it is read, and everybody keys the field anew. */
static void reopened(void **state)
{
    struct ward *w = *state;
    ward_key(w, "an", NULL, NULL, false);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='reviewed'"), 0);
    ward_key(w, "bo", NULL, NULL, false);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='reviewed'"), 1);
    assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, "col1.at", "cy", &w->err), REPLI_OK);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM sheet WHERE state='read'"), 1);
    assert_string_equal(now(w, "col1.at"), "key1 - - -+-");
    assert_int_equal(value(w, "an", "col1.at", "1208"), REPLI_OK);
    assert_int_equal(value(w, "bo", "col1.at", "1208"), REPLI_OK);
    assert_string_equal(now(w, "col1.at"), "- value 12:08 an+bo");
    /* What the machine called empty can be keyed too. */
    assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, "col3.rr", "cy", &w->err), REPLI_OK);
    assert_string_equal(now(w, "col3.rr"), "key1 - - -+-");
    assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, "col3.rr", "cy", &w->err), REPLI_DATA);
    w->err = (struct repli_err){0};
    assert_int_equal(repli_review_reopen(w->site, w->ledger, sheet, "col1.by", "cy", &w->err), REPLI_USAGE);
    w->err = (struct repli_err){0};
    assert_int_equal(repli_review_reopen(w->site, w->ledger, "0000-0001-E", "col1.at", "cy", &w->err), REPLI_USAGE);
    w->err = (struct repli_err){0};
}

/* A field without a reading (an old page map, a lost row) is people's, never taken for empty. */
static void no_reading_is_not_empty(void **state)
{
    struct ward *w = *state;
    ward_exec(w, false, "DELETE FROM reading WHERE field IN('col3.at','page.void','col3.dbp')");
    assert_string_equal(now(w, "col3.at"), "key1 - - -+-");
    assert_string_equal(now(w, "page.void"), "key1 - - -+-");
    assert_int_equal(say(w, "an", "page.void", "\"answer\":\"blank\""), REPLI_OK);
    assert_string_equal(now(w, "page.void"), "key2 - - -+-");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_equal_keys, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(one_person_is_one_key, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(a_third_settles, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(bands_against_their_row, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(ranges_at_import, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(ticks, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(overlooked_tick, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(struck_ticks, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(corrected_page, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(export_shows_nothing, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(odd_lines, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(reopened, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(no_reading_is_not_empty, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
