/* judge: holds what Repli read, or what it merged, against the truth of the pens. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/err.h"
#include "repli/text.h"
#include "support/scanner.h"
#include "support/truth.h"

static const char usage[] =
    "usage: judge TRUTH.json READINGS.jsonl [LIMIT]...       what `repli scan --json` printed\n"
    "       judge --merged TRUTH.json ROWS.json [LIMIT]...   what is in the record: [{sheet, field, value, "
    "effective_utc}]\n"
    "\n"
    "Prints one figure a line.  LIMIT is NAME<=N or NAME>=N about one of them, e.g. wrong_sheet<=0; when one does not\n"
    "hold it is named and the exit code is 1.\n";

/* Figures by name, in the order in which they were first named. */
static void add(json_t *n, const char *name, double v)
{
    (void)json_object_set_new(n, name, json_real(json_number_value(json_object_get(n, name)) + v));
}

static double get(const json_t *n, const char *name)
{
    return json_number_value(json_object_get(n, name));
}

static void share(json_t *n, const char *name, const char *part, const char *whole, double of)
{
    double w = get(n, whole);
    (void)json_object_set_new(n, name, json_real(w > 0 ? get(n, part) * of / w : 0));
}

static bool matrix(const json_t *object, double m[9])
{
    const json_t *a = json_object_get(object, "mm_to_px");
    for (size_t i = 0; i < 9; i++)
        m[i] = json_number_value(json_array_get(a, i));
    return json_array_size(a) == 9;
}

static const double nowhere = 999; /* mm: no place was given at all */

/* How far the corners of the print are from where the reader thinks: the worst of four, mm. */
static double registration_error(const json_t *truth, const json_t *read)
{
    static const double corners[4][2] = {{10, 10}, {200, 10}, {200, 287}, {10, 287}};
    double a[9], b[9], worst = 0;
    if (!matrix(truth, a) || !matrix(read, b))
        return nowhere;
    double k = json_number_value(json_object_get(json_object_get(truth, "params"), "dpi")) / 25.4;
    for (int i = 0; i < 4; i++) {
        double ax, ay, bx, by;
        scanner_where(a, corners[i][0], corners[i][1], &ax, &ay);
        scanner_where(b, corners[i][0], corners[i][1], &bx, &by);
        worst = fmax(worst, hypot(ax - bx, ay - by) / k);
    }
    return worst;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void judge_tick(json_t *n, const json_t *truth, const char *state, const char *tone)
{
    const char *right = truth_text(truth, "state");
    char name[32];
    add(n, "ticks", 1);
    (void)snprintf(name, sizeof name, "ticks_%s", tone);
    add(n, name, 1);
    const json_t *visible = json_object_get(truth, "visible_px");
    bool vanished = json_is_integer(visible) && json_integer_value(visible) < 16 && strcmp(right, "empty") != 0;
    if (strcmp(state, "doubtful") == 0) {
        (void)snprintf(name, sizeof name, "doubtful_%s", tone);
        add(n, name, 1);
    } else if (vanished && strcmp(state, "ticked") != 0) {
        add(n, "vanished", 1);
    } else if (strcmp(state, right) != 0) {
        add(n, "silent", 1);
        add(n, "false_ticks", strcmp(state, "ticked") == 0);
        add(n, "missed_ticks", strcmp(right, "ticked") == 0);
        fprintf(stderr, "silent: %s is %s (%s), read as %s\n", truth_text(truth, "id"), right,
                truth_text(truth, "mark"), state);
    }
}

static void judge_zone(json_t *n, const json_t *truth, const json_t *read, const char *state)
{
    const char *right = truth_text(truth, "state");
    add(n, "zones", 1);
    if (strcmp(state, "doubtful") == 0)
        add(n, "zones_doubtful", 1);
    else
        add(n, "zones_wrong", strcmp(state, right) != 0);
    if (strcmp(truth_text(truth, "kind"), "band") != 0 || strcmp(right, "ink") != 0)
        return;
    add(n, "bands", 1);
    if (strcmp(state, "doubtful") != 0)
        add(n, "band_rows_wrong", !json_equal(json_object_get(read, "row"), json_object_get(truth, "row")));
}

static void judge_sheet(json_t *n, const json_t *truth, const json_t *read)
{
    const char *tone = truth_text(json_object_get(truth, "params"), "mode");
    const json_t *fields = json_object_get(truth, "fields");
    for (size_t i = 0; i < json_array_size(fields); i++) {
        const json_t *t = json_array_get(fields, i), *r = truth_field(read, truth_text(t, "id"));
        add(n, "fields_missing", r == NULL);
        if (strcmp(truth_text(t, "kind"), "tick") == 0)
            judge_tick(n, t, truth_text(r, "state"), tone);
        else
            judge_zone(n, t, r, truth_text(r, "state"));
    }
}

/* The lines of one page image; only the first counts. */
static const json_t *line_of(const json_t *lines, const json_t *truth, size_t *count)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        const char *file = truth_text(line, "file"), *base = strrchr(file, '/');
        if (strcmp(base != NULL ? base + 1 : file, truth_text(truth, "file")) != 0 ||
            !json_equal(json_object_get(line, "page"), json_object_get(truth, "page")))
            continue;
        found = found != NULL ? found : line;
        ++*count;
    }
    return found;
}

