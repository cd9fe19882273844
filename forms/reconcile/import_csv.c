/* Answers that were keyed in a spreadsheet: the lines of `review export --csv` with `answer` or `value` filled in. */
#include "reconcile/judge.h"

#include <string.h>
#include <strings.h>

#include "repli/csv.h"

#define COLUMNS_MAX 64

bool csv_answers(const char *data, size_t len)
{
    size_t i = len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < len && (data[i] == ' ' || data[i] == '\t' || data[i] == '\r' || data[i] == '\n'))
        i++;
    char head[512];
    size_t n = 0;
    for (; i + n < len && n + 1 < sizeof head && data[i + n] != '\n' && data[i + n]; n++)
        head[n] = data[i + n];
    head[n] = 0;
    /* A head row names its columns; everything else is JSON, or a line that is refused as none. */
    return !strchr(head, '{') && (strstr(head, "task") || strstr(head, "sheet")) && strstr(head, "answer");
}

static bool yes(const char *text)
{
    static const char *const words[] = {"1", "x", "yes", "true", "sure", "ja", "oui", "vrai", "waar", "wahr"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

/* One row as an object; NULL: nothing was filled in. */
static json_t *row_object(const char *const *head, const char *const *cells, size_t count)
{
    static const char *const known[] = {"task", "sheet", "field", "answer", "value"};
    json_t *o = json_object();
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < sizeof known / sizeof *known; k++)
            if (*cells[i] && strcasecmp(head[i], known[k]) == 0)
                (void)json_object_set_new(o, known[k], json_string(cells[i]));
        if (strcasecmp(head[i], "sure") == 0 && yes(cells[i]))
            (void)json_object_set_new(o, "sure", json_true());
    }
    if (json_object_get(o, "task")) { /* it says more than sheet and field, which stand beside it for people */
        (void)json_object_del(o, "sheet");
        (void)json_object_del(o, "field");
    }
    if (!json_object_get(o, "answer") && json_object_get(o, "value"))
        (void)json_object_set_new(o, "answer", json_string("value"));
    if (json_object_get(o, "answer"))
        return o;
    json_decref(o);
    return NULL;
}

enum repli_status csv_each(const char *data, size_t len, csv_object_fn *fn, void *user, struct repli_err *err)
{
    REPLI_AUTO(repli_arena_done) struct repli_arena a = {0};
    struct repli_csv *csv = repli_csv_open(data, len, &a);
    const char **head = NULL, **cells = NULL;
    size_t columns = 0, count = 0, line = 0;
    enum repli_status s = repli_csv_row(csv, &a, &head, &columns, &line, err);
    while (s == REPLI_OK && head) {
        REPLI_AUTO(repli_arena_done) struct repli_arena row = {0};
        s = repli_csv_row(csv, &row, &cells, &count, &line, err);
        if (s != REPLI_OK || !cells)
            break;
        json_t *o = row_object(head, cells, count < columns ? count : columns);
        if (o)
            s = fn(user, o, line, err);
        json_decref(o);
    }
    return s;
}
