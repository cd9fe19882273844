/* Packs are deleted after packs_keep_hours: they name patients, and can be laid out again from the ledger. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "print/plan.h"
#include "repli/file.h"
#include "repli/id.h"

#define HOUR      3600
#define DAY_HOURS 24

struct expire {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    struct repli_arena a;
    int64_t before_utc; /* printed earlier: deleted */
    char last_day[11];  /* day folders before this one hold nothing that is still being written */
};

static enum repli_status remove_file(const char *path, struct repli_err *err)
{
    if (unlink(path) == 0 || errno == ENOENT)
        return REPLI_OK;
    return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(errno));
}

/* "3B-P0-17.pdf" -> "P0-17"; NULL: not a name that print gives. */
static const char *pack_of(struct repli_arena *a, const char *name)
{
    size_t len = strlen(name);
    unsigned station;
    int64_t number;
    if (len < 4 || strcmp(name + len - 4, ".pdf") != 0)
        return NULL;
    char *stem = repli_arena_strndup(a, name, len - 4);
    char *dash = strrchr(stem, '-');
    while (dash && dash > stem && *--dash != '-')
        continue;
    if (!dash || *dash != '-' || !repli_id_parse(dash + 1, 'P', &station, &number))
        return NULL;
    return dash + 1;
}

static enum repli_status expire_file(struct expire *x, const char *day, const char *name, struct repli_err *err)
{
    const char *relative = repli_arena_printf(&x->a, "packs/%s/%s", day, name);
    const char *path = repli_path_join(&x->a, repli_path_join(&x->a, x->site->packs, day), name);
    if (strstr(name, ".pdf.tmp-") && strcmp(day, x->last_day) < 0)
        return remove_file(path, err);
    const char *id = pack_of(&x->a, name);
    struct repli_pack pack;
    struct repli_err mine = {0};
    if (!id || repli_ledger_pack_get(x->ledger, NULL, id, &x->a, &pack, &mine) != REPLI_OK)
        return mine.status == REPLI_OK || mine.status == REPLI_DATA ? REPLI_OK
                                                                    : repli_fail(err, mine.status, "%s", mine.text);
    if (strcmp(pack.path, relative) != 0 || pack.printed_utc >= x->before_utc || strcmp(pack.state, "writing") == 0)
        return REPLI_OK;
    return remove_file(path, err);
}

static enum repli_status expire_day(struct expire *x, const char *day, struct repli_err *err)
{
    char **names;
    size_t count;
    const char *dir = repli_path_join(&x->a, x->site->packs, day);
    enum repli_status status = repli_dir_list(dir, &x->a, &names, &count, err);
    for (size_t i = 0; i < count && status == REPLI_OK; i++)
        status = expire_file(x, day, names[i], err);
    if (status == REPLI_OK && strcmp(day, x->last_day) < 0)
        (void)rmdir(dir); /* stays when it is not empty */
    return status;
}

static bool is_day(const char *name)
{
    return strlen(name) == 10 && repli_date_valid(name);
}

enum repli_status repli_packs_expire(const struct repli_site *site, struct repli_ledger *ledger, int64_t now_utc,
                                     struct repli_err *err)
{
    struct expire x = {.site = site, .ledger = ledger, .before_utc = now_utc - site->packs_keep_hours * HOUR};
    struct repli_civil t;
    char **names, *day;
    size_t count;
    if (!repli_file_exists(site->packs))
        return REPLI_OK;
    repli_zone_civil(site->zone, x.before_utc - DAY_HOURS * HOUR, &t);
    day = repli_arena_printf(&x.a, "%04d-%02d-%02d", t.year, t.month, t.day);
    memcpy(x.last_day, day, strlen(day) < sizeof x.last_day ? strlen(day) + 1 : 0);
    enum repli_status status = repli_dir_list(site->packs, &x.a, &names, &count, err);
    for (size_t i = 0; i < count && status == REPLI_OK; i++)
        if (is_day(names[i]))
            status = expire_day(&x, names[i], err);
    repli_arena_done(&x.a);
    return status;
}
