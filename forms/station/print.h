/* Printing at the station: what is there to print, and the processes that do it. */
#ifndef REPLI_STATION_PRINT_H
#define REPLI_STATION_PRINT_H

#include "station/station.h"

/* ---- wards.c */
const json_t *station_ward(const json_t *wards, const char *id); /* NULL id: the first; NULL: no such ward.  Borrowed */
/* A patient by bed of this ward, or by number in any; *where: the ward.  NULL: nobody. */
const char *station_who(struct station_request *, const char *ward, const char *text, const char **where);
/* Serials, downtime numbers, disk: all, or those that run low: [{"what","unit","amount","plenty"|"low"|"gone"}]. */
json_t *station_stocks(struct station_request *, bool all);

/* ---- printers.c: queues of CUPS on this computer, asked in a process of its own every half minute. */
void station_printers_ask(struct station *);
/* [{"queue","word","ready"|"stopped","chosen"}], `chosen` marked; new. */
json_t *station_printers(const struct station *, const char *chosen);
bool station_printer_known(const struct station *, const char *queue);

/* ---- print_job.c */
struct station_wanted {
    const char *ward, *pack, *patient, *printer, *reason, *count, *bed, *copies; /* NULL = not said */
};
/* NULL: r->err says why. */
struct station_job *station_print(struct station_request *, const struct station_wanted *);
json_t *station_job_json(const struct station_request *, const struct station_job *);
const char *station_pack_word(const char *pack);
/* Jobs that are of interest to who is signed in: running ones, and what went wrong within an hour; new. */
json_t *station_jobs(const struct station_request *);

#endif
