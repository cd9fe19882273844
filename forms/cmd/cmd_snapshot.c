#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "cmd/snapshot_push.h"
#include "repli/file.h"
#include "repli/id.h"
#include "repli/snapshot_gate.h"
#include "repli/snapshot_keep.h"

static void local_time(const struct repli_cli *cli, int64_t utc, char out[64])
{
    struct repli_civil c;
    repli_zone_civil(cli->site->zone, utc, &c);
    snprintf(out, 64, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute, c.second);
}

/* One object a line; `problem` is null for a good one, `held` NULL where it is not asked for. */
static void print_json(const struct repli_snapshot_info *info, const char *problem, const int64_t *held)
{
    char id[REPLI_SNAPSHOT_ID_TEXT];
    repli_snapshot_id_format(info->id, id);
    bool known = info->taken_utc != 0 || !problem;
    json_t *o = json_pack("{s:s}", "file", info->path);
    json_object_set_new(o, "id", known ? json_string(id) : json_null());
    json_object_set_new(o, "taken_utc", known ? json_integer(info->taken_utc) : json_null());
    json_object_set_new(o, "patients", known ? json_integer(info->patients) : json_null());
    json_object_set_new(o, "wards", known ? json_integer(info->wards) : json_null());
    json_object_set_new(o, "unplaced", known ? json_integer(info->unplaced) : json_null());
    if (info->accepted_utc)
        json_object_set_new(o, "unverified",
                            json_pack("{s:I, s:s, s:s}", "accepted_utc", (json_int_t)info->accepted_utc, "by",
                                      info->accepted_by, "why", info->accepted_why));
    if (held)
        json_object_set_new(o, "held", json_integer(*held));
    json_object_set_new(o, "problem", problem ? json_string(problem) : json_null());
    repli_cli_json(o);
}

static void print_human(const struct repli_cli *cli, const struct repli_snapshot_info *info, const char *problem,
                        const int64_t *held)
{
    char time[64], id[REPLI_SNAPSHOT_ID_TEXT];
    if (problem) {
        printf("DAMAGED  %s\n", problem);
        return;
    }
    local_time(cli, info->taken_utc, time);
    repli_snapshot_id_format(info->id, id);
    printf("%s  %s  %4lld patients, %3lld wards  %s\n", time, id, (long long)info->patients, (long long)info->wards,
           info->path);
    if (held && *held > 0)
        printf("         held by %lld sheet%s that are still out\n", (long long)*held, *held == 1 ? "" : "s");
    if (info->accepted_utc) {
        local_time(cli, info->accepted_utc, time);
        printf("         UNVERIFIED: accepted %s by %s: %s\n", time, info->accepted_by, info->accepted_why);
    }
    if (info->unplaced > 0)
        printf("         %lld of them in no ward that was transmitted: print --all or --patient reaches them\n",
               (long long)info->unplaced);
}

static void print_one(const struct repli_cli *cli, const struct repli_snapshot_info *info, const char *problem,
                      const int64_t *held)
{
    if (cli->json)
        print_json(info, problem, held);
    else
        print_human(cli, info, problem, held);
}

/* The new one is taken, whatever becomes of the old ones; but somebody must hear of it. */
static int clear_up(struct repli_cli *cli)
{
    struct repli_retained gone;
    if (repli_cli_ledger(cli) == REPLI_OK &&
        repli_snapshot_retain(cli->site, cli->ledger, &gone, &cli->err) == REPLI_OK)
        return REPLI_OK;
    fprintf(stderr, "repli: snapshot: old snapshots were not cleared up: %s\n", cli->err.text);
    return REPLI_WAITS;
}

static void note(struct repli_cli *cli, const struct repli_snapshot_info *info, const char *outcome, const char *reason)
{
    char id[REPLI_SNAPSHOT_ID_TEXT];
    repli_snapshot_id_format(info->id, id);
    repli_cli_note(cli, "snapshot", id, outcome, reason);
}

