/* Any bytes as a YAML file; what is accepted keeps the promises of yaml.h. */
#include <assert.h>
#include <string.h>

#include "repli/text.h"
#include "repli/yaml.h"

static void check(const struct repli_yaml *n, const char *file, int depth)
{
    assert(depth <= 34 && n->line >= 1 && strcmp(n->file, file) == 0);
    assert((n->kind == REPLI_YAML_SCALAR) == (n->text != NULL));
    assert(!n->text || repli_utf8_valid(n->text, strlen(n->text)));
    for (size_t i = 0; i < n->count; i++) {
        assert((n->kind == REPLI_YAML_MAP) == (n->items[i].key != NULL));
        if (n->items[i].key)
            assert(repli_yaml_get(n, n->items[i].key) == &n->items[i]); /* no twins */
        check(&n->items[i], file, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const allowed[] = {"id", "rows", NULL};
    struct repli_arena a = {0};
    struct repli_yaml *root = NULL;
    struct repli_err err = {0};
    if (repli_yaml_parse("fuzz.yaml", (const char *)data, size, &a, &root, &err) == REPLI_OK) {
        check(root, "fuzz.yaml", 1);
        int64_t i = 0;
        double d = 0;
        bool b = false;
        enum repli_status st[] = {
            repli_yaml_only(root, allowed, &err),
            repli_yaml_int(root, "id", -5, 5, &i, NULL),
            repli_yaml_number(root, "id", -5, 5, &d, NULL),
            repli_yaml_bool(root, "id", &b, NULL),
        };
        for (size_t k = 0; k < sizeof st / sizeof *st; k++)
            assert(st[k] == REPLI_OK || st[k] == REPLI_DATA);
        assert(i >= -5 && i <= 5 && d >= -5 && d <= 5);
    } else {
        assert(root == NULL && err.status == REPLI_DATA && strncmp(err.text, "fuzz.yaml:", 10) == 0);
    }
    repli_arena_done(&a);
    return 0;
}
