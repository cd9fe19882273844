/* Templates: every mistake is told with file and line before anything is printed; languages; freezing. */
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
#include "form/sample.h"
#include "form/words.h"
#include "repli/file.h"
#include "repli/form.h"
#include "repli/text.h"
#include "support/scratch.h"

static const char base[] =
    "form: t\n"                                                                                        /* 1 */
    "number: 900\n"                                                                                    /* 2 */
    "version: 1\n"                                                                                     /* 3 */
    "title: Test\n"                                                                                    /* 4 */
    "subject: patient\n"                                                                               /* 5 */
    "datasets: [patient, stay, last_observations]\n"                                                   /* 6 */
    "body:\n"                                                                                          /* 7 */
    "  - line: a\n"                                                                                    /* 8 */
    "    items:\n"                                                                                     /* 9 */
    "      - {tick: one, label: One}\n"                                                                /* 10 */
    "      - {comb: at, cells: \"99:99\", role: at}\n"                                                 /* 11 */
    "      - {initials: by, role: by}\n"                                                               /* 12 */
    "      - {comb: w, cells: \"999,9\", hard: [0.3, 300], capture: {kind: observation, code: 1-8}}\n" /* 13 */
    "  - chart: c\n"                                                                                   /* 14 */
    "    columns: 7\n"                                                                                 /* 15 */
    "    rows:\n"                                                                                      /* 16 */
    "      - {comb: at, label: Time, cells: \"99:99\", role: at}\n"                                    /* 17 */
    "      - {initials: by, label: By, role: by}\n"                                                    /* 18 */
    "      - band: rr\n"                                                                               /* 19 */
    "        label: Rate\n"                                                                            /* 20 */
    "        hard: [0, 70]\n"                                                                          /* 21 */
    "        capture: {kind: observation, code: 9279-1}\n"                                             /* 22 */
    "        rows:\n"                                                                                  /* 23 */
    "          - {range: [25, 70], score: 3}\n"                                                        /* 24 */
    "          - {range: [0, 24], score: 0}\n"                                                         /* 25 */
    "  - table: u\n"                                                                                   /* 26 */
    "    dataset: last_observations\n"                                                                 /* 27 */
    "    empty: none\n"                                                                                /* 28 */
    "    columns:\n"                                                                                   /* 29 */
    "      - {show: [value], width: 40}\n"                                                             /* 30 */
    "  - table: v\n"                                                                                   /* 31 */
    "    rows: 2\n"                                                                                    /* 32 */
    "    row_height: 8\n"                                                                              /* 33 */
    "    columns:\n"                                                                                   /* 34 */
    "      - {tick: done, width: 12}\n"                                                                /* 35 */
    "      - {tick: void, width: 12}\n"                                                                /* 36 */
    "  - zone: notes\n"                                                                                /* 37 */
    "    height: 20\n";                                                                                /* 38 */

static char *dir;

static int make_dir(void **state)
{
    static char path[600];
    (void)state;
    (void)snprintf(path, sizeof path, "%s/form-XXXXXX", scratch_root());
    dir = mkdtemp(path);
    struct repli_arena a = {0};
    struct repli_err err = {0};
    bool made = dir && repli_dir_make(repli_path_join(&a, dir, "forms"), 0700, &err) == REPLI_OK &&
                repli_dir_make(repli_path_join(&a, dir, "lang"), 0700, &err) == REPLI_OK;
    repli_arena_done(&a);
    return made ? 0 : -1;
}

static void drop(const char *sub, const char *name)
{
    struct repli_arena a = {0};
    (void)unlink(repli_arena_printf(&a, "%s/%s/%s", dir, sub, name));
    repli_arena_done(&a);
}

static int remove_dir(void **state)
{
    struct repli_arena a = {0};
    (void)state;
    drop("forms", "t.yaml");
    drop("lang", "fr.yaml");
    (void)rmdir(repli_path_join(&a, dir, "forms"));
    (void)rmdir(repli_path_join(&a, dir, "lang"));
    repli_arena_done(&a);
    return rmdir(dir);
}

static void put(const char *sub, const char *name, const char *text)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    assert_int_equal(
        repli_file_write(repli_arena_printf(&a, "%s/%s/%s", dir, sub, name), text, strlen(text), 0600, &err), REPLI_OK);
    repli_arena_done(&a);
}

