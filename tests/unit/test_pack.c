/* Packs: what is on paper, in the ledger and in the PDF agree; killed anywhere, the ledger tells the truth. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/form.h"
#include "repli/pagecode.h"
#include "repli/print.h"
#include "repli/serial.h"
#include "support/packcase.h"
#include "support/picture.h"

#define N(a) (sizeof(a) / sizeof *(a))

/* ---- what a pack is */

/* Each sheet's row, page map and authentic code say the same; patients start on a leaf's front, in the ward's order. */
static void paper_and_ledger_agree(void **state)
{
    (void)state;
    struct repli_print_result r = packcase_print("3B", REPLI_WAITS);
    struct packcase_list l = packcase_sheets(r.pack.id);
    assert_int_equal(r.patients, 3);
    assert_int_equal(l.count, r.pack.pages);
    assert_int_equal(l.count % 2, 0);
    for (size_t i = 0; i < l.count; i++) {
        const struct repli_sheet_row *row = &l.rows[i];
        const struct repli_page_map *map = l.maps[i];
        struct repli_page_code code;
        uint8_t mac[8];
        assert_int_equal(row->page, i + 1);
        assert_int_equal(repli_pagecode_decode(row->code, packcase_site.site->keys, &code, mac), REPLI_PAGECODE_GOOD);
        assert_memory_equal(mac, row->mac, 8);
        assert_true(code.serial == row->serial);
        assert_memory_equal(code.subject, row->subject, 8);
        assert_memory_equal(code.stay, row->stay, 8);
        assert_memory_equal(code.snapshot, r.pack.snapshot, 6);
        assert_int_equal(code.page, row->side);
        assert_int_equal(code.pages, row->sides);
        assert_int_equal(code.window_utc, 1795395600); /* 02:13 at Brussels, floored: 01:00 UTC */
        assert_int_equal(code.window_hours, 24);
        assert_int_equal(code.flags, row->flags);
        assert_string_equal(map->code, row->code);
        assert_string_equal(map->sheet, row->sheet);
        assert_int_equal(map->page, row->page);
        assert_string_equal(map->patient, row->patient);
        assert_int_equal(row->has_fields, map->nfields > 0);
        assert_int_equal(row->state, map->nfields > 0 ? REPLI_LIFE_PRINTED : REPLI_LIFE_BLANK);
        if (i == 0 || strcmp(row->patient, l.rows[i - 1].patient) != 0)
            assert_int_equal(i % 2, 0);
        assert_int_equal(row->side,
                         i > 0 && strcmp(row->patient, l.rows[i - 1].patient) == 0 ? l.rows[i - 1].side + 1 : 1);
    }
}

/* Who is too young for a form is left out by name and number; who has no birth date is not. */
static void the_too_young_are_named(void **state)
{
    (void)state;
    struct repli_print_result r = packcase_print("3B", REPLI_WAITS);
    assert_int_equal(r.skipped, 1);
    assert_non_null(strstr(r.notes, "LEFEBVRE"));
    assert_non_null(strstr(r.notes, "1004"));
    assert_null(strstr(r.notes, "1003"));
    struct packcase_list l = packcase_sheets(r.pack.id);
    for (size_t i = 0; i < l.count; i++) {
        assert_string_not_equal(l.rows[i].patient, "1004");
        int band = l.rows[i].flags & (int)REPLI_FLAG_AGE_MASK;
        assert_int_equal(band, strcmp(l.rows[i].patient, "1003") == 0 ? REPLI_AGE_UNKNOWN : REPLI_AGE_ADULT);
    }
}

