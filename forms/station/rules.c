/* Forms, cookies, hosts: what comes over the wire, taken strictly or not at all. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "repli/scan.h"
#include "repli/serial.h"
#include "repli/text.h"
#include "station/rules.h"

#define FIELDS_MAX 64

static int hex_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static const char *decoded(const char *s, size_t len, struct repli_arena *a)
{
    char *out = repli_arena_alloc(a, len + 1);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = s[i] == '+' ? ' ' : s[i];
        if (s[i] == '%') {
            int high = i + 2 < len ? hex_of(s[i + 1]) : -1, low = i + 2 < len ? hex_of(s[i + 2]) : -1;
            if (high < 0 || low < 0)
                return NULL;
            c = (char)(high * 16 + low);
            i += 2;
        }
        out[n++] = c;
    }
    return memchr(out, 0, n) || !repli_utf8_valid(out, n) ? NULL : out;
}

bool station_form_parse(const char *body, size_t len, struct repli_arena *a, struct station_pair **list, size_t *count)
{
    struct station_pair *pairs = repli_arena_array(a, FIELDS_MAX, sizeof *pairs);
    size_t n = 0;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(body + at, '&', len - at);
        size_t size = end ? (size_t)(end - (body + at)) : len - at;
        const char *equals = memchr(body + at, '=', size);
        if (n == FIELDS_MAX || !equals)
            return false;
        size_t name = (size_t)(equals - (body + at));
        pairs[n].name = decoded(body + at, name, a);
        pairs[n].value = decoded(equals + 1, size - name - 1, a);
        if (!pairs[n].name || !pairs[n].value)
            return false;
        n++;
        at += size + 1;
    }
    *list = pairs;
    *count = n;
    return true;
}

const char *station_cookie(const char *header, const char *name, struct repli_arena *a)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-";
    const char *found = NULL;
    size_t n = strlen(name);
    for (const char *s = header; s && *s;) {
        s += strspn(s, "; ");
        size_t len = strcspn(s, ";");
        if (len > n && strncmp(s, name, n) == 0 && s[n] == '=') {
            size_t value = len - n - 1;
            if (found || value == 0 || value > 64 || strspn(s + n + 1, plain) < value)
                return NULL;
            found = repli_arena_strndup(a, s + n + 1, value);
        }
        s += len;
    }
    return found;
}

bool station_host_ours(const char *host, const char hosts[][STATION_HOST_ROOM], size_t count)
{
    for (size_t i = 0; host && i < count; i++)
        if (hosts[i][0] && strcmp(host, hosts[i]) == 0)
            return true;
    return false;
}

bool station_origin_ours(const char *origin, const char *scheme, const char *host)
{
    size_t n = strlen(scheme);
    return origin && host && strncmp(origin, scheme, n) == 0 && strncmp(origin + n, "://", 3) == 0 &&
           strcmp(origin + n + 3, host) == 0;
}

static bool address(const char *host)
{
    unsigned char bytes[16];
    char plain[64];
    size_t n = strlen(host);
    if (*host != '[')
        return inet_pton(AF_INET, host, bytes) == 1;
    snprintf(plain, sizeof plain, "%.*s", (int)(n > 2 ? n - 2 : 0), host + 1);
    return host[n - 1] == ']' && inet_pton(AF_INET6, plain, bytes) == 1;
}

bool station_listen_parse(const char *text, char host[64], unsigned *port, bool *open)
{
    const char *colon = strrchr(text, ':');
    int64_t n = 0;
    if (!colon || colon == text || (size_t)(colon - text) >= 60 || !repli_integer(colon + 1, 0, 65535, &n))
        return false;
    snprintf(host, 64, "%.*s", (int)(colon - text), text);
    if (strcmp(host, "localhost") == 0)
        snprintf(host, 64, "127.0.0.1");
    *port = (unsigned)n;
    *open = strcmp(host, "127.0.0.1") != 0 && strcmp(host, "[::1]") != 0;
    return address(host);
}

bool station_crop_parse(const char *rest, struct repli_arena *a, const char **sheet, const char **field)
{
    const char *slash = strchr(rest, '/');
    size_t len = slash ? strlen(slash + 1) : 0;
    uint64_t serial = 0;
    if (len < 5 || len > 200 || strcmp(slash + len - 3, ".png") != 0)
        return false;
    *sheet = repli_arena_strndup(a, rest, (size_t)(slash - rest));
    *field = repli_arena_strndup(a, slash + 1, len - 4);
    for (const char *p = *field; *p; p++)
        if (*p == '/' || *p == '\\' || (unsigned char)*p < 0x21 || (*p == '.' && p[1] == '.'))
            return false;
    return **field != '.' && repli_serial_parse(*sheet, &serial);
}
