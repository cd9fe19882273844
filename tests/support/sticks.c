#include "support/sticks.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "repli/file.h"
#include "support/scratch.h"
#include "support/sitecopy.h"

extern const struct repli_command repli_cmd_demo, repli_cmd_snapshot, repli_cmd_print, repli_cmd_ledger,
    repli_cmd_outage, repli_cmd_person, repli_cmd_station;

/* Those that make a house and its sticks. */
const struct repli_command *const repli_commands[] = {
    &repli_cmd_demo,   &repli_cmd_snapshot, &repli_cmd_print,   &repli_cmd_ledger,
    &repli_cmd_outage, &repli_cmd_person,   &repli_cmd_station, NULL};

#define PAGES 26 /* of the short form for the invented ward */

/* Few fields, so that a history is short: times that two values share, a value in the row of its range, one of one key,
** ticks of one and of two people. */
static const char form[] =
    "form: round\n"
    "number: 510\n"
    "version: 1\n"
    "title: Round\n"
    "subject: patient\n"
    "window_hours: 24\n"
    "datasets: [patient, stay]\n"
    "body:\n"
    "  - title: Round\n"
    "  - chart: col\n"
    "    columns: 2\n"
    "    rows:\n"
    "      - {comb: day, label: \"Day ({month})\", cells: \"99\", hard: [1, 31], days: yes, role: day, tier: 1}\n"
    "      - {comb: at, label: Time, cells: \"99:99\", role: at, tier: 1}\n"
    "      - {initials: by, label: Initials, role: by}\n"
    "      - band: rr\n"
    "        label: Respiratory rate\n"
    "        unit: per minute\n"
    "        capture: {kind: observation, code: 9279-1, unit: /min}\n"
    "        soft: [5, 50]\n"
    "        hard: [0, 70]\n"
    "        rows:\n"
    "          - {range: [21, 70], score: 2}\n"
    "          - {range: [12, 20], score: 0}\n"
    "          - {range: [0, 11], score: 1}\n"
    "      - {comb: pain, label: Pain, cells: \"99\", hard: [0, 10],\n"
    "         capture: {kind: observation, code: 72514-3, unit: \"{score}\"}}\n"
    "  - side: new\n"
    "  - title: Round\n"
    "  - line: daily\n"
    "    items:\n"
    "      - {comb: day, label: Day, cells: \"99\", hard: [1, 31], days: yes, role: day, tier: 1}\n"
    "      - {comb: at, label: Time, cells: \"99:99\", role: at, tier: 1}\n"
    "      - {comb: weight, label: Weight, cells: \"999,9\", unit: kg, soft: [30, 200], hard: [0.3, 300],\n"
    "         capture: {kind: observation, code: 29463-7, unit: kg}}\n"
    "      - {initials: by, label: Initials, role: by}\n"
    "  - line: red\n"
    "    items:\n"
    "      - {text: Red skin, strong: yes}\n"
    "      - {tick: heel, label: heel, tier: 1}\n"
    "      - {tick: hip, label: hip}\n"
    "      - {zone: seen, label: seen, fill: yes}\n";

const char *sticks_path(const struct sticks *s, const char *name)
{
    static char room[2][1024];
    static int turn;
    turn = !turn;
    snprintf(room[turn], sizeof room[turn], "%s/%s", s->dir, name);
    return room[turn];
}

static void give_up(const struct sticks *s, const char *what)
{
    char line[512];
    FILE *said = fopen(sticks_path(s, "said"), "r");
    fprintf(stderr, "sticks: %s\n", what);
    while (said && fgets(line, sizeof line, said))
        fputs(line, stderr);
    if (said)
        (void)fclose(said);
    abort();
}

