/* The threads that look at pages.  Each has a decoding child of its own and a page at a time; the ledger belongs to the
** thread that opened it, which answers what they ask and stores what they found, in the order of the input.
**
** Files are taken in order; the pages of one large file are shared by all threads, each with a child that has it open.
** Finished pages wait for their turn without their pixels, at most so many that memory stays flat.
*/
#include "batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AHEAD 4 /* unfinished and waiting pages a thread */

struct repli_scan_helpers {
    struct worker workers[SCAN_THREADS_MAX]; /* a thread each */
};

struct slot {
    struct pool *pool;
    pthread_t thread;
    size_t index;
    struct worker own, *worker;   /* worker: own, or one that outlives this pool */
    const struct scan_file *file; /* that the worker has open; NULL = none */
};

struct pool {
    const struct batch *batch;
    pthread_mutex_t lock;
    pthread_cond_t work, ledger; /* something to take, or answered; something for the ledger's thread */
    struct scan_file *files;
    size_t count, opened; /* files; of them taken in hand */
    size_t current;       /* file and page whose turn it is */
    int page;
    struct job *jobs; /* all, in no order */
    size_t njobs, nslots;
    bool stop;
    struct slot slots[];
};

static struct job *job_new(struct pool *p, struct scan_file *f, int page)
{
    struct job *job = repli_xcalloc(1, sizeof *job);
    job->batch = p->batch;
    job->file = f;
    job->page = page;
    job->arena = repli_xcalloc(1, sizeof *job->arena);
    job->next = p->jobs;
    p->jobs = job;
    p->njobs++;
    return job;
}

static void job_free(struct pool *p, struct job *job)
{
    for (struct job **at = &p->jobs; *at; at = &(*at)->next)
        if (*at == job) {
            *at = job->next;
            break;
        }
    p->njobs--;
    repli_arena_done(job->arena);
    free(job->arena);
    free(job);
}

/* The next page for a slot: of the file that its child has open, else of the first that has pages left, else a
** file that nobody looked at.  The page whose turn it is must always be taken; what comes after it waits for room, so
** that one slow page does not pile up all the others. */
static struct job *take(struct pool *p, const struct slot *s)
{
    bool room = p->njobs < AHEAD * p->nslots;
    struct scan_file *best = NULL;
    for (size_t i = p->current; i < p->opened; i++) {
        struct scan_file *f = &p->files[i];
        if (f->next_page > f->pages || !(room || (i == p->current && f->next_page == p->page)))
            continue;
        if (!best || f == s->file)
            best = f;
    }
    if (best)
        return job_new(p, best, best->next_page++);
    if (p->opened == p->count || !(room || p->opened == p->current))
        return NULL;
    struct scan_file *f = &p->files[p->opened++];
    f->next_page = 2;
    return job_new(p, f, 1);
}

/* Waits for the ledger's thread. */
static void ask(struct pool *p, struct job *job, enum job_step step)
{
    (void)pthread_mutex_lock(&p->lock);
    job->step = step;
    (void)pthread_cond_signal(&p->ledger);
    while (job->step == step && !p->stop)
        (void)pthread_cond_wait(&p->work, &p->lock);
    (void)pthread_mutex_unlock(&p->lock);
}

static void publish(struct pool *p, struct scan_file *f, int pages)
{
    (void)pthread_mutex_lock(&p->lock);
    f->pages = pages;
    f->known = f->image_id != 0;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
}

/* A child for the page's file.  false: the page has its outcome already, or status says why there is none. */
static bool open_file(struct slot *s, struct job *job)
{
    enum worker_answer answer = WORKER_OK;
    enum repli_unreadable why = REPLI_UNREADABLE_TYPE;
    if (s->file == job->file && s->worker->pages > 0)
        return true;
    s->file = NULL;
    job->status = repli_worker_open(s->worker, job->file->fd, &answer, &why, &job->err);
    if (job->status != REPLI_OK)
        return false;
    s->file = job->file;
    if (answer == WORKER_OK)
        return true;
    repli_scan_unreadable(job, why);
    return false;
}

/* The first page of a file finds out whether it can be kept, opened, and how many pages it has. */
static bool begin_file(struct slot *s, struct job *job)
{
    struct scan_file *f = job->file;
    bool ok = false;
    enum repli_unreadable why = REPLI_UNREADABLE_TYPE;
    job->status = repli_scan_store(job->batch->site, f, s->index, &ok, &why, &job->err);
    if (job->status != REPLI_OK)
        return false;
    if (!ok)
        repli_scan_unreadable(job, why);
    if (!ok || !open_file(s, job)) {
        job->page = 0;
        return false;
    }
    ask(s->pool, job, JOB_ASKS_SEEN);
    publish(s->pool, f, s->worker->pages);
    return job->status == REPLI_OK;
}

struct asking {
    struct pool *pool;
    struct job *job;
};

static bool ask_out(void *user)
{
    struct asking *q = user;
    ask(q->pool, q->job, JOB_ASKS_OUT);
    return q->job->step == JOB_ANSWERED;
}

/* Which sheet it is says its code, or what people said. */
static void read_sheet(struct slot *s, struct job *job)
{
    ask(s->pool, job, JOB_ASKS_SHEET);
    /* No map: no sheet to read by, or the batch ends and nobody answers any more. */
    bool ours = job->outcome == REPLI_OUTCOME_READ || job->outcome == REPLI_OUTCOME_SECOND_IMAGE;
    if (job->status == REPLI_OK && ours && job->map)
        repli_scan_register(job, &s->worker->page);
}

