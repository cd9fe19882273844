/* Sheets of documents for tests of review and merge: a page map by hand that keeps the contract of captures.
**
** "ask": a request with day and time (tier 1), the check of identity (tier 1), two tests with codes (tier 2), initials
** and words.  "note1", "note2": a time that nobody keys, words, a tick of tier 3.  page.void and page.correction.
*/
#include <string.h>

#include "support/ward.h"

struct sheet {
    struct repli_arena *a;
    struct repli_page_map *map;
    struct repli_capture *capture;
};

static struct repli_field *add(struct sheet *s, const char *role, enum repli_field_kind kind, int tier)
{
    size_t n = s->map->nfields++;
    int32_t x = 20000 + (int32_t)(n % 10) * 15000, y = 50000 + (int32_t)(n / 10) * 12000;
    struct repli_field *f = &s->map->fields[n];
    const char *prefix = s->capture ? s->capture->id : "page";
    *f = (struct repli_field){.id = repli_arena_printf(s->a, "%s.%s", prefix, role),
                              .kind = kind,
                              .role = role,
                              .label = role,
                              .tier = tier,
                              .box = {x, y, x + 12000, y + 8000}};
    if (kind == REPLI_FIELD_DIGITS) {
        f->nparts = strcmp(role, "day") == 0 ? 2 : 4;
        f->parts = repli_arena_array(s->a, f->nparts, sizeof *f->parts);
        for (size_t i = 0; i < f->nparts; i++)
            f->parts[i] = (struct repli_box){x + (int32_t)i * 2000, y, x + (int32_t)i * 2000 + 1900, y + 8000};
    }
    if (s->capture) {
        f->capture = "document";
        s->capture->roles[s->capture->nmembers] = role;
        s->capture->fields[s->capture->nmembers++] = n;
    }
    return f;
}

static void begin(struct sheet *s, const char *id, const char *key)
{
    s->capture = &s->map->captures[s->map->ncaptures++];
    *s->capture = (struct repli_capture){.id = id, .kind = "document", .key = key};
    s->capture->roles = repli_arena_array(s->a, 10, sizeof *s->capture->roles);
    s->capture->fields = repli_arena_array(s->a, 10, sizeof *s->capture->fields);
}

struct repli_page_map *ward_document_map(struct repli_arena *a, size_t sheet, bool of_ward, const char *name)
{
    struct repli_page_map *map = repli_arena_alloc(a, sizeof *map);
    struct sheet s = {a, map, NULL};
    *map = (struct repli_page_map){.page = (int)sheet + 1,
                                   .sheet = repli_arena_strdup(a, name),
                                   .form = "notes",
                                   .version = 1,
                                   .lang = "fr",
                                   .side = 1,
                                   .sides = 2,
                                   .ward = "3B",
                                   .patient = of_ward ? NULL : repli_arena_printf(a, "10%03zu", sheet),
                                   .code = "0"};
    for (int i = 0; i < 2; i++)
        map->codes[i] = (struct repli_box){1000, 1000, 2000, 2000};
    map->fields = repli_arena_array(a, 24, sizeof *map->fields);
    map->captures = repli_arena_array(a, 3, sizeof *map->captures);
    (void)add(&s, "void", REPLI_FIELD_TICK, 1);
    (void)add(&s, "correction", REPLI_FIELD_TICK, 1);
    begin(&s, "ask", "{\"document\":\"request\",\"number\":1}");
    (void)add(&s, "day", REPLI_FIELD_DIGITS, 1);
    (void)add(&s, "at", REPLI_FIELD_DIGITS, 1);
    (void)add(&s, "identity", REPLI_FIELD_TICK, 1);
    add(&s, "code_na", REPLI_FIELD_TICK, 2)->key =
        "{\"code_system\":\"http://loinc.org\",\"code\":\"2951-2\",\"display\":\"Sodium\"}";
    add(&s, "code_k", REPLI_FIELD_TICK, 2)->key =
        "{\"code_system\":\"http://loinc.org\",\"code\":\"2823-3\",\"display\":\"Potassium\"}";
    (void)add(&s, "by", REPLI_FIELD_INITIALS, 3);
    (void)add(&s, "clinical", REPLI_FIELD_TEXT, 3);
    for (int i = 1; i <= 2; i++) {
        begin(&s, repli_arena_printf(a, "note%d", i),
              repli_arena_printf(a, "{\"document\":\"note\",\"number\":%d}", i));
        (void)add(&s, "at", REPLI_FIELD_DIGITS, 3);
        (void)add(&s, "text", REPLI_FIELD_TEXT, 3);
        (void)add(&s, "done", REPLI_FIELD_TICK, 3);
    }
    return map;
}

void ward_make_documents(struct ward *w, const char *name, size_t nsheets, const struct ward_ink *written)
{
    *w = (struct ward){.nsheets = nsheets, .ink = written, .documents = true};
    ward_make_site(w, name);
}
