/* Templates, language files and page maps from hostile bytes: refused or taken, never a crash, and what is taken
** lays out and passes the check. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "form/form_internal.h"
#include "repli/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char strings[] = "language: en\nmonths: [a, b, c, d, e, f, g, h, i, j, k, l]\ntexts:\n  \"a\": b\n";

/* As a frozen form: the template is the input, or the first half of it while the rest is the language. */
static void as_form(const char *template, size_t len, const char *lang, size_t lang_len)
{
    struct repli_arena a = {0};
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    uint8_t hash[32];
    struct repli_buf b = {0};
    repli_buf_printf(&b, "repli-form 1 en %zu %zu %d\n", len, lang_len, REPLI_LAYOUT_EPOCH);
    repli_buf_add(&b, template, len);
    repli_buf_add(&b, lang, lang_len);
    if (repli_form_open_frozen(b.data, b.len, &form, &err) == REPLI_OK) {
        repli_form_hash(form, hash);
        (void)repli_form_frozen(form, &a);
    }
    repli_form_close(form);
    repli_buf_done(&b);
    repli_arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repli_arena a = {0};
    struct repli_page_map *map = NULL;
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    const char *text = (const char *)data;
    if (size > 65536)
        return 0;
    if (size > 0 && data[0] == '{' && repli_page_map_parse(text, size, &a, &map, &err) == REPLI_OK)
        (void)repli_page_map_json(map, &a);
    repli_arena_done(&a);
    if (repli_form_open_frozen(text, size, &form, NULL) == REPLI_OK)
        repli_form_close(form);
    as_form(text, size, strings, sizeof strings - 1);
    as_form(text, size / 2, text + size / 2, size - size / 2);
    return 0;
}
