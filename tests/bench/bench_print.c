/* The floor for printing: bare libharu puts the same strings on as many pages, in one typeface, and nothing else.
** usage: bench_print TEXT OUT.pdf     TEXT: what `pdftotext` says of the pack, pages parted by form feeds */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hpdf.h>

#include "repli/draw.h"
#include "repli/file.h"

static void broken(HPDF_STATUS error, HPDF_STATUS detail, void *user)
{
    (void)user;
    fprintf(stderr, "bench_print: libharu 0x%04lX/%lu\n", (unsigned long)error, (unsigned long)detail);
    exit(1);
}

static HPDF_Font typeface(HPDF_Doc pdf)
{
    size_t len = 0;
    const void *data = repli_font_data(REPLI_FACE_REGULAR, &len);
    FILE *f = tmpfile();
    char path[64];
    if (f == NULL || fwrite(data, 1, len, f) != len || fflush(f) != 0)
        exit(1);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(f));
    (void)HPDF_UseUTFEncodings(pdf);
    HPDF_Font font = HPDF_GetFont(pdf, HPDF_LoadTTFontFromFile(pdf, path, HPDF_TRUE), "UTF-8");
    (void)fclose(f);
    return font;
}

int main(int argc, char **argv)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *text = NULL;
    size_t len = 0;
    if (argc != 3 || repli_file_read(argv[1], 1 << 26, &a, &text, &len, &err) != REPLI_OK)
        return fprintf(stderr, "usage: bench_print TEXT OUT.pdf\n%s\n", err.text), 2;
    HPDF_Doc pdf = HPDF_New(broken, NULL);
    (void)HPDF_SetCompressionMode(pdf, HPDF_COMP_ALL);
    HPDF_Font font = typeface(pdf);
    unsigned pages = 0;
    for (char *page = text; *page != '\0';) {
        char *end = strchr(page, '\f'), *next = end != NULL ? end + 1 : page + strlen(page);
        HPDF_Page p = HPDF_AddPage(pdf);
        float y = 820;
        if (end != NULL)
            *end = '\0';
        (void)HPDF_Page_BeginText(p);
        (void)HPDF_Page_SetFontAndSize(p, font, 8.5f);
        for (char *save = NULL, *line = strtok_r(page, "\n", &save); line != NULL;
             line = strtok_r(NULL, "\n", &save), y -= 4)
            (void)HPDF_Page_TextOut(p, 40, y, line);
        (void)HPDF_Page_EndText(p);
        page = next;
        pages++;
    }
    (void)HPDF_SaveToFile(pdf, argv[2]);
    HPDF_Free(pdf);
    repli_arena_done(&a);
    printf("%u pages\n", pages);
    return 0;
}
