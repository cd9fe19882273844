/* A pack: sheets get their serials and codes, the ledger knows them before the PDF exists, then the PDF is written.
**
** Killed anywhere, the ledger tells the truth at the next start: before the allotment nothing happened; between it and
** the finished file the sheets are `void: never written`; from the finished file on they may be on paper. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "print/run.h"
#include "repli/file.h"
#include "repli/text.h"

#define PLAN_TRIES    5
#define PDF_MAX_BYTES 2000000000u

/* ---- forms: what was printed stays readable for ever */

static enum repli_status keep_form(const struct repli_plan *plan, struct repli_ledger *ledger,
                                   const struct repli_plan_form *f, struct repli_arena *a, struct repli_err *err)
{
    char hex[65];
    const char *frozen = repli_form_frozen(f->form, a);
    enum repli_status status =
        repli_ledger_form_put(ledger, f->hash, repli_form_id(f->form), repli_form_number(f->form),
                              repli_form_version(f->form), repli_form_lang(f->form), frozen, plan->now_utc, err);
    if (status != REPLI_OK)
        return status;
    repli_hex(f->hash, sizeof f->hash, hex);
    const char *path = repli_path_join(a, plan->site->forms, repli_arena_printf(a, "%s.form", hex));
    if (repli_file_exists(path))
        return REPLI_OK;
    status = repli_dir_make(plan->site->forms, 0700, err);
    return status == REPLI_OK ? repli_file_write(path, frozen, strlen(frozen), 0600, err) : status;
}

/* ---- where the PDF goes */

char *repli_ward_file(struct repli_arena *a, const char *ward)
{
    static const char safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (!ward || !*ward)
        return repli_arena_strdup(a, "ward");
    size_t len = strlen(ward);
    char *name = repli_arena_strndup(a, ward, len < 40 ? len : 40);
    for (char *p = name; *p; p++)
        if (!strchr(safe, *p) || (p == name && (*p == '.' || *p == '-')))
            *p = '_';
    return name;
}

/* Where -o wants a copy must be a folder that can be written, known before any number is taken. */
static enum repli_status check_out(struct repli_plan *plan, struct repli_err *err)
{
    const char *out = plan->request->out;
    const char *slash = out ? strrchr(out, '/') : NULL;
    if (!out)
        return REPLI_OK;
    const char *dir = !slash ? "." : slash == out ? "/" : repli_arena_strndup(&plan->arena, out, (size_t)(slash - out));
    errno = 0;
    struct stat info;
    if (stat(out, &info) == 0 && !S_ISREG(info.st_mode))
        return repli_fail(err, REPLI_USAGE, "-o %s: not a plain file", out);
    if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode) || access(dir, W_OK) != 0)
        return repli_fail(err, REPLI_IO, "-o %s: the folder %s cannot be written: %s", out, dir,
                          errno ? strerror(errno) : "not a folder");
    return REPLI_OK;
}

/* ---- the file */

static enum repli_status write_file(struct pack_run *run, struct repli_err *err)
{
    struct repli_plan *plan = run->plan;
    const struct repli_print_request *rq = plan->request;
    struct repli_civil t;
    repli_zone_civil(plan->site->zone, plan->now_utc, &t);
    const char *title = repli_arena_printf(&plan->arena, "%s  %04d-%02d-%02d %02d:%02d  %s",
                                           plan->ward ? plan->ward : plan->site->hospital, t.year, t.month, t.day,
                                           t.hour, t.minute, run->pack.id);
    run->info = (struct repli_pdf_info){
        .title = title, .keywords = run->pack.id, .created_utc = plan->now_utc, .zone = plan->site->zone};
    if (rq->progress)
        rq->progress(rq->user, 0, plan->nsheets);
    enum repli_status status = repli_pdf_write(run->file, run->pages, plan->nsheets, &run->info, rq->progress, rq->user,
                                               run->pack.sha256, err);
    if (status == REPLI_OK)
        return repli_ledger_pack_ready(run->ledger, run->pack.id, run->pack.sha256, plan->now_utc, err);
    /* The sheets are allotted but will never be on paper: say so now, not at the next start. */
    struct repli_err later = {0};
    if (repli_ledger_settle_packs(run->ledger, plan->site->dir, plan->now_utc, &later) != REPLI_OK)
        return repli_fail(err, status, "%s", later.text);
    return status;
}

/* -o: the same bytes once more, where they were asked for. */
static enum repli_status copy_out(const struct pack_run *run, struct repli_err *err)
{
    const char *out = run->plan->request->out;
    struct repli_arena a = {0};
    char *data;
    size_t len;
    if (!out)
        return REPLI_OK;
    enum repli_status status = repli_file_read(run->file, PDF_MAX_BYTES, &a, &data, &len, err);
    if (status == REPLI_OK)
        status = repli_file_write(out, data, len, 0600, err);
    repli_arena_done(&a);
    return status == REPLI_OK ? REPLI_OK
                              : repli_err_prefix(err, "the pack is ready as %s, but not as asked for", run->file);
}

/* Whatever the printer says, the paper is in the PDF. */
static enum repli_status send_out(struct pack_run *run, struct repli_err *err)
{
    if (!run->printer)
        return REPLI_OK;
    enum repli_status status =
        repli_send_pack(run->plan, run->printer, run->pages, &run->info, &run->job, &run->documents, err);
    return status == REPLI_OK ? REPLI_OK
                              : repli_err_prefix(err, "not printed, but the pack is ready as %s: print that file",
                                                 run->plan->request->out ? run->plan->request->out : run->file);
}

