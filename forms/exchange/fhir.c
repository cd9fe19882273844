/* Reading parts of a resource.  A part that is there but of the wrong kind refuses the resource: nothing is dropped
 * unseen. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange/exchange.h"
#include "repli/text.h"

void fhir_refuse(struct fhir *c, const char *fmt, ...)
{
    char text[512];
    va_list args;
    if (c->status != REPLI_OK)
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    c->status = repli_fail(c->err, REPLI_DATA, "%s", text);
}

const json_t *fhir_get(const json_t *object, const char *key)
{
    const json_t *v = json_object_get(object, key); /* NULL for what is no object */
    return json_is_null(v) ? NULL : v;
}

size_t fhir_count(const json_t *list)
{
    return json_is_array(list) ? json_array_size(list) : list ? 1 : 0;
}

const json_t *fhir_item(const json_t *list, size_t i)
{
    return json_is_array(list) ? json_array_get(list, i) : i == 0 ? list : NULL;
}

const char *fhir_text(struct fhir *c, const json_t *object, const char *key)
{
    const json_t *v = fhir_get(object, key);
    if (!v)
        return NULL;
    if (!json_is_string(v)) {
        fhir_refuse(c, "%s is no text", key);
        return NULL;
    }
    char *clean = repli_text_clean(c->a, json_string_value(v), json_string_length(v), NULL);
    return *clean ? clean : NULL;
}

bool fhir_flag(struct fhir *c, const json_t *object, const char *key, bool otherwise)
{
    const json_t *v = fhir_get(object, key);
    if (!v)
        return otherwise;
    if (!json_is_boolean(v))
        fhir_refuse(c, "%s is neither true nor false", key);
    return json_is_true(v);
}

const int64_t *fhir_time(struct fhir *c, const json_t *object, const char *key)
{
    int64_t utc;
    const char *text = fhir_text(c, object, key);
    if (!text)
        return NULL;
    if (!repli_fhir_time(text, c->imp->set.zone, &utc)) {
        fhir_refuse(c, "%s '%.60s' is no time", key, text);
        return NULL;
    }
    int64_t *out = repli_arena_alloc(c->a, sizeof *out);
    *out = utc;
    return out;
}

/* 37.0 stays "37.0": a decimal that was sent as one shows it.  15 significant digits are what a double carries. */
const char *fhir_decimal(struct fhir *c, const json_t *object, const char *key)
{
    char text[64];
    const json_t *v = fhir_get(object, key);
    if (!v)
        return NULL;
    if (json_is_integer(v))
        return repli_arena_printf(c->a, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
    if (!json_is_real(v)) {
        fhir_refuse(c, "%s is no number", key);
        return NULL;
    }
    double d = json_real_value(v);
    if (fabs(d) >= 1e15 || (d < 0 && d > -1e-9) || (d > 0 && d < 1e-9)) {
        fhir_refuse(c, "%s is a number too large or too small to print", key);
        return NULL;
    }
    snprintf(text, sizeof text, "%.15g", d);
    if (strchr(text, 'e')) { /* below 0.0001: twenty decimals hold them, trailing zeros go */
        snprintf(text, sizeof text, "%.20f", d);
        for (size_t n = strlen(text); n > 0 && text[n - 1] == '0'; n--)
            text[n - 1] = 0;
    }
    return repli_arena_printf(c->a, "%s%s", text, strchr(text, '.') ? "" : ".0");
}

bool fhir_is(const json_t *object, const char *key, const char *value)
{
    const char *s = json_string_value(json_object_get(object, key));
    return s && strcmp(s, value) == 0;
}

bool fhir_has_code(const json_t *concept, const char *system, const char *code)
{
    const json_t *codings = fhir_get(concept, "coding");
    for (size_t i = 0; i < fhir_count(codings); i++)
        if (fhir_is(fhir_item(codings, i), "code", code) &&
            (!system || fhir_is(fhir_item(codings, i), "system", system)))
            return true;
    return false;
}

struct fhir_code fhir_coding(struct fhir *c, const json_t *concept, const char *system)
{
    const json_t *codings = fhir_get(concept, "coding"), *best = NULL;
    for (size_t i = 0; i < fhir_count(codings); i++) {
        const json_t *one = fhir_item(codings, i);
        if (!fhir_get(one, "code"))
            continue;
        if (!best || (system && fhir_is(one, "system", system) && !fhir_is(best, "system", system)))
            best = one;
    }
    return (struct fhir_code){fhir_text(c, best, "system"), fhir_text(c, best, "code"), fhir_text(c, best, "display")};
}

const char *fhir_words(struct fhir *c, const json_t *concept)
{
    const char *text = fhir_text(c, concept, "text");
    const json_t *codings = fhir_get(concept, "coding");
    for (size_t i = 0; !text && i < fhir_count(codings); i++)
        text = fhir_text(c, fhir_item(codings, i), "display");
    for (size_t i = 0; !text && i < fhir_count(codings); i++)
        text = fhir_text(c, fhir_item(codings, i), "code");
    return text;
}

const char *fhir_join(struct fhir *c, const char *left, const char *between, const char *right)
{
    if (!left || !right)
        return left ? left : right;
    return repli_arena_printf(c->a, "%s%s%s", left, between, right);
}

const char *fhir_quantity(struct fhir *c, const json_t *quantity)
{
    const char *value = fhir_decimal(c, quantity, "value"), *unit = fhir_text(c, quantity, "unit");
    if (!unit)
        unit = fhir_text(c, quantity, "code");
    return value ? fhir_join(c, fhir_join(c, fhir_text(c, quantity, "comparator"), "", value), " ", unit) : NULL;
}
