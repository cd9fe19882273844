/* A temporary folder for one test, and its removal with everything in it. */
#ifndef BASE_TMP_H
#define BASE_TMP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/arena.h"
#include "repli/err.h"
#include "repli/file.h"
#include "support/scratch.h"

/* Fails with the library's own words. */
#define assert_ok(call, err) assert_ok_at((call), (err), __FILE__, __LINE__)
static inline void assert_ok_at(enum repli_status st, const struct repli_err *err, const char *file, int line)
{
    if (st == REPLI_OK)
        return;
    print_error("%s\n", err->text);
    _fail(file, line);
}

/* The failure is of this kind, and its text names these words. */
#define assert_fails(call, err, want, words) assert_fails_at((call), (err), (want), (words), __FILE__, __LINE__)
static inline void assert_fails_at(enum repli_status st, struct repli_err *err, enum repli_status want,
                                   const char *words, const char *file, int line)
{
    if (st == want && err->status == want && strstr(err->text, words)) {
        repli_err_clear(err);
        return;
    }
    print_error("status %d (wanted %d), text '%s' (wanted '%s')\n", (int)st, (int)want, err->text, words);
    _fail(file, line);
}

static inline void tmp_make(char dir[512])
{
    snprintf(dir, 512, "%s/tmp-base-XXXXXX", scratch_root());
    assert_non_null(mkdtemp(dir));
}

static inline void tmp_remove(const char *path)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return;
    if (S_ISDIR(st.st_mode)) {
        struct repli_arena a = {0};
        char **names;
        size_t count;
        assert_int_equal(repli_dir_list(path, &a, &names, &count, NULL), REPLI_OK);
        for (size_t i = 0; i < count; i++)
            tmp_remove(repli_path_join(&a, path, names[i]));
        repli_arena_done(&a);
        assert_int_equal(rmdir(path), 0);
        return;
    }
    assert_int_equal(unlink(path), 0);
}

static inline int tmp_setup(void **state)
{
    char *dir = malloc(512);
    assert_non_null(dir);
    tmp_make(dir);
    *state = dir;
    return 0;
}

static inline int tmp_teardown(void **state)
{
    tmp_remove(*state);
    free(*state);
    return 0;
}

#endif
