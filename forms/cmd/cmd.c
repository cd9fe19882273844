#include "cmd/cmd.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "repli/audit.h"
#include "repli/ledger_quality.h"
#include "repli/merge.h"
#include "repli/site_numbers.h"

#include "repli/file.h"

static const char default_site[] = "/var/lib/repli";

static const char help_head[] =
    "repli: keeps a hospital's wards working on paper while its computers are down, and brings what was\n"
    "written by hand back into the patient record.\n"
    "\n"
    "usage: repli COMMAND [OPTIONS]        repli COMMAND --help explains one command\n"
    "\n"
    "commands:\n";
static const char help_tail[] =
    "\n"
    "options of every command:\n"
    "  --site DIR     the site folder (else $REPLI_SITE, else /var/lib/repli)\n"
    "  --at TIME      act as if it were TIME: 2026-11-23T02:00 in the site's zone, or with Z or +01:00\n"
    "  --by PERSON    who acts, where somebody does (see repli person)\n"
    "  --look         changes nothing but the audit: what would change more fails\n"
    "  --json         machine-readable reports: one value, or one object a line\n"
    "\n"
    "exit codes: 0 ok · 1 internal error · 2 wrong usage · 3 input or output · 4 template or data not valid ·\n"
    "            5 database · 6 done, but something waits for a person\n";

/* Distance of two words, for "did you mean"; rows of at most 64 characters. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), row[65];
    if (n > 64 || m > 64)
        return 64;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diag = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t best = diag + (a[i - 1] != b[j - 1]);
            diag = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[m];
}

static const char *const globals[] = {"--site", "--at", "--by", "--json", "--look", "--help"};

static const struct repli_opt *find_opt(const struct repli_opt *opts, size_t nopts, const char *name)
{
    for (size_t i = 0; i < nopts; i++)
        if (strcmp(opts[i].name, name) == 0)
            return &opts[i];
    return NULL;
}

static enum repli_status unknown_option(struct repli_cli *cli, const struct repli_opt *opts, size_t nopts,
                                        const char *word)
{
    const char *best = NULL;
    size_t least = 3;
    for (size_t i = 0; i < nopts + sizeof globals / sizeof *globals; i++) {
        const char *name = i < nopts ? opts[i].name : globals[i - nopts];
        size_t d = distance(word, name);
        if (d < least) {
            least = d;
            best = name;
        }
    }
    if (best)
        return repli_fail(&cli->err, REPLI_USAGE, "unknown option '%s': did you mean %s?", word, best);
    return repli_fail(&cli->err, REPLI_USAGE, "unknown option '%s': see repli %s --help", word, cli->command);
}

static void list_add(struct repli_cli *cli, const char ***list, const char *value)
{
    size_t n = 0;
    while (*list && (*list)[n])
        n++;
    *list = repli_arena_grow(&cli->arena, *list, *list ? n + 1 : 0, n + 2, sizeof **list);
    (*list)[n] = value;
    (*list)[n + 1] = NULL;
}

/* Where the text of a global option goes; NULL: not a global option with a text. */
static const char **global_text(struct repli_cli *cli, const char *name)
{
    if (strcmp(name, "--site") == 0)
        return &cli->site_dir;
    if (strcmp(name, "--at") == 0)
        return &cli->at;
    if (strcmp(name, "--by") == 0)
        return &cli->by;
    return NULL;
}

struct parse {
    int argc, i;
    char **argv;
    const struct repli_opt *opts;
    size_t nopts;
};