/* A form about a ward: once, before the patients' paper, whatever order was asked for; its code, ledger row and page
** map name the ward and no patient.  A ward is told from another one, and from a patient. */
static void a_ward_can_be_the_subject(void **state)
{
    (void)state;
    static const char form[] = "form: board\nnumber: 900\nversion: 1\ntitle: Observation chart\nsubject: ward\n"
                               "datasets: [ward]\nbody:\n  - zone: notes\n    height: 40\n";
    static const char *const both[] = {"obs", "board", NULL};
    struct repli_err err = {0};
    struct repli_print_result r = {0};
    struct repli_page_code code[2];
    uint8_t mac[8], ward[8];
    const char *file = repli_arena_printf(&packcase_arena, "%s/templates/forms/board.yaml", packcase_site.dir);
    assert_int_equal(mkdir(repli_path_join(&packcase_arena, packcase_site.dir, "templates"), 0700), 0);
    assert_int_equal(mkdir(repli_path_join(&packcase_arena, packcase_site.dir, "templates/forms"), 0700), 0);
    assert_int_equal(repli_file_write(file, form, sizeof form - 1, 0600, &err), REPLI_OK);
    smallsite_reopen(&packcase_site, PACKCASE_NIGHT);
    struct repli_print_request request = {.ward = "3B", .forms = both};
    if (repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, &err) !=
        REPLI_WAITS) /* one patient is too young for obs */
        fail_msg("%s", err.text);
    assert_int_equal(r.patients, 3);
    assert_int_equal(r.skipped, 1);
    struct packcase_list l = packcase_sheets(r.pack.id);
    assert_int_equal(l.count, 8);
    for (size_t i = 0; i < l.count; i++) {
        assert_string_equal(l.maps[i]->form, i < 2 ? "board" : "obs");
        assert_int_equal(repli_pagecode_decode(l.rows[i].code, packcase_site.site->keys, &code[i % 2], mac),
                         REPLI_PAGECODE_GOOD);
        assert_int_equal(code[i % 2].subject_kind, i < 2 ? REPLI_SUBJECT_WARD : REPLI_SUBJECT_PATIENT);
        assert_int_equal(l.rows[i].subject_kind, code[i % 2].subject_kind);
        assert_memory_equal(l.rows[i].subject, code[i % 2].subject, 8);
        assert_string_equal(l.maps[i]->ward, "3B");
        assert_true((l.maps[i]->patient != NULL) == (i >= 2));
        assert_true((l.rows[i].patient != NULL) == (i >= 2));
        assert_true((l.rows[i].patient_name != NULL) == (i >= 2));
    }
    repli_keys_ward(packcase_site.site->keys, "3B", ward);
    assert_memory_equal(l.rows[0].subject, ward, 8);
    assert_memory_equal(l.rows[0].stay, "\0\0\0\0\0\0\0\0", 8);
    assert_non_null(strstr(repli_page_map_json(l.maps[0], &packcase_arena), "\"patient\":null,\"stay\":null"));
    repli_keys_ward(packcase_site.site->keys, "4A", mac);
    assert_memory_not_equal(mac, ward, 8);
    struct repli_print_request wrong = {.patient = "1001", .forms = both};
    assert_int_equal(repli_print_pack(packcase_site.site, packcase_site.ledger, &wrong, &packcase_arena, &r, &err),
                     REPLI_USAGE);
    assert_non_null(strstr(err.text, "form 'board' is about a ward"));
}

/* The PDF is where the ledger says, whole, with the hash the ledger keeps, and -o is the same once more. */
static void the_file_is_what_the_ledger_says(void **state)
{
    (void)state;
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_print_result r = {0};
    const char *copy = repli_arena_printf(&packcase_arena, "%s/inbox/copy.pdf", packcase_site.dir);
    struct repli_print_request request = {.ward = "4A", .out = copy};
    assert_int_equal(repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, &err),
                     REPLI_OK);
    assert_string_equal(r.pack.path, copy);
    struct repli_pack kept = packcase_pack(r.pack.id);
    assert_string_equal(kept.state, "ready");
    assert_string_equal(kept.path, repli_arena_printf(&packcase_arena, "packs/2026-11-23/4A-%s.pdf", r.pack.id));
    assert_int_equal(repli_sha256_file(repli_path_join(&packcase_arena, packcase_site.dir, kept.path), sha, &err),
                     REPLI_OK);
    assert_memory_equal(sha, kept.sha256, 32);
    assert_int_equal(repli_sha256_file(copy, sha, &err), REPLI_OK);
    assert_memory_equal(sha, kept.sha256, 32);
    assert_int_equal(repli_ledger_pack_get(packcase_site.ledger, sha, NULL, &packcase_arena, &kept, &err), REPLI_OK);
    assert_string_equal(kept.id, r.pack.id);
    struct stat info;
    assert_int_equal(stat(copy, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600); /* names of patients */
}