/* One command of the program on a site, in a process of its own. */
static void repli(const struct sticks *s, const char *site, const char *at, ...)
{
    const char *argv[24] = {"repli", "--site", sticks_path(s, site), "--at", at};
    int argc = 5, status = 0;
    va_list ap;
    va_start(ap, at);
    for (const char *word; argc < 23 && (word = va_arg(ap, const char *)) != NULL;)
        argv[argc++] = word;
    va_end(ap);
    (void)fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        int out = open(sticks_path(s, "said"), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (out < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
            _exit(99);
        int rc = repli_cli_main(argc, (char **)(uintptr_t)argv);
        (void)fflush(NULL);
        _exit(rc);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
        (WEXITSTATUS(status) != REPLI_OK && WEXITSTATUS(status) != REPLI_WAITS))
        give_up(s, argv[5]);
}

struct listing {
    struct sticks_sheet *out;
    size_t count, room;
};

static enum repli_status list(void *user, const struct repli_sheet_row *row, struct repli_err *err)
{
    struct listing *l = user;
    (void)err;
    if (l->count == l->room)
        return REPLI_BUG;
    struct sticks_sheet *to = &l->out[l->count++];
    to->serial = row->serial;
    to->fields = row->has_fields;
    snprintf(to->name, sizeof to->name, "%s", row->sheet);
    snprintf(to->patient, sizeof to->patient, "%s", row->patient ? row->patient : "");
    snprintf(to->code, sizeof to->code, "%s", row->code);
    return REPLI_OK;
}

static int by_serial(const void *a, const void *b)
{
    uint64_t x = ((const struct sticks_sheet *)a)->serial, y = ((const struct sticks_sheet *)b)->serial;
    return x < y ? -1 : x > y;
}

size_t sticks_sheets(const struct sticks *s, const char *site, const char *pack, struct sticks_sheet *out, size_t room)
{
    struct repli_ledger *ledger = NULL;
    struct repli_err err = {0};
    struct repli_arena a = {0};
    struct listing l = {out, 0, room};
    const struct repli_sheet_filter filter = {.pack_id = pack};
    const char *path = repli_arena_printf(&a, "%s/ledger.db", sticks_path(s, site));
    if (repli_ledger_open(path, false, 0, &ledger, &err) != REPLI_OK ||
        repli_ledger_sheets(ledger, &filter, list, &l, &err) != REPLI_OK)
        give_up(s, err.text);
    repli_ledger_close(ledger);
    repli_arena_done(&a);
    qsort(out, l.count, sizeof *out, by_serial); /* serials go up with the pages of a pack */
    return l.count;
}

/* ---- the sites */

static void write_form(const struct sticks *s, const char *site)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    const char *folder = repli_arena_printf(&a, "%s/templates", sticks_path(s, site));
    const char *forms = repli_arena_printf(&a, "%s/forms", folder);
    if (mkdir(folder, 0700) != 0 || mkdir(forms, 0700) != 0 ||
        repli_file_write(repli_arena_printf(&a, "%s/round.yaml", forms), form, strlen(form), 0600, &err) != REPLI_OK)
        give_up(s, err.status == REPLI_OK ? folder : err.text);
    repli_arena_done(&a);
}

static void make_house(const struct sticks *s, const char *site)
{
    static const char *const people[] = {"a", "b", "c", "d"};
    repli(s, site, STICKS_PRINT, "demo", "--beds", "14", NULL);
    write_form(s, site);
    for (size_t i = 0; i < sizeof people / sizeof *people; i++)
        repli(s, site, STICKS_PRINT, "person", "add", people[i], people[i], "clerk", NULL);
    repli(s, site, STICKS_PRINT, "snapshot", NULL);
}

static void print_round(const struct sticks *s, const char *site)
{
    repli(s, site, STICKS_PRINT, "print", "3B", "--form", "round", "--lang", "en", NULL);
}

static void print_centre(const struct sticks *s)
{
    struct sticks_sheet all[PAGES];
    repli(s, "start", STICKS_PRINT, "outage", "open", "--drill", "--ward", "3B", "--from", "2026-11-23T03:00", "--by",
          "a", NULL);
    print_round(s, "start");
    repli(s, "start", STICKS_PRINT, "outage", "close", "--until", "2026-11-23T03:30", "--by", "a", NULL);
    print_round(s, "start");
    size_t n = sticks_sheets(s, "start", STICKS_ROUND, all, PAGES);
    if (n != PAGES)
        give_up(s, "another number of sheets than the invented ward has patients");
    repli(s, "start", STICKS_PRINT, "print", "--patient", all[0].patient, "--form", "mar", "--lang", "en", NULL);
    repli(s, "start", STICKS_PRINT, "ledger", "void", all[n - 1].name, all[n - 2].name, "--reason", "coffee", "--by",
          "a", NULL);
}

