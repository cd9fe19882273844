/* How drugs are printed.  What must never stand on paper (U, IU, mcg, QD, 1.0 mg, .5 mg ...) becomes words, what is
** easily taken for another drug gets its tall letters, what harms most is marked: all by lists of the template, which
** the hospital's pharmacist owns.  A text is only ever made clearer; what no list names is printed as it was sent. */
#include "drugs.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "repli/text.h"

/* ---- loading */
static enum repli_status load_words(struct repli_form *form, const struct repli_yaml *map, const char *key, bool fold,
                                    const char ***out, size_t *count, struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(map, key);
    if (!list)
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST)
        return repli_yaml_fail(list, err, "`%s` must be a list of words", key);
    *out = repli_arena_array(&form->arena, list->count + 1, sizeof **out);
    for (size_t i = 0; i < list->count; i++) {
        const struct repli_yaml *w = &list->items[i];
        if (w->kind != REPLI_YAML_SCALAR || !*w->text)
            return repli_yaml_fail(w, err, "a word of `%s` is a text", key);
        (*out)[(*count)++] = fold ? repli_text_fold(&form->arena, w->text) : w->text;
    }
    return REPLI_OK;
}

/* A map "as it is sent: English words"; the words are translated. */
static enum repli_status load_pairs(struct repli_form *form, const struct repli_yaml *map, const char *key, bool fold,
                                    struct drug_pair **out, size_t *count, struct repli_err *err)
{
    const struct repli_yaml *pairs = repli_yaml_get(map, key);
    if (!pairs)
        return REPLI_OK;
    if (pairs->kind != REPLI_YAML_MAP)
        return repli_yaml_fail(pairs, err, "`%s` must be a list of \"as it is sent: English words\"", key);
    *out = repli_arena_array(&form->arena, pairs->count + 1, sizeof **out);
    for (size_t i = 0; i < pairs->count; i++) {
        struct drug_pair *p = &(*out)[*count];
        if (repli_load_text(form, pairs, pairs->items[i].key, true, &p->to, err) != REPLI_OK)
            return REPLI_DATA;
        p->from = fold ? repli_text_fold(&form->arena, pairs->items[i].key) : pairs->items[i].key;
        (*count)++;
    }
    return REPLI_OK;
}

static enum repli_status load_classes(struct repli_form *form, const struct repli_yaml *map, const char *key,
                                      struct drug_class **out, size_t *count, struct repli_err *err)
{
    static const char *const keys[] = {"class", "words", "routes", NULL};
    const struct repli_yaml *list = repli_yaml_get(map, key);
    if (!list)
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST)
        return repli_yaml_fail(list, err, "`%s` must be a list of classes", key);
    *out = repli_arena_array(&form->arena, list->count + 1, sizeof **out);
    for (size_t i = 0; i < list->count; i++) {
        struct drug_class *c = &(*out)[(*count)++];
        if (repli_yaml_only(&list->items[i], keys, err) != REPLI_OK ||
            load_words(form, &list->items[i], "words", true, &c->words, &c->nwords, err) != REPLI_OK ||
            load_words(form, &list->items[i], "routes", true, &c->routes, &c->nroutes, err) != REPLI_OK)
            return REPLI_DATA;
        if (c->nwords == 0)
            return repli_yaml_fail(&list->items[i], err, "`words` is missing: names by which the class is known");
    }
    return REPLI_OK;
}

