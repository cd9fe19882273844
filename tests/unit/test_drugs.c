/* When doses are due, and how drugs are written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "form/orders.h"
#include "repli/form.h"
#include "repli/text.h"

#define HOUR     INT64_C(3600)
#define MIDNIGHT INT64_C(1795388400) /* 2026-11-23T00:00 in Brussels */

static struct repli_zone *zone;

static int open_zone(void **state)
{
    struct repli_err err = {0};
    (void)state;
    return repli_zone_open("Europe/Brussels", &zone, &err) == REPLI_OK ? 0 : -1;
}

static int close_zone(void **state)
{
    (void)state;
    repli_zone_close(zone);
    return 0;
}

static struct repli_form *mar(const char *lang)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    if (repli_form_open(NULL, "mar", lang, &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return form;
}

/* ---- due times */

static struct schedule due(int64_t from, const char *times, int64_t period, int64_t start, int64_t end)
{
    struct schedule s;
    struct schedule_in in = {.zone = zone,
                             .from_utc = from,
                             .to_utc = from + 24 * HOUR,
                             .times = times,
                             .period_s = period,
                             .has_start = start != 0,
                             .has_end = end != 0,
                             .start_utc = start,
                             .end_utc = end};
    repli_schedule(&in, &s);
    return s;
}

static void assert_due(const struct schedule *s, size_t n, const int64_t *utc)
{
    assert_true(s->known);
    assert_int_equal(s->count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(s->due[i], utc[i]);
}

static void test_due(void **state)
{
    (void)state;
    struct schedule s = due(MIDNIGHT + 15 * HOUR, "[\"08:00\",\"20:00\"]", 0, 0, 0);
    assert_due(&s, 2, (int64_t[]){MIDNIGHT + 20 * HOUR, MIDNIGHT + 32 * HOUR});
    /* the window's first instant is in it, the one after its last is not */
    s = due(MIDNIGHT + 8 * HOUR, "[\"08:00\"]", 0, 0, 0);
    assert_due(&s, 1, (int64_t[]){MIDNIGHT + 8 * HOUR});
    /* nothing before the start, nothing at or after the end */
    s = due(MIDNIGHT, "[\"06:00\",\"12:00\",\"18:00\"]", 0, MIDNIGHT + 7 * HOUR, MIDNIGHT + 18 * HOUR);
    assert_due(&s, 1, (int64_t[]){MIDNIGHT + 12 * HOUR});
    /* a period counts from the start, and tells nothing without one */
    s = due(MIDNIGHT, NULL, 8 * HOUR, MIDNIGHT - 46 * HOUR, 0);
    assert_due(&s, 3, (int64_t[]){MIDNIGHT + 2 * HOUR, MIDNIGHT + 10 * HOUR, MIDNIGHT + 18 * HOUR});
    assert_false(due(MIDNIGHT, NULL, 8 * HOUR, 0, 0).known);
    assert_false(due(MIDNIGHT, NULL, 0, MIDNIGHT, 0).known);
    /* every second day, from a day that is known or not */
    s = due(MIDNIGHT, "[\"09:00\"]", 48 * HOUR, MIDNIGHT - 48 * HOUR, 0);
    assert_due(&s, 1, (int64_t[]){MIDNIGHT + 9 * HOUR});
    s = due(MIDNIGHT, "[\"09:00\"]", 48 * HOUR, MIDNIGHT - 24 * HOUR, 0);
    assert_due(&s, 0, NULL);
    assert_false(due(MIDNIGHT, "[\"09:00\"]", 48 * HOUR, 0, 0).known);
    /* once: the first day's time and no other day's */
    struct schedule_in one = {.zone = zone,
                              .times = "[\"09:00\"]",
                              .once = true,
                              .has_start = true,
                              .start_utc = MIDNIGHT + 7 * HOUR,
                              .from_utc = MIDNIGHT,
                              .to_utc = MIDNIGHT + 24 * HOUR};
    repli_schedule(&one, &s);
    assert_due(&s, 1, (int64_t[]){MIDNIGHT + 9 * HOUR});
    one.from_utc += 24 * HOUR;
    one.to_utc += 24 * HOUR;
    repli_schedule(&one, &s);
    assert_due(&s, 0, NULL);
    /* oftener than any slot */
    s = due(MIDNIGHT, NULL, 900, MIDNIGHT, 0);
    assert_true(s.too_many && !s.known && s.count == 0);
    /* what is no list of times is none */
    assert_false(due(MIDNIGHT, "[\"8\"]", 0, 0, 0).known);
}

/* The night of 25 October 2026: 02:30 comes twice, a dose once, at the first pass; 03:00 is four hours after 00:00. */
static void test_due_when_clocks_change(void **state)
{
    (void)state;
    const int64_t autumn = 1792879200; /* 2026-10-25T00:00+02:00 */
    struct schedule s = due(autumn, "[\"00:00\",\"02:30\",\"03:00\"]", 0, 0, 0);
    assert_due(&s, 3, (int64_t[]){autumn, autumn + 2 * HOUR + 1800, autumn + 4 * HOUR});
    /* 29 March 2026: there is no 02:30; the dose is not lost */
    const int64_t spring = 1774738800; /* 2026-03-29T00:00+01:00 */
    s = due(spring, "[\"01:30\",\"02:30\",\"03:30\"]", 0, 0, 0);
    assert_due(&s, 2, (int64_t[]){spring + HOUR + 1800, spring + 2 * HOUR + 1800});
    /* printed in the last hour before that short day: its doses are there */
    s = due(spring - HOUR, "[\"08:00\",\"20:00\"]", 0, 0, 0);
    assert_due(&s, 2, (int64_t[]){spring + 7 * HOUR, spring + 19 * HOUR});
    s = due(autumn - HOUR, "[\"08:00\",\"20:00\"]", 0, 0, 0);
    assert_due(&s, 2, (int64_t[]){autumn + 9 * HOUR, autumn + 21 * HOUR});
    /* every day at the time of the first dose, on both sides of the change */
    s = due(autumn + 6 * HOUR, NULL, 24 * HOUR, autumn - 40 * HOUR, 0);
    assert_due(&s, 1, (int64_t[]){autumn + 9 * HOUR});
}

/* ---- words of drugs */

static void test_drug_words(void **state)
{
    static const struct {
        const char *sent, *printed;
    } texts[] = {
        {"100 U/mL", "100 unité(s)/mL"},
        {"100U/mL", "100\xC2\xA0unité(s)/mL"},
        {"5000 Units / mL", "5000 unité(s) / mL"},
        {"25mcg/0.5mL", "25\xC2\xA0microgrammes/0,5mL"},
        {"1.0 mg", "1 mg"},
        {".5 mg", "0,5 mg"},
        {"2.50 mg", "2,5 mg"},
        {"NaCl 0.9%", "NaCl 0,9%"},
        {"10 cc QD", "10 mL 1 fois par jour"},
        {"12.03.2026", "12.03.2026"},
        {"1,000 mg", "1,000 mg"},
        {"25.000 UI", "25.000 unité(s)"}, /* a point between thousands, as Belgian packs have it: never 25 */
        {"4.000 anti-Xa", "4.000 anti-Xa"},
        {"25.000 U.I./1 ml", "25.000 unité(s)/1 mL"},
        {"100 I.U. (I.E.)", "100 unité(s) (unité(s))"},
        {"heparin U.S.P.", "heparin U.S.P."}, /* letters of another word */
        {"S.U. 5 U", "S.U. 5 unité(s)"},
        {"2 MIU", "2 million(s) d'unités"},
        {"2 mIU", "2 mIU"}, /* a thousandth is no million */
        {"0.125 mg", "0,125 mg"},
        {"1250.500 mg", "1250,5 mg"},
        {"Unacid", "Unacid"},
        {"µg", "microgrammes"},
    };
    static const struct {
        const char *sent, *printed;
    } rhythms[] = {{"3x/d", "3 fois par jour"},   {"1x/d", "1 fois par jour"},     {"1x/8h", "toutes les 8 h"},
                   {"1x/7d", "tous les 7 jours"}, {"2x/wk", "2 fois par semaine"}, {"QD", "1 fois par jour"},
                   {"Q 12H", "toutes les 12 h"},  {"au coucher", "au coucher"}};
    struct repli_arena a = {0};
    struct repli_form *form = mar("fr");
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_string_equal(repli_drug_text(form->drugs, texts[i].sent, &a), texts[i].printed);
    for (size_t i = 0; i < sizeof rhythms / sizeof *rhythms; i++)
        assert_string_equal(repli_drug_frequency(form->drugs, rhythms[i].sent, &a), rhythms[i].printed);
    assert_string_equal(repli_drug_unit(form->drugs, "UNIT", &a), "unité(s)");
    assert_string_equal(repli_drug_unit(form->drugs, "mg", &a), "mg");
    assert_string_equal(repli_drug_amount(form->drugs, "4000.0 UNIT", &a), "4000\xC2\xA0unité(s)");
    assert_string_equal(repli_drug_amount(form->drugs, "as told", &a), "as told");
    assert_string_equal(repli_drug_name(form->drugs, "Hydralazine HCl", &a), "hydrALAzine HCl");
    assert_string_equal(repli_drug_name(form->drugs, "methylprednisolone", &a), "methylprednisolone");
    repli_form_close(form);
    repli_arena_done(&a);
}

#define THIN "\xE2\x80\xAF" /* narrow, and no line ends there */

static void test_numbers(void **state)
{
    struct repli_arena a = {0};
    (void)state;
    assert_string_equal(repli_drug_number("0.50", &a), "0,5");
    assert_string_equal(repli_drug_number("75.0", &a), "75");
    /* from 10 000 on, groups of three that no line parts; no sign that could be a decimal one */
    assert_string_equal(repli_drug_number("9999", &a), "9999");
    assert_string_equal(repli_drug_number("25000", &a), "25" THIN "000");
    assert_string_equal(repli_drug_number("1000000.50", &a), "1" THIN "000" THIN "000,5");
    repli_arena_done(&a);
}

/* What is given when needed never stands among what is given by the clock, in whatever words it was sent. */
static void test_as_needed(void **state)
{
    struct repli_arena a = {0};
    struct repli_form *form = mar("nl");
    (void)state;
    static const char accented[] = "toutes les 8 h si n\xC3\xA9"
                                   "cessaire";
    static const char *const needed[] = {"PRN",      "q6h:prn",           accented,    "au besoin",
                                         "zo nodig", "3x/d indien nodig", "bei Bedarf"};
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!repli_drug_as_needed(form->drugs, needed[i], &a))
            fail_msg("%s is as needed", needed[i]);
    assert_false(repli_drug_as_needed(form->drugs, "3x/d", &a));
    assert_false(repli_drug_as_needed(form->drugs, "si possible le matin", &a));
    repli_form_close(form);
    repli_arena_done(&a);
}

/* Drugs of one group know each other's names; a drug of none knows no one. */
static void test_allergy_words(void **state)
{
    struct repli_arena a = {0};
    struct repli_form *form = mar("fr");
    (void)state;
    const char *words = repli_drug_allergy_words(form->drugs, "Amoxicilline + acide clavulanique", &a);
    assert_non_null(words);
    assert_non_null(strstr(words, "\"penicillin\""));
    assert_null(strstr(words, "\"ibuprof\""));
    assert_non_null(strstr(repli_drug_allergy_words(form->drugs, "Céfadroxil", &a), "\"penicillin\"")); /* two groups */
    assert_non_null(strstr(repli_drug_allergy_words(form->drugs, "Céfadroxil", &a), "\"cefazol\""));
    assert_null(strstr(repli_drug_allergy_words(form->drugs, "Céfazoline", &a), "\"penicillin\""));
    assert_null(repli_drug_allergy_words(form->drugs, "Paracétamol", &a));
    assert_null(repli_drug_allergy_words(form->drugs, NULL, &a));
    repli_form_close(form);
    repli_arena_done(&a);
}

static struct repli_form *other(const char *id)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    if (repli_form_open(NULL, id, "fr", &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return form;
}

static void assert_words(const char **x, size_t n, const char **y, size_t m)
{
    assert_int_equal(n, m);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(x[i], y[i]);
}

/* What one form of a pack calls dangerous or as needed, the others do too. */
static void test_forms_agree(void **state)
{
    (void)state;
    struct repli_form *m = other("mar"), *face = other("face"), *census = other("census");
    assert_int_equal(m->drugs->nhigh_alert, face->drugs->nhigh_alert);
    for (size_t i = 0; i < m->drugs->nhigh_alert; i++) {
        const struct drug_class *x = &m->drugs->high_alert[i], *y = &face->drugs->high_alert[i];
        assert_words(x->words, x->nwords, y->words, y->nwords);
        assert_words(x->routes, x->nroutes, y->routes, y->nroutes);
    }
    assert_words(m->drugs->as_needed, m->drugs->nas_needed, census->drugs->as_needed, census->drugs->nas_needed);
    assert_words(m->drugs->once, m->drugs->nonce, census->drugs->once, census->drugs->nonce);
    repli_form_close(m);
    repli_form_close(face);
    repli_form_close(census);
}

static void test_high_alert(void **state)
{
    struct repli_arena a = {0};
    struct repli_form *form = mar("nl");
    const struct drugs *d = form->drugs;
    (void)state;
    assert_true(repli_drug_high_alert(d, "Héparine non fractionnée", "IV", &a));
    assert_true(repli_drug_high_alert(d, "INSULINE glargine", NULL, &a));
    assert_true(repli_drug_high_alert(d, "chlorure de potassium", "intraveineuse", &a));
    assert_true(repli_drug_high_alert(d, "chlorure de potassium", NULL, &a)); /* no route said: not known to be safe */
    static const char *const spelled[] = {"Morfine HCl", "Methotrexaat",  "m\xC3\xA9thotrexate",
                                          "Fenylefrine", "OXYCONTIN 10",  "Kaliumchloride",
                                          "enoxaparine", "Acenocoumarol", "bupivaca\xC3\xAFne"};
    for (size_t i = 0; i < sizeof spelled / sizeof *spelled; i++)
        if (!repli_drug_high_alert(d, spelled[i], NULL, &a))
            fail_msg("%s is not marked", spelled[i]);
    /* a route in a sender's own words: what counts need not come first */
    assert_true(repli_drug_high_alert(d, "chlorure de potassium", "voie intraveineuse", &a));
    assert_true(repli_drug_high_alert(d, "KCl 40 mmol", "perfusion IV", &a));
    assert_false(repli_drug_high_alert(d, "KCl 600 mg", "voie orale", &a));
    assert_false(repli_drug_high_alert(d, "chlorure de potassium", "PO", &a));
    assert_false(repli_drug_high_alert(d, "paracétamol", "IV", &a));
    assert_false(repli_drug_high_alert(d, "apomorphine", "SC", &a));
    assert_false(repli_drug_high_alert(d, NULL, NULL, &a));
    repli_form_close(form);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_due),         cmocka_unit_test(test_due_when_clocks_change),
        cmocka_unit_test(test_drug_words),  cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_as_needed),   cmocka_unit_test(test_allergy_words),
        cmocka_unit_test(test_forms_agree), cmocka_unit_test(test_high_alert),
    };
    return cmocka_run_group_tests(tests, open_zone, close_zone);
}
