#include "base_tmp.h"

#include "repli/dataset.h"

/* A cell is found by its row and its column's name; what is not there is NULL, as is what was not transmitted. */
static void cells(void **state)
{
    (void)state;
    const char *const columns[] = {"id", "name", "bed"};
    const char *values[] = {"1", "Dubois", NULL, "2", "Peeters", "12"};
    struct repli_dataset sets[] = {{.name = "ward"}, {"patient", columns, 3, values, 2}};
    struct repli_datasets all = {sets, 2};
    const struct repli_dataset *set = repli_dataset_get(&all, "patient");
    assert_ptr_equal(set, &sets[1]);
    assert_string_equal(repli_dataset_cell(set, 0, "name"), "Dubois");
    assert_string_equal(repli_dataset_cell(set, 1, "bed"), "12");
    assert_null(repli_dataset_cell(set, 0, "bed"));
    assert_null(repli_dataset_cell(set, 2, "name"));
    assert_null(repli_dataset_cell(set, 0, "nam"));
    assert_null(repli_dataset_get(&all, "order"));
    assert_null(repli_dataset_cell(repli_dataset_get(&all, "order"), 0, "id"));
    assert_null(repli_dataset_cell(&sets[0], 0, "id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
