/* Languages: English text is the key into templates/lang/XX.yaml.  Dates have textual months, numbers a comma. */
#include <stdio.h>
#include <string.h>

#include "form_internal.h"
#include "words.h"
#include "repli/text.h"

static enum repli_status load_months(const struct repli_yaml *root, const struct language *below, struct language *out,
                                     struct repli_err *err)
{
    const struct repli_yaml *months = repli_yaml_get(root, "months");
    if (!months && below) {
        memcpy(out->months, below->months, sizeof out->months);
        return REPLI_OK;
    }
    if (!months || months->kind != REPLI_YAML_LIST || months->count != 12)
        return repli_yaml_fail(months ? months : root, err, "`months` must be a list of the 12 months' short names");
    for (size_t i = 0; i < 12; i++) {
        if (months->items[i].kind != REPLI_YAML_SCALAR)
            return repli_yaml_fail(&months->items[i], err, "a month is a text");
        out->months[i] = months->items[i].text;
    }
    return REPLI_OK;
}

/* The program's languages have their numbers; another one says its own, which stands in the page code of its paper. */
static enum repli_status load_number(const struct repli_yaml *root, struct language *out, struct repli_err *err)
{
    int64_t number = 0;
    int known = repli_lang_number(out->code);
    const struct repli_yaml *node = repli_yaml_get(root, "number");
    if (known > 0 && node)
        return repli_yaml_fail(node, err, "the language %s has number %d for ever: leave `number` out", out->code,
                               known);
    if (known < 0 && !node)
        return repli_yaml_fail(root, err,
                               "`number` is missing: choose one from %d to %d that no language of this site ever had; "
                               "paper is read by it",
                               REPLI_OWN_LANG_MIN, REPLI_OWN_LANG_MAX);
    if (repli_yaml_int(root, "number", REPLI_OWN_LANG_MIN, REPLI_OWN_LANG_MAX, &number, err) != REPLI_OK)
        return REPLI_DATA;
    out->number = known > 0 ? known : (int)number;
    out->number_node = node;
    return REPLI_OK;
}

/* The next "{name}" in a text, with its braces; NULL: none. */
static const char *next_place(const char *text, size_t *len)
{
    for (const char *from = strchr(text, '{'); from; from = strchr(from + 1, '{')) {
        *len = 1 + strspn(from + 1, "abcdefghijklmnopqrstuvwxyz_");
        if (*len > 1 && from[*len] == '}') {
            ++*len;
            return from;
        }
    }
    return NULL;
}

/* Every place for a value that `in` has stands in `text`, too; *missing gets the first one that does not. */
static bool has_places(const char *in, const char *text, struct repli_arena *a, const char **missing)
{
    size_t len = 0;
    for (const char *p = next_place(in, &len); p; p = next_place(p + len, &len)) {
        *missing = repli_arena_strndup(a, p, len);
        if (!strstr(text, *missing))
            return false;
    }
    return true;
}

static size_t stars(const char *text)
{
    size_t n = 0;
    for (; *text; text++)
        n += *text == '*';
    return n;
}

/* What a translation must have in common with its English. */
static enum repli_status check_text(const struct repli_yaml *t, struct repli_arena *a, struct repli_err *err)
{
    const char *place = NULL;
    if (t->kind != REPLI_YAML_SCALAR)
        return repli_yaml_fail(t, err, "a translation is a text: put it in quotes");
    if (!has_places(t->key, t->text, a, &place))
        return repli_yaml_fail(t, err, "\"%s\" lacks %s, where a value is put: write it into the translation", t->text,
                               place);
    if (!has_places(t->text, t->key, a, &place))
        return repli_yaml_fail(t, err, "\"%s\" has %s, which the English has not: no value comes there", t->text,
                               place);
    if (stars(t->text) % 2 != stars(t->key) % 2)
        return repli_yaml_fail(
            t, err, "\"%s\" has a star without its partner: *stars* stand on both sides of bold words", t->text);
    return REPLI_OK;
}

