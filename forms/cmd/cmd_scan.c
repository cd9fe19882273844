#include "cmd/ledger_paper.h"
#include "cmd/scan_watch.h"

#include <inttypes.h>
#include <string.h>

#include "repli/audit.h"
#include "repli/file.h"
#include "repli/review.h"
#include "repli/scan.h"
#include "repli/text.h"

/* One line a page image for people: what became of which sheet. */
static void print_line(void *user, const struct repli_scan_line *line)
{
    const struct repli_cli *cli = user;
    if (cli->json) {
        puts(line->json);
        return;
    }
    /* In the inbox a file lies aside while it is read: inbox/.work/3/NAME. */
    const char *aside = strstr(line->file, "/.work/"), *slash = aside ? strrchr(aside, '/') : NULL;
    /* The name is foreign: nothing in it moves a terminal or begins a line of its own. */
    const char *name = slash ? slash + 1 : line->file;
    struct repli_arena a = {0};
    printf("%s", repli_text_clean(&a, name, strlen(name), NULL));
    repli_arena_done(&a);
    if (line->page > 1)
        printf(" page %d", line->page);
    printf(": %s", repli_outcome_text(line->outcome));
    if (line->reason)
        printf(" (%s)", line->reason);
    if (line->sheet)
        printf("  %s%s%s", line->sheet, line->form ? " " : "", line->form ? line->form : "");
    if (line->outcome == REPLI_OUTCOME_READ)
        printf("  %zu fields, %zu doubtful", line->fields, line->doubtful);
    printf("\n");
}

static enum repli_status derive(void *user, uint64_t serial, struct repli_page_map *map, struct repli_err *err)
{
    struct repli_cli *cli = user;
    return repli_review_derive(cli->site, cli->ledger, serial, map, err);
}

static void print_counts(const struct repli_scan_result *r)
{
    const char *sep = " ";
    printf("%" PRId64 " page image%s:", r->images, r->images == 1 ? "" : "s");
    for (int i = 0; i < REPLI_OUTCOME_COUNT; i++)
        if (r->by_outcome[i]) {
            printf("%s%" PRId64 " %s%s", sep, r->by_outcome[i], repli_outcome_text((enum repli_outcome)i),
                   repli_outcome_waits((enum repli_outcome)i) ? " (waits for a person)" : "");
            sep = ", ";
        }
    printf("\n");
}

/* What lay under each cover of this run; *differs: somebody must look. */
static enum repli_status say_covers(struct repli_cli *cli, int64_t started_utc, bool *differs)
{
    struct repli_cover *covers = NULL;
    size_t count = 0;
    enum repli_status s = repli_ledger_covers(cli->ledger, started_utc, &cli->arena, &covers, &count, &cli->err);
    for (size_t i = 0; s == REPLI_OK && i < count; i++) {
        *differs = *differs || repli_cover_differs(&covers[i]);
        if (!cli->json)
            repli_cmd_say_cover(&covers[i]);
    }
    return s;
}

static void progress(void *user, size_t done, size_t total)
{
    const struct repli_cli *cli = user;
    repli_cli_progress((void *)(uintptr_t)cli->command, done, total);
}

/* Paper must be readable after the ledger burnt: a new one begins, and sheets enter it as they come back. */
static enum repli_status open_ledger(struct repli_cli *cli)
{
    if (repli_cli_site(cli) != REPLI_OK)
        return cli->err.status;
    repli_scan_leftovers(cli->site);
    if (repli_file_exists(cli->site->ledger))
        return repli_cli_ledger(cli);
    int64_t now = repli_clock_now(&cli->site->clock);
    if (repli_ledger_open(cli->site->ledger, true, now, &cli->ledger, &cli->err) != REPLI_OK ||
        repli_audit_attach(cli->ledger, cli->site, cli->by, &cli->err) != REPLI_OK ||
        repli_ledger_here(cli->ledger, cli->site, NULL, &cli->err) != REPLI_OK)
        return cli->err.status;
    fprintf(
        stderr,
        "repli: scan: %s is gone: a new one was begun; sheets are laid out again from the snapshots they name.\n"
        "A backup is better, if there is one: put it in its place before anything is keyed. People have to be added "
        "again (repli person add).\n",
        cli->site->ledger);
    return REPLI_OK;
}

