#include "cmd/cmd.h"

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    if (repli_cli_parse(cli, argc, argv, NULL, 0, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords)
        return repli_cli_usage(cli, "takes no words");
    if (cli->json)
        printf("{\"repli\": \"%s\"}\n", REPLI_VERSION);
    else
        printf("repli %s\n", REPLI_VERSION);
    return REPLI_OK;
}

const struct repli_command repli_cmd_version = {
    .name = "version",
    .summary = "what version of the program this is",
    .help = "usage: repli version [--json]\n"
            "\n"
            "Prints the version of the program.  Quote it when you report something.\n",
    .run = run,
};
