/* The scanner's folder while files change under the reader's hands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/inbox.h"
#include "repli/text.h"
#include "support/packcase.h"
#include "support/status.h"

static char in_hand[1024]; /* the file that was just scanned */
static int lines;
static enum { NOTHING, REPLACE, APPEND } mischief;

static const char *inbox_path(const char *name)
{
    return repli_path_join(&packcase_arena, packcase_site.site->inbox, name);
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

/* What a scanner may do between our reading a file and our removing it. */
static void line(void *user, const struct repli_scan_line *l)
{
    (void)user;
    lines++;
    snprintf(in_hand, sizeof in_hand, "%s", l->file);
    if (mischief == REPLACE)
        put(inbox_path("scan.txt"), "the second letter of this name");
    if (mischief == APPEND) {
        FILE *f = fopen(l->file, "ab");
        assert_non_null(f);
        assert_true(fputs(", and its rest", f) >= 0);
        assert_int_equal(fclose(f), 0);
    }
    mischief = NOTHING;
}

static struct repli_inbox_result round_(struct repli_inbox *inbox)
{
    struct repli_err err = {0};
    struct repli_inbox_result r;
    const struct repli_scan_request request = {.line = line};
    assert_ok(repli_inbox_round(inbox, packcase_site.ledger, &request, NULL, &r, &err));
    return r;
}

static int64_t exists(const char *name)
{
    return repli_file_exists(inbox_path(name));
}

/* Another file of the same name that comes while the first is read is still there afterwards, and is read next. */
static void replaced_while_read(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_inbox *inbox = NULL;
    lines = 0;
    put(inbox_path("scan.txt"), "the first letter");
    assert_ok(repli_inbox_open(packcase_site.site, 0, &inbox, &err));
    mischief = REPLACE;
    struct repli_inbox_result r = round_(inbox);
    assert_int_equal(r.files, 1);
    assert_true(exists("scan.txt"));
    r = round_(inbox);
    assert_int_equal(r.files, 1);
    assert_int_equal(lines, 2);
    assert_false(exists("scan.txt"));
    assert_true(exists("refused/scan.txt") && exists("refused/2-scan.txt"));
    repli_inbox_close(inbox);
}

/* A writer that goes on after the file was taken: what it adds is read, too, before the file goes. */
static void written_while_read(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_inbox *inbox = NULL;
    char *text = NULL;
    size_t len = 0;
    lines = 0;
    put(inbox_path("scan.txt"), "the first half");
    assert_ok(repli_inbox_open(packcase_site.site, 0, &inbox, &err));
    mischief = APPEND;
    struct repli_inbox_result r = round_(inbox);
    assert_int_equal(r.waiting, 1);
    assert_true(repli_file_exists(in_hand));
    r = round_(inbox);
    assert_int_equal(r.files, 1);
    assert_int_equal(lines, 2);
    assert_ok(repli_file_read(inbox_path("refused/scan.txt"), 100, &packcase_arena, &text, &len, &err));
    assert_string_equal(text, "the first half, and its rest");
    repli_inbox_close(inbox);
}

/* A file that still changes waits; a link, a pipe and a folder's hidden file are left alone. */
static void not_settled(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_inbox *inbox = NULL;
    put(inbox_path("scan.txt"), "a letter");
    put(inbox_path(".hidden"), "a letter");
    assert_int_equal(symlink("/etc/passwd", inbox_path("link.txt")), 0);
    assert_int_equal(mkfifo(inbox_path("pipe.txt"), 0600), 0);
    assert_ok(repli_inbox_open(packcase_site.site, 3600000, &inbox, &err));
    struct repli_inbox_result r = round_(inbox);
    assert_int_equal(r.files, 0);
    assert_int_equal(r.waiting, 1);
    assert_true(exists("scan.txt"));
    struct repli_inbox *second = NULL;
    assert_refused(repli_inbox_open(packcase_site.site, 0, &second, &err), REPLI_USAGE, "watched by another process");
    repli_inbox_close(inbox);
    assert_ok(repli_inbox_open(packcase_site.site, 0, &inbox, &err));
    r = round_(inbox);
    assert_int_equal(r.files, 1);
    assert_true(exists(".hidden") && exists("link.txt") && exists("pipe.txt"));
    repli_inbox_close(inbox);
}

/* A name as long as a file system takes has no room for the reason's ending, nor for a number: both files are kept. */
static void names_may_be_long(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_inbox *inbox = NULL;
    struct repli_inbox_result r;
    char name[256], **names = NULL;
    size_t n = 0;
    memset(name, 'n', 255);
    for (size_t i = 101; i + 1 < 251; i += 2)
        memcpy(name + i, "\xC3\xA9", 2); /* never cut inside a letter */
    memcpy(name + 251, ".tif", 5);
    assert_ok(repli_inbox_open(packcase_site.site, 0, &inbox, &err));
    for (int i = 0; i < 2; i++) {
        put(inbox_path(name), i ? "another letter" : "a letter");
        r = round_(inbox);
        assert_int_equal(r.refused, 1);
        assert_false(exists(name));
    }
    assert_ok(repli_dir_list(inbox_path("refused"), &packcase_arena, &names, &n, &err));
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++)
        assert_true(repli_utf8_valid(names[i], strlen(names[i])) && strstr(names[i], ".tif") != NULL);
    repli_inbox_close(inbox);
}

/* A process that decoding children are born from, and no decoding child, stays between two files; closing the inbox
** ends it. */
static void helpers_stay(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_inbox *inbox = NULL;
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_ok(repli_inbox_open(packcase_site.site, 0, &inbox, &err));
    for (int i = 0; i < 3; i++) {
        put(inbox_path("scan.txt"), "a letter");
        (void)round_(inbox);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), 0); /* somebody lives, and nobody waits to be buried */
    }
    repli_inbox_close(inbox);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* A helper that the system ended for want of memory is started again: the next file is read like any other. */
static void a_lost_helper_is_replaced(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_inbox *inbox = NULL;
    char path[64];
    long child = 0;
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    assert_ok(repli_inbox_open(packcase_site.site, 0, &inbox, &err));
    put(inbox_path("scan.txt"), "a letter");
    assert_int_equal(round_(inbox).refused, 1);
    FILE *f = fopen(path, "r");
    if (!f)
        skip(); /* a kernel that does not tell */
    assert_int_equal(fscanf(f, "%ld", &child), 1);
    assert_int_equal(fclose(f), 0);
    siginfo_t dead;
    assert_int_equal(kill((pid_t)child, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)child, &dead, WEXITED | WNOWAIT), 0); /* buried by whom it belongs to */
    put(inbox_path("scan.txt"), "another letter");
    assert_int_equal(round_(inbox).refused, 1);
    assert_false(exists("scan.txt"));
    repli_inbox_close(inbox);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_decode_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_may_be_long, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(replaced_while_read, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(written_while_read, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(not_settled, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(helpers_stay, packcase_setup, packcase_teardown),
        cmocka_unit_test_setup_teardown(a_lost_helper_is_replaced, packcase_setup, packcase_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
