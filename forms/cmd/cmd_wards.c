#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/file.h"
#include "repli/snapshot_gate.h"
#include "repli/snapshot_keep.h"

/* `ward` and `name` NULL: patients of no ward. */
static void print_json(const char *ward, const char *name, int64_t census, int64_t beds, int64_t data_utc,
                       int64_t age_s, int64_t pushed_utc)
{
    json_t *o = json_object();
    json_object_set_new(o, "ward", ward ? json_string(ward) : json_null());
    json_object_set_new(o, "name", name ? json_string(name) : json_null());
    json_object_set_new(o, "census", json_integer(census));
    json_object_set_new(o, "beds", json_integer(beds));
    json_object_set_new(o, "data_utc", json_integer(data_utc));
    json_object_set_new(o, "age_s", json_integer(age_s));
    json_object_set_new(o, "pushed_utc", pushed_utc ? json_integer(pushed_utc) : json_null());
    repli_cli_json(o);
}

static const char no_ward[] = "(no ward transmitted)";

/* Letters, not bytes: printf pads by bytes. */
static int letters(const char *s)
{
    int n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

struct columns {
    int ward, name; /* widths in letters */
};

static struct columns widths(const struct repli_snap_ward *wards, size_t count)
{
    struct columns c = {letters("ward"), letters(no_ward)};
    for (size_t i = 0; i < count; i++) {
        c.ward = letters(wards[i].id) > c.ward ? letters(wards[i].id) : c.ward;
        c.name = letters(wards[i].name) > c.name ? letters(wards[i].name) : c.name;
    }
    return c;
}

static void print_row(struct columns c, const char *ward, const char *name, const char *census, const char *beds)
{
    printf("%s%*s  %s%*s  %8s %6s\n", ward, c.ward - letters(ward), "", name, c.name - letters(name), "", census, beds);
}

static void print_ward(struct columns c, const char *ward, const char *name, int64_t census, int64_t beds)
{
    char patients[24], known[24];
    snprintf(patients, sizeof patients, "%lld", (long long)census);
    snprintf(known, sizeof known, "%lld", (long long)beds);
    print_row(c, ward, name, patients, beds > 0 ? known : "-");
}

static void print_head(struct repli_cli *cli, const struct repli_snapshot_info *info, int64_t age_s)
{
    printf("data of %s, %s old\n", repli_cli_time(cli, info->taken_utc), repli_cli_age(cli, age_s));
}

/* On stderr also beside --json: whoever looks for a ward must know that the data is not what it should be. */
static enum repli_status warn(struct repli_cli *cli, const struct repli_snapshot_info *info)
{
    struct repli_quarantined *refused = NULL;
    size_t n = 0;
    if (repli_snapshot_quarantined(cli->site, info->taken_utc, &cli->arena, &refused, &n, &cli->err) != REPLI_OK)
        return cli->err.status;
    if (info->passed_over > 0)
        fprintf(stderr, "repli: wards: %lld newer snapshot(s) are damaged (repli snapshot verify)\n",
                (long long)info->passed_over);
    if (info->accepted_utc)
        fprintf(stderr, "repli: wards: UNVERIFIED snapshot, accepted by %s: %s\n", info->accepted_by,
                info->accepted_why);
    if (n > 0)
        fprintf(stderr, "repli: wards: %zu newer snapshot(s) were refused (repli status): %s\n", n, refused[0].why);
    return REPLI_OK;
}

/* When the ward's own computer was last brought a copy; 0 = never, or no ledger to ask. */
static int64_t pushed_utc(const struct repli_push *pushes, size_t count, const char *ward)
{
    int64_t newest = 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(pushes[i].ward, ward) == 0 && pushes[i].pushed_utc > newest)
            newest = pushes[i].pushed_utc;
    return newest;
}

static enum repli_status show(struct repli_cli *cli, struct repli_snapshot *snap, int64_t now_utc)
{
    const struct repli_snapshot_info *info = repli_snapshot_info(snap);
    struct repli_snap_ward *wards;
    struct repli_push *pushes = NULL;
    size_t count, npushes = 0;
    struct repli_err unknown = {0};
    int64_t age_s = now_utc - info->taken_utc;
    if (repli_snapshot_wards(snap, &cli->arena, &wards, &count, &cli->err) != REPLI_OK)
        return cli->err.status;
    if (warn(cli, info) != REPLI_OK)
        return cli->err.status;
    if (!cli->json)
        print_head(cli, info, age_s);
    /* A ledger that cannot be read must not keep anybody from the wards. */
    if (repli_file_exists(cli->site->ledger) && repli_cli_ledger(cli) == REPLI_OK)
        (void)!repli_ledger_pushes(cli->ledger, &cli->arena, &pushes, &npushes, &unknown);
    cli->err = (struct repli_err){0};
    const struct columns c = widths(wards, count);
    if (!cli->json)
        print_row(c, "ward", "name", "patients", "beds");
    for (size_t i = 0; i < count; i++) {
        const struct repli_snap_ward *w = &wards[i];
        if (cli->json)
            print_json(w->id, w->name, w->census, w->beds, info->taken_utc, age_s, pushed_utc(pushes, npushes, w->id));
        else
            print_ward(c, w->id, w->name, w->census, w->beds);
    }
    if (info->unplaced > 0 && cli->json)
        print_json(NULL, NULL, info->unplaced, 0, info->taken_utc, age_s, 0);
    else if (info->unplaced > 0)
        print_ward(c, "-", no_ward, info->unplaced, 0);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t n;
    struct repli_snapshot *snap = NULL;
    if (repli_cli_parse(cli, argc, argv, NULL, 0, &words, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    if (n > 0)
        return repli_cli_usage(cli, "takes no words");
    if (repli_cli_site(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    int64_t now_utc = repli_clock_now(&cli->site->clock);
    if (repli_snapshot_newest(cli->site, now_utc, &snap, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = show(cli, snap, now_utc);
    repli_snapshot_close(snap);
    return s == REPLI_OK ? (int)REPLI_OK : repli_cli_fail(cli);
}

const struct repli_command repli_cmd_wards = {
    .name = "wards",
    .summary = "wards of the newest snapshot: patients, beds, age of the data",
    .help =
        "usage: repli wards [--json]\n"
        "\n"
        "Shows every ward of the newest good snapshot with its patients and known beds, and how old the data is.\n"
        "Use it to find the ward's code for `repli print WARD`, and in the morning to see that the nightly job ran.\n"
        "A dash for the beds: the sender transmitted none.  A last line without a ward counts patients whose ward\n"
        "was not transmitted; `repli print --all` prints them, too.\n"
        "\n"
        "--json: one object a line: ward, name, census, beds, data_utc, age_s, pushed_utc (null: never pushed).\n"
        "\n"
        "exit codes: 0 shown; 4 there is no good snapshot.\n",
    .run = run,
};