/* One option at argv[i]; moves i over its value. "--ward=3B" and "--ward 3B" are the same. */
static enum repli_status one_option(struct repli_cli *cli, struct parse *p)
{
    char *word = p->argv[p->i], *equals = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;
    const char *name = equals ? repli_arena_strndup(&cli->arena, word, (size_t)(equals - word)) : word;
    if (strcmp(name, "--json") == 0 || strcmp(name, "--look") == 0) {
        *(name[2] == 'j' ? &cli->json : &cli->look) = true;
        return REPLI_OK;
    }
    const struct repli_opt *opt = find_opt(p->opts, p->nopts, name);
    const char **text = global_text(cli, name);
    if (!opt && !text)
        return unknown_option(cli, p->opts, p->nopts, name);
    if (opt && opt->kind == REPLI_OPT_FLAG) {
        if (equals)
            return repli_fail(&cli->err, REPLI_USAGE, "option %s takes no value", name);
        *(bool *)opt->to = true;
        return REPLI_OK;
    }
    const char *value = equals ? equals + 1 : p->i + 1 < p->argc ? p->argv[++p->i] : NULL;
    if (!value || !*value)
        return repli_fail(&cli->err, REPLI_USAGE, "option %s needs a value", name);
    if (opt && opt->kind == REPLI_OPT_LIST)
        list_add(cli, opt->to, value);
    else if (opt)
        *(const char **)opt->to = value;
    else
        *text = value;
    return REPLI_OK;
}

enum repli_status repli_cli_parse(struct repli_cli *cli, int argc, char **argv, const struct repli_opt *opts,
                                  size_t nopts, const char ***words, size_t *nwords)
{
    struct parse p = {.argc = argc, .argv = argv, .opts = opts, .nopts = nopts};
    const char **found = repli_arena_array(&cli->arena, (size_t)argc + 1, sizeof *found);
    size_t n = 0;
    for (bool plain = false; p.i < argc; p.i++) {
        char *word = argv[p.i];
        if (!plain && strcmp(word, "--") == 0)
            plain = true;
        else if (plain || word[0] != '-' || !word[1])
            found[n++] = word;
        else if (one_option(cli, &p) != REPLI_OK)
            return cli->err.status;
    }
    *words = found;
    *nwords = n;
    return REPLI_OK;
}

const char *repli_cli_site_dir(const struct repli_cli *cli)
{
    const char *dir = cli->site_dir ? cli->site_dir : getenv("REPLI_SITE");
    return dir && *dir ? dir : default_site;
}

enum repli_status repli_cli_site(struct repli_cli *cli)
{
    if (cli->site)
        return REPLI_OK;
    return repli_site_open(repli_cli_site_dir(cli), cli->at, &cli->site, &cli->err);
}

enum repli_status repli_cli_record(struct repli_cli *cli)
{
    if (cli->record)
        return REPLI_OK;
    if (repli_cli_site(cli) != REPLI_OK)
        return cli->err.status;
    if (repli_record_open(cli->site->record, false, repli_clock_now(&cli->site->clock), &cli->record, &cli->err) ==
            REPLI_OK &&
        cli->look)
        repli_record_looks(cli->record);
    return cli->err.status;
}

enum repli_status repli_cli_replay(struct repli_cli *cli)
{
    if (cli->look)
        return REPLI_OK;
    return repli_merge_replay(cli->site, cli->ledger, cli->record, &cli->err);
}

/* A ledger of yesterday must not give out the numbers of today again: they stand on paper and in the record. */
static enum repli_status check_numbers(struct repli_cli *cli, struct repli_err *err)
{
    struct repli_site_marks marks;
    int64_t next[REPLI_NUMBERS];
    bool jumped = false;
    repli_site_marks(cli->site, &marks);
    enum repli_status s = repli_ledger_numbers(cli->ledger, next, err);
    if (s == REPLI_OK)
        s = repli_site_numbers(cli->site, &marks, next, &jumped, err);
    return s == REPLI_OK && jumped ? repli_ledger_numbers_raise(cli->ledger, next, err) : s;
}

enum repli_status repli_cli_ledger(struct repli_cli *cli)
{
    if (cli->ledger)
        return REPLI_OK;
    if (repli_cli_site(cli) != REPLI_OK)
        return cli->err.status;
    int64_t now = repli_clock_now(&cli->site->clock);
    if (repli_ledger_open(cli->site->ledger, false, now, &cli->ledger, &cli->err) != REPLI_OK)
        return cli->err.status;
    if (repli_audit_attach(cli->ledger, cli->site, cli->by, &cli->err) != REPLI_OK)
        return cli->err.status;
    if (cli->look) {
        repli_ledger_looks(cli->ledger, true);
        return REPLI_OK;
    }
    if (check_numbers(cli, &cli->err) != REPLI_OK)
        return cli->err.status;
    return repli_ledger_settle_packs(cli->ledger, cli->site->dir, now, &cli->err);
}

