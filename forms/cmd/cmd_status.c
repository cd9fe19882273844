#include "cmd/cmd.h"

#include <jansson.h>
#include <string.h>

#include "cmd/volume.h"
#include "repli/backup.h"
#include "repli/file.h"
#include "repli/form.h"
#include "repli/inbox.h"
#include "repli/ledger_quality.h"
#include "repli/ledger_review.h"
#include "repli/ledger_scan.h"
#include "repli/merge.h"
#include "repli/outage.h"
#include "repli/outcome.h"
#include "repli/report.h"
#include "repli/record_identity.h"
#include "repli/scan.h"
#include "repli/id.h"
#include "repli/snapshot_gate.h"
#include "repli/snapshot_keep.h"

struct state {
    int64_t sheets[REPLI_LIFE_COUNT];
    struct repli_tier_count tiers[5];
    struct repli_hold_count *holds;
    struct repli_wait_count *images;
    struct repli_draft_form *forms;
    bool *draft; /* beside `forms`: printed without approval */
    struct repli_outage *outages;
    size_t nholds, nimages, nforms, noutages;
    int64_t callbacks;   /* fields that nobody can read */
    int64_t doubles;     /* doses from paper that another system sent as well */
    int64_t identity[3]; /* downtime numbers: open, proposed, resolved */
    struct repli_continued *continued;
    size_t ncontinued;
    int64_t packs_ready, packs_abandoned, packs_data_utc;
    int64_t data_utc; /* newest snapshot; 0 = none */
    struct repli_snapshot_info newest;
    struct repli_quarantined *refused; /* taken since then and not good enough */
    size_t nrefused;
    int64_t now_utc;
    enum volume_crypt crypt;
    int64_t backup_utc; /* 0 = none */
    const char *backup_dir;
    int64_t inbox, inbox_refused; /* files that wait; files that could not be read */
    int64_t snapshots, held;      /* files; of these named by paper that is still out */
    struct repli_push *pushes;    /* ward copies */
    size_t npushes;
    struct repli_pace pace;
};

static enum repli_status drafts(struct repli_cli *cli, struct state *st)
{
    st->draft = repli_arena_array(&cli->arena, st->nforms, sizeof *st->draft);
    for (size_t i = 0; i < st->nforms; i++)
        st->draft[i] =
            st->forms[i].sheets > 0 && !repli_form_frozen_approved(st->forms[i].frozen, strlen(st->forms[i].frozen));
    return REPLI_OK;
}

