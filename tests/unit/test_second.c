/* Two images of one paper: what is asked of people does not depend on which came first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "repli/ledger_scan.h"
#include "support/ward.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* One field as an image shows it: state, row of a band or -1. */
struct shown {
    const char *state;
    int row;
};

static const struct shown ways[] = {{"empty", -1}, {"doubtful", -1}, {"ink", -1},      {"ink", 1},
                                    {"ink", 2},    {"ticked", -1},   {"cancelled", -1}};

static void see(struct ward *w, const struct shown *s, int64_t scan_id, bool first)
{
    struct repli_reading_row row = {.field = "col1.rr", .state = s->state, .row = s->row, .confidence = .9};
    size_t changed = 0;
    struct repli_err err = {0};
    enum repli_status st = first
                               ? repli_ledger_readings_put(w->ledger, ward_serial(0), scan_id, &row, 1, &err)
                               : repli_ledger_readings_add(w->ledger, ward_serial(0), scan_id, &row, 1, &changed, &err);
    assert_int_equal(st, REPLI_OK);
}

static const char *seen(struct ward *w, struct repli_arena *a)
{
    return ward_text(w, false,
                     "SELECT state||' '||coalesce(row,'-')||' '||(SELECT count(*) FROM reading r WHERE "
                     "r.serial=reading.serial) FROM reading WHERE field='col1.rr' ORDER BY serial LIMIT 1",
                     a);
}

static int setup(void **state)
{
    static struct ward w;
    ward_make(&w, "second", 2);
    ward_open(&w);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    ward_drop(*state);
    return 0;
}

/* Every three images in every order, and each of them twice, end in the same reading. */
static void any_order_reads_the_same(void **state)
{
    struct ward *w = *state;
    static const int orders[][6] = {{0, 1, 2, 2, 1, 0}, {0, 2, 1, 1, 2, 0}, {1, 0, 2, 2, 0, 1},
                                    {1, 2, 0, 0, 2, 1}, {2, 0, 1, 1, 0, 2}, {2, 1, 0, 0, 1, 2}};
    for (size_t i = 0; i < N(ways) * N(ways) * N(ways); i++) {
        const struct shown *three[] = {&ways[i % N(ways)], &ways[i / N(ways) % N(ways)], &ways[i / N(ways) / N(ways)]};
        struct repli_arena a = {0};
        const char *first = NULL;
        for (size_t o = 0; o < N(orders); o++) {
            for (int k = 0; k < 6; k++)
                see(w, three[orders[o][k]], 1, k == 0);
            if (!first)
                first = seen(w, &a);
            assert_string_equal(seen(w, &a), first);
        }
        repli_arena_done(&a);
    }
}

/* What only the second image shows is asked, and cut from it; what somebody answered already stays. */
static void what_the_second_shows_is_asked(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    struct repli_reading_scan scan;
    struct repli_err err = {0};
    see(w, &(struct shown){"empty", -1}, 1, true);
    see(w, &(struct shown){"ink", 1}, 2, false);
    assert_string_equal(seen(w, &a), "ink 1 1");
    assert_int_equal(repli_ledger_reading_scan(w->ledger, ward_serial(0), "col1.rr", &a, &scan, &err), REPLI_OK);
    assert_true(scan.found);
    assert_int_equal(scan.sha256[0], 2); /* the image of scan 2 */
    see(w, &(struct shown){"empty", -1}, 1, false);
    assert_string_equal(seen(w, &a), "ink 1 1");
    ward_exec(
        w, false,
        "INSERT INTO entry(serial, field, revision, person, need, answer, value, entered_utc) SELECT serial, field, "
        "1, 'an', 'key1', 'value', '18', 0 FROM reading WHERE field='col1.rr' ORDER BY serial LIMIT 1");
    see(w, &(struct shown){"ink", 2}, 2, false);
    assert_string_equal(seen(w, &a), "ink 1 1");
    repli_arena_done(&a);
}

/* What only the second image shows is proved by the second image: the entry names the picture to look at. */
static void each_value_names_its_image(void **state)
{
    struct ward *w = *state;
    ward_exec(
        w, false,
        "UPDATE reading SET scan_id=2 WHERE field='col1.rr' AND serial=(SELECT serial FROM scan WHERE scan_id=1)");
    ward_key_all(w);
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true,
                                "SELECT hex(image_sha256) LIKE '02%' FROM paper_entry WHERE field='col1.rr' AND "
                                "merge_id='M0-1'"),
                     1);
    assert_int_equal(ward_count(w, true,
                                "SELECT count(*) FROM paper_entry WHERE field<>'col1.rr' AND merge_id='M0-1' "
                                "AND hex(image_sha256) NOT LIKE '01%'"),
                     0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(any_order_reads_the_same, setup, teardown),
        cmocka_unit_test_setup_teardown(what_the_second_shows_is_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(each_value_names_its_image, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
