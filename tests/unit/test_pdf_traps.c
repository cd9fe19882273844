/* Every way in which the library underneath writes a wrong PDF and says OK: refused, or seen. */
#define _GNU_SOURCE /* memmem */
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/print.h"
#include "support/pdfcase.h"

#define N(a) (sizeof(a) / sizeof *(a))

static void must_refuse(struct repli_draw d, const char *saying)
{
    struct repli_err err = {0};
    struct repli_draw items[] = {pdfcase_text(REPLI_FACE_BOLD, 20000, 20000, "before"), d};
    enum repli_status status = pdfcase_items(pdfcase_at("refused.pdf"), items, 2, NULL, &err);
    if (status == REPLI_OK || !strstr(err.text, saying))
        fail_msg("expected a refusal that says '%s', got %d: %s", saying, (int)status, err.text);
    assert_false(repli_file_exists(pdfcase_at("refused.pdf")));
}

/* ---- refusals: the PDF would be wrong and no viewer would say so */

/* Coordinates off the sheet, boxes without area, lines without width: named and refused, nothing written. */
static void what_leaves_the_sheet_is_refused(void **state)
{
    (void)state;
    must_refuse(pdfcase_box(REPLI_DRAW_FILL, 10000, 10000, 210001, 20000, 0), "not on the sheet");
    must_refuse(pdfcase_box(REPLI_DRAW_FILL, -1, 10000, 20000, 20000, 0), "not on the sheet");
    must_refuse(pdfcase_box(REPLI_DRAW_FRAME, 10000, 10000, 20000, 297001, 300), "not on the sheet");
    must_refuse(pdfcase_box(REPLI_DRAW_LINE, 10000, INT32_MIN, 20000, INT32_MAX, 300), "not on the sheet");
    must_refuse(pdfcase_box(REPLI_DRAW_LINE, 10000, 10000, 20000, 20000, 0), "width 0");
    must_refuse(pdfcase_box(REPLI_DRAW_FILL, 20000, 10000, 20000, 20000, 0), "no area");
    must_refuse(pdfcase_box(REPLI_DRAW_FRAME, 10000, 10000, 10500, 20000, 300), "cannot have a line");
    /* What a division by zero becomes when it is stored in an integer. */
    volatile double zero = 0;
    double nan = zero / zero;
    int32_t wild = isnan(nan) ? INT32_MIN : 0;
    must_refuse(pdfcase_box(REPLI_DRAW_LINE, wild, 10000, 20000, 20000, 300), "not on the sheet");
    must_refuse(pdfcase_text(REPLI_FACE_BOLD, 205000, 10000, "far too long for this place"), "leaves the sheet");
    struct repli_draw small = pdfcase_text(REPLI_FACE_BOLD, 20000, 10000, "x");
    small.size_cpt = 0;
    must_refuse(small, "no size");
}

/* Malformed UTF-8 and glyphs that no face has are refused: libharu would drop bytes or draw an empty box. */
static void a_name_is_never_altered_silently(void **state)
{
    (void)state;
    static const char *const malformed[] = {"\xC3"
                                            "A",
                                            "\xFF",
                                            "A\xC1\x81",
                                            "\xED\xA0\x80",
                                            "\xF4\x90\x80\x80",
                                            "abc\xE2\x82"};
    for (size_t i = 0; i < N(malformed); i++) {
        struct repli_draw d = pdfcase_text(REPLI_FACE_BOLD, 20000, 10000, "x");
        d.text = malformed[i];
        must_refuse(d, "not valid UTF-8");
    }
    static const char *const missing[] = {"山田", "Пётр", "😀", "≥"};
    for (size_t i = 0; i < N(missing); i++) {
        struct repli_draw d = pdfcase_text(REPLI_FACE_REGULAR, 20000, 10000, "x");
        d.text = missing[i];
        must_refuse(d, "no glyph for U+");
    }
}

