/* Taking and keeping snapshots: determinism, clocks, quarantine, crashes, damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "support/faultvfs.h"
#include "support/house.h"
#include "support/thinned.h"

/* ---- taking */

static char *slurp(const char *path, size_t *len)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *data = NULL;
    assert_ok(repli_file_read(path, 64u << 20, &a, &data, len, &err));
    char *copy = repli_xmalloc(*len + 1);
    memcpy(copy, data, *len + 1);
    repli_arena_done(&a);
    return copy;
}

/* Two copies of one site take equal bytes under the same name; the id is time and content; the file is private. */
static void deterministic(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, second;
    char copy[320], path[512];
    size_t n1, n2;
    small_house();
    snprintf(copy, sizeof copy, "%s/copy", the.base);
    assert_int_equal(run("cp", "-a", the.dir, copy), 0);
    assert_ok(take(NULL, &info, &err));
    assert_string_equal(strrchr(info.path, '/') + 1, NAME);
    assert_int_equal(repli_snapshot_id_utc(info.id), T);
    assert_memory_equal(info.id + 4, info.content, 2);
    snprintf(path, sizeof path, "%s", info.path);
    snprintf(the.dir, sizeof the.dir, "%s", copy);
    open_site("2026-11-23T02:00");
    assert_ok(take(NULL, &second, &err));
    char *a = slurp(path, &n1), *b = slurp(second.path, &n2);
    assert_int_equal(n1, n2);
    assert_memory_equal(a, b, n1);
    free(a);
    free(b);
    assert_int_equal(access(path, R_OK), 0);
}

/* The same second again: equal data changes nothing, other data is refused, a damaged file is set aside and replaced.
** */
static void the_same_second_twice(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, again;
    char away[512];
    small_house();
    assert_ok(take(NULL, &info, &err));
    assert_ok(take(NULL, &again, &err));
    assert_memory_equal(info.id, again.id, 6);
    lies("new", 3, "Nieuw", "Jan", "w3");
    assert_refused(take(NULL, &again, &err), REPLI_DATA, "a second later");
    assert_ok(repli_snapshot_verify(info.path, true, &again, &err));
    assert_memory_equal(info.id, again.id, 6);
    assert_int_equal(truncate(info.path, 5000), 0);
    assert_ok(take(NULL, &again, &err));
    assert_int_equal(again.patients, 3);
    snprintf(away, sizeof away, "%s/quarantine/%s.why", the.site->snapshots, NAME);
    assert_true(repli_file_exists(away));
}

/* A clock behind the newest snapshot is refused by name; an instant asked for by name is not; lists are newest first.
** */
static void clocks_and_lists(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, *list;
    struct repli_arena a = {0};
    struct repli_snapshot *snap = NULL;
    size_t n;
    int64_t earlier = T - DAY + 1;
    assert_refused(repli_snapshot_newest(the.site, T, &snap, &err), REPLI_DATA, "no snapshot: run `repli snapshot`");
    small_house();
    assert_ok(take(NULL, &info, &err));
    open_site("2026-11-23T01:59");
    assert_refused(take(NULL, &info, &err), REPLI_DATA, "the clock says 2026-11-23T005900Z, but " NAME);
    assert_refused(repli_snapshot_newest(the.site, T - 60, &snap, &err), REPLI_DATA, "only later ones");
    assert_ok(take(&earlier, &info, &err));
    open_site("2026-11-23T02:30");
    assert_ok(take(NULL, &info, &err));
    assert_ok(repli_snapshot_list(the.site, &a, &list, &n, &err));
    assert_int_equal(n, 3);
    assert_int_equal(list[0].taken_utc, T + 1800);
    assert_int_equal(list[2].taken_utc, earlier);
    assert_int_equal(truncate(list[0].path, 6000), 0);
    assert_ok(repli_snapshot_newest(the.site, T + DAY, &snap, &err));
    assert_int_equal(repli_snapshot_info(snap)->taken_utc, T);
    assert_int_equal(repli_snapshot_info(snap)->passed_over, 1);
    repli_snapshot_close(snap);
    assert_ok(repli_snapshot_list(the.site, &a, &list, &n, &err));
    assert_true(list[0].problem[0] != 0 && list[1].problem[0] == 0);
    repli_arena_done(&a);
}

