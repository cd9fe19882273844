/* Which snapshots are kept: the rule over simulated months, and the files of a site. */
#define _DEFAULT_SOURCE /* utimensat */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/snapshot_keep.h"
#include "support/packcase.h"
#include "support/prng.h"
#include "support/status.h"

#define HOUR INT64_C(3600)
#define DAY  (24 * HOUR)
#define WEEK (7 * DAY)
#define T0   INT64_C(1790000000) /* 2026-09-21: autumn, so that the clocks go back under way */

static const struct repli_site_keep rule = {24, 3, 14, 35};
static struct repli_zone *zone;

static int setup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    return repli_zone_open("Europe/Brussels", &zone, &err) == REPLI_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    repli_zone_close(zone);
    return 0;
}

/* ---- a folder of snapshots as times alone */

struct shelf {
    struct repli_keep_item items[20000];
    size_t count;
    int64_t taken[20000]; /* every one that was ever there */
    size_t ntaken;
};
static struct shelf shelf;

static void put(int64_t utc)
{
    assert_true(shelf.count < 20000 && shelf.ntaken < 20000);
    shelf.items[shelf.count++] = (struct repli_keep_item){.received_utc = utc, .good = true};
    shelf.taken[shelf.ntaken++] = utc;
}

static void clear_up(int64_t now)
{
    size_t kept = 0;
    shelf.items[shelf.count - 1].needed = true; /* the newest good one */
    repli_keep_choose(&rule, zone, now, shelf.items, shelf.count);
    for (size_t i = 0; i < shelf.count; i++) {
        shelf.items[i].needed = false;
        if (shelf.items[i].keep)
            shelf.items[kept++] = shelf.items[i];
    }
    shelf.count = kept;
}

static bool there(int64_t utc)
{
    for (size_t i = 0; i < shelf.count; i++)
        if (shelf.items[i].received_utc == utc)
            return true;
    return false;
}

static int64_t day_of(int64_t utc)
{
    struct repli_civil c;
    repli_zone_civil(zone, utc, &c);
    return (utc + c.offset_s) / DAY;
}

static int64_t bucket(int64_t utc, int64_t width)
{
    return width == HOUR ? utc / HOUR : width == DAY ? day_of(utc) : (day_of(utc) + 3) / 7;
}

/* The promise: everything of the last day; of every hour, day and week within reach that ever had one, its oldest. */
static void check_promise(int64_t now)
{
    const struct {
        int64_t reach, width;
    } tiers[] = {{3 * DAY, HOUR}, {14 * DAY, DAY}, {35 * DAY, WEEK}};
    for (size_t i = 0; i < shelf.ntaken; i++) {
        int64_t t = shelf.taken[i];
        if (t > now - DAY && !there(t))
            fail_msg("one of the last day is gone");
        for (size_t k = 0; k < 3; k++) {
            bool first = i == 0 || bucket(shelf.taken[i - 1], tiers[k].width) != bucket(t, tiers[k].width);
            if (first && t > now - tiers[k].reach && !there(t))
                fail_msg("the oldest of its %lld s is gone, %lld s old", (long long)tiers[k].width,
                         (long long)(now - t));
        }
    }
    for (size_t i = 0; i < shelf.count; i++)
        if (shelf.items[i].received_utc < now - 36 * DAY)
            fail_msg("%lld days old and still there", (long long)((now - shelf.items[i].received_utc) / DAY));
}

/* Four months, a quarter of an hour at a time, sometimes one left out: the promise holds after each of them. */
static void months_of_takes(void **state)
{
    (void)state;
    struct prng r;
    int64_t now = T0;
    prng_seed(&r, 1, 1);
    shelf = (struct shelf){0};
    for (int i = 0; i < 120 * 96; i++, now += 900) {
        if (prng_chance(&r, 0.05))
            continue;
        put(now + prng_int(&r, 0, 40));
        clear_up(now + 41);
        if (i % 5 == 0)
            check_promise(now + 41);
    }
    assert_in_range(shelf.count, 140, 166);
}

/* A take a second for six hours: nothing that was there goes because of it, and a week later the flood is gone. */
static void a_flood_pushes_nothing_out(void **state)
{
    (void)state;
    static int64_t before[400];
    size_t n = 0;
    int64_t now = T0;
    shelf = (struct shelf){0};
    for (int i = 0; i < 50 * 96; i++, now += 900) {
        put(now);
        clear_up(now);
    }
    for (size_t i = 0; i < shelf.count; i++)
        if (shelf.items[i].received_utc > now - 34 * DAY && shelf.items[i].received_utc < now - 4 * DAY)
            before[n++] = shelf.items[i].received_utc;
    assert_true(n > 10);
    for (int i = 0; i < 6 * 3600; i++, now++) {
        if (i % 2 == 0)
            put(now);
        if (i % 600 == 0)
            clear_up(now);
    }
    for (size_t i = 0; i < n; i++)
        assert_true(there(before[i]));
    for (int i = 0; i < 7 * 96; i++, now += 900) {
        put(now);
        clear_up(now);
    }
    assert_in_range(shelf.count, 1, 200);
}

