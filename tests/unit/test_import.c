/* Files and folders into the record: how they are read, and that order, repetition and damage make no difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <zlib.h>

#include "repli/file.h"
#include "repli/invent.h"
#include "support/prng.h"
#include "support/recordbox.h"

static int setup(void **state)
{
    struct recordbox *b = calloc(1, sizeof *b);
    recordbox_open(b);
    *state = b;
    return 0;
}

static int teardown(void **state)
{
    recordbox_close(*state);
    free(*state);
    return 0;
}

static void write_gz(const char *path, const char *text, size_t len)
{
    gzFile f = gzopen(path, "wb9");
    assert_non_null(f);
    assert_int_equal(gzwrite(f, text, (unsigned)len), (int)len);
    assert_int_equal(gzclose(f), Z_OK);
}

static void one_file(struct recordbox *b, const char *name, const char *text)
{
    char path[512];
    const char *paths[] = {path};
    recordbox_write(b, name, text, strlen(text), path);
    recordbox_files(b, paths, 1);
}

#define PATIENT(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\"}"

/* What a file is made of decides how it is read, not its name; what cannot be read is refused by file and line. */
static void test_kinds_of_files(void **state)
{
    static const struct {
        const char *name, *text;
        int inserted;
        const char *said; /* part of the refusals; "" = none */
    } files[] = {
        {"a.ndjson", PATIENT("a1") "\r\n\n" PATIENT("a2"), 2, ""},
        {"b.json", "\xEF\xBB\xBF" PATIENT("b1"), 1, ""},
        {"c.json", "[\n" PATIENT("c1") ",\n" PATIENT("c2") "]", 2, ""},
        {"d.json", "{\n \"resourceType\":\"Patient\",\n \"id\":\"d1\"\n}\n", 1, ""},
        {"e.json",
         "{\"resourceType\":\"Bundle\",\"type\":\"batch\",\n\"entry\":[{\"resource\":" PATIENT(
             "e1") "},{\"resource\":{\"resourceType\":\"Patient\"}}]}",
         1, "e.json:2 Patient: has no id"},
        {"f.json", PATIENT("f1") "\n{\"broken\n" PATIENT("f2") "\n", 2, "f.json:2 -: not JSON"},
        {"g.ndjson", "{\"cut\n" PATIENT("g2") "\n", 1, "g.ndjson:1 -: not JSON"},
        {"h.xml", "<Patient/>", 0, "h.xml:0 -: type: XML is not read"},
        {"i.txt", "hello", 0, "i.txt:0 -: type: neither JSON nor HL7 v2"},
        {"j.json", "", 0, "j.json:0 -: empty"},
        {"k.json", "  \n ", 0, "k.json:0 -: empty"},
        {"l.ndjson", PATIENT("l1") "\n\xFF\xFE\n" PATIENT("l2"), 2, "l.ndjson:2 -: is not valid UTF-8"},
        {"m.json", "{\"resourceType\":\"Patient\",\n\"id\":\"m1\"", 0, "m.json:0 -: not JSON"},
    };
    struct recordbox *b = *state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        one_file(b, files[i].name, files[i].text);
        if (b->report.counts.inserted != files[i].inserted)
            fail_msg("%s: %d inserted", files[i].name, (int)b->report.counts.inserted);
        if (files[i].said[0] ? !strstr(b->said, files[i].said) : b->said[0] != 0)
            fail_msg("%s: said '%s'", files[i].name, b->said);
    }
}

/* A NUL byte, a depth of 10,000 and four million values are refused before they reach the parser. */
static void test_json_limits(void **state)
{
    struct recordbox *b = *state;
    char path[512];
    const char *paths[] = {path};
    recordbox_write(b, "nul.ndjson", PATIENT("a") "\n{\0}\n" PATIENT("b"),
                    sizeof PATIENT("a") "\n{\0}\n" PATIENT("b") - 1, path);
    recordbox_files(b, paths, 1);
    assert_int_equal(b->report.counts.inserted, 2);
    assert_non_null(strstr(b->said, "nul.ndjson:2 -: holds a NUL byte"));
    char *deep = malloc(10002);
    memset(deep, '[', 10000);
    deep[10000] = 0;
    one_file(b, "deep.json", deep);
    assert_non_null(strstr(b->said, "nested deeper than 64"));
    free(deep);
}

