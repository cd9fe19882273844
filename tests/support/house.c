#include "support/house.h"
#include "support/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>
#include <sqlite3.h>

struct house_site the;

void open_site(const char *at)
{
    struct repli_err err = {0};
    repli_site_close(the.site);
    the.site = NULL;
    if (repli_site_open(the.dir, at, &the.site, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

int house_setup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_record *record = NULL;
    snprintf(the.base, sizeof the.base, "%s/test-snapshot-XXXXXX", scratch_root());
    if (!mkdtemp(the.base))
        return -1;
    snprintf(the.dir, sizeof the.dir, "%s/site", the.base);
    if (repli_site_create(the.dir, "CHU Essai", "Europe/Brussels", "fr", &err) != REPLI_OK)
        return -1;
    open_site("2026-11-23T02:00");
    if (repli_record_open(the.site->record, true, T, &record, &err) != REPLI_OK)
        return -1;
    repli_record_close(record);
    return 0;
}

int run(const char *program, const char *a, const char *b, const char *c)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execlp(program, program, a, b, c, (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

int house_teardown(void **state)
{
    (void)state;
    repli_site_close(the.site);
    the.site = NULL;
    return run("rm", "-rf", the.base, NULL);
}

/* ---- an invented house, written straight into the record */

static void put_at(const char *path, const char *fmt, va_list ap)
{
    sqlite3 *db = NULL;
    char *text = sqlite3_vmprintf(fmt, ap);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK) /* foreign keys are off: a bad record is possible */
        fail_msg("%s: %s", text, sqlite3_errmsg(db));
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    sqlite3_free(text);
}

void put(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_at(the.site->record, fmt, ap);
    va_end(ap);
}

void edit(const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_at(path, fmt, ap);
    va_end(ap);
}

void place(const char *id, const char *kind, const char *code, const char *part_of)
{
    put("INSERT INTO location(location_id, kind, name, code, part_of, source_hash) VALUES(%Q,%Q,'Name ' || "
        "%Q,%Q,%Q,x'00')",
        id, kind, code, code, part_of);
}

void person(const char *id, int n, const char *family, const char *given)
{
    put("INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, family, given, birth_date, "
        "source_hash) "
        "VALUES(%Q,'urn:ipp',%d,CAST(printf('%%08d',%d) AS BLOB),%Q,%Q,'1950-01-01',x'00')",
        id, 1000 + n, n, family, given);
}

void stay(const char *id, const char *patient, const char *part_of, const char *status, int64_t start, int64_t end)
{
    put("INSERT INTO encounter(encounter_id, patient_id, part_of, identifier_value, stay_hash, class, status, "
        "start_utc, end_utc, source_hash) "
        "VALUES(%Q,%Q,%Q,'N' || %Q,CAST(substr(%Q || '........',1,8) AS BLOB),'AMB',%Q,%lld,nullif(%lld,0),x'00')",
        id, patient, part_of, id, id, status, (long long)start, (long long)end);
}

void stop(const char *encounter, int seq, const char *location, int64_t start, int64_t end)
{
    put("INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc, end_utc) "
        "VALUES(%Q,%d,%Q,%lld,nullif(%lld,0))",
        encounter, seq, location, (long long)start, (long long)end);
}

/* A patient with one stay at one place since yesterday. */
void lies(const char *id, int n, const char *family, const char *given, const char *location)
{
    char e[32];
    snprintf(e, sizeof e, "e-%s", id);
    person(id, n, family, given);
    stay(e, id, NULL, "in-progress", T - DAY, 0);
    if (location)
        stop(e, 1, location, T - DAY, 0);
}

void small_house(void)
{
    place("w3", "ward", "3B", NULL);
    place("r1", "room", "R1", "w3");
    place("b2", "bed", "2", "r1");
    place("b10", "bed", "10", "r1");
    lies("anna", 1, "Van den Berghe-De Smedt", "Maria", "b10");
    lies("zoe", 2, "Ünal", "Zoé", "b2");
    put("INSERT INTO allergy(allergy_id, patient_id, kind, substance, criticality, source_hash) VALUES"
        "('a1','anna','substance','latex','low',x'00'),('a2','anna','substance','pénicilline','high',x'00'),"
        "('a3','zoe','none-known',NULL,NULL,x'00')");
}

enum repli_status take(const int64_t *as_of, struct repli_snapshot_info *info, struct repli_err *err)
{
    struct repli_record *record = NULL;
    enum repli_status s = repli_record_open(the.site->record, false, T, &record, err);
    if (s == REPLI_OK)
        s = repli_snapshot_take(the.site, record, as_of, info, err);
    repli_record_close(record);
    return s;
}

struct repli_snapshot *taken(struct repli_snapshot_info *info)
{
    struct repli_err err = {0};
    struct repli_snapshot *snap = NULL;
    assert_ok(take(NULL, info, &err));
    assert_ok(repli_snapshot_open(info->path, &snap, &err));
    return snap;
}
