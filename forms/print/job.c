#include "print/job.h"

#include <cups/cups.h>
#include <stdlib.h>
#include <string.h>

#include "repli/arena.h"

#define CONNECT_MS 10000
#define ANSWER_S   15.0 /* without a byte from the server: a queue that hangs must not keep a house from its paper */

struct repli_job {
    http_t *http;
    char *printer;
    int id;
    bool whole;
};

static enum repli_status refused(const struct repli_job *job, struct repli_err *err)
{
    const char *why = cupsLastErrorString();
    bool silent = !why || !*why || strcmp(why, strerror(0)) == 0; /* what libcups says of a server that hangs */
    return repli_fail(err, REPLI_IO, "printer '%s' at %s, port %d: %s", job->printer, cupsServer(), ippPort(),
                      silent ? "no answer" : why);
}

static ipp_t *create_request(const char *printer, const char *title, bool one_sided)
{
    const char *const wanted[][2] = {
        {"print-scaling", "none"},
        {"sides", one_sided ? "one-sided" : "two-sided-long-edge"},
        {"media", "iso_a4_210x297mm"},
        {"copies", "1"},
        {"multiple-document-handling", "separate-documents-collated-copies"}, /* each begins on a leaf of its own */
    };
    char uri[HTTP_MAX_URI];
    cups_option_t *options = NULL;
    int n = 0;
    ipp_t *request = ippNewRequest(IPP_OP_CREATE_JOB);
    (void)httpAssembleURIf(HTTP_URI_CODING_ALL, uri, sizeof uri, "ipp", NULL, "localhost", ippPort(), "/printers/%s",
                           printer);
    (void)ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_URI, "printer-uri", NULL, uri);
    (void)ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "requesting-user-name", NULL, cupsUser());
    (void)ippAddString(request, IPP_TAG_OPERATION, IPP_TAG_NAME, "job-name", NULL, title);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        n = cupsAddOption(wanted[i][0], wanted[i][1], n, &options);
    cupsEncodeOptions2(request, n, options, IPP_TAG_JOB);
    cupsFreeOptions(n, options);
    return request;
}

/* Not cupsCreateJob(): that first looks for the queue on the whole network, for a minute when it is not there. */
static int create(const struct repli_job *job, const char *title, bool one_sided)
{
    ipp_t *response = cupsDoRequest(job->http, create_request(job->printer, title, one_sided), "/printers/");
    ipp_attribute_t *id = response ? ippFindAttribute(response, "job-id", IPP_TAG_INTEGER) : NULL;
    int number = cupsLastError() < IPP_STATUS_REDIRECTION_OTHER_SITE && id ? ippGetInteger(id, 0) : 0;
    ippDelete(response);
    return number;
}

enum repli_status repli_job_open(const char *printer, const char *title, bool one_sided, struct repli_job **out,
                                 struct repli_err *err)
{
    struct repli_job *job = repli_xcalloc(1, sizeof *job);
    job->printer = repli_xstrdup(printer);
    job->http = httpConnect2(cupsServer(), ippPort(), NULL, AF_UNSPEC, cupsEncryption(), 1, CONNECT_MS, NULL);
    if (job->http)
        httpSetTimeout(job->http, ANSWER_S, NULL, NULL);
    job->id = job->http ? create(job, title, one_sided) : 0;
    if (job->id == 0) {
        enum repli_status status = refused(job, err);
        repli_job_close(job);
        return status;
    }
    *out = job;
    return REPLI_OK;
}

enum repli_status repli_job_document(struct repli_job *job, const char *name, const void *pdf, size_t len, bool last,
                                     struct repli_err *err)
{
    if (cupsStartDocument(job->http, job->printer, job->id, name, CUPS_FORMAT_PDF, last) != HTTP_STATUS_CONTINUE ||
        cupsWriteRequestData(job->http, pdf, len) != HTTP_STATUS_CONTINUE ||
        cupsFinishDocument(job->http, job->printer) > IPP_STATUS_OK_EVENTS_COMPLETE)
        return refused(job, err);
    job->whole = last;
    return REPLI_OK;
}

int repli_job_number(const struct repli_job *job)
{
    return job->id;
}

void repli_job_close(struct repli_job *job)
{
    if (!job)
        return;
    if (job->id != 0 && !job->whole)
        (void)cupsCancelJob2(job->http, job->printer, job->id, 0);
    httpClose(job->http); /* NULL is fine */
    free(job->printer);
    free(job);
}
