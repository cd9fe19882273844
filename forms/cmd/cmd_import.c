#include "cmd/cmd.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "repli/import.h"

#define SHOWN 20 /* refusals printed; the others are one command away */

struct shown {
    size_t count, most;
    json_t *list; /* instead of printing */
};

static void refusal(void *user, const char *file, int64_t line, const char *resource, const char *reason)
{
    struct shown *s = user;
    s->count++;
    if (s->list) {
        json_array_append_new(s->list, json_pack("{s:s, s:I, s:s?, s:s}", "file", file, "line", (json_int_t)line,
                                                 "resource", resource, "reason", reason));
    } else if (s->count <= s->most) {
        printf("  %s", file);
        if (line > 0)
            printf(":%lld", (long long)line);
        printf("  %s%s%s\n", resource ? resource : "", resource ? ": " : "", reason);
    }
}

/* seen = inserted + updated + unchanged + refused + not_used, for each file. */
static json_t *by_file(const struct repli_import_file *files, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            list, json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "file", files[i].path, "seen",
                            (json_int_t)files[i].seen, "inserted", (json_int_t)files[i].counts.inserted, "updated",
                            (json_int_t)files[i].counts.updated, "unchanged", (json_int_t)files[i].counts.unchanged,
                            "refused", (json_int_t)files[i].counts.refused, "not_used", (json_int_t)files[i].unused));
    return list;
}

static void print_json(const struct repli_import_report *r, json_t *files, json_t *refusals)
{
    json_t *types = json_object();
    for (size_t i = 0; i < r->ntypes; i++)
        json_object_set_new(types, r->types[i].type, json_integer((json_int_t)r->types[i].count));
    json_t *o = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "files", (json_int_t)r->files,
                          "other_files", (json_int_t)r->other_files, "inserted", (json_int_t)r->counts.inserted,
                          "updated", (json_int_t)r->counts.updated, "unchanged", (json_int_t)r->counts.unchanged,
                          "refused", (json_int_t)r->counts.refused, "not_used", (json_int_t)r->not_used, "types", types,
                          "by_file", files, "refusals", refusals);
    repli_cli_json(o);
}

static void print_text(const struct repli_import_report *r)
{
    printf("%lld files: %lld resources new, %lld changed, %lld as they were, %lld refused\n", (long long)r->files,
           (long long)r->counts.inserted, (long long)r->counts.updated, (long long)r->counts.unchanged,
           (long long)r->counts.refused);
    if (r->not_used > 0) {
        printf("%lld resources or messages of types that are not used:", (long long)r->not_used);
        for (size_t i = 0; i < r->ntypes; i++)
            printf(" %s %lld", r->types[i].type, (long long)r->types[i].count);
        putchar('\n');
    }
    if (r->other_files > 0)
        printf("%lld other files in the folders were left alone\n", (long long)r->other_files);
}

