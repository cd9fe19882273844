/* Sheets of real forms, laid out, read and keyed: what the tests of orders, glucose and fluids share. */
#ifndef REPLI_TEST_CHART_CASES_H
#define REPLI_TEST_CHART_CASES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "support/ward.h"

#define T(hour) (WARD_WINDOW_UTC + (hour)*3600LL) /* window: 08:00 in Brussels */

static inline void make(struct ward *w, const char *form, int side, const struct ward_ink *ink)
{
    ward_make_form(w, form, form, side, ink);
    ward_open(w);
}

static inline int64_t count(struct ward *w, const char *sql)
{
    return ward_count(w, true, sql);
}

/* Keyed by two people and merged; what was said is in *lines. */
static inline void merged(struct ward *w, enum repli_status wanted, struct repli_buf *lines)
{
    ward_key_all(w);
    enum repli_status s = ward_merge(w, false, lines);
    if (s != wanted)
        fail_msg("merge ends with %d: %s%s", s, w->err.text, lines && lines->data ? lines->data : "");
}

/* Undone, the record is as before; merged again, nothing goes in twice. */
static inline void once_and_out(struct ward *w, const char *before)
{
    char first[65], again[65], after[65];
    ward_patient_digest(w, first);
    (void)ward_merge(w, false, NULL);
    ward_patient_digest(w, again);
    assert_string_equal(first, again);
    assert_int_equal(repli_merge_undo(w->site, w->ledger, w->record, "M0-1", "cy", "test", &w->err), REPLI_OK);
    ward_patient_digest(w, after);
    assert_string_equal(before, after);
}

#endif
