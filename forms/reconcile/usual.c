/* Values that are asked again: a jump from the column beside, ten times too much, another unit.  The numbers are data
** (templates/checks.yaml); nothing is refused here for good, and no value that somebody else keyed is ever told. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile/review_internal.h"
#include "repli/asset.h"
#include "repli/file.h"
#include "repli/pagecode.h"
#include "repli/text.h"
#include "repli/yaml.h"

#define CHECKS_FILE "templates/checks.yaml"
#define CHECKS_MAX  (1u << 20)

struct other_unit {
    const char *name;
    double factor;
};
struct rule {
    const char *code;
    double jump; /* 0: none */
    struct other_unit *units;
    size_t nunits;
};
struct review_usual {
    double from, to; /* tenfold */
    struct rule *rules;
    size_t count;
};

/* ---- the file */

static enum repli_status read_units(const struct repli_yaml *list, struct rule *rule, struct repli_arena *a,
                                    struct repli_err *err)
{
    static const char *const allowed[] = {"name", "factor", NULL};
    enum repli_status s = REPLI_OK;
    rule->units = repli_arena_array(a, list ? list->count : 0, sizeof *rule->units);
    for (size_t i = 0; list && s == REPLI_OK && i < list->count; i++) {
        struct other_unit *u = &rule->units[rule->nunits++];
        s = repli_yaml_only(&list->items[i], allowed, err);
        if (s == REPLI_OK)
            s = repli_yaml_text(&list->items[i], "name", &u->name, err);
        if (s == REPLI_OK)
            s = repli_yaml_number(&list->items[i], "factor", 1e-6, 1e6, &u->factor, err);
        if (s == REPLI_OK && (!u->name || u->factor <= 0))
            s = repli_yaml_fail(&list->items[i], err, "a unit needs a name and a factor");
    }
    return s;
}

static enum repli_status read_rule(const struct repli_yaml *map, struct rule *rule, struct repli_arena *a,
                                   struct repli_err *err)
{
    static const char *const allowed[] = {"code", "name", "jump", "units", "source", NULL};
    const char *source = NULL;
    enum repli_status s = repli_yaml_only(map, allowed, err);
    if (s == REPLI_OK)
        s = repli_yaml_text(map, "code", &rule->code, err);
    if (s == REPLI_OK)
        s = repli_yaml_number(map, "jump", 0, 1e6, &rule->jump, err);
    if (s == REPLI_OK)
        s = repli_yaml_text(map, "source", &source, err);
    if (s == REPLI_OK && (!rule->code || !source || !*source))
        s = repli_yaml_fail(map, err, "a value needs its code, and the source of what is asked");
    return s == REPLI_OK ? read_units(repli_yaml_get(map, "units"), rule, a, err) : s;
}

static enum repli_status parse(const char *file, const char *text, size_t len, struct repli_arena *a,
                               struct review_usual *u, struct repli_err *err)
{
    static const char *const allowed[] = {"tenfold", "values", NULL}, *const ten[] = {"from", "to", "source", NULL};
    struct repli_yaml *root = NULL;
    enum repli_status s = repli_yaml_parse(file, text, len, a, &root, err);
    if (s == REPLI_OK)
        s = repli_yaml_only(root, allowed, err);
    const struct repli_yaml *tenfold = s == REPLI_OK ? repli_yaml_get(root, "tenfold") : NULL,
                            *values = s == REPLI_OK ? repli_yaml_get(root, "values") : NULL;
    if (s == REPLI_OK && tenfold)
        s = repli_yaml_only(tenfold, ten, err);
    if (s == REPLI_OK && tenfold)
        s = repli_yaml_number(tenfold, "from", 1.1, 100, &u->from, err);
    if (s == REPLI_OK && tenfold)
        s = repli_yaml_number(tenfold, "to", 1.1, 100, &u->to, err);
    if (s == REPLI_OK && values && values->kind != REPLI_YAML_LIST)
        s = repli_yaml_fail(values, err, "'values' is a list");
    u->rules = repli_arena_array(a, values ? values->count : 0, sizeof *u->rules);
    for (size_t i = 0; s == REPLI_OK && values && i < values->count; i++)
        s = read_rule(&values->items[i], &u->rules[u->count++], a, err);
    return s;
}

