/* The tree is built from libyaml's events rather than by its document loader: the loader resolves aliases and drops
** anchors silently, events show both. */
#include "repli/yaml.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "repli/text.h"

#define MAX_BYTES ((size_t)4 * 1024 * 1024)
#define MAX_DEPTH 32

struct build {
    yaml_parser_t parser;
    const char *file;
    struct repli_arena *a;
    struct repli_err *err;
};

static enum repli_status fail_at(struct build *b, size_t line, const char *what)
{
    return repli_fail(b->err, REPLI_DATA, "%s:%zu: %s", b->file, line, what);
}

static enum repli_status next_event(struct build *b, yaml_event_t *e)
{
    if (!yaml_parser_parse(&b->parser, e)) {
        const yaml_parser_t *p = &b->parser;
        const char *context = p->context ? p->context : "", *problem = p->problem ? p->problem : "not valid YAML";
        return repli_fail(b->err, REPLI_DATA, "%s:%zu: %s%s%s", b->file, p->problem_mark.line + 1, problem,
                          *context ? " " : "", context);
    }
    return REPLI_OK;
}

/* Anchors, aliases and tags make one text mean several things, or hide what it means. */
static const char *forbidden(const yaml_event_t *e)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (e->type == YAML_ALIAS_EVENT)
        return "aliases (*name) are not allowed: write the value out";
    if (e->type == YAML_SCALAR_EVENT) {
        anchor = e->data.scalar.anchor;
        tag = e->data.scalar.tag;
    } else if (e->type == YAML_SEQUENCE_START_EVENT) {
        anchor = e->data.sequence_start.anchor;
        tag = e->data.sequence_start.tag;
    } else if (e->type == YAML_MAPPING_START_EVENT) {
        anchor = e->data.mapping_start.anchor;
        tag = e->data.mapping_start.tag;
    }
    if (anchor)
        return "anchors (&name) are not allowed: write the value out";
    return tag ? "tags (!name) are not allowed" : NULL;
}

static enum repli_status scalar(struct build *b, const yaml_event_t *e, const char **text)
{
    const char *s = (const char *)e->data.scalar.value;
    if (memchr(s, 0, e->data.scalar.length))
        return fail_at(b, e->start_mark.line + 1, "a text must not contain a NUL character");
    *text = repli_arena_strndup(b->a, s, e->data.scalar.length);
    return REPLI_OK;
}

/* Two keys of one mapping, sorted side by side; the earlier line first. */
static int by_key(const void *x, const void *y)
{
    const struct repli_yaml *a = *(const struct repli_yaml *const *)x, *b = *(const struct repli_yaml *const *)y;
    int order = strcmp(a->key, b->key);
    return order ? order : (a->line > b->line) - (a->line < b->line);
}

