/* Orders, glucose and insulin, fluids on paper: whom a form is for, what their captures say, and that orders have one
** number wherever they are printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "form/form_internal.h"
#include "form/sample.h"
#include "repli/file.h"
#include "repli/form.h"

static struct repli_form *opened(const char *id, const char *lang)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    if (repli_form_open(NULL, id, lang, &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return form;
}

static struct repli_layout lay_out(const struct repli_form *form, const struct repli_datasets *data, int64_t taken_utc,
                                   struct repli_arena *a)
{
    struct repli_zone *zone = NULL;
    struct repli_err err = {0};
    struct repli_layout layout = {0};
    assert_int_equal(repli_zone_open("Europe/Brussels", &zone, &err), REPLI_OK);
    struct repli_layout_in in = {
        .form = form, .data = data, .zone = zone, .window_utc = 1795395600, .window_hours = 24, .taken_utc = taken_utc};
    if (repli_layout_make(&in, a, &layout, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    repli_zone_close(zone);
    return layout;
}

/* The key of a capture; NULL: none of that name. */
static json_t *key_of(const struct repli_layout *layout, const char *id)
{
    for (size_t s = 0; s < layout->nsides; s++)
        for (size_t i = 0; i < layout->sides[s].map.ncaptures; i++)
            if (strcmp(layout->sides[s].map.captures[i].id, id) == 0)
                return json_loads(layout->sides[s].map.captures[i].key, 0, NULL);
    return NULL;
}

static const struct repli_capture *capture_of(const struct repli_layout *layout, const char *id)
{
    for (size_t s = 0; s < layout->nsides; s++)
        for (size_t i = 0; i < layout->sides[s].map.ncaptures; i++)
            if (strcmp(layout->sides[s].map.captures[i].id, id) == 0)
                return &layout->sides[s].map.captures[i];
    fail_msg("no capture %s", id);
    return NULL;
}

static bool has_role(const struct repli_capture *c, const char *role)
{
    for (size_t i = 0; i < c->nmembers; i++)
        if (strcmp(c->roles[i], role) == 0)
            return true;
    return false;
}

static int printed(const struct repli_layout *layout, const char *text)
{
    int n = 0;
    for (size_t s = 0; s < layout->nsides; s++)
        for (int l = 0; l < 2; l++) {
            const struct repli_draw_list *list = l ? &layout->sides[s].filled : &layout->sides[s].fixed;
            for (size_t i = 0; i < list->count; i++)
                n += list->items[i].kind == REPLI_DRAW_TEXT && strstr(list->items[i].text, text) != NULL;
        }
    return n;
}

/* The number before an order on the medication sheets is the one that a sheet of orders stops it by. */
static void one_number_an_order(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_form *mar = opened("mar", "fr"), *orders = opened("orders", "fr");
    for (int kind = 0; kind < SAMPLE_KINDS; kind++) {
        struct repli_datasets *data = repli_sample((enum sample_kind)kind, &a);
        struct repli_layout sheets = lay_out(mar, data, 1795390000, &a), page = lay_out(orders, data, 1795390000, &a);
        json_t *gap = key_of(&sheets, "gap1"), *line = key_of(&page, "order8");
        const char *number;
        json_t *order;
        assert_int_equal(json_integer_value(json_object_get(line, "number")), 8);
        assert_int_equal(json_object_size(json_object_get(gap, "orders")),
                         json_object_size(json_object_get(line, "orders")));
        json_object_foreach(json_object_get(gap, "orders"), number, order)
        {
            const json_t *same = json_object_get(json_object_get(line, "orders"), number);
            assert_true(json_equal(json_object_get(order, "order"), json_object_get(same, "order")));
            assert_true(json_equal(json_object_get(order, "medication"), json_object_get(same, "medication")));
        }
        json_decref(gap);
        json_decref(line);
    }
    repli_form_close(mar);
    repli_form_close(orders);
    repli_arena_done(&a);
}

