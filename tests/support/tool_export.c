/* export: the invented ward as a sender would put it into a folder: FHIR R4, one resource a line. */
#include <stdio.h>
#include <stdlib.h>

#include "repli/clock.h"
#include "repli/invent.h"

static const char usage[] =
    "usage: export AT [BEDS] >ward.ndjson\n"
    "\n"
    "Writes ward 3B of the hospital that does not exist (as `repli demo`) as NDJSON: around the instant AT\n"
    "(2026-11-23T01:00Z), with BEDS beds (14).\n";

static enum repli_status line(void *user, const char *resource, struct repli_err *err)
{
    FILE *to = user;
    if (fputs(resource, to) < 0 || fputc('\n', to) < 0)
        return repli_fail(err, REPLI_IO, "cannot write to standard output");
    return REPLI_OK;
}

static int ward(const char *at, int beds)
{
    struct repli_err err = {0};
    struct repli_zone *zone = NULL;
    struct repli_invent_plan plan = {.seed = 1, .beds = beds};
    enum repli_status s = repli_zone_open("Europe/Brussels", &zone, &err);
    if (s == REPLI_OK)
        s = repli_time_parse(at, zone, &plan.at_utc, &err);
    if (s == REPLI_OK)
        s = repli_invent_hospital(&plan, line, stdout, &err);
    repli_zone_close(zone);
    if (s == REPLI_OK && fflush(stdout) != 0)
        s = repli_fail(&err, REPLI_IO, "cannot write to standard output");
    if (s != REPLI_OK)
        fprintf(stderr, "export: %s\n", err.text);
    return (int)s;
}

int main(int argc, char **argv)
{
    long beds = argc > 2 ? strtol(argv[2], NULL, 10) : REPLI_INVENT_BEDS_MIN;
    if (argc < 2 || argc > 3 || beds < REPLI_INVENT_BEDS_MIN || beds > REPLI_INVENT_BEDS_MAX) {
        fputs(usage, stderr);
        return REPLI_USAGE;
    }
    return ward(argv[1], (int)beds);
}
