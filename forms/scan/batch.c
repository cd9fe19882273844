/* A batch: every file is stored, every page of it decoded in a child, and every page image ends in one outcome, one row
** and one line.  Paper is never an error; only a ledger or a disk that fails ends a batch, between two pages.
*/
#include "batch.h"

#include <string.h>
#include <unistd.h>

struct decode_limits repli_scan_limits(const struct repli_site *site)
{
    return (struct decode_limits){.pixels = site->scan_max_pixels,
                                  .pages = site->scan_max_pages,
                                  .cpu_seconds = site->scan_cpu_seconds,
                                  .memory = site->scan_memory};
}

static size_t threads_of(const struct repli_scan_request *request)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t n = request->jobs ? request->jobs : cores > 0 ? (size_t)cores : 1;
    return n > SCAN_THREADS_MAX ? SCAN_THREADS_MAX : n;
}

static enum repli_status answer(struct job *job, struct repli_err *err)
{
    if (job->step == JOB_ASKS_OUT)
        return repli_scan_out(job, err);
    return job->step == JOB_ASKS_SEEN ? repli_scan_seen(job, err) : repli_scan_look_up(job, err);
}

static enum repli_status run(struct batch *b, struct pool *pool, size_t count, struct repli_err *err)
{
    const struct repli_scan_request *q = b->request;
    enum repli_status s = REPLI_OK;
    size_t done = 0;
    struct job *job;
    if (q->progress)
        q->progress(q->user, 0, count);
    while (s == REPLI_OK && (job = repli_pool_next(pool)) != NULL) {
        if (job->step != JOB_DONE) {
            s = answer(job, err);
            repli_pool_answer(pool, job);
            continue;
        }
        s = job->status == REPLI_OK ? repli_scan_store_page(job, err)
                                    : repli_fail(err, job->status, "%s", job->err.text);
        if (s == REPLI_OK && repli_pool_release(pool, job) && q->progress)
            q->progress(q->user, ++done, count);
    }
    return s;
}

static struct scan_file *files_of(const char **paths, size_t count, struct repli_arena *a)
{
    struct scan_file *files = repli_arena_array(a, count + 1, sizeof *files);
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(paths[i], '/');
        files[i] = (struct scan_file){.path = paths[i], .name = slash ? slash + 1 : paths[i], .fd = -1};
    }
    return files;
}

enum repli_status repli_scan_batch(const struct repli_site *site, struct repli_ledger *ledger,
                                   const struct repli_scan_request *request, struct repli_scan_result *result,
                                   struct repli_err *err)
{
    struct repli_arena arena = {0};
    struct repli_scan_result r = {0};
    struct batch b = {
        .site = site, .ledger = ledger, .request = request, .result = &r, .now_utc = repli_clock_now(&site->clock)};
    const char **paths = NULL;
    size_t count = 0;
    struct pool *pool = NULL;
    enum repli_status s = repli_scan_files(request, &arena, &paths, &count, err);
    if (s == REPLI_OK)
        s = repli_pool_open(&b, files_of(paths, count, &arena), count, threads_of(request), &pool, err);
    if (s == REPLI_OK) {
        s = run(&b, pool, count, err);
        repli_pool_close(pool);
    }
    repli_scan_relay_done(b.relay);
    repli_arena_done(&arena);
    *result = r;
    for (int i = 0; s == REPLI_OK && i < REPLI_OUTCOME_COUNT; i++)
        if (r.by_outcome[i] && repli_outcome_waits((enum repli_outcome)i))
            s = REPLI_WAITS;
    return s;
}