static int take(struct repli_cli *cli, const char *as_of)
{
    struct repli_snapshot_info info;
    int64_t utc = 0;
    if (repli_cli_record(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (as_of && repli_time_parse(as_of, cli->site->zone, &utc, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (as_of && utc > repli_clock_now(&cli->site->clock))
        return repli_cli_usage(cli, "--as-of %s lies in the future", as_of);
    if (repli_snapshot_take(cli->site, cli->record, as_of ? &utc : NULL, &info, &cli->err) != REPLI_OK) {
        repli_cli_note(cli, "snapshot", "new", "refused", cli->err.text);
        return repli_cli_fail(cli);
    }
    note(cli, &info, "taken", NULL);
    print_one(cli, &info, NULL, NULL);
    return clear_up(cli);
}

static int list(struct repli_cli *cli)
{
    struct repli_snapshot_info *all;
    struct repli_snapshot_use *uses = NULL;
    size_t count, nuses = 0;
    if (repli_cli_site(cli) != REPLI_OK ||
        repli_snapshot_list(cli->site, &cli->arena, &all, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    /* Without a ledger nobody knows what is held; the snapshots are there all the same. */
    bool known = repli_cli_ledger(cli) == REPLI_OK &&
                 repli_ledger_snapshot_uses(cli->ledger, &cli->arena, &uses, &nuses, &cli->err) == REPLI_OK;
    for (size_t i = 0; i < count; i++) {
        const struct repli_snapshot_use *use = repli_snapshot_use_of(uses, nuses, all[i].id);
        int64_t held = use ? use->open : 0;
        print_one(cli, &all[i], all[i].problem[0] ? all[i].problem : NULL, known ? &held : NULL);
    }
    if (count == 0 && !cli->json)
        printf("no snapshot yet: run `repli snapshot`\n");
    return REPLI_OK;
}

/* One file; the worst of several decides the exit code, and every one is looked at. */
static enum repli_status verify_one(struct repli_cli *cli, const char *path)
{
    struct repli_snapshot_info info = {0};
    struct repli_err why = {0};
    enum repli_status s = repli_snapshot_verify(path, true, &info, &why);
    if (s != REPLI_OK)
        snprintf(info.path, sizeof info.path, "%s", path);
    if (s == REPLI_OK && !cli->json)
        printf("good     ");
    print_one(cli, &info, s == REPLI_OK ? NULL : why.text, NULL);
    return s;
}

static int verify(struct repli_cli *cli, const char *file)
{
    struct repli_snapshot_info *all;
    size_t count;
    if (repli_cli_site(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (file)
        return (int)verify_one(cli, file);
    if (repli_snapshot_list(cli->site, &cli->arena, &all, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status worst = REPLI_OK;
    for (size_t i = 0; i < count; i++) {
        enum repli_status s = verify_one(cli, all[i].path);
        worst = s != REPLI_OK ? s : worst;
    }
    if (count == 0)
        (void)repli_fail(&cli->err, REPLI_DATA, "no snapshot: run `repli snapshot`");
    return count == 0 ? repli_cli_fail(cli) : (int)worst;
}

/* Both must be known, and the second not be the first. */
static int accept(struct repli_cli *cli, const char *text, const char **by, const char *reason)
{
    uint8_t id[6];
    struct repli_person who;
    struct repli_snapshot_info info;
    if (!repli_snapshot_id_parse(text, id))
        return repli_cli_usage(cli, "'%s' is no snapshot id: `repli status` names those in quarantine", text);
    if (!by || !by[1] || by[2])
        return repli_cli_usage(cli, "two people must accept a snapshot: --by A --by B");
    if (!reason)
        return repli_cli_usage(cli, "why? add --reason TEXT: it stays with the snapshot");
    if (repli_cli_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    for (int i = 0; i < 2; i++)
        if (repli_ledger_person_get(cli->ledger, by[i], &cli->arena, &who, &cli->err) != REPLI_OK)
            return repli_cli_fail(cli);
    const char *const two[2] = {by[0], by[1]};
    if (repli_snapshot_accept(cli->site, id, two, reason, &info, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    note(cli, &info, "accepted", repli_arena_printf(&cli->arena, "%s, %s: %s", by[0], by[1], reason));
    print_one(cli, &info, NULL, NULL);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, **by = NULL, **wards = NULL, *as_of = NULL, *reason = NULL, *name = NULL;
    size_t n;
    const struct repli_opt opts[] = {{"--as-of", REPLI_OPT_TEXT, &as_of},
                                     {"--by", REPLI_OPT_LIST, &by},
                                     {"--reason", REPLI_OPT_TEXT, &reason},
                                     {"--ward", REPLI_OPT_LIST, &wards},
                                     {"--name", REPLI_OPT_TEXT, &name}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    const char *what = n > 0 ? words[0] : "take";
    if (strcmp(what, "accept") == 0 && n == 2 && !as_of)
        return accept(cli, words[1], by, reason);
    if (strcmp(what, "push") == 0 && n == 2 && !as_of && !by && !reason)
        return repli_cmd_snapshot_push(cli, words[1], wards, name);
    if (wards || name)
        return repli_cli_usage(cli, "--ward and --name belong to `snapshot push DIR`");
    if (by || reason)
        return repli_cli_usage(cli, "--by and --reason belong to `snapshot accept ID`");
    if (strcmp(what, "take") == 0 && n <= 1)
        return take(cli, as_of);
    if (as_of)
        return repli_cli_usage(cli, "--as-of belongs to `snapshot take`");
    if (strcmp(what, "list") == 0 && n == 1)
        return list(cli);
    if (strcmp(what, "verify") == 0 && n <= 2)
        return verify(cli, n == 2 ? words[1] : NULL);
    return repli_cli_usage(cli,
                           "snapshot [take] [--as-of T], snapshot list, snapshot verify [FILE], snapshot accept ID or "
                           "snapshot push DIR");
}

const struct repli_command repli_cmd_snapshot = {
    .name = "snapshot",
    .summary = "take, list, verify, accept and push snapshots: what paper is printed from",
    .help =
        "usage: repli snapshot [take] [--as-of T] [--json]\n"
        "       repli snapshot list [--json]\n"
        "       repli snapshot verify [FILE] [--json]\n"
        "       repli snapshot accept ID --by A --by B --reason TEXT [--json]\n"
        "       repli snapshot push DIR [--ward WARD]... [--name NAME] [--json]\n"
        "\n"
        "A snapshot is one dated, checked copy of what the forms need: who is in the house, where, allergies,\n"
        "running orders, last values.  When the computers are down, everything is printed from the newest one;\n"
        "take one often (every 15 minutes from a timer).\n"
        "\n"
        "take    writes a new one.  It gets its name only after it was checked; a bad one goes to\n"
        "        snapshots/quarantine with its reason (.why) and the last good one stays.  A clock that is behind\n"
        "        the newest snapshot is refused.  Twice in the same second: equal data changes nothing, other data\n"
        "        is refused.\n"
        "        Gates compare it with the last one and with that of a day before: patients gone at once or without "
        "the\n"
        "        end of a stay, other people under the same numbers, a ward gone, emptied or overfull, tables that "
        "lost\n"
        "        half, nothing new for a day, observations from the future.  Limits: `snapshot:` in site.yaml.\n"
        "        Then old ones go: everything of the last 24 hours stays, after that the oldest of each hour, day and\n"
        "        week, up to 35 days (`keep:` in site.yaml).  One that sheets still out name stays whatever its age,\n"
        "        and so does the newest good one.\n"
        "list    all of them, newest first, and how many sheets still out hold one.\n"
        "accept  puts a snapshot that lies in quarantine into use after all, on the word of two different people (see\n"
        "        repli person).  Who, when and why stay inside it, its id changes, and every sheet printed from it\n"
        "        says UNVERIFIED SNAPSHOT.  A damaged file is never accepted.\n"
        "push    brings a ward what it needs to print by itself: a copy of the newest good snapshot with this ward's\n"
        "        people only, this program with its libraries (fonts and forms are inside it), the key of a station "
        "of\n"
        "        its own, settings, the site's templates.  DIR is a folder on the ward's computer or a stick (ext4).\n"
        "        New copies are read back and verified before old ones go; three are kept.  The first time name the\n"
        "        ward; later the folder knows.  There, on a Debian 12 without network: DIR/print.sh, or\n"
        "        DIR/repli --site DIR print WARD.  Paper of it is read here after `repli ledger import`.\n"
        "verify  checks one file, or all: structure, foreign keys, content hash, counts, name.\n"
        "\n"
        "options:\n"
        "  --as-of T   the house as it was at T, e.g. 2026-11-23T02:00 (encounters and orders by their times)\n"
        "  --ward W    for push: this ward; several share a folder when it is named several times\n"
        "  --name N    for push: what the new station is called (default: ward W)\n"
        "\n"
        "examples:\n"
        "  repli snapshot\n"
        "  repli snapshot --as-of 2026-11-23T02:00\n"
        "  repli snapshot push /media/stick --ward 3B\n"
        "  repli snapshot verify /var/lib/repli/snapshots/2026-11-23T010000Z.snapshot\n"
        "  repli snapshot accept 6923a1d07c1f --by an.peeters --by luc.maes --reason \"ward 4A moved out tonight\"\n"
        "\n"
        "exit codes: 0 done; 3 the disk or the record cannot be read or written; 4 the clock is behind, or a file\n"
        "is damaged; 6 the new snapshot was not good and somebody has to look.\n",
    .run = run,
};
