#include "repli/csv.h"

#include <string.h>

#define CELLS_MAX 64

/* ---- out */

/* Would a spreadsheet take this for a formula, or this apostrophe for one of ours? */
static bool is_live(const char *text)
{
    static const char live[] = "=+-@\t\r";
    if (*text == '\'')
        return text[1] && (strchr(live, text[1]) || text[1] == '\'');
    return *text && strchr(live, *text);
}

void repli_csv_cell(struct repli_buf *out, const char *text, bool first)
{
    if (!first)
        repli_buf_puts(out, ",");
    if (!text || !*text)
        return;
    bool live = is_live(text);
    if (!live && !strpbrk(text, ",;\t\"\r\n") && *text != ' ' && text[strlen(text) - 1] != ' ') {
        repli_buf_puts(out, text);
        return;
    }
    repli_buf_puts(out, live ? "\"'" : "\"");
    for (const char *p = text; *p; p++) {
        if (*p == '"')
            repli_buf_puts(out, "\"");
        repli_buf_add(out, p, 1);
    }
    repli_buf_puts(out, "\"");
}

void repli_csv_end(struct repli_buf *out)
{
    repli_buf_puts(out, "\r\n");
}

/* ---- in */

struct repli_csv {
    const char *at, *end;
    size_t line;
    char separator;
};

struct repli_csv *repli_csv_open(const char *data, size_t len, struct repli_arena *a)
{
    struct repli_csv *csv = repli_arena_alloc(a, sizeof *csv);
    *csv = (struct repli_csv){.at = data, .end = data + len, .line = 1, .separator = ','};
    if (len >= 3 && memcmp(data, "\xEF\xBB\xBF", 3) == 0)
        csv->at += 3;
    const char *eol = memchr(csv->at, '\n', (size_t)(csv->end - csv->at));
    size_t first = (size_t)((eol ? eol : csv->end) - csv->at);
    if (!memchr(csv->at, ',', first))
        csv->separator = memchr(csv->at, ';', first) ? ';' : memchr(csv->at, '\t', first) ? '\t' : ',';
    return csv;
}

static bool at_end(const struct repli_csv *csv)
{
    return csv->at == csv->end || *csv->at == '\n' ||
           (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n');
}

static enum repli_status quoted(struct repli_csv *csv, struct repli_buf *cell, struct repli_err *err)
{
    size_t line = csv->line;
    for (csv->at++; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"')) {
            csv->at++;
            if (!at_end(csv) && *csv->at != csv->separator)
                return repli_fail(err, REPLI_DATA, "line %zu: text behind a closing quote", csv->line);
            return REPLI_OK;
        }
        csv->at += *csv->at == '"';
        csv->line += *csv->at == '\n';
        repli_buf_add(cell, csv->at, 1);
    }
    return repli_fail(err, REPLI_DATA, "line %zu: a quote that does not end", line);
}

static enum repli_status one_cell(struct repli_csv *csv, struct repli_arena *a, const char **out, struct repli_err *err)
{
    struct repli_buf cell = {0};
    size_t line = csv->line;
    enum repli_status s = REPLI_OK;
    if (csv->at < csv->end && *csv->at == '"')
        s = quoted(csv, &cell, err);
    else
        for (; !at_end(csv) && *csv->at != csv->separator; csv->at++)
            repli_buf_add(&cell, csv->at, 1);
    if (s == REPLI_OK && cell.len && memchr(cell.data, 0, cell.len))
        s = repli_fail(err, REPLI_DATA, "line %zu: a byte 0", line);
    const char *text = cell.data ? cell.data : "";
    if (s == REPLI_OK)
        *out = repli_arena_strdup(a, *text == '\'' && is_live(text) ? text + 1 : text);
    repli_buf_done(&cell);
    return s;
}

enum repli_status repli_csv_row(struct repli_csv *csv, struct repli_arena *a, const char ***cells, size_t *count,
                                size_t *line, struct repli_err *err)
{
    const char **row = repli_arena_array(a, CELLS_MAX, sizeof *row);
    while (csv->at < csv->end) {
        size_t n = 0, begin = csv->line;
        for (bool more = true; more;) {
            if (n == CELLS_MAX)
                return repli_fail(err, REPLI_DATA, "line %zu: more than %d cells", begin, CELLS_MAX);
            enum repli_status s = one_cell(csv, a, &row[n++], err);
            if (s != REPLI_OK)
                return s;
            more = !at_end(csv);
            csv->at += more;
        }
        if (csv->at < csv->end)
            csv->at += *csv->at == '\r' ? 2 : 1;
        csv->line++;
        bool any = false;
        for (size_t i = 0; i < n; i++)
            any = any || *row[i];
        if (!any)
            continue;
        *cells = row;
        *count = n;
        *line = begin;
        return REPLI_OK;
    }
    *cells = NULL;
    *count = 0;
    return REPLI_OK;
}
