/* What the station takes from a browser: forms, cookies, hosts, addresses, paths of pictures; and what it puts into a
** page comes out as text.  The first byte says which. */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "repli/text.h"
#include "station/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

static void form(const char *text, size_t len, struct repli_arena *a)
{
    struct station_pair *list = NULL;
    size_t count = 0;
    if (!station_form_parse(text, len, a, &list, &count))
        return;
    must(count <= 64);
    for (size_t i = 0; i < count; i++)
        must(repli_utf8_valid(list[i].name, strlen(list[i].name)) &&
             repli_utf8_valid(list[i].value, strlen(list[i].value)));
}

static void cookie(const char *text, struct repli_arena *a)
{
    const char *value = station_cookie(text, "repli", a);
    must(!value || (strlen(value) >= 1 && strlen(value) <= 64 && !strpbrk(value, ";= \t\"\\")));
}

static void hosts(const char *text)
{
    static const char ours[][STATION_HOST_ROOM] = {"127.0.0.1:8080", "localhost:8080"};
    char host[64];
    unsigned port = 0;
    bool open = false;
    must(!station_host_ours(text, ours, 2) || strcmp(text, ours[0]) == 0 || strcmp(text, ours[1]) == 0);
    must(!station_origin_ours(text, "http", ours[0]) || strcmp(text, "http://127.0.0.1:8080") == 0);
    if (station_listen_parse(text, host, &port, &open))
        must(port <= 65535 && strlen(host) < sizeof host &&
             open == (strcmp(host, "127.0.0.1") != 0 && strcmp(host, "[::1]") != 0));
}

static void crop(const char *text, struct repli_arena *a)
{
    const char *sheet = NULL, *field = NULL;
    if (station_crop_parse(text, a, &sheet, &field))
        must(!strchr(sheet, '/') && !strchr(field, '/') && !strstr(field, "..") && *field != '.');
}

static void page(const char *text, size_t len)
{
    struct repli_buf out = {0};
    json_t *name = json_stringn(text, len), *view = json_pack("{s:o*, s:[{s:O*}]}", "n", name, "l", "n", name);
    repli_buf_puts(&out, "");
    if (name && station_render_text("<b title=\"{{n}}\">{{#l}}{{n}}{{/l}}{{_ of [n]}}</b>", view, "fr", &out)) {
        must(strncmp(out.data, "<b title=\"", 10) == 0);
        must(!strpbrk(out.data + 10, "'<") || strchr(out.data + 10, '<') == out.data + out.len - 4);
    }
    out.len = 0;
    (void)station_render_text(text, view, "fr", &out); /* as a template: any, without harm */
    json_decref(view);
    repli_buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct repli_arena a = {0};
    if (size < 1 || size > 65536)
        return 0;
    char *text = repli_arena_strndup(&a, (const char *)data + 1, size - 1);
    switch (data[0]) {
    case 'f':
        form(text, size - 1, &a);
        break;
    case 'c':
        cookie(text, &a);
        break;
    case 'h':
        hosts(text);
        break;
    case 'p':
        crop(text, &a);
        break;
    default:
        page(text, strlen(text));
    }
    repli_arena_done(&a);
    return 0;
}