/* Where a new site lies is written down before its first number is given: a backup from before that day knows it. */
static enum repli_status first_numbers(struct repli_cli *cli)
{
    int64_t next = 0;
    uint32_t first = 0;
    enum repli_status s = repli_ledger_next(cli->ledger, "serial", &next, &cli->err);
    if (s == REPLI_OK && next == 1 && !repli_file_exists(repli_path_join(&cli->arena, cli->site->keys_dir, "counter")))
        s = repli_site_counter(cli->site, 1, 0, &first, &cli->err);
    return s == REPLI_OK ? repli_ledger_here(cli->ledger, cli->site, NULL, &cli->err) : s;
}

enum repli_status repli_cli_create(struct repli_cli *cli)
{
    if (repli_cli_site(cli) != REPLI_OK)
        return cli->err.status;
    int64_t now = repli_clock_now(&cli->site->clock);
    if (repli_record_open(cli->site->record, true, now, &cli->record, &cli->err) != REPLI_OK)
        return cli->err.status;
    if (repli_ledger_open(cli->site->ledger, true, now, &cli->ledger, &cli->err) != REPLI_OK ||
        repli_audit_attach(cli->ledger, cli->site, cli->by, &cli->err) != REPLI_OK)
        return cli->err.status;
    return first_numbers(cli);
}

enum repli_status repli_cli_person(struct repli_cli *cli)
{
    struct repli_person person;
    if (!cli->by)
        return repli_fail(&cli->err, REPLI_USAGE, "who acts? add --by PERSON (repli person list shows them)");
    if (repli_cli_ledger(cli) != REPLI_OK)
        return cli->err.status;
    return repli_ledger_person_get(cli->ledger, cli->by, &cli->arena, &person, &cli->err);
}

void repli_cli_note(struct repli_cli *cli, const char *event, const char *object, const char *outcome,
                    const char *reason)
{
    struct repli_err before = cli->err, none = {0};
    const struct repli_audit_row row = {.event = event, .object = object, .outcome = outcome, .reason = reason};
    cli->err = none;
    if (repli_cli_ledger(cli) != REPLI_OK || repli_audit_note(cli->ledger, &row, &cli->err) != REPLI_OK)
        fprintf(stderr, "repli: %s: not in the audit: %s\n", cli->command, cli->err.text);
    cli->err = before;
}

int repli_cli_fail(struct repli_cli *cli)
{
    if (cli->err.status == REPLI_OK)
        (void)repli_fail(&cli->err, REPLI_BUG, "failed without a reason");
    fprintf(stderr, "repli: %s: %s\n", cli->command, cli->err.text);
    return (int)cli->err.status;
}

int repli_cli_usage(struct repli_cli *cli, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "repli: %s: ", cli->command);
    vfprintf(stderr, fmt, ap);
    fprintf(stderr, " (see repli %s --help)\n", cli->command);
    va_end(ap);
    return REPLI_USAGE;
}

const char *repli_cli_time(struct repli_cli *cli, int64_t utc)
{
    struct repli_civil t;
    repli_zone_civil(cli->site->zone, utc, &t);
    return repli_arena_printf(&cli->arena, "%04d-%02d-%02d %02d:%02d", t.year, t.month, t.day, t.hour, t.minute);
}

const char *repli_cli_detail(struct repli_cli *cli, const struct json_t *o)
{
    const char *detail = json_string_value(json_object_get(o, "detail"));
    return repli_time_local(&cli->arena, cli->site->zone, false, detail ? detail : "");
}

const char *repli_cli_age(struct repli_cli *cli, int64_t seconds)
{
    long long minutes = (long long)seconds / 60;
    if (minutes < 60)
        return repli_arena_printf(&cli->arena, "%lld min", minutes);
    if (minutes < 48 * 60)
        return repli_arena_printf(&cli->arena, "%lld h %02lld min", minutes / 60, minutes % 60);
    return repli_arena_printf(&cli->arena, "%lld days", minutes / 1440);
}