/* The clock jumps four years ahead, for a day, and is set right again: everything of the day before it is still there,
** and so are the days and weeks. */
static void a_clock_that_jumps(void **state)
{
    (void)state;
    static int64_t before[400];
    int64_t now = T0;
    shelf = (struct shelf){0};
    for (int i = 0; i < 50 * 96; i++, now += 900) {
        put(now);
        clear_up(now);
    }
    size_t n = shelf.count;
    for (size_t i = 0; i < n; i++)
        before[i] = shelf.items[i].received_utc;
    for (int i = 0; i < 8; i++) {
        put(now + 4 * 365 * DAY + i * 900);
        clear_up(now + 4 * 365 * DAY + i * 900);
    }
    size_t lost = 0;
    for (size_t i = 0; i < n; i++)
        lost += !there(before[i]);
    assert_in_range(lost, 0, 16); /* two hours of work: a few hours and days ended by the clock, no more */
    assert_true(there(before[n - 1]) && there(before[n - 80]));
    now += 2 * HOUR; /* set right; those of the wrong years lie in the future */
    put(now);
    clear_up(now);
    assert_true(there(now) && there(before[n - 1]) && there(before[n - 80]));
}

/* What paper names stays at any age, and stands for no hour, day or week of others; a damaged one stands for none. */
static void needed_and_damaged(void **state)
{
    (void)state;
    struct repli_keep_item items[] = {
        {.received_utc = T0 - 100 * DAY, .good = true, .needed = true},
        {.received_utc = T0 - 99 * DAY, .good = true},
        {.received_utc = T0 - 10 * DAY, .good = false},
        {.received_utc = T0 - 10 * DAY + 60, .good = true},
        {.received_utc = T0 - 10 * DAY + 120, .good = true},
        {.received_utc = T0, .good = true},
    };
    const struct repli_site_keep steps[] = {{24, 3, 14, 35}, {1, 1, 1, 7}};
    /* Without gaps that do not count: one a day between them. */
    struct repli_keep_item all[400];
    size_t n = 0;
    memcpy(all, items, sizeof items);
    n = sizeof items / sizeof *items;
    for (int i = 1; i < 99; i++)
        all[n++] = (struct repli_keep_item){.received_utc = T0 - i * DAY + 7 * HOUR, .good = true};
    for (int i = 1; i < 48; i++)
        all[n++] = (struct repli_keep_item){.received_utc = T0 - i * HOUR - 5, .good = true};
    repli_keep_choose(&steps[0], zone, T0, all, n);
    assert_true(all[0].keep);
    assert_false(all[1].keep);
    assert_true(all[2].keep);  /* damaged: lies there to be looked at */
    assert_true(all[3].keep);  /* and the first good one of the day is kept beside it */
    assert_false(all[4].keep); /* not the second */
    assert_true(all[5].keep);
}

/* ---- files */

static char *site_path(const char *name)
{
    return repli_arena_printf(&packcase_arena, "%s/%s", packcase_site.site->snapshots, name);
}

/* A copy of a snapshot under another name, received so many seconds before the site's now. */
static void copy_as(const char *from, const char *name, int64_t age)
{
    struct repli_err err = {0};
    char *data = NULL;
    size_t len = 0;
    const char *to = site_path(name);
    assert_ok(repli_file_read(from, 64u << 20, &packcase_arena, &data, &len, &err));
    assert_ok(repli_file_write(to, data, len, 0600, &err));
    int64_t t = repli_clock_now(&packcase_site.site->clock) - age;
    const struct timespec times[2] = {{.tv_sec = (time_t)t}, {.tv_sec = (time_t)t}};
    assert_int_equal(utimensat(AT_FDCWD, to, times, 0), 0);
}

static int64_t still_there(const char *name)
{
    return repli_file_exists(site_path(name));
}

/* Sixty days of a computer that takes snapshots, up to now. */
static void every_day_until_now(const char *from)
{
    char name[64];
    for (int i = 0; i < 48; i++) {
        snprintf(name, sizeof name, "2027-04-%02dT%02d0000Z.snapshot", 18 + i / 24, i % 24);
        copy_as(from, name, (48 - i) * HOUR);
    }
    for (int i = 2; i < 60; i++) {
        snprintf(name, sizeof name, "2027-%02d-%02dT120000Z.snapshot", i < 30 ? 3 : 2, 1 + (60 - i) % 28);
        copy_as(from, name, i * DAY);
    }
}

