/* What whoever edits a template or a language can get wrong: one planted mistake a row, each refused with file, line,
** what it is and the way out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "form/form_internal.h"
#include "repli/file.h"
#include "repli/id.h"
#include "support/scratch.h"

static const char form_base[] =
    "form: t\n"                                                                                           /* 1 */
    "number: 900\n"                                                                                       /* 2 */
    "version: 3\n"                                                                                        /* 3 */
    "title: Test\n"                                                                                       /* 4 */
    "subject: patient\n"                                                                                  /* 5 */
    "datasets: [patient, stay, last_observations, devices]\n"                                             /* 6 */
    "body:\n"                                                                                             /* 7 */
    "  - line: a\n"                                                                                       /* 8 */
    "    items:\n"                                                                                        /* 9 */
    "      - {tick: one, label: One}\n"                                                                   /* 10 */
    "      - {comb: at, cells: \"99:99\", role: at}\n"                                                    /* 11 */
    "      - {initials: by, role: by}\n"                                                                  /* 12 */
    "      - {comb: w, cells: \"999,9\", hard: [0.5, 300], soft: [2, 150], capture: {kind: observation, " /* 13 */
    "code: 29463-7}}\n"
    "  - block: gap\n"                                                                      /* 14 */
    "    capture: {kind: administration, what: gap}\n"                                      /* 15 */
    "    lines:\n"                                                                          /* 16 */
    "      - items:\n"                                                                      /* 17 */
    "          - {comb: order, label: order, cells: \"99\", role: order, at: 0}\n"          /* 18 */
    "          - {comb: at, label: time, cells: \"99:99\", role: at, at: 20}\n"             /* 19 */
    "          - {initials: by, label: initials, role: by, at: 60, width: 16}\n"            /* 20 */
    "  - table: u\n"                                                                        /* 21 */
    "    dataset: devices\n"                                                                /* 22 */
    "    empty: none\n"                                                                     /* 23 */
    "    columns:\n"                                                                        /* 24 */
    "      - {show: [display], width: 40, head: Device}\n"                                  /* 25 */
    "  - list: Values\n"                                                                    /* 26 */
    "    dataset: last_observations\n"                                                      /* 27 */
    "    show: [display, value]\n"                                                          /* 28 */
    "    where: {unit: mg}\n"                                                               /* 29 */
    "    empty: none\n"                                                                     /* 30 */
    "  - table: v\n"                                                                        /* 31 */
    "    rows: 2\n"                                                                         /* 32 */
    "    row_height: 8\n"                                                                   /* 33 */
    "    columns:\n"                                                                        /* 34 */
    "      - {tick: done, width: 12}\n"                                                     /* 35 */
    "      - {tick: void, width: 12}\n"                                                     /* 36 */
    "  - note: \"as of {taken}, *all* of it\"\n"                                            /* 37 */
    "  - zone: notes\n"                                                                     /* 38 */
    "    height: 20\n";                                                                     /* 39 */
static const char lang_base[] = "language: xx\n"                                            /* 1 */
                                "number: 200\n"                                             /* 2 */
                                "months: [a, b, c, d, e, f, g, h, i, j, k, l]\n"            /* 3 */
                                "texts:\n"                                                  /* 4 */
                                "  One: Uno\n"                                              /* 5 */
                                "  Test: Prova\n"                                           /* 6 */
                                "  Device: Cosa\n"                                          /* 7 */
                                "  \"as of {taken}, *all* of it\": \"{taken}: *tutto*\"\n"; /* 8 */