/* A line over the limit is refused by its number and costs no more memory than that; the lines around it are taken. */
static void test_long_line(void **state)
{
    struct recordbox *b = *state;
    size_t big = 12u << 20;
    char path[512], *text = malloc(big + 200);
    const char *paths[] = {path};
    int n = snprintf(text, 100, "%s\n", PATIENT("a"));
    memset(text + n, ' ', big);
    memcpy(text + n, "{\"x\":\"", 6);
    memcpy(text + (size_t)n + big, "\"}\n" PATIENT("b") "\n", sizeof "\"}\n" PATIENT("b") "\n");
    snprintf(path, sizeof path, "%s/long.ndjson.gz", b->dir);
    write_gz(path, text, (size_t)n + big + sizeof "\"}\n" PATIENT("b") "\n" - 1);
    free(text);
    recordbox_files(b, paths, 1);
    assert_int_equal(b->report.counts.inserted, 2);
    assert_non_null(strstr(b->said, "long.ndjson.gz:2 -: larger than import_max_resource"));
}

/* A .gz that is cut off: every whole line before the cut is taken, the cut is named, a half line never is. */
static void test_cut_gz(void **state)
{
    struct recordbox *b = *state;
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct prng r;
    char path[512], cut[512], *data, *text = malloc(400000);
    const char *paths[] = {cut};
    size_t len = 0, n = 0;
    prng_seed(&r, 7, 0);
    for (int i = 0; i < 2000; i++) /* noise, so that the packed file is long enough to be cut in many places */
        n += (size_t)snprintf(text + n, 200,
                              "{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"name\":[{\"family\":\"%llx\"}]}\n", i,
                              (unsigned long long)prng_next(&r));
    snprintf(path, sizeof path, "%s/whole.ndjson.gz", b->dir);
    write_gz(path, text, n);
    free(text);
    assert_int_equal(repli_file_read(path, 1 << 20, &a, &data, &len, &err), REPLI_OK);
    int64_t before = 0;
    for (size_t part = 1; part <= 4; part++) {
        recordbox_write(b, "cut.ndjson.gz", data, len * part / 5, cut);
        recordbox_files(b, paths, 1);
        int64_t all = b->report.counts.inserted + b->report.counts.unchanged;
        assert_true(all > before && all < 2000);
        assert_int_equal(b->report.counts.refused, 1);
        assert_non_null(strstr(b->said, "the compressed file is cut off"));
        before = all;
    }
    repli_arena_done(&a);
}

static const char *const types[] = {"Location",
                                    "Patient",
                                    "Encounter",
                                    "AllergyIntolerance",
                                    "Condition",
                                    "Observation",
                                    "MedicationRequest",
                                    "Flag",
                                    "MedicationAdministration",
                                    "MedicationStatement",
                                    "Procedure",
                                    "ServiceRequest",
                                    "Appointment",
                                    "Device",
                                    "DeviceUseStatement",
                                    "Coverage",
                                    "Practitioner",
                                    "Organization"};
#define TYPES (sizeof types / sizeof *types)

static enum repli_status append(void *user, const char *resource, struct repli_err *err)
{
    struct repli_buf *files = user;
    for (size_t i = 0; i < TYPES; i++) {
        char key[60];
        snprintf(key, sizeof key, "\"resourceType\":\"%s\"", types[i]);
        if (!strstr(resource, key))
            continue;
        repli_buf_puts(&files[i], resource);
        repli_buf_puts(&files[i], "\n");
        return REPLI_OK;
    }
    return repli_fail(err, REPLI_BUG, "a type that this test does not know: %.60s", resource);
}

