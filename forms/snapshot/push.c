/* Bringing a ward what it needs to print by itself: see repli/push.h.
**
** Order: keys, program, templates, the copy of the snapshot, and last the site.yaml that makes the folder a site (or
** gives it its new settings).  Killed anywhere, the folder prints as before, or is no site yet and can be pushed to
** again.
*/
#define _GNU_SOURCE /* renameat2 */
#include "snapshot/push_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "repli/audit.h"
#include "repli/file.h"
#include "repli/snapshot_keep.h"
#include "snapshot/snapshot_internal.h"

static void close_site(struct repli_site **s)
{
    repli_site_close(*s);
}

/* ---- the folder: a station of ours, or new */

/* What a push that was cut short before its end may have left behind. */
static bool of_a_push(const char *name)
{
    static const char *const names[] = {"keys",       "snapshots", "packs",     "forms", "inbox",
                                        "scans",      "crops",     "program",   "repli", "print.sh",
                                        "audit-head", "templates", "lost+found"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "ledger.db", 9) == 0 || strncmp(name, "repli.tmp", 9) == 0 ||
           strncmp(name, "templates.", 10) == 0 || strncmp(name, "print.sh.tmp-", 13) == 0 ||
           strncmp(name, "audit-head.tmp-", 15) == 0;
}

static enum repli_status check_new(struct pusher *p)
{
    char **names = NULL;
    size_t n = 0;
    enum repli_status s = repli_file_exists(p->dir) ? repli_dir_list(p->dir, p->a, &names, &n, p->err) : REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < n; i++)
        if (!of_a_push(names[i]))
            s = repli_fail(p->err, REPLI_USAGE, "%s holds '%s' and is no ward's folder: name a new or empty one",
                           p->dir, names[i]);
    if (s == REPLI_OK && p->rq->nwards == 0)
        s = repli_fail(p->err, REPLI_USAGE, "%s is new: for which ward? add --ward WARD", p->dir);
    p->wards = p->rq->wards;
    p->nwards = p->rq->nwards;
    return s;
}

static enum repli_status read_station(struct pusher *p)
{
    REPLI_AUTO(close_site) struct repli_site *there = NULL;
    enum repli_status s = repli_site_open(p->dir, NULL, &there, p->err);
    if (s != REPLI_OK)
        return s;
    if (repli_keys_have_master(there->keys) || there->station == 0)
        return repli_fail(p->err, REPLI_USAGE, "%s is the folder of a centre, not of a ward", p->dir);
    if (repli_keys_site_tag(there->keys) != repli_keys_site_tag(p->site->keys))
        return repli_fail(p->err, REPLI_USAGE, "%s is a station of another site", p->dir);
    p->is_site = true;
    p->out->station = there->station;
    p->out->name = repli_arena_strdup(p->a, there->station_name);
    p->machine = there->machine ? repli_arena_strdup(p->a, there->machine) : NULL;
    const char **wards = repli_arena_array(p->a, there->nwards + 1, sizeof *wards);
    for (size_t i = 0; i < there->nwards; i++)
        wards[i] = repli_arena_strdup(p->a, there->wards[i].id);
    p->wards = p->rq->nwards ? p->rq->wards : wards;
    p->nwards = p->rq->nwards ? p->rq->nwards : there->nwards;
    if (p->rq->name && strcmp(p->rq->name, p->out->name) != 0)
        return repli_fail(p->err, REPLI_USAGE, "%s belongs to station %u, '%s'", p->dir, p->out->station, p->out->name);
    return p->nwards ? REPLI_OK : repli_fail(p->err, REPLI_USAGE, "%s names no ward: add --ward WARD", p->dir);
}

static enum repli_status look(struct pusher *p)
{
    if (!repli_keys_have_master(p->site->keys))
        return repli_fail(p->err, REPLI_USAGE,
                          "this is station %u, not the centre: only the centre gives out ward copies",
                          p->site->station);
    if (repli_file_exists(repli_path_join(p->a, p->dir, "site.yaml")))
        return read_station(p);
    return check_new(p);
}

/* ---- the station */