/* The base template with one text replaced by another. */
static char *edited(struct repli_arena *a, const char *from, const char *to)
{
    const char *at = strstr(base, from);
    assert_non_null(at);
    return repli_arena_printf(a, "%.*s%s%s", (int)(at - base), base, to, at + strlen(from));
}

/* The base itself is good, so that each refusal below has the one cause that was planted. */
static void test_base_is_good(void **state)
{
    (void)state;
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    put("forms", "t.yaml", base);
    if (repli_form_open(dir, "t", "en", &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    assert_int_equal(repli_form_number(form), 900);
    assert_false(repli_form_approved(form));
    assert_string_equal(repli_form_datasets(form)[2], "last_observations");
    repli_form_close(form);
}

static const struct {
    const char *from, *to, *want;
} mistakes[] = {
    /* 0*/ {"title: Test", "titel: Test", "t.yaml:4: unknown key 'titel'"},
    /* 1*/ {"number: 900", "number: 70000", "t.yaml:2:"},
    /* 2*/ {"subject: patient", "subject: house", "t.yaml:1: `subject` must be patient, ward, site, downtime or blank"},
    /* 3*/ {"last_observations]", "last_wishes]", "t.yaml:6: there is no dataset \"last_wishes\""},
    /* 4*/ {"[patient, stay,", "[patient,", "t.yaml:6: `datasets` must name patient and stay"},
    /* 5*/ {"show: [value]", "show: [valeu]", "t.yaml:30: the dataset last_observations has no column"},
    /* 6*/
    {"dataset: last_observations\n    empty", "dataset: allergies\n    empty", "t.yaml:27: \"allergies\" is not among"},
    /* 7*/ {"- line: a", "- lime: a", "t.yaml:8: this row is of no known kind"},
    /* 8*/ {"{tick: one, label: One}", "{tick: one, label: One, colour: red}", "t.yaml:10: unknown key 'colour'"},
    /* 9*/ {"cells: \"999,9\"", "cells: \"99,9\"", "t.yaml:13: 3 cells cannot hold 300"},
    /*10*/
    {"cells: \"99:99\", role: at}\n      - {initials: by, role",
     "cells: \"9x9\", role: at}\n      - {initials: by, role", "t.yaml:11: `cells` is \"9x9\""},
    /*11*/ {"hard: [0.3, 300]", "hard: [300, 0.3]", "t.yaml:13: `hard` begins above its end"},
    /*12*/ {"hard: [0.3, 300]", "hard: [\"0,3\", 300]", "t.yaml:13: `hard` must hold two numbers with a point"},
    /*13*/
    {"      - {initials: by, role: by}\n", "",
     "t.yaml:12: a capture of kind observation needs a field with `role: by`"},
    /*14*/ {"code: 9279-1}", "unit: /min}", "t.yaml:22: `code` is missing"},
    /*15*/ {"kind: observation, code: 9279-1", "kind: guess, code: 9279-1", "t.yaml:22: `kind` must be"},
    /*16*/
    {"range: [0, 24]", "range: [0, 22]",
     "t.yaml:25: this row ends at 22 and the one above begins at 25: numbers between"},
    /*17*/
    {"range: [0, 24]", "range: [0, 25]",
     "t.yaml:25: this row ends at 25 and the one above begins at 25: a number has two"},
    /*18*/ {"range: [25, 70]", "range: [25, 60]", "t.yaml:24: the top row ends at 60, `hard` at 70"},
    /*19*/
    {"{tick: done, width: 12}", "{tick: done, width: 7}", "t.yaml:36: side 1: v1.void stands less than 8 mm beside"},
    /*20*/ {"row_height: 8", "row_height: 6", "t.yaml:35: side 1: v2.done stands less than 6.5 mm below or above"},
    /*21*/ {"{tick: one, label: One}", "{tick: one, label: One, at: 179}", "t.yaml:"},
    /*22*/ {"{comb: at, cells: \"99:99\", role: at}", "{comb: at, cells: \"99:99\", role: at, at: 2}", "t.yaml:1"},
    /*23*/ {"label: Rate", "label: Extraordinarilylongword", "t.yaml:19: \"Extraordinarilylongword\" needs"},
    /*24*/ {"label: Rate", "label: \"Rate \xE4\xB8\xAD\"", "t.yaml:20: U+4E2D"},
    /*25*/ {"height: 20", "height: 230", "t.yaml:38:"},
    /*26*/ {"tick: void,", "tick: done,", "t.yaml:36: side 1: v1.done is there twice"},
    /*27*/ {"columns: 7", "columns: 12", "the row is"},
    /*28*/ {"width: 40", "width: 190", "t.yaml:30:"},
    /*29*/ {"  - zone: notes\n    height: 20\n", "  - tick: notes\n", "t.yaml:37: this row is of no known kind"},
    /*30*/ {"version: 1\n", "version: 1\napproved: {by: Dr X}\n", "t.yaml:4: `approved` needs"},
    /*31*/ {"title: Test\n", "title: Test\ntitle: Again\n", "t.yaml:5:"},
    /*32*/
    {"{tick: one, label: One}", "{tick: one, code: 2823-3}", "t.yaml:10: a `code` belongs to a tick with a label"},
    {"{tick: one, label: One}", "{tick: one, label: One, system: \"urn:x\"}", "t.yaml:10: `system` says whose `code`"},
    {"form: t\n", "form: other\n", "`form` is other, the file's name says t"},
};

/* One planted mistake a row: refused, with the line it stands in and a word of what is wrong. */
static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        struct repli_form *form = NULL;
        put("forms", "t.yaml", edited(&a, mistakes[i].from, mistakes[i].to));
        enum repli_status status = repli_form_open(dir, "t", "en", &form, &err);
        if (status != REPLI_DATA || !strstr(err.text, mistakes[i].want))
            fail_msg("case %zu: %d \"%s\" does not say \"%s\"", i, status, err.text, mistakes[i].want);
        assert_null(form);
        repli_arena_done(&a);
    }
}