/* The refusals of the newest run: all of them, or the first few after an import. */
static int show_refusals(struct repli_cli *cli, size_t most)
{
    struct shown s = {.most = most};
    if (repli_record_refusals(cli->record, refusal, &s, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (s.count > s.most)
        printf("  ... and %zu more: repli import --refusals\n", s.count - s.most);
    return s.count > 0 ? REPLI_WAITS : REPLI_OK;
}

static int list_refusals(struct repli_cli *cli)
{
    struct shown s = {0};
    if (!cli->json)
        return show_refusals(cli, SIZE_MAX);
    s.list = json_array();
    enum repli_status status = repli_record_refusals(cli->record, refusal, &s, &cli->err);
    if (status != REPLI_OK) {
        json_decref(s.list);
        return repli_cli_fail(cli);
    }
    repli_cli_json(s.list);
    return s.count > 0 ? REPLI_WAITS : REPLI_OK;
}

static enum repli_status import(struct repli_cli *cli, const char **words, size_t nwords,
                                struct repli_import_report *report)
{
    struct repli_import *imp = NULL;
    struct repli_buf source = {0};
    const struct repli_import_setup set = {cli->record,
                                           cli->site->keys,
                                           cli->site->zone,
                                           repli_clock_now(&cli->site->clock),
                                           cli->site->import_max_resource,
                                           cli->site->authorities,
                                           cli->site->nauthorities};
    for (size_t i = 0; i < nwords; i++)
        repli_buf_printf(&source, "%s%s", i ? " " : "", words[i]);
    char label[] = "importing";
    enum repli_status s = repli_import_open(&set, source.data, &imp, &cli->err);
    if (s == REPLI_OK)
        s = repli_import_paths(imp, words, nwords, cli->json ? NULL : repli_cli_progress, label, &cli->err);
    if (s == REPLI_OK)
        s = repli_import_commit(imp, report, &cli->err);
    repli_import_close(imp);
    repli_buf_done(&source);
    return s;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    bool refusals = false;
    struct repli_import_report report;
    const struct repli_opt opts[] = {{"--refusals", REPLI_OPT_FLAG, &refusals}};
    if (repli_cli_parse(cli, argc, argv, opts, 1, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (refusals == (nwords > 0))
        return repli_cli_usage(cli, refusals ? "--refusals lists what the last import refused and takes no path"
                                             : "which files or folders? repli import PATH...");
    if (repli_cli_record(cli) != REPLI_OK)
        return repli_cli_fail(cli);
    if (refusals)
        return list_refusals(cli);
    if (import(cli, words, nwords, &report) != REPLI_OK)
        return repli_cli_fail(cli);
    repli_cli_note(cli, "import", words[0], report.counts.refused ? "done, some refused" : "done",
                   repli_arena_printf(&cli->arena, "%lld new, %lld changed, %lld refused",
                                      (long long)report.counts.inserted, (long long)report.counts.updated,
                                      (long long)report.counts.refused));
    if (!cli->json) {
        print_text(&report);
        return report.counts.refused > 0 ? show_refusals(cli, SHOWN) : REPLI_OK;
    }
    struct shown s = {.list = json_array()};
    struct repli_import_file *files = NULL;
    size_t nfiles = 0;
    if (repli_record_refusals(cli->record, refusal, &s, &cli->err) != REPLI_OK ||
        repli_record_import_files(cli->record, &cli->arena, &files, &nfiles, &cli->err) != REPLI_OK) {
        json_decref(s.list);
        return repli_cli_fail(cli);
    }
    print_json(&report, by_file(files, nfiles), s.list);
    return report.counts.refused > 0 ? REPLI_WAITS : REPLI_OK;
}

const struct repli_command repli_cmd_import = {
    .name = "import",
    .summary = "fill the record from FHIR R4 and HL7 v2 files",
    .help =
        "usage: repli import PATH... [--json]\n"
        "       repli import --refusals [--json]\n"
        "\n"
        "Reads FHIR R4 into the record: files and folders, NDJSON (one resource a line, any size), Bundles, single\n"
        "resources, plain or .gz.  Used are Patient, Encounter, Location, Practitioner, PractitionerRole, "
        "Organization,\n"
        "AllergyIntolerance, Condition, Medication, MedicationRequest, MedicationAdministration, MedicationStatement,\n"
        "Observation, Procedure, ServiceRequest, Appointment, Device, DeviceUseStatement, Flag and Coverage; other "
        "types\n"
        "are counted.  Run it as often as you like, in any order: what the record has already stays as it is.\n"
        "Everything happens in one transaction, or not at all.  XML is not read: export as JSON or NDJSON.\n"
        "\n"
        "HL7 v2 files (any line ends, with or without MLLP bytes, plain or .gz) are read after all FHIR: ADT messages "
        "A01\n"
        "A02 A03 A04 A08 A11 A12 A13 A40, as events in the order of file names and in the file; a message that was "
        "applied\n"
        "is never applied again.  Patients meet by identifier: hl7_systems of site.yaml says which system an "
        "assigning\n"
        "authority stands for.  In refusals of HL7 files the number after the file name is that of the message.\n"
        "\n"
        "Each resource is taken whole or refused with its file, line, name and reason; nothing is filled in by guess:\n"
        "what was not sent is printed as not transmitted.  One resource or Bundle may be import_max_resource bytes of\n"
        "site.yaml (64 MiB).\n"
        "\n"
        "  --refusals   what the newest import refused, all of it\n"
        "  --json       counts (also of each file) and refusals as one JSON value\n"
        "\n"
        "exit codes: 0 all taken · 3 a path cannot be read (nothing was changed) · 5 the record failed (nothing was "
        "changed) ·\n"
        "            6 done, but some resources were refused\n"
        "\n"
        "examples: repli import /data/export/2026-11-23\n"
        "          repli import Patient.ndjson.gz Encounter.ndjson.gz\n",
    .run = run,
};
