/* Typed access to the tree that yaml.c builds. */
#include "repli/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/text.h"

const struct repli_yaml *repli_yaml_get(const struct repli_yaml *map, const char *key)
{
    if (!map || map->kind != REPLI_YAML_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->items[i].key, key) == 0)
            return &map->items[i];
    return NULL;
}

enum repli_status repli_yaml_fail(const struct repli_yaml *node, struct repli_err *err, const char *fmt, ...)
{
    char text[sizeof err->text];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap); /* what does not fit here does not fit into `err` behind file:line either */
    va_end(ap);
    return repli_fail(err, REPLI_DATA, "%s:%d: %s", node->file, node->line, text);
}

/* What stands where another type was expected, for an error text. */
static const char *what(const struct repli_yaml *n)
{
    return n->kind == REPLI_YAML_LIST ? "a list" : n->kind == REPLI_YAML_MAP ? "a group of keys" : n->text;
}

static enum repli_status wrong(const struct repli_yaml *n, struct repli_err *err, const char *expected)
{
    bool is_text = n->kind == REPLI_YAML_SCALAR;
    const char *mark = !is_text ? "" : n->quoted ? "\"" : "'";
    return repli_yaml_fail(n, err, "'%s' must be %s, not %s%s%s", n->key, expected, mark, what(n), mark);
}

/* A missing value and one of another kind than text. */
static enum repli_status find(const struct repli_yaml *map, const char *key, const char *expected,
                              const struct repli_yaml **found, struct repli_err *err)
{
    const struct repli_yaml *n = repli_yaml_get(map, key);
    if (n && n->kind != REPLI_YAML_SCALAR)
        return wrong(n, err, expected);
    *found = n;
    return REPLI_OK;
}

enum repli_status repli_yaml_text(const struct repli_yaml *map, const char *key, const char **out,
                                  struct repli_err *err)
{
    const struct repli_yaml *n = NULL;
    enum repli_status st = find(map, key, "a text", &n, err);
    if (st == REPLI_OK && n)
        *out = n->text;
    return st;
}

enum repli_status repli_yaml_int(const struct repli_yaml *map, const char *key, int64_t min, int64_t max, int64_t *out,
                                 struct repli_err *err)
{
    char expected[96];
    snprintf(expected, sizeof expected, "a whole number from %lld to %lld", (long long)min, (long long)max);
    const struct repli_yaml *n = NULL;
    enum repli_status st = find(map, key, expected, &n, err);
    if (st != REPLI_OK || !n)
        return st;
    if (n->quoted || !repli_integer(n->text, min, max, out))
        return wrong(n, err, expected);
    return REPLI_OK;
}

/* A bound of a range as people write it; the largest doubles stand for "no bound". */
static void bound_text(double v, char out[32])
{
    if (v > -1e15 && v < 1e15)
        repli_number_format(v, 6, out);
    else
        snprintf(out, 32, "%s", v < 0 ? "any" : "any size");
}

enum repli_status repli_yaml_number(const struct repli_yaml *map, const char *key, double min, double max, double *out,
                                    struct repli_err *err)
{
    char low[32], high[32], expected[128];
    bound_text(min, low);
    bound_text(max, high);
    snprintf(expected, sizeof expected, "a number from %s to %s (with a point, without exponent)", low, high);
    const struct repli_yaml *n = NULL;
    enum repli_status st = find(map, key, expected, &n, err);
    if (st != REPLI_OK || !n)
        return st;
    double v = 0;
    if (n->quoted || !repli_number(n->text, &v) || v < min || v > max)
        return wrong(n, err, expected);
    *out = v;
    return REPLI_OK;
}

enum repli_status repli_yaml_bool(const struct repli_yaml *map, const char *key, bool *out, struct repli_err *err)
{
    static const char expected[] = "true or false (yes or no)";
    const struct repli_yaml *n = NULL;
    enum repli_status st = find(map, key, expected, &n, err);
    if (st != REPLI_OK || !n)
        return st;
    bool yes = strcmp(n->text, "true") == 0 || strcmp(n->text, "yes") == 0;
    bool no = strcmp(n->text, "false") == 0 || strcmp(n->text, "no") == 0;
    if (n->quoted || (!yes && !no))
        return wrong(n, err, expected);
    *out = yes;
    return REPLI_OK;
}

/* Levenshtein's distance, one row at a time; words longer than 63 bytes count as far away. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64], nb = strlen(b);
    if (strlen(a) > 63 || nb > 63)
        return SIZE_MAX;
    for (size_t j = 0; j <= nb; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t gap = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < gap ? change : gap;
        }
    }
    return row[nb];
}

enum repli_status repli_yaml_only(const struct repli_yaml *map, const char *const *allowed, struct repli_err *err)
{
    if (!map)
        return REPLI_OK;
    if (map->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(map, err, "%s%s%sexpected keys (name: value), not %s", map->key ? "'" : "",
                               map->key ? map->key : "", map->key ? "': " : "", what(map));
    for (size_t i = 0; i < map->count; i++) {
        const char *key = map->items[i].key, *nearest = NULL;
        size_t best = SIZE_MAX;
        for (size_t k = 0; allowed[k]; k++) {
            size_t d = distance(key, allowed[k]);
            if (d < best || !nearest) {
                best = d;
                nearest = allowed[k];
            }
        }
        if (best != 0 && nearest)
            return repli_yaml_fail(&map->items[i], err, "unknown key '%s' (did you mean '%s'?)", key, nearest);
        if (!nearest)
            return repli_yaml_fail(&map->items[i], err, "unknown key '%s' (no keys are allowed here)", key);
    }
    return REPLI_OK;
}