/* Codes: only where the page has one, only square, never in the fixed layer that all pages share. */
static void codes_are_drawn_only_where_they_belong(void **state)
{
    (void)state;
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_draw code = pdfcase_box(REPLI_DRAW_CODE, 20000, 20000, 38870, 38870, 0);
    must_refuse(code, "none belongs");
    struct repli_draw oblong = code;
    oblong.x1 += 10;
    assert_int_equal(pdfcase_items(pdfcase_at("x.pdf"), &oblong, 1, PDFCASE_CODE, &err), REPLI_DATA);
    repli_err_clear(&err);
    assert_int_equal(pdfcase_items(pdfcase_at("x.pdf"), &code, 1, "12345", &err), REPLI_DATA);
    repli_err_clear(&err);
    struct repli_draw_list list = {&code, 1};
    struct repli_pdf_page page = {.layer = "a", .fixed = &list, .code = PDFCASE_CODE};
    assert_int_equal(repli_pdf_write(pdfcase_at("x.pdf"), &page, 1, &(struct repli_pdf_info){0}, NULL, NULL, sha, &err),
                     REPLI_BUG);
    assert_false(repli_file_exists(pdfcase_at("x.pdf")));
}

/* Two pages that mean different things by one layer's name would show one of them the wrong print. */
static void a_layer_means_one_thing(void **state)
{
    (void)state;
    uint8_t sha[32];
    struct repli_err err = {0};
    struct repli_draw a[] = {pdfcase_text(REPLI_FACE_BOLD, 20000, 20000, "mg")},
                      b[] = {pdfcase_text(REPLI_FACE_BOLD, 20000, 20000, "µg")};
    struct repli_draw same[] = {pdfcase_text(REPLI_FACE_BOLD, 20000, 20000, "mg")};
    struct repli_draw_list la = {a, 1}, lb = {b, 1}, lc = {same, 1};
    struct repli_pdf_page pages[] = {{.layer = "obs", .fixed = &la}, {.layer = "obs", .fixed = &lb}};
    assert_int_equal(repli_pdf_write(pdfcase_at("l.pdf"), pages, 2, &(struct repli_pdf_info){0}, NULL, NULL, sha, &err),
                     REPLI_BUG);
    assert_non_null(strstr(err.text, "page 2 of 2: two pages mean different things"));
    pages[1].fixed = &lc;
    assert_int_equal(repli_pdf_write(pdfcase_at("l.pdf"), pages, 2, &(struct repli_pdf_info){0}, NULL, NULL, sha, NULL),
                     REPLI_OK);
}

/* A failed write leaves the earlier file as it was, and no temporary file. */
static void a_refusal_leaves_the_old_file(void **state)
{
    (void)state;
    uint8_t before[32], after[32];
    struct repli_err err = {0};
    struct repli_draw good = pdfcase_text(REPLI_FACE_BOLD, 20000, 20000, "x"), bad = good;
    assert_int_equal(pdfcase_items(pdfcase_at("old.pdf"), &good, 1, NULL, &err), REPLI_OK);
    assert_int_equal(repli_sha256_file(pdfcase_at("old.pdf"), before, &err), REPLI_OK);
    bad.x0 = 300000;
    assert_int_equal(pdfcase_items(pdfcase_at("old.pdf"), &bad, 1, NULL, &err), REPLI_DATA);
    repli_err_clear(&err);
    assert_int_equal(repli_sha256_file(pdfcase_at("old.pdf"), after, &err), REPLI_OK);
    assert_memory_equal(before, after, 32);
    assert_int_equal(
        repli_pdf_write(pdfcase_at("none.pdf"), NULL, 0, &(struct repli_pdf_info){0}, NULL, NULL, after, &err),
        REPLI_DATA);
}

