#include "base_tmp.h"

#include <float.h>

#include "repli/yaml.h"

static struct repli_yaml *parse(struct repli_arena *a, const char *text)
{
    struct repli_yaml *root = NULL;
    struct repli_err err = {0};
    assert_ok(repli_yaml_parse("f.yaml", text, strlen(text), a, &root, &err), &err);
    return root;
}

static void refuse(const char *text, size_t len, const char *words)
{
    struct repli_arena a = {0};
    struct repli_yaml *root = NULL;
    struct repli_err err = {0};
    assert_fails(repli_yaml_parse("f.yaml", text, len, &a, &root, &err), &err, REPLI_DATA, words);
    assert_null(root);
    repli_arena_done(&a);
}
#define REFUSE(text, words) refuse((text), sizeof(text) - 1, (words))

/* Maps, lists and scalars keep file order, text, quoting and the line where a person looks for them. */
static void tree(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    const struct repli_yaml *root = parse(&a, "# comment\n"
                                              "id: obs\n"
                                              "quoted: \"no\"\n"
                                              "rows:\n"
                                              "  - first\n"
                                              "  - {x: 1, y: [2, 3]}\n"
                                              "  - label: |\n"
                                              "      two\n"
                                              "      lines\n"
                                              "empty:\n"
                                              "late:\n"
                                              "\n"
                                              "  below\n");
    assert_int_equal(root->kind, REPLI_YAML_MAP);
    assert_int_equal(root->count, 5);
    assert_null(root->key);
    assert_string_equal(root->items[0].key, "id");
    assert_string_equal(root->items[0].text, "obs");
    assert_false(root->items[0].quoted);
    assert_int_equal(root->items[0].line, 2);
    assert_string_equal(root->items[0].file, "f.yaml");
    assert_true(root->items[1].quoted);
    const struct repli_yaml *rows = repli_yaml_get(root, "rows");
    assert_int_equal(rows->kind, REPLI_YAML_LIST);
    assert_int_equal(rows->line, 4);
    assert_int_equal(rows->count, 3);
    assert_null(rows->items[0].key);
    assert_int_equal(rows->items[0].line, 5);
    const struct repli_yaml *y = repli_yaml_get(&rows->items[1], "y");
    assert_int_equal(y->count, 2);
    assert_string_equal(y->items[1].text, "3");
    assert_int_equal(y->items[1].line, 6);
    assert_string_equal(repli_yaml_get(&rows->items[2], "label")->text, "two\nlines\n");
    assert_int_equal(rows->items[2].line, 7);
    assert_string_equal(repli_yaml_get(root, "empty")->text, "");
    assert_int_equal(repli_yaml_get(root, "late")->line, 11);
    assert_null(repli_yaml_get(root, "nothing"));
    assert_null(repli_yaml_get(rows, "x"));
    assert_null(repli_yaml_get(NULL, "x"));
    repli_arena_done(&a);
}

/* A file without content is a map without keys. */
static void empty(void **state)
{
    (void)state;
    static const char *const texts[] = {"",  "\n", "# only a comment\n", "---\n", "--- # x\n...\n", "\xEF\xBB\xBF",
                                        "{}"};
    struct repli_arena a = {0};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct repli_yaml *root = parse(&a, texts[i]);
        assert_int_equal(root->kind, REPLI_YAML_MAP);
        assert_int_equal(root->count, 0);
    }
    assert_string_equal(repli_yaml_get(parse(&a, "\xEF\xBB\xBFid: x\n"), "id")->text, "x");
    assert_int_equal(parse(&a, "\"\"")->kind, REPLI_YAML_SCALAR);
    repli_arena_done(&a);
}

