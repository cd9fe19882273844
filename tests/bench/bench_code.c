/* Page codes: this program's chain beside plain zbar over the whole page, on the same images.
** usage: bench_code FILE... ; one line: pages, read and CPU milliseconds a page of each, and what each stage read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <zbar.h>

#include "repli/file.h"
#include "scan/decode.h"

struct tally {
    int pages, plain, stage[CODE_STAGES];
    double plain_ms, chain_ms;
};

static double cpu_ms(void)
{
    struct timespec t;
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) == 0 ? (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6 : 0;
}

static int plain_zbar(const struct repli_image *im)
{
    zbar_image_scanner_t *scanner = zbar_image_scanner_create();
    zbar_image_t *z = zbar_image_create();
    int found = 0;
    (void)zbar_image_scanner_set_config(scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    (void)zbar_image_scanner_set_config(scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    zbar_image_set_format(z, 0x30303859UL); /* Y800 */
    zbar_image_set_size(z, (unsigned)im->width, (unsigned)im->height);
    zbar_image_set_data(z, im->gray, (unsigned long)im->width * (unsigned long)im->height, NULL);
    if (zbar_scan_image(scanner, z) > 0)
        for (const zbar_symbol_t *s = zbar_image_first_symbol(z); s; s = zbar_symbol_next(s))
            found += zbar_symbol_get_data_length(s) == REPLI_PAGECODE_DIGITS;
    zbar_image_destroy(z);
    zbar_image_scanner_destroy(scanner);
    return found > 0;
}

static void look(const struct repli_image *im, struct tally *t)
{
    struct code_seen seen[CODE_SEEN_MAX];
    double start = cpu_ms(), middle;
    t->pages++;
    t->plain += plain_zbar(im);
    middle = cpu_ms();
    for (int s = 0; s < CODE_STAGES; s++)
        if (repli_code_find(im, (enum code_stage)s, seen) > 0) {
            t->stage[s]++;
            break;
        }
    t->plain_ms += middle - start;
    t->chain_ms += cpu_ms() - middle;
}

static void take(const char *path, struct tally *t)
{
    const struct decode_limits limits = {.pixels = 200000000, .pages = 1000};
    struct repli_arena a = {0};
    struct repli_err err = {0};
    struct decoder d;
    char *data = NULL;
    size_t len = 0;
    if (repli_file_read(path, 1u << 30, &a, &data, &len, &err) == REPLI_OK &&
        repli_decode_open(&d, (const uint8_t *)data, len, &limits)) {
        for (int page = 1; page <= d.pages && repli_decode_page(&d, page) && !d.render; page++) {
            struct repli_image im = {d.width, d.height, 8, d.dpi, NULL};
            im.gray = repli_xmalloc((size_t)d.width * (size_t)d.height);
            if (repli_decode_pixels(&d, im.gray))
                look(&im, t);
            free(im.gray);
        }
        repli_decode_close(&d);
    }
    repli_arena_done(&a);
}

int main(int argc, char **argv)
{
    struct tally t = {0};
    int chain = 0;
    for (int i = 1; i < argc; i++)
        take(argv[i], &t);
    for (int s = 0; s < CODE_STAGES; s++)
        chain += t.stage[s];
    if (t.pages == 0)
        return 1;
    printf("%d pages: plain zbar reads %.1f %% in %.1f ms; the chain %.1f %% in %.1f ms (", t.pages,
           100.0 * t.plain / t.pages, t.plain_ms / t.pages, 100.0 * chain / t.pages, t.chain_ms / t.pages);
    for (int s = 0; s < CODE_STAGES; s++)
        printf("%s%s %d", s ? ", " : "", repli_code_stage_text((enum code_stage)s), t.stage[s]);
    printf(")\n");
    return 0;
}
