#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "repli/outage.h"
#include "repli/snapshot.h"

struct options {
    const char *from, *until;
    const char **wards;
    bool drill;
};

static size_t length(const char **list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

/* A ward that nobody knows is a slip of the hand, and its outage would cover nothing.  A house whose snapshots burnt
** has no list to hold it against: then the word is taken. */
static enum repli_status wards_known(struct repli_cli *cli, const char **wards)
{
    struct repli_snapshot *snap = NULL;
    struct repli_snap_ward *known = NULL;
    size_t count = 0;
    struct repli_err ignored = {0};
    if (repli_snapshot_newest(cli->site, repli_clock_now(&cli->site->clock), &snap, &ignored) != REPLI_OK)
        return REPLI_OK;
    enum repli_status s = repli_snapshot_wards(snap, &cli->arena, &known, &count, &cli->err);
    repli_snapshot_close(snap);
    for (size_t w = 0; s == REPLI_OK && wards && wards[w]; w++) {
        struct repli_buf names = {0};
        bool found = false;
        for (size_t i = 0; i < count; i++) {
            found = found || strcmp(known[i].id, wards[w]) == 0;
            repli_buf_printf(&names, "%s%s", i ? ", " : "", known[i].id);
        }
        if (!found)
            s = repli_fail(&cli->err, REPLI_USAGE, "ward '%s' is not in the snapshot (wards: %s)", wards[w],
                           count ? names.data : "none");
        repli_buf_done(&names);
    }
    return s;
}

/* ---- telling */

static const char *wards_text(struct repli_cli *cli, const struct repli_outage *o)
{
    const char *text = o->nwards ? "" : "the whole house";
    for (size_t i = 0; i < o->nwards; i++)
        text = repli_arena_printf(&cli->arena, "%s%s%s", text, i ? ", " : "", o->wards[i]);
    return text;
}

static void tell(struct repli_cli *cli, const struct repli_outage *o)
{
    if (!cli->json) {
        printf("%-7s %-7s %s to %-16s %s (%s%s%s)\n", o->id, o->drill ? "drill" : "outage",
               repli_cli_time(cli, o->from_utc), o->open ? "now" : repli_cli_time(cli, o->until_utc),
               wards_text(cli, o), o->opened_by, o->open ? "" : ", ", o->open ? "" : o->closed_by);
        return;
    }
    json_t *wards = json_array();
    for (size_t i = 0; i < o->nwards; i++)
        json_array_append_new(wards, json_string(o->wards[i]));
    json_t *out =
        json_pack("{s:s, s:b, s:b, s:I, s:o, s:o, s:s, s:s?}", "outage", o->id, "drill", o->drill, "open", o->open,
                  "from_utc", (json_int_t)o->from_utc, "until_utc", o->open ? json_null() : json_integer(o->until_utc),
                  "wards", wards, "opened_by", o->opened_by, "closed_by", o->closed_by);
    repli_cli_json(out);
}

/* One by its id, or all. */
static int tell_rows(struct repli_cli *cli, const char *id)
{
    struct repli_outage *all = NULL;
    size_t count = 0;
    if (repli_ledger_outages(cli->ledger, &cli->arena, &all, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; i < count; i++)
        if (!id || strcmp(all[i].id, id) == 0)
            tell(cli, &all[i]);
    if (!count && !cli->json)
        puts("No outage is recorded");
    return REPLI_OK;
}

/* ---- doing */

static int open_outage(struct repli_cli *cli, const struct options *o)
{
    char id[REPLI_ID_TEXT];
    if (o->until)
        return repli_cli_usage(cli, "--until belongs to close");
    if (repli_cli_person(cli) != REPLI_OK || wards_known(cli, o->wards) != REPLI_OK)
        return repli_cli_fail(cli);
    int64_t now = repli_clock_now(&cli->site->clock);
    struct repli_outage wanted = {
        .drill = o->drill, .from_utc = now, .opened_by = cli->by, .wards = o->wards, .nwards = length(o->wards)};
    if ((o->from && repli_time_parse(o->from, cli->site->zone, &wanted.from_utc, &cli->err) != REPLI_OK) ||
        repli_ledger_here(cli->ledger, cli->site, NULL, &cli->err) != REPLI_OK ||
        repli_ledger_outage_open(cli->ledger, cli->site->station, &wanted, now, id, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    int code = tell_rows(cli, id);
    if (o->drill && !cli->json)
        puts("What is printed from now on is marked as a drill and never merges");
    return code;
}

static int close_outage(struct repli_cli *cli, const struct options *o, const char *id)
{
    char closed[REPLI_ID_TEXT];
    if (o->from || o->wards || o->drill)
        return repli_cli_usage(cli, "--from, --ward and --drill belong to open");
    if (repli_cli_person(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    int64_t now = repli_clock_now(&cli->site->clock), until = now;
    if ((o->until && repli_time_parse(o->until, cli->site->zone, &until, &cli->err) != REPLI_OK) ||
        repli_ledger_outage_close(cli->ledger, id, until, cli->by, now, closed, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    return tell_rows(cli, closed);
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    struct options o = {0};
    const struct repli_opt opts[] = {{"--from", REPLI_OPT_TEXT, &o.from},
                                     {"--until", REPLI_OPT_TEXT, &o.until},
                                     {"--ward", REPLI_OPT_LIST, &o.wards},
                                     {"--drill", REPLI_OPT_FLAG, &o.drill}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    const char *what = nwords ? words[0] : "list";
    if (strcmp(what, "open") == 0 && nwords == 1)
        return open_outage(cli, &o);
    if (strcmp(what, "close") == 0 && nwords <= 2)
        return close_outage(cli, &o, nwords == 2 ? words[1] : NULL);
    if (strcmp(what, "list") != 0 || nwords > 1 || o.from || o.until || o.wards || o.drill)
        return repli_cli_usage(cli, "open, close [ID] or list");
    return repli_cli_ledger(cli) == REPLI_OK ? tell_rows(cli, NULL) : repli_cli_fail(cli);
}

const struct repli_command repli_cmd_outage = {
    .name = "outage",
    .summary = "when paper is the truth: open, close, list; and drills",
    .help =
        "usage: repli outage open [--from TIME] [--ward W]... [--drill] --by PERSON\n"
        "       repli outage close [ID] [--until TIME] --by PERSON\n"
        "       repli outage [list] [--json]\n"
        "\n"
        "Says from when to when paper was the truth.  A value written on a sheet of that ward at a time before the\n"
        "outage began or after it ended is held by `repli merge` as 'outside-outage' until a person decides; what\n"
        "merges carries the outage's number.  Where no outage is recorded, nothing is asked.  Printing never waits\n"
        "for this command: open the outage when there is time, with the moment at which it began.\n"
        "\n"
        "  --from TIME    when it began (T0), not later than now; without it: now\n"
        "  --until TIME   when it ended; without it: now\n"
        "  --ward W       this ward (again for more); without it the whole house\n"
        "  --drill        an exercise: while it is open, what its wards print is marked on every page and in the page\n"
        "                 code, scanning such a sheet ends as 'drill', and it never merges\n"
        "\n"
        "A ward has one open outage or drill at a time.  A real outage in the middle of a drill: close the drill,\n"
        "open the outage, print again.  Times are as for --at: 2026-11-23T04:00 by the site's clocks, or with Z.\n"
        "\n"
        "exit codes: 0 done · 2 no such ward, person or outage · 4 one is open already, or none is\n"
        "\n"
        "examples: repli outage open --from 2026-11-23T04:00 --by an.peeters\n"
        "          repli outage open --drill --ward 3B --by an.peeters\n"
        "          repli outage close --until 2026-11-23T17:00 --by an.peeters\n",
    .run = run,
};
