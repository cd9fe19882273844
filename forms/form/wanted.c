/* `for` at the head of a template: whom a form of a pack is printed for.  Any one of its rules is enough. */
#include <string.h>

#include "form_internal.h"

struct rule {
    const char *dataset, *column;
    const struct repli_yaml *words, *values; /* one of them: a word of the cell begins with it; the cell is it */
};
struct wanted {
    struct rule *rules;
    size_t count;
};

static enum repli_status rule_load(const struct repli_form *form, const struct repli_yaml *node, struct rule *r,
                                   struct repli_err *err)
{
    static const char *const keys[] = {"dataset", "column", "words", "values", NULL};
    if (repli_yaml_only(node, keys, err) != REPLI_OK || repli_load_dataset(form, node, &r->dataset, err) != REPLI_OK ||
        repli_yaml_text(node, "column", &r->column, err) != REPLI_OK)
        return REPLI_DATA;
    if (!r->column || !repli_load_column_known(r->dataset, r->column))
        return repli_yaml_fail(node, err, "the dataset %s has no column \"%s\"", r->dataset,
                               r->column ? r->column : "");
    r->words = repli_yaml_get(node, "words");
    r->values = repli_yaml_get(node, "values");
    const struct repli_yaml *list = r->words ? r->words : r->values;
    bool good = !r->words != !r->values && list && list->kind == REPLI_YAML_LIST && list->count > 0;
    for (size_t i = 0; good && i < list->count; i++)
        good = list->items[i].kind == REPLI_YAML_SCALAR && *list->items[i].text;
    return good ? REPLI_OK
                : repli_yaml_fail(node, err,
                                  "a rule of `for` needs a list: either `words` that a word of the column "
                                  "begins with, or `values` that it is");
}

enum repli_status repli_wanted_load(struct repli_form *form, const struct repli_yaml *root, struct repli_err *err)
{
    const struct repli_yaml *list = repli_yaml_get(root, "for");
    if (!list)
        return REPLI_OK;
    if (list->kind != REPLI_YAML_LIST || list->count == 0 || form->subject == REPLI_SUBJECT_WARD)
        return repli_yaml_fail(list, err, "`for` must be a list of rules about a patient's data");
    struct wanted *w = repli_arena_alloc(&form->arena, sizeof *w);
    w->rules = repli_arena_array(&form->arena, list->count, sizeof *w->rules);
    for (size_t i = 0; i < list->count; i++)
        if (rule_load(form, &list->items[i], &w->rules[w->count++], err) != REPLI_OK)
            return REPLI_DATA;
    form->wanted = w;
    return REPLI_OK;
}

/* Small and large letters and accents alike; a word begins after what is neither letter nor digit. */
static bool begins_a_word(const char *folded, const char *start)
{
    size_t n = strlen(start);
    for (const char *at = strstr(folded, start); n && at; at = strstr(at + 1, start)) {
        unsigned char before = at > folded ? (unsigned char)at[-1] : ' ';
        bool letter = before >= 0x80 || (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
        if (!letter)
            return true;
    }
    return false;
}

static bool holds(const struct rule *r, const char *cell)
{
    struct repli_arena a = {0};
    const char *folded = r->words ? repli_text_fold(&a, cell) : NULL;
    bool found = false;
    for (size_t i = 0; r->words && !found && i < r->words->count; i++)
        found = begins_a_word(folded, repli_text_fold(&a, r->words->items[i].text));
    for (size_t i = 0; r->values && !found && i < r->values->count; i++)
        found = strcmp(r->values->items[i].text, cell) == 0;
    repli_arena_done(&a);
    return found;
}

bool repli_form_wanted(const struct repli_form *form, const struct repli_datasets *data)
{
    const struct wanted *w = form->wanted;
    for (size_t i = 0; w && i < w->count; i++) {
        const struct repli_dataset *set = repli_dataset_get(data, w->rules[i].dataset);
        for (size_t row = 0; set && row < set->nrows; row++) {
            const char *cell = repli_dataset_cell(set, row, w->rules[i].column);
            if (cell && holds(&w->rules[i], cell))
                return true;
        }
    }
    return w == NULL;
}
