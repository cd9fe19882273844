#include "cmd/cmd.h"

/* Folders and keys come first, then the two databases: a site that lacks a database says so by name and `repli init`
** can be run again after its folder was removed. */
static enum repli_status create(struct repli_cli *cli, const char *dir, const char *hospital, const char *zone,
                                const char *lang)
{
    if (repli_site_create(dir, hospital, zone, lang, &cli->err) != REPLI_OK)
        return cli->err.status;
    cli->site_dir = dir;
    return repli_cli_create(cli);
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *hospital = NULL, *zone = "Europe/Brussels", *lang = "fr";
    size_t nwords;
    const struct repli_opt opts[] = {
        {"--hospital", REPLI_OPT_TEXT, &hospital},
        {"--timezone", REPLI_OPT_TEXT, &zone},
        {"--lang", REPLI_OPT_TEXT, &lang},
    };
    if (repli_cli_parse(cli, argc, argv, opts, 3, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords)
        return repli_cli_usage(cli, "'%s' is not an option", words[0]);
    if (!hospital)
        return repli_cli_usage(cli, "what is the hospital called? add --hospital NAME: it is printed on every pack");
    const char *dir = repli_cli_site_dir(cli);
    if (create(cli, dir, hospital, zone, lang) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "site", hospital, "made", NULL);
    printf("Site %s is ready (station 0, the centre).\n"
           "\n"
           "Next:\n"
           "  repli key print                 put the words of the master key into the safe, now\n"
           "  repli person add ID NAME ROLE   the people who will act\n"
           "  repli import FOLDER             fill the record (FHIR R4: NDJSON, Bundles)\n"
           "  repli snapshot                  and again every 15 minutes\n",
           dir);
    return REPLI_OK;
}

const struct repli_command repli_cmd_init = {
    .name = "init",
    .summary = "make a new site: folders, keys, an empty record and ledger",
    .help =
        "usage: repli init --hospital NAME [--timezone ZONE] [--lang fr|nl|de|en] [--site DIR]\n"
        "\n"
        "Makes the site folder with its keys, an empty patient record and an empty ledger.  This computer becomes\n"
        "station 0, the centre, which holds the master key and gives ward stations their numbers.\n"
        "\n"
        "  --hospital NAME   printed on packs and reports\n"
        "  --timezone ZONE   whose clocks the wards live by (default Europe/Brussels)\n"
        "  --lang LANG       language of a ward that site.yaml does not mention (default fr)\n"
        "\n"
        "The folder must be new or empty, on a local disk (not NFS, CIFS or overlay), best on an encrypted volume.\n"
        "Everything else is set in DIR/site.yaml, which explains itself.\n"
        "\n"
        "exit codes: 0 made · 2 the folder is a site already, or not empty · 3 it cannot be written, or not on a local "
        "disk\n"
        "\n"
        "example: repli init --site /var/lib/repli --hospital \"Hôpital Sainte-Gudule\"\n",
    .run = run,
};