const struct repli_yaml *repli_lang_node(const struct repli_form *form, const char *text)
{
    const struct repli_yaml *maps[] = {form->language.texts, form->language.below};
    for (size_t i = 0; i < form->nused; i++)
        for (size_t m = 0; m < 2 && strstr(form->used[i].text, text); m++) {
            const struct repli_yaml *node = repli_yaml_get(maps[m], form->used[i].english);
            if (node && strcmp(node->text, form->used[i].text) == 0)
                return node;
        }
    return NULL;
}

enum repli_status repli_lang_load(const struct template_text *from, const struct language *below, struct repli_arena *a,
                                  struct language *out, struct repli_err *err)
{
    static const char *const allowed[] = {"language", "number", "months", "texts", NULL};
    struct repli_yaml *root = NULL;
    struct language l = {.file = from->file, .below = below ? below->texts : NULL};
    if (repli_yaml_parse(from->file, from->text, from->len, a, &root, err) != REPLI_OK ||
        repli_yaml_only(root, allowed, err) != REPLI_OK || repli_yaml_text(root, "language", &l.code, err) != REPLI_OK)
        return REPLI_DATA;
    if (!l.code)
        return repli_yaml_fail(root, err, "`language` is missing: write the two letters of this file's language");
    if (load_number(root, &l, err) != REPLI_OK || load_months(root, below, &l, err) != REPLI_OK)
        return REPLI_DATA;
    l.texts = repli_yaml_get(root, "texts");
    if (!l.texts || l.texts->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(l.texts ? l.texts : root, err,
                               "`texts` must be a list of \"English text: translation\"");
    for (size_t i = 0; i < l.texts->count; i++)
        if (check_text(&l.texts->items[i], a, err) != REPLI_OK)
            return REPLI_DATA;
    *out = l;
    return REPLI_OK;
}

const char *repli_form_text(struct repli_form *form, const char *english)
{
    for (size_t i = 0; i < form->nused; i++)
        if (strcmp(form->used[i].english, english) == 0)
            return form->used[i].text;
    const struct repli_yaml *found = repli_yaml_get(form->language.texts, english);
    if (!found)
        found = repli_yaml_get(form->language.below, english);
    if (form->nused == form->capused) {
        size_t cap = form->capused ? form->capused * 2 : 128;
        form->used = repli_arena_grow(&form->arena, form->used, form->capused, cap, sizeof *form->used);
        form->missing = repli_arena_grow(&form->arena, form->missing, form->capused, cap, sizeof *form->missing);
        form->missing_lines =
            repli_arena_grow(&form->arena, form->missing_lines, form->capused, cap, sizeof *form->missing_lines);
        form->capused = cap;
    }
    struct used_text *u = &form->used[form->nused++];
    u->english = repli_arena_strdup(&form->arena, english);
    u->text = found ? repli_arena_strdup(&form->arena, found->text) : u->english;
    if (!found && strcmp(form->lang, "en") != 0) {
        form->missing_lines[form->nmissing] = form->line;
        form->missing[form->nmissing++] = u->english;
    }
    return u->text;
}

const char *repli_form_word(const struct repli_form *form, const char *english)
{
    const struct repli_yaml *text = repli_yaml_get(form->language.texts, english);
    return text && text->kind == REPLI_YAML_SCALAR && *text->text ? text->text : english;
}

static bool uses(const struct repli_form *form, const char *english)
{
    for (size_t i = 0; form && i < form->nused; i++)
        if (strcmp(form->used[i].english, english) == 0)
            return true;
    return false;
}

const char *repli_forms_unused(struct repli_form *const *forms, size_t count, size_t *at, const char **file, int *line)
{
    const struct language *l = NULL;
    for (size_t i = 0; i < count && !l; i++)
        l = forms[i] ? &forms[i]->language : NULL;
    for (; l && l->own && *at < l->texts->count; ++*at) {
        const struct repli_yaml *t = &l->texts->items[*at];
        bool used = repli_report_says(t->key) || repli_filed_says(t->key);
        for (size_t i = 0; i < count && !used; i++)
            used = uses(forms[i], t->key);
        if (used)
            continue;
        *file = l->file;
        *line = t->line;
        ++*at;
        return t->key;
    }
    return NULL;
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