enum where { FORM, LANG };
static const struct {
    enum where where;
    const char *from, *to;
    int line;
    const char *what, *way_out;
} mistakes[] = {
    /* ---- data */
    /* 0*/ {FORM, "devices]", "device]", 6, "there is no dataset \"device\"", "there are patient, stay, allergies"},
    /* 1*/
    {FORM, "dataset: devices", "dataset: problems", 22, "\"problems\" is not among the `datasets`", "add it there"},
    /* 2*/
    {FORM, "show: [display],", "show: [displya],", 25, "the dataset devices has no column \"displya\"",
     "it has patient_id, ward, display, body_site"},
    /* 3*/
    {FORM, "[display, value]", "[display, amount]", 28, "has no column \"amount\"", "it has patient_id, ward, code"},
    /* 4*/ {FORM, "where: {unit: mg}", "where: {units: mg}", 29, "has no column \"units\"", "it has patient_id"},
    /* ---- places */
    /* 5*/ {FORM, "role: at, at: 20", "role: at, at: 8", 19, "gap.at overlaps gap.order", "overlaps"},
    /* 6*/
    {FORM, "at: 60, width: 16", "at: 166, width: 16", 20, "gap.by reaches beyond the body of the page",
     "20 to 200 by 41.6 to 265.6 mm"},
    /* 7*/
    {FORM, "{tick: one, label: One}", "{tick: one, label: One, at: 179}", 10, "\"One\" needs 4.0 mm, there are 0.0 mm",
     "shorten the text or make room"},
    /* 8*/ {FORM, "height: 20", "height: 230", 39, "'height' must be", "from 4 to 224"},
    /* 9*/ {FORM, "{tick: done, width: 12}", "{tick: done, width: 7}", 36, "v1.void", "less than 8 mm beside the tick"},
    /*10*/ {FORM, "row_height: 8", "row_height: 6", 35, "v2.done", "less than 6.5 mm below or above"},
    /*11*/ {FORM, "width: 40, head", "width: 190, head", 25, "'width' must be", "from 4 to 180"},
    /*12*/ {FORM, "width: 40, head", "width: 4, head", 25, "\"Device\" needs", "shorten the text"},
    /* ---- combs */
    /*13*/
    {FORM, "cells: \"999,9\"", "cells: \"99,9\"", 13, "3 cells cannot hold 300", "add a cell or lower the range"},
    /*14*/ {FORM, "cells: \"999,9\"", "cells: \"999\"", 13, "no room for the places of 0.5", "write a comma"},
    /*15*/ {FORM, "soft: [2, 150]", "soft: [2, 350]", 13, "`soft` reaches beyond `hard`", "refused anyway"},
    /*16*/ {FORM, "hard: [0.5, 300]", "hard: [300, 0.5]", 13, "begins above its end", "`hard`"},
    /* ---- captures */
    /*17*/
    {FORM, "      - {initials: by, role: by}\n", "", 12, "a capture of kind observation needs a field",
     "`role: by` beside `w`"},
    /*18*/
    {FORM, "role: at}\n      - {init", "role: when}\n      - {init", 13, "a capture of kind observation needs a field",
     "`role: at` beside `w`"},
    /*19*/
    {FORM, "          - {initials: by, label: initials, role: by, at: 60, width: 16}\n", "", 14,
     "a capture of kind administration needs a field", "`role: by` beside `gap`"},
    /*20*/
    {FORM, "{tick: one, label: One}", "{comb: at2, cells: \"99:99\", role: at}", 13, "have `role: at`",
     "Leave one, or begin another row"},
    /*21*/
    {FORM, "at, cells: \"99:99\", role: at}", "at, cells: \"999\", role: at}", 11, "is a time of day",
     "`cells: \"99:99\"`"},
    /*22*/ {FORM, "{initials: by, role: by}", "{tick: by, role: by}", 12, "is who wrote it", "make it initials"},
    /*23*/ {FORM, "code: 29463-7", "code: 29436-7", 13, "\"29436-7\" is no LOINC code", "look it up again"},
    /*24*/
    {FORM, "kind: administration", "kind: administraton", 15, "`kind` must be one of",
     "administration, order-proposal"},
    /* ---- names and numbers */
    /*25*/ {FORM, "{tick: void,", "{tick: done,", 36, "v1.done is there twice", "names must differ on a side"},
    /*26*/
    {FORM, "number: 900", "number: 3", 2, "number 3 is that of the form obs", "that no form ever had (500 and up"},
    /*27*/ {FORM, "number: 900", "number: 499", 2, "numbers below 500 are kept", "a number of 500 or more"},
    /*28*/ {FORM, "number: 900", "number: 77777", 2, "'number' must be a whole number", "from 1 to 65535"},
    /*29*/ {FORM, "number: 900\n", "", 1, "`number`", "are needed"},
    /*30*/ {FORM, "subject: patient", "subjekt: patient", 5, "unknown key 'subjekt'", "did you mean 'subject'?"},
    /*31*/ {FORM, "tick: one,", "tik: one,", 10, "unknown key 'tik'", "did you mean"},
    /* ---- words */
    /*32*/ {FORM, "label: One", "label: \"One \xE4\xB8\xAD\"", 10, "U+4E2D", "write it another way"},
    /*33*/ {LANG, "One: Uno", "One: \"Uno \xE4\xB8\xAD\"", 5, "U+4E2D", "write it another way"},
    /*34*/ {LANG, "{taken}: *tutto*", "*tutto*", 8, "lacks {taken}", "write it into the translation"},
    /*35*/ {LANG, "{taken}: *tutto*", "{taken}: {preso} *tutto*", 8, "has {preso}", "no value comes there"},
    /*36*/ {LANG, "{taken}: *tutto*", "{taken}: *tutto", 8, "a star without its partner", "both sides of bold words"},
    /*37*/ {LANG, "number: 200", "number: 99", 2, "'number' must be a whole number", "from 100 to 255"},
    /*38*/ {LANG, "number: 200\n", "", 1, "`number` is missing", "choose one from 100 to 255"},
    /*39*/ {LANG, ", l]", "]", 3, "`months` must be a list", "12 months"},
    /*40*/ {LANG, "language: xx\n", "language: xy\n", 0, "`language` is xy", "the file's name says xx"},
    /*41*/ {LANG, "One: Uno", "One: [Uno]", 5, "a translation is a text", "put it in quotes"},
};

