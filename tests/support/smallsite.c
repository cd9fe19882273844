#include "support/smallsite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/record_import.h"
#include "repli/snapshot.h"

#define ADMITTED INT64_C(1795300000)

static void must(enum repli_status status, const struct repli_err *err)
{
    if (status != REPLI_OK)
        fail_msg("%d: %s", (int)status, err->text);
}

static void hash_of(const char *kind, const char *id, uint8_t hash[32])
{
    struct repli_hash h;
    repli_hash_init(&h);
    repli_hash_text(&h, kind);
    repli_hash_text(&h, id);
    repli_hash_final(&h, hash);
}

static void put_ward(struct smallsite *h, const char *code)
{
    struct repli_err err = {0};
    struct repli_arena a = {0};
    enum repli_put put;
    uint8_t hash[32];
    struct repli_rec_location ward = {.id = repli_arena_printf(&a, "loc-%s", code),
                                      .kind = "ward",
                                      .name = repli_arena_printf(&a, "Unité %s", code),
                                      .code = code,
                                      .active = true};
    hash_of("ward", ward.id, hash);
    must(repli_record_put_location(h->record, &ward, hash, &put, &err), &err);
    repli_arena_done(&a);
}

static void put_person(struct smallsite *h, const struct smallsite_person *p)
{
    static const int64_t admitted = ADMITTED;
    struct repli_err err = {0};
    struct repli_arena a = {0};
    enum repli_put put;
    uint8_t hash[32];
    struct repli_rec_identifier number = {"urn:test:number", p->number, "MR"};
    struct repli_rec_patient patient = {.id = repli_arena_printf(&a, "pat-%s", p->number),
                                        .identifiers = &number,
                                        .nidentifiers = 1,
                                        .family = p->family,
                                        .given = p->given,
                                        .birth_date = p->birth_date,
                                        .gender = "female",
                                        .active = true};
    hash_of("patient", patient.id, hash);
    must(repli_record_put_patient(h->record, h->site->keys, &patient, hash, &put, &err), &err);
    struct repli_rec_stop stop = {.location_id = repli_arena_printf(&a, "loc-%s", p->ward ? p->ward : ""),
                                  .start_utc = &admitted};
    struct repli_rec_encounter stay = {.id = repli_arena_printf(&a, "enc-%s", p->number),
                                       .patient_id = patient.id,
                                       .identifier_system = "urn:test:stay",
                                       .identifier_value = repli_arena_printf(&a, "S%s", p->number),
                                       .class_code = "IMP",
                                       .status = "in-progress",
                                       .start_utc = &admitted,
                                       .stops = &stop,
                                       .nstops = p->ward ? 1 : 0};
    hash_of("encounter", stay.id, hash);
    must(repli_record_put_encounter(h->record, h->site->keys, &stay, hash, &put, &err), &err);
    repli_arena_done(&a);
}

static void fill(struct smallsite *h, const struct smallsite_person *people, size_t count)
{
    struct repli_err err = {0};
    struct repli_import_counts counts;
    must(repli_record_import_begin(h->record, "test", repli_clock_now(&h->site->clock), &err), &err);
    for (size_t i = 0; i < count; i++) {
        bool known = people[i].ward == NULL;
        for (size_t k = 0; k < i && !known; k++)
            known = people[k].ward && strcmp(people[k].ward, people[i].ward) == 0;
        if (!known)
            put_ward(h, people[i].ward);
    }
    for (size_t i = 0; i < count; i++)
        put_person(h, &people[i]);
    must(repli_record_import_commit(h->record, &counts, &err), &err);
    assert_int_equal(counts.refused, 0);
}

static void open_all(struct smallsite *h, const char *at, bool create)
{
    struct repli_err err = {0};
    must(repli_site_open(h->dir, at, &h->site, &err), &err);
    int64_t now = repli_clock_now(&h->site->clock);
    must(repli_record_open(h->site->record, create, now, &h->record, &err), &err);
    must(repli_ledger_open(h->site->ledger, create, now, &h->ledger, &err), &err);
    must(repli_ledger_settle_packs(h->ledger, h->site->dir, now, &err), &err);
}

void smallsite_open(struct smallsite *h, const char *at, const struct smallsite_person *people, size_t count)
{
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    *h = (struct smallsite){0};
    (void)snprintf(h->dir, sizeof h->dir, "/tmp/repli-site-XXXXXX");
    if (!mkdtemp(h->dir))
        fail_msg("no folder in /tmp");
    must(repli_site_create(h->dir, "CHU des Essais", "Europe/Brussels", "fr", &err), &err);
    open_all(h, at, true);
    fill(h, people, count);
    must(repli_snapshot_take(h->site, h->record, NULL, &info, &err), &err);
}

void smallsite_pause(struct smallsite *h)
{
    repli_ledger_close(h->ledger);
    repli_record_close(h->record);
    repli_site_close(h->site);
    h->ledger = NULL;
    h->record = NULL;
    h->site = NULL;
}

void smallsite_reopen(struct smallsite *h, const char *at)
{
    smallsite_pause(h);
    open_all(h, at, false);
}

void smallsite_close(struct smallsite *h)
{
    smallsite_pause(h);
    pid_t pid = fork();
    if (pid == 0) {
        execlp("rm", "rm", "-rf", "--", h->dir, (char *)NULL);
        _exit(127);
    }
    if (pid > 0)
        (void)waitpid(pid, NULL, 0);
}
