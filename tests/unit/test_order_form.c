/* Mistakes in a form with orders are told with file, line and the way out, before anything is printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/form.h"
#include "support/scratch.h"

static const char base[] = "form: t\n"                                                    /* 1 */
                           "number: 901\n"                                                /* 2 */
                           "version: 1\n"                                                 /* 3 */
                           "title: Test\n"                                                /* 4 */
                           "subject: patient\n"                                           /* 5 */
                           "datasets: [patient, stay, allergies, orders]\n"               /* 6 */
                           "drugs:\n"                                                     /* 7 */
                           "  high_alert:\n"                                              /* 8 */
                           "    - {class: insulin, words: [insulin]}\n"                   /* 9 */
                           "  units: {U: unit(s)}\n"                                      /* 10 */
                           "top:\n"                                                       /* 11 */
                           "  - banner: Test\n"                                           /* 12 */
                           "    window: \"{start}\"\n"                                    /* 13 */
                           "    more: \"{n} more\"\n"                                     /* 14 */
                           "    list:\n"                                                  /* 15 */
                           "      list: ALLERGIES\n"                                      /* 16 */
                           "      dataset: allergies\n"                                   /* 17 */
                           "      show: [substance]\n"                                    /* 18 */
                           "      empty: none sent\n"                                     /* 19 */
                           "body:\n"                                                      /* 20 */
                           "  - block: gap\n"                                             /* 21 */
                           "    title: GAP\n"                                             /* 22 */
                           "    frame: yes\n"                                             /* 23 */
                           "    rows: 2\n"                                                /* 24 */
                           "    capture: {kind: administration, what: gap}\n"             /* 25 */
                           "    lines:\n"                                                 /* 26 */
                           "      - items: [{comb: order, cells: \"99\", role: order},\n" /* 27 */
                           "                {comb: at, cells: \"99:99\", role: at},\n"    /* 28 */
                           "                {initials: by, width: 16, role: by}]\n"       /* 29 */
                           "  - orders: regular\n"                                        /* 30 */
                           "    dataset: orders\n"                                        /* 31 */
                           "    empty: none sent\n"                                       /* 32 */
                           "  - asneeded: needed\n"                                       /* 33 */
                           "    dataset: orders\n"                                        /* 34 */
                           "    note: codes\n"                                            /* 35 */
                           "    only: current\n";                                         /* 36 */

static const struct {
    const char *from, *to, *want;
} mistakes[] = {
    /*0*/ {"units: {U: unit(s)}", "units: {U: }", "t.yaml:10: `U` is missing: write the English text"},
    /*1*/ {"words: [insulin]", "word: [insulin]", "t.yaml:9: unknown key 'word' (did you mean 'words'?)"},
    /*2*/ {"words: [insulin]", "routes: [iv]", "t.yaml:9: `words` is missing"},
    /*3*/ {"  units: {U: unit(s)}", "  unit: {U: unit(s)}", "t.yaml:10: unknown key 'unit' (did you mean 'units'?)"},
    /*4*/ {"{n} more", "more", "t.yaml:14: `more` must hold {n}"},
    /*5*/ {"[substance]", "[substances]", "t.yaml:18: the dataset allergies has no column"},
    /*6*/ {"kind: administration", "kind: none", "t.yaml:25: `kind` must be one of: administration, order-"},
    /*7*/ {"    title: GAP\n", "", "t.yaml:21: `title` is missing"},
    /*8*/ {", width: 16", "", "t.yaml:29: `width` is missing"},
    /*9*/ {", width: 16", ", width: 180", "t.yaml:29: side 1: a box at 62.7, 62.4 mm is off the printable paper"},
    /*10*/ {"rows: 2", "rows: 99", "t.yaml:24:"},
    /*11*/ {"    rows: 2\n", "    rows: 2\n    marks: [A]\n", "t.yaml:25: `marks` is either numbers"},
    /*12*/
    {"    dataset: orders\n    empty", "    dataset: stay\n    empty", "t.yaml:31: a row of kind orders is filled"},
    /*13*/ {"    note: codes\n", "", "t.yaml:33: `note` is missing"},
    /*14*/ {"only: current", "only: fresh", "t.yaml:36: `only` must be: current, history, under-16"},
    /*15*/ {"allergies, orders]", "allergies]", "t.yaml:31: \"orders\" is not among the `datasets`"},
    /*16*/ {"    lines:\n", "    line:\n", "t.yaml:26: unknown key 'line' (did you mean 'lines'?)"},
};

static char *edited(struct repli_arena *a, const char *from, const char *to)
{
    const char *at = strstr(base, from);
    assert_non_null(at);
    return repli_arena_printf(a, "%.*s%s%s", (int)(at - base), base, to, at + strlen(from));
}

static void test_mistakes(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    (void)state;
    char *dir = repli_arena_printf(&a, "%s/orders-XXXXXX", scratch_root());
    assert_non_null(mkdtemp(dir));
    const char *forms = repli_path_join(&a, dir, "forms"), *file = repli_path_join(&a, forms, "t.yaml");
    assert_int_equal(repli_dir_make(forms, 0700, &err), REPLI_OK);
    assert_int_equal(repli_file_write(file, base, strlen(base), 0600, &err), REPLI_OK);
    if (repli_form_open(dir, "t", "en", &form, &err) != REPLI_OK)
        fail_msg("the base: %s", err.text);
    repli_form_close(form);
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct repli_err mine = {0};
        const char *text = edited(&a, mistakes[i].from, mistakes[i].to);
        form = NULL;
        assert_int_equal(repli_file_write(file, text, strlen(text), 0600, &err), REPLI_OK);
        enum repli_status status = repli_form_open(dir, "t", "en", &form, &mine);
        if (status != REPLI_DATA || !strstr(mine.text, mistakes[i].want))
            fail_msg("case %zu: %d \"%s\" does not say \"%s\"", i, status, mine.text, mistakes[i].want);
        assert_null(form);
    }
    (void)unlink(file);
    (void)rmdir(forms);
    (void)rmdir(dir);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_mistakes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
