/* A YAML file as a tree in which every value knows its line (built from libyaml's events: schema loaders lose the line,
** and the document loader resolves aliases silently).
**
** Refused, with file:line: more than one document, duplicate keys, anchors and aliases, tags, keys that are not
** scalars, nesting deeper than 32, files over 4 MiB.  Scalars stay text; numbers come from the strict parser of text.h.
*/
#ifndef REPLI_YAML_H
#define REPLI_YAML_H

#include <stdbool.h>
#include <stdint.h>

#include "repli/arena.h"
#include "repli/err.h"

enum repli_yaml_kind { REPLI_YAML_SCALAR, REPLI_YAML_LIST, REPLI_YAML_MAP };

struct repli_yaml {
    enum repli_yaml_kind kind;
    const char *file;         /* as given to the parser */
    int line;                 /* 1-based; of the key, where there is one */
    const char *text;         /* SCALAR: the text; else NULL */
    bool quoted;              /* SCALAR was quoted: "no" is then a text, not a bool */
    const char *key;          /* as an item of a MAP: its key; else NULL */
    struct repli_yaml *items; /* LIST, MAP: children in file order */
    size_t count;
};

/* The tree lives in `a`.  An empty document is a MAP without items. */
REPLI_MUST_CHECK enum repli_status repli_yaml_parse(const char *file, const char *text, size_t len,
                                                    struct repli_arena *a, struct repli_yaml **root,
                                                    struct repli_err *err);

const struct repli_yaml *repli_yaml_get(const struct repli_yaml *map,
                                        const char *key); /* NULL: no such key, or no map */

/* REPLI_DATA "file:line: ..." about a node. */
enum repli_status repli_yaml_fail(const struct repli_yaml *node, struct repli_err *err, const char *fmt, ...)
    REPLI_PRINTF(3, 4);

/* Typed access.  A missing key leaves *out as it is and returns REPLI_OK; a value of another type or out of range is
** REPLI_DATA with file:line and what was expected. */
REPLI_MUST_CHECK enum repli_status repli_yaml_text(const struct repli_yaml *map, const char *key, const char **out,
                                                   struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_yaml_int(const struct repli_yaml *map, const char *key, int64_t min,
                                                  int64_t max, int64_t *out, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_yaml_number(const struct repli_yaml *map, const char *key, double min,
                                                     double max, double *out, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_yaml_bool(const struct repli_yaml *map, const char *key, bool *out,
                                                   struct repli_err *err); /* true/false/yes/no */
REPLI_MUST_CHECK enum repli_status
repli_yaml_only(const struct repli_yaml *map, const char *const *allowed,
                struct repli_err *err); /* NULL-terminated; unknown keys are refused with the nearest allowed one */

#endif
