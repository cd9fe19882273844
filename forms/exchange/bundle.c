/* Bundles: what only means something inside one (urn:uuid references, entries without id) is made to stand alone first,
** so that a resource is the same whether it came in a Bundle or by itself. */
#include <stdlib.h>
#include <string.h>

#include "exchange/exchange.h"

#define MAX_NESTING 3 /* a batch answer holds Bundles of search results */

struct target {
    const char *url; /* fullUrl */
    const json_t *resource;
};

struct targets {
    struct target *list;
    size_t count;
    struct fhir *names; /* only its arena is used: practitioners' names */
};

static int by_url(const void *a, const void *b)
{
    return strcmp(((const struct target *)a)->url, ((const struct target *)b)->url);
}

/* "urn:uuid:…" is the id of what was never given one. */
static void give_id(json_t *resource, const char *url)
{
    const char *id = strncmp(url, "urn:uuid:", 9) == 0 ? url + 9 : strrchr(url, '/') ? strrchr(url, '/') + 1 : "";
    if (!json_object_get(resource, "id") && fhir_id_valid(id))
        json_object_set_new(resource, "id", json_string(id));
}

/* Two entries under one fullUrl make every reference to it ambiguous: neither is a target. */
static void drop_doubles(struct targets *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < t->count;) {
        size_t same = i + 1;
        while (same < t->count && strcmp(t->list[i].url, t->list[same].url) == 0)
            same++;
        if (same == i + 1)
            t->list[kept++] = t->list[i];
        i = same;
    }
    t->count = kept;
}

static void collect(struct targets *t, const json_t *entries)
{
    size_t n = json_array_size(entries);
    t->list = repli_arena_array(t->names->a, n, sizeof *t->list);
    for (size_t i = 0; i < n; i++) {
        const json_t *entry = json_array_get(entries, i);
        json_t *resource = json_object_get(entry, "resource");
        const char *url = json_string_value(json_object_get(entry, "fullUrl"));
        if (!url || !json_is_object(resource))
            continue;
        give_id(resource, url);
        t->list[t->count++] = (struct target){url, resource};
    }
    qsort(t->list, t->count, sizeof *t->list, by_url);
    drop_doubles(t);
}

static const json_t *lookup(const struct targets *t, const char *url)
{
    const struct target key = {url, NULL}, *found = bsearch(&key, t->list, t->count, sizeof *t->list, by_url);
    return found ? found->resource : NULL;
}

static void rewrite_reference(const struct targets *t, json_t *object, const char *url)
{
    const json_t *to = lookup(t, url);
    const char *type = json_string_value(json_object_get(to, "resourceType"));
    const char *id = json_string_value(json_object_get(to, "id"));
    if (!type || !id || !fhir_id_valid(id))
        return;
    json_object_set_new(object, "reference", json_sprintf("%s/%s", type, id));
    if (strcmp(type, "Practitioner") == 0 && !json_object_get(object, "display")) {
        const char *name = fhir_human(t->names, fhir_get(to, "name"));
        if (name)
            json_object_set_new(object, "display", json_string(name));
    }
}

/* Depth is bounded by the parser's limit. */
static void rewrite(const struct targets *t, json_t *value)
{
    const char *key;
    json_t *child;
    size_t i;
    if (json_is_array(value)) {
        json_array_foreach(value, i, child) rewrite(t, child);
        return;
    }
    if (!json_is_object(value))
        return;
    json_object_foreach(value, key, child) rewrite(t, child);
    const char *url = json_string_value(json_object_get(value, "reference"));
    if (url && *url != '#')
        rewrite_reference(t, value, url);
}

/* Not every entry asks to be taken in: NULL = it does, "" = nothing to do, else why it is refused. */
static const char *not_taken(const json_t *entry)
{
    const char *method = json_string_value(fhir_get(fhir_get(entry, "request"), "method"));
    bool resource = json_is_object(fhir_get(entry, "resource"));
    if (method && strcmp(method, "DELETE") == 0)
        return "asks for a deletion: the record keeps what it was told, send it as entered in error";
    if (method && strcmp(method, "PATCH") == 0)
        return "asks for a patch: send the whole resource";
    if (method && strcmp(method, "POST") != 0 && strcmp(method, "PUT") != 0)
        return "";
    return resource ? NULL : "";
}

static enum repli_status take_entry(struct repli_import *imp, const json_t *entry, const char *file, int64_t line,
                                    int depth, struct repli_err *err)
{
    const char *why = not_taken(entry);
    if (why && !*why)
        return REPLI_OK;
    if (!why)
        return fhir_value(imp, json_object_get(entry, "resource"), file, line, false, depth + 1, err);
    const char *url = json_string_value(fhir_get(fhir_get(entry, "request"), "url"));
    repli_record_import_at(imp->set.record, file, line, NULL);
    return fhir_refused_piece(imp, url ? url : "entry", NULL, why, err);
}

static int entry_rank(const json_t *entry)
{
    const char *type = json_string_value(fhir_get(fhir_get(entry, "resource"), "resourceType"));
    return type ? fhir_rank(type) : 9;
}

static const char *refused_bundle(const json_t *bundle, int depth)
{
    static const char *const known[] = {"transaction", "collection", "batch",          "searchset",
                                        "message",     "document",   "batch-response", "transaction-response"};
    const char *type = json_string_value(fhir_get(bundle, "type"));
    if (depth > MAX_NESTING)
        return "Bundles nested in Bundles too deeply";
    if (fhir_get(bundle, "entry") && !json_is_array(fhir_get(bundle, "entry")))
        return "its entry is no list";
    if (type && strcmp(type, "history") == 0)
        return "a history Bundle holds former versions: export the present ones";
    for (size_t i = 0; type && i < sizeof known / sizeof *known; i++)
        if (strcmp(type, known[i]) == 0)
            return NULL;
    return "no Bundle type of FHIR R4";
}

enum repli_status fhir_bundle(struct repli_import *imp, json_t *bundle, const char *file, int64_t line,
                              bool number_entries, int depth, struct repli_err *err)
{
    struct repli_arena a = {0};
    struct repli_err ignored = {0};
    struct fhir names = {.imp = imp, .a = &a, .err = &ignored};
    struct targets t = {.names = &names};
    const char *why = refused_bundle(bundle, depth);
    const json_t *entries = fhir_get(bundle, "entry");
    enum repli_status s = REPLI_OK;
    if (why)
        return fhir_refused_piece(imp, "Bundle", json_string_value(fhir_get(bundle, "id")), why, err);
    collect(&t, entries);
    for (size_t i = 0; i < json_array_size(entries); i++)
        rewrite(&t, json_object_get(json_array_get(entries, i), "resource"));
    for (int rank = 0; rank <= 9 && s == REPLI_OK; rank++)
        for (size_t i = 0; i < json_array_size(entries) && s == REPLI_OK; i++) {
            const json_t *entry = json_array_get(entries, i);
            if (entry_rank(entry) == rank)
                s = take_entry(imp, entry, file, number_entries ? (int64_t)i + 1 : line, depth, err);
        }
    repli_arena_done(&a);
    return s;
}
