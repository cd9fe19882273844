/* Between cmd_print.c (what is asked for, one pack and its report) and print_all.c (every ward, in processes of their
** own). */
#ifndef REPLI_CMD_PRINT_H
#define REPLI_CMD_PRINT_H

#include "cmd/cmd.h"
#include "repli/print.h"

struct print_options {
    bool all, changed;
    const char *patient, *lang, *window, *out, *pack, *resume, *reason, *printer, *jobs, *copies, *count;
    const char *worker; /* inside `print --all`: "PASSED-OVER HEAD SNAPSHOT" of the process that started this one */
    const char *audit;  /* of --all: the head as it was before the first ward, whoever prints first */
    const char **forms;
    const char *const *words;
    size_t nwords;
    int window_hours, njobs, ncopies, npacks; /* of `window`, `jobs`, `copies`, `count`; 0 = not said */
    int64_t npile;                            /* of `count` */
    struct repli_pack_scope scope;            /* whom the forms are about */
};

/* Where a pack of --all stands among the others. */
struct print_place {
    struct repli_press *press;
    repli_progress_fn *progress; /* NULL: a bar with the ward's name */
    repli_turn_fn *turn;
    void *user;
};

/* One pack with its report; `house`: of the house as a whole; ward NULL: by --patient, else the patients whose ward is
** not known.  cli->err on failure.
** *too_young (may be NULL): there was nothing to print, and only because everybody is under the age of the forms. */
enum repli_status repli_print_one(struct repli_cli *cli, const struct print_options *o, bool house, const char *ward,
                                  const struct print_place *place, bool *too_young);

/* Both return the exit code. */
int repli_print_all(struct repli_cli *cli, const struct print_options *o);
int repli_print_worker(struct repli_cli *cli, const struct print_options *o);

#endif