/* What makes a text ambiguous or hides its meaning is refused, with its line. */
static void refused(void **state)
{
    (void)state;
    REFUSE("a: 1\nb: 2\na: 3\n", "f.yaml:3: key 'a' is given twice (first in line 1)");
    REFUSE("x:\n  - {k: 1,\n     k: 2}\n", "f.yaml:3: key 'k'");
    REFUSE("a: &x 1\nb: 2\n", "f.yaml:1: anchors");
    REFUSE("a: &x 1\nb: *x\n", "f.yaml:1: anchors");
    REFUSE("a: 1\nb: *x\n", "f.yaml:2: aliases");
    REFUSE("a: 1\n*x : 2\n", "f.yaml:2: aliases");
    REFUSE("a: [1,\n &x 2]\n", "f.yaml:2: anchors");
    REFUSE("a: 1\n&k b: 2\n", "f.yaml:2: anchors");
    REFUSE("a:\n  &m\n  b: 1\n", "anchors");
    REFUSE("a: !!str 1\n", "f.yaml:1: tags");
    REFUSE("a: ! 1\n", "f.yaml:1: tags");
    REFUSE("a: !x [1]\n", "f.yaml:1: tags");
    REFUSE("a: 1\nb: !!map {c: 1}\n", "f.yaml:2: tags");
    REFUSE("!!int 1: 2\n", "f.yaml:1: tags");
    REFUSE("a: 1\n---\nb: 2\n", "f.yaml:2: a second document");
    REFUSE("a: 1\n...\n---\n", "second document");
    REFUSE("? [a, b]\n: 1\n", "f.yaml:1: a key must be");
    REFUSE("? {a: b}\n: 1\n", "f.yaml:1: a key must be");
    REFUSE("a: 1\n b: 2\n", "f.yaml:2: ");
    REFUSE("a: [1, 2\n", "f.yaml:2: ");
    REFUSE("a: 1\n\tb: 2\n", "f.yaml:2: ");
    REFUSE("a: \"open\nb: 2\n", "f.yaml:");
    REFUSE("a: 1\nb: \xE9\n", "f.yaml:2: not valid UTF-8");
    REFUSE("a: 1\nb: \xE2\x82", "f.yaml:2: not valid UTF-8");
    REFUSE("a\0b: 1\n", "f.yaml:1: not valid UTF-8");
    REFUSE("\xFF\xFE"
           "a\0:\0 \0"
           "1\0",
           "f.yaml:1: not valid UTF-8");
    REFUSE("a: 1\nb: \"x\\0y\"\n", "f.yaml:2: a text must not contain a NUL");
    REFUSE("a: 1\n\"x\\0y\": 2\n", "f.yaml:2: a text must not contain a NUL");
}

/* 32 levels are read, 33 are not; nor is a bomb of brackets. */
static void depth(void **state)
{
    (void)state;
    char text[2000];
    struct repli_arena a = {0};
    memset(text, '[', 32);
    memset(text + 32, ']', 32);
    text[64] = '\0';
    assert_int_equal(parse(&a, text)->kind, REPLI_YAML_LIST);
    memset(text, '[', 33);
    memset(text + 33, ']', 33);
    refuse(text, 66, "f.yaml:1: nested deeper than 32 levels");
    memset(text, '{', 1000);
    refuse(text, 1000, "f.yaml:1: ");
    char *bomb = repli_arena_alloc(&a, 1000000);
    memset(bomb, '[', 1000000);
    refuse(bomb, 1000000, "nested deeper");
    for (size_t i = 0; i < 1000000; i++)
        bomb[i] = i % 2 ? ' ' : '-';
    refuse(bomb, 1000000, "nested deeper");
    repli_arena_done(&a);
}

/* 4 MiB are read, one byte more is not. */
static void size(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    size_t max = (size_t)4 * 1024 * 1024;
    char *text = repli_arena_alloc(&a, max + 1);
    memset(text, '#', max + 1);
    struct repli_yaml *root = NULL;
    assert_int_equal(repli_yaml_parse("f", text, max, &a, &root, NULL), REPLI_OK);
    refuse(text, max + 1, "larger than 4 MiB");
    repli_arena_done(&a);
}