/* The usual pack: who lies where, then patient by patient what is given before what is measured, each on leaves of
** its own; one patient's is without the ward's; from a bed on it is the rest. */
static void the_usual_pack(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_print_result r = {0};
    struct repli_print_request ward = {.ward = "3B"}, one = {.patient = "1001", .reason = "wet"}, rest = {.ward = "3B"};
    if (repli_print_pack(packcase_site.site, packcase_site.ledger, &ward, &packcase_arena, &r, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    struct packcase_list l = packcase_sheets(r.pack.id);
    assert_string_equal(r.pack.what, "census,mar,obs,children");
    assert_string_equal(l.maps[0]->form, "census");
    for (size_t i = 1; i < l.count; i++) {
        const struct repli_page_map *m = l.maps[i], *before = l.maps[i - 1];
        bool patient = m->patient && before->patient && strcmp(m->patient, before->patient) == 0;
        bool same = strcmp(m->form, before->form) == 0 && (patient || (!m->patient && !before->patient));
        assert_int_equal(m->side, same ? before->side + 1 : 1);
        if (!same)
            assert_int_equal(i % 2, 0); /* the front of a leaf */
        if (patient && !same)
            assert_true((strcmp(before->form, "mar") == 0 && strcmp(m->form, "obs") == 0) ||
                        (strcmp(before->form, "mar") == 0 && strcmp(m->form, "children") == 0) ||
                        (strcmp(before->form, "obs") == 0 && strcmp(m->form, "children") == 0));
        assert_true(m->patient || !before->patient); /* nothing about the ward after a patient */
    }
    assert_int_equal(l.count % 2, 0);
    /* A child gets the chart for children and not the adults', without a word; who may be either gets both. */
    for (int who = 1001; who <= 1004; who++)
        for (int children = 0; children < 2; children++) {
            char number[16];
            size_t sides = 0;
            snprintf(number, sizeof number, "%d", who);
            for (size_t i = 0; i < l.count; i++)
                sides += l.maps[i]->patient && strcmp(l.maps[i]->patient, number) == 0 &&
                         strcmp(l.maps[i]->form, children ? "children" : "obs") == 0;
            assert_int_equal(sides, who == 1003 || (who == 1004) == (children == 1) ? 2 : 0);
        }
    assert_string_equal(r.notes, "");
    assert_int_equal(repli_print_pack(packcase_site.site, packcase_site.ledger, &one, &packcase_arena, &r, &err),
                     REPLI_OK);
    assert_string_equal(r.pack.what, "mar,obs,children");
    rest.from_bed = "no such bed";
    assert_int_equal(repli_print_pack(packcase_site.site, packcase_site.ledger, &rest, &packcase_arena, &r, &err),
                     REPLI_USAGE);
    assert_non_null(strstr(err.text, "nobody lies in bed 'no such bed'"));
}

/* A shift has the face sheet before, and fluids and notes after, what the usual pack has; logs are a ward's. */
static void the_named_packs(void **state)
{
    static const struct {
        const char *pack, *ward, *patient, *what;
    } cases[] = {
        {"now", "3B", NULL, "census,mar,obs,children"},
        {"shift", "3B", NULL, "census,face,mar,obs,children,glucose,fluid,orders,notes"},
        {"shift", NULL, "1001", "face,mar,obs,children,glucose,fluid,orders,notes"},
        {"logs", "3B", NULL, "wardlog,messages"},
        {"logs", NULL, "1001", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct repli_err err = {0};
        struct repli_print_result r = {0};
        struct repli_print_request request = {
            .ward = cases[i].ward, .patient = cases[i].patient, .pack = cases[i].pack, .reason = "again"};
        enum repli_status status =
            repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, &err);
        if (!cases[i].what) {
            assert_int_equal(status, REPLI_USAGE);
            assert_non_null(strstr(err.text, "about a ward as a whole"));
            continue;
        }
        if (status != REPLI_OK && status != REPLI_WAITS)
            fail_msg("%s", err.text);
        assert_string_equal(r.pack.what, cases[i].what);
    }
}

/* Unknown wards and patients are refused with the way out, and take no number. */
static void what_is_not_there_takes_no_number(void **state)
{
    (void)state;
    int64_t before, after;
    struct repli_err err = {0};
    struct repli_print_result r;
    const struct {
        struct repli_print_request request;
        enum repli_status status;
        const char *saying;
    } cases[] = {
        {{.ward = "9Z"}, REPLI_USAGE, "ward '9Z' is not in the snapshot (wards: 3B, 4A)"},
        {{.patient = "77"}, REPLI_USAGE, "patient '77' is not in the house"},
        {{.ward = "4A", .patient = "1001"}, REPLI_USAGE, "patient '1001' is not on ward 4A"},
        {{.patient = "1004", .forms = packcase_obs}, REPLI_DATA, "nothing to print: LEFEBVRE"},
        {{.ward = "4A", .forms = (const char *const[]){"none", NULL}}, REPLI_DATA, "none"},
        {{.ward = "4A", .forms = (const char *const[]){"obs", "obs", NULL}}, REPLI_USAGE, "twice"},
        {{.ward = "4A", .out = "/nonexistent/x.pdf"}, REPLI_IO, "/nonexistent"},
        {{.ward = "4A", .out = "/tmp"}, REPLI_USAGE, "not a plain file"},
    };
    assert_int_equal(repli_ledger_next(packcase_site.ledger, "serial", &before, &err), REPLI_OK);
    for (size_t i = 0; i < N(cases); i++) {
        enum repli_status status =
            repli_print_pack(packcase_site.site, packcase_site.ledger, &cases[i].request, &packcase_arena, &r, &err);
        if (status != cases[i].status || !strstr(err.text, cases[i].saying))
            fail_msg("case %zu: %d, %s", i, (int)status, err.text);
        repli_err_clear(&err);
    }
    assert_int_equal(repli_ledger_next(packcase_site.ledger, "serial", &after, &err), REPLI_OK);
    assert_int_equal(before, after);
}

/* A patient of whom no ward is known gets paper: by number, and as one of those without a ward. */
static void patients_without_a_ward_get_paper(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_print_result r;
    struct repli_print_request request = {.patient = "1006"};
    assert_int_equal(repli_print_pack(packcase_site.site, packcase_site.ledger, &request, &packcase_arena, &r, &err),
                     REPLI_OK);
    assert_int_equal(r.patients, 1);
    r = packcase_print(NULL, REPLI_OK);
    assert_int_equal(r.patients, 1);
    assert_null(r.pack.ward);
    struct packcase_list l = packcase_sheets(r.pack.id);
    assert_string_equal(l.rows[0].patient, "1006");
    assert_null(l.rows[0].ward);
}

/* A printed form is kept by its hash, in the ledger and as a file that opens again with the same hash. */
static void a_printed_form_is_kept(void **state)
{
    (void)state;
    char **names, *text;
    size_t n, len;
    uint8_t hash[32];
    struct repli_err err = {0};
    struct repli_form *form;
    struct packcase_list l = packcase_sheets(packcase_print("4A", REPLI_OK).pack.id);
    assert_int_equal(repli_dir_list(packcase_site.site->forms, &packcase_arena, &names, &n, &err), REPLI_OK);
    assert_int_equal(n, 1);
    assert_int_equal(repli_file_read(repli_path_join(&packcase_arena, packcase_site.site->forms, names[0]), 1 << 22,
                                     &packcase_arena, &text, &len, &err),
                     REPLI_OK);
    assert_int_equal(repli_form_open_frozen(text, len, &form, &err), REPLI_OK);
    repli_form_hash(form, hash);
    repli_form_close(form);
    assert_memory_equal(hash, l.rows[0].form_hash, 32);
}

/* ---- pixels */

static double edge(const struct repli_image *im, double x_um, double y_um, int dx, int dy)
{
    for (double d = 0; d < 2000; d += 10) {
        int x = (int)floor((x_um + dx * d) * im->dpi / 25400), y = (int)floor((y_um + dy * d) * im->dpi / 25400);
        if (im->gray[(size_t)y * (size_t)im->width + (size_t)x] < 128)
            return d;
    }
    return 9999;
}

/* The printed frames of all ticks lie within 0.1 mm of the page map, on every side with fields. */
static void frames_lie_where_the_map_says(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_print_result r = packcase_print("4A", REPLI_OK);
    struct packcase_list l = packcase_sheets(r.pack.id);
    size_t ticks = 0;
    for (size_t i = 0; i < l.count; i++) {
        struct repli_image im;
        if (picture_render(r.pack.path, l.rows[i].page, 600, &im, &err) != REPLI_OK)
            fail_msg("%s", err.text);
        for (size_t k = 0; k < l.maps[i]->nfields; k++) {
            const struct repli_field *f = &l.maps[i]->fields[k];
            if (f->kind != REPLI_FIELD_TICK)
                continue;
            double xm = (f->box.x0 + f->box.x1) / 2.0, ym = (f->box.y0 + f->box.y1) / 2.0;
            double off[4] = {edge(&im, f->box.x0 - 1000, ym, 1, 0), edge(&im, f->box.x1 + 1000, ym, -1, 0),
                             edge(&im, xm, f->box.y0 - 1000, 0, 1), edge(&im, xm, f->box.y1 + 1000, 0, -1)};
            for (int e = 0; e < 4; e++)
                if (fabs(off[e] - 1000) > 100)
                    fail_msg("page %d, %s: edge %d is %.0f um off", l.rows[i].page, f->id, e, off[e] - 1000);
            ticks++;
        }
        picture_done(&im);
    }
    assert_true(ticks >= 6);
}

/* ---- the same again */

/* On two copies of one site the same command at the same time gives the same bytes and the same ledger. */
static void two_copies_print_the_same(void **state)
{
    (void)state;
    char digest[2][65];
    uint8_t sha[2][32];
    struct smallsite saved = packcase_site;
    struct repli_err err = {0};
    smallsite_pause(&packcase_site);
    for (int i = 0; i < 2; i++) {
        const char *other = repli_arena_printf(&packcase_arena, "%s.%d", saved.dir, i);
        pid_t pid = fork();
        if (pid == 0) {
            execlp("cp", "cp", "-a", saved.dir, other, (char *)NULL);
            _exit(127);
        }
        int status;
        assert_true(waitpid(pid, &status, 0) == pid && status == 0);
        packcase_site = (struct smallsite){0};
        memcpy(packcase_site.dir, other, strlen(other) + 1);
        smallsite_reopen(&packcase_site, PACKCASE_NIGHT);
        memcpy(sha[i], packcase_print("3B", REPLI_WAITS).pack.sha256, 32);
        assert_int_equal(repli_ledger_digest(packcase_site.ledger, digest[i], &err), REPLI_OK);
        smallsite_close(&packcase_site);
    }
    assert_memory_equal(sha[0], sha[1], 32);
    assert_string_equal(digest[0], digest[1]);
    packcase_site = (struct smallsite){0};
    memcpy(packcase_site.dir, saved.dir, sizeof packcase_site.dir);
    smallsite_reopen(&packcase_site, PACKCASE_NIGHT);
}

/* After packs_keep_hours the next print deletes the PDF, not what others left there; the ledger still lays it out. */
static void old_packs_are_deleted(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_print_result old = packcase_print("4A", REPLI_OK);
    const char *foreign = repli_arena_printf(&packcase_arena, "%s/packs/2026-11-23/notes.pdf", packcase_site.dir);
    const char *half = repli_arena_printf(&packcase_arena, "%s/packs/2026-11-23/4A-P0-9.pdf.tmp-77", packcase_site.dir);
    assert_int_equal(repli_file_write(foreign, "x", 1, 0600, &err), REPLI_OK);
    assert_int_equal(repli_file_write(half, "x", 1, 0600, &err), REPLI_OK);
    smallsite_reopen(&packcase_site, "2026-11-26T02:00"); /* 71 h 47 min later */
    packcase_print("4A", REPLI_OK);
    assert_true(repli_file_exists(old.pack.path));
    smallsite_reopen(&packcase_site, "2026-11-27T03:00");
    packcase_print("4A", REPLI_OK);
    assert_false(repli_file_exists(old.pack.path));
    assert_true(repli_file_exists(foreign));
    assert_true(repli_file_exists(half)); /* may just be being written, as far as a day folder can say */
    struct packcase_list l = packcase_sheets(old.pack.id);
    assert_int_equal(l.count, 2);
    assert_non_null(l.maps[0]);
    assert_int_equal(unlink(foreign), 0);
    smallsite_reopen(&packcase_site, "2026-11-28T03:00");
    packcase_print("4A", REPLI_OK);
    assert_false(repli_file_exists(half));
    assert_false(repli_file_exists(repli_arena_printf(&packcase_arena, "%s/packs/2026-11-23", packcase_site.dir)));
    assert_true(repli_file_exists(repli_arena_printf(&packcase_arena, "%s/packs/2026-11-28", packcase_site.dir)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(paper_and_ledger_agree, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(the_too_young_are_named, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(a_ward_can_be_the_subject, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(the_file_is_what_the_ledger_says, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(the_usual_pack, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(the_named_packs, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_there_takes_no_number, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(patients_without_a_ward_get_paper, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(a_printed_form_is_kept, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(frames_lie_where_the_map_says, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(two_copies_print_the_same, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(old_packs_are_deleted, packcase_setup, packcase_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