/* A number counts when its keys are written, as in `station add`. */
static enum repli_status new_station(struct pusher *p)
{
    int64_t now = repli_clock_now(&p->site->clock);
    enum repli_status s = repli_ledger_here(p->ledger, p->site, NULL, p->err);
    if (s == REPLI_OK)
        s = repli_ledger_begin(p->ledger, p->err);
    if (s != REPLI_OK)
        return s;
    s = repli_ledger_station_add(p->ledger, p->out->name, now, &p->out->station, p->err);
    if (s != REPLI_OK && p->err->status == REPLI_USAGE && !p->rq->name)
        s = repli_err_prefix(p->err, "a second folder for this ward needs a name of its own (--name)");
    if (s == REPLI_OK)
        s = repli_keys_issue(p->site->keys, p->out->station, p->keys, p->err);
    if (s == REPLI_OK)
        s = repli_ledger_commit(p->ledger, p->err);
    if (s != REPLI_OK)
        repli_ledger_rollback(p->ledger);
    p->out->fresh = s == REPLI_OK;
    return s;
}

static enum repli_status make_station(struct pusher *p)
{
    char volume[65], ours[65];
    int left = p->is_site ? (int)p->out->station : repli_file_exists(p->keys) ? repli_keys_station_in(p->keys) : -1;
    enum repli_status s = repli_dir_make(p->dir, 0700, p->err);
    const char *unsafe = s == REPLI_OK ? repli_file_unsafe_fs(p->dir) : NULL;
    if (unsafe)
        s = repli_fail(p->err, REPLI_IO, "%s lies on %s, on which no ledger can be kept: use ext4 on a stick or disk",
                       p->dir, unsafe);
    if (s != REPLI_OK)
        return s;
    if (!p->is_site)
        p->out->name = p->rq->name ? p->rq->name : repli_arena_printf(p->a, "ward %s", p->wards[0]);
    /* A volume of its own binds the station: it prints wherever the stick is, and a copy of it does not. */
    if (!p->machine && repli_machine_volume(p->dir, volume) &&
        (!repli_machine_volume(p->site->dir, ours) || strcmp(ours, volume) != 0))
        p->machine = repli_arena_strdup(p->a, volume);
    p->out->bound = p->machine != NULL;
    if (left <= 0)
        return new_station(p);
    p->out->station = (unsigned)left; /* of the station itself, or of a push that was cut short */
    s = repli_ledger_station_back(p->ledger, p->out->station, p->out->name, repli_clock_now(&p->site->clock), p->err);
    return s == REPLI_OK ? repli_keys_issue(p->site->keys, p->out->station, p->keys, p->err) : s;
}

/* ---- what lies in the folder */

static enum repli_status make_folders(struct pusher *p)
{
    static const char *const folders[] = {"snapshots", "packs", "forms", "inbox", "scans", "crops", NULL};
    struct repli_ledger *ledger = NULL;
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; folders[i] && s == REPLI_OK; i++)
        s = repli_dir_make(repli_path_join(p->a, p->dir, folders[i]), 0700, p->err);
    const char *path = repli_path_join(p->a, p->dir, "ledger.db");
    if (s == REPLI_OK && !repli_file_exists(path))
        s = repli_ledger_open(path, true, repli_clock_now(&p->site->clock), &ledger, p->err);
    repli_ledger_close(ledger);
    return s;
}

/* Old and new change places in one step where the kernel can do that. */
static enum repli_status put_templates(struct pusher *p)
{
    const char *to = repli_path_join(p->a, p->dir, "templates"), *tmp = repli_arena_printf(p->a, "%s.new", to);
    enum repli_status s = repli_remove_tree(tmp, p->err);
    if (s == REPLI_OK && p->site->templates)
        s = repli_copy_tree(p->site->templates, tmp, p->err);
    if (s != REPLI_OK)
        return s;
    if (!p->site->templates && repli_file_exists(to) && rename(to, tmp) != 0)
        return repli_fail(p->err, REPLI_IO, "%s: %s", to, strerror(errno));
    if (p->site->templates && repli_file_exists(to)) {
        if (renameat2(AT_FDCWD, tmp, AT_FDCWD, to, RENAME_EXCHANGE) != 0)
            return repli_fail(p->err, REPLI_IO, "%s: %s", to, strerror(errno));
    } else if (p->site->templates && rename(tmp, to) != 0) {
        return repli_fail(p->err, REPLI_IO, "%s: %s", to, strerror(errno));
    }
    s = repli_remove_tree(tmp, p->err);
    return s == REPLI_OK ? repli_dir_sync(p->dir, p->err) : s;
}