/* A map of very many keys is held to the same rule about twins, in reasonable time. */
static void many_keys(void **state)
{
    (void)state;
    struct repli_buf b = {0};
    for (int i = 0; i < 30000; i++)
        repli_buf_printf(&b, "key%d: %d\n", i * 7919 % 30011, i);
    struct repli_arena a = {0};
    assert_int_equal(parse(&a, b.data)->count, 30000);
    repli_buf_puts(&b, "key7919: x\n");
    refuse(b.data, b.len, "f.yaml:30001: key 'key7919' is given twice (first in line 2)");
    repli_buf_done(&b);
    repli_arena_done(&a);
}

static const char typed[] = "text: abc\n"
                            "number: \"12\"\n"
                            "int: -7\n"
                            "real: 3.25\n"
                            "yes: yes\n"
                            "no: false\n"
                            "quoted: \"yes\"\n"
                            "list: [1]\n"
                            "map: {a: 1}\n"
                            "empty:\n";

/* Values of the right type are handed out; a missing key leaves the default alone. */
static void typed_values(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const struct repli_yaml *m = parse(&a, typed);
    const char *t = "default";
    int64_t i = 42;
    double d = 1.5;
    bool b = true;
    assert_ok(repli_yaml_text(m, "none", &t, &err), &err);
    assert_ok(repli_yaml_int(m, "none", 0, 1, &i, &err), &err);
    assert_ok(repli_yaml_number(m, "none", 0, 1, &d, &err), &err);
    assert_ok(repli_yaml_bool(m, "none", &b, &err), &err);
    assert_ok(repli_yaml_int(NULL, "int", 0, 1, &i, &err), &err);
    assert_string_equal(t, "default");
    assert_true(i == 42 && d > 1.4 && d < 1.6 && b);
    assert_ok(repli_yaml_text(m, "text", &t, &err), &err);
    assert_string_equal(t, "abc");
    assert_ok(repli_yaml_text(m, "number", &t, &err), &err);
    assert_string_equal(t, "12");
    assert_ok(repli_yaml_text(m, "empty", &t, &err), &err);
    assert_string_equal(t, "");
    assert_ok(repli_yaml_int(m, "int", -7, 7, &i, &err), &err);
    assert_int_equal(i, -7);
    assert_ok(repli_yaml_number(m, "real", -DBL_MAX, DBL_MAX, &d, &err), &err);
    assert_true(d > 3.2499 && d < 3.2501);
    assert_ok(repli_yaml_number(m, "int", -10, 10, &d, &err), &err);
    assert_ok(repli_yaml_bool(m, "no", &b, &err), &err);
    assert_false(b);
    assert_ok(repli_yaml_bool(m, "yes", &b, &err), &err);
    assert_true(b);
    repli_arena_done(&a);
}

