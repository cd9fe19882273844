/* The template engine.  Values are escaped wherever they stand; no syntax leaves one raw. */
#include <stdio.h>
#include <string.h>

#include "repli/asset.h"
#include "station/rules.h"

#define DEPTH     12 /* sections and files within each other */
#define NAME_ROOM 64

struct render {
    const json_t *stack[DEPTH];
    size_t depth;
    int files;
    const char *lang;
    struct repli_buf *out;
};

static void escaped(struct repli_buf *out, const char *s)
{
    for (; *s; s++) {
        const char *e = *s == '&'    ? "&amp;"
                        : *s == '<'  ? "&lt;"
                        : *s == '>'  ? "&gt;"
                        : *s == '"'  ? "&quot;"
                        : *s == '\'' ? "&#39;"
                                     : NULL;
        if (e)
            repli_buf_puts(out, e);
        else
            repli_buf_add(out, s, 1);
    }
}

static void for_address(struct repli_buf *out, const char *s)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (; *s; s++)
        if (strchr(plain, *s))
            repli_buf_add(out, s, 1);
        else
            repli_buf_printf(out, "%%%02X", (unsigned)(unsigned char)*s);
}

static const json_t *look_up(const struct render *r, const char *name)
{
    for (size_t i = r->depth; i-- > 0;) {
        if (strcmp(name, ".") == 0)
            return r->stack[i];
        const json_t *v = json_object_get(r->stack[i], name);
        if (v)
            return v;
    }
    return NULL;
}

/* What a value looks like; numbers need `room`. */
static const char *text_of(const json_t *v, char room[32])
{
    if (json_is_string(v))
        return json_string_value(v);
    if (json_is_integer(v)) {
        snprintf(room, 32, "%lld", (long long)json_integer_value(v));
        return room;
    }
    return "";
}

static bool says_yes(const json_t *v)
{
    if (json_is_array(v))
        return json_array_size(v) > 0;
    if (json_is_string(v))
        return *json_string_value(v) != 0;
    if (json_is_integer(v))
        return json_integer_value(v) != 0;
    return json_is_true(v) || json_is_object(v);
}

/* A translated text with its [names] filled in. */
static void translated(struct render *r, const char *english)
{
    char number[32], name[NAME_ROOM];
    for (const char *s = station_word(r->lang, english); *s;) {
        const char *open = strchr(s, '['), *close = open ? strchr(open, ']') : NULL;
        size_t n = close ? (size_t)(close - open - 1) : 0;
        char piece[512];
        size_t before = close ? (size_t)(open - s) : strlen(s);
        snprintf(piece, sizeof piece, "%.*s", (int)before, s);
        escaped(r->out, piece);
        if (!close || n >= sizeof name)
            return;
        snprintf(name, sizeof name, "%.*s", (int)n, open + 1);
        escaped(r->out, text_of(look_up(r, name), number));
        s = close + 1;
    }
}

static const char *walk(struct render *r, const char *s, const char *until, bool quiet);

static bool section(struct render *r, const char *name, bool when, const char **s, bool quiet)
{
    const json_t *v = look_up(r, name);
    const char *start = *s, *end = NULL;
    bool yes = says_yes(v) == when;
    size_t times = !yes ? 0 : when && json_is_array(v) ? json_array_size(v) : 1;
    if (r->depth >= DEPTH)
        return false;
    if (quiet || times == 0)
        end = walk(r, start, name, true);
    for (size_t i = 0; !quiet && i < times; i++) {
        const json_t *item = when && json_is_array(v) ? json_array_get(v, i) : when && json_is_object(v) ? v : NULL;
        if (item)
            r->stack[r->depth++] = item;
        end = walk(r, start, name, false);
        if (item)
            r->depth--;
        if (!end)
            return false;
    }
    *s = end;
    return end != NULL;
}

static bool include(struct render *r, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "templates/station/%s.html", name);
    const struct repli_asset *asset = repli_asset_get(path);
    if (!asset || r->files >= 4)
        return false;
    r->files++;
    bool ok = walk(r, (const char *)asset->data, NULL, false) != NULL;
    r->files--;
    return ok;
}

static bool tag(struct render *r, const char *t, const char **s, bool quiet)
{
    char number[32];
    switch (*t) {
    case '#':
    case '^':
        return section(r, t + 1, *t == '#', s, quiet);
    case '>':
        return quiet || include(r, t + 1);
    case '_':
        if (!quiet)
            translated(r, t + 1 + strspn(t + 1, " "));
        return true;
    case '~':
        if (!quiet)
            translated(r, text_of(look_up(r, t + 1), number));
        return true;
    case '%':
        if (!quiet)
            for_address(r->out, text_of(look_up(r, t + 1), number));
        return true;
    default:
        if (!quiet)
            escaped(r->out, text_of(look_up(r, t), number));
        return true;
    }
}

/* Up to {{/until}}, or to the end (NULL).  Returns what follows; NULL: wrong. */
static const char *walk(struct render *r, const char *s, const char *until, bool quiet)
{
    for (;;) {
        const char *open = strstr(s, "{{"), *close = open ? strstr(open, "}}") : NULL;
        char t[512];
        if (!close) {
            if (!quiet)
                repli_buf_puts(r->out, s);
            return until ? NULL : s + strlen(s);
        }
        if (!quiet)
            repli_buf_add(r->out, s, (size_t)(open - s));
        if ((size_t)(close - open - 2) >= sizeof t)
            return NULL;
        snprintf(t, sizeof t, "%.*s", (int)(close - open - 2), open + 2);
        s = close + 2;
        if (*t == '/')
            return until && strcmp(t + 1, until) == 0 ? s : NULL;
        if (!tag(r, t, &s, quiet))
            return NULL;
    }
}

bool station_render_text(const char *text, const json_t *view, const char *lang, struct repli_buf *out)
{
    struct render r = {.stack = {view}, .depth = 1, .lang = lang, .out = out};
    return walk(&r, text, NULL, false) != NULL;
}

bool station_render(const char *name, const json_t *view, const char *lang, struct repli_buf *out)
{
    struct render r = {.stack = {view}, .depth = 1, .lang = lang, .out = out};
    return include(&r, name);
}

/* ---- words: templates/station/fr.words has lines "English = French" */

static const char *found_in(const struct repli_asset *asset, const char *english)
{
    static char text[512]; /* until the next word: one thread, and the caller copies */
    size_t n = strlen(english);
    for (const char *s = (const char *)asset->data; s && *s; s = strchr(s, '\n')) {
        s += *s == '\n';
        if (strncmp(s, english, n) == 0 && strncmp(s + n, " = ", 3) == 0) {
            snprintf(text, sizeof text, "%.*s", (int)strcspn(s + n + 3, "\n"), s + n + 3);
            return text;
        }
    }
    return NULL;
}

const char *station_word(const char *lang, const char *english)
{
    char path[64];
    snprintf(path, sizeof path, "templates/station/%.2s.words", lang ? lang : "en");
    const struct repli_asset *asset = repli_asset_get(path);
    const char *word = asset ? found_in(asset, english) : NULL;
    return word ? word : english;
}
