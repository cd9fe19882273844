/* Keys of pages: templates/station/PAGE.keys lists what the page's keys do, once, for its key line, F1 and /help.
**   # Title of the page
**   F2 F3 | in the key line | what F1 says
** Nothing between the bars: not in the key line.  Nothing after the last: F1 says what the key line says.  A key may
** be | itself.  Texts are English and translated by *.words like those of templates. */
#include <stdio.h>
#include <string.h>

#include "repli/asset.h"
#include "station/station.h"

#define LINE_ROOM 512

static char *trimmed(char *s)
{
    s += strspn(s, " ");
    size_t n = strlen(s);
    while (n > 0 && s[n - 1] == ' ')
        s[--n] = 0;
    return s;
}

static json_t *key_row(char *line)
{
    char *first = strstr(line, " |"), *second = first ? strchr(first + 2, '|') : NULL, *rest = NULL;
    json_t *parts = json_array();
    if (!second) {
        json_decref(parts);
        return NULL;
    }
    *first = *second = 0;
    const char *shown = trimmed(first + 2), *help = trimmed(second + 1);
    for (const char *key = strtok_r(line, " ", &rest); key; key = strtok_r(NULL, " ", &rest))
        json_array_append_new(parts, json_string(key));
    return json_pack("{s:o, s:s, s:s}", "parts", parts, "line", shown, "help", *help ? help : shown);
}

json_t *station_keys(const char *page)
{
    char path[128], line[LINE_ROOM];
    json_t *keys = json_array(), *view = json_object();
    snprintf(path, sizeof path, "templates/station/%s.keys", page);
    const struct repli_asset *asset = repli_asset_get(path);
    for (const char *s = asset ? (const char *)asset->data : ""; *s; s += strcspn(s, "\n"), s += *s == '\n') {
        snprintf(line, sizeof line, "%.*s", (int)strcspn(s, "\n"), s);
        json_t *row = *line == '#' ? NULL : key_row(line);
        if (*line == '#')
            json_object_set_new(view, "title", json_string(trimmed(line + 1)));
        if (row)
            json_array_append_new(keys, row);
    }
    if (json_array_size(keys) > 0)
        json_object_set_new(view, "has_keys", json_true());
    json_object_set_new(view, "keys", keys);
    return view;
}

/* Every page that has keys, in alphabetical order of its template; nothing on it is anybody's. */
void page_help(struct station_request *r)
{
    json_t *list = json_array();
    const struct repli_asset *a;
    for (size_t i = 0; (a = repli_asset_at(i)); i++) {
        char page[64];
        size_t n = strlen(a->name), before = strlen("templates/station/");
        if (n < before + 6 || strncmp(a->name, "templates/station/", before) != 0 ||
            strcmp(a->name + n - 5, ".keys") != 0)
            continue;
        snprintf(page, sizeof page, "%.*s", (int)(n - before - 5), a->name + before);
        json_array_append_new(list, station_keys(page));
    }
    station_page(r, "help", json_pack("{s:o}", "helps", list));
}