enum repli_status repli_drugs_load(struct repli_form *form, const struct repli_yaml *root, struct drugs **out,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"high_alert", "allergy_groups", "tall_man", "as_needed",   "once",
                                       "units",      "routes",         "words",    "frequencies", NULL};
    const struct repli_yaml *node = repli_yaml_get(root, "drugs");
    if (!node)
        return REPLI_OK;
    struct drugs *d = repli_arena_alloc(&form->arena, sizeof *d);
    if (repli_yaml_only(node, keys, err) != REPLI_OK ||
        load_classes(form, node, "high_alert", &d->high_alert, &d->nhigh_alert, err) != REPLI_OK ||
        load_classes(form, node, "allergy_groups", &d->allergy_groups, &d->nallergy_groups, err) != REPLI_OK ||
        load_words(form, node, "tall_man", false, &d->tall_man, &d->ntall_man, err) != REPLI_OK ||
        load_words(form, node, "as_needed", true, &d->as_needed, &d->nas_needed, err) != REPLI_OK ||
        load_words(form, node, "once", true, &d->once, &d->nonce, err) != REPLI_OK ||
        load_pairs(form, node, "units", true, &d->units, &d->nunits, err) != REPLI_OK ||
        load_pairs(form, node, "routes", true, &d->routes, &d->nroutes, err) != REPLI_OK ||
        load_pairs(form, node, "frequencies", true, &d->frequencies, &d->nfrequencies, err) != REPLI_OK ||
        load_pairs(form, node, "words", false, &d->words, &d->nwords, err) != REPLI_OK)
        return REPLI_DATA;
    *out = d;
    if (!repli_yaml_get(node, "frequencies")) /* a form that asks what is due, and prints no rhythm */
        return REPLI_OK;
    d->times_a_day = repli_form_text(form, "{n} times a day");
    d->once_a_day = repli_form_text(form, "once a day");
    d->every_hours = repli_form_text(form, "every {n} h");
    d->every_days = repli_form_text(form, "every {n} days");
    d->times_a_week = repli_form_text(form, "{n} times a week");
    d->times_in = repli_form_text(form, "{n} times in {p}");
    return REPLI_OK;
}

/* ---- numbers: a comma, a digit before it, no zeros at its end, no signs between thousands */

/* Of a dose from 10 000 on: groups of three with a narrow blank, at which no line ends. */
static void put_whole(struct repli_buf *b, const char *digits, size_t n, bool groups)
{
    for (size_t i = 0; i < n; i++) {
        if (groups && i > 0 && (n - i) % 3 == 0)
            repli_buf_puts(b, "\xE2\x80\xAF");
        repli_buf_add(b, digits + i, 1);
    }
}

static void put_number(struct repli_buf *b, const char *digits, size_t n, bool groups)
{
    const char *point = memchr(digits, '.', n);
    size_t whole = point ? (size_t)(point - digits) : n, places = point ? n - whole - 1 : 0;
    while (places > 0 && point[places] == '0')
        places--;
    if (whole == 0)
        repli_buf_puts(b, "0");
    put_whole(b, digits, whole, groups && whole > 4);
    if (places > 0) {
        repli_buf_puts(b, ",");
        repli_buf_add(b, point + 1, places);
    }
}

const char *repli_drug_number(const char *sent, struct repli_arena *a)
{
    double v = 0;
    struct repli_buf b = {0};
    size_t n = strlen(sent);
    bool bare = n > 1 && sent[0] == '.' && strspn(sent + 1, "0123456789") == n - 1;
    if (!bare && !repli_number(sent, &v))
        return sent;
    if (*sent == '-')
        repli_buf_puts(&b, "-");
    put_number(&b, sent + (*sent == '-'), n - (*sent == '-'), true);
    const char *text = repli_arena_strndup(a, b.data, b.len);
    repli_buf_done(&b);
    return text;
}