static char *dir;

static int make_dir(void **state)
{
    static char path[600];
    struct repli_arena a = {0};
    struct repli_err err = {0};
    (void)state;
    (void)snprintf(path, sizeof path, "%s/mistakes-XXXXXX", scratch_root());
    dir = mkdtemp(path);
    bool made = dir && repli_dir_make(repli_path_join(&a, dir, "forms"), 0700, &err) == REPLI_OK &&
                repli_dir_make(repli_path_join(&a, dir, "lang"), 0700, &err) == REPLI_OK &&
                repli_dir_make(repli_path_join(&a, dir, "printed"), 0700, &err) == REPLI_OK;
    repli_arena_done(&a);
    return made ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const files[] = {"forms/t.yaml", "forms/u.yaml", "lang/xx.yaml",
                                        "lang/yy.yaml", "lang/fr.yaml", "printed/a.form",
                                        "forms",        "lang",         "printed"};
    struct repli_arena a = {0};
    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        (void)remove(repli_path_join(&a, dir, files[i]));
    repli_arena_done(&a);
    return rmdir(dir);
}

static void put(const char *name, const char *text)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    assert_int_equal(repli_file_write(repli_path_join(&a, dir, name), text, strlen(text), 0600, &err), REPLI_OK);
    repli_arena_done(&a);
}

