/* Sheets whose codes are gone: recognised by their printed frame, ranked by their band, read only after two people have
** named the same sheet, and not against the paper. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/cmd.h"
#include "repli/file.h"
#include "repli/ledger_assign.h"
#include "scan/decode.h"
#include "support/pens.h"
#include "support/picture.h"
#include "support/scanlines.h"

#define TICKED "page.continues"

extern const struct repli_command repli_cmd_review;
const struct repli_command *const repli_commands[] = {&repli_cmd_review, NULL};

static int setup(void **state)
{
    struct repli_err err = {0};
    static const char *const people[] = {"an", "luc", "mia"};
    if (scancase_setup(state) != 0)
        return -1;
    for (int i = 0; i < 3; i++)
        if (repli_ledger_person_add(scancase.ledger, people[i], people[i], "clerk", 1, &err) != REPLI_OK)
            fail_msg("%s", err.text);
    return 0;
}

/* `repli review WORDS...` on the site, in a process of its own; what it printed. */
static char *review(int want, const char *const *words)
{
    char path[600], *said = NULL;
    const char *argv[24] = {"repli", "--site", scancase.dir, "--at", "2026-11-24T09:30", "review"};
    size_t n = 6, len = 0;
    int status = 0;
    snprintf(path, sizeof path, "%s/said", scancase.base);
    for (; *words; words++)
        argv[n++] = *words;
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen(path, "w", stdout) || dup2(fileno(stdout), 2) < 0)
            _exit(99);
        int rc = repli_cli_main((int)n, (char **)(uintptr_t)argv);
        (void)fflush(NULL);
        _exit(rc);
    }
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
    assert_int_equal(repli_file_read(path, 1 << 20, &scancase.arena, &said, &len, NULL), REPLI_OK);
    if (WEXITSTATUS(status) != want)
        fail_msg("exit %d, not %d: %s", WEXITSTATUS(status), want, said);
    return said;
}
#define REVIEW(want, ...) review(want, (const char *const[]){__VA_ARGS__, NULL})

static struct repli_image torn(int i, bool nameless, bool bandless)
{
    struct repli_image page = scancase_sheet(i);
    struct prng r;
    prng_seed(&r, (uint64_t)i, 1);
    pens_draw_mark(&page, &repli_page_map_field(scancase.maps[i], TICKED)->box, PENS_CROSS, &r);
    for (int k = 0; k < 2; k++) {
        struct repli_box b = scancase.maps[i]->codes[k];
        picture_fill(&page, &(struct repli_box){b.x0 - 1000, b.y0 - 1000, b.x1 + 1000, b.y1 + 1000}, 255);
    }
    if (nameless)
        picture_fill(&page, &(struct repli_box){21000, 17000, 110000, 31500}, 255);
    if (bandless)
        picture_fill(&page, &(struct repli_box){21000, 17000, 178000, 38500}, 255);
    return page;
}

/* The images that wait, by the name of their file. */
static json_t *waiting(const char *file)
{
    char *said = REVIEW(REPLI_OK, "list", "--images", "--json");
    json_t *found = NULL;
    for (char *line = said, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        json_t *o = json_loadb(line, (size_t)(end - line), 0, NULL);
        assert_non_null(o);
        if (strcmp(json_string_value(json_object_get(o, "name")), file) == 0) {
            assert_null(found);
            found = o;
        } else {
            json_decref(o);
        }
    }
    return found;
}

static const char *image_of(const char *file)
{
    json_t *o = waiting(file);
    assert_non_null(o);
    const char *name = repli_arena_strdup(&scancase.arena, json_string_value(json_object_get(o, "image")));
    json_decref(o);
    return name;
}

static const char *likest(const struct scanlines *l, size_t i)
{
    json_t *all = json_object_get(json_array_get(l->all, i), "candidates");
    return json_string_value(json_object_get(json_array_get(all, 0), "sheet"));
}

static void assert_untouched(void)
{
    for (int i = 0; i < 5; i++)
        assert_int_equal(scancase_state(i), REPLI_LIFE_PRINTED);
}