/* What keeps a site alive from day to day. */
static enum repli_status gather_duty(struct repli_cli *cli, struct state *st, const struct repli_snapshot_info *list,
                                     size_t nlist)
{
    struct repli_snapshot_use *uses = NULL;
    size_t nuses = 0;
    enum repli_status s =
        repli_ledger_backup_last(cli->ledger, &cli->arena, &st->backup_utc, &st->backup_dir, &cli->err);
    if (s == REPLI_OK)
        s = repli_inbox_count(cli->site, &st->inbox, &st->inbox_refused, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_pushes(cli->ledger, &cli->arena, &st->pushes, &st->npushes, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_snapshot_uses(cli->ledger, &cli->arena, &uses, &nuses, &cli->err);
    st->snapshots = (int64_t)nlist;
    for (size_t i = 0; s == REPLI_OK && i < nlist; i++) {
        const struct repli_snapshot_use *use = repli_snapshot_use_of(uses, nuses, list[i].id);
        st->held += use && use->open > 0;
    }
    return s;
}

/* A ward's own computer has no record; every other site without one has lost it. */
static enum repli_status open_all(struct repli_cli *cli)
{
    if (repli_cli_ledger(cli) != REPLI_OK)
        return cli->err.status;
    if (!repli_file_exists(cli->site->record) && cli->site->station != 0)
        return REPLI_OK;
    return repli_cli_record(cli) == REPLI_OK ? repli_merge_replay(cli->site, cli->ledger, cli->record, &cli->err)
                                             : cli->err.status;
}

static enum repli_status gather(struct repli_cli *cli, struct state *st)
{
    struct repli_snapshot_info *list = NULL;
    size_t nlist = 0;
    enum repli_status s = open_all(cli);
    if (s == REPLI_OK && cli->record)
        s = repli_merge_doubles(cli->record, &st->doubles, &cli->err);
    if (s == REPLI_OK && cli->record)
        s = repli_record_identity_counts(cli->record, st->identity, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_counts(cli->ledger, st->sheets, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_tier_counts(cli->ledger, st->tiers, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_callbacks(cli->ledger, &st->callbacks, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_hold_counts(cli->ledger, &cli->arena, &st->holds, &st->nholds, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_waiting_images(cli->ledger, &cli->arena, &st->images, &st->nimages, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_forms_used(cli->ledger, &cli->arena, &st->forms, &st->nforms, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_pack_counts(cli->ledger, &st->packs_ready, &st->packs_abandoned, &st->packs_data_utc,
                                     &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_continued(cli->ledger, &cli->arena, &st->continued, &st->ncontinued, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_outages(cli->ledger, &cli->arena, &st->outages, &st->noutages, &cli->err);
    if (s == REPLI_OK)
        s = repli_ledger_pace(cli->ledger, repli_clock_now(&cli->site->clock), &st->pace, &cli->err);
    if (s == REPLI_OK)
        s = repli_snapshot_list(cli->site, &cli->arena, &list, &nlist, &cli->err);
    if (s == REPLI_OK)
        s = drafts(cli, st);
    if (s == REPLI_OK)
        s = gather_duty(cli, st, list, nlist);
    if (s != REPLI_OK)
        return s;
    for (size_t i = 0; i < nlist && !st->data_utc; i++)
        if (!list[i].problem[0]) {
            st->newest = list[i];
            st->data_utc = list[i].taken_utc;
        }
    s = repli_snapshot_quarantined(cli->site, st->data_utc, &cli->arena, &st->refused, &st->nrefused, &cli->err);
    if (s != REPLI_OK)
        return s;
    st->now_utc = repli_clock_now(&cli->site->clock);
    st->crypt = volume_crypt_of(cli->site->dir);
    return REPLI_OK;
}

static bool image_waits(const struct repli_wait_count *image)
{
    enum repli_outcome outcome;
    return repli_outcome_parse(image->outcome, &outcome) && repli_outcome_waits(outcome);
}

/* ---- machine-readable */

json_t *repli_cli_pace_json(const struct repli_pace *pace)
{
    return json_pack("{s:f, s:I, s:I, s:o}", "per_hour", pace->per_hour, "hours", (json_int_t)pace->hours, "open",
                     (json_int_t)pace->open, "end_utc", pace->end_utc ? json_integer(pace->end_utc) : json_null());
}

/* The outages and drills that are open; null when there is none. */
static json_t *outages_json(const struct state *st)
{
    json_t *list = json_array();
    for (size_t i = 0; i < st->noutages; i++) {
        const struct repli_outage *o = &st->outages[i];
        json_t *wards = json_array();
        for (size_t w = 0; w < o->nwards; w++)
            json_array_append_new(wards, json_string(o->wards[w]));
        json_t *row = json_pack("{s:s, s:b, s:I, s:o}", "outage", o->id, "drill", o->drill, "from_utc",
                                (json_int_t)o->from_utc, "wards", wards);
        if (o->open)
            json_array_append(list, row);
        json_decref(row);
    }
    if (json_array_size(list) > 0)
        return list;
    json_decref(list);
    return json_null();
}

/* Snapshots that were refused since the newest good one. */
static json_t *refused_json(const struct state *st)
{
    json_t *list = json_array();
    for (size_t i = 0; i < st->nrefused; i++) {
        const struct repli_quarantined *q = &st->refused[i];
        char id[REPLI_SNAPSHOT_ID_TEXT];
        repli_snapshot_id_format(q->id, id);
        json_array_append_new(list, json_pack("{s:s, s:s, s:I, s:s}", "file", q->path, "id", id, "taken_utc",
                                              (json_int_t)q->taken_utc, "why", q->why));
    }
    return list;
}

static void add_duty(const struct state *st, json_t *o)
{
    json_t *pushed = json_array();
    for (size_t i = 0; i < st->npushes; i++)
        json_array_append_new(pushed, json_pack("{s:i, s:s, s:I, s:I}", "station", (int)st->pushes[i].station, "ward",
                                                st->pushes[i].ward, "data_utc", (json_int_t)st->pushes[i].data_utc,
                                                "pushed_utc", (json_int_t)st->pushes[i].pushed_utc));
    json_object_set_new(o, "backup",
                        st->backup_utc ? json_pack("{s:I, s:I, s:s?}", "utc", (json_int_t)st->backup_utc, "age_s",
                                                   (json_int_t)(st->now_utc - st->backup_utc), "dir", st->backup_dir)
                                       : json_null());
    json_object_set_new(
        o, "inbox",
        json_pack("{s:I, s:I}", "waiting", (json_int_t)st->inbox, "refused", (json_int_t)st->inbox_refused));
    json_object_set_new(o, "snapshots",
                        json_pack("{s:I, s:I}", "files", (json_int_t)st->snapshots, "held", (json_int_t)st->held));
    json_object_set_new(o, "pushed", pushed);
}

static void print_json(const struct state *st)
{
    json_t *sheets = json_object(), *fields = json_object(), *conflicts = json_object(), *images = json_object(),
           *forms = json_array();
    for (int i = 0; i < REPLI_LIFE_COUNT; i++)
        json_object_set_new(sheets, repli_life_text((enum repli_life)i), json_integer(st->sheets[i]));
    for (int t = 1; t <= 2; t++) {
        char tier[2] = {(char)('0' + t), 0};
        json_object_set_new(
            fields, tier,
            json_pack("{s:I, s:I}", "open", (json_int_t)st->tiers[t].open, "done", (json_int_t)st->tiers[t].done));
    }
    for (size_t i = 0; i < st->nholds; i++)
        json_object_set_new(conflicts, st->holds[i].kind, json_integer(st->holds[i].count));
    for (size_t i = 0; i < st->nimages; i++)
        json_object_set_new(images, st->images[i].outcome, json_integer(st->images[i].count));
    for (size_t i = 0; i < st->nforms; i++)
        if (st->draft[i])
            json_array_append_new(forms, json_pack("{s:s, s:i, s:s}", "form", st->forms[i].form_id, "version",
                                                   st->forms[i].version, "lang", st->forms[i].lang));
    json_t *o = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:{s:I, s:I}, s:o, s:o, s:o}", "sheets", sheets, "fields",
                          fields, "conflicts", conflicts, "outage", outages_json(st), "images", images, "drafts", forms,
                          "packs", "ready", (json_int_t)st->packs_ready, "abandoned", (json_int_t)st->packs_abandoned,
                          "data_utc", st->data_utc ? json_integer(st->data_utc) : json_null(), "age_s",
                          st->data_utc ? json_integer(st->now_utc - st->data_utc) : json_null(), "encrypted",
                          st->crypt == VOLUME_UNKNOWN ? json_null() : json_boolean(st->crypt == VOLUME_ENCRYPTED));
    json_object_set_new(o, "refused", refused_json(st));
    json_object_set_new(o, "callbacks", json_integer(st->callbacks));
    json_object_set_new(o, "doubles", json_integer(st->doubles));
    json_object_set_new(o, "identity",
                        json_pack("{s:I, s:I, s:I}", "open", (json_int_t)st->identity[0], "proposed",
                                  (json_int_t)st->identity[1], "resolved", (json_int_t)st->identity[2]));
    json_object_set_new(o, "unverified", json_boolean(st->newest.accepted_utc != 0));
    add_duty(st, o);
    json_t *continued = json_array();
    for (size_t i = 0; i < st->ncontinued; i++)
        json_array_append_new(
            continued, json_pack("{s:s, s:s}", "sheet", st->continued[i].sheet, "spare", st->continued[i].spare));
    json_object_set_new(o, "continued", continued);
    json_object_set_new(o, "review", repli_cli_pace_json(&st->pace));
    json_object_set_new(o, "sandbox", json_boolean(repli_scan_sandboxed()));
    repli_cli_json(o);
}

/* ---- for people: what there is, and what to do next */

static void print_refused(struct repli_cli *cli, const struct state *st)
{
    if (!st->nrefused)
        return;
    const struct repli_quarantined *q = &st->refused[0];
    char id[REPLI_SNAPSHOT_ID_TEXT];
    repli_snapshot_id_format(q->id, id);
    printf("REFUSED    %zu newer snapshot%s; the last, of %s: %s\n", st->nrefused, st->nrefused == 1 ? "" : "s",
           q->taken_utc ? repli_cli_time(cli, q->taken_utc) : "an unknown time", q->why);
    printf("           -> look at the record; if all is well: repli snapshot accept %s --by A --by B --reason TEXT\n",
           q->taken_utc ? id : "ID");
}

static void print_data(struct repli_cli *cli, const struct state *st)
{
    if (!st->data_utc) {
        puts("data       no snapshot yet                                  -> repli snapshot");
    } else {
        bool old = st->now_utc - st->data_utc > 26 * 3600;
        printf("data       snapshot of %s, %s old%s\n", repli_cli_time(cli, st->data_utc),
               repli_cli_age(cli, st->now_utc - st->data_utc),
               old ? "   -> repli snapshot (the nightly job may have stopped)" : "");
    }
    if (st->newest.accepted_utc)
        printf("           UNVERIFIED: accepted by %s: %s\n", st->newest.accepted_by, st->newest.accepted_why);
    print_refused(cli, st);
    printf("packs      %lld written", (long long)st->packs_ready);
    if (st->packs_data_utc)
        printf(", newest from data %s old", repli_cli_age(cli, st->now_utc - st->packs_data_utc));
    if (st->packs_abandoned)
        printf(", %lld cut short (their sheets are void)", (long long)st->packs_abandoned);
    putchar('\n');
}

static void print_outages(struct repli_cli *cli, const struct state *st)
{
    for (size_t i = 0; i < st->noutages; i++) {
        const struct repli_outage *o = &st->outages[i];
        if (!o->open)
            continue;
        printf("%-10s %s since %s (%s), ", o->drill ? "DRILL" : "OUTAGE", o->id, repli_cli_time(cli, o->from_utc),
               repli_cli_age(cli, st->now_utc - o->from_utc));
        for (size_t w = 0; w < o->nwards; w++)
            printf("%s%s", w ? ", " : "ward ", o->wards[w]);
        printf("%s   -> repli outage close %s\n", o->nwards ? "" : "the whole house", o->id);
    }
}

static void print_sheets(const struct state *st)
{
    static const struct {
        enum repli_life state;
        const char *next;
    } rows[] = {
        {REPLI_LIFE_PRINTED, "repli ledger --missing lists them; scan what comes back"},
        {REPLI_LIFE_SCANNED, "repli scan reads them"},
        {REPLI_LIFE_READ, "repli review: people key what is open"},
        {REPLI_LIFE_REVIEWED, "repli merge"},
        {REPLI_LIFE_MERGED, ""},
        {REPLI_LIFE_ALLOTTED, "a pack is being written"},
        {REPLI_LIFE_VOID, ""},
        {REPLI_LIFE_LOST, ""},
        {REPLI_LIFE_BLANK, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t n = st->sheets[rows[i].state];
        if (n)
            printf("%-10s %6lld %-9s %s%s\n", i == 0 ? "sheets" : "", (long long)n, repli_life_text(rows[i].state),
                   *rows[i].next ? "-> " : "", rows[i].next);
    }
}

/* What people do in an hour, and when all is done if they go on like that. */
static void print_pace(struct repli_cli *cli, const struct state *st)
{
    const struct repli_pace *p = &st->pace;
    if (p->fields)
        printf("pace       %.0f fields an hour in the last %lld hour%s of work", p->per_hour, (long long)p->hours,
               p->hours == 1 ? "" : "s");
    if (p->fields && p->end_utc)
        printf(": the %lld open ones take until %s without a pause", (long long)p->open,
               repli_cli_time(cli, p->end_utc));
    if (p->fields)
        putchar('\n');
}

static void print_waiting(const struct state *st)
{
    for (size_t i = 0; i < st->ncontinued; i++)
        printf("%-10s %s on spare no. %s\n", i == 0 ? "continued" : "", st->continued[i].sheet, st->continued[i].spare);
    for (int t = 1; t <= 2; t++)
        if (st->tiers[t].open + st->tiers[t].done)
            printf("%-10s %6lld open, %lld done %s%s\n", t == 1 ? "two keys" : "one key", (long long)st->tiers[t].open,
                   (long long)st->tiers[t].done, st->tiers[t].open ? "-> repli review export --by PERSON" : "", "");
    for (size_t i = 0; i < st->nholds; i++)
        printf("%-10s %6lld %-24s -> repli review show SHEET\n", i == 0 ? "held" : "", (long long)st->holds[i].count,
               st->holds[i].kind);
    if (st->callbacks)
        printf("call back  %6lld cannot be read                    -> repli review callbacks\n",
               (long long)st->callbacks);
    if (st->identity[0] + st->identity[1])
        printf("identity   %6lld downtime numbers open, %lld proposed        -> repli identity list\n",
               (long long)st->identity[0], (long long)st->identity[1]);
    if (st->doubles)
        printf(
            "twice      %6lld doses from paper that the record has again        -> repli merge --dry-run names them\n",
            (long long)st->doubles);
    for (size_t i = 0, shown = 0; i < st->nimages; i++)
        if (image_waits(&st->images[i]))
            printf("%-10s %6lld %-24s -> look at the paper\n", shown++ == 0 ? "images" : "",
                   (long long)st->images[i].count, st->images[i].outcome);
}

static void print_duty(struct repli_cli *cli, const struct state *st)
{
    if (st->snapshots)
        printf("snapshots  %lld kept, %lld of them held by paper that is still out\n", (long long)st->snapshots,
               (long long)st->held);
    for (size_t i = 0; i < st->npushes; i++) {
        int64_t age = st->now_utc - st->pushes[i].pushed_utc;
        printf("%-10s ward %s, station %u: pushed %s ago%s\n", i == 0 ? "pushed" : "", st->pushes[i].ward,
               st->pushes[i].station, repli_cli_age(cli, age), age > 26 * 3600 ? "   -> repli snapshot push DIR" : "");
    }
    if (st->inbox)
        printf("inbox      %lld file%s waiting   -> repli scan --watch (repli-inbox.service)\n", (long long)st->inbox,
               st->inbox == 1 ? "" : "s");
    if (st->inbox_refused)
        printf("%-10s %lld could not be read, in inbox/refused   -> look at them, scan the paper again\n",
               st->inbox ? "" : "inbox", (long long)st->inbox_refused);
    if (cli->site->station != 0)
        return; /* a ward's paper is kept by the centre */
    if (!st->backup_utc)
        puts("backup     none yet   -> repli backup DIR");
    else
        printf("backup     %s ago, %s%s\n", repli_cli_age(cli, st->now_utc - st->backup_utc),
               st->backup_dir ? st->backup_dir : "?",
               st->now_utc - st->backup_utc > 26 * 3600 ? "   -> repli backup DIR" : "");
}

static void print_site(const struct state *st)
{
    for (size_t i = 0; i < st->nforms; i++)
        if (st->draft[i])
            printf("draft      %s version %d (%s) is printed without approval: a clinician must sign it\n",
                   st->forms[i].form_id, st->forms[i].version, st->forms[i].lang);
    if (!repli_scan_sandboxed())
        puts("scanner    this kernel takes no system call filters (seccomp): foreign images are decoded under limits "
             "of\n"
             "           memory, time and files alone");
    if (st->crypt == VOLUME_PLAIN)
        puts("disk       NOT encrypted: the site folder holds patients' data and belongs on an encrypted volume");
    else
        printf("disk       %s\n",
               st->crypt == VOLUME_ENCRYPTED ? "encrypted" : "whether it is encrypted cannot be seen from here");
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words;
    size_t nwords;
    struct state st = {0};
    if (repli_cli_parse(cli, argc, argv, NULL, 0, &words, &nwords) != REPLI_OK)
        return repli_cli_fail(cli);
    if (nwords)
        return repli_cli_usage(cli, "'%s' is not an option of status", words[0]);
    if (gather(cli, &st) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json) {
        print_json(&st);
        return REPLI_OK;
    }
    printf("%s, station %u (%s)\n", cli->site->hospital, cli->site->station,
           cli->site->station_name ? cli->site->station_name : "no name");
    print_outages(cli, &st);
    print_data(cli, &st);
    print_sheets(&st);
    print_waiting(&st);
    print_pace(cli, &st);
    print_duty(cli, &st);
    print_site(&st);
    return REPLI_OK;
}

const struct repli_command repli_cmd_status = {
    .name = "status",
    .summary = "where everything stands, and what to do next",
    .help =
        "usage: repli status [--json]\n"
        "\n"
        "How old the data is, which snapshots are held, when wards were last brought their copies and when the last\n"
        "backup was made, what waits in the inbox; how many sheets are in which state, what people still have to key\n"
        "and when they are done at the pace of the last eight hours in which somebody worked, what is held and\n"
        "why, which images nobody could read, which forms are printed without approval, and whether the site folder\n"
        "lies on an encrypted volume.  Each line that waits for somebody says which command comes next.\n"
        "\n"
        "--json prints one object: "
        "{\"sheets\":{state:n},\"fields\":{tier:{\"open\",\"done\"}},\"conflicts\":{kind:n},\n"
        "\"outage\":[{\"outage\",\"drill\",\"from_utc\",\"wards\"}] or null,\"images\":{outcome:n},\"drafts\":[...],\n"
        "\"packs\":{...},\"data_utc\",\"age_s\",\"encrypted\",\n"
        "\"refused\":[{\"file\",\"id\",\"taken_utc\",\"why\"}],\"doubles\":n,\"identity\":{\"open\",\"proposed\","
        "\"resolved\"},\"unverified\",\n"
        "\"backup\":{\"utc\",\"age_s\",\"dir\"} or null,\"inbox\":{\"waiting\",\"refused\"},\n"
        "\"snapshots\":{\"files\",\"held\"},\"pushed\":[{\"station\",\"ward\",\"data_utc\",\"pushed_utc\"}],\n"
        "\"continued\":[{\"sheet\",\"spare\"}],\"sandbox\",\n"
        "\"review\":{\"per_hour\",\"hours\",\"open\",\"end_utc\"}}\n"
        "\n"
        "exit codes: 0 told, whatever there is to do · 5 a database cannot be read\n",
    .run = run,
};
