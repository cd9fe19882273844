#include "cmd/cmd.h"

#include "repli/station.h"

/* Opened once before serving: numbers, packs left half written, the audit; then closed, each request has its own. */
static enum repli_status look_once(struct repli_cli *cli)
{
    if (repli_cli_ledger(cli) != REPLI_OK)
        return cli->err.status;
    repli_ledger_close(cli->ledger);
    cli->ledger = NULL;
    return REPLI_OK;
}

static void ready(void *user, const char *address)
{
    (void)user;
    printf("http://%s/\n", address);
    fflush(stdout);
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *listen = "127.0.0.1:8080";
    size_t nwords;
    const struct repli_opt opts[] = {{"--listen", REPLI_OPT_TEXT, &listen}};
    if (repli_cli_parse(cli, argc, argv, opts, 1, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords)
        return repli_cli_usage(cli, "takes no words");
    if (look_once(cli) != REPLI_OK ||
        repli_station_serve(cli->site, cli->at, listen, ready, NULL, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    return REPLI_OK;
}

const struct repli_command repli_cmd_serve = {
    .name = "serve",
    .summary = "the station: print, review, ledger and outages in a browser on this computer",
    .help =
        "usage: repli serve [--listen 127.0.0.1:8080]\n"
        "\n"
        "Serves the station's pages to browsers on this computer alone, until it is ended (Ctrl-C).  Says the address\n"
        "on a line.  People sign in with their own id and passphrase (repli person passphrase ID); after five minutes\n"
        "without a touch they sign in again.  What a role does not do, its pages do not offer: a nurse prints and "
        "opens\n"
        "outages, a clerk keys, a verifier and a pharmacist decide conflicts, a coordinator does all of it.\n"
        "\n"
        "Printing runs in a process of its own: ending the station waits for it.  What was keyed is stored before the\n"
        "next field is shown.\n"
        "\n"
        "  --listen HOST:PORT   another port; HOST is 127.0.0.1 or [::1].  Port 0 takes a free one\n"
        "\n"
        "exit codes: 0 ended · 2 not a loopback address · 3 the port is in use · 5 the ledger failed\n"
        "\n"
        "example: repli serve --listen 127.0.0.1:8080\n",
    .run = run,
};