/* A translation that is too long for its place is a mistake of that language, told before anything is printed. */
static void test_long_translation(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    put("forms", "t.yaml", base);
    put("lang", "fr.yaml",
        "language: fr\nmonths: [a, b, c, d, e, f, g, h, i, j, k, l]\ntexts:\n  One: "
        "\"une case dont le texte est bien plus long que la page n'est large, et il continue encore un peu, "
        "puis encore, jusqu'au bord et au-delà, là où il n'y a plus de papier pour lui, et cela même si on l'écrit en "
        "tout petits caractères, que personne ne lit\"\n");
    assert_int_equal(repli_form_open(dir, "t", "fr", &form, &err), REPLI_DATA);
    if (!strstr(err.text, "t.yaml:10:"))
        fail_msg("%s", err.text);
    drop("lang", "fr.yaml");
}

/* A text without translation is printed in English and named. */
static void test_missing_translation(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    size_t count = 0;
    put("forms", "t.yaml", base);
    assert_int_equal(repli_form_open(dir, "t", "fr", &form, &err), REPLI_OK);
    const char *const *missing = repli_form_missing(form, &count);
    assert_true(count >= 2);
    assert_string_equal(missing[0], "Test");
    assert_string_equal(repli_form_title(form), "Test");
    repli_form_close(form);
}

/* Words of sheets about nobody whom the record knows: of no form's own, and there in every language. */
static bool of_nobody(const struct language *of, const char *english)
{
    static const char *const words[] = {
#define WORD(name, text) text,
        FORM_NOBODY_TEXTS(WORD)
#undef WORD
    };
    bool found = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_true(strcmp(of->code, "en") == 0 || repli_yaml_get(of->texts, words[i]) != NULL);
        found = found || strcmp(words[i], english) == 0;
    }
    return found;
}

