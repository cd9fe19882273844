/* Rows of datasets: which of them there are, and how a cell is printed. */
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

bool repli_condition_holds(const struct flow *flow, const struct condition *c)
{
    const struct repli_dataset *set = c->dataset ? repli_flow_data(flow, c->dataset) : NULL;
    bool there = false;
    for (size_t r = 0; set && r < set->nrows && !there; r++) {
        there = true;
        for (size_t i = 0; there && i < c->values->count; i++) {
            const struct repli_yaml *v = &c->values->items[i];
            const char *cell = strcmp(v->key, "dataset") == 0 ? v->text : repli_dataset_cell(set, r, v->key);
            there = cell && v->text && strcmp(cell, v->text) == 0;
        }
    }
    return !c->dataset || there != c->unless;
}

static bool has_column(const struct repli_dataset *set, const char *column)
{
    for (size_t i = 0; i < set->ncolumns; i++)
        if (strcmp(set->columns[i], column) == 0)
            return true;
    return false;
}

static bool eleven_digits(const char *text)
{
    return strlen(text) == 11 && strspn(text, "0123456789") == 11;
}

const char *repli_flow_cell(struct flow *flow, const struct repli_dataset *set, size_t row, const char *column)
{
    const char *text = repli_dataset_cell(set, row, column);
    size_t n = strlen(column);
    int64_t utc = 0;
    if (strcmp(column, "name") == 0 && has_column(set, "family"))
        return repli_form_name(flow, repli_dataset_cell(set, row, "family"), repli_dataset_cell(set, row, "given"),
                               text);
    if (!text || !*text)
        return flow->form->t[TEXT_UNKNOWN];
    if (strcmp(column, "birth_date") == 0 || strcmp(column, "reviewed") == 0)
        return repli_form_date(flow->form, text, flow->a);
    if (n > 4 && strcmp(column + n - 4, "_utc") == 0)
        return repli_integer(text, -2208988800, 7258118400, &utc)
                   ? repli_form_time(flow->form, flow->in->zone, utc, true, flow->a)
                   : flow->form->t[TEXT_UNKNOWN];
    if (strcmp(column, "national_number") == 0 && eleven_digits(text)) /* as people know it: 85.07.30-033.28 */
        return repli_arena_printf(flow->a, "%.2s.%.2s.%.2s-%.3s.%s", text, text + 2, text + 4, text + 6, text + 9);
    if (strcmp(column, "unit") == 0)
        return repli_form_unit(text);
    return strcmp(column, "value") == 0 ? repli_form_decimal(text, flow->a) : text;
}

const char *repli_flow_with_columns(struct flow *flow, const struct repli_dataset *set, size_t row, const char *text)
{
    for (size_t c = 0; strchr(text, '{') && c < set->ncolumns; c++) {
        const char *cell = repli_dataset_cell(set, row, set->columns[c]);
        text = repli_form_put(text, set->columns[c], cell ? cell : "", flow->a);
    }
    return text;
}