static char *edited(struct repli_arena *a, const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("the base has no \"%s\"", from);
    return repli_arena_printf(a, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static struct repli_form *open_good(const char *id, const char *lang)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    if (repli_form_open(dir, id, lang, &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return form;
}

/* The base is good, so that each refusal has the one cause that was planted. */
static void test_base(void **state)
{
    (void)state;
    put("forms/t.yaml", form_base);
    put("lang/xx.yaml", lang_base);
    struct repli_form *form = open_good("t", "xx");
    assert_int_equal(repli_form_lang_number(form), 200);
    assert_string_equal(repli_form_title(form), "Prova");
    repli_form_close(form);
}

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_form *form = NULL;
        bool lang = mistakes[i].where == LANG;
        put("forms/t.yaml", lang ? form_base : edited(&a, form_base, mistakes[i].from, mistakes[i].to));
        put("lang/xx.yaml", lang ? edited(&a, lang_base, mistakes[i].from, mistakes[i].to) : lang_base);
        const char *place = repli_arena_printf(&a, "%s/%s%s", dir, lang ? "lang/xx.yaml:" : "forms/t.yaml:",
                                               mistakes[i].line ? repli_arena_printf(&a, "%d:", mistakes[i].line) : "");
        enum repli_status status = repli_form_open(dir, "t", lang ? "xx" : "en", &form, &err);
        if (status != REPLI_DATA || strncmp(err.text, place, strlen(place)) != 0 ||
            !strstr(err.text, mistakes[i].what) || !strstr(err.text, mistakes[i].way_out))
            fail_msg("case %zu: %d \"%s\" does not begin with \"%s\" or does not say \"%s\" and \"%s\"", i, status,
                     err.text, place, mistakes[i].what, mistakes[i].way_out);
        assert_null(form);
        repli_arena_done(&a);
    }
}

/* A translation that is too long is refused where it is printed, and both files are named. */
static void test_long_translation(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    (void)state;
    put("forms/t.yaml", form_base);
    put("lang/xx.yaml",
        edited(&a, lang_base, "Device: Cosa", "Device: \"una cosa, e poi un'altra cosa ancora, e poi basta cose\""));
    assert_int_equal(repli_form_open(dir, "t", "xx", &form, &err), REPLI_DATA);
    if (!strstr(err.text, "forms/t.yaml:25: \"una cosa, e poi un'altra cosa ancora, e poi basta cose\" needs ") ||
        !strstr(err.text, "lang/xx.yaml:7) or make room"))
        fail_msg("%s", err.text);
    repli_arena_done(&a);
}

/* One without translation is named with its line in the template; one that nothing prints, with its line in the
** language's file. */
static void test_missing_and_unused(void **state)
{
    struct repli_arena a = {0};
    size_t count = 0, at = 0;
    const char *file = NULL;
    int line = 0;
    (void)state;
    put("forms/t.yaml", form_base);
    put("lang/xx.yaml", edited(&a, lang_base, "Device: Cosa", "Devise: Cosa"));
    struct repli_form *form = open_good("t", "xx");
    const char *const *missing = repli_form_missing(form, &count);
    bool found = false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(missing[i], "Device") == 0) {
            assert_int_equal(repli_form_missing_line(form, i), 25);
            found = true;
        }
    assert_true(found);
    assert_string_equal(repli_forms_unused(&form, 1, &at, &file, &line), "Devise");
    assert_int_equal(line, 7);
    assert_non_null(strstr(file, "lang/xx.yaml"));
    assert_null(repli_forms_unused(&form, 1, &at, &file, &line));
    repli_form_close(form);
    repli_arena_done(&a);
}

/* A site's file of one of the program's languages says only what differs, and has no number. */
static void test_overlay(void **state)
{
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    (void)state;
    put("forms/t.yaml", form_base);
    put("lang/fr.yaml", "language: fr\ntexts:\n  One: Un\n");
    form = open_good("t", "fr");
    assert_string_equal(repli_form_used(form, "One"), "Un");
    assert_string_equal(repli_form_used(form, "room"), "chambre");
    assert_string_equal(form->language.months[0], "janv");
    repli_form_close(form);
    put("lang/fr.yaml", "language: fr\nnumber: 101\ntexts:\n  One: Un\n");
    assert_int_equal(repli_form_open(dir, "t", "fr", &form, &err), REPLI_DATA);
    assert_non_null(strstr(err.text, "lang/fr.yaml:2: the language fr has number 1 for ever: leave `number` out"));
    struct repli_arena a = {0};
    (void)remove(repli_path_join(&a, dir, "lang/fr.yaml"));
    repli_arena_done(&a);
}