/* ---- running text */
static bool letter(char c)
{
    return isalpha((unsigned char)c) || (c & 0x80);
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number inside a text: digits with one point.  "1.2.3" and "12.03.2026" are none.  Nor is "25.000": what a sender
** calls so may be twenty-five or, as packs are labelled here, twenty-five thousand, and stays as it came. */
static size_t number_at(const char *text, const char *p)
{
    size_t whole = strspn(p, "0123456789"), n = whole;
    bool before = p > text && (digit(p[-1]) || p[-1] == '.' || p[-1] == ',' || letter(p[-1]));
    if (before || (whole == 0 && !(p[0] == '.' && digit(p[1]))))
        return 0;
    if (p[n] == '.' && digit(p[n + 1])) {
        size_t places = strspn(p + n + 1, "0123456789");
        if (places == 3 && whole >= 1 && whole <= 3 && *p != '0')
            return 0;
        n += 1 + places;
    }
    return (p[n] == '.' || p[n] == ',') && digit(p[n + 1]) ? 0 : n;
}

/* A listed word at `p`: not inside another word, nor among the letters of one like "U.S.P.".  The longest one wins. */
static const struct drug_pair *word_at(const struct drugs *d, const char *text, const char *p)
{
    const struct drug_pair *best = NULL;
    bool inside = p > text && (letter(p[-1]) || (p - text > 1 && p[-1] == '.' && letter(p[-2])));
    if (inside && letter(*p))
        return NULL;
    for (size_t i = 0; i < d->nwords; i++) {
        size_t n = strlen(d->words[i].from);
        if (strncmp(p, d->words[i].from, n) != 0) /* before anything beyond the text's end is looked at */
            continue;
        bool end = !letter(p[n ? n - 1 : 0]) || !(letter(p[n]) || (p[n] == '.' && letter(p[n + 1])));
        if (end && (!best || n > strlen(best->from)))
            best = &d->words[i];
    }
    return best;
}

const char *repli_drug_text(const struct drugs *d, const char *sent, struct repli_arena *a)
{
    struct repli_buf b = {0};
    for (const char *p = sent; d && *p;) {
        size_t n = number_at(sent, p);
        const struct drug_pair *word = n ? NULL : word_at(d, sent, p);
        if (n) {
            put_number(&b, p, n, false);
            p += n;
        } else if (word) {
            if (p > sent && digit(p[-1]))
                repli_buf_puts(&b, "\xC2\xA0");
            repli_buf_puts(&b, word->to);
            p += strlen(word->from);
        } else {
            repli_buf_add(&b, p++, 1);
        }
    }
    const char *text = b.len ? repli_arena_strndup(a, b.data, b.len) : sent;
    repli_buf_done(&b);
    return text;
}

const char *repli_drug_name(const struct drugs *d, const char *sent, struct repli_arena *a)
{
    char *name = repli_arena_strdup(a, repli_drug_text(d, sent, a));
    for (size_t i = 0; d && i < d->ntall_man; i++) {
        size_t n = strlen(d->tall_man[i]);
        for (char *p = name; *p; p++)
            if ((p == name || !letter(p[-1])) && strncasecmp(p, d->tall_man[i], n) == 0)
                memcpy(p, d->tall_man[i], n);
    }
    return name;
}

static const char *look_up(const struct drug_pair *pairs, size_t count, const char *sent, struct repli_arena *a)
{
    const char *folded = repli_text_fold(a, sent);
    for (size_t i = 0; i < count; i++)
        if (strcmp(pairs[i].from, folded) == 0)
            return pairs[i].to;
    return NULL;
}

const char *repli_drug_unit(const struct drugs *d, const char *sent, struct repli_arena *a)
{
    const char *words = d ? look_up(d->units, d->nunits, sent, a) : NULL;
    return words ? words : repli_form_unit(repli_drug_text(d, sent, a));
}

const char *repli_drug_amount(const struct drugs *d, const char *sent, struct repli_arena *a)
{
    size_t n = strspn(sent, "0123456789.");
    if (n == 0 || sent[n] != ' ' || !sent[n + 1])
        return repli_drug_text(d, sent, a);
    return repli_arena_printf(a, "%s\xC2\xA0%s", repli_drug_number(repli_arena_strndup(a, sent, n), a),
                              repli_drug_unit(d, sent + n + 1, a));
}

const char *repli_drug_route(const struct drugs *d, const char *sent, struct repli_arena *a)
{
    const char *words = d ? look_up(d->routes, d->nroutes, sent, a) : NULL;
    return words ? words : repli_drug_text(d, sent, a);
}

/* What the import makes of a rhythm: "3x/d", "1x/8h". */
static const char *rhythm(const struct drugs *d, const char *sent, struct repli_arena *a)
{
    size_t n = strspn(sent, "0123456789");
    if (n == 0 || n > 3 || strncmp(sent + n, "x/", 2) != 0)
        return NULL;
    const char *tail = sent + n + 2;
    const char *count = repli_arena_strndup(a, sent, n);
    if (strcmp(tail, "d") == 0)
        return strcmp(count, "1") == 0 ? d->once_a_day : repli_form_put(d->times_a_day, "n", count, a);
    size_t p = strspn(tail, "0123456789");
    const char *every = p ? repli_arena_strndup(a, tail, p) : "1";
    if (strcmp(count, "1") == 0 && strcmp(tail + p, "h") == 0)
        return repli_form_put(d->every_hours, "n", every, a);
    if (strcmp(count, "1") == 0 && strcmp(tail + p, "d") == 0)
        return repli_form_put(d->every_days, "n", every, a);
    if (strcmp(tail, "wk") == 0)
        return repli_form_put(d->times_a_week, "n", count, a);
    return repli_form_put(repli_form_put(d->times_in, "n", count, a), "p", tail, a);
}

const char *repli_drug_frequency(const struct drugs *d, const char *sent, struct repli_arena *a)
{
    const char *words = d ? look_up(d->frequencies, d->nfrequencies, sent, a) : NULL;
    if (!words && d && d->once_a_day)
        words = rhythm(d, sent, a);
    return words ? words : repli_drug_text(d, sent, a);
}

/* ---- classes */
static bool holds_word(const char *folded, const char *word)
{
    for (const char *p = folded; (p = strstr(p, word)) != NULL; p++)
        if (p == folded || !letter(p[-1]))
            return true;
    return false;
}

static bool by_route(const struct drug_class *c, const char *folded)
{
    if (c->nroutes == 0 || !folded)
        return true; /* a route that was not transmitted may be the dangerous one */
    for (size_t i = 0; i < c->nroutes; i++)
        if (holds_word(folded, c->routes[i])) /* "voie intraveineuse" is intravenous as well */
            return true;
    return false;
}

bool repli_drug_high_alert(const struct drugs *d, const char *name, const char *route, struct repli_arena *a)
{
    const char *folded = name ? repli_text_fold(a, name) : NULL, *by = route ? repli_text_fold(a, route) : NULL;
    for (size_t c = 0; d && folded && c < d->nhigh_alert; c++)
        for (size_t w = 0; w < d->high_alert[c].nwords; w++)
            if (holds_word(folded, d->high_alert[c].words[w]) && by_route(&d->high_alert[c], by))
                return true;
    return false;
}

const char *repli_drug_allergy_words(const struct drugs *d, const char *name, struct repli_arena *a)
{
    const char *folded = name ? repli_text_fold(a, name) : NULL;
    struct repli_buf b = {0};
    for (size_t g = 0; d && folded && g < d->nallergy_groups; g++) {
        const struct drug_class *c = &d->allergy_groups[g];
        bool member = false;
        for (size_t w = 0; w < c->nwords; w++)
            member = member || holds_word(folded, c->words[w]);
        for (size_t w = 0; member && w < c->nwords; w++) {
            repli_buf_puts(&b, b.len ? "," : "[");
            repli_json_string(&b, c->words[w]);
        }
    }
    if (b.len)
        repli_buf_puts(&b, "]");
    const char *list = b.len ? repli_arena_strndup(a, b.data, b.len) : NULL;
    repli_buf_done(&b);
    return list;
}

static bool among(const char **words, size_t count, const char *text, bool inside, struct repli_arena *a)
{
    const char *folded = text ? repli_text_fold(a, text) : NULL;
    for (size_t i = 0; folded && i < count; i++)
        if (inside ? holds_word(folded, words[i]) : strcmp(folded, words[i]) == 0)
            return true;
    return false;
}

bool repli_drug_as_needed(const struct drugs *d, const char *frequency, struct repli_arena *a)
{
    return d && among(d->as_needed, d->nas_needed, frequency, true, a);
}

bool repli_drug_once(const struct drugs *d, const char *frequency, struct repli_arena *a)
{
    return d && among(d->once, d->nonce, frequency, false, a);
}