/* Nothing was new: there is no pack, but how old the data is must be said all the same. */
static void describe_nothing(const struct repli_plan *plan, struct repli_pack *pack)
{
    pack->id[0] = 0;
    pack->data_utc = plan->info->taken_utc;
    pack->printed_utc = plan->now_utc;
}

static void fill_result(const struct pack_run *run, struct repli_arena *a, struct repli_print_result *result)
{
    const struct repli_plan *plan = run->plan;
    *result = (struct repli_print_result){.pack = run->pack,
                                          .patients = plan->patients,
                                          .skipped = plan->skipped,
                                          .drill = plan->drill,
                                          .house = plan->request->house,
                                          .unchanged = plan->unchanged,
                                          .repeats = plan->repeats,
                                          .one_sided = plan->nforms > 0 && repli_form_bare(plan->forms[0].form)};
    repli_again_told(plan, a, result);
    if (plan->nsheets == 0)
        describe_nothing(plan, &result->pack);
    result->pack.path =
        plan->nsheets == 0 ? NULL : repli_arena_strdup(a, plan->request->out ? plan->request->out : run->file);
    result->pack.ward = repli_arena_strdup(a, plan->ward);
    result->pack.what = repli_arena_strdup(a, run->pack.what);
    result->pack.lang = repli_arena_strdup(a, run->pack.lang);
    result->pack.reason = repli_arena_strdup(a, run->pack.reason);
    result->pack.state = "ready";
    result->printer = repli_arena_strdup(a, run->printer);
    result->job = run->job;
    result->documents = run->documents;
    uint64_t *given = repli_arena_array(a, plan->ngiven + 1, sizeof *given);
    for (size_t i = 0; i < plan->ngiven; i++)
        given[i] = plan->given[i];
    result->given = given;
    result->ngiven = plan->ngiven;
    result->without_data = plan->without_data;
    result->numbers = repli_arena_strdup(a, plan->numbers);
    result->notes = repli_arena_strdup(a, plan->notes.len ? plan->notes.data : "");
}

/* Up to the numbers.  run->moved: from the beginning, please. */
static enum repli_status prepare(struct pack_run *run, bool *turned, struct repli_err *err)
{
    struct repli_plan *plan = run->plan;
    run->moved = false;
    enum repli_status status = repli_ledger_next(run->ledger, "pack", &run->seen, err);
    if (status == REPLI_OK)
        status = repli_plan_make(plan, run->ledger, err);
    if (status == REPLI_OK && plan->nsheets == 0)
        return REPLI_OK;
    if (status == REPLI_OK)
        status = repli_send_printer(plan, &run->printer, err);
    for (size_t i = 0; i < plan->nforms && status == REPLI_OK; i++)
        status = keep_form(plan, run->ledger, &plan->forms[i], &plan->arena, err);
    if (status == REPLI_OK && plan->request->turn && !*turned) {
        status = plan->request->turn(plan->request->user, err);
        *turned = true;
    }
    return status == REPLI_OK ? repli_pack_allot(run, err) : status;
}

/* Somebody else may print the same people while we plan: then the plan is made again, beside that paper. */
static enum repli_status print_plan(struct pack_run *run, struct repli_err *err)
{
    struct repli_plan *plan = run->plan;
    const struct repli_plan fresh = *plan;
    bool turned = false;
    enum repli_status status = check_out(plan, err);
    for (int i = 0; status == REPLI_OK; i++) {
        status = prepare(run, &turned, err);
        if (status != REPLI_OK || !run->moved)
            break;
        if (i + 1 == PLAN_TRIES)
            return repli_fail(err, REPLI_DB,
                              "others keep printing the same sheets: see `repli status`, then try again");
        repli_plan_done(plan);
        *plan = fresh;
    }
    if (status != REPLI_OK || plan->nsheets == 0)
        return status;
    status = write_file(run, err);
    if (status == REPLI_OK)
        status = copy_out(run, err);
    return status == REPLI_OK ? send_out(run, err) : status;
}

static enum repli_status print_on(struct repli_press *press, const struct repli_site *site, struct repli_ledger *ledger,
                                  const struct repli_print_request *request, struct repli_arena *a,
                                  struct repli_print_result *result, struct repli_err *err)
{
    struct repli_err cleaning = {0};
    struct repli_plan plan = {.site = site, .request = request, .press = press};
    struct pack_run run = {.plan = &plan, .ledger = ledger};
    enum repli_status status = print_plan(&run, err);
    if (status == REPLI_OK) {
        fill_result(&run, a, result);
        /* Old packs hold names: failing to delete one is said, but does not take back the paper that is ready. */
        if (!request->press && repli_packs_expire(site, ledger, plan.now_utc, &cleaning) != REPLI_OK)
            result->notes = repli_arena_printf(a, "%sold packs were not deleted: %s\n", result->notes, cleaning.text);
        if (*result->notes)
            status = REPLI_WAITS;
    }
    result->too_young = plan.too_young;
    repli_plan_done(&plan);
    return status;
}

enum repli_status repli_print_pack(const struct repli_site *site, struct repli_ledger *ledger,
                                   const struct repli_print_request *request, struct repli_arena *a,
                                   struct repli_print_result *result, struct repli_err *err)
{
    struct repli_err mine = {0};
    struct repli_press *own = NULL;
    *result = (struct repli_print_result){0};
    enum repli_status status = repli_site_check_machine(site, &mine);
    if (status == REPLI_OK && !request->press)
        status = repli_press_open(site, &own, &mine);
    if (status == REPLI_OK)
        status = print_on(request->press ? request->press : own, site, ledger, request, a, result, &mine);
    repli_press_close(own);
    return status == REPLI_OK || status == REPLI_WAITS ? status : repli_fail(err, status, "%s", mine.text);
}
