#include "cmd/cmd.h"

#include "repli/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int print_words(struct repli_cli *cli)
{
    char *text;
    if (repli_cli_site(cli) != REPLI_OK || repli_keys_words(cli->site->keys, &cli->arena, &text, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    fputs(text, stdout);
    if (isatty(STDOUT_FILENO))
        fputs("\nWrite these words down or print them, put them into the safe, and clear this screen.\n"
              "Whoever holds them can forge sheets; without them and without this folder no paper can be read.\n",
              stderr);
    return REPLI_OK;
}

/* Reads the words from a file or from standard input. */
static enum repli_status read_words(struct repli_cli *cli, const char *path, char **text)
{
    size_t len;
    if (strcmp(path, "-") == 0)
        path = "/dev/stdin";
    return repli_file_read(path, 65536, &cli->arena, text, &len, &cli->err);
}

static int import_words(struct repli_cli *cli, const char *path)
{
    char *text;
    if (repli_cli_site(cli) != REPLI_OK || read_words(cli, path, &text) != REPLI_OK ||
        repli_keys_import(cli->site->keys_dir, text, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
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
    .help = "usage: repli key print\n"
            "       repli key import FILE        (- reads standard input)\n"
            "\n"
            "print   writes the master key as seventeen short words an epoch (the last one checks the others) and as a QR\n"
            "        symbol.  Do this once, on the day the site is made, and lock the paper away.\n"
            "import  gives the words back to a site whose folder burnt: a fresh `repli init`, the words and the snapshots\n"
            "        are enough to read every sheet that was ever printed.\n",
    .run = run,
};