/* A candidate that fails its check lies in quarantine with its reason, the last good one stays, and a person is
** called. */
static void bad_candidates_are_set_aside(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, none = {0};
    struct repli_snapshot *snap = NULL;
    char path[512];
    size_t n;
    small_house();
    assert_ok(take(NULL, &info, &err));
    open_site("2026-11-23T02:15");
    put("DELETE FROM patient WHERE patient_id='zoe'");
    assert_refused(take(NULL, &none, &err), REPLI_WAITS, "lies in");
    snprintf(path, sizeof path, "%s/quarantine/2026-11-23T011500Z.snapshot.why", the.site->snapshots);
    char *why = slurp(path, &n);
    assert_non_null(strstr(why, "patient"));
    free(why);
    open_site("2026-11-23T02:16");
    put("UPDATE encounter SET row_version=row_version+1, status='finished'");
    assert_refused(take(NULL, &none, &err), REPLI_WAITS, "nobody is in the house, 2 were");
    assert_ok(repli_snapshot_newest(the.site, T + DAY, &snap, &err));
    assert_int_equal(repli_snapshot_info(snap)->taken_utc, T);
    repli_snapshot_close(snap);
    assert_int_equal(none.patients, 0);
}

/* Only one takes at a time; the lock ends with the process that had it. */
static void one_at_a_time(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    int ready[2], release[2];
    char byte = 0;
    small_house();
    assert_int_equal(pipe(ready) | pipe(release), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char script[700];
        snprintf(script, sizeof script, "exec 9>'%s/taking.lock'; flock 9; echo >&%d; read x <&%d; kill -9 $$",
                 the.site->snapshots, ready[1], release[0]);
        close(release[1]);
        execl("/bin/bash", "bash", "-c", script, (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_refused(take(NULL, &info, &err), REPLI_IO, "being taken right now");
    close(release[1]);
    waitpid(pid, NULL, 0);
    assert_ok(take(NULL, &info, &err));
    close(ready[0]);
    close(release[0]);
}

/* A writer that never rests: every transaction gives all allergies and all orders the next number. */
static void write_for_ever(void)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(the.site->record, &db) != SQLITE_OK)
        _exit(1);
    sqlite3_busy_timeout(db, 1000);
    for (int64_t v = 1;; v++) {
        char *text = sqlite3_mprintf("PRAGMA synchronous=0; BEGIN IMMEDIATE;"
                                     "UPDATE allergy SET substance=%lld, row_version=row_version+1;"
                                     "UPDATE medication_request SET dose=%lld, row_version=row_version+1; COMMIT",
                                     v, v);
        if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
            _exit(2);
        sqlite3_free(text);
    }
}

static void assert_one_instant(const char *path)
{
    static const char *const names[] = {"allergies", "orders", NULL};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_snapshot *snap = NULL;
    assert_ok(repli_snapshot_open(path, &snap, &err));
    assert_ok(repli_snapshot_datasets(snap, names, NULL, NULL, &a, &sets, &err));
    const char *first = repli_dataset_cell(&sets.sets[0], 0, "substance");
    assert_int_equal(sets.sets[0].nrows, 100);
    assert_int_equal(sets.sets[1].nrows, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_string_equal(repli_dataset_cell(&sets.sets[0], i, "substance"), first);
        assert_string_equal(repli_dataset_cell(&sets.sets[1], i, "dose"), first);
    }
    repli_arena_done(&a);
    repli_snapshot_close(snap);
}

/* While somebody writes without a pause, every snapshot is of one instant of the record. */
static void one_instant_of_a_busy_record(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    place("w3", "ward", "3B", NULL);
    put("CREATE TEMP TABLE n AS WITH RECURSIVE r(i) AS (VALUES(100) UNION ALL SELECT i+1 FROM r WHERE i<199) "
        "SELECT 'p' || i AS id, i FROM r;"
        "INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, source_hash) "
        "SELECT id, 'urn:ipp', i, CAST(printf('%%08d', i) AS BLOB), x'00' FROM n;"
        "INSERT INTO encounter(encounter_id, patient_id, status, source_hash) SELECT id, id, 'in-progress', x'00' FROM "
        "n;"
        "INSERT INTO encounter_location(encounter_id, seq, location_id) SELECT id, 1, 'w3' FROM n;"
        "INSERT INTO allergy(allergy_id, patient_id, kind, substance, source_hash) "
        "SELECT id, id, 'substance', '0', x'00' FROM n;"
        "INSERT INTO medication_request(request_id, patient_id, status, intent, medication, dose, source_hash) "
        "SELECT id, id, 'active', 'order', 'm', '0', x'00' FROM n");
    pid_t writer = fork();
    if (writer == 0)
        write_for_ever();
    for (int64_t i = 1; i <= 12 / THINNED(3); i++) {
        int64_t at = T - i;
        assert_ok(take(&at, &info, &err));
        assert_one_instant(info.path);
    }
    assert_int_equal(kill(writer, SIGKILL), 0);
    assert_int_equal(waitpid(writer, NULL, 0), writer);
}

static int take_in_child(void *user)
{
    (void)user;
    struct repli_snapshot_info info;
    return take(NULL, &info, NULL) == REPLI_OK ? 0 : 2;
}

/* Killed, or the disk fails or is full, at any write of a take (here every second, or fifth; REPLI_PROVE=1: all): the
** old one, or the old and the new one, both good; the next take works and leaves no rubbish. */
static void a_take_stopped_anywhere(void **state)
{
    (void)state;
    static const enum faultvfs_mode modes[] = {FAULTVFS_KILL, FAULTVFS_HALF, FAULTVFS_EIO_ONCE, FAULTVFS_FULL_ALWAYS};
    struct repli_err err = {0};
    struct repli_snapshot_info info, *list;
    struct repli_snapshot *snap = NULL;
    int stopped = 0, old_ones = 0;
    size_t n;
    small_house();
    assert_ok(take(NULL, &info, &err));
    open_site("2026-11-23T02:15");
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        for (int64_t at = 1;; at += getenv("REPLI_PROVE") ? 1 : (m == 0 ? 2 : 5) * THINNED(2)) {
            struct faultvfs_result r;
            struct repli_arena a = {0};
            assert_true(faultvfs_run(modes[m], at, take_in_child, NULL, &r));
            assert_int_not_equal(r.rc, -1);
            assert_ok(repli_snapshot_newest(the.site, T + DAY, &snap, &err));
            bool fresh = repli_snapshot_info(snap)->taken_utc == T + 900;
            assert_true(fresh ||
                        (r.rc != 0 && repli_snapshot_info(snap)->taken_utc == T)); /* killed after the rename: new */
            old_ones += !fresh;
            assert_int_equal(repli_snapshot_info(snap)->passed_over, 0);
            repli_snapshot_close(snap);
            assert_ok(repli_snapshot_list(the.site, &a, &list, &n, &err));
            assert_int_equal(n, fresh ? 2 : 1);
            for (size_t i = 0; i < n; i++)
                assert_ok(repli_snapshot_verify(list[i].path, true, &info, &err));
            if (fresh)
                unlink(list[0].path);
            repli_arena_done(&a);
            if (!r.fired)
                break;
            stopped++;
        }
    assert_true(stopped > 20 / THINNED(4) && old_ones > 20 / THINNED(4));
    assert_ok(take(NULL, &info, &err));
    struct repli_arena a = {0};
    char **names;
    assert_ok(repli_dir_list(the.site->snapshots, &a, &names, &n, &err));
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(names[i], ".tmp"));
    repli_arena_done(&a);
}