/* The same form of two patients, both without codes: each is ranked first for its own paper, nothing is read. */
static void ranked_and_never_taken(void **state)
{
    (void)state;
    struct scanlines l = {0};
    scancase_scan("a-one.png", torn(0, false, false), 0, 1);
    scancase_scan("b-other.png", torn(1, false, false), 180, 2);
    scancase_scan("c-turned.png", torn(2, false, false), 90, 3);
    scancase_scan("d-letter.png", picture_sheet(200), 0, 4);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a-one.png no-code", "b-other.png no-code", "c-turned.png no-code", "d-letter.png blank");
    for (size_t i = 0; i < 3; i++) {
        json_t *line = json_array_get(l.all, i), *all = json_object_get(line, "candidates");
        assert_string_equal(scanlines_text(&l, i, "form"), "obs");
        assert_string_equal(likest(&l, i), scancase.maps[i]->sheet);
        assert_string_equal(scanlines_text(&l, i, "sheet"), "");
        assert_int_equal(json_integer_value(json_object_get(line, "out")), 8);
        double first = json_number_value(json_object_get(json_array_get(all, 0), "band")),
               second = json_number_value(json_object_get(json_array_get(all, 1), "band"));
        assert_true(first > .7 && first > second && second >= 0);
    }
    assert_int_equal(l.derived, 0);
    assert_untouched();
    json_decref(l.all);
}

/* Nor is it taken when it is the only one of its form that is missing. */
static void the_only_one_missing(void **state)
{
    (void)state;
    struct scanlines l = {0};
    struct repli_err err = {0};
    for (int i = 0; i < SCANCASE_SHEETS; i++)
        if (i != 3 && i != 5 && i != 7)
            assert_int_equal(repli_ledger_sheet_state(scancase.ledger, scancase.codes[i].serial, REPLI_LIFE_VOID, NULL,
                                                      "gone", 1, &err),
                             REPLI_OK);
    scancase_scan("a.png", torn(3, false, true), 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    ASSERT_OUTCOMES(&l, "a.png no-code");
    assert_string_equal(likest(&l, 0), scancase.maps[3]->sheet);
    assert_int_equal(json_integer_value(json_object_get(json_array_get(l.all, 0), "out")), 1);
    assert_int_equal(scancase_state(3), REPLI_LIFE_PRINTED);
    json_decref(l.all);
}

static json_t *ticked_field(const json_t *line)
{
    json_t *fields = json_object_get(line, "fields"), *f;
    size_t k;
    json_array_foreach(fields, k, f) if (strcmp(json_string_value(json_object_get(f, "id")), TICKED) == 0) return f;
    return NULL;
}

/* Two people name the sheet: it is read like any other, and says who named it. */
static void two_people_name_it(void **state)
{
    (void)state;
    struct scanlines l = {0};
    const char *sheet = scancase.maps[0]->sheet;
    scancase_scan("a.png", torn(0, false, false), 180, 1);
    scancase_scan("b-nameless.png", torn(2, true, false), 0, 2);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    const char *image = image_of("a.png");
    json_t *o = waiting("a.png");
    for (int k = 0; k < 2; k++) {
        char path[700];
        snprintf(path, sizeof path, "%s/%s", scancase.dir,
                 json_string_value(json_object_get(json_object_get(o, "crops"), k ? "serial" : "band")));
        assert_true(repli_file_exists(path));
    }
    json_decref(o);
    assert_non_null(strstr(REVIEW(REPLI_WAITS, "assign", image, sheet, "--by", "an"), "a second person"));
    REVIEW(REPLI_WAITS, "assign", image, sheet, "--by", "an", "--by", "an"); /* the same one, however often */
    assert_untouched();
    char *said = REVIEW(REPLI_OK, "assign", image, sheet, "--by", "luc", "--json");
    o = json_loads(said, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(o, "outcome")), "read");
    assert_string_equal(json_string_value(json_object_get(o, "sheet")), sheet);
    assert_string_equal(json_string_value(json_object_get(o, "stage")), "assigned");
    json_t *by = json_object_get(o, "assigned");
    assert_string_equal(json_string_value(json_array_get(by, 0)), "an");
    assert_string_equal(json_string_value(json_array_get(by, 1)), "luc");
    assert_string_equal(json_string_value(json_object_get(ticked_field(o), "state")), "ticked");
    json_decref(o);
    assert_int_equal(scancase_state(0), REPLI_LIFE_READ);
    assert_null(waiting("a.png"));
    REVIEW(REPLI_DATA, "assign", image, sheet, "--by", "mia"); /* it waits no more */
    /* a sticker over the name, the serial is there; both at once */
    REVIEW(REPLI_OK, "assign", image_of("b-nameless.png"), scancase.maps[2]->sheet, "--by", "an", "--by", "luc");
    assert_int_equal(scancase_state(2), REPLI_LIFE_READ);
    json_decref(l.all);
}