static void judge_readings(json_t *n, const struct truth *truth, const json_t *lines)
{
    size_t pages = json_array_size(truth->root), errors = 0;
    double *error = calloc(pages + 1, sizeof *error);
    static const char *const always[] = {"pages",         "read",        "wrong_sheet",     "lines_missing",
                                         "lines_doubled", "ticks",       "silent",          "false_ticks",
                                         "missed_ticks",  "zones_wrong", "band_rows_wrong", "fields_missing"};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        add(n, always[i], 0);
    for (size_t i = 0; i < pages; i++) {
        const json_t *t = json_array_get(truth->root, i);
        size_t count = 0;
        const json_t *line = line_of(lines, t, &count);
        add(n, "pages", 1);
        add(n, "lines_missing", count == 0);
        add(n, "lines_doubled", count > 1 ? (double)count - 1 : 0);
        if (line == NULL || strcmp(truth_text(line, "outcome"), "read") != 0)
            continue;
        if (strcmp(truth_text(line, "sheet"), truth_text(t, "sheet")) != 0) {
            add(n, "wrong_sheet", 1);
            continue;
        }
        add(n, "read", 1);
        error[errors++] = registration_error(t, line);
        judge_sheet(n, t, line);
    }
    qsort(error, errors, sizeof *error, by_size);
    add(n, "registration_median_mm", errors > 0 ? error[errors / 2] : nowhere);
    add(n, "registration_max_mm", errors > 0 ? error[errors - 1] : nowhere);
    free(error);
    share(n, "read_percent", "read", "pages", 100);
    share(n, "silent_per_10000", "silent", "ticks", 1e4);
    share(n, "doubtful_gray_percent", "doubtful_gray", "ticks_gray", 100);
    share(n, "doubtful_1bit_percent", "doubtful_1bit", "ticks_1bit", 100);
    share(n, "zones_wrong_per_10000", "zones_wrong", "zones", 1e4);
    share(n, "zones_doubtful_percent", "zones_doubtful", "zones", 100);
    share(n, "band_rows_wrong_per_1000", "band_rows_wrong", "bands", 1e3);
}

/* ---- what was merged */
static bool same_value(const char *a, const char *b)
{
    double x, y;
    if (repli_number(a, &x) && repli_number(b, &y))
        return fabs(x - y) < 1e-9;
    return strcmp(a, b) == 0;
}

static const json_t *row_of(const json_t *rows, const char *sheet, const char *field, size_t *count)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const json_t *row = json_array_get(rows, i);
        if (strcmp(truth_text(row, "sheet"), sheet) == 0 && strcmp(truth_text(row, "field"), field) == 0) {
            found = row;
            ++*count;
        }
    }
    return found;
}