/* Every form inside the program is whole in every language, and no language file holds a text that nothing uses. */
static void test_translations_complete(void **state)
{
    (void)state;
    static const char *const langs[] = {"fr", "nl", "de", "en"};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char **ids = NULL;
    size_t n = 0;
    assert_int_equal(repli_forms_list(NULL, &a, &ids, &n, &err), REPLI_OK);
    assert_true(n >= 1);
    for (size_t l = 0; l < 4; l++) {
        struct repli_form *forms[32] = {NULL};
        assert_true(n <= 32);
        for (size_t i = 0; i < n; i++) {
            size_t count = 0;
            if (repli_form_open(NULL, ids[i], langs[l], &forms[i], &err) != REPLI_OK)
                fail_msg("%s %s: %s", ids[i], langs[l], err.text);
            const char *const *missing = repli_form_missing(forms[i], &count);
            if (count)
                fail_msg("%s %s: no translation of \"%s\"", ids[i], langs[l], missing[0]);
        }
        const struct repli_yaml *texts = forms[0]->language.texts;
        for (size_t t = 0; t < texts->count; t++) {
            bool found = of_nobody(&forms[0]->language, texts->items[t].key) ||
                         repli_report_says(texts->items[t].key) || repli_filed_says(texts->items[t].key);
            for (size_t i = 0; i < n; i++)
                for (size_t u = 0; u < forms[i]->nused; u++)
                    found = found || strcmp(forms[i]->used[u].english, texts->items[t].key) == 0;
            if (!found)
                fail_msg("%s: nothing uses \"%s\"", langs[l], texts->items[t].key);
        }
        for (size_t i = 0; i < n; i++)
            repli_form_close(forms[i]);
    }
    repli_arena_done(&a);
}