/* Values of another type or out of range are refused with file, line, key and what was expected. */
static void wrong_types(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const struct repli_yaml *m = parse(&a, typed);
    const char *t = "default";
    int64_t i = 42;
    double d = 1.5;
    bool b = true;
    assert_fails(repli_yaml_text(m, "list", &t, &err), &err, REPLI_DATA, "f.yaml:8: 'list' must be a text, not a list");
    assert_fails(repli_yaml_text(m, "map", &t, &err), &err, REPLI_DATA, "f.yaml:9: 'map' must be a text, not a group");
    assert_fails(repli_yaml_int(m, "text", 0, 9, &i, &err), &err, REPLI_DATA,
                 "f.yaml:1: 'text' must be a whole number from 0 to 9, not 'abc'");
    assert_fails(repli_yaml_int(m, "number", 0, 99, &i, &err), &err, REPLI_DATA, "not \"12\"");
    assert_fails(repli_yaml_int(m, "int", -6, 9, &i, &err), &err, REPLI_DATA, "f.yaml:3: ");
    assert_fails(repli_yaml_int(m, "real", 0, 9, &i, &err), &err, REPLI_DATA, "f.yaml:4: ");
    assert_fails(repli_yaml_int(m, "empty", 0, 9, &i, &err), &err, REPLI_DATA, "f.yaml:10: ");
    assert_fails(repli_yaml_number(m, "real", 0, 3.2, &d, &err), &err, REPLI_DATA,
                 "f.yaml:4: 'real' must be a number from 0 to 3.2 (with a point, without exponent), not '3.25'");
    assert_fails(repli_yaml_number(m, "real", 4, DBL_MAX, &d, &err), &err, REPLI_DATA, "from 4 to any size");
    assert_fails(repli_yaml_number(m, "number", 0, 99, &d, &err), &err, REPLI_DATA, "f.yaml:2: ");
    assert_fails(repli_yaml_bool(m, "quoted", &b, &err), &err, REPLI_DATA, "f.yaml:7: ");
    assert_fails(repli_yaml_bool(m, "int", &b, &err), &err, REPLI_DATA, "true or false");
    assert_fails(repli_yaml_bool(m, "map", &b, &err), &err, REPLI_DATA, "f.yaml:9: ");
    assert_string_equal(t, "default");
    assert_true(i == 42 && d > 1.4 && d < 1.6 && b);
    repli_arena_done(&a);
}

/* An unknown key is refused with the nearest allowed one. */
static void only(void **state)
{
    (void)state;
    static const char *const allowed[] = {"hospital", "timezone", "language", NULL}, *const none[] = {NULL};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    assert_ok(repli_yaml_only(parse(&a, "language: fr\nhospital: x\n"), allowed, &err), &err);
    assert_ok(repli_yaml_only(NULL, allowed, &err), &err);
    assert_ok(repli_yaml_only(parse(&a, ""), none, &err), &err);
    assert_fails(repli_yaml_only(parse(&a, "hospital: x\ntimezon: y\n"), allowed, &err), &err, REPLI_DATA,
                 "f.yaml:2: unknown key 'timezon' (did you mean 'timezone'?)");
    assert_fails(repli_yaml_only(parse(&a, "langauge: y\n"), allowed, &err), &err, REPLI_DATA, "'language'?");
    assert_fails(repli_yaml_only(parse(&a, "Hospital: y\n"), allowed, &err), &err, REPLI_DATA, "'hospital'?");
    assert_fails(repli_yaml_only(parse(&a, "a: y\n"), none, &err), &err, REPLI_DATA, "no keys are allowed");
    assert_fails(repli_yaml_only(parse(&a, "[1]"), allowed, &err), &err, REPLI_DATA, "f.yaml:1: expected keys");
    const struct repli_yaml *nested = parse(&a, "x: 5\n");
    assert_fails(repli_yaml_only(&nested->items[0], allowed, &err), &err, REPLI_DATA, "f.yaml:1: 'x': expected keys");
    char text[200];
    memset(text, 'k', 100);
    memcpy(text + 100, ": 1\n", 5);
    assert_fails(repli_yaml_only(parse(&a, text), allowed, &err), &err, REPLI_DATA, "unknown key 'kkk");
    repli_arena_done(&a);
}

/* An error about a node names its place. */
static void fail_about_node(void **state)
{
    (void)state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const struct repli_yaml *m = parse(&a, "\n\nbox: 1\n");
    assert_fails(repli_yaml_fail(&m->items[0], &err, "box reaches %d mm", 214), &err, REPLI_DATA,
                 "f.yaml:3: box reaches 214 mm");
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tree),         cmocka_unit_test(empty),
        cmocka_unit_test(refused),      cmocka_unit_test(depth),
        cmocka_unit_test(size),         cmocka_unit_test(many_keys),
        cmocka_unit_test(typed_values), cmocka_unit_test(wrong_types),
        cmocka_unit_test(only),         cmocka_unit_test(fail_about_node),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
