/* What of the data stands on paper, and how: a cell of a dataset, the times in a title. */
#include <string.h>

#include "form_internal.h"
#include "repli/text.h"

const struct repli_dataset *repli_flow_data(const struct flow *flow, const char *name)
{
    return repli_dataset_get(flow->in->data, name);
}

static bool eleven_digits(const char *text)
{
    return strlen(text) == 11 && strspn(text, "0123456789") == 11;
}

static bool has_column(const struct repli_dataset *set, const char *column)
{
    for (size_t i = 0; i < set->ncolumns; i++)
        if (strcmp(set->columns[i], column) == 0)
            return true;
    return false;
}

const char *repli_flow_cell(struct flow *flow, const struct repli_dataset *set, size_t row, const char *column)
{
    const char *text = repli_dataset_cell(set, row, column);
    size_t n = strlen(column);
    int64_t utc = 0;
    if (strcmp(column, "name") == 0 && has_column(set, "family"))
        return repli_form_name(flow, repli_dataset_cell(set, row, "family"), repli_dataset_cell(set, row, "given"),
                               text ? text : repli_dataset_cell(set, row, "name_text"));
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

const char *repli_flow_put(struct flow *flow, const char *text)
{
    const struct repli_layout_in *in = flow->in;
    if (text && repli_flow_nobody(flow)) { /* whenever it will be used */
        text = repli_form_put(text, "taken", "\xE2\x80\x94", flow->a);
        text = repli_form_put(text, "start", "\xE2\x80\xA6", flow->a);
        return repli_form_put(text, "end", "\xE2\x80\xA6", flow->a);
    }
    const char *taken = in->taken_utc ? repli_form_time(flow->form, in->zone, in->taken_utc, false, flow->a)
                                      : flow->form->t[TEXT_UNKNOWN];
    if (!text || !strchr(text, '{'))
        return text;
    text = repli_form_put(text, "taken", taken, flow->a);
    text =
        repli_form_put(text, "start", repli_form_time(flow->form, in->zone, in->window_utc, false, flow->a), flow->a);
    return repli_form_put(
        text, "end",
        repli_form_time(flow->form, in->zone, in->window_utc + (int64_t)in->window_hours * 3600, false, flow->a),
        flow->a);
}