enum repli_status review_usual_open(const struct repli_site *site, struct repli_arena *a, struct review_usual **usual,
                                    struct repli_err *err)
{
    const char *own = site->templates ? repli_arena_printf(a, "%s/checks.yaml", site->templates) : NULL;
    const struct repli_asset *packed = repli_asset_get(CHECKS_FILE);
    struct review_usual *u = repli_arena_alloc(a, sizeof *u);
    char *text = NULL;
    size_t len = 0;
    enum repli_status s = REPLI_OK;
    if (own && repli_file_exists(own)) {
        s = repli_file_read(own, CHECKS_MAX, a, &text, &len, err);
        if (s == REPLI_OK)
            s = parse(own, text, len, a, u, err);
    } else if (packed) {
        s = parse(CHECKS_FILE, (const char *)packed->data, packed->len, a, u, err);
    }
    if (s == REPLI_OK)
        *usual = u;
    return s;
}

/* ---- what a value is held against */

/* "col12.at" -> 12, with where its digits begin and end; the last number of an id counts its columns or rows. */
static int64_t place_of(const char *id, size_t *from, size_t *to)
{
    size_t end = strlen(id);
    while (end > 0 && !(id[end - 1] >= '0' && id[end - 1] <= '9'))
        end--;
    size_t begin = end;
    while (begin > 0 && id[begin - 1] >= '0' && id[begin - 1] <= '9')
        begin--;
    *from = begin;
    *to = end;
    return end > begin && end - begin < 6 ? strtoll(id + begin, NULL, 10) : -1;
}

int64_t review_column(const struct repli_field *f, const struct repli_field *other)
{
    size_t from = 0, to = 0, from2 = 0, to2 = 0;
    if (f->kind != other->kind || place_of(f->id, &from, &to) < 0)
        return -1;
    int64_t at = place_of(other->id, &from2, &to2);
    if (at < 0 || from != from2 || strncmp(f->id, other->id, from) != 0 || strcmp(f->id + to, other->id + to2) != 0)
        return -1;
    return at;
}

const char *review_known(const struct review_field *f, const char *by)
{
    if (f->settled.answer)
        return strcmp(f->settled.answer, "value") == 0 ? f->settled.value : NULL;
    for (int n = NEED_KEY1; n < NEED_COUNT; n++)
        if (f->answers[n] && f->answers[n]->value && strcmp(f->answers[n]->person, by) == 0)
            return f->answers[n]->value;
    return NULL;
}

const struct repli_capture *review_capture(const struct review_sheet *sheet, const struct review_field *f,
                                           const char *role)
{
    size_t index = (size_t)(f - sheet->fields);
    for (size_t c = 0; c < sheet->map->ncaptures; c++)
        for (size_t m = 0; m < sheet->map->captures[c].nmembers; m++)
            if (sheet->map->captures[c].fields[m] == index && strcmp(sheet->map->captures[c].roles[m], role) == 0)
                return &sheet->map->captures[c];
    return NULL;
}

/* The value of the nearest column before, else after; false: none is known. */
static bool beside(const struct review_sheet *sheet, const struct review_field *f, const char *by, double *value)
{
    int64_t mine = review_column(f->field, f->field), best = -1;
    for (size_t i = 0; mine >= 0 && i < sheet->count; i++) {
        const struct review_field *other = &sheet->fields[i];
        int64_t at = other == f ? -1 : review_column(f->field, other->field);
        const char *text = at < 0 ? NULL : review_known(other, by);
        double v = 0;
        bool nearer = best < 0 || (at < mine ? best > mine || at > best : best > mine && at < best);
        if (text && nearer && repli_number(text, &v)) {
            best = at;
            *value = v;
        }
    }
    return best >= 0;
}

/* A number in a JSON value: 5, "5", "5.0". */
static bool json_figure(const json_t *v, double *out)
{
    if (json_is_number(v))
        *out = json_number_value(v);
    return json_is_number(v) || (json_is_string(v) && repli_number(json_string_value(v), out));
}