static void carry(struct sticks *s, const char *site, int stick, int hour)
{
    struct repli_arena a = {0};
    struct repli_err err = {0};
    char *text = NULL, at[32];
    const char *to = repli_arena_printf(&a, "%s-%d", sticks_path(s, site), hour);
    snprintf(at, sizeof at, "2026-11-23T%02d:0%d", 5 + hour, stick);
    repli(s, site, at, "ledger", "export", "-o", to, NULL);
    if (repli_file_read(to, 64u << 20, &a, &text, &s->carried[stick][hour].len, &err) != REPLI_OK)
        give_up(s, err.text);
    s->carried[stick][hour].text = repli_xmalloc(s->carried[stick][hour].len);
    memcpy(s->carried[stick][hour].text, text, s->carried[stick][hour].len);
    repli_arena_done(&a);
}

void sticks_printed(const struct sticks *s, int stick, struct sticks_sheet out[STICKS_SHEETS])
{
    char site[24], pack[32];
    snprintf(site, sizeof site, "stick%d", stick + 1);
    for (int i = 0; i < STICKS_SHEETS / 2; i++) {
        snprintf(pack, sizeof pack, "P%d-%d", stick + 1, i + 1);
        if (sticks_sheets(s, site, pack, out + 2 * i, 2) != 2)
            give_up(s, "a stick prints another number of sheets for a patient");
    }
}

/* A pack a patient: those of one stick are not those of another, but for the last. */
static void print_ward(struct sticks *s, int stick)
{
    struct sticks_sheet house[PAGES], own[STICKS_SHEETS];
    char site[24], name[32];
    snprintf(site, sizeof site, "stick%d", stick + 1);
    snprintf(name, sizeof name, "stick %d", stick + 1);
    struct repli_arena a = {0};
    repli(s, "start", STICKS_PRINT, "snapshot", "push", repli_arena_strdup(&a, sticks_path(s, site)), "--ward", "3B",
          "--name", name, NULL);
    sitecopy_remove(repli_arena_printf(&a, "%s/program", sticks_path(s, site)));
    repli(s, site, STICKS_PRINT, "station", "renew", NULL);
    (void)sticks_sheets(s, "start", STICKS_ROUND, house, PAGES);
    for (int i = 0; i < STICKS_SHEETS / 2; i++)
        repli(s, site, STICKS_PRINT, "print", "--patient",
              house[i < STICKS_SHARE / 2 ? 2 * (stick * STICKS_SHARE / 2 + i) : PAGES - 1].patient, "--form", "round",
              "--lang", "en", NULL);
    repli(s, site, STICKS_PRINT, "person", "add", "s", "s", "nurse", NULL);
    sticks_printed(s, stick, own);
    repli(s, site, STICKS_PRINT, "ledger", "lost", own[STICKS_LOST_EARLY].name, "--reason", "not on the ward", "--by",
          "s", NULL);
    carry(s, site, stick, 0);
    repli(s, site, STICKS_PRINT, "ledger", "void", own[STICKS_AWAY_VOID].name, "--reason", "coffee", "--by", "s", NULL);
    carry(s, site, stick, 1);
    repli(s, site, STICKS_PRINT, "ledger", "lost", own[STICKS_LOST_LATE].name, own[STICKS_AWAY_LOST].name, "--reason",
          "not on the ward", "--by", "s", NULL);
    repli(s, site, STICKS_PRINT, "ledger", "void", own[STICKS_VOID_LATE].name, "--reason", "tea", "--by", "s", NULL);
    carry(s, site, stick, 2);
    repli_arena_done(&a);
}

void sticks_make(struct sticks *s)
{
    *s = (struct sticks){.dir = ""};
    snprintf(s->dir, sizeof s->dir, "%s/sticks-XXXXXX", scratch_root());
    if (!mkdtemp(s->dir)) {
        perror(s->dir);
        abort();
    }
    make_house(s, "start");
    print_centre(s);
    for (int k = 0; k < STICKS; k++)
        print_ward(s, k);
    make_house(s, "other");
    print_round(s, "other");
    struct repli_arena a = {0};
    sitecopy_remove(repli_arena_printf(&a, "%s/packs", sticks_path(s, "start"))); /* nobody reads them again */
    repli_arena_done(&a);
}

void sticks_drop(struct sticks *s)
{
    for (int k = 0; k < STICKS; k++)
        for (int h = 0; h < STICKS_HOURS; h++)
            free(s->carried[k][h].text);
    sitecopy_remove(s->dir);
    *s = (struct sticks){.dir = ""};
}
