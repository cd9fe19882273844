#include "support/packcase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define N(a) (sizeof(a) / sizeof *(a))

static const struct smallsite_person ward_people[] = {
    {"Peeters", "Marie-Thérèse", "1958-03-14", "1001", "3B"},
    {"Ağaoğlu", "Şükrü", "1971", "1002", "3B"},
    {"De Smedt", "Anonyme", NULL, "1003", "3B"},
    {"Lefebvre", "Noé", "2020-05-05", "1004", "3B"},
    {"Nguyễn", "Văn Ố", "1990-12-31", "1005", "4A"},
    {"Sans", "Lieu", "1980-01-01", "1006", NULL},
};

struct smallsite packcase_site;
struct repli_arena packcase_arena;

int packcase_setup(void **state)
{
    (void)state;
    smallsite_open(&packcase_site, PACKCASE_NIGHT, ward_people, N(ward_people));
    return 0;
}

int packcase_teardown(void **state)
{
    (void)state;
    smallsite_close(&packcase_site);
    repli_arena_done(&packcase_arena);
    return 0;
}

const char *const packcase_obs[] = {"obs", NULL};

struct repli_print_result packcase_print(const char *ward, enum repli_status expected)
{
    struct repli_err err = {0};
    struct repli_print_result r = {0};
    struct repli_print_request request = {.ward = ward, .forms = packcase_obs, .reason = "once more"};
    enum repli_status status =
        repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, &err);
    if (status != expected)
        fail_msg("expected %d, got %d: %s", (int)expected, (int)status, err.text);
    return r;
}

static enum repli_status take_row(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    struct packcase_list *l = user;
    (void)err;
    assert_true(l->count < N(l->rows));
    struct repli_sheet_row *to = &l->rows[l->count++];
    *to = *row;
    to->sheet = repli_arena_strdup(&packcase_arena, row->sheet);
    to->code = repli_arena_strdup(&packcase_arena, row->code);
    to->patient = repli_arena_strdup(&packcase_arena, row->patient);
    to->patient_name = repli_arena_strdup(&packcase_arena, row->patient_name);
    to->patient_id = repli_arena_strdup(&packcase_arena, row->patient_id);
    to->ward = repli_arena_strdup(&packcase_arena, row->ward);
    return REPLI_OK;
}

static int by_page(const void *x, const void *y)
{
    const struct repli_sheet_row *a = x, *b = y;
    return a->page - b->page;
}

struct packcase_list packcase_sheets(const char *pack_id)
{
    struct packcase_list l = {.count = 0};
    struct repli_err err = {0};
    struct repli_sheet_filter filter = {.pack_id = pack_id};
    assert_int_equal(repli_ledger_sheets(packcase_site.ledger, &filter, take_row, &l, &err), REPLI_OK);
    qsort(l.rows, l.count, sizeof *l.rows, by_page);
    for (size_t i = 0; i < l.count; i++)
        assert_int_equal(
            repli_ledger_sheet_map(packcase_site.ledger, l.rows[i].serial, &packcase_arena, &l.maps[i], &err),
            REPLI_OK);
    return l;
}

struct repli_pack packcase_pack(const char *id)
{
    struct repli_pack pack;
    struct repli_err err = {0};
    if (repli_ledger_pack_get(packcase_site.ledger, NULL, id, &packcase_arena, &pack, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return pack;
}
