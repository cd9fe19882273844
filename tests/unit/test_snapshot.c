/* Snapshots: who is in the house, what goes in, taking, checking, damage, crashes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "repli/file.h"
#include "repli/id.h"
#include "repli/snapshot.h"
#include "support/faultvfs.h"

#define T INT64_C(1795395600) /* 2026-11-23T01:00:00Z, 02:00 in Brussels */
#define HOUR 3600
#define DAY 86400
#define NAME "2026-11-23T010000Z.snapshot"

static char base_dir[256], dir[400];
static struct repli_site *site;

static void open_site(const char *at)
{
    struct repli_err err = {0};
    repli_site_close(site);
    site = NULL;
    if (repli_site_open(dir, at, &site, &err) != REPLI_OK)
        fail_msg("%s", err.text);
}

static int setup(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_record *record = NULL;
    const char *base = getenv("REPLI_TEST_OUT");
    snprintf(base_dir, sizeof base_dir, "%s/test-snapshot-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(base_dir))
        return -1;
    snprintf(dir, sizeof dir, "%s/site", base_dir);
    if (repli_site_create(dir, "CHU Essai", "Europe/Brussels", "fr", &err) != REPLI_OK)
        return -1;
    open_site("2026-11-23T02:00");
    if (repli_record_open(site->record, true, T, &record, &err) != REPLI_OK)
        return -1;
    repli_record_close(record);
    return 0;
}

static int run(const char *program, const char *a, const char *b, const char *c)
{
    int status = 0;
    pid_t pid = fork();
    if (pid == 0) {
        execlp(program, program, a, b, c, (char *)NULL);
        _exit(127);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    repli_site_close(site);
    site = NULL;
    return run("rm", "-rf", base_dir, NULL);
}

#define assert_ok(call) check((call), REPLI_OK, "", &err, __FILE__, __LINE__)
#define assert_refused(call, status, part) check((call), (status), (part), &err, __FILE__, __LINE__)
static void check(enum repli_status s, enum repli_status want, const char *part, struct repli_err *err, const char *file, int line)
{
    if (s != want || !strstr(err->text, part)) {
        print_error("%s:%d: status %d instead of %d, text '%s', expected '%s'\n", file, line, (int)s, (int)want, err->text, part);
        _fail(file, line);
    }
    repli_err_clear(err);
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

static void put(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_at(site->record, fmt, ap);
    va_end(ap);
}

static void edit(const char *path, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    put_at(path, fmt, ap);
    va_end(ap);
}

static void place(const char *id, const char *kind, const char *code, const char *part_of)
{
    put("INSERT INTO location(location_id, kind, name, code, part_of, source_hash) VALUES(%Q,%Q,'Name ' || %Q,%Q,%Q,x'00')", id, kind, code,
        code, part_of);
}

static void person(const char *id, int n, const char *family, const char *given)
{
    put("INSERT INTO patient(patient_id, identifier_system, identifier_value, subject_hash, family, given, birth_date, source_hash) "
        "VALUES(%Q,'urn:ipp',%d,CAST(printf('%%08d',%d) AS BLOB),%Q,%Q,'1950-01-01',x'00')",
        id, 1000 + n, n, family, given);
}

static void stay(const char *id, const char *patient, const char *part_of, const char *status, int64_t start, int64_t end)
{
    put("INSERT INTO encounter(encounter_id, patient_id, part_of, identifier_value, stay_hash, class, status, start_utc, end_utc, source_hash) "
        "VALUES(%Q,%Q,%Q,'N' || %Q,CAST(substr(%Q || '........',1,8) AS BLOB),'AMB',%Q,%lld,nullif(%lld,0),x'00')",
        id, patient, part_of, id, id, status, (long long)start, (long long)end);
}

static void stop(const char *encounter, int seq, const char *location, int64_t start, int64_t end)
{
    put("INSERT INTO encounter_location(encounter_id, seq, location_id, start_utc, end_utc) VALUES(%Q,%d,%Q,%lld,nullif(%lld,0))", encounter, seq,
        location, (long long)start, (long long)end);
}

/* A patient with one stay at one place since yesterday. */
static void lies(const char *id, int n, const char *family, const char *given, const char *location)
{
    char e[32];
    snprintf(e, sizeof e, "e-%s", id);
    person(id, n, family, given);
    stay(e, id, NULL, "in-progress", T - DAY, 0);
    if (location)
        stop(e, 1, location, T - DAY, 0);
}

static void small_house(void)
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

static enum repli_status take(const int64_t *as_of, struct repli_snapshot_info *info, struct repli_err *err)
{
    struct repli_record *record = NULL;
    enum repli_status s = repli_record_open(site->record, false, T, &record, err);
    if (s == REPLI_OK)
        s = repli_snapshot_take(site, record, as_of, info, err);
    repli_record_close(record);
    return s;
}

static struct repli_snapshot *taken(struct repli_snapshot_info *info)
{
    struct repli_err err = {0};
    struct repli_snapshot *snap = NULL;
    assert_ok(take(NULL, info, &err));
    assert_ok(repli_snapshot_open(info->path, &snap, &err));
    return snap;
}

/* "patient@ward:room:bed " for everybody, in order of printing. */
static char *whereabouts(struct repli_snapshot *snap)
{
    static const char *const names[] = {"census", NULL};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_buf b = {0};
    assert_ok(repli_snapshot_datasets(snap, names, NULL, NULL, &a, &sets, &err));
    for (size_t i = 0; i < sets.sets[0].nrows; i++) {
        const char *cells[4];
        static const char *const columns[] = {"patient_id", "ward", "room", "bed"};
        for (int c = 0; c < 4; c++) {
            cells[c] = repli_dataset_cell(&sets.sets[0], i, columns[c]);
            cells[c] = cells[c] ? cells[c] : "-";
        }
        repli_buf_printf(&b, "%s@%s:%s:%s ", cells[0], cells[1], cells[2], cells[3]);
    }
    repli_arena_done(&a);
    return b.data ? b.data : repli_xstrdup("");
}

/* ---- who is in the house */

/* An intensive-care episode inside a stay is one patient where the episode says; only running encounters of that instant
** count, whatever their class; a part whose parent is unknown or over is a stay by itself. */
static void who_is_in_the_house(void **state)
{
    (void)state;
    struct repli_snapshot_info info;
    place("w3", "ward", "3B", NULL);
    place("icu", "ward", "ICU", NULL);
    person("two", 1, "Deux", "Jean");
    stay("hosp", "two", NULL, "in-progress", T - 5 * DAY, 0);
    stop("hosp", 1, "w3", T - 5 * DAY, 0);
    stay("part", "two", "hosp", "in-progress", T - DAY, 0);
    stop("part", 1, "icu", T - DAY, 0);
    person("back", 2, "Retour", "Luc");
    stay("hosp2", "back", NULL, "in-progress", T - 5 * DAY, 0);
    stop("hosp2", 1, "w3", T - 5 * DAY, T - 2 * DAY);
    stop("hosp2", 2, "w3", T - HOUR, 0);
    stay("part2", "back", "hosp2", "in-progress", T - 2 * DAY, 0);
    stop("part2", 1, "icu", T - 2 * DAY, T - HOUR);
    lies("gone", 3, "Parti", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, status='finished' WHERE patient_id='gone'");
    lies("ended", 4, "Fini", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, end_utc=%lld WHERE patient_id='ended'", (long long)T);
    lies("later", 5, "Demain", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, start_utc=%lld WHERE patient_id='later'", (long long)T + 1);
    lies("planned", 6, "Prévu", "Eva", "w3");
    put("UPDATE encounter SET row_version=row_version+1, status='planned' WHERE patient_id='planned'");
    lies("orphan", 7, "Orphelin", "Ida", "w3");
    put("UPDATE encounter SET row_version=row_version+1, part_of='never-sent' WHERE patient_id='orphan'");
    person("left", 8, "Reste", "Ida");
    stay("over", "left", NULL, "finished", T - 5 * DAY, T - DAY);
    stay("still", "left", "over", "in-progress", T - 5 * DAY, 0);
    stop("still", 1, "icu", T - 5 * DAY, 0);
    person("loop", 9, "Boucle", "Ida");
    stay("l1", "loop", "l2", "in-progress", T - DAY, 0);
    stay("l2", "loop", "l1", "in-progress", T - DAY, 0);
    stop("l2", 1, "w3", T - DAY, 0);
    struct repli_snapshot *snap = taken(&info);
    char *got = whereabouts(snap);
    assert_string_equal(got, "loop@3B:-:- orphan@3B:-:- back@3B:-:- two@ICU:-:- left@ICU:-:- ");
    assert_int_equal(info.patients, 5);
    assert_int_equal(info.wards, 2);
    free(got);
    repli_snapshot_close(snap);
}

/* The newest open place with a ward decides; of equal starts bed before room before ward; beds and rooms know their ward;
** theatre moves nobody; who has no ward is counted and listed, last. */
static void where_they_lie(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_arena a = {0};
    struct repli_snap_ward *wards;
    size_t n;
    place("site", "site", "S", NULL);
    place("w3", "ward", "3B", "site");
    place("w10", "ward", "10A", NULL);
    place("closed", "ward", "9Z", NULL);
    place("empty", "ward", "2C", NULL);
    put("UPDATE location SET row_version=row_version+1, active=0 WHERE location_id IN('closed')");
    place("r1", "room", "R1", "w3");
    place("b1", "bed", "A", "r1");
    place("b2", "bed", "B", "r1");
    place("ot", "other", "OT", "site");
    lies("bed", 1, "Un", "A", "w3");
    stop("e-bed", 2, "b1", T - DAY, 0);
    stop("e-bed", 3, "r1", T - DAY, 0);
    lies("room", 2, "Deux", "B", "r1");
    lies("theatre", 3, "Trois", "C", "b2");
    stop("e-theatre", 2, "ot", T - HOUR, 0);
    lies("moved", 4, "Quatre", "D", "b1");
    stop("e-moved", 2, "w10", T - HOUR, 0);
    stop("e-moved", 3, "b2", T + HOUR, 0);
    lies("shut", 5, "Cinq", "E", "closed");
    lies("none", 6, "Six", "F", NULL);
    lies("only-ot", 7, "Sept", "G", "ot");
    struct repli_snapshot *snap = taken(&info);
    char *got = whereabouts(snap);
    assert_string_equal(got, "bed@3B:Name R1:Name A theatre@3B:Name R1:Name B room@3B:Name R1:- shut@9Z:-:- moved@10A:-:- only-ot@-:-:- none@-:-:- ");
    free(got);
    assert_int_equal(info.unplaced, 2);
    assert_ok(repli_snapshot_wards(snap, &a, &wards, &n, &err));
    assert_int_equal(n, 4);
    assert_string_equal(wards[0].id, "2C");
    assert_int_equal(wards[0].census, 0);
    assert_string_equal(wards[1].id, "3B");
    assert_int_equal(wards[1].census, 3);
    assert_int_equal(wards[1].beds, 2);
    assert_string_equal(wards[2].id, "9Z");
    assert_string_equal(wards[3].id, "10A");
    repli_arena_done(&a);
    repli_snapshot_close(snap);
}

/* Names that may be taken for each other are marked within a ward: equal, one letter apart, swapped; not numbers, not short
** ones, not in another ward. */
static void similar_names(void **state)
{
    (void)state;
    static const struct { const char *id, *family, *given, *ward, *marked; } people[] = {
        {"a", "Lefèvre", "Anne", "w3", "1"},      {"b", "LEFEVRE", "Paul", "w3", "1"},     {"c", "Dupont", "Luc", "w3", "1"},
        {"d", "Dupond", "Eva", "w3", "1"},        {"e", "Patient_100077", "X", "w3", "0"}, {"f", "Patient_100078", "X", "w3", "0"},
        {"g", "Roy", "Ida", "w3", "0"},           {"h", "Ray", "Ida", "w3", "0"},          {"i", "Nguyen", "Martin", "w3", "1"},
        {"j", "Martin", "Nguyen", "w3", "1"},     {"k", "Janssens", "Els", "w3", "0"},     {"l", "Janssens", "Els", "w4", "0"},
        {"m", "Peetres", "Jo", "w4", "1"},        {"n", "Peeters", "Jo", "w4", "1"},       {"o", "Claes", "Jo", "w4", "0"}};
    static const char *const names[] = {"patient", NULL};
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_arena a = {0};
    struct repli_datasets sets;
    place("w3", "ward", "3B", NULL);
    place("w4", "ward", "4A", NULL);
    for (int i = 0; i < (int)(sizeof people / sizeof *people); i++)
        lies(people[i].id, i + 1, people[i].family, people[i].given, people[i].ward);
    struct repli_snapshot *snap = taken(&info);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        assert_ok(repli_snapshot_datasets(snap, names, people[i].id, NULL, &a, &sets, &err));
        assert_int_equal(sets.sets[0].nrows, 1);
        const char *homonym = repli_dataset_cell(&sets.sets[0], 0, "homonym");
        if (strcmp(homonym, people[i].marked) != 0)
            fail_msg("%s %s: homonym %s", people[i].family, people[i].given, homonym);
    }
    repli_arena_done(&a);
    repli_snapshot_close(snap);
}

/* ---- what goes in */

static void observe(const char *id, const char *code, const char *category, int64_t at, const char *value, const char *status)
{
    put("INSERT INTO observation(observation_id, patient_id, code_system, code, category, effective_utc, value, value_kind, unit, status, "
        "source_hash) VALUES(%Q,'anna','http://loinc.org',%Q,%Q,%lld,%Q,%Q,'u',%Q,x'00')",
        id, code, category, (long long)at, value, value ? "quantity" : "absent", status);
}

static void assert_cells(struct repli_snapshot *snap, const char *set, const char *patient, const char *ward, const char *c1, const char *c2,
                         const char *want)
{
    const char *names[] = {set, NULL};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_buf b = {0};
    repli_buf_puts(&b, "");
    assert_ok(repli_snapshot_datasets(snap, names, patient, ward, &a, &sets, &err));
    for (size_t i = 0; i < sets.sets[0].nrows; i++) {
        const char *x = repli_dataset_cell(&sets.sets[0], i, c1), *y = repli_dataset_cell(&sets.sets[0], i, c2);
        repli_buf_printf(&b, "%s=%s ", x ? x : "-", y ? y : "-");
    }
    assert_string_equal(b.data ? b.data : "", want);
    repli_buf_done(&b);
    repli_arena_done(&a);
}

/* The newest value of each code, of the last days only, never one that was withdrawn or is from the future. */
static void last_observations(void **state)
{
    (void)state;
    struct repli_snapshot_info info;
    small_house();
    observe("o1", "8867-4", "vital-signs", T - 2 * HOUR, "70", "final");
    observe("o2", "8867-4", "vital-signs", T - HOUR, "80", "amended");
    observe("o3", "8867-4", "vital-signs", T - 60, "999", "entered-in-error");
    observe("o4", "8867-4", "vital-signs", T + 60, "998", "final");
    observe("o5", "9279-1", NULL, T - HOUR, "18", "final");
    observe("o6", "8310-5", "vital-signs", T - 8 * DAY, "39.0", "final");
    observe("o7", "2823-3", "laboratory", T - DAY, "4.1", "final");
    observe("o8", "9999-9", "laboratory", T - DAY, "5", "final");
    observe("o9", "29463-7", "vital-signs", T - 30 * DAY, "71.5", "final");
    observe("oa", "8478-0", "vital-signs", T - DAY, "90", "final");
    observe("ob", "8462-4", "vital-signs", T - DAY, NULL, "final");
    struct repli_snapshot *snap = taken(&info);
    assert_cells(snap, "last_observations", "anna", NULL, "code", "value", "9279-1=18 8867-4=80 2823-3=4.1 29463-7=71.5 8478-0=90 ");
    assert_cells(snap, "last_observations", "zoe", NULL, "code", "value", "");
    repli_snapshot_close(snap);
}

/* Allergies of all three kinds, dangerous first; orders that run or will run; nothing that was refuted or is over. */
static void allergies_and_orders(void **state)
{
    (void)state;
    struct repli_snapshot_info info;
    small_house();
    put("INSERT INTO allergy(allergy_id, patient_id, kind, substance, certainty, status, source_hash) VALUES"
        "('a4','anna','substance','refuted','refuted','active',x'00'),('a5','anna','substance','over',NULL,'resolved',x'00')");
    put("INSERT INTO medication(medication_id, name, source_hash) VALUES('m1','amoxicilline',x'00')");
    put("INSERT INTO medication_request(request_id, patient_id, status, intent, medication_id, medication, dose, as_needed, end_utc, source_hash) "
        "VALUES('r1','anna','active','order','m1',NULL,'500',0,NULL,x'00'),('r2','anna','active','order',NULL,'paracétamol','1000',1,NULL,x'00'),"
        "('r3','anna','stopped','order',NULL,'stopped','1',0,NULL,x'00'),('r4','anna','active','order',NULL,'ended','1',0,%lld,x'00'),"
        "('r5','anna','on-hold','order','gone',NULL,'1',0,NULL,x'00'),('r6','anna','active','proposal',NULL,'idea','1',0,NULL,x'00')",
        (long long)T);
    struct repli_snapshot *snap = taken(&info);
    assert_cells(snap, "allergies", "anna", NULL, "substance", "criticality", "pénicilline=high latex=low ");
    assert_cells(snap, "allergies", "zoe", NULL, "kind", "substance", "none-known=- ");
    assert_cells(snap, "orders", "anna", NULL, "medication", "dose", "-=1 amoxicilline=500 paracétamol=1000 ");
    repli_snapshot_close(snap);
}

/* Datasets of a patient, a ward, the house; the ward's own row comes with each of its patients; unknown ones are refused. */
static void datasets_by_patient_and_ward(void **state)
{
    (void)state;
    static const char *const unknown[] = {"patient", "nonsense", NULL}, *const wicked[] = {"patient WHERE 0 --", NULL};
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_snap_patient *people;
    size_t n;
    small_house();
    lies("none", 3, NULL, NULL, NULL);
    put("UPDATE patient SET row_version=row_version+1, name_text='X inconnu' WHERE patient_id='none'");
    struct repli_snapshot *snap = taken(&info);
    assert_cells(snap, "stay", NULL, "3B", "bed", "ward_name", "Name 2=Name 3B Name 10=Name 3B ");
    assert_cells(snap, "ward", "anna", NULL, "ward", "census", "3B=2 ");
    assert_cells(snap, "ward", "none", NULL, "ward", "census", "");
    assert_cells(snap, "patient", NULL, NULL, "patient_id", "identifier", "zoe=1002 anna=1001 none=1003 ");
    assert_refused(repli_snapshot_datasets(snap, unknown, NULL, NULL, &a, &sets, &err), REPLI_DATA, "no dataset 'nonsense'");
    assert_refused(repli_snapshot_datasets(snap, wicked, NULL, NULL, &a, &sets, &err), REPLI_DATA, "no dataset");
    assert_ok(repli_snapshot_patients(snap, NULL, NULL, &a, &people, &n, &err));
    assert_int_equal(n, 3);
    assert_string_equal(people[0].name, "ÜNAL, Zoé");
    assert_string_equal(people[1].name, "VAN DEN BERGHE-DE SMEDT, Maria");
    assert_string_equal(people[2].name, "X inconnu");
    assert_memory_equal(people[1].subject, "00000001", 8);
    assert_ok(repli_snapshot_patients(snap, NULL, "1002", &a, &people, &n, &err));
    assert_int_equal(n, 1);
    assert_string_equal(people[0].stay_number, "Ne-zoe");
    assert_ok(repli_snapshot_patients(snap, "9Z", NULL, &a, &people, &n, &err));
    assert_int_equal(n, 0);
    repli_arena_done(&a);
    repli_snapshot_close(snap);
}

/* ---- taking */

static char *slurp(const char *path, size_t *len)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *data = NULL;
    assert_ok(repli_file_read(path, 64u << 20, &a, &data, len, &err));
    char *copy = repli_xmalloc(*len + 1);
    memcpy(copy, data, *len + 1);
    repli_arena_done(&a);
    return copy;
}

/* Two copies of one site take equal bytes under the same name; the id is time and content; the file is private. */
static void deterministic(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, second;
    char copy[320], path[512];
    size_t n1, n2;
    small_house();
    snprintf(copy, sizeof copy, "%s/copy", base_dir);
    assert_int_equal(run("cp", "-a", dir, copy), 0);
    assert_ok(take(NULL, &info, &err));
    assert_string_equal(strrchr(info.path, '/') + 1, NAME);
    assert_int_equal(repli_snapshot_id_utc(info.id), T);
    assert_memory_equal(info.id + 4, info.content, 2);
    snprintf(path, sizeof path, "%s", info.path);
    snprintf(dir, sizeof dir, "%s", copy);
    open_site("2026-11-23T02:00");
    assert_ok(take(NULL, &second, &err));
    char *a = slurp(path, &n1), *b = slurp(second.path, &n2);
    assert_int_equal(n1, n2);
    assert_memory_equal(a, b, n1);
    free(a);
    free(b);
    assert_int_equal(access(path, R_OK), 0);
}

/* The same second again: equal data changes nothing, other data is refused, a damaged file is set aside and replaced. */
static void the_same_second_twice(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, again;
    char away[512];
    small_house();
    assert_ok(take(NULL, &info, &err));
    assert_ok(take(NULL, &again, &err));
    assert_memory_equal(info.id, again.id, 6);
    lies("new", 3, "Nieuw", "Jan", "w3");
    assert_refused(take(NULL, &again, &err), REPLI_DATA, "a second later");
    assert_ok(repli_snapshot_verify(info.path, true, &again, &err));
    assert_memory_equal(info.id, again.id, 6);
    assert_int_equal(truncate(info.path, 5000), 0);
    assert_ok(take(NULL, &again, &err));
    assert_int_equal(again.patients, 3);
    snprintf(away, sizeof away, "%s/quarantine/%s.why", site->snapshots, NAME);
    assert_true(repli_file_exists(away));
}

/* A clock behind the newest snapshot is refused by name; an instant asked for by name is not; lists are newest first. */
static void clocks_and_lists(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, *list;
    struct repli_arena a = {0};
    struct repli_snapshot *snap = NULL;
    size_t n;
    int64_t earlier = T - DAY + 1;
    assert_refused(repli_snapshot_newest(site, T, &snap, &err), REPLI_DATA, "no snapshot: run `repli snapshot`");
    small_house();
    assert_ok(take(NULL, &info, &err));
    open_site("2026-11-23T01:59");
    assert_refused(take(NULL, &info, &err), REPLI_DATA, "the clock says 2026-11-23T005900Z, but " NAME);
    assert_refused(repli_snapshot_newest(site, T - 60, &snap, &err), REPLI_DATA, "only later ones");
    assert_ok(take(&earlier, &info, &err));
    open_site("2026-11-23T02:30");
    assert_ok(take(NULL, &info, &err));
    assert_ok(repli_snapshot_list(site, &a, &list, &n, &err));
    assert_int_equal(n, 3);
    assert_int_equal(list[0].taken_utc, T + 1800);
    assert_int_equal(list[2].taken_utc, earlier);
    assert_int_equal(truncate(list[0].path, 6000), 0);
    assert_ok(repli_snapshot_newest(site, T + DAY, &snap, &err));
    assert_int_equal(repli_snapshot_info(snap)->taken_utc, T);
    assert_int_equal(repli_snapshot_info(snap)->passed_over, 1);
    repli_snapshot_close(snap);
    assert_ok(repli_snapshot_list(site, &a, &list, &n, &err));
    assert_true(list[0].problem[0] != 0 && list[1].problem[0] == 0);
    repli_arena_done(&a);
}

/* A candidate that fails its check lies in quarantine with its reason, the last good one stays, and a person is called. */
static void bad_candidates_are_set_aside(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info, none = {0};
    struct repli_snapshot *snap = NULL;
    char path[512];
    size_t n;
    small_house();
    assert_ok(take(NULL, &info, &err));
    open_site("2026-11-23T02:15");
    put("DELETE FROM patient WHERE patient_id='zoe'");
    assert_refused(take(NULL, &none, &err), REPLI_WAITS, "lies in");
    snprintf(path, sizeof path, "%s/quarantine/2026-11-23T011500Z.snapshot.why", site->snapshots);
    char *why = slurp(path, &n);
    assert_non_null(strstr(why, "patient"));
    free(why);
    open_site("2026-11-23T02:16");
    put("UPDATE encounter SET row_version=row_version+1, status='finished'");
    assert_refused(take(NULL, &none, &err), REPLI_WAITS, "nobody is in the house, 2 were");
    assert_ok(repli_snapshot_newest(site, T + DAY, &snap, &err));
    assert_int_equal(repli_snapshot_info(snap)->taken_utc, T);
    repli_snapshot_close(snap);
    assert_int_equal(none.patients, 0);
}

/* Only one takes at a time; the lock ends with the process that had it. */
static void one_at_a_time(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    int ready[2], release[2];
    char byte = 0;
    small_house();
    assert_int_equal(pipe(ready) | pipe(release), 0);
    pid_t pid = fork();
    if (pid == 0) {
        char script[700];
        snprintf(script, sizeof script, "exec 9>'%s/taking.lock'; flock 9; echo >&%d; read x <&%d; kill -9 $$", site->snapshots, ready[1], release[0]);
        close(release[1]);
        execl("/bin/bash", "bash", "-c", script, (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_refused(take(NULL, &info, &err), REPLI_IO, "being taken right now");
    close(release[1]);
    waitpid(pid, NULL, 0);
    assert_ok(take(NULL, &info, &err));
    close(ready[0]);
    close(release[0]);
}

static int take_in_child(void *user)
{
    (void)user;
    struct repli_snapshot_info info;
    return take(NULL, &info, NULL) == REPLI_OK ? 0 : 2;
}

/* Killed, or the disk fails or is full, at any write of a take: the old one, or the old and the new one, both good; the next
** take works and leaves no rubbish. */
static void a_take_stopped_anywhere(void **state)
{
    (void)state;
    static const enum faultvfs_mode modes[] = {FAULTVFS_KILL, FAULTVFS_HALF, FAULTVFS_EIO_ONCE, FAULTVFS_FULL_ALWAYS};
    struct repli_err err = {0};
    struct repli_snapshot_info info, *list;
    struct repli_snapshot *snap = NULL;
    int stopped = 0, old_ones = 0;
    size_t n;
    small_house();
    assert_ok(take(NULL, &info, &err));
    open_site("2026-11-23T02:15");
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        for (int64_t at = 1;; at++) {
            struct faultvfs_result r;
            struct repli_arena a = {0};
            assert_true(faultvfs_run(modes[m], at, take_in_child, NULL, &r));
            assert_int_not_equal(r.rc, -1);
            assert_ok(repli_snapshot_newest(site, T + DAY, &snap, &err));
            bool fresh = repli_snapshot_info(snap)->taken_utc == T + 900;
            assert_true(fresh || (r.rc != 0 && repli_snapshot_info(snap)->taken_utc == T)); /* killed after the rename: new */
            old_ones += !fresh;
            assert_int_equal(repli_snapshot_info(snap)->passed_over, 0);
            repli_snapshot_close(snap);
            assert_ok(repli_snapshot_list(site, &a, &list, &n, &err));
            assert_int_equal(n, fresh ? 2 : 1);
            for (size_t i = 0; i < n; i++)
                assert_ok(repli_snapshot_verify(list[i].path, true, &info, &err));
            if (fresh)
                unlink(list[0].path);
            repli_arena_done(&a);
            if (!r.fired)
                break;
            stopped++;
        }
    assert_true(stopped > 20 && old_ones > 20);
    assert_ok(take(NULL, &info, &err));
    struct repli_arena a = {0};
    char **names;
    assert_ok(repli_dir_list(site->snapshots, &a, &names, &n, &err));
    for (size_t i = 0; i < n; i++)
        assert_null(strstr(names[i], ".tmp"));
    repli_arena_done(&a);
}

/* ---- damage */

static void refused_after(const char *good, const char *what, const char *sql, const char *part)
{
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    char path[600];
    snprintf(path, sizeof path, "%s/%s", base_dir, NAME);
    assert_int_equal(run("cp", "-f", good, path), 0);
    edit(path, "%s", sql);
    enum repli_status s = repli_snapshot_verify(path, true, &info, &err);
    if (s != REPLI_DATA || !strstr(err.text, part))
        fail_msg("%s: status %d, '%s' without '%s'", what, (int)s, err.text, part);
}

/* Whatever somebody changes in a file with SQLite itself, a value, a row, a view, the seal, is found. */
static void edits_are_found(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    struct repli_snapshot *snap = NULL;
    char other[600];
    small_house();
    assert_ok(take(NULL, &info, &err));
    const char *good = info.path;
    refused_after(good, "a value", "UPDATE allergy SET substance='none' WHERE allergy_id='a2'", "does not match its hash");
    refused_after(good, "a type", "UPDATE meta SET value='+' || value WHERE key='site_tag'", "does not match its hash");
    refused_after(good, "a row", "DELETE FROM allergy WHERE allergy_id='a2'", "allergy holds 2 rows, the record had 3");
    refused_after(good, "a row and its count",
                  "DELETE FROM allergy WHERE allergy_id='a2'; UPDATE meta SET value=2 WHERE key='count.allergy'", "does not match its hash");
    refused_after(good, "a view", "DROP VIEW ds_stay; CREATE VIEW ds_stay AS SELECT 'x' AS patient_id, 'y' AS ward, 1 AS ord", "does not match its hash");
    refused_after(good, "a parent", "DELETE FROM patient WHERE patient_id='zoe'", "that is not there");
    refused_after(good, "the seal", "DELETE FROM seal", "no seal");
    refused_after(good, "the id", "UPDATE seal SET id=x'000000000000'", "id does not belong");
    refused_after(good, "the time", "UPDATE meta SET value=value+60 WHERE key='taken_utc'", "id does not belong");
    refused_after(good, "the kind", "PRAGMA application_id=5", "is not a snapshot");
    refused_after(good, "a later version", "PRAGMA user_version=2", "newer repli");
    snprintf(other, sizeof other, "%s/2026-11-23T010001Z.snapshot", base_dir);
    assert_int_equal(run("cp", "-f", good, other), 0);
    assert_refused(repli_snapshot_verify(other, true, &info, &err), REPLI_DATA, "renamed");
    assert_refused(repli_snapshot_open("/nonexistent.snapshot", &snap, &err), REPLI_IO, "No such file");
    assert_int_equal(truncate(other, 0), 0);
    assert_refused(repli_snapshot_open(other, &snap, &err), REPLI_DATA, "is empty");
}

static void house_digest(struct repli_snapshot *snap, uint8_t out[32])
{
    static const char *const names[] = {"patient", "stay", "allergies", "orders", "last_observations", "ward", "census", NULL};
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct repli_datasets sets;
    struct repli_hash h;
    repli_hash_init(&h);
    assert_ok(repli_snapshot_datasets(snap, names, NULL, NULL, &a, &sets, &err));
    for (size_t s = 0; s < sets.count; s++)
        for (size_t i = 0; i < sets.sets[s].nrows * sets.sets[s].ncolumns; i++)
            repli_hash_text(&h, sets.sets[s].cells[i]);
    repli_hash_final(&h, out);
    repli_arena_done(&a);
}

/* One byte changed anywhere, or the end cut off: refused, or (an unused byte) every dataset is still the same. */
static void any_flipped_byte(void **state)
{
    (void)state;
    struct repli_err err = {0};
    struct repli_snapshot_info info;
    uint8_t good[32], now[32];
    char path[600];
    size_t len;
    int refused = 0, same = 0;
    small_house();
    struct repli_snapshot *snap = taken(&info);
    house_digest(snap, good);
    repli_snapshot_close(snap);
    char *data = slurp(info.path, &len);
    snprintf(path, sizeof path, "%s/damaged.snapshot", base_dir);
    for (size_t at = 0; at < len; at += at < 200 ? 1 : 61) {
        data[at] = (char)(data[at] ^ 0x15);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(data, 1, len, f), len);
        assert_int_equal(fclose(f), 0);
        data[at] = (char)(data[at] ^ 0x15);
        snap = NULL;
        if (repli_snapshot_open(path, &snap, &err) != REPLI_OK) {
            refused++;
            repli_err_clear(&err);
            continue;
        }
        house_digest(snap, now);
        assert_memory_equal(now, good, 32);
        repli_snapshot_close(snap);
        same++;
    }
    for (size_t cut = 0; cut < len; cut += 3001) {
        assert_ok(repli_file_write(path, data, cut, 0600, &err));
        assert_int_equal(repli_snapshot_open(path, &snap, &err), REPLI_DATA);
        repli_err_clear(&err);
    }
    free(data);
    assert_true(refused > 200 && same > 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(who_is_in_the_house), TEST(where_they_lie), TEST(similar_names), TEST(last_observations), TEST(allergies_and_orders),
        TEST(datasets_by_patient_and_ward), TEST(deterministic), TEST(the_same_second_twice), TEST(clocks_and_lists),
        TEST(bad_candidates_are_set_aside), TEST(one_at_a_time), TEST(a_take_stopped_anywhere), TEST(edits_are_found), TEST(any_flipped_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