static bool tenfold(const struct review_usual *u, double v, double reference)
{
    if (u->from <= 0 || v <= 0 || reference <= 0)
        return false;
    double times = v > reference ? v / reference : reference / v;
    return times >= u->from && times <= u->to;
}

static bool in_soft(const struct repli_range *r, double v)
{
    return (!r->has_low || v >= r->low) && (!r->has_high || v <= r->high);
}

/* ---- the questions */

#define AGAIN "look again, and repeat it with \"sure\":true if that is what the paper says"

static const char *odd_dose(const struct review_usual *u, const json_t *key, const char *value, double v,
                            struct repli_arena *a, const char **name)
{
    const char *unit = json_string_value(json_object_get(key, "dose_unit"));
    double printed = 0;
    if (!json_figure(json_object_get(key, "dose"), &printed) || !tenfold(u, v, printed))
        return NULL;
    char text[32];
    repli_number_format(printed, 6, text);
    *name = "tenfold";
    return repli_arena_printf(a,
                              "%s is about ten times more or less than the printed dose of %s%s%s: is the comma in "
                              "its place? " AGAIN,
                              value, text, unit ? " " : "", unit ? unit : "");
}

static const char *odd_observation(const struct review_usual *u, const struct rule *rule, const struct review_field *f,
                                   bool known, double reference, const char *what, const char *value, double v,
                                   struct repli_arena *a, const char **name)
{
    if (known && tenfold(u, v, reference)) {
        *name = "tenfold";
        return repli_arena_printf(a, "%s is about ten times more or less than %s: is the comma in its place? " AGAIN,
                                  value, what);
    }
    for (size_t i = 0; i < rule->nunits; i++)
        if (!in_soft(&f->field->soft, v) && in_soft(&f->field->soft, v * rule->units[i].factor)) {
            char there[32];
            repli_number_format(v * rule->units[i].factor, 0, there);
            *name = "unit";
            return repli_arena_printf(a,
                                      "%s %s is unusual, and would be %s if %s was written: which unit is it? " AGAIN,
                                      value, f->field->unit ? f->field->unit : "", there, rule->units[i].name);
        }
    if (known && rule->jump > 0 && fabs(v - reference) > rule->jump + 1e-9) {
        char step[32];
        repli_number_format(rule->jump, 3, step);
        *name = "jump";
        return repli_arena_printf(a, "%s is more than %s away from %s: " AGAIN, value, step, what);
    }
    return NULL;
}

static const struct rule *rule_of(const struct review_usual *u, const json_t *key)
{
    const char *code = json_string_value(json_object_get(key, "code"));
    for (size_t i = 0; code && i < u->count; i++)
        if (strcmp(u->rules[i].code, code) == 0)
            return &u->rules[i];
    return NULL;
}

const char *review_odd_value(const struct review_usual *u, const struct review_sheet *sheet,
                             const struct review_field *f, const char *value, const char *by, struct repli_arena *a,
                             const char **name)
{
    const struct repli_capture *c = review_capture(sheet, f, "value");
    double v = 0, reference = 0;
    bool person = sheet->row->subject_kind != REPLI_SUBJECT_WARD && sheet->row->subject_kind != REPLI_SUBJECT_SITE;
    if (!c || !c->key || !person || !review_number(f->field) || !repli_number(value, &v))
        return NULL;
    const char *why = NULL;
    json_t *key = json_loads(c->key, 0, NULL);
    const struct rule *rule = strcmp(c->kind, "observation") == 0 ? rule_of(u, key) : NULL;
    if (rule) {
        json_t *base = c->base ? json_loads(c->base, JSON_DECODE_ANY, NULL) : NULL;
        bool printed = !beside(sheet, f, by, &reference) &&
                       (json_figure(base, &reference) || json_figure(json_object_get(key, "last"), &reference));
        bool known = printed || beside(sheet, f, by, &reference);
        why = odd_observation(u, rule, f, known, reference,
                              printed ? "the printed value" : "the column beside it on this sheet", value, v, a, name);
        json_decref(base);
    } else if (strcmp(c->kind, "administration") == 0) {
        why = odd_dose(u, key, value, v, a, name);
    }
    json_decref(key);
    return why;
}
