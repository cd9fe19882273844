/* What the files of a push share. */
#ifndef REPLI_PUSH_INTERNAL_H
#define REPLI_PUSH_INTERNAL_H

#include "repli/push.h"

struct pusher {
    const struct repli_site *site;
    struct repli_ledger *ledger;
    const struct repli_push_request *rq;
    struct repli_push_result *out;
    struct repli_arena *a;
    struct repli_err *err;
    const char *dir, *snapshots, *programs, *keys;
    const char *const *wards;
    size_t nwards;
    const char *name, *cut; /* the snapshot's file name; its copy for the wards, still at home */
    const char *machine;    /* what the station is bound to; NULL = nothing yet */
    bool is_site;           /* the folder has a site.yaml */
};

/* Copies this program and the libraries it runs on into `dir`/program/HASH and lets the link `dir`/repli name it. */
REPLI_MUST_CHECK enum repli_status repli_push_program(struct pusher *p);
/* Removes programs that neither the new link nor the one before it named. */
REPLI_MUST_CHECK enum repli_status repli_push_old_programs(struct pusher *p);

#endif
