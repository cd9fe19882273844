#include "support/pdfcase.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"

#define CREATED INT64_C(1795395600) /* 2026-11-23T01:00:00Z */

char pdfcase_folder[64];
static struct repli_zone *zone;
struct repli_arena pdfcase_arena;

const char *pdfcase_at(const char *name)
{
    return repli_arena_printf(&pdfcase_arena, "%s/%s", pdfcase_folder, name);
}

int pdfcase_setup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    (void)snprintf(pdfcase_folder, sizeof pdfcase_folder, "/tmp/repli-pdf-XXXXXX");
    return mkdtemp(pdfcase_folder) && repli_zone_open("Europe/Brussels", &zone, &err) == REPLI_OK ? 0 : -1;
}

int pdfcase_teardown(void **state)
{
    (void)state;
    char **names;
    size_t n;
    struct repli_err err = {0};
    if (repli_dir_list(pdfcase_folder, &pdfcase_arena, &names, &n, &err) != REPLI_OK)
        return -1;
    for (size_t i = 0; i < n; i++)
        (void)unlink(pdfcase_at(names[i]));
    repli_arena_done(&pdfcase_arena);
    repli_zone_close(zone);
    return rmdir(pdfcase_folder);
}

/* Runs a program; its output and complaints go to files in the folder. Returns its exit code, 127: not installed. */
static int run(const char *const *argv, const char *out, const char *complaints)
{
    pid_t pid = fork();
    if (pid == 0) {
        char *args[16];
        size_t n = 0;
        for (; argv[n] && n < 15; n++)
            args[n] = strdup(argv[n]);
        args[n] = NULL;
        if (!freopen(out, "w", stdout) || !freopen(complaints, "w", stderr))
            _exit(126);
        execvp(args[0], args);
        _exit(127);
    }
    int status = 0;
    assert_true(pid > 0 && waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

char *pdfcase_read(const char *path, size_t *len)
{
    char *data;
    struct repli_err err = {0};
    if (repli_file_read(path, 1u << 28, &pdfcase_arena, &data, len, &err) != REPLI_OK)
        fail_msg("%s", err.text);
    return data;
}

void pdfcase_quiet(const char *const *argv, bool needed)
{
    size_t len;
    int rc = run(argv, pdfcase_at("out.txt"), pdfcase_at("complaints.txt"));
    if (rc == 127 && !needed) {
        print_message("skip - %s is not installed\n", argv[0]);
        return;
    }
    char *said = pdfcase_read(pdfcase_at("complaints.txt"), &len);
    const char *known = strstr(said, "warning: ICC support is not available\n"); /* mutool of Debian, on any file */
    bool quiet = len == 0 || (known && len == strlen("warning: ICC support is not available\n"));
    if (rc != 0 || !quiet)
        fail_msg("%s: exit %d, says: %s", argv[0], rc, said);
}

struct repli_draw pdfcase_text(enum repli_face face, int32_t x, int32_t y, const char *s)
{
    return (struct repli_draw){.kind = REPLI_DRAW_TEXT,
                               .face = face,
                               .size_cpt = 1100,
                               .x0 = x,
                               .y0 = y,
                               .text = s,
                               .width_um = repli_font_width(face, 1100, s)};
}

struct repli_draw pdfcase_box(enum repli_draw_kind kind, int32_t x0, int32_t y0, int32_t x1, int32_t y1, int32_t line)
{
    return (struct repli_draw){.kind = kind, .x0 = x0, .y0 = y0, .x1 = x1, .y1 = y1, .line_um = line};
}

enum repli_status pdfcase_items(const char *path, struct repli_draw *items, size_t n, const char *code,
                                struct repli_err *err)
{
    uint8_t sha[32];
    struct repli_draw_list list = {items, n};
    struct repli_pdf_page page = {.filled = &list, .code = code};
    struct repli_pdf_info info = {.title = "Essai «é»", .keywords = "P0-17", .created_utc = CREATED, .zone = zone};
    return repli_pdf_write(path, &page, 1, &info, NULL, NULL, sha, err);
}

/* Two pages, one layer, two codes each, all faces: what the trust of the other tests rests on. */
enum repli_status pdfcase_sample(const char *path, uint8_t sha[32], struct repli_err *err)
{
    static const int32_t marks[5][2] = {
        {11000, 11000}, {199000, 11000}, {199000, 286000}, {11000, 286000}, {11000, 68500}};
    struct repli_draw fixed[16], filled[4], overlay[4];
    size_t n = 0;
    for (size_t i = 0; i < 5; i++)
        fixed[n++] = pdfcase_box(REPLI_DRAW_FILL, marks[i][0] - 2500, marks[i][1] - 2500, marks[i][0] + 2500,
                                 marks[i][1] + 2500, 0);
    fixed[n++] = pdfcase_box(REPLI_DRAW_FRAME, 50000, 100000, 54000, 104000, 350);
    fixed[n++] = pdfcase_box(REPLI_DRAW_FRAME, 120010, 150030, 139860, 155230, 300);
    fixed[n++] = pdfcase_text(REPLI_FACE_MEDIUM, 60000, 103000, "Fréquence respiratoire");
    filled[0] = pdfcase_text(REPLI_FACE_BOLD, 22000, 25000, PDFCASE_NAME);
    filled[1] = pdfcase_text(REPLI_FACE_SYMBOL, 22000, 31000, "≥≤→▲✓");
    filled[2] = pdfcase_text(REPLI_FACE_REGULAR, 22000, 36000, "né le 03-02-1951");
    overlay[0] = pdfcase_box(REPLI_DRAW_CODE, 179090, 18570, 197960, 37440, 0);
    overlay[1] = pdfcase_box(REPLI_DRAW_CODE, 20000, 269630, 38870, 288500, 0);
    overlay[2] = pdfcase_box(REPLI_DRAW_LINE, 44000, 267400, 200000, 267400, 220);
    overlay[3] = pdfcase_text(REPLI_FACE_BOLD, 44000, 273000, "K7QD-M3XA-9");
    struct repli_draw_list lists[3] = {{fixed, n}, {filled, 3}, {overlay, 4}};
    struct repli_pdf_page pages[2];
    for (size_t i = 0; i < 2; i++)
        pages[i] = (struct repli_pdf_page){
            .layer = "sample", .fixed = &lists[0], .filled = &lists[1], .overlay = &lists[2], .code = PDFCASE_CODE};
    struct repli_pdf_info info = {.title = "Essai «é»", .keywords = "P0-17", .created_utc = CREATED, .zone = zone};
    return repli_pdf_write(path, pages, 2, &info, NULL, NULL, sha, err);
}
