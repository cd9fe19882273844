/* Page maps: JSON both ways, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "form/jsontree.h"
#include "repli/pagemap.h"
#include "support/prng.h"

static struct repli_box cells[2] = {{57800, 58600, 62000, 64600}, {62000, 58600, 66200, 64600}};
static struct repli_box rows[2] = {{57000, 79400, 76850, 84600}, {57000, 84600, 76850, 89800}};
static struct repli_range ranges[2] = {{true, false, 39.1, 0}, {false, true, 0, 35.05}};
static struct repli_range open[2];
static const char *labels[2] = {"≥ 39,1", "\"quoted\" \\ \x02"}, *letters[2] = {"A", "CVPU"};
static struct repli_field fields[5] = {
    {.id = "col1.at",
     .kind = REPLI_FIELD_DIGITS,
     .capture = "observation",
     .role = "at",
     .label = "Heure",
     .tier = 1,
     .box = {57800, 58600, 66200, 64600},
     .parts = cells,
     .nparts = 2,
     .hard = {true, true, 1, 31}},
    {.id = "col1.temp",
     .kind = REPLI_FIELD_BAND,
     .capture = "observation",
     .role = "value",
     .key = "{\"code\":\"8310-5\"}",
     .base = "36.5",
     .label = "Température",
     .tier = 2,
     .box = {57000, 79400, 76850, 89800},
     .parts = rows,
     .nparts = 2,
     .rows = ranges,
     .row_labels = labels,
     .unit = "°C",
     .decimals = 1,
     .soft = {true, true, 33, 42}},
    {.id = "col1.acvpu",
     .kind = REPLI_FIELD_BAND,
     .label = "",
     .tier = 2,
     .box = {57000, 99400, 76850, 109800},
     .parts = rows,
     .nparts = 2,
     .rows = open,
     .row_labels = labels,
     .letters = letters},
    {.id = "scale.1",
     .kind = REPLI_FIELD_TICK,
     .group = "scale",
     .label = "1",
     .tier = 1,
     .box = {39370, 51400, 43370, 55400}},
    {.id = "notes", .kind = REPLI_FIELD_TEXT, .label = "Notes", .tier = 3, .box = {20000, 200000, 200000, 265600}}};
static const char *roles[2] = {"at", "value"};
static size_t members[2] = {0, 1};
static struct repli_capture captures[1] = {
    {"col1.temp", "observation", "{\"code\":\"8310-5\"}", "36.5", roles, members, 2}};

static struct repli_page_map sample(void)
{
    return (struct repli_page_map){
        .page = 7,
        .sheet = "K7QD-M3XA-9",
        .form = "obs",
        .version = 2,
        .lang = "fr",
        .side = 1,
        .sides = 2,
        .patient = "1204873",
        .stay = NULL,
        .ward = "3B",
        .code = NULL,
        .codes = {{179090, 18570, 197960, 37440}, {20000, 269630, 38870, 288500}},
        .marks = {{11000, 11000}, {199000, 11000}, {199000, 286000}, {11000, 286000}, {11000, 68500}},
        .fields = fields,
        .nfields = 5,
        .captures = captures,
        .ncaptures = 1};
}

/* A map written, read and written again is the same text: nothing is lost on the way through the ledger. */
static void test_round_trip(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_page_map map = sample(), *back = NULL;
    const char *json = repli_page_map_json(&map, &a);
    assert_int_equal(repli_page_map_parse(json, strlen(json), &a, &back, &err), REPLI_OK);
    assert_string_equal(repli_page_map_json(back, &a), json);
    assert_int_equal(back->nfields, 5);
    assert_int_equal(back->fields[0].parts[1].x1, 66200);
    assert_true(back->fields[1].rows[0].has_low && !back->fields[1].rows[0].has_high);
    assert_true(back->fields[1].rows[1].high > 35.0499 && back->fields[1].rows[1].high < 35.0501);
    assert_string_equal(back->fields[1].row_labels[1], map.fields[1].row_labels[1]);
    assert_string_equal(back->fields[2].letters[1], "CVPU");
    assert_false(back->fields[2].rows[0].has_low || back->fields[2].rows[0].has_high);
    assert_int_equal(back->captures[0].fields[1], 1);
    assert_string_equal(back->captures[0].roles[0], "at");
    assert_string_equal(back->captures[0].base, "36.5");
    assert_null(back->stay);
    assert_ptr_equal(repli_page_map_field(back, "scale.1"), &back->fields[3]);
    assert_null(repli_page_map_field(back, "nothing"));
    repli_arena_done(&a);
}