static void look(struct slot *s, struct job *job)
{
    struct pool *p = s->pool;
    if (job->page == 1 && job->file->fd < 0) {
        if (!begin_file(s, job))
            return;
    } else {
        if (!open_file(s, job))
            return;
        if (job->file->known)
            ask(p, job, JOB_ASKS_SEEN);
    }
    if (job->status != REPLI_OK || (job->before && !job->replaces))
        return;
    job->status = repli_scan_decode(job, s->worker, &job->err);
    if (job->status != REPLI_OK)
        return;
    /* What people said is held against the other sheets that are still out, too. */
    if (job->decoded && (job->outcome == REPLI_OUTCOME_NO_CODE || job->assigned[0]))
        repli_scan_candidates(job, &s->worker->page, ask_out, &(struct asking){p, job});
    if (job->authentic)
        read_sheet(s, job);
}

static void *run(void *arg)
{
    struct slot *s = arg;
    struct pool *p = s->pool;
    (void)pthread_mutex_lock(&p->lock);
    while (!p->stop) {
        struct job *job = take(p, s);
        if (!job) {
            (void)pthread_cond_wait(&p->work, &p->lock);
            continue;
        }
        (void)pthread_mutex_unlock(&p->lock);
        look(s, job);
        (void)pthread_mutex_lock(&p->lock);
        job->step = JOB_DONE;
        (void)pthread_cond_signal(&p->ledger);
    }
    (void)pthread_mutex_unlock(&p->lock);
    if (s->worker == &s->own)
        repli_worker_close(s->worker);
    else
        repli_worker_rest(s->worker);
    return NULL;
}

static void init_worker(struct worker *w, const struct repli_site *site)
{
    const struct decode_limits limits = repli_scan_limits(site);
    repli_worker_init(w, &limits, site->scan_page_seconds, site->scan_render);
}

struct repli_scan_helpers *repli_scan_helpers_new(const struct repli_site *site)
{
    struct repli_scan_helpers *h = repli_xcalloc(1, sizeof *h);
    for (size_t i = 0; i < SCAN_THREADS_MAX; i++)
        init_worker(&h->workers[i], site);
    return h;
}

void repli_scan_helpers_free(struct repli_scan_helpers *h)
{
    for (size_t i = 0; h && i < SCAN_THREADS_MAX; i++)
        repli_worker_close(&h->workers[i]);
    free(h);
}

enum repli_status repli_pool_open(const struct batch *b, struct scan_file *files, size_t count, size_t threads,
                                  struct pool **pool, struct repli_err *err)
{
    struct pool *p = repli_xcalloc(1, sizeof *p + threads * sizeof *p->slots);
    int rc = 0;
    p->batch = b;
    p->files = files;
    p->count = count;
    p->page = 1;
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->work, NULL);
    (void)pthread_cond_init(&p->ledger, NULL);
    for (size_t i = 0; rc == 0 && i < threads; i++) {
        struct slot *s = &p->slots[i];
        s->pool = p;
        s->index = i;
        s->worker = b->request->helpers ? &b->request->helpers->workers[i] : &s->own;
        if (s->worker == &s->own)
            init_worker(s->worker, b->site);
        rc = pthread_create(&s->thread, NULL, run, s);
        if (rc == 0) {
            (void)pthread_mutex_lock(&p->lock);
            p->nslots++;
            (void)pthread_mutex_unlock(&p->lock);
        }
    }
    *pool = p;
    if (p->nslots > 0)
        return REPLI_OK;
    repli_pool_close(p);
    *pool = NULL;
    return repli_fail(err, REPLI_IO, "no thread to scan with: %s", strerror(rc));
}

/* Somebody who asks comes first: a thread waits for it. */
static struct job *ready(const struct pool *p)
{
    for (struct job *j = p->jobs; j; j = j->next)
        if (j->step == JOB_ASKS_SEEN || j->step == JOB_ASKS_SHEET || j->step == JOB_ASKS_OUT)
            return j;
    for (struct job *j = p->jobs; j; j = j->next)
        if (j->step == JOB_DONE && j->file == &p->files[p->current] && (j->page == p->page || j->page == 0))
            return j;
    return NULL;
}

struct job *repli_pool_next(struct pool *p)
{
    struct job *job = NULL;
    (void)pthread_mutex_lock(&p->lock);
    while (p->current < p->count && !(job = ready(p)))
        (void)pthread_cond_wait(&p->ledger, &p->lock);
    (void)pthread_mutex_unlock(&p->lock);
    return job;
}

void repli_pool_answer(struct pool *p, struct job *job)
{
    (void)pthread_mutex_lock(&p->lock);
    job->step = JOB_ANSWERED;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
}

bool repli_pool_release(struct pool *p, struct job *job)
{
    (void)pthread_mutex_lock(&p->lock);
    struct scan_file *f = job->file;
    bool last = job->page == 0 || job->page >= f->pages;
    job_free(p, job);
    if (last) {
        if (f->fd >= 0)
            (void)close(f->fd);
        f->fd = -1;
        f->next_page = f->pages + 1;
        p->current++;
    }
    p->page = last ? 1 : p->page + 1;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
    return last;
}

void repli_pool_close(struct pool *p)
{
    (void)pthread_mutex_lock(&p->lock);
    p->stop = true;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->nslots; i++)
        (void)pthread_join(p->slots[i].thread, NULL);
    while (p->jobs)
        job_free(p, p->jobs);
    for (size_t i = 0; i < p->opened; i++)
        if (p->files[i].fd >= 0)
            (void)close(p->files[i].fd);
    (void)pthread_cond_destroy(&p->ledger);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_mutex_destroy(&p->lock);
    free(p);
}
