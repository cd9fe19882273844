/* Texts from outside into trees, with limits on what a small text may make of memory and stack. */
#include <string.h>

#include "exchange/exchange.h"
#include "repli/text.h"

#define MAX_DEPTH  64      /* FHIR's own examples stay below 20 */
#define MAX_VALUES 4000000 /* about 400 MB of tree */

void json_done(json_t **root)
{
    json_decref(*root);
    *root = NULL;
}

/* Counts brackets and commas outside of strings before a parser recurses into them. */
static const char *too_much(const char *text, size_t len)
{
    size_t depth = 0, values = 1;
    bool in_string = false;
    for (size_t i = 0; i < len; i++) {
        char ch = text[i];
        if (in_string) {
            if (ch == '\\')
                i++;
            else if (ch == '"')
                in_string = false;
        } else if (ch == '"') {
            in_string = true;
        } else if (ch == '{' || ch == '[') {
            values++;
            if (++depth > MAX_DEPTH)
                return "nested deeper than 64 levels";
        } else if ((ch == '}' || ch == ']') && depth > 0) {
            depth--;
        } else if (ch == ',' && ++values > MAX_VALUES) {
            return "more than 4,000,000 values";
        }
    }
    return NULL;
}

enum repli_status fhir_parse(const char *text, size_t len, json_t **root, struct repli_err *err)
{
    json_error_t e;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
        text += 3, len -= 3;
    if (memchr(text, 0, len))
        return repli_fail(err, REPLI_DATA, "holds a NUL byte");
    if (!repli_utf8_valid(text, len))
        return repli_fail(err, REPLI_DATA, "is not valid UTF-8");
    const char *why = too_much(text, len);
    if (why)
        return repli_fail(err, REPLI_DATA, "%s", why);
    json_t *made = json_loadb(text, len, JSON_REJECT_DUPLICATES, &e);
    if (!made)
        return repli_fail(err, REPLI_DATA, "not JSON: line %d, column %d: %s", e.line, e.column, e.text);
    *root = made;
    return REPLI_OK;
}