static void judge_merged(json_t *n, const struct truth *truth, const json_t *rows)
{
    static const char *const always[] = {"expected",   "right",   "missing", "wrong_value",
                                         "wrong_time", "doubled", "extra"};
    for (size_t i = 0; i < sizeof always / sizeof always[0]; i++)
        add(n, always[i], 0);
    double accounted = 0;
    for (size_t s = 0; s < json_array_size(truth->root); s++) {
        const json_t *sheet = json_array_get(truth->root, s), *fields = json_object_get(sheet, "fields");
        bool void_page = strcmp(truth_text(truth_field(sheet, "page.void"), "state"), "ticked") == 0;
        for (size_t i = 0; i < json_array_size(fields); i++) {
            const json_t *f = json_array_get(fields, i);
            if (void_page || !json_is_true(json_object_get(f, "capture")) || truth_text(f, "answer")[0] == '\0')
                continue;
            size_t count = 0;
            const json_t *row = row_of(rows, truth_text(sheet, "sheet"), truth_text(f, "id"), &count);
            bool value = row != NULL && same_value(truth_text(row, "value"), truth_text(f, "answer"));
            bool when = row != NULL && json_equal(json_object_get(row, "effective_utc"), json_object_get(f, "at_utc"));
            accounted += (double)count;
            add(n, "expected", 1);
            add(n, "missing", count == 0);
            add(n, "doubled", count > 1);
            add(n, "wrong_value", row != NULL && !value);
            add(n, "wrong_time", row != NULL && !when);
            add(n, "right", count == 1 && value && when);
            if (row != NULL && (!value || !when))
                fprintf(stderr, "merged: %s %s is %s, in the record %s\n", truth_text(sheet, "sheet"),
                        truth_text(f, "id"), truth_text(f, "answer"), truth_text(row, "value"));
        }
    }
    add(n, "extra", (double)json_array_size(rows) - accounted);
}

/* "wrong_sheet<=0".  -1: not a limit. */
static int limit_holds(const json_t *n, const char *limit)
{
    const char *at = strpbrk(limit, "<>");
    char name[64];
    double bound;
    if (at == NULL || at[1] != '=' || (size_t)(at - limit) >= sizeof name || !repli_number(at + 2, &bound))
        return -1;
    (void)snprintf(name, sizeof name, "%.*s", (int)(at - limit), limit);
    if (json_object_get(n, name) == NULL)
        return -1;
    return *at == '<' ? get(n, name) <= bound : get(n, name) >= bound;
}

static int report(json_t *n, char **limits, int nlimits)
{
    const char *name;
    json_t *v;
    int rc = REPLI_OK;
    json_object_foreach(n, name, v) printf("%-26s %.6g\n", name, json_number_value(v));
    for (int i = 0; i < nlimits; i++) {
        int holds = limit_holds(n, limits[i]);
        if (holds < 0)
            return fprintf(stderr, "judge: '%s' is no limit on one of the figures\n", limits[i]), REPLI_USAGE;
        if (holds == 0) {
            fprintf(stderr, "judge: %s does not hold\n", limits[i]);
            rc = 1;
        }
    }
    return rc;
}

static json_t *read_lines(const char *path)
{
    FILE *f = fopen(path, "r");
    bool bad = false;
    if (f == NULL)
        return NULL;
    json_t *lines = json_array();
    for (json_t *line = truth_line(f, &bad); line != NULL; line = truth_line(f, &bad))
        (void)json_array_append_new(lines, line);
    (void)fclose(f);
    return lines;
}

int main(int argc, char **argv)
{
    bool merged = argc > 1 && strcmp(argv[1], "--merged") == 0;
    int first = merged ? 2 : 1;
    struct truth truth;
    if (argc < first + 2)
        return fputs(usage, stderr), REPLI_USAGE;
    if (!truth_load(&truth, argv[first]))
        return REPLI_DATA;
    json_t *n = json_object(), *got = merged ? json_load_file(argv[first + 1], 0, NULL) : read_lines(argv[first + 1]);
    int rc = REPLI_DATA;
    if (!json_is_array(got)) {
        fprintf(stderr, "judge: %s cannot be read\n", argv[first + 1]);
    } else {
        if (merged)
            judge_merged(n, &truth, got);
        else
            judge_readings(n, &truth, got);
        rc = report(n, argv + first + 2, argc - first - 2);
    }
    json_decref(n);
    json_decref(got);
    truth_done(&truth);
    return rc;
}
