/* What every subcommand shares: global options, option parsing, help, errors, progress.  forms/cmd/ alone prints. */
#ifndef REPLI_CMD_H
#define REPLI_CMD_H

#include <stdbool.h>
#include <stdio.h>

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/site.h"

struct repli_cli {
    const char *program, *command;
    const char *site_dir, *at,
        *by;                 /* global options; NULL = not given (site_dir then comes from REPLI_SITE or the default) */
    bool json, look;         /* look: whatever would change more than the audit fails */
    struct repli_site *site; /* opened on demand, closed by main */
    struct repli_record *record;
    struct repli_ledger *ledger;
    struct repli_arena arena; /* for the run of the command */
    struct repli_err err;
};

struct repli_command {
    const char *name;    /* "print" */
    const char *summary; /* one line for `repli --help` */
    const char *help;    /* whole text of `repli print --help`; starts with "usage: repli print ..." */
    int (*run)(struct repli_cli *cli, int argc,
               char **argv); /* argv[0] = first word after the command; returns the exit code */
};

/* Options of one command.  Words that are not options are collected in order into `words`. */
enum repli_opt_kind { REPLI_OPT_FLAG, REPLI_OPT_TEXT, REPLI_OPT_LIST };
struct repli_opt {
    const char *name; /* "--ward" or "-o" */
    enum repli_opt_kind kind;
    void *to; /* bool *, const char **, or const char *** (NULL-terminated, in the arena) */
};
/* Global options may stand anywhere; a command that names one among its own gets it instead, for example --by as a list
** where two people act.  Unknown options are REPLI_USAGE with the nearest known one. */
REPLI_MUST_CHECK enum repli_status repli_cli_parse(struct repli_cli *cli, int argc, char **argv,
                                                   const struct repli_opt *opts, size_t nopts, const char ***words,
                                                   size_t *nwords);

/* Where the site is said to be: --site, else $REPLI_SITE, else /var/lib/repli.  It need not exist. */
const char *repli_cli_site_dir(const struct repli_cli *cli);

/* The record and the ledger of a site whose folder was just made; both are open afterwards. */
REPLI_MUST_CHECK enum repli_status repli_cli_create(struct repli_cli *cli);

/* Each fills cli->err and returns its status on failure. */
REPLI_MUST_CHECK enum repli_status repli_cli_site(struct repli_cli *cli);
REPLI_MUST_CHECK enum repli_status repli_cli_record(struct repli_cli *cli); /* site and record */
REPLI_MUST_CHECK enum repli_status repli_cli_ledger(struct repli_cli *cli); /* site and ledger */
/* What a killed merge left is finished; record and ledger are open.  Who only looks leaves it to the next command. */
REPLI_MUST_CHECK enum repli_status repli_cli_replay(struct repli_cli *cli);
REPLI_MUST_CHECK enum repli_status repli_cli_person(struct repli_cli *cli); /* --by given, known and active */

/* A row in the audit for what the command did and the ledger's own tables do not show.  What cannot be written down is
** said on stderr; the deed is done and stays so. */
void repli_cli_note(struct repli_cli *cli, const char *event, const char *object, const char *outcome,
                    const char *reason);

/* Prints "repli: COMMAND: text" on stderr and returns the exit code. */
int repli_cli_fail(struct repli_cli *cli);
/* The same for a usage mistake found by the command itself. */
int repli_cli_usage(struct repli_cli *cli, const char *fmt, ...) REPLI_PRINTF(2, 3);

/* "2026-11-23 02:00" by the site's clocks, and "13 h 05 min" or "3 days", for people to read.  In cli->arena. */
const char *repli_cli_time(struct repli_cli *cli, int64_t utc);
const char *repli_cli_age(struct repli_cli *cli, int64_t seconds);

struct json_t;
/* What `detail` of an object says, its times by the site's clocks; "" when it says nothing.  In cli->arena. */
const char *repli_cli_detail(struct repli_cli *cli, const struct json_t *o);
/* One JSON value of a report on a line of its own; frees `value` (NULL prints null). */
void repli_cli_json(struct json_t *value);
/* {"per_hour","hours","open","end_utc"}: how fast people are (cmd_status.c). */
struct repli_pace;
struct json_t *repli_cli_pace_json(const struct repli_pace *pace);

/* A bar on stderr when that is a terminal; nothing in a pipe. `user` is the label. */
void repli_cli_progress(void *user, size_t done, size_t total);

extern const struct repli_command *const repli_commands[]; /* NULL-terminated; in main.c */

/* The whole program: finds the command, runs it, closes what it opened.  Returns the exit code. */
int repli_cli_main(int argc, char **argv);

#endif
