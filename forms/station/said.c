/* What a command complained about, in the reader's language: lines of *.words in which [1], [2] stand for what differs,
** "ward '[1]' is not in the snapshot (wards: [2])".  A complaint that no line is made for stays English. */
#define _GNU_SOURCE /* memmem */
#include <stdio.h>
#include <string.h>

#include "repli/asset.h"
#include "repli/clock.h"
#include "station/station.h"

#define PIECES 8

struct piece {
    const char *start;
    size_t len;
};

/* "[3]" at p: 3; else 0. */
static size_t numbered(const char *p)
{
    return p[0] == '[' && p[1] >= '1' && p[1] <= '0' + PIECES && p[2] == ']' ? (size_t)(p[1] - '0') : 0;
}

/* The plain part of a line up to the next number, or its end. */
static size_t plain_part(const char *line, const char *end)
{
    const char *p = line;
    while (p < end && !numbered(p))
        p++;
    return (size_t)(p - line);
}

static bool matches(const char *line, const char *end, const char *text, struct piece pieces[PIECES + 1])
{
    const char *rest = text;
    size_t n = plain_part(line, end);
    if (strncmp(rest, line, n) != 0)
        return false;
    rest += n;
    for (line += n; line < end; line += n) {
        size_t which = numbered(line);
        line += 3;
        n = plain_part(line, end);
        const char *next = n == 0 ? rest + strlen(rest) : memmem(rest, strlen(rest), line, n);
        if (!next)
            return false;
        if (line + n == end && next[n]) { /* the line's end must be the text's */
            size_t all = strlen(rest);
            if (all < n || memcmp(rest + all - n, line, n) != 0)
                return false;
            next = rest + all - n;
        }
        pieces[which] = (struct piece){rest, (size_t)(next - rest)};
        rest = next + n;
    }
    return *rest == 0;
}

static const char *filled(struct station_request *r, const char *line, size_t len, const struct piece *pieces)
{
    struct repli_buf out = {0};
    for (const char *end = line + len; line < end;) {
        size_t n = plain_part(line, end), which = line + n < end ? numbered(line + n) : 0;
        repli_buf_add(&out, line, n);
        if (which && pieces[which].start)
            repli_buf_add(&out, pieces[which].start, pieces[which].len);
        line += n + (which ? 3 : 0);
    }
    const char *text = repli_arena_strdup(&r->a, out.data ? out.data : "");
    repli_buf_done(&out);
    return text;
}

const char *station_said(struct station_request *r, const char *text)
{
    char path[64];
    const char *word = station_word(r->lang, text);
    if (word != text)
        return repli_arena_strdup(&r->a, word);
    snprintf(path, sizeof path, "templates/station/%.2s.words", r->lang);
    const struct repli_asset *asset = repli_asset_get(path);
    for (const char *s = asset ? (const char *)asset->data : ""; s && *s; s = strchr(s, '\n')) {
        s += *s == '\n';
        size_t len = strcspn(s, "\n");
        const char *is = memmem(s, len, " = ", 3);
        struct piece pieces[PIECES + 1] = {{0}};
        if (is && plain_part(s, is) < (size_t)(is - s) && matches(s, is, text, pieces))
            return filled(r, is + 3, len - (size_t)(is + 3 - s), pieces);
    }
    return text;
}

/* ---- what the merge says of a value */

const char *station_detail(struct station_request *r, const char *detail)
{
    const char *text = repli_time_local(&r->a, r->st->site->zone, true, detail ? detail : "");
    return *text ? station_said(r, text) : NULL;
}
