/* What the ticks at the foot of a page ask of people: correction, continuation; and boxes of one choice.  The rules are
** a pure function, so no database is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "reconcile/review_internal.h"

enum { CORRECTION, CONTINUES, SPARE, GO, STOP, AT, VALUE, AT2, VALUE2, FIELDS };

static struct repli_field fields[FIELDS];
static struct repli_reading readings[FIELDS];
static struct review_field under[FIELDS];
static struct repli_capture captures[3];
static struct repli_page_map map;
static struct repli_sheet_row row;
static struct review_sheet sheet;
static struct repli_entry entries[16];
static size_t nentries;

static const char *roles[] = {"at", "value"};
static size_t verify[] = {GO, STOP}, first[] = {AT, VALUE}, second[] = {AT2, VALUE2};

static int setup(void **state)
{
    static const char *const ids[FIELDS] = {"page.correction", "page.continues", "page.spare",
                                            "row1.continue",   "row1.stop",      "col1.at",
                                            "col1.value",      "col2.at",        "col2.value"};
    static const int tiers[FIELDS] = {1, 1, 1, 2, 2, 2, 2, 2, 2};
    (void)state;
    memset(under, 0, sizeof under);
    nentries = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        bool tick = i == CORRECTION || i == CONTINUES || i == GO || i == STOP;
        fields[i] = (struct repli_field){.id = ids[i],
                                         .kind = tick ? REPLI_FIELD_TICK : REPLI_FIELD_DIGITS,
                                         .tier = tiers[i],
                                         .group = i == GO || i == STOP ? "row1.verify" : NULL};
        readings[i] = (struct repli_reading){.field = ids[i], .state = "empty", .row = -1, .confidence = .99};
        under[i] = (struct review_field){.field = &fields[i], .reading = &readings[i], .revision = 1};
    }
    captures[0] = (struct repli_capture){.id = "row1.verify", .roles = roles, .fields = verify, .nmembers = 2};
    captures[1] = (struct repli_capture){.id = "col1", .roles = roles, .fields = first, .nmembers = 2};
    captures[2] = (struct repli_capture){.id = "col2", .roles = roles, .fields = second, .nmembers = 2};
    map = (struct repli_page_map){.fields = fields, .nfields = FIELDS, .captures = captures, .ncaptures = 3};
    row = (struct repli_sheet_row){.state = REPLI_LIFE_READ};
    sheet = (struct review_sheet){.row = &row, .map = &map, .fields = under, .count = FIELDS};
    return 0;
}

static void say(size_t field, enum review_need need, const char *person, const char *answer, const char *value)
{
    struct repli_entry *e = &entries[nentries++];
    *e = (struct repli_entry){.field = fields[field].id,
                              .person = person,
                              .need = review_need_text(need),
                              .answer = answer,
                              .value = value,
                              .revision = 1};
    under[field].answers[need] = e;
}

/* "need answer", "pending" where it waits. */
static const char *now(size_t field)
{
    static char text[64];
    review_derive(&sheet);
    const struct review_field *f = &under[field];
    const char *need = review_need_text(f->need);
    (void)snprintf(text, sizeof text, "%s %s",
                   need         ? need
                   : f->pending ? "pending"
                                : "-",
                   f->settled.answer ? f->settled.answer : "-");
    return text;
}

/* Without a correction the machine settles what is clear in tier 2. */
static void a_plain_page(void **state)
{
    (void)state;
    readings[GO].state = "ticked";
    readings[STOP].state = "cancelled";
    assert_string_equal(now(GO), "- value");
    assert_string_equal(now(STOP), "- blank");
    assert_string_equal(now(VALUE2), "- empty");
}

/* The correction tick sends the page to a person: nothing that was written in stays the machine's word, not even where
** it saw nothing; a capture that nobody touched stays untouched. */
static void a_corrected_page(void **state)
{
    (void)state;
    readings[CORRECTION].state = "ticked";
    readings[GO].state = "ticked";
    readings[AT].state = "ink";
    assert_string_equal(now(CORRECTION), "confirm -");
    assert_string_equal(now(GO), "pending -"); /* until it is known */
    assert_string_equal(now(STOP), "pending -");
    assert_string_equal(now(VALUE), "pending -");
    assert_string_equal(now(VALUE2), "- empty");
    say(CORRECTION, NEED_CONFIRM, "an", "value", "ticked");
    assert_string_equal(now(GO), "confirm -");
    assert_string_equal(now(STOP), "confirm -");
    assert_string_equal(now(VALUE), "confirm -");
    assert_string_equal(now(AT), "key1 -");
    assert_string_equal(now(VALUE2), "- empty");
    say(GO, NEED_CONFIRM, "an", "value", "ticked");
    assert_string_equal(now(GO), "- value");
    say(STOP, NEED_CONFIRM, "an", "value", "ticked"); /* the machine saw nothing there */
    assert_string_equal(now(STOP), "settle -");
    say(STOP, NEED_SETTLE, "bo", "blank", NULL);
    assert_string_equal(now(STOP), "- blank");
    say(VALUE, NEED_CONFIRM, "an", "blank", NULL);
    assert_string_equal(now(VALUE), "- blank");
}

/* Confirmed as no correction: the machine's word holds again. */
static void not_a_correction(void **state)
{
    (void)state;
    readings[CORRECTION].state = "doubtful";
    readings[GO].state = "ticked";
    assert_string_equal(now(GO), "pending -");
    say(CORRECTION, NEED_KEY1, "an", "blank", NULL);
    say(CORRECTION, NEED_KEY2, "bo", "blank", NULL);
    assert_string_equal(now(GO), "- value");
    assert_string_equal(now(STOP), "- empty");
}

/* "Continues on no." and the number belong together: one without the other is looked at. */
static void a_continued_page(void **state)
{
    (void)state;
    readings[CONTINUES].state = "ticked";
    readings[SPARE].state = "ink";
    assert_string_equal(now(CONTINUES), "confirm -");
    assert_string_equal(now(SPARE), "key1 -");
    readings[SPARE].state = "empty";
    assert_string_equal(now(SPARE), "key1 -");
    say(SPARE, NEED_KEY1, "an", "value", "0123");
    assert_string_equal(now(SPARE), "key2 -");
    say(SPARE, NEED_KEY2, "bo", "value", "0123");
    assert_string_equal(now(SPARE), "- value");
    readings[CONTINUES].state = "empty";
    readings[SPARE].state = "ink";
    assert_string_equal(now(CONTINUES), "confirm -");
    say(CONTINUES, NEED_CONFIRM, "an", "blank", NULL);
    assert_string_equal(now(CONTINUES), "- blank");
    readings[SPARE].state = "empty";
    under[CONTINUES].answers[NEED_CONFIRM] = NULL;
    assert_string_equal(now(CONTINUES), "- empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_plain_page, setup),
        cmocka_unit_test_setup(a_corrected_page, setup),
        cmocka_unit_test_setup(not_a_correction, setup),
        cmocka_unit_test_setup(a_continued_page, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