/* The paper has the last word: another patient's band, another serial, no band at all. */
static void against_the_paper(void **state)
{
    (void)state;
    struct scanlines l = {0};
    scancase_scan("a.png", torn(0, false, false), 0, 1);
    scancase_scan("b-bandless.png", torn(3, false, true), 0, 2);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    const char *image = image_of("a.png");
    for (int wrong = 1; wrong < 3; wrong++)
        assert_non_null(
            strstr(REVIEW(REPLI_WAITS, "assign", image, scancase.maps[wrong]->sheet, "--by", "an", "--by", "luc"),
                   "its band"));
    REVIEW(REPLI_WAITS, "assign", image_of("b-bandless.png"), scancase.maps[3]->sheet, "--by", "an", "--by", "luc");
    assert_untouched();
    json_t *o = waiting("a.png");
    assert_int_equal(json_array_size(json_object_get(o, "said")), 0); /* what was refused counts no more */
    assert_true(json_array_size(json_object_get(o, "candidates")) > 1);
    assert_non_null(strstr(json_string_value(json_object_get(o, "reason")), scancase.maps[2]->sheet));
    json_decref(o);
    /* two who disagree are not two */
    REVIEW(REPLI_WAITS, "assign", image, scancase.maps[0]->sheet, "--by", "an");
    assert_non_null(
        strstr(REVIEW(REPLI_WAITS, "assign", image, scancase.maps[1]->sheet, "--by", "luc"), "not everybody"));
    REVIEW(REPLI_WAITS, "assign", image, scancase.maps[0]->sheet, "--by", "mia");
    assert_untouched();
    REVIEW(REPLI_OK, "assign", image, scancase.maps[0]->sheet, "--by", "luc");
    assert_int_equal(scancase_state(0), REPLI_LIFE_READ);
    assert_int_equal(scancase_state(1), REPLI_LIFE_PRINTED);
    json_decref(l.all);
}

static void what_is_refused_by_name(void **state)
{
    (void)state;
    struct scanlines l = {0};
    scancase_scan("a.png", torn(0, false, false), 0, 1);
    assert_int_equal(scanlines_all(&l), REPLI_WAITS);
    const char *image = image_of("a.png"), *sheet = scancase.maps[0]->sheet;
    assert_non_null(strstr(REVIEW(REPLI_USAGE, "assign", image, sheet, "--by", "eve"), "no such person"));
    assert_non_null(strstr(REVIEW(REPLI_USAGE, "assign", image, "K7QD", "--by", "an"), "no serial"));
    assert_non_null(strstr(REVIEW(REPLI_USAGE, "assign", "../etc", sheet, "--by", "an"), "no image"));
    assert_non_null(strstr(REVIEW(REPLI_DATA, "assign", "0123456789ab", sheet, "--by", "an"), "no image"));
    assert_non_null(strstr(REVIEW(REPLI_DATA, "assign", image, scancase.maps[5]->sheet, "--by", "an"), "no fields"));
    /* a sheet that was voided does not come back to life */
    REVIEW(REPLI_WAITS, "assign", image, scancase.maps[7]->sheet, "--by", "an", "--by", "luc");
    assert_int_equal(scancase_state(7), REPLI_LIFE_VOID);
    assert_untouched();
    json_decref(l.all);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--decode") == 0)
        return repli_nursery_main(NULL);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, scancase_teardown)
    const struct CMUnitTest tests[] = {
        TEST(ranked_and_never_taken), TEST(the_only_one_missing),    TEST(two_people_name_it),
        TEST(against_the_paper),      TEST(what_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
