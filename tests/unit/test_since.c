/* What the record may do to a patient between printing and merging without holding the paper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "support/ward.h"

#define PAPER_ROWS "SELECT count(*) FROM observation WHERE from_paper=1"
/* Another number of the same file, with another keyed hash; the old one is kept nowhere. */
#define RENUMBERED(number)                                                                                             \
    "UPDATE patient SET identifier_value='" number "', subject_hash=x'0000000000000001', row_version=2 WHERE "         \
    "patient_id='pat-0';UPDATE patient_identifier SET value='" number "', row_version=2 WHERE patient_id='pat-0'"

static int setup(void **state)
{
    *state = ward_new("since", 2);
    return 0;
}

/* What the record may do to a patient without a word about this paper: moved to another ward, or given another number
** while the old one is kept. */
static void quiet_changes(void **state)
{
    static const char *const changes[] = {
        "INSERT INTO location(location_id, kind, name, code, source_hash) VALUES('w9','ward','9Z','9Z',x'00');"
        "INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc) VALUES('enc-0',9,'w9',1795417200)",
        RENUMBERED(
            "10999") ";INSERT INTO patient_identifier(patient_id, system, value) VALUES('pat-0','urn:ipp','10000')",
    };
    struct ward *w = *state;
    ward_key_all(w);
    ward_close(w);
    ward_save(w);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        ward_restore(w);
        ward_open(w);
        ward_exec(w, true, changes[i]);
        if (ward_merge(w, false, NULL) != REPLI_OK)
            fail_msg("held after %s", changes[i]);
        assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
        assert_int_equal(ward_count(w, true, "SELECT count(*) FROM observation WHERE patient_id='pat-0'"), 8);
        ward_close(w);
    }
    ward_open(w);
}

/* Who was not in the record when the paper came is waited for. */
static void comes_later(void **state)
{
    struct ward *w = *state;
    struct repli_arena a = {0};
    const char *hash = ward_text(w, true, "SELECT hex(subject_hash) FROM patient WHERE patient_id='pat-0'", &a);
    ward_key_all(w);
    ward_exec(w, true,
              "UPDATE encounter SET patient_id='pat-1', row_version=2 WHERE encounter_id='enc-0';"
              "DELETE FROM patient_identifier WHERE patient_id='pat-0';"
              "UPDATE patient SET patient_id='kept', identifier_value='kept', subject_hash=CAST('kept'||"
              "hex(substr(subject_hash,1,2)) AS BLOB), row_version=2 WHERE patient_id='pat-0'");
    assert_int_equal(ward_merge(w, false, NULL), REPLI_WAITS);
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold WHERE kind='patient-unknown'"), 8);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w) - 8);
    ward_exec(w, true,
              repli_arena_printf(&a,
                                 "UPDATE patient SET patient_id='pat-0', subject_hash=x'%s', row_version=3 WHERE "
                                 "patient_id='kept';UPDATE encounter SET patient_id='pat-0', row_version=3 WHERE "
                                 "encounter_id='enc-0'",
                                 hash));
    assert_int_equal(ward_merge(w, false, NULL), REPLI_OK);
    assert_int_equal(ward_count(w, true, PAPER_ROWS), ward_values(w));
    assert_int_equal(ward_count(w, false, "SELECT count(*) FROM hold"), 0);
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(quiet_changes, setup, ward_teardown),
        cmocka_unit_test_setup_teardown(comes_later, setup, ward_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
