#include "cmd/cmd.h"

#include "repli/file.h"
#include "repli/print.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Two modules a character, upper and lower half; four light modules around. */
static void draw_symbol(const bool *modules, int side)
{
    for (int y = -4; y < side + 4; y += 2) {
        for (int x = -4; x < side + 4; x++) {
            bool inside = x >= 0 && x < side;
            bool upper = inside && y >= 0 && y < side && modules[y * side + x];
            bool lower = inside && y + 1 >= 0 && y + 1 < side && modules[(y + 1) * side + x];
            /* Dark modules are left out, light ones drawn: on the dark ground of most terminals that is a QR symbol. */
            fputs(upper && lower ? " " : upper ? "▄" : lower ? "▀" : "█", stdout);
        }
        putchar('\n');
    }
}

static int print_words(struct repli_cli *cli)
{
    char *text;
    bool *modules;
    int side;
    if (repli_cli_site(cli) != REPLI_OK ||
        repli_keys_words(cli->site->keys, &cli->arena, &text, &cli->err) != REPLI_OK ||
        repli_text_modules(text, &cli->arena, &modules, &side, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "keys", "master key", "printed", NULL);
    fputs(text, stdout);
    putchar('\n');
    draw_symbol(modules, side);
    if (isatty(STDOUT_FILENO))
        fputs("\nWrite these words down or print them, put them into the safe, and clear this screen.\n"
              "Whoever holds them can forge sheets; without them and without this folder no paper can be read.\n",
              stderr);
    return REPLI_OK;
}

/* Reads the words from a file or from standard input; lines of a symbol that was printed along are left out. */
static enum repli_status read_words(struct repli_cli *cli, const char *path, char **text)
{
    char *all;
    size_t len;
    if (repli_file_read(strcmp(path, "-") == 0 ? "/dev/stdin" : path, 65536, &cli->arena, &all, &len, &cli->err) !=
        REPLI_OK)
        return cli->err.status;
    char *to = all;
    for (char *line = all; *line;) {
        size_t n = strcspn(line, "\n");
        bool plain = true;
        for (size_t i = 0; i < n; i++)
            plain = plain && (unsigned char)line[i] < 128;
        size_t whole = n + (line[n] == '\n');
        if (plain) {
            memmove(to, line, whole);
            to += whole;
        }
        line += whole;
    }
    *to = '\0';
    *text = all;
    return REPLI_OK;
}

/* Nobody has been imported and nothing printed under the keys that a fresh `repli init` made. */
static enum repli_status is_fresh(struct repli_cli *cli, bool *fresh)
{
    int64_t patients = 0, sheets = 0;
    if (repli_cli_record(cli) != REPLI_OK || repli_cli_ledger(cli) != REPLI_OK ||
        repli_record_patients(cli->record, &patients, &cli->err) != REPLI_OK ||
        repli_ledger_next(cli->ledger, "pack", &sheets, &cli->err) != REPLI_OK)
        return cli->err.status;
    *fresh = patients == 0 && sheets <= 1;
    return REPLI_OK;
}

/* The site's now; without its keys, that have just come back, it could not be opened before. */
static int64_t now_of(struct repli_cli *cli)
{
    static const struct repli_clock system;
    struct repli_err none = {0};
    if (!cli->site)
        (void)!repli_site_open(repli_cli_site_dir(cli), cli->at, &cli->site, &none);
    return repli_clock_now(cli->site ? &cli->site->clock : &system);
}

/* With the keys that are there now: the row stands on top of those that were sealed with keys nobody will need. */
static void note_import(struct repli_cli *cli, bool replaced)
{
    repli_ledger_close(cli->ledger);
    repli_record_close(cli->record);
    repli_site_close(cli->site);
    cli->ledger = NULL;
    cli->record = NULL;
    cli->site = NULL;
    if (repli_cli_site(cli) == REPLI_OK && repli_file_exists(cli->site->ledger))
        repli_cli_note(cli, "keys", "master key", replaced ? "replaced" : "imported", NULL);
}

static int import_words(struct repli_cli *cli, const char *path)
{
    char *text = NULL;
    bool fresh = false;
    if (read_words(cli, path, &text) != REPLI_OK)
        return repli_cli_fail(cli);
    const char *dir = repli_path_join(&cli->arena, repli_cli_site_dir(cli), "keys");
    bool lost = !repli_file_exists(dir);
    if (!lost && is_fresh(cli, &fresh) != REPLI_OK)
        return repli_cli_fail(cli);
    if (repli_dir_make(dir, 0700, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    enum repli_status s = fresh ? repli_keys_replace(dir, text, &cli->err) : repli_keys_import(dir, text, &cli->err);
    /* What the lost site printed is not known here: its numbers must not be given again. */
    if (s == REPLI_OK && (fresh || lost))
        s = repli_site_numbers_lost(dir, now_of(cli), &cli->err);
    if (s != REPLI_OK)
        return repli_cli_fail(cli);
    note_import(cli, fresh);
    puts("The master key is back.  This site reads its old paper again.");
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    if (repli_cli_parse(cli, argc, argv, NULL, 0, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords == 1 && strcmp(words[0], "print") == 0)
        return print_words(cli);
    if (nwords == 2 && strcmp(words[0], "import") == 0)
        return import_words(cli, words[1]);
    return repli_cli_usage(cli, "key print, or key import FILE");
}

const struct repli_command repli_cmd_key = {
    .name = "key",
    .summary = "the master key, as words for the safe: print, import",
    .help =
        "usage: repli key print\n"
        "       repli key import FILE        (- reads standard input)\n"
        "\n"
        "print   writes the master key as seventeen short words an epoch (the last one checks the others) and as a QR\n"
        "        symbol.  Do this once, on the day the site is made, and lock the paper away.\n"
        "import  gives the words back to a site whose folder burnt: a fresh `repli init`, the words and the snapshots\n"
        "        are enough to read every sheet that was ever printed.\n"
        "\n"
        "exit codes: 0 done · 2 a word is wrong or missing, or other keys are in use here already · 3 FILE cannot be "
        "read\n"
        "\n"
        "examples: repli key print | lp\n"
        "          repli init --site /var/lib/repli --hospital NAME && repli key import words.txt\n",
    .run = run,
};