/* ---- damage */

static void refused_after(const char *good, const char *what, const char *sql, const char *part)
{
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    char path[600];
    snprintf(path, sizeof path, "%s/%s", the.base, NAME);
    assert_int_equal(run("cp", "-f", good, path), 0);
    edit(path, "%s", sql);
    enum repli_status s = repli_snapshot_verify(path, true, &info, &err);
    if (s != REPLI_DATA || !strstr(err.text, part))
        fail_msg("%s: status %d, '%s' without '%s'", what, (int)s, err.text, part);
}

/* Whatever somebody changes in a file with SQLite itself, a value, a row, a view, the seal, is found. */
static void edits_are_found(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_snapshot *snap = NULL;
    char other[600];
    small_house();
    assert_ok(take(NULL, &info, &err));
    const char *good = info.path;
    refused_after(good, "a value", "UPDATE allergy SET substance='none' WHERE allergy_id='a2'",
                  "does not match its hash");
    refused_after(good, "a type", "UPDATE meta SET value='+' || value WHERE key='site_tag'", "does not match its hash");
    refused_after(good, "a row", "DELETE FROM allergy WHERE allergy_id='a2'", "allergy holds 2 rows, the record had 3");
    refused_after(good, "a row and its count",
                  "DELETE FROM allergy WHERE allergy_id='a2'; UPDATE meta SET value=2 WHERE key='count.allergy'",
                  "does not match its hash");
    refused_after(good, "a view",
                  "DROP VIEW ds_stay; CREATE VIEW ds_stay AS SELECT 'x' AS patient_id, 'y' AS ward, 1 AS ord",
                  "does not match its hash");
    refused_after(good, "a parent", "DELETE FROM patient WHERE patient_id='zoe'", "that is not there");
    refused_after(good, "the seal", "DELETE FROM seal", "no seal");
    refused_after(good, "the id", "UPDATE seal SET id=x'000000000000'", "id does not belong");
    refused_after(good, "the time", "UPDATE meta SET value=value+60 WHERE key='taken_utc'", "id does not belong");
    refused_after(good, "the kind", "PRAGMA application_id=5", "is not a snapshot");
    refused_after(good, "a later version", "PRAGMA user_version=2", "newer repli");
    snprintf(other, sizeof other, "%s/2026-11-23T010001Z.snapshot", the.base);
    assert_int_equal(run("cp", "-f", good, other), 0);
    edit(other, "%s",
         "PRAGMA writable_schema=ON; UPDATE sqlite_schema SET rootpage=(SELECT rootpage FROM sqlite_schema WHERE "
         "name='observation') WHERE name='allergy_patient'");
    assert_refused(repli_snapshot_open(other, &snap, &err), REPLI_DATA, "structure is damaged");
    assert_int_equal(run("cp", "-f", good, other), 0);
    assert_refused(repli_snapshot_verify(other, true, &info, &err), REPLI_DATA, "renamed");
    assert_refused(repli_snapshot_open("/nonexistent.snapshot", &snap, &err), REPLI_IO, "No such file");
    assert_int_equal(truncate(other, 0), 0);
    assert_refused(repli_snapshot_open(other, &snap, &err), REPLI_DATA, "is empty");
}