/* Ten orders of the same files, told one by one and as a folder, again and again: one digest. */
static void test_any_order(void **state)
{
    struct recordbox *b = *state;
    const struct repli_invent_plan plan = {.seed = 3, .at_utc = BOX_NOW, .beds = REPLI_INVENT_BEDS_MIN};
    struct repli_buf files[TYPES] = {0};
    struct repli_err err = {0};
    char paths[TYPES][512], first[65], digest[65], name[20];
    const char *order[TYPES];
    struct prng r;
    prng_seed(&r, 11, 0);
    assert_int_equal(repli_invent_hospital(&plan, append, files, &err), REPLI_OK);
    for (int round = 0; round < 10; round++) {
        struct recordbox fresh;
        recordbox_open(&fresh);
        for (size_t i = 0; i < TYPES; i++) { /* other names, so that they are read in another order too */
            snprintf(name, sizeof name, "%llx.ndjson", (unsigned long long)(prng_next(&r) >> 20));
            recordbox_write(&fresh, name, files[i].data, files[i].len, paths[i]);
            order[i] = paths[i];
        }
        for (size_t i = TYPES - 1; i > 0; i--) {
            size_t k = (size_t)(prng_next(&r) % (i + 1));
            const char *held = order[i];
            order[i] = order[k];
            order[k] = held;
        }
        recordbox_files(&fresh, order, TYPES);
        assert_string_equal(fresh.said, "");
        recordbox_digest(&fresh, digest);
        if (round == 0)
            memcpy(first, digest, sizeof first);
        assert_string_equal(digest, first);
        recordbox_files(&fresh, order, TYPES);
        assert_int_equal(fresh.report.counts.inserted + fresh.report.counts.updated, 0);
        recordbox_digest(&fresh, digest);
        assert_string_equal(digest, first);
        recordbox_close(&fresh);
    }
    /* all types backwards in one file: everything waits for what comes after it */
    struct repli_buf back = {0};
    for (size_t i = TYPES; i-- > 0;)
        repli_buf_add(&back, files[i].data, files[i].len);
    one_file(b, "backwards.ndjson", back.data);
    recordbox_digest(b, digest);
    assert_string_equal(digest, first);
    repli_buf_done(&back);
    for (size_t i = 0; i < TYPES; i++)
        repli_buf_done(&files[i]);
}

/* The real wards, where they are at hand: what is known about them, and flat memory. */
static void test_live_wards(void **state)
{
    struct recordbox *b = *state;
    const char *shared = getenv("REPLI_SHARED");
    char path[500], first[65], second[65];
    snprintf(path, sizeof path, "%s/data/fhir/live-wards-odbl", shared ? shared : "../shared"); /* REPLI_SHARED */
    if (!repli_file_exists(path)) {
        print_message("skip - no real wards in %s\n", path);
        skip();
    }
    const char *paths[] = {path};
    recordbox_files(b, paths, 1);
    assert_string_equal(b->said, "");
    assert_int_equal(b->report.counts.inserted, 24262);
    assert_int_equal(b->report.not_used, 342);
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM patient"), "44");
    assert_string_equal(
        recordbox_sql(b, "SELECT count(*) FROM encounter WHERE status='in-progress' AND part_of IS NULL"), "44");
    assert_string_equal(
        recordbox_sql(b, "SELECT count(*) FROM encounter WHERE status='in-progress' AND part_of IS NOT NULL"), "27");
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM medication_request WHERE status='active'"), "1394");
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM medication_request WHERE status='active' AND frequency "
                                         "IS NULL AND times IS NULL AND period_s IS NULL"),
                        "1244");
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM allergy"), "0");
    assert_string_equal(recordbox_sql(b, "SELECT count(*)||'/'||count(DISTINCT code) FROM location WHERE kind='ward'"),
                        "31/31");
    assert_string_equal(recordbox_sql(b, "SELECT count(*) FROM location WHERE kind='bed'"), "0");
    recordbox_digest(b, first);
    recordbox_files(b, paths, 1);
    assert_int_equal(b->report.counts.unchanged, 24262);
    recordbox_digest(b, second);
    assert_string_equal(first, second);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {TEST(test_kinds_of_files), TEST(test_json_limits), TEST(test_long_line),
                                       TEST(test_cut_gz),         TEST(test_any_order),   TEST(test_live_wards)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