static int watch(struct repli_cli *cli, const char *every, const char *settle, bool once,
                 const struct repli_scan_request *request)
{
    int64_t s = 2, still = 3;
    if ((every && !repli_integer(every, 1, 3600, &s)) || (settle && !repli_integer(settle, 0, 3600, &still)))
        return repli_cli_usage(cli, "--every is 1 to 3600 seconds, --settle 0 to 3600");
    if (open_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    struct repli_watch w = {.every_ms = s * 1000, .settle_ms = still * 1000, .once = once};
    return repli_cmd_scan_watch(cli, &w, request);
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *batch = NULL, *every = NULL, *settle = NULL, *jobs_text = NULL;
    size_t nwords;
    bool watched = false, once = false;
    const struct repli_opt opts[] = {
        {"--batch", REPLI_OPT_TEXT, (void *)&batch}, {"--jobs", REPLI_OPT_TEXT, (void *)&jobs_text},
        {"--watch", REPLI_OPT_FLAG, &watched},       {"--once", REPLI_OPT_FLAG, &once},
        {"--every", REPLI_OPT_TEXT, (void *)&every}, {"--settle", REPLI_OPT_TEXT, (void *)&settle}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (watched && nwords)
        return repli_cli_usage(cli, "--watch takes what comes into the site's inbox: name no files");
    if (!watched && (every || settle || once))
        return repli_cli_usage(cli, "--every, --settle and --once belong to --watch");
    if (!watched && nwords == 0)
        return repli_cli_usage(cli, "name the files or folders to scan, or --watch");
    bool digit = jobs_text && *jobs_text >= '1' && *jobs_text <= '8' && jobs_text[1] == 0;
    size_t jobs = digit ? (size_t)(*jobs_text - '0') : 0;
    if (jobs_text && jobs == 0)
        return repli_cli_usage(cli, "--jobs: give a whole number from 1 to 8");
    struct repli_scan_request request = {.paths = words,
                                         .npaths = nwords,
                                         .batch = batch,
                                         .jobs = jobs,
                                         .line = print_line,
                                         .readings_stored = derive,
                                         .progress = progress,
                                         .user = cli};
    if (watched)
        return watch(cli, every, settle, once, &request);
    if (open_ledger(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    struct repli_scan_result result = {0};
    bool differs = false;
    int64_t started_utc = repli_clock_now(&cli->site->clock);
    enum repli_status s = repli_scan_batch(cli->site, cli->ledger, &request, &result, &cli->err);
    if (s != REPLI_OK && s != REPLI_WAITS)
        return repli_cli_fail(cli);
    if (!cli->json)
        print_counts(&result);
    if (say_covers(cli, started_utc, &differs) != REPLI_OK)
        return repli_cli_fail(cli);
    return differs ? REPLI_WAITS : (int)s;
}

const struct repli_command repli_cmd_scan = {
    .name = "scan",
    .summary = "read scanned sheets: which sheet, which boxes, where there is ink",
    .help =
        "usage: repli scan FILE|DIR... [--batch NAME] [--jobs N] [--json]\n"
        "       repli scan --watch [--every S] [--settle S] [--once] [--batch NAME] [--json]\n"
        "\n"
        "Reads images of printed sheets after they were written on. Each page image is matched to its sheet by the\n"
        "code printed on it, its ticks and rows are read, and what holds ink or is doubtful goes to review.\n"
        "Any order, any way up, fronts and backs mixed. Handwriting is never taken over unseen: people key it\n"
        "(repli review).\n"
        "\n"
        "Takes JPEG, PNG, TIFF and scanned PDF, with many pages too, recognised by content. Scan at 300 dpi gray;\n"
        "200 dpi gray is fine; black-and-white scans leave many boxes to people. A folder means all files in it,\n"
        "in the order of their names.\n"
        "\n"
        "Every page image ends in exactly one outcome, and a batch never stops for bad paper:\n"
        "  read          its fields were read; what needs people is in `repli review list`\n"
        "  duplicate     this picture was scanned before; nothing changes\n"
        "  blank, drill  an empty page, a side without fields; a sheet of an exercise\n"
        "  and, waiting for a person: unreadable, no-code, bad-mac, foreign, unknown-form, not-registered, mismatch,\n"
        "  serial-clash, no-snapshot, two-sheets, second-image, void, closed, copy (nobody was to write on it)\n"
        "\n"
        "A pile may have a cover (repli print WARD --form batchcover): what comes after it, up to the next cover or "
        "the\n"
        "end, both sides of each sheet, is counted against the number on it (repli ledger covers says it again, also\n"
        "after people have keyed a written number).  With --watch give the pile a name (--batch).\n"
        "\n"
        "The files are kept in the site's folder scans/ first; scanning them again is always safe, and reads what "
        "waited\n"
        "for its snapshot once that is back. Sheets that the ledger does not know are laid out again from the "
        "snapshot.\n"
        "\n"
        "--watch takes what comes into the site's folder inbox/ (the scanner writes there), until it is stopped\n"
        "(SIGTERM; repli-inbox.service). A file is taken when it has not changed for a while and goes only after all "
        "its\n"
        "pages are stored; one that nothing can be read of goes to inbox/refused with the reason beside it. Hidden "
        "files\n"
        "are left alone. Killed at any moment it loses nothing and reads nothing twice.\n"
        "\n"
        "options:\n"
        "  --batch NAME   a name for this pile of paper, kept with each image\n"
        "  --settle S     for --watch: how long a file must lie still before it is taken (default 3 seconds)\n"
        "  --every S      for --watch: how often the folder is looked at when nothing comes (default 2 seconds)\n"
        "  --once         for --watch: end when nothing is left to take\n"
        "  --jobs N       so many pages at once, at most 8; without it, one a core\n"
        "  --json         one JSON object a page image: outcome, sheet, fields with state and confidence\n"
        "\n"
        "examples:\n"
        "  repli scan /media/scanner/2026-11-24 --batch 3B-morning\n"
        "  repli scan page-17.tif --json | jq .outcome\n"
        "\n"
        "exit codes: 0 all read; 6 done, but some images wait for a person; 3 a file or the site cannot be read\n"
        "or written; 5 the ledger failed (scan the same files again: nothing is read twice).\n",
    .run = run,
};