static const char *fields_text(const struct repli_page_map *map, struct repli_arena *a)
{
    struct repli_buf b = {0};
    repli_page_map_write_fields(map, &b);
    const char *text = repli_arena_strdup(a, b.data);
    repli_buf_done(&b);
    return text;
}

/* One thing of the map is another one; false: there are no more. */
static bool change(struct repli_page_map *m, int what)
{
    struct repli_field *f = m->fields;
    struct repli_capture *c = m->captures;
    const char **texts[] = {&f[0].id,         &f[3].group, &f[1].capture, &f[1].role,
                            &f[1].key,        &f[1].base,  &f[1].unit,    &f[1].row_labels[1],
                            &f[2].letters[1], &f[4].label, &f[0].unit,    &c->id,
                            &c->kind,         &c->key,     &c->base,      &c->roles[1],
                            &f[4].base};
    int32_t *numbers[] = {&f[0].box.x0, &f[4].box.y1, &f[0].parts[1].x1, &f[1].parts[0].y1, &f[1].decimals, &f[3].tier};
    double *limits[] = {&f[1].rows[0].low, &f[1].rows[1].high, &f[1].soft.low, &f[1].soft.high, &f[0].hard.high};
    bool *unbound[] = {&f[1].rows[0].has_low, &f[1].soft.has_high, &f[0].hard.has_low, &f[4].soft.has_low};
    enum { TEXTS = sizeof texts / sizeof *texts, NUMBERS = sizeof numbers / sizeof *numbers };
    enum { LIMITS = sizeof limits / sizeof *limits, OPEN = sizeof unbound / sizeof *unbound };
    int n = what;
    if (n < TEXTS)
        *texts[n] = "1";
    else if ((n -= TEXTS) < NUMBERS)
        *numbers[n] += 10;
    else if ((n -= NUMBERS) < LIMITS)
        *limits[n] += 0.5;
    else if ((n -= LIMITS) < OPEN)
        *unbound[n] = !*unbound[n];
    else if ((n -= OPEN) == 0)
        f[4].kind = REPLI_FIELD_LABEL;
    else if (n == 1)
        m->nfields--;
    else if (n == 2)
        m->ncaptures--;
    else if (n == 3)
        c->nmembers--;
    else if (n == 4)
        c->fields[1] = 2;
    else if (n == 5)
        f[0].nparts--;
    else
        return false;
    return true;
}

/* Two maps are said to have the same fields just when what is written of them is the same, whichever thing differs. */
static void test_same_fields(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct repli_page_map map = sample(), *copy = NULL;
    const char *json = repli_page_map_json(&map, &a), *text = fields_text(&map, &a);
    int what = 0;
    for (;; what++) {
        assert_int_equal(repli_page_map_parse(json, strlen(json), &a, &copy, &err), REPLI_OK);
        copy->sheet = "another";
        assert_true(repli_page_map_same_fields(&map, copy));
        assert_string_equal(fields_text(copy, &a), text);
        if (!change(copy, what))
            break;
        if (strcmp(fields_text(copy, &a), text) == 0 || repli_page_map_same_fields(&map, copy))
            fail_msg("change %d is not seen", what);
    }
    assert_true(what > 30);
    repli_arena_done(&a);
}