static struct repli_layout lay_out(const struct repli_form *form, struct repli_arena *a, struct repli_zone *zone)
{
    struct repli_layout layout = {0};
    struct repli_err err = {0};
    struct repli_layout_in in = {
        .form = form, .data = repli_sample(SAMPLE_FULL, a), .zone = zone, .window_utc = 1795395600, .window_hours = 24};
    if (repli_layout_make(&in, a, &layout, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return layout;
}

/* Frozen text brings back the same hash and the same geometry, in every language, and a changed byte brings another. */
static void test_frozen(void **state)
{
    (void)state;
    static const char *const langs[] = {"fr", "nl", "de", "en"};
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    uint8_t hashes[4][32];
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    for (size_t l = 0; l < 4; l++) {
        struct repli_arena a = {0};
        struct repli_form *form = NULL, *again = NULL;
        uint8_t hash[32];
        assert_int_equal(repli_form_open(NULL, "obs", langs[l], &form, &err), REPLI_OK);
        repli_form_hash(form, hashes[l]);
        char *frozen = repli_form_frozen(form, &a);
        if (repli_form_open_frozen(frozen, strlen(frozen), &again, &err) != REPLI_OK)
            fail_msg("%s", err.text);
        repli_form_hash(again, hash);
        assert_memory_equal(hash, hashes[l], 32);
        assert_string_equal(repli_form_frozen(again, &a), frozen);
        struct repli_layout one = lay_out(form, &a, zone), two = lay_out(again, &a, zone);
        assert_int_equal(one.nsides, two.nsides);
        for (size_t s = 0; s < one.nsides; s++) {
            assert_string_equal(one.sides[s].layer, two.sides[s].layer);
            assert_string_equal(repli_page_map_json(&one.sides[s].map, &a), repli_page_map_json(&two.sides[s].map, &a));
        }
        repli_form_close(form);
        repli_form_close(again);
        char *at = strstr(frozen, "version: 1");
        assert_non_null(at);
        at[9] = '2';
        assert_int_equal(repli_form_open_frozen(frozen, strlen(frozen), &again, &err), REPLI_OK);
        repli_form_hash(again, hash);
        assert_memory_not_equal(hash, hashes[l], 32);
        repli_form_close(again);
        struct repli_err damaged = {0};
        assert_int_equal(repli_form_open_frozen(frozen, strlen(frozen) - 1, &again, &damaged), REPLI_DATA);
        assert_int_equal(repli_form_open_frozen("repli-form 1\n", 13, &again, NULL), REPLI_DATA);
        for (size_t k = 0; k < l; k++)
            assert_memory_not_equal(hashes[k], hashes[l], 32);
        repli_arena_done(&a);
    }
    repli_zone_close(zone);
}

/* What was printed is never changed under its version: paper of it lies in wards.  A form, language or face that
** changes brings another hash, and its `version` must count up.  tests/golden/printed/FORM.txt: a line for each version
** and language that was ever printed; lines are only ever added there. */
static void assert_printed(const char *id, const char *lang, int version, const char *hash)
{
    char path[200], line[200], l[8], h[80];
    int v = 0;
    bool known = false;
    snprintf(path, sizeof path, "tests/golden/printed/%s.txt", id);
    FILE *f = fopen(path, "r");
    while (f && !known && fgets(line, sizeof line, f))
        known = sscanf(line, "%d %7s %79s", &v, l, h) == 3 && v == version && strcmp(l, lang) == 0;
    if (f)
        (void)fclose(f);
    if (!known)
        fail_msg("%s: add the line\n%d %s %s", path, version, lang, hash);
    if (strcmp(h, hash) != 0)
        fail_msg("%s version %d in %s was printed as %s and is now %s: count its version up", id, version, lang, h,
                 hash);
}

static void test_printed_versions(void **state)
{
    (void)state;
    static const char *const langs[] = {"fr", "nl", "de", "en"};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char **ids = NULL;
    size_t n = 0;
    assert_int_equal(repli_forms_list(NULL, &a, &ids, &n, &err), REPLI_OK);
    assert_true(n > 0);
    for (size_t k = 0; k < n * 4; k++) {
        struct repli_form *form = NULL;
        uint8_t hash[32];
        char hex[65];
        if (repli_form_open(NULL, ids[k / 4], langs[k % 4], &form, &err) != REPLI_OK)
            fail_msg("%s", err.text);
        repli_form_hash(form, hash);
        repli_hex(hash, sizeof hash, hex);
        assert_printed(ids[k / 4], langs[k % 4], repli_form_version(form), hex);
        repli_form_close(form);
    }
    repli_arena_done(&a);
}

/* The site's own templates win over the ones inside the program, and stand in the list. */
static void test_own_templates(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_form *form = NULL;
    char **ids = NULL;
    size_t n = 0;
    put("forms", "t.yaml", base);
    assert_int_equal(repli_forms_list(dir, &a, &ids, &n, &err), REPLI_OK);
    size_t at = 0;
    while (at < n && strcmp(ids[at], "t") != 0)
        at++;
    assert_true(at < n);
    assert_int_equal(repli_form_open(dir, "obs", "fr", &form, &err), REPLI_OK);
    repli_form_close(form);
    assert_int_equal(repli_form_open(NULL, "t", "fr", &form, &err), REPLI_DATA);
    assert_non_null(strstr(err.text, "there is no form 't'"));
    struct repli_err other = {0};
    assert_int_equal(repli_form_open(dir, "../t", "fr", &form, &other), REPLI_DATA);
    assert_int_equal(repli_form_open(dir, "t", "xx", &form, NULL), REPLI_DATA);
    repli_arena_done(&a);
}

/* Fonts: figures checked by hand, missing signs, and files cut short that must not be believed. */
static void test_fonts(void **state)
{
    (void)state;
    assert_true(repli_font_has(REPLI_FACE_REGULAR, 'A') && repli_font_has(REPLI_FACE_BOLD, 0x1EC4));
    assert_false(repli_font_has(REPLI_FACE_REGULAR, 0x2265));
    assert_true(repli_font_has(REPLI_FACE_SYMBOL, 0x2265) && repli_font_has(REPLI_FACE_REGULAR, 0xFFFD));
    int32_t one = repli_font_width(REPLI_FACE_BOLD, 1500, "P"),
            ten = repli_font_width(REPLI_FACE_BOLD, 1500, "PPPPPPPPPP");
    assert_true(ten <= 10 * one && ten > 10 * one - 10);
    assert_int_equal(repli_font_width(REPLI_FACE_REGULAR, 800, ""), 0);
    size_t len = 0;
    const uint8_t *data = repli_font_data(REPLI_FACE_SYMBOL, &len);
    for (size_t n = 0; n < len; n += 7) {
        struct font_tables t;
        uint8_t *cut = malloc(n + 1);
        assert_non_null(cut);
        memcpy(cut, data, n);
        if (repli_font_parse(cut, n, &t))
            for (uint32_t cp = 0; cp < 0x2700; cp += 5)
                (void)repli_font_advance(&t, repli_font_glyph(&t, cp));
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base_is_good),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_long_translation),
        cmocka_unit_test(test_missing_translation),
        cmocka_unit_test(test_translations_complete),
        cmocka_unit_test(test_frozen),
        cmocka_unit_test(test_printed_versions),
        cmocka_unit_test(test_own_templates),
        cmocka_unit_test(test_fonts),
    };
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