/* What the rule does not keep is deleted; a snapshot that open sheets name is held until the last one is closed and for
** 35 days more. */
static void files_of_a_site(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_retained out;
    struct repli_snapshot_info *list = NULL;
    struct repli_snapshot_use *uses = NULL;
    size_t n = 0, nuses = 0;
    assert_ok(repli_snapshot_list(packcase_site.site, &packcase_arena, &list, &n, &err));
    assert_int_equal(n, 1);
    const char *first = repli_arena_strdup(&packcase_arena, list[0].path), *name = strrchr(first, '/') + 1;
    struct repli_print_result pack = packcase_print("3B", REPLI_WAITS);
    smallsite_reopen(&packcase_site, "2027-03-01T02:00");
    /* Weeks of others between them, each of the same content under another name. */
    char day[64];
    for (int i = 1; i < 90; i++) {
        snprintf(day, sizeof day, "2026-12-%02dT%02d0000Z.snapshot", 1 + i % 28, i / 28);
        copy_as(first, day, (90 - i) * DAY);
    }
    assert_ok(repli_ledger_snapshot_uses(packcase_site.ledger, &packcase_arena, &uses, &nuses, &err));
    assert_int_equal(nuses, 1);
    assert_in_range(uses[0].open, 1, pack.pack.pages); /* sides without fields are closed */
    assert_ok(repli_snapshot_retain(packcase_site.site, packcase_site.ledger, &out, &err));
    assert_true(out.held >= 1 && still_there(name)); /* the same id: all of them are held */
    assert_int_equal(out.removed, 0);
    /* The paper comes back: void, but not long ago. */
    struct packcase_list sheets = packcase_sheets(pack.pack.id);
    int64_t now = repli_clock_now(&packcase_site.site->clock);
    for (size_t i = 0; i < sheets.count; i++)
        if (!repli_life_closed(sheets.rows[i].state))
            assert_ok(repli_ledger_sheet_state(packcase_site.ledger, sheets.rows[i].serial, REPLI_LIFE_VOID, NULL,
                                               "counted", now, &err));
    assert_ok(repli_snapshot_retain(packcase_site.site, packcase_site.ledger, &out, &err));
    assert_int_equal(out.removed, 0);
    smallsite_reopen(&packcase_site, "2027-04-20T02:00");
    every_day_until_now(first);
    assert_ok(repli_snapshot_retain(packcase_site.site, packcase_site.ledger, &out, &err));
    assert_true(out.removed > 50 && !still_there(name));
    assert_int_equal(out.held, 0);
}

/* However old, the newest good one stays: all newer ones are damaged. */
static void the_newest_good_one(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_retained out;
    struct repli_snapshot_info *list = NULL;
    size_t n = 0;
    assert_ok(repli_snapshot_list(packcase_site.site, &packcase_arena, &list, &n, &err));
    const char *first = list[0].path, *name = strrchr(first, '/') + 1;
    smallsite_reopen(&packcase_site, "2027-04-20T02:00");
    copy_as(first, name, 60 * DAY);
    copy_as(first, "2026-01-01T000000Z.snapshot", 61 * DAY);
    every_day_until_now(first);
    assert_ok(repli_snapshot_list(packcase_site.site, &packcase_arena, &list, &n, &err));
    for (size_t i = 0; i < n; i++)
        if (strcmp(strrchr(list[i].path, '/') + 1, name) > 0) {
            struct stat st;
            assert_int_equal(stat(list[i].path, &st), 0);
            assert_int_equal(truncate(list[i].path, 5000), 0);
            const struct timespec times[2] = {st.st_mtim, st.st_mtim};
            assert_int_equal(utimensat(AT_FDCWD, list[i].path, times, 0), 0);
        }
    assert_ok(repli_snapshot_retain(packcase_site.site, packcase_site.ledger, &out, &err));
    assert_true(still_there(name));
    assert_false(still_there("2026-01-01T000000Z.snapshot"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(months_of_takes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_pushes_nothing_out, setup, teardown),
        cmocka_unit_test_setup_teardown(a_clock_that_jumps, setup, teardown),
        cmocka_unit_test_setup_teardown(needed_and_damaged, setup, teardown),
        cmocka_unit_test_setup_teardown(files_of_a_site, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(the_newest_good_one, packcase_setup, packcase_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
