/* Pure rules of the station's HTTP and its templates, so that tests can hold each of them apart. */
#ifndef REPLI_STATION_RULES_H
#define REPLI_STATION_RULES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "repli/arena.h"

struct station_pair {
    const char *name, *value;
};
/* application/x-www-form-urlencoded: strict escapes, valid UTF-8, no NUL, at most 64 fields.  false otherwise. */
bool station_form_parse(const char *body, size_t len, struct repli_arena *, struct station_pair **, size_t *count);
/* The value of one cookie: 1 to 64 letters, digits or dashes; NULL when it is not there, twice there, or of other
** signs. */
const char *station_cookie(const char *header, const char *name, struct repli_arena *);
/* Host is one of ours, to the letter. */
#define STATION_HOSTS     33
#define STATION_HOST_ROOM 136
bool station_host_ours(const char *host, const char hosts[][STATION_HOST_ROOM], size_t count);
/* Origin of a POST: the scheme, "http" or "https", and the very Host that it came to. */
bool station_origin_ours(const char *origin, const char *scheme, const char *host);
/* A numeric address and a port: "127.0.0.1:8080", "[::1]:8080", "10.1.2.3:8443"; "localhost" is 127.0.0.1; port 0 = any
** free one.  `open`: other computers may reach it (all but 127.0.0.1 and ::1). */
bool station_listen_parse(const char *text, char host[64], unsigned *port, bool *open);
/* "SHEET/FIELD.png": no "..", no sign that a file name should not have. */
bool station_crop_parse(const char *rest, struct repli_arena *, const char **sheet, const char **field);

/* ---- templates.
**   {{name}}              the value of `name`, always escaped; there is no way to put it in raw
**   {{%name}}             as a part of an address
**   {{_ English text}}    the text in the page's language; [name] in it is the value of `name`
**   {{~name}}             the value of `name` taken as English text
**   {{#name}}..{{/name}}  for each of a list, or once when it is there and not empty, false or 0
**   {{^name}}..{{/name}}  once when it is not
**   {{>file}}             another template
** Names are looked up in the innermost object first.  false: the template is wrong; `out` then says how. */
bool station_render(const char *name, const json_t *view, const char *lang, struct repli_buf *out);
/* The same for a text instead of a packed file. */
bool station_render_text(const char *text, const json_t *view, const char *lang, struct repli_buf *out);
/* English when there is no translation. */
const char *station_word(const char *lang, const char *english);

#endif