void repli_cli_json(struct json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    puts(text ? text : "null");
    free(text);
    json_decref(value);
}

void repli_cli_progress(void *user, size_t done, size_t total)
{
    static const char full[] = "########################################";
    const char *label = user;
    if (total == 0 || !isatty(STDERR_FILENO))
        return;
    if (done > total)
        done = total;
    int filled = (int)(done * 40 / total);
    fprintf(stderr, "\r%s [%.*s%*s] %zu/%zu", label, filled, full, 40 - filled, "", done, total);
    if (done == total)
        fprintf(stderr, "\r\033[K");
    fflush(stderr);
}

static const struct repli_command *find_command(const char *name)
{
    for (size_t i = 0; repli_commands[i]; i++)
        if (strcmp(repli_commands[i]->name, name) == 0)
            return repli_commands[i];
    return NULL;
}

static int help(FILE *to)
{
    fputs(help_head, to);
    for (size_t i = 0; repli_commands[i]; i++)
        fprintf(to, "  %-10s %s\n", repli_commands[i]->name, repli_commands[i]->summary);
    fputs(help_tail, to);
    return to == stdout ? REPLI_OK : REPLI_USAGE;
}

static int no_command(const char *word)
{
    const char *best = NULL;
    size_t least = 3;
    for (size_t i = 0; repli_commands[i]; i++) {
        size_t d = distance(word, repli_commands[i]->name);
        if (d < least) {
            least = d;
            best = repli_commands[i]->name;
        }
    }
    if (best)
        fprintf(stderr, "repli: no command '%s': did you mean '%s'?\n", word, best);
    else
        fprintf(stderr, "repli: no command '%s': see repli --help\n", word);
    return REPLI_USAGE;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* Output that could not be written (a full disk behind a pipe) is an error like any other. */
static int flush_output(struct repli_cli *cli, int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    fprintf(stderr, "repli: %s: cannot write to standard output\n", cli->command);
    return code ? code : REPLI_IO;
}

/* Global options may stand before the command too: `repli --json --site DIR print 3B`.  Index of the command's word. */
static int find_word(struct repli_cli *cli, int argc, char **argv)
{
    int i = 1;
    while (i < argc) {
        if (strcmp(argv[i], "--json") == 0 || strcmp(argv[i], "--look") == 0 || strncmp(argv[i], "--site=", 7) == 0 ||
            strncmp(argv[i], "--at=", 5) == 0 || strncmp(argv[i], "--by=", 5) == 0)
            i++;
        else if (global_text(cli, argv[i]) && i + 1 < argc)
            i += 2;
        else
            break;
    }
    return i;
}

int repli_cli_main(int argc, char **argv)
{
    struct repli_cli cli = {.program = argc > 0 ? argv[0] : "repli"};
    int first = find_word(&cli, argc, argv);
    if (first >= argc || strcmp(argv[first], "--help") == 0 || strcmp(argv[first], "-h") == 0)
        return help(first >= argc ? stderr : stdout);
    const char *word = strcmp(argv[first], "--version") == 0 ? "version" : argv[first];
    const struct repli_command *command = find_command(word);
    if (!command)
        return no_command(word);
    cli.command = command->name;
    /* The command sees what stood before it as well as what follows. */
    char **args = repli_arena_array(&cli.arena, (size_t)argc, sizeof *args);
    int n = 0;
    for (int i = 1; i < argc; i++)
        if (i != first)
            args[n++] = argv[i];
    int code;
    if (wants_help(n, args)) {
        fputs(command->help, stdout);
        code = REPLI_OK;
    } else {
        code = command->run(&cli, n, args);
    }
    code = flush_output(&cli, code);
    struct repli_err later = {0};
    if (cli.ledger &&
        !cli.look) /* how far they are now; what cannot be kept (a full disk) is kept by the next command */
        (void)!check_numbers(&cli, &later);
    repli_ledger_close(cli.ledger);
    repli_record_close(cli.record);
    repli_site_close(cli.site);
    repli_arena_done(&cli.arena);
    return code;
}
