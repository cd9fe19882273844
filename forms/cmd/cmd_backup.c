#include "cmd/cmd.h"

#include <jansson.h>

#include "repli/backup.h"

static void print_json(const struct repli_backup *b, bool checked)
{
    json_t *o =
        json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "dir", b->dir, "made_utc", (json_int_t)b->made_utc,
                  "files", (json_int_t)b->files, "bytes", (json_int_t)b->bytes, "patients", (json_int_t)b->patients,
                  "sheets", (json_int_t)b->sheets, "snapshots", (json_int_t)b->snapshots, "keys", b->keys);
    if (checked)
        json_object_set_new(o, "missing", json_integer(b->missing));
    else
        json_object_set_new(o, "linked", json_integer(b->linked));
    repli_cli_json(o);
}

static void print_human(struct repli_cli *cli, const struct repli_backup *b, bool checked)
{
    char at[24];
    repli_time_iso(b->made_utc, at);
    printf("%s\n  %s %s: %lld files, %.1f MB; %lld patients, %lld sheets, %lld good snapshots\n", b->dir,
           checked ? "good, it restores; made" : "made, read back and checked:",
           cli->site ? repli_cli_time(cli, b->made_utc) : at, (long long)b->files, (double)b->bytes / 1e6,
           (long long)b->patients, (long long)b->sheets, (long long)b->snapshots);
    if (!checked && b->linked)
        printf("  %lld scans were in the backup before this one and are shared with it\n", (long long)b->linked);
    if (b->missing)
        printf("  MIND: %lld images that the ledger knows were missing when it was made\n", (long long)b->missing);
    if (b->keys)
        puts("  MIND: it holds the keys in the clear: whoever has it can print paper that counts as yours");
    else
        puts("  without keys: restoring needs the words of the safe (repli key print) or the old keys/ folder");
}

static int make(struct repli_cli *cli, const char *to, bool keys)
{
    struct repli_backup done, found;
    if (repli_cli_record(cli) != REPLI_OK || repli_cli_ledger(cli) != REPLI_OK ||
        repli_backup_make(cli->site, to, keys, &cli->arena, &done, &cli->err) != REPLI_OK ||
        repli_backup_check(done.dir, &cli->arena, &found, &cli->err) != REPLI_OK ||
        repli_ledger_backup_note(cli->ledger, done.dir, done.made_utc, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    done.snapshots = found.snapshots;
    repli_cli_note(cli, "backup", done.dir, keys ? "made, with keys" : "made", NULL);
    if (cli->json)
        print_json(&done, false);
    else
        print_human(cli, &done, false);
    return REPLI_OK;
}

/* Needs no site: the disk in the cupboard is checked on any computer. */
static int check(struct repli_cli *cli, const char *dir)
{
    struct repli_backup found;
    if (repli_backup_check(dir, &cli->arena, &found, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    if (cli->json)
        print_json(&found, true);
    else
        print_human(cli, &found, true);
    return found.missing ? REPLI_WAITS : REPLI_OK;
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char **words, *checked = NULL;
    size_t n;
    bool keys = false;
    const struct repli_opt opts[] = {{"--check", REPLI_OPT_TEXT, &checked}, {"--with-keys", REPLI_OPT_FLAG, &keys}};
    if (repli_cli_parse(cli, argc, argv, opts, 2, &words, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    if (checked && n == 0 && !keys)
        return check(cli, checked);
    if (!checked && n == 1)
        return make(cli, words[0], keys);
    return repli_cli_usage(cli, "backup DIR [--with-keys], or backup --check DIR");
}

const struct repli_command repli_cmd_backup = {
    .name = "backup",
    .summary = "the whole site into a folder, verified; and the proof that it restores",
    .help =
        "usage: repli backup DIR [--with-keys] [--json]\n"
        "       repli backup --check DIR [--json]\n"
        "\n"
        "Makes DIR/TIME: record and ledger as of one moment (people may go on working), snapshots, site.yaml,\n"
        "templates, printed forms, scans and crops, what waits in the inbox.  It is written beside, synced, read "
        "back,\n"
        "and named when all of it is right.  A MANIFEST lists every file with its SHA-256.  Scans that the last "
        "backup\n"
        "in DIR holds already are shared with it.  Packs are left out (they can be laid out again), and so are the\n"
        "keys: the words in the safe bring them back.\n"
        "\n"
        "  --with-keys   the keys too, in the clear: whoever has that folder can print paper that counts as yours\n"
        "  --check DIR   would it restore?  Every file is read and compared, both databases are checked and say what\n"
        "                they said, snapshots are verified, every image that the ledger knows is there.  DIR is a "
        "backup\n"
        "                or a folder of them (then the newest); no site is needed.\n"
        "\n"
        "To restore, stop the timers, put the files back with their times and rights (cp -a DIR/TIME/. SITE/), bring\n"
        "the keys back (repli key import) unless the site's keys/ is still there, and run repli status.  No serial, "
        "pack,\n"
        "merge or outage number of the lost hours is given out again.\n"
        "\n"
        "Old backups are deleted by you: a folder each.  They hold patients' data: encrypt the disk.\n"
        "\n"
        "exit codes: 0 done, good · 2 DIR/TIME is there already · 3 it cannot be read or written · 4 the backup is\n"
        "damaged · 6 good, but images were missing at home already\n"
        "\n"
        "examples: repli backup /media/backup\n"
        "          repli backup --check /media/backup\n",
    .run = run,
};