static enum repli_status refuse_duplicates(struct build *b, const struct repli_yaml *map)
{
    const struct repli_yaml **sorted = repli_xcalloc(map->count, sizeof *sorted);
    for (size_t i = 0; i < map->count; i++)
        sorted[i] = &map->items[i];
    qsort(sorted, map->count, sizeof *sorted, by_key);
    enum repli_status st = REPLI_OK;
    for (size_t i = 1; i < map->count && st == REPLI_OK; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
            st = repli_fail(b->err, REPLI_DATA, "%s:%d: key '%s' is given twice (first in line %d)", b->file,
                            sorted[i]->line, sorted[i]->key, sorted[i - 1]->line);
    free(sorted);
    return st;
}

static enum repli_status node(struct build *b, yaml_event_t *e, int depth, struct repli_yaml *out);

/* One more zeroed child. */
static struct repli_yaml *add_child(struct build *b, struct repli_yaml *out, size_t *cap)
{
    if (out->count == *cap) {
        size_t more = *cap ? 2 * *cap : 8;
        out->items = repli_arena_grow(b->a, out->items, *cap, more, sizeof *out->items);
        *cap = more;
    }
    return &out->items[out->count++];
}

/* Reads one child; for a mapping `e` is its key's event, and the value's event follows. */
static enum repli_status child(struct build *b, yaml_event_t *e, int depth, bool is_map, struct repli_yaml *out)
{
    if (!is_map)
        return node(b, e, depth, out);
    const char *bad = forbidden(e);
    if (bad)
        return fail_at(b, e->start_mark.line + 1, bad);
    if (e->type != YAML_SCALAR_EVENT)
        return fail_at(b, e->start_mark.line + 1, "a key must be a plain word");
    size_t line = e->start_mark.line + 1;
    const char *key = NULL;
    enum repli_status st = scalar(b, e, &key);
    if (st != REPLI_OK)
        return st;
    yaml_event_t value;
    if ((st = next_event(b, &value)) != REPLI_OK)
        return st;
    st = node(b, &value, depth, out);
    yaml_event_delete(&value);
    out->key = key;
    out->line = (int)line; /* the key's line: where a person looks for it */
    return st;
}

static enum repli_status children(struct build *b, int depth, struct repli_yaml *out)
{
    bool is_map = out->kind == REPLI_YAML_MAP;
    size_t cap = 0;
    for (;;) {
        yaml_event_t e;
        enum repli_status st = next_event(b, &e);
        if (st != REPLI_OK)
            return st;
        bool end = e.type == YAML_MAPPING_END_EVENT || e.type == YAML_SEQUENCE_END_EVENT;
        if (!end) {
            struct repli_yaml made = {0};
            st = child(b, &e, depth, is_map, &made);
            if (st == REPLI_OK)
                *add_child(b, out, &cap) = made;
        }
        yaml_event_delete(&e);
        if (st != REPLI_OK)
            return st;
        if (end)
            return is_map ? refuse_duplicates(b, out) : REPLI_OK;
    }
}

/* Builds the node that begins with event `e`. */
static enum repli_status node(struct build *b, yaml_event_t *e, int depth, struct repli_yaml *out)
{
    size_t line = e->start_mark.line + 1;
    const char *bad = forbidden(e);
    if (bad)
        return fail_at(b, line, bad);
    if (depth > MAX_DEPTH)
        return fail_at(b, line, "nested deeper than 32 levels");
    out->file = b->file;
    out->line = (int)line;
    if (e->type == YAML_SCALAR_EVENT) {
        out->kind = REPLI_YAML_SCALAR;
        out->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return scalar(b, e, &out->text);
    }
    out->kind = e->type == YAML_MAPPING_START_EVENT ? REPLI_YAML_MAP : REPLI_YAML_LIST;
    return children(b, depth + 1, out);
}

/* The events around the one document. */
static enum repli_status document(struct build *b, struct repli_yaml *root)
{
    int documents = 0;
    for (bool end = false; !end;) {
        yaml_event_t e;
        enum repli_status st = next_event(b, &e);
        if (st != REPLI_OK)
            return st;
        if (e.type == YAML_DOCUMENT_START_EVENT && ++documents > 1)
            st = fail_at(b, e.start_mark.line + 1, "a second document (---) is not allowed");
        else if (e.type == YAML_STREAM_END_EVENT)
            end = true;
        else if (e.type != YAML_STREAM_START_EVENT && e.type != YAML_DOCUMENT_START_EVENT &&
                 e.type != YAML_DOCUMENT_END_EVENT)
            st = node(b, &e, 1, root);
        yaml_event_delete(&e);
        if (st != REPLI_OK)
            return st;
    }
    return REPLI_OK;
}

/* Line of the first byte that is not UTF-8. */
static size_t bad_line(const char *text, size_t len)
{
    size_t line = 1, start = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != '\n')
            continue;
        if (!repli_utf8_valid(text + start, i - start))
            return line;
        start = i + 1;
        line++;
    }
    return line;
}

enum repli_status repli_yaml_parse(const char *file, const char *text, size_t len, struct repli_arena *a,
                                   struct repli_yaml **root, struct repli_err *err)
{
    struct build b = {.file = repli_arena_strdup(a, file), .a = a, .err = err};
    if (len > MAX_BYTES)
        return fail_at(&b, 1, "larger than 4 MiB");
    if (!repli_utf8_valid(text, len))
        return fail_at(&b, bad_line(text, len), "not valid UTF-8");
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    struct repli_yaml *top = repli_arena_alloc(a, sizeof *top);
    *top = (struct repli_yaml){.kind = REPLI_YAML_MAP, .file = b.file, .line = 1};
    if (!yaml_parser_initialize(&b.parser))
        abort(); /* allowed: out of memory */
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, len);
    enum repli_status st = document(&b, top);
    yaml_parser_delete(&b.parser);
    if (st != REPLI_OK)
        return st;
    if (top->kind == REPLI_YAML_SCALAR && !top->quoted && !*top->text) /* "---" alone */
        *top = (struct repli_yaml){.kind = REPLI_YAML_MAP, .file = b.file, .line = 1};
    *root = top;
    return REPLI_OK;
}