/* Everything forms see: patient by patient, as sheets are filled (that goes through the indexes), and of the house. */
static void house_digest(struct repli_snapshot *snap, uint8_t out[32])
{
    static const char *const names[] = {"patient",           "stay", "allergies", "orders",
                                        "last_observations", "ward", "census",    NULL};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_hash h;
    struct repli_snap_patient *people;
    size_t n = 0;
    repli_hash_init(&h);
    assert_ok(repli_snapshot_patients(snap, NULL, NULL, &a, &people, &n, &err));
    for (size_t p = 0; p <= n; p++) {
        const char *id = p < n ? people[p].patient_id : NULL;
        assert_ok(repli_snapshot_datasets(snap, names, id, NULL, &a, &sets, &err));
        for (size_t s = 0; s < sets.count; s++)
            for (size_t i = 0; i < sets.sets[s].nrows * sets.sets[s].ncolumns; i++)
                repli_hash_text(&h, sets.sets[s].cells[i]);
    }
    repli_hash_final(&h, out);
    repli_arena_done(&a);
}

/* Most of a small snapshot is room that nothing uses: three places of four are moved on to where something is. */
static size_t somewhere(const char *data, size_t len, size_t at, size_t n)
{
    while (n % 4 != 0 && data[at] == 0 && at + 1 < len)
        at++;
    return at;
}

/* One byte changed, at three hundred and fifty places (REPLI_PROVE=1: twelve thousand), or the end cut off: refused, or
** (an unused byte) every dataset is still the same. */
static void any_flipped_byte(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    uint8_t good[32], now[32];
    char path[600];
    size_t len;
    size_t places = getenv("REPLI_PROVE") ? 12000 : 150 / THINNED(2);
    int refused = 0, n = 0;
    small_house();
    struct repli_snapshot *snap = taken(&info);
    house_digest(snap, good);
    repli_snapshot_close(snap);
    char *data = slurp(info.path, &len);
    snprintf(path, sizeof path, "%s/damaged.snapshot", the.base);
    for (size_t at = 0; at < len; at += at < 200 ? THINNED(3) : (len / places | 1)) {
        size_t hit = somewhere(data, len, at, (size_t)n++);
        data[hit] = (char)(data[hit] ^ 0x15);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(data, 1, len, f), len);
        assert_int_equal(fclose(f), 0);
        data[hit] = (char)(data[hit] ^ 0x15);
        snap = NULL;
        if (repli_snapshot_open(path, &snap, &err) != REPLI_OK) {
            refused++;
            repli_err_clear(&err);
            continue;
        }
        house_digest(snap, now);
        assert_memory_equal(now, good, 32);
        repli_snapshot_close(snap);
    }
    for (size_t cut = 0; cut < len; cut += 3001) {
        assert_ok(repli_file_write(path, data, cut, 0600, &err));
        assert_int_equal(repli_snapshot_open(path, &snap, &err), REPLI_DATA);
        repli_err_clear(&err);
    }
    free(data);
    print_message("%d of %d changes refused\n", refused, n);
    assert_true(refused > 100 / THINNED(4));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(deterministic, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(the_same_second_twice, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(clocks_and_lists, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(bad_candidates_are_set_aside, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(one_at_a_time, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(one_instant_of_a_busy_record, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(a_take_stopped_anywhere, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(edits_are_found, house_setup, house_teardown),
        cmocka_unit_test_setup_teardown(any_flipped_byte, house_setup, house_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
