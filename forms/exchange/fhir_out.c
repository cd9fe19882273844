/* Write-back: pieces of resources and of Bundles. */
#include "exchange/fhir_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/clock.h"
#include "repli/id.h"

void out_set(json_t *o, const char *key, const char *text)
{
    if (text && *text)
        json_object_set_new(o, key, json_string(text));
}

void out_time(json_t *o, const char *key, const int64_t *utc)
{
    char text[24];
    if (!utc)
        return;
    repli_time_iso(*utc, text);
    json_object_set_new(o, key, json_string(text));
}

json_t *out_concept(const char *system, const char *code, const char *text)
{
    json_t *o = json_object();
    if (code) {
        json_t *coding = json_object();
        out_set(coding, "system", system);
        out_set(coding, "code", code);
        out_set(coding, "display", text);
        json_object_set_new(o, "coding", json_pack("[o]", coding));
    }
    out_set(o, "text", text);
    return o;
}

json_t *out_quantity(const char *value, const char *unit)
{
    char *end = NULL;
    double number = value ? strtod(value, &end) : 0;
    if (!value || end == value || *end)
        return NULL;
    json_t *o = json_object();
    json_object_set_new(o, "value", strchr(value, '.') ? json_real(number) : json_integer((json_int_t)number));
    out_set(o, "unit", unit);
    return o;
}

json_t *out_ref(const char *reference)
{
    return json_pack("{s:s}", "reference", reference);
}

void out_uuid(const struct bundle *b, const char *kind, const char *key, char out[UUID_TEXT])
{
    struct repli_hash h;
    uint8_t d[32];
    repli_hash_init(&h);
    repli_hash_text(&h, b->paper);
    repli_hash_text(&h, kind);
    repli_hash_text(&h, key);
    repli_hash_final(&h, d);
    d[6] = (uint8_t)((d[6] & 0x0F) | 0x50); /* RFC 4122: named by a hash */
    d[8] = (uint8_t)((d[8] & 0x3F) | 0x80);
    snprintf(out, UUID_TEXT, "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", d[0],
             d[1], d[2], d[3], d[4], d[5], d[6], d[7], d[8], d[9], d[10], d[11], d[12], d[13], d[14], d[15]);
}

static void escape(struct repli_buf *to, const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c; c++)
        if ((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || strchr(":/.-_~@", *c))
            repli_buf_add(to, c, 1);
        else
            repli_buf_printf(to, "%%%02X", *c);
}

const char *out_query(struct bundle *b, const char *param, const char *system, const char *value)
{
    struct repli_buf text = {0};
    repli_buf_printf(&text, "%s=", param);
    escape(&text, system ? system : "");
    repli_buf_puts(&text, "|");
    escape(&text, value);
    const char *out = repli_arena_strdup(b->a, text.data);
    repli_buf_done(&text);
    return out;
}

static void add(struct bundle *b, const char *full_url, json_t *resource, json_t *request)
{
    json_object_set_new(b->made, full_url, json_true());
    json_array_append_new(b->entries,
                          json_pack("{s:s, s:o, s:o}", "fullUrl", full_url, "resource", resource, "request", request));
}

void out_create(struct bundle *b, const char *full_url, json_t *resource, const char *unless)
{
    const char *type = json_string_value(json_object_get(resource, "resourceType"));
    add(b, full_url, resource, json_pack("{s:s, s:s, s:s}", "method", "POST", "url", type, "ifNoneExist", unless));
}

void out_update(struct bundle *b, const char *full_url, json_t *resource, const char *which)
{
    const char *type = json_string_value(json_object_get(resource, "resourceType"));
    add(b, full_url, resource,
        json_pack("{s:s, s:s}", "method", "PUT", "url", repli_arena_printf(b->a, "%s?%s", type, which)));
}
