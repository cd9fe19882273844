#include "support/scanlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "repli/serial.h"

static void keep_line(void *user, const struct repli_scan_line *line)
{
    struct scanlines *l = user;
    json_t *o = json_loads(line->json, 0, NULL);
    assert_non_null(o);
    assert_string_equal(json_string_value(json_object_get(o, "outcome")), repli_outcome_text(line->outcome));
    json_array_append_new(l->all, o);
}

static enum repli_status derive(void *user, uint64_t serial, struct repli_page_map *map, struct repli_err *err)
{
    struct scanlines *l = user;
    l->derived++;
    assert_true(map && map->nfields > 0);
    assert_true(repli_serial_counter(serial) > 0);
    return l->refuse ? repli_fail(err, REPLI_DB, "planted") : REPLI_OK;
}

enum repli_status scanlines_batch(struct scanlines *l, const char *const *paths, size_t n, struct repli_err *err)
{
    struct repli_scan_request q = {.paths = paths,
                                   .npaths = n,
                                   .batch = "b",
                                   .jobs = l->jobs,
                                   .line = keep_line,
                                   .readings_stored = derive,
                                   .user = l};
    struct repli_scan_result r = {0};
    int64_t sum = 0;
    if (!l->all)
        l->all = json_array();
    size_t before = json_array_size(l->all);
    enum repli_status s = repli_scan_batch(scancase.site, scancase.ledger, &q, &r, err);
    for (int i = 0; i < REPLI_OUTCOME_COUNT; i++)
        sum += r.by_outcome[i];
    assert_int_equal(sum, r.images);
    assert_int_equal(json_array_size(l->all) - before, r.images);
    return s;
}

enum repli_status scanlines_all(struct scanlines *l)
{
    struct repli_err err = {0};
    const char *const paths[] = {scancase.in};
    enum repli_status s = scanlines_batch(l, paths, 1, &err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        fail_msg("%s", err.text);
    return s;
}

const char *scanlines_text(const struct scanlines *l, size_t i, const char *key)
{
    const char *t = json_string_value(json_object_get(json_array_get(l->all, i), key));
    return t ? t : "";
}

void scanlines_outcomes(const struct scanlines *l, const char *const *want, size_t n)
{
    for (size_t i = 0; i < n || i < json_array_size(l->all); i++) {
        const char *file = scanlines_text(l, i, "file"), *slash = strrchr(file, '/'),
                   *reason = scanlines_text(l, i, "reason");
        char got[400];
        snprintf(got, sizeof got, "%s %s%s%s", slash ? slash + 1 : file, scanlines_text(l, i, "outcome"),
                 reason[0] ? "/" : "", reason);
        if (i >= n || strcmp(got, want[i]) != 0)
            fail_msg("line %d: got '%s', expected '%s'", (int)i, got, i < n ? want[i] : "nothing");
    }
}

enum repli_life scancase_state(int i)
{
    struct repli_sheet_row *row = NULL;
    assert_int_equal(repli_ledger_sheet_get(scancase.ledger, scancase.codes[i].serial, &scancase.arena, &row, NULL),
                     REPLI_OK);
    return row->state;
}