/* Cut here, before it goes to the medium: nothing of the other wards is ever written there.  First of all, so that a
** ward that does not exist uses up no station. */
static enum repli_status cut_snapshot(struct pusher *p)
{
    struct repli_snapshot *snap = NULL;
    enum repli_status s = repli_snapshot_newest(p->site, repli_clock_now(&p->site->clock), &snap, p->err);
    if (s != REPLI_OK)
        return s;
    const char *from = repli_arena_strdup(p->a, repli_snapshot_info(snap)->path);
    repli_snapshot_close(snap);
    p->name = strrchr(from, '/') + 1;
    p->cut = repli_arena_printf(p->a, "%s/cut" SUFFIX ".tmp-%ld", p->site->snapshots, (long)getpid());
    (void)unlink(p->cut);
    s = repli_copy_verified(from, p->cut, 0600, NULL, p->err);
    if (s == REPLI_OK)
        s = repli_snapshot_cut(p->cut, p->wards, p->nwards, p->err);
    return s == REPLI_OK ? repli_snapshot_verify(p->cut, false, &p->out->info, p->err) : s;
}

static enum repli_status put_snapshot(struct pusher *p)
{
    struct repli_snapshot_info there;
    struct repli_err why = {0};
    const char *to = repli_path_join(p->a, p->snapshots, p->name);
    const char *tmp = repli_arena_printf(p->a, "%s.tmp-%ld", to, (long)getpid());
    enum repli_status s = REPLI_OK;
    (void)unlink(tmp);
    snprintf(p->out->info.path, sizeof p->out->info.path, "%s", to);
    if (repli_snapshot_verify(to, true, &there, &why) == REPLI_OK &&
        memcmp(there.content, p->out->info.content, sizeof there.content) == 0)
        return REPLI_OK;
    s = repli_copy_verified(p->cut, tmp, 0600, NULL, p->err);
    if (s == REPLI_OK)
        s = repli_snapshot_verify(tmp, false, &there, p->err);
    if (s == REPLI_OK)
        s = repli_file_commit(tmp, to, p->err);
    if (s != REPLI_OK)
        (void)unlink(tmp);
    return s;
}

static void read_wards(struct pusher *p)
{
    struct repli_buf all = {0};
    for (size_t i = 0; i < p->nwards; i++)
        repli_buf_printf(&all, "%s%s", i ? ", " : "", p->wards[i]);
    p->out->wards = repli_arena_strdup(p->a, all.data);
    repli_buf_done(&all);
}

static enum repli_status write_if_new(struct pusher *p, const char *name, const struct repli_buf *text, unsigned mode)
{
    char *old = NULL;
    size_t len = 0;
    const char *path = repli_path_join(p->a, p->dir, name);
    if (repli_file_read(path, 1 << 20, p->a, &old, &len, NULL) == REPLI_OK && len == text->len &&
        memcmp(old, text->data, len) == 0)
        return REPLI_OK;
    return repli_file_write(path, text->data, text->len, mode, p->err);
}

/* One word to type on the day itself.  A ward's id is quoted for the shell: it comes from the record. */
static enum repli_status put_script(struct pusher *p)
{
    struct repli_buf text = {0};
    repli_buf_puts(
        &text,
        "#!/bin/sh\n"
        "# Prints the sheets of this folder's wards, without network: packs/DATE/*.pdf, actual size, both sides.\n"
        "cd \"$(dirname \"$0\")\" || exit 3\n"
        "rc=0\n"
        "for ward in");
    for (size_t i = 0; i < p->nwards; i++) {
        repli_buf_puts(&text, " '");
        for (const char *c = p->wards[i]; *c; c++)
            if (*c == '\'')
                repli_buf_puts(&text, "'\\''");
            else
                repli_buf_add(&text, c, 1);
        repli_buf_puts(&text, "'");
    }
    repli_buf_puts(&text, "; do ./repli --site . print \"$@\" -- \"$ward\" || rc=$?; done\nexit $rc\n");
    enum repli_status s = write_if_new(p, "print.sh", &text, 0700);
    repli_buf_done(&text);
    return s;
}

static enum repli_status put_site(struct pusher *p)
{
    struct repli_buf yaml = {0};
    repli_site_ward_yaml(p->site, p->out->station, p->out->name, p->machine, p->wards, p->nwards, &yaml);
    enum repli_status s = write_if_new(p, "site.yaml", &yaml, 0600);
    repli_buf_done(&yaml);
    return s;
}