/* A disk that fills up in the middle is an error and leaves neither a file nor a temporary one (libharu says OK). */
static void a_full_disk_is_seen(void **state)
{
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit limit = {4096, 4096};
        uint8_t sha[32];
        struct repli_err err = {0};
        (void)signal(SIGXFSZ, SIG_IGN);
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
            _exit(9);
        enum repli_status status = pdfcase_sample(pdfcase_at("full.pdf"), sha, &err);
        _exit(status == REPLI_IO && strstr(err.text, "full.pdf") ? 0 : 1 + (int)status);
    }
    int status;
    char **names;
    size_t n;
    struct repli_err err = {0};
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_int_equal(repli_dir_list(pdfcase_folder, &pdfcase_arena, &names, &n, &err), REPLI_OK);
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(names[i], "full.pdf"));
}

/* ---- size and repetition */

static void count_up(void *user, size_t done, size_t total)
{
    size_t *last = user;
    assert_true(done == *last + 1 && done <= total);
    if (done == total) /* by then the file is there */
        assert_true(repli_file_exists(pdfcase_at("many.pdf")));
    else
        assert_false(repli_file_exists(pdfcase_at("many.pdf")));
    *last = done;
}

/* 33,000 pages: more than libharu's flat page tree can hold; progress counts each and ends when the file is safe. */
static void more_pages_than_the_flat_tree_holds(void **state)
{
    (void)state;
    enum { PAGES = 33000 };
    uint8_t sha[32];
    size_t done = 0, len;
    struct repli_err err = {0};
    struct repli_draw dot = pdfcase_box(REPLI_DRAW_FILL, 20000, 20000, 21000, 21000, 0);
    struct repli_draw_list list = {&dot, 1};
    struct repli_pdf_page *pages = repli_arena_array(&pdfcase_arena, PAGES, sizeof *pages);
    for (size_t i = 0; i < PAGES; i++)
        pages[i].filled = &list;
    (void)unlink(pdfcase_at("many.pdf"));
    enum repli_status status =
        repli_pdf_write(pdfcase_at("many.pdf"), pages, PAGES, &(struct repli_pdf_info){0}, count_up, &done, sha, &err);
    if (status != REPLI_OK)
        fail_msg("%s", err.text);
    assert_int_equal(done, PAGES);
    pdfcase_quiet((const char *const[]){"pdfinfo", pdfcase_at("many.pdf"), NULL}, true);
    assert_non_null(strstr(pdfcase_read(pdfcase_at("out.txt"), &len), "33000"));
}

/* Equal input gives equal bytes, and fonts are named after the glyphs drawn: other glyphs, another name. */
static void equal_input_gives_equal_bytes(void **state)
{
    (void)state;
    uint8_t a[32], b[32];
    size_t len;
    struct repli_err err = {0};
    assert_int_equal(pdfcase_sample(pdfcase_at("one.pdf"), a, &err), REPLI_OK);
    assert_int_equal(pdfcase_sample(pdfcase_at("two.pdf"), b, &err), REPLI_OK);
    assert_memory_equal(a, b, 32);
    char tags[2][7];
    static const char *const words[] = {"abc", "abd"};
    for (int i = 0; i < 2; i++) {
        struct repli_draw d = pdfcase_text(REPLI_FACE_BOLD, 20000, 20000, words[i]);
        assert_int_equal(pdfcase_items(pdfcase_at("tag.pdf"), &d, 1, NULL, &err), REPLI_OK);
        char *data = pdfcase_read(pdfcase_at("tag.pdf"), &len);
        char *name = memmem(data, len, "+NotoSans", 9);
        assert_non_null(name);
        memcpy(tags[i], name - 6, 6);
        tags[i][6] = '\0';
    }
    assert_string_not_equal(tags[0], tags[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_leaves_the_sheet_is_refused),       cmocka_unit_test(a_name_is_never_altered_silently),
        cmocka_unit_test(codes_are_drawn_only_where_they_belong), cmocka_unit_test(a_layer_means_one_thing),
        cmocka_unit_test(a_refusal_leaves_the_old_file),          cmocka_unit_test(a_full_disk_is_seen),
        cmocka_unit_test(more_pages_than_the_flat_tree_holds),    cmocka_unit_test(equal_input_gives_equal_bytes),
    };
    return cmocka_run_group_tests(tests, pdfcase_setup, pdfcase_teardown);
}
