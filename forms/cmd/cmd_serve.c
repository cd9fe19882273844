#include "cmd/cmd.h"

#include <jansson.h>

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

static void ready(void *user, const struct repli_station_at *at)
{
    (void)user;
    printf("%s://%s/\n", at->scheme, at->address);
    if (at->fingerprint)
        printf("certificate SHA-256 %s\n", at->fingerprint);
    fflush(stdout);
}

static int make_cert(struct repli_cli *cli, const char *listen, const char *const *names)
{
    struct repli_station_cert c;
    if (repli_station_certify(cli->site, listen, names, &cli->arena, &c, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "certificate", "station", "made", c.fingerprint);
    if (cli->json) {
        json_t *list = json_array();
        for (size_t i = 0; c.names[i]; i++)
            json_array_append_new(list, json_string(c.names[i]));
        repli_cli_json(json_pack("{s:s, s:s, s:o, s:I}", "certificate", c.path, "sha256", c.fingerprint, "names", list,
                                 "until_utc", (json_int_t)c.until_utc));
        return REPLI_OK;
    }
    printf("%s, until %s, for", c.path, repli_cli_time(cli, c.until_utc));
    for (size_t i = 0; c.names[i]; i++)
        printf(" %s", c.names[i]);
    printf(
        "\nSHA-256 %s\n"
        "Its key never leaves this computer.  On each computer that is to reach the station: import the certificate,\n"
        "or compare these 32 pairs with what the browser shows before going on.\n",
        c.fingerprint);
    return REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *listen = "127.0.0.1:8080", **names = NULL;
    bool cert = false;
    size_t nwords;
    const struct repli_opt opts[] = {{"--listen", REPLI_OPT_TEXT, &listen},
                                     {"--make-cert", REPLI_OPT_FLAG, &cert},
                                     {"--name", REPLI_OPT_LIST, &names}};
    if (repli_cli_parse(cli, argc, argv, opts, 3, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords)
        return repli_cli_usage(cli, "takes no words");
    if (names && !cert)
        return repli_cli_usage(cli, "--name goes with --make-cert: a certificate says what the station is called");
    if (cert)
        return repli_cli_ledger(cli) == REPLI_OK ? make_cert(cli, listen, names) : repli_cli_fail(cli);
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
        "       repli serve --make-cert --listen 10.1.2.3:8443 [--name 3b-pc.hospital.example]...\n"
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
        "Other computers reach it encrypted or not at all: make a certificate once, then listen at an address of this\n"
        "computer.  Its fingerprint is said each time the station starts.\n"
        "\n"
        "  --listen HOST:PORT   another port, or another address than 127.0.0.1 and [::1]: then by TLS.  Port 0 takes\n"
        "                       a free one\n"
        "  --make-cert          a key and a certificate for the address of --listen in keys/ of the site, for two\n"
        "                       years; one that is there is replaced.  Says its fingerprint\n"
        "  --name NAME          another name or address that browsers may use for it\n"
        "\n"
        "exit codes: 0 ended · 2 no address, or no certificate for it · 3 the port is in use · 5 the ledger failed\n"
        "\n"
        "example: repli serve --listen 127.0.0.1:8080\n",
    .run = run,
};