/* How far the audit here had come: whoever cuts its end off does not have this folder (repli audit verify --head). */
static enum repli_status put_audit(struct pusher *p)
{
    struct repli_buf text = {0};
    char head[REPLI_AUDIT_HEAD];
    enum repli_status s = repli_audit_head(p->ledger, p->site->station, head, p->err);
    if (s != REPLI_OK)
        return s;
    repli_buf_printf(&text, "%s\n", head);
    s = write_if_new(p, "audit-head", &text, 0600);
    repli_buf_done(&text);
    return s;
}

/* ---- what is over */

/* What a push that was killed was writing; never what the station itself may be writing right now. */
static void remove_tmp(struct pusher *p, const char *dir)
{
    static const char *const starts[] = {"station-", "site.key.tmp-", "site.yaml.tmp-", "print.sh.tmp-",
                                         "audit-head.tmp-"};
    char **names = NULL;
    size_t n = 0;
    struct repli_err err = {0};
    if (repli_dir_list(dir, p->a, &names, &n, &err) != REPLI_OK)
        return;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizeof starts / sizeof *starts; k++)
            if (strstr(names[i], ".tmp-") && strncmp(names[i], starts[k], strlen(starts[k])) == 0)
                (void)unlink(repli_path_join(p->a, dir, names[i]));
}

/* Three stay: the new one, and the newest of the others. */
static enum repli_status remove_old(struct pusher *p)
{
    char **names = NULL;
    size_t n = 0, kept = 1;
    const char *mine = strrchr(p->out->info.path, '/') + 1;
    enum repli_status s = repli_dir_list(p->snapshots, p->a, &names, &n, p->err);
    for (size_t i = n; s == REPLI_OK && i > 0; i--) {
        const char *name = names[i - 1], *path = repli_path_join(p->a, p->snapshots, name);
        if (strcmp(name, mine) == 0 || (!repli_snapshot_name_valid(name) && !strstr(name, SUFFIX ".tmp-")))
            continue;
        if (repli_snapshot_name_valid(name) && kept++ < REPLI_PUSH_KEEP)
            continue;
        if (unlink(path) != 0 && errno != ENOENT)
            s = repli_fail(p->err, REPLI_IO, "%s: %s", path, strerror(errno));
        p->out->removed += repli_snapshot_name_valid(name);
    }
    remove_tmp(p, p->dir);
    remove_tmp(p, p->keys);
    return s == REPLI_OK ? repli_push_old_programs(p) : s;
}

static enum repli_status note(struct pusher *p)
{
    enum repli_status s = REPLI_OK;
    for (size_t i = 0; s == REPLI_OK && i < p->nwards; i++)
        s = repli_ledger_push_put(p->ledger, p->out->station, p->wards[i], p->out->info.id, p->out->info.taken_utc,
                                  repli_clock_now(&p->site->clock), p->err);
    return s;
}

enum repli_status repli_push(const struct repli_site *site, struct repli_ledger *ledger,
                             const struct repli_push_request *request, struct repli_arena *a,
                             struct repli_push_result *result, struct repli_err *err)
{
    struct repli_push_result out = {0};
    struct pusher p = {
        .site = site, .ledger = ledger, .rq = request, .out = &out, .a = a, .err = err, .dir = request->dir};
    enum repli_status (*const steps[])(struct pusher *) = {
        cut_snapshot, make_station, make_folders, repli_push_program, put_templates, put_snapshot,
        put_script,   put_site,     put_audit,    remove_old,         note};
    int lock REPLI_AUTO(repli_snapshot_unlock) = -1;
    p.snapshots = repli_path_join(a, p.dir, "snapshots");
    p.programs = repli_path_join(a, p.dir, "program");
    p.keys = repli_path_join(a, p.dir, "keys");
    enum repli_status s = look(&p);
    if (s == REPLI_OK)
        read_wards(&p);
    if (s == REPLI_OK)
        s = repli_dir_make(site->snapshots, 0700, err);
    if (s == REPLI_OK) /* retention must not take the snapshot away meanwhile */
        s = repli_snapshot_lock(site, a, &lock, err);
    for (size_t i = 0; s == REPLI_OK && i < sizeof steps / sizeof *steps; i++)
        s = steps[i](&p);
    if (p.cut)
        (void)unlink(p.cut);
    if (s == REPLI_OK)
        *result = out;
    return s;
}
