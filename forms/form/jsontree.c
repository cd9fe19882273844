/* JSON text as a tree.  The text is copied once; texts and names are unescaped where they stand in the copy. */
#include "form/jsontree.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "repli/text.h"

#define MEMBERS_MAX 4096 /* of an object: each is compared with those before it */
#define NUMBER_MAX  64
#define EXACT       15 /* digits that a double holds, whatever they are */

struct parse {
    char *s; /* NUL-terminated */
    size_t at, len;
    struct repli_arena *a;
};

static void blanks(struct parse *p)
{
    while (p->s[p->at] == ' ' || p->s[p->at] == '\n' || p->s[p->at] == '\t' || p->s[p->at] == '\r')
        p->at++;
}

static int hex4(const char *s)
{
    int v = 0;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        int d = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

static char *put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
        *to++ = (char)(0x80 | (c & 63));
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 63));
        *to++ = (char)(0x80 | (c >> 6 & 63));
        *to++ = (char)(0x80 | (c & 63));
    }
    return to;
}

/* The escape behind a backslash; NULL: none that JSON knows. */
static char *escape(const char **from, char *to)
{
    static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
    const char *s = *from, *known = *s ? strchr(names, *s) : NULL;
    if (known) {
        *to++ = values[known - names];
        *from = s + 1;
        return to;
    }
    int c = *s == 'u' ? hex4(s + 1) : -1;
    if (c <= 0 || (c >= 0xDC00 && c < 0xE000)) /* a NUL would end the text; half of a pair is nothing */
        return NULL;
    s += 5;
    if (c >= 0xD800 && c < 0xDC00) {
        int low = s[0] == '\\' && s[1] == 'u' ? hex4(s + 2) : -1;
        if (low < 0xDC00 || low >= 0xE000)
            return NULL;
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
        s += 6;
    }
    *from = s;
    return put_utf8(to, (unsigned)c);
}

/* From behind the opening quote to behind the closing one. */
static const char *read_text(struct parse *p)
{
    char *start = p->s + p->at, *to = start;
    const char *from = start;
    while (*from != '"') {
        if ((unsigned char)*from < 0x20) /* the end, too */
            return NULL;
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        from++;
        to = escape(&from, to);
        if (!to)
            return NULL;
    }
    p->at = (size_t)(from - p->s) + 1;
    *to = 0;
    return start;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* Few digits are exact in a double, and so is their power of ten: one division rounds as strtod() does. */
static bool read_number(struct parse *p, struct json_node *n)
{
    static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    const char *s = p->s + p->at, *c = s + (*s == '-');
    size_t whole = digits(c), places = 0;
    if (whole == 0 || (*c == '0' && whole > 1))
        return false;
    int64_t v = 0;
    for (size_t i = 0; i < whole && whole <= EXACT; i++)
        v = v * 10 + (*c++ - '0');
    c = s + (*s == '-') + whole;
    n->whole = true;
    if (*c == '.') {
        n->whole = false;
        places = digits(++c);
        if (places == 0)
            return false;
        for (size_t i = 0; i < places && whole + places <= EXACT; i++)
            v = v * 10 + (c[i] - '0');
        c += places;
    }
    bool exponent = *c == 'e' || *c == 'E';
    if (exponent) {
        n->whole = false;
        c += 1 + (c[1] == '+' || c[1] == '-');
        size_t more = digits(c);
        if (more == 0)
            return false;
        c += more;
    }
    p->at = (size_t)(c - p->s);
    if (c - s > NUMBER_MAX || (n->whole && whole > 18))
        return false;
    n->number =
        !exponent && whole + places <= EXACT ? (*s == '-' ? -1 : 1) * (double)v / tens[places] : strtod(s, NULL);
    return isfinite(n->number);
}

static struct json_node *read_value(struct parse *p, int depth);

/* Names are short and mostly begin in different ways. */
static bool called(const struct json_node *m, const char *name)
{
    return *m->name == *name && strcmp(m->name, name) == 0;
}

static bool again(const struct json_node *o, const struct json_node *last)
{
    for (const struct json_node *m = o->first; m != last; m = m->next)
        if (called(m, last->name))
            return true;
    return false;
}

/* Members or items, up to the closing bracket. */
static bool read_children(struct parse *p, struct json_node *o, int depth)
{
    bool object = o->kind == JSON_NODE_OBJECT;
    char end = object ? '}' : ']';
    struct json_node **link = &o->first;
    blanks(p);
    if (p->s[p->at] == end) {
        p->at++;
        return true;
    }
    for (;;) {
        const char *name = NULL;
        blanks(p);
        if (object) {
            if (p->s[p->at++] != '"' || !(name = read_text(p)))
                return false;
            blanks(p);
            if (p->s[p->at++] != ':')
                return false;
        }
        struct json_node *n = read_value(p, depth);
        if (!n)
            return false;
        n->name = name;
        *link = n;
        link = &n->next;
        o->count++;
        if (object && (o->count > MEMBERS_MAX || again(o, n)))
            return false;
        blanks(p);
        char c = p->s[p->at++];
        if (c != ',')
            return c == end;
    }
}

static bool word(struct parse *p, const char *w)
{
    size_t n = strlen(w);
    if (strncmp(p->s + p->at, w, n) != 0)
        return false;
    p->at += n;
    return true;
}

static struct json_node *read_value(struct parse *p, int depth)
{
    struct json_node *n = repli_arena_alloc(p->a, sizeof *n);
    bool good = depth < JSON_DEPTH;
    blanks(p);
    n->from = p->at;
    char c = p->s[p->at];
    if (!good)
        return NULL;
    if (c == '{' || c == '[') {
        n->kind = c == '{' ? JSON_NODE_OBJECT : JSON_NODE_LIST;
        p->at++;
        good = read_children(p, n, depth + 1);
    } else if (c == '"') {
        n->kind = JSON_NODE_TEXT;
        p->at++;
        n->text = read_text(p);
        good = n->text != NULL;
    } else if (c == 'n' || c == 't' || c == 'f') {
        n->kind = c == 'n' ? JSON_NODE_NULL : c == 't' ? JSON_NODE_TRUE : JSON_NODE_FALSE;
        good = word(p, c == 'n' ? "null" : c == 't' ? "true" : "false");
    } else {
        n->kind = JSON_NODE_NUMBER;
        good = read_number(p, n);
    }
    n->to = p->at;
    return good ? n : NULL;
}

struct json_node *repli_json_tree(const char *json, size_t len, struct repli_arena *a)
{
    if (!repli_utf8_valid(json, len))
        return NULL;
    struct parse p = {repli_arena_strndup(a, json, len), 0, len, a};
    struct json_node *n = read_value(&p, 0);
    if (!n)
        return NULL;
    blanks(&p);
    return p.at == len ? n : NULL;
}

const struct json_node *repli_json_member(const struct json_node *o, const char *name)
{
    for (const struct json_node *m = o && o->kind == JSON_NODE_OBJECT ? o->first : NULL; m; m = m->next)
        if (called(m, name))
            return m;
    return NULL;
}

const struct json_node *repli_json_at(const struct json_node *list, size_t i)
{
    const struct json_node *n = list && list->kind == JSON_NODE_LIST ? list->first : NULL;
    for (; n && i > 0; i--)
        n = n->next;
    return n;
}
