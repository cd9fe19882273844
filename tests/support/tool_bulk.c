/* As much NDJSON as one likes: the invented hospital again and again, every time with ids and numbers of its own.
** usage: bulk BYTES [BEDS] >FILE.ndjson     at least so many bytes; BEDS of a hospital (900) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repli/invent.h"

struct writer {
    unsigned round;
    long long written;
};

/* Behind these keys stand ids, references and numbers; what ends there gets "-ROUND" before the closing quote. */
static const char *const keys[] = {"\"id\":\"", "\"reference\":\"", "\"value\":\"", "\"subscriberId\":\""};

static const char *key_at(const char *s)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strncmp(s, keys[i], strlen(keys[i])) == 0)
            return keys[i];
    return NULL;
}

static enum repli_status write_out(void *user, const char *resource, struct repli_err *err)
{
    struct writer *w = user;
    (void)err;
    for (const char *s = resource; *s;) {
        const char *key = *s == '"' ? key_at(s) : NULL;
        size_t n = key ? strlen(key) : 1;
        n += key ? strcspn(s + n, "\"") : 0;
        (void)fwrite(s, 1, n, stdout);
        w->written += (long long)n;
        if (key)
            w->written += printf("-%u", w->round);
        s += n;
    }
    w->written += printf("\n");
    return REPLI_OK;
}

int main(int argc, char **argv)
{
    const long long bytes = argc > 1 ? strtoll(argv[1], NULL, 10) : 0;
    const long beds = argc > 2 ? strtol(argv[2], NULL, 10) : 900;
    struct writer w = {0};
    struct repli_err err = {0};
    if (bytes <= 0)
        return fprintf(stderr, "usage: bulk BYTES [BEDS] >FILE.ndjson\n"), 2;
    while (w.written < bytes) {
        const struct repli_invent_plan plan = {++w.round, 1795395600, (int)beds};
        if (repli_invent_hospital(&plan, write_out, &w, &err) != REPLI_OK)
            return fprintf(stderr, "bulk: %s\n", err.text), 1;
    }
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 3;
}