static void refused(const char *id, const char *lang, const char *place, const char *what, const char *way_out)
{
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    assert_int_equal(repli_form_open(dir, id, lang, &form, &err), REPLI_DATA);
    if (!strstr(err.text, place) || !strstr(err.text, what) || !strstr(err.text, way_out))
        fail_msg("%s", err.text);
}

/* Two forms, or two languages, of a site with one number; a form of the program with another one than its own. */
static void test_numbers(void **state)
{
    struct repli_arena a = {0};
    (void)state;
    put("forms/t.yaml", form_base);
    put("forms/u.yaml", edited(&a, form_base, "form: t", "form: u"));
    put("lang/xx.yaml", lang_base);
    refused("u", "en", "forms/u.yaml:2:", "number 900 is that of the form t", "a number that no form ever had");
    put("lang/yy.yaml", edited(&a, lang_base, "language: xx", "language: yy"));
    put("forms/u.yaml", edited(&a, edited(&a, form_base, "form: t", "form: u"), "number: 900", "number: 901"));
    refused("u", "yy", "lang/yy.yaml:2:", "number 200 is that of the language xx",
            "that no language of this site ever had");
    (void)remove(repli_path_join(&a, dir, "lang/yy.yaml"));
    (void)remove(repli_path_join(&a, dir, "forms/u.yaml"));
    repli_arena_done(&a);
}

/* What `printed` holds was printed from `before`; `now` is refused, or good when `what` is NULL. */
static void against_printed(const char *before, const char *now, const char *place, const char *what,
                            const char *way_out)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    put("forms/t.yaml", before);
    struct repli_form *form = open_good("t", "xx");
    put("printed/a.form", repli_form_frozen(form, &a));
    repli_form_close(form);
    put("forms/t.yaml", now);
    form = open_good("t", "xx");
    enum repli_status status = repli_form_check_printed(form, repli_path_join(&a, dir, "printed"), &err);
    if (what &&
        (status != REPLI_DATA || !strstr(err.text, place) || !strstr(err.text, what) || !strstr(err.text, way_out)))
        fail_msg("%d %s", status, err.text);
    if (!what && status != REPLI_OK)
        fail_msg("%s", err.text);
    repli_form_close(form);
    repli_arena_done(&a);
}

/* An edit of a printed version is refused until the version counts up; so is an older version. */
static void test_printed(void **state)
{
    struct repli_arena a = {0};
    (void)state;
    char *changed = edited(&a, form_base, "height: 20", "height: 30");
    put("lang/xx.yaml", lang_base);
    against_printed(form_base, form_base, NULL, NULL, NULL);
    against_printed(form_base, changed, "forms/t.yaml:3:", "version 3 was printed with another text",
                    "make `version` 4");
    against_printed(form_base, edited(&a, changed, "version: 3", "version: 4"), NULL, NULL, NULL);
    against_printed(form_base, edited(&a, changed, "version: 3", "version: 2"),
                    "forms/t.yaml:3:", "version 2 is older than version 3", "count up from that one");
    put("lang/xx.yaml", edited(&a, lang_base, "One: Uno", "One: Una"));
    struct repli_err err = {0};
    struct repli_form *form = open_good("t", "xx");
    assert_int_equal(form->version, 2);
    repli_form_close(form);
    put("forms/t.yaml", form_base);
    form = open_good("t", "xx");
    assert_int_equal(repli_form_check_printed(form, repli_path_join(&a, dir, "printed"), &err), REPLI_DATA);
    if (!strstr(err.text, "forms/t.yaml:3: version 3 was printed with other translations"))
        fail_msg("%s", err.text);
    repli_form_close(form);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_long_translation),
        cmocka_unit_test(test_missing_and_unused),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_printed),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