/* Insulin orders alone are on the glucose sheet, with printed unit and four slots each; none of old data. */
static void insulin_orders(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_form *form = opened("glucose", "fr");
    struct repli_datasets *data = repli_sample(SAMPLE_USUAL, &a);
    struct repli_layout layout = lay_out(form, data, 1795390000, &a);
    json_t *key = key_of(&layout, "insulin1.slot4");
    assert_string_equal(json_string_value(json_object_get(key, "medication")), "insuline glargine");
    assert_true(json_is_true(json_object_get(key, "high_alert")));
    assert_true(json_is_true(json_object_get(key, "as_needed")));
    assert_null(key_of(&layout, "insulin1.slot5"));
    assert_null(key_of(&layout, "insulin2.slot1"));
    const struct repli_capture *c = capture_of(&layout, "insulin1.slot1");
    static const char *const roles[] = {"at", "value", "by", "by2", "site_abdomen", "site_thigh", "site_arm"};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        assert_true(has_role(c, roles[i]));
    assert_true(printed(&layout, "unit\xC3\xA9(s)") >= 4);
    json_decref(key);
    struct repli_layout old = lay_out(form, data, 1795395600 - 50 * 3600, &a);
    assert_null(key_of(&old, "insulin1.slot1"));
    assert_true(printed(&old, "48\xC2\xA0h") + printed(&old, "48 h") > 0);
    repli_form_close(form);
    repli_arena_done(&a);
}

/* LO and HI belong to the glucose of their column alone; day, time and initials to both its values. */
static void what_belongs_to_what(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_form *form = opened("glucose", "nl");
    struct repli_layout layout = lay_out(form, repli_sample(SAMPLE_BARE, &a), 0, &a);
    const struct repli_capture *bg = capture_of(&layout, "bg7.bg"), *ketones = capture_of(&layout, "bg7.ketones");
    assert_true(has_role(bg, "low") && has_role(bg, "high") && has_role(bg, "at") && has_role(bg, "by"));
    assert_true(!has_role(ketones, "low") && !has_role(ketones, "high") && has_role(ketones, "at"));
    repli_form_close(form);
    repli_arena_done(&a);
}

/* Every hour of a day once a column, in millilitres; the day above in all of them, a sign in none but the balance. */
static void hours_of_a_chart(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_form *form = opened("fluid", "de");
    struct repli_layout layout = lay_out(form, repli_sample(SAMPLE_FULL, &a), 0, &a);
    int seen[24] = {0};
    for (size_t i = 0; i < layout.sides[0].map.ncaptures; i++) {
        const struct repli_capture *c = &layout.sides[0].map.captures[i];
        json_t *key = json_loads(c->key, 0, NULL);
        assert_string_equal(c->kind, "fluid");
        if (json_object_get(key, "hour")) {
            json_int_t hour = json_integer_value(json_object_get(key, "hour"));
            assert_in_range(hour, 0, 23);
            seen[hour]++;
            assert_string_equal(json_string_value(json_object_get(key, "unit")), "mL");
            assert_true(has_role(c, "first_day") && has_role(c, "by") && !has_role(c, "minus"));
        } else {
            assert_int_equal(has_role(c, "minus"), strcmp(json_string_value(json_object_get(key, "sum")), "net") == 0);
        }
        json_decref(key);
    }
    for (int h = 0; h < 24; h++)
        assert_int_equal(seen[h], 11);
    repli_form_close(form);
    repli_arena_done(&a);
}

/* ---- whom it is for */
static struct repli_dataset one_cell(struct repli_arena *a, const char *name, const char *const *column,
                                     const char *cell)
{
    struct repli_dataset d = {.name = name, .columns = column, .ncolumns = 1, .nrows = cell != NULL};
    d.cells = repli_arena_array(a, 1, sizeof *d.cells);
    d.cells[0] = cell;
    return d;
}

static void whom_glucose_is_for(void **state)
{
    static const struct {
        const char *problem, *order, *code;
        bool wanted;
    } cases[] = {{NULL, NULL, NULL, false},
                 {"Diab\xC3\xA8te de type 2", NULL, NULL, true},
                 {"Zustand nach DIABETISCHER Ketoazidose", NULL, NULL, true},
                 {"Prediabetes excluded", NULL, NULL, false}, /* a word begins with it, or it is another word */
                 {"Fracture du col", "parac\xC3\xA9tamol", "2345-7", false},
                 {NULL, "Insuline asparte, selon sch\xC3\xA9ma", NULL, true},
                 {NULL, "NOVORAPID FlexPen", NULL, true},
                 {NULL, NULL, "41653-7", true},
                 {NULL, NULL, "41653-70", false}};
    static const char *const display[] = {"display"}, *const medication[] = {"medication"}, *const code[] = {"code"};
    struct repli_form *glucose = opened("glucose", "en"), *obs = opened("obs", "en");
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        struct repli_dataset sets[] = {one_cell(&a, "problems", display, cases[i].problem),
                                       one_cell(&a, "orders", medication, cases[i].order),
                                       one_cell(&a, "last_observations", code, cases[i].code)};
        struct repli_datasets data = {sets, 3};
        if (repli_form_wanted(glucose, &data) != cases[i].wanted)
            fail_msg("case %zu", i);
        assert_true(repli_form_wanted(obs, &data)); /* no rules: for everybody */
        repli_arena_done(&a);
    }
    repli_form_close(glucose);
    repli_form_close(obs);
}

