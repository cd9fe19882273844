#include "cmd/cmd.h"

#include <string.h>

#include "repli/file.h"
#include "repli/import.h"
#include "repli/invent.h"
#include "repli/text.h"

/* Opens the site, which is made when there is none; both databases exist afterwards. */
static enum repli_status open_site(struct repli_cli *cli)
{
    const char *dir = repli_cli_site_dir(cli);
    if (!repli_file_exists(repli_path_join(&cli->arena, dir, "site.yaml")) &&
        repli_site_create(dir, REPLI_INVENT_HOSPITAL, "Europe/Brussels", "fr", &cli->err) != REPLI_OK)
        return cli->err.status;
    cli->site_dir = dir;
    return repli_cli_create(cli);
}

static enum repli_status refuse_used(struct repli_cli *cli)
{
    int64_t patients = 0;
    enum repli_status s = repli_record_patients(cli->record, &patients, &cli->err);
    if (s == REPLI_OK && patients > 0)
        s = repli_fail(&cli->err, REPLI_USAGE,
                       "%s already has %lld patients: invented people are never mixed with others, give another --site",
                       repli_cli_site_dir(cli), (long long)patients);
    return s;
}

struct sink {
    struct repli_import *imp;
    int64_t line;
};

static enum repli_status take(void *user, const char *resource, struct repli_err *err)
{
    struct sink *s = user;
    return repli_import_text(s->imp, "invented.ndjson", ++s->line, resource, strlen(resource), err);
}

/* The invented hospital goes the way of any other: FHIR through the import. */
static enum repli_status fill(struct repli_cli *cli, const struct repli_invent_plan *plan,
                              struct repli_import_report *report)
{
    struct sink sink = {0};
    const struct repli_import_setup set = {
        cli->record, cli->site->keys, cli->site->zone, plan->at_utc, cli->site->import_max_resource, NULL, 0};
    enum repli_status s = repli_import_open(&set, "demo", &sink.imp, &cli->err);
    if (s == REPLI_OK)
        s = repli_invent_hospital(plan, take, &sink, &cli->err);
    if (s == REPLI_OK)
        s = repli_import_commit(sink.imp, report, &cli->err);
    repli_import_close(sink.imp);
    if (s == REPLI_OK && report->counts.refused > 0)
        s = repli_fail(&cli->err, REPLI_BUG, "the import refused %lld invented resources",
                       (long long)report->counts.refused);
    return s;
}

/* The Dutch wards go into site.yaml, so that their paper comes out in their language. */
static enum repli_status list_wards(struct repli_cli *cli, const struct repli_invent_plan *plan)
{
    struct repli_site_ward wards[64];
    size_t n = 0;
    const char *lang = NULL, *id;
    for (size_t i = 0; n < sizeof wards / sizeof *wards && (id = repli_invent_ward(plan, i, &lang)); i++)
        if (strcmp(lang, cli->site->lang) != 0)
            wards[n++] = (struct repli_site_ward){.id = id, .lang = lang};
    return n ? repli_site_list_wards(cli->site, wards, n, &cli->err) : REPLI_OK;
}

/* Telephone numbers go into a site.yaml that has none yet, tried by somebody three weeks ago. */
static enum repli_status list_phones(struct repli_cli *cli, const struct repli_invent_plan *plan)
{
    static const char none[] = "\ndirectory:\n";
    static const struct {
        const char *name, *number, *note;
    } phones[] = {
        {"Cellule de crise", "0470 00 00 01", "salle 014 ; coursier depuis l'accueil"},
        {"Central téléphonique, secours", "0470 00 00 02", "lignes fixes hors service : composer ce numéro"},
        {"Pharmacie, garde", "0470 00 00 11", "armoires de secours : clé chez le chef de garde"},
        {"Laboratoire, résultats critiques", "0470 00 00 12", "faire relire le chiffre"},
        {"Banque de sang", "0470 00 00 13", "coursier avec le bon signé"},
        {"Imagerie", "0470 00 00 14", ""},
        {"Bloc opératoire", "0470 00 00 15", ""},
        {"Urgences, chef de salle", "0470 00 00 16", "détournement : journal à la cellule de crise"},
        {"Réanimation, équipe d'urgence interne", "0470 00 00 17", ""},
        {"Coursiers", "0470 00 00 21", "deux par étage, accueil"},
        {"Centrale 112, ligne des hôpitaux", "0470 00 00 31", "dire le nom de l'hôpital et la décision"},
        {"Clinique Saint-Nulpart, urgences", "0470 00 00 41", "voisin"},
        {"Ziekenhuis Nergens, spoed", "0470 00 00 42", "voisin, néerlandophone"},
        {"Formulaires papier, aide", "0470 00 00 51", "feuilles manquantes, imprimante"},
    };
    const char *file = repli_path_join(&cli->arena, repli_cli_site_dir(cli), "site.yaml");
    REPLI_AUTO(repli_buf_done) struct repli_buf out = {0};
    char *text = NULL;
    size_t len = 0;
    enum repli_status s = repli_file_read(file, (size_t)1 << 20, &cli->arena, &text, &len, &cli->err);
    const char *at = s == REPLI_OK ? strstr(text, none) : NULL;
    if (!at || (at[sizeof none - 1] != '\0' && at[sizeof none - 1] != '\n'))
        return s;
    struct repli_civil day;
    repli_zone_civil(cli->site->zone, plan->at_utc - 21 * INT64_C(86400), &day);
    at += sizeof none - 1;
    repli_buf_add(&out, text, (size_t)(at - text));
    repli_buf_printf(&out, "  reviewed: %04d-%02d-%02d\n  numbers:\n", day.year, day.month, day.day);
    for (size_t i = 0; i < sizeof phones / sizeof *phones; i++) {
        repli_buf_printf(&out, "    - {name: \"%s\", number: \"%s\"", phones[i].name, phones[i].number);
        repli_buf_puts(&out,
                       *phones[i].note ? repli_arena_printf(&cli->arena, ", note: \"%s\"}\n", phones[i].note) : "}\n");
    }
    repli_buf_add(&out, at, len - (size_t)(at - text));
    return repli_file_write(file, out.data, out.len, 0600, &cli->err);
}

