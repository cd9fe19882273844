/* A language whose words are 1.4 times as long, for every form that there is: what does not fit is set smaller; what
** does not fit then is refused by name, and with these words shortened the form is printed.  Nothing is ever cut and
** nothing overlaps (every layout is checked), and nearly all words must fit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "form/form_internal.h"
#include "repli/file.h"
#include "support/scratch.h"

#define HEAD "language: qq\nnumber: 250\nmonths: [jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec]\n"

struct text {
    const char *english, *longer;
    int line;
};
struct words {
    struct repli_arena a;
    struct text *items;
    size_t count, shortened;
};

static char *dir;

static int make_dir(void **state)
{
    static char path[600];
    struct repli_arena a = {0};
    struct repli_err err = {0};
    (void)state;
    (void)snprintf(path, sizeof path, "%s/long-XXXXXX", scratch_root());
    dir = mkdtemp(path);
    bool made = dir && repli_dir_make(repli_path_join(&a, dir, "lang"), 0700, &err) == REPLI_OK;
    repli_arena_done(&a);
    return made ? 0 : -1;
}

static int remove_dir(void **state)
{
    struct repli_arena a = {0};
    (void)state;
    (void)remove(repli_path_join(&a, dir, "lang/qq.yaml"));
    (void)remove(repli_path_join(&a, dir, "lang"));
    repli_arena_done(&a);
    return rmdir(dir);
}

static void put_language(const char *text)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    assert_int_equal(repli_file_write(repli_path_join(&a, dir, "lang/qq.yaml"), text, strlen(text), 0600, &err),
                     REPLI_OK);
    repli_arena_done(&a);
}

/* Words of two letters and more grow by two fifths, rounded up: their first letters are doubled.  Places for values,
** figures and signs stay. */
static const char *longer(struct repli_arena *a, const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    struct repli_buf b = {0};
    for (const char *p = text; *p;) {
        size_t n = *p == '{' ? strcspn(p, "}") : strspn(p, letters), more = *p == '{' || n < 2 ? 0 : (2 * n + 4) / 5;
        for (size_t i = 0; i<n; i++, more -= more> 0)
            repli_buf_add(&b, (char[]){p[i], p[i]}, more > 0 ? 2 : 1);
        p += n;
        if (n == 0)
            repli_buf_add(&b, p++, 1);
    }
    char *out = repli_arena_strndup(a, b.data ? b.data : "", b.len);
    repli_buf_done(&b);
    return out;
}

/* A unit or a sign is the same everywhere. */
static bool is_word(struct repli_form *const *langs, const char *english)
{
    for (size_t l = 0; l < 3; l++)
        if (strcmp(repli_form_used(langs[l], english), english) != 0)
            return true;
    return false;
}

/* The texts of a form and where they stand: those that are missing in a language without any. */
static void take_words(const char *id, struct words *w)
{
    static const char *const names[] = {"fr", "nl", "de"};
    struct repli_form *form = NULL, *langs[3] = {NULL};
    struct repli_err err = {0};
    size_t count = 0;
    put_language(HEAD "texts:\n  \"\": \"\"\n");
    if (repli_form_open(dir, id, "qq", &form, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    for (size_t l = 0; l < 3; l++)
        assert_int_equal(repli_form_open(NULL, id, names[l], &langs[l], &err), REPLI_OK);
    const char *const *missing = repli_form_missing(form, &count);
    w->items = repli_arena_array(&w->a, count, sizeof *w->items);
    for (size_t i = 0; i < count; i++)
        if (is_word(langs, missing[i])) {
            const char *english = repli_arena_strdup(&w->a, missing[i]);
            w->items[w->count++] = (struct text){english, longer(&w->a, english), repli_form_missing_line(form, i)};
        }
    repli_form_close(form);
    for (size_t l = 0; l < 3; l++)
        repli_form_close(langs[l]);
}

static void put_words(const struct words *w)
{
    struct repli_buf b = {0};
    repli_buf_puts(&b, HEAD "texts:\n");
    for (size_t i = 0; i < w->count; i++)
        for (int k = 0; k < 2; k++) {
            repli_buf_puts(&b, k ? ": \"" : "  \"");
            for (const char *c = k ? w->items[i].longer : w->items[i].english; *c; c++) {
                if (*c == '"' || *c == '\\')
                    repli_buf_puts(&b, "\\");
                repli_buf_add(&b, c, 1);
            }
            repli_buf_puts(&b, k ? "\"\n" : "\"");
        }
    put_language(b.data);
    repli_buf_done(&b);
}

static bool shorten(struct words *w, size_t i)
{
    if (strcmp(w->items[i].longer, w->items[i].english) == 0)
        return false;
    w->items[i].longer = w->items[i].english;
    w->shortened++;
    return true;
}

/* What a refusal asks for: the text whose line in the language's file it names; where it names a line of the template
** alone, or that text has its usual length already, the next one to it. */
static bool obey(struct words *w, const char *message)
{
    enum { TEXTS_FROM = 5 }; /* the line of qq.yaml in which the first one stands */
    int line = 0, at = 0;
    const char *file = strstr(message, "qq.yaml:"), *form = strstr(message, ".yaml:");
    bool named =
        file && sscanf(file, "qq.yaml:%d)", &line) == 1 && line >= TEXTS_FROM && (size_t)(line - TEXTS_FROM) < w->count;
    if (named && shorten(w, (size_t)(line - TEXTS_FROM)))
        return true;
    at = form && (!file || form < file) ? (int)strtol(form + 6, NULL, 10) : 0;
    struct text *nearest = NULL;
    for (size_t i = 0; i < w->count; i++)
        if (strcmp(w->items[i].longer, w->items[i].english) != 0 &&
            (!nearest || abs(w->items[i].line - at) < abs(nearest->line - at)))
            nearest = &w->items[i];
    return nearest && shorten(w, (size_t)(nearest - w->items));
}

static void test_every_form(void **state)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char **ids = NULL;
    size_t n = 0;
    (void)state;
    assert_int_equal(repli_forms_list(NULL, &a, &ids, &n, &err), REPLI_OK);
    assert_true(n >= 8);
    for (size_t i = 0; i < n; i++) {
        struct words w = {0};
        struct repli_form *form = NULL;
        take_words(ids[i], &w);
        for (size_t tries = 0; !form; tries++) {
            struct repli_err mine = {0};
            put_words(&w);
            if (repli_form_open(dir, ids[i], "qq", &form, &mine) != REPLI_OK &&
                (tries > w.count || !obey(&w, mine.text)))
                fail_msg("%s: a refusal that nobody can follow: %s", ids[i], mine.text);
        }
        print_message("%s: %zu of %zu words fit at 1.4 times their length\n", ids[i], w.count - w.shortened, w.count);
        if (w.shortened * 5 > w.count)
            fail_msg("%s: only %zu of %zu", ids[i], w.count - w.shortened, w.count);
        repli_form_close(form);
        repli_arena_done(&w.a);
    }
    repli_arena_done(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_form)};
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