/* ---- mistakes are told */
static const char base[] = "form: t\nnumber: 901\nversion: 1\ntitle: Test\nsubject: patient\n"           /* 1-5 */
                           "for:\n  - {dataset: problems, column: display, words: [diabet]}\n"           /* 6-7 */
                           "datasets: [patient, stay, problems, orders]\n"                               /* 8 */
                           "drugs:\n  high_alert:\n    - {class: insulin, words: [insulin]}\n"           /* 9-11 */
                           "body:\n  - block: early\n    rows: 1\n    marks: [\"06\"]\n    lines:\n"     /* 12-16 */
                           "      - items:\n          - {number: urine, label: urine, width: 12, "       /* 17-18 */
                           "capture: {kind: fluid, direction: out, code: 9187-6}}\n"                     /* 18 */
                           "  - line: sum\n    height: 8\n    items:\n"                                  /* 19-21 */
                           "      - {comb: out, label: output, cells: \"9999\", capture: {kind: fluid, " /* 22 */
                           "sum: out, of: early}}\n"                                                     /* 22 */
                           "  - injections: insulin\n    dataset: orders\n    empty: none sent\n"        /* 23-25 */
                           "    head: Order\n    slots: each dose\n"                                     /* 26-27 */
                           "    words: {at: given at, dose: dose given, by: given by, by2: checked by, abdomen: b, "
                           "thigh: t, arm: a}\n"; /* 28 */
static const struct {
    const char *from, *to, *want;
} mistakes[] = {{"", "", NULL},
                {"words: [diabet]", "word: [diabet]", "t.yaml:7: unknown key 'word'"},
                {"words: [diabet]", "words: []", "t.yaml:7: a rule of `for` needs a list"},
                {"words: [diabet]", "words: [x], values: [y]", "t.yaml:7: a rule of `for` needs a list"},
                {"column: display", "column: name", "t.yaml:7: the dataset problems has no column \"name\""},
                {"dataset: problems", "dataset: devices", "t.yaml:7: \"devices\" is not among the `datasets`"},
                {"marks: [\"06\"]", "marks: [A]", "t.yaml:18: an amount stands in a block whose `marks` are hours"},
                {"direction: out", "direction: up", "t.yaml:18: a fluid is an amount"},
                {"sum: out, of: early", "sum: out", "t.yaml:22: a fluid is an amount"},
                {"kind: fluid, sum", "kind: fluids, sum", "t.yaml:22: `kind` must be one of: observation, fluid"},
                {"    lines:\n", "    capture: {kind: document}\n    lines:\n", "t.yaml:13: either the block has a"},
                {"    dataset: orders\n", "    dataset: stay\n", "t.yaml:23: a row of kind injections needs a name"},
                {", arm: a", "", "t.yaml:28: `arm` is missing"},
                {"    slots: each dose\n", "", "t.yaml:23: `slots` is missing"}};

static void mistakes_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        char dir[] = "/tmp/chart_forms_XXXXXX", path[128], folder[64];
        struct repli_err err = {0};
        struct repli_form *form = NULL;
        struct repli_arena a = {0};
        const char *at = strstr(base, mistakes[i].from);
        assert_non_null(at);
        char *text =
            repli_arena_printf(&a, "%.*s%s%s", (int)(at - base), base, mistakes[i].to, at + strlen(mistakes[i].from));
        assert_non_null(mkdtemp(dir));
        snprintf(folder, sizeof folder, "%s/forms", dir);
        snprintf(path, sizeof path, "%s/t.yaml", folder);
        assert_int_equal(repli_dir_make(folder, 0700, &err), REPLI_OK);
        assert_int_equal(repli_file_write(path, text, strlen(text), 0600, &err), REPLI_OK);
        enum repli_status s = repli_form_open(dir, "t", "en", &form, &err);
        if ((s == REPLI_OK) != (mistakes[i].want == NULL) || (mistakes[i].want && !strstr(err.text, mistakes[i].want)))
            fail_msg("mistake %zu: '%s', wanted '%s'", i, err.text, mistakes[i].want ? mistakes[i].want : "none");
        repli_form_close(form);
        (void)unlink(path);
        (void)rmdir(folder);
        (void)rmdir(dir);
        repli_arena_done(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_number_an_order),  cmocka_unit_test(insulin_orders),
                                       cmocka_unit_test(what_belongs_to_what), cmocka_unit_test(hours_of_a_chart),
                                       cmocka_unit_test(whom_glucose_is_for),  cmocka_unit_test(mistakes_are_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
