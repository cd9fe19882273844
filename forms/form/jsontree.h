/* Private to forms/form: JSON text as a tree, for page maps.  They are read a page at a time, thousands of small
** members each, and a general library spends more on them than decoding the page's pixels takes. */
#ifndef REPLI_FORM_JSONTREE_H
#define REPLI_FORM_JSONTREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "repli/arena.h"

enum json_kind {
    JSON_NODE_NULL,
    JSON_NODE_FALSE,
    JSON_NODE_TRUE,
    JSON_NODE_NUMBER,
    JSON_NODE_TEXT,
    JSON_NODE_LIST,
    JSON_NODE_OBJECT
};

struct json_node {
    enum json_kind kind;
    bool whole;       /* a number without point and exponent */
    const char *name; /* of a member of an object */
    const char *text; /* TEXT */
    double number;    /* NUMBER */
    size_t from, to;  /* its bytes in the text that was read */
    size_t count;     /* LIST, OBJECT */
    struct json_node *first, *next;
};

/* RFC 8259, strict UTF-8, no member twice in an object, no NUL in a text; at most JSON_DEPTH deep.  The tree lives in
** `a`.  NULL: no such text. */
#define JSON_DEPTH 40
struct json_node *repli_json_tree(const char *json, size_t len, struct repli_arena *a);

/* NULL: `o` is no object or has no such member; `list` has no so many. */
const struct json_node *repli_json_member(const struct json_node *o, const char *name);
const struct json_node *repli_json_at(const struct json_node *list, size_t i);

#endif