static enum repli_status number(struct repli_cli *cli, const char *name, const char *text, int64_t min, int64_t max,
                                int64_t *out)
{
    if (text && !repli_integer(text, min, max, out))
        return repli_fail(&cli->err, REPLI_USAGE, "%s %s: give a whole number from %lld to %lld", name, text,
                          (long long)min, (long long)max);
    return REPLI_OK;
}

static void tell(struct repli_cli *cli, const struct repli_invent_plan *plan, int64_t patients,
                 const struct repli_import_report *report)
{
    const char *dir = repli_cli_site_dir(cli);
    if (cli->json) {
        printf("{\"patients\":%lld,\"resources\":%lld,\"seed\":%llu}\n", (long long)patients,
               (long long)report->counts.inserted, (unsigned long long)plan->seed);
        return;
    }
    const char *lang = NULL;
    size_t wards = 0;
    while (repli_invent_ward(plan, wards, &lang))
        wards++;
    printf("%s now holds %s of the %s, which does not exist: %d beds, %lld people, %lld resources.\n"
           "\n"
           "Next:\n"
           "  repli --site %s snapshot                    take the snapshot that paper is printed from\n"
           "  repli --site %s wards                       who lies where\n"
           "  repli --site %s print 3B -o 3B.pdf          the pack of the ward\n",
           dir, wards == 1 ? "ward 3B" : repli_arena_printf(&cli->arena, "the %zu wards", wards), REPLI_INVENT_HOSPITAL,
           plan->beds, (long long)patients, (long long)report->counts.inserted, dir, dir, dir);
    if (cli->at)
        printf("\nAdd the same --at %s to each of them.\n", cli->at);
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *seed_text = NULL, *beds_text = NULL;
    size_t nwords;
    int64_t seed = 1, beds = 24, patients = 0;
    struct repli_import_report report;
    const struct repli_opt opts[] = {{"--seed", REPLI_OPT_TEXT, &seed_text}, {"--beds", REPLI_OPT_TEXT, &beds_text}};
    if (repli_cli_parse(cli, argc, argv, opts, 2, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords > 0)
        return repli_cli_usage(cli, "'%s' is not an option", words[0]);
    if (number(cli, "--seed", seed_text, 0, INT64_MAX, &seed) != REPLI_OK ||
        number(cli, "--beds", beds_text, REPLI_INVENT_BEDS_MIN, REPLI_INVENT_BEDS_MAX, &beds) != REPLI_OK ||
        open_site(cli) != REPLI_OK || refuse_used(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    const struct repli_invent_plan plan = {(uint64_t)seed, repli_clock_now(&cli->site->clock), (int)beds};
    if (list_wards(cli, &plan) != REPLI_OK || list_phones(cli, &plan) != REPLI_OK ||
        fill(cli, &plan, &report) != REPLI_OK || repli_record_patients(cli->record, &patients, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "import", "demo", "done",
                   repli_arena_printf(&cli->arena, "%lld invented patients", (long long)patients));
    tell(cli, &plan, patients, &report);
    return REPLI_OK;
}

const struct repli_command repli_cmd_demo = {
    .name = "demo",
    .summary = "fill a new site with an invented ward or hospital",
    .help =
        "usage: repli demo [--seed S] [--beds N] [--site DIR] [--at T] [--json]\n"
        "\n"
        "Fills a site with ward 3B of a hospital that does not exist, or with the whole hospital, to try everything "
        "and to\n"
        "train people without any real patient: rooms and beds, stays, allergies, orders and the last day's\n"
        "observations and laboratory values, around --at (now).  Every ward has its difficult cases: two people of "
        "the\n"
        "same name, an unknown birth date, a name that came as text only, allergies known, none known, not asked and\n"
        "never transmitted, a stay with an intensive episode inside; the hospital has newborns and twins, somebody\n"
        "unidentified, people who died, French and Dutch wards (written into site.yaml when it lists none).  The site "
        "is\n"
        "made when there is none; one that has patients is refused.\n"
        "\n"
        "  --seed S   another seed, other people (default 1); the same seed, beds and --at give the same hospital\n"
        "  --beds N   14 to 60: that many beds of ward 3B (default 24); up to 1500: a hospital of as many beds, a ward "
        "for\n"
        "             about each 30, at most 30 wards\n"
        "\n"
        "examples: repli demo --site /tmp/trial && repli --site /tmp/trial snapshot\n"
        "          repli demo --site /tmp/hospital --beds 900\n",
    .run = run,
};
