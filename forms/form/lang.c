/* Languages: English text is the key into templates/lang/XX.yaml.  Dates have textual months, numbers a comma. */
#include <stdio.h>
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

static enum repli_status load_months(const struct repli_yaml *root, struct language *out, struct repli_err *err)
{
    const struct repli_yaml *months = repli_yaml_get(root, "months");
    if (!months || months->kind != REPLI_YAML_LIST || months->count != 12)
        return repli_yaml_fail(months ? months : root, err, "`months` must be a list of the 12 months' short names");
    for (size_t i = 0; i < 12; i++) {
        if (months->items[i].kind != REPLI_YAML_SCALAR)
            return repli_yaml_fail(&months->items[i], err, "a month is a text");
        out->months[i] = months->items[i].text;
    }
    return REPLI_OK;
}

enum repli_status repli_lang_load(const char *file, const char *data, size_t len, struct repli_arena *a,
                                  struct language *out, struct repli_err *err)
{
    static const char *const allowed[] = {"language", "months", "texts", NULL};
    struct repli_yaml *root = NULL;
    struct language l = {0};
    if (repli_yaml_parse(file, data, len, a, &root, err) != REPLI_OK ||
        repli_yaml_only(root, allowed, err) != REPLI_OK ||
        repli_yaml_text(root, "language", &l.code, err) != REPLI_OK || load_months(root, &l, err) != REPLI_OK)
        return REPLI_DATA;
    if (!l.code)
        return repli_yaml_fail(root, err, "`language` is missing: write the two letters of this file's language");
    l.texts = repli_yaml_get(root, "texts");
    if (!l.texts || l.texts->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(l.texts ? l.texts : root, err,
                               "`texts` must be a list of \"English text: translation\"");
    for (size_t i = 0; i < l.texts->count; i++)
        if (l.texts->items[i].kind != REPLI_YAML_SCALAR)
            return repli_yaml_fail(&l.texts->items[i], err, "a translation is a text: put it in quotes");
    *out = l;
    return REPLI_OK;
}

const char *repli_form_text(struct repli_form *form, const char *english)
{
    for (size_t i = 0; i < form->nused; i++)
        if (strcmp(form->used[i].english, english) == 0)
            return form->used[i].text;
    const struct repli_yaml *found = repli_yaml_get(form->language.texts, english);
    if (form->nused == form->capused) {
        size_t cap = form->capused ? form->capused * 2 : 128;
        form->used = repli_arena_grow(&form->arena, form->used, form->capused, cap, sizeof *form->used);
        form->missing = repli_arena_grow(&form->arena, form->missing, form->capused, cap, sizeof *form->missing);
        form->capused = cap;
    }
    struct used_text *u = &form->used[form->nused++];
    u->english = repli_arena_strdup(&form->arena, english);
    u->text = found ? repli_arena_strdup(&form->arena, found->text) : u->english;
    if (!found && strcmp(form->lang, "en") != 0)
        form->missing[form->nmissing++] = u->english;
    return u->text;
}

const char *repli_form_word(const struct repli_form *form, const char *english)
{
    const struct repli_yaml *text = repli_yaml_get(form->language.texts, english);
    return text && text->kind == REPLI_YAML_SCALAR && *text->text ? text->text : english;
}

const char *repli_form_used(const struct repli_form *form, const char *english)
{
    for (size_t i = 0; i < form->nused; i++)
        if (strcmp(form->used[i].english, english) == 0)
            return form->used[i].text;
    return english;
}

char *repli_form_put(const char *pattern, const char *name, const char *value, struct repli_arena *a)
{
    struct repli_buf b = {0};
    char *mark = repli_arena_printf(a, "{%s}", name);
    size_t n = strlen(mark);
    for (const char *p = pattern;;) {
        const char *hit = strstr(p, mark);
        repli_buf_add(&b, p, hit ? (size_t)(hit - p) : strlen(p));
        if (!hit)
            break;
        repli_buf_puts(&b, value);
        p = hit + n;
    }
    char *out = repli_arena_strndup(a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    return out;
}

char *repli_form_date(const struct repli_form *form, const char *iso, struct repli_arena *a)
{
    int y = 0, m = 0, d = 0;
    if (!iso || !repli_date_valid(iso))
        return NULL;
    int n = sscanf(iso, "%4d-%2d-%2d", &y, &m, &d);
    if (n >= 2 && (m < 1 || m > 12))
        return NULL;
    if (n == 3)
        return repli_arena_printf(a, "%02d-%s-%04d", d, form->language.months[m - 1], y);
    return n == 2 ? repli_arena_printf(a, "%s-%04d", form->language.months[m - 1], y)
                  : repli_arena_printf(a, "%04d", y);
}

char *repli_form_time(const struct repli_form *form, const struct repli_zone *zone, int64_t utc, bool year,
                      struct repli_arena *a)
{
    struct repli_civil c;
    repli_zone_civil(zone, utc, &c);
    const char *month = form->language.months[(c.month + 11) % 12];
    char fold[3] = {c.fold ? ' ' : 0, c.fold, 0};
    if (year)
        return repli_arena_printf(a, "%02d-%s-%04d %02d:%02d%s", c.day, month, c.year, c.hour, c.minute, fold);
    return repli_arena_printf(a, "%02d-%s %02d:%02d%s", c.day, month, c.hour, c.minute, fold);
}

char *repli_form_decimal(const char *number, struct repli_arena *a)
{
    double v = 0;
    char *text = repli_arena_strdup(a, number);
    char *point = text && repli_number(text, &v) ? strchr(text, '.') : NULL;
    if (point)
        *point = ',';
    return text;
}