/* The contract's details: two decimals with a point, null for an open end, no rows where letters are written. */
static void test_contract(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_page_map map = sample();
    const char *json = repli_page_map_json(&map, &a);
    assert_non_null(strstr(json, "\"box_mm\":[39.37,51.40,43.37,55.40]"));
    assert_non_null(strstr(json, "\"rows\":[[39.1,null],[null,35.05]]"));
    assert_non_null(strstr(json, "\"marks_mm\":[[11.00,11.00],[199.00,11.00],"));
    assert_non_null(strstr(json, "\"side\":\"1/2\""));
    assert_non_null(strstr(json, "\"range_soft\":[33,42]"));
    assert_non_null(strstr(json, "\"roles\":{\"at\":\"col1.at\",\"value\":\"col1.temp\"}"));
    const char *acvpu = strstr(json, "col1.acvpu"), *next = strstr(json, "scale.1"), *ranges_at;
    ranges_at = strstr(acvpu, "\"rows\":");
    assert_true(!ranges_at || ranges_at > next);
    repli_arena_done(&a);
}

/* Every shorter text, and every text with one byte changed, is refused or read: never a crash, never half a map. */
static void test_damage(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_page_map map = sample(), *back = NULL;
    char *json = repli_page_map_json(&map, &a);
    size_t len = strlen(json);
    for (size_t n = 0; n < len; n++) {
        struct repli_arena b = {0};
        struct repli_err err = {0};
        assert_int_equal(repli_page_map_parse(json, n, &b, &back, &err), REPLI_DATA);
        assert_true(err.text[0]);
        repli_arena_done(&b);
    }
    for (size_t i = 0; i < len; i++) {
        struct repli_arena b = {0};
        struct repli_err err = {0};
        char kept = json[i];
        json[i] = (char)(kept == '9' ? '-' : '9');
        enum repli_status status = repli_page_map_parse(json, len, &b, &back, &err);
        assert_true(status == REPLI_OK || status == REPLI_DATA);
        json[i] = kept;
        repli_arena_done(&b);
    }
    repli_arena_done(&a);
}

/* Single damages are told by the field that has them. */
static void test_messages(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *want;
    } cases[] = {
        {"\"kind\":\"tick\"", "\"kind\":\"tock\"", "scale.1: \"kind\" is not known"},
        {"[39.37,51.40,43.37,55.40]", "[43.37,51.40,39.37,55.40]", "scale.1: \"box_mm\" is an empty box"},
        {"\"tier\":3", "\"tier\":9", "notes: \"tier\" is not a number in its range"},
        {"\"value\":\"col1.temp\"", "\"value\":\"col1.gone\"", "col1.temp: \"roles\" names a field that is not there"},
        {"\"side\":\"1/2\"", "\"side\":\"3/2\"", "\"side\" is not like 1/2"},
        {"\"cells_mm\"", "\"cels_mm\"", "col1.at: \"cells_mm\" is missing"},
    };
    struct repli_page_map map = sample(), *back = NULL;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_arena a = {0};
        struct repli_err err = {0};
        const char *json = repli_page_map_json(&map, &a), *at = strstr(json, cases[i].from);
        assert_non_null(at);
        const char *bad =
            repli_arena_printf(&a, "%.*s%s%s", (int)(at - json), json, cases[i].to, at + strlen(cases[i].from));
        assert_int_equal(repli_page_map_parse(bad, strlen(bad), &a, &back, &err), REPLI_DATA);
        if (!strstr(err.text, cases[i].want))
            fail_msg("case %zu: \"%s\" does not say \"%s\"", i, err.text, cases[i].want);
        repli_arena_done(&a);
    }
}

/* Kinds by name and back, all of them. */
static void test_kinds(void **state)
{
    (void)state;
    for (int k = 0; k < REPLI_FIELD_KIND_COUNT; k++) {
        enum repli_field_kind back = REPLI_FIELD_LABEL;
        assert_true(repli_field_kind_parse(repli_field_kind_text((enum repli_field_kind)k), &back));
        assert_int_equal(back, k);
    }
    enum repli_field_kind kind = REPLI_FIELD_TICK;
    assert_false(repli_field_kind_parse("tock", &kind));
    assert_false(repli_field_kind_parse(NULL, &kind));
}

/* ---- the reader of JSON against a library's */

