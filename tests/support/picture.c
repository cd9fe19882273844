#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/arena.h"
#include "support/picture.h"

struct repli_image picture_sheet(double dpi)
{
    struct repli_image im = {.bits = 8, .dpi = dpi};
    im.width = (int)lround(210 * dpi / 25.4);
    im.height = (int)lround(297 * dpi / 25.4);
    size_t n = (size_t)im.width * (size_t)im.height;
    im.gray = repli_xmalloc(n);
    memset(im.gray, 255, n);
    return im;
}

struct repli_image picture_copy(const struct repli_image *image)
{
    struct repli_image im = *image;
    size_t n = (size_t)im.width * (size_t)im.height;
    im.gray = repli_xmalloc(n);
    memcpy(im.gray, image->gray, n);
    return im;
}

void picture_done(struct repli_image *image)
{
    free(image->gray);
    image->gray = NULL;
}

void picture_fill(struct repli_image *image, const struct repli_box *box, uint8_t level)
{
    double k = image->dpi / 25400;
    int x0 = (int)lround(box->x0 * k), x1 = (int)lround(box->x1 * k);
    int y0 = (int)lround(box->y0 * k), y1 = (int)lround(box->y1 * k);
    x0 = x0 < 0 ? 0 : x0, y0 = y0 < 0 ? 0 : y0;
    x1 = x1 > image->width ? image->width : x1, y1 = y1 > image->height ? image->height : y1;
    for (int y = y0; y < y1 && x0 < x1; y++)
        memset(&image->gray[(size_t)y * (size_t)image->width + (size_t)x0], level, (size_t)(x1 - x0));
}

/* A decimal number of a PGM header, after blanks. */
static bool header_number(const uint8_t *d, size_t len, size_t *at, int *out)
{
    while (*at < len && (d[*at] == ' ' || d[*at] == '\n'))
        (*at)++;
    int v = 0;
    size_t start = *at;
    while (*at < len && d[*at] >= '0' && d[*at] <= '9' && v < 100000)
        v = v * 10 + d[(*at)++] - '0';
    *out = v;
    return *at > start;
}

enum repli_status picture_parse_pgm(const uint8_t *data, size_t len, double dpi, struct repli_image *out,
                                    struct repli_err *err)
{
    size_t at = 2;
    int w = 0, h = 0, max = 0;
    if (len < 2 || memcmp(data, "P5", 2) != 0 || !header_number(data, len, &at, &w) ||
        !header_number(data, len, &at, &h) || !header_number(data, len, &at, &max) || max != 255)
        return repli_fail(err, REPLI_DATA, "not an 8-bit PGM");
    at++;
    size_t n = (size_t)w * (size_t)h;
    if (n == 0 || len < at + n)
        return repli_fail(err, REPLI_DATA, "PGM ends early: %zu of %zu bytes", len, at + n);
    *out = (struct repli_image){.width = w, .height = h, .bits = 8, .dpi = dpi, .gray = repli_xmalloc(n)};
    memcpy(out->gray, data + at, n);
    return REPLI_OK;
}

static void child(const char *pdf, int page, int dpi, int fd)
{
    char n[16], r[16];
    (void)snprintf(n, sizeof n, "%d", page);
    (void)snprintf(r, sizeof r, "%d", dpi);
    (void)dup2(fd, STDOUT_FILENO);
    (void)execlp("pdftoppm", "pdftoppm", "-r", r, "-gray", "-f", n, "-l", n, pdf, (char *)NULL);
    _exit(127);
}

static void drain(int fd, struct repli_buf *b)
{
    enum { PIECE = 1 << 16 };
    char *piece = repli_xmalloc(PIECE);
    for (;;) {
        ssize_t got = read(fd, piece, PIECE);
        if (got > 0)
            repli_buf_add(b, piece, (size_t)got);
        else if (got == 0 || errno != EINTR)
            break;
    }
    free(piece);
}

enum repli_status picture_render(const char *pdf, int page, int dpi, struct repli_image *out, struct repli_err *err)
{
    int fds[2];
    if (pipe(fds) != 0)
        return repli_fail(err, REPLI_IO, "pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid < 0)
        return repli_fail(err, REPLI_IO, "fork: %s", strerror(errno));
    if (pid == 0) {
        (void)close(fds[0]);
        child(pdf, page, dpi, fds[1]);
    }
    (void)close(fds[1]);
    REPLI_AUTO(repli_buf_done) struct repli_buf b = {0};
    drain(fds[0], &b);
    (void)close(fds[0]);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || b.len == 0)
        return repli_fail(err, REPLI_IO, "%s: pdftoppm cannot render page %d (is poppler-utils installed?)", pdf, page);
    enum repli_status rc = picture_parse_pgm((const uint8_t *)b.data, b.len, dpi, out, err);
    return rc == REPLI_OK ? rc : repli_err_prefix(err, "%s page %d", pdf, page);
}
