/* Answers of people: any bytes, line by line, against a ward that is made once and never merges. */
#include <stdint.h>
#include <stdlib.h>

#include "support/ward.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ward ward;

static void drop(void)
{
    ward_drop(&ward);
}

static void count_line(void *user, const char *json)
{
    (*(int64_t *)user) += json[0] == '{';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repli_review_counts n = {0};
    struct repli_err err = {0};
    int64_t told = 0;
    if (!ward.dir[0]) {
        ward_make(&ward, "fuzz-review", 1);
        ward_open(&ward);
        (void)ward_open_tasks(&ward, NULL);
        ward_close(&ward);
        ward_save(&ward);
        ward_open(&ward);
        atexit(drop);
    }
    enum repli_status s =
        repli_review_import(ward.site, ward.ledger, (const char *)data, size, "an", count_line, &told, &n, &err);
    /* What is no JSON is read as a table; one that cannot be taken apart is refused as a whole, and says where. */
    bool refused = s == REPLI_DATA && err.text[0] && n.taken + n.repeated + n.refused + n.closed == 0;
    if (refused)
        s = REPLI_OK;
    /* Every line is taken, repeated, or named; and nobody alone gets a time settled. */
    if (s != REPLI_OK && s != REPLI_WAITS)
        abort();
    if (told != n.refused + n.closed)
        abort();
    if (ward_count(&ward, false, "SELECT count(*) FROM settled WHERE field LIKE 'col_.at' AND answer<>'empty'") != 0)
        abort();
    if (n.taken) {
        ward_close(&ward);
        ward_restore(&ward);
        ward_open(&ward);
    }
    return 0;
}