static void same_value(const struct json_node *n, const json_t *v)
{
    size_t i = 0;
    const struct json_node *c = n->first;
    const char *name;
    json_t *m;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        assert_int_equal(n->kind, JSON_NODE_OBJECT);
        assert_int_equal(n->count, json_object_size(v));
        json_object_foreach((json_t *)(uintptr_t)v, name, m)
        {
            assert_string_equal(c->name, name);
            assert_ptr_equal(repli_json_member(n, name), c);
            same_value(c, m);
            c = c->next;
        }
        break;
    case JSON_ARRAY:
        assert_int_equal(n->kind, JSON_NODE_LIST);
        assert_int_equal(n->count, json_array_size(v));
        json_array_foreach(v, i, m) same_value(repli_json_at(n, i), m);
        break;
    case JSON_STRING:
        assert_int_equal(n->kind, JSON_NODE_TEXT);
        assert_string_equal(n->text, json_string_value(v));
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        assert_int_equal(n->kind, JSON_NODE_NUMBER);
        assert_int_equal(n->whole, json_is_integer(v));
        assert_true(!(n->number < json_number_value(v)) && !(n->number > json_number_value(v)));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        assert_int_equal(n->kind, json_is_true(v)    ? JSON_NODE_TRUE
                                  : json_is_false(v) ? JSON_NODE_FALSE
                                                     : JSON_NODE_NULL);
        break;
    }
}

/* What the one takes the other takes, and finds the same in it. */
static bool both(const char *json, size_t len)
{
    struct repli_arena a = {0};
    const struct json_node *n = repli_json_tree(json, len, &a);
    json_t *v = json_loadb(json, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    if ((n != NULL) != (v != NULL))
        fail_msg("%.*s: %s", (int)len, json, n ? "taken" : "refused");
    if (n)
        same_value(n, v);
    json_decref(v);
    repli_arena_done(&a);
    return n != NULL;
}

static void test_reader(void **state)
{
    (void)state;
    static const char *const taken[] = {"[0,-1,0.5,-12.75,1e3,1.5E-7,123456789012345678,0.1,3.30,179769313486231.57]",
                                        "{\"a\\u00e9\\\"\\n\":\"\\ud83d\\ude00\\/\",\"b\":[true,false,null,{}]}",
                                        " [ ] ", "\"x\""};
    static const char *const refused[] = {"",
                                          "[1,]",
                                          "{\"a\":1,\"a\":2}",
                                          "[01]",
                                          "[1.]",
                                          "[.5]",
                                          "[+1]",
                                          "[1e]",
                                          "[\"\\u0000\"]",
                                          "[\"\\ud800\"]",
                                          "[\"\\udc00\"]",
                                          "[\"\\x\"]",
                                          "[\"\t\"]",
                                          "[1]x",
                                          "[1e999]",
                                          "[tru]",
                                          "{a:1}",
                                          "{\"a\" 1}",
                                          "[\"\xC3\"]",
                                          "[1",
                                          "{",
                                          "\"",
                                          "-",
                                          "[\"\\u12\"]"};
    static const char bytes[] = "\"\\{}[],:.0123456789eE+-truefalsn \t\x01\x80\xC3u/";
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        assert_true(both(taken[i], strlen(taken[i])));
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(both(refused[i], strlen(refused[i])));
    struct repli_arena a = {0};
    struct repli_page_map map = sample();
    char *json = repli_page_map_json(&map, &a);
    size_t len = strlen(json), good = 0;
    struct prng r;
    prng_seed(&r, 1, 1);
    for (int t = 0; t < 4000; t++) {
        size_t at = (size_t)prng_int(&r, 0, (int)len - 1), more = (size_t)prng_int(&r, 0, (int)len - 1);
        char kept = json[at], other = json[more];
        json[at] = bytes[prng_int(&r, 0, (int)sizeof bytes - 2)];
        if (prng_chance(&r, .3))
            json[more] = bytes[prng_int(&r, 0, (int)sizeof bytes - 2)];
        good += both(json, len);
        json[more] = other;
        json[at] = kept;
    }
    assert_true(good > 500 && good < 3500);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_same_fields), cmocka_unit_test(test_contract),
        cmocka_unit_test(test_damage),     cmocka_unit_test(test_messages),    cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
