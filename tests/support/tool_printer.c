/* A print server that keeps what it gets: enough IPP for Create-Job, Send-Document, Cancel-Job and CUPS-Get-Printers,
** on a free port of the loopback interface, which it prints.
** usage: printer DIR QUEUE [DOCUMENTS]
**     DIR/job-N.txt: a line an attribute of the job and of each document;  DIR/job-N-M.pdf: its documents
**     every other queue does not exist;  after DOCUMENTS documents of a job the next one is refused */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cups/cups.h>

#define SECONDS 400 /* nobody waits for a test that forgot it */

struct server {
    const char *dir, *queue;
    long refuse_after;
    int job;
    long documents;
};

static FILE *file_of(const struct server *s, const char *suffix, const char *mode)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/job-%d%s", s->dir, s->job, suffix);
    FILE *f = fopen(path, mode);
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void keep_attributes(const struct server *s, ipp_t *request)
{
    FILE *f = file_of(s, ".txt", "a");
    char value[1024];
    fprintf(f, "%s\n", ippOpString(ippGetOperation(request)));
    for (ipp_attribute_t *a = ippFirstAttribute(request); a; a = ippNextAttribute(request))
        if (ippGetName(a)) {
            (void)ippAttributeString(a, value, sizeof value);
            fprintf(f, "%s=%s\n", ippGetName(a), value);
        }
    (void)fclose(f);
}

static void keep_document(struct server *s, http_t *http)
{
    char suffix[32], some[4096];
    (void)snprintf(suffix, sizeof suffix, "-%ld.pdf", ++s->documents);
    FILE *f = file_of(s, suffix, "wb");
    for (ssize_t n; (n = httpRead2(http, some, sizeof some)) > 0;)
        (void)fwrite(some, 1, (size_t)n, f);
    (void)fclose(f);
}

static void drain(http_t *http)
{
    char some[4096];
    while (httpGetState(http) == HTTP_STATE_POST_RECV && httpRead2(http, some, sizeof some) > 0)
        continue;
}

/* The one that works, and one that is out of paper. */
static ipp_t *queues(const struct server *s, http_t *http, ipp_t *response)
{
    for (int i = 0; i < 2; i++) {
        if (i > 0)
            (void)ippAddSeparator(response);
        (void)ippAddString(response, IPP_TAG_PRINTER, IPP_TAG_NAME, "printer-name", NULL, i ? "jammed" : s->queue);
        (void)ippAddString(response, IPP_TAG_PRINTER, IPP_TAG_TEXT, "printer-info", NULL,
                           i ? "in the corridor" : "at the <b>nurses</b>");
        (void)ippAddInteger(response, IPP_TAG_PRINTER, IPP_TAG_ENUM, "printer-state",
                            i ? IPP_PSTATE_STOPPED : IPP_PSTATE_IDLE);
        (void)ippAddString(response, IPP_TAG_PRINTER, IPP_TAG_KEYWORD, "printer-state-reasons", NULL,
                           i ? "media-empty-error" : "none");
        (void)ippAddBoolean(response, IPP_TAG_PRINTER, "printer-is-accepting-jobs", 1);
    }
    drain(http);
    return response;
}

static ipp_t *answer(struct server *s, http_t *http, ipp_t *request)
{
    char uri[1024] = "";
    ipp_attribute_t *a = ippFindAttribute(request, "printer-uri", IPP_TAG_URI);
    const char *name = a ? strrchr(ippGetString(a, 0, NULL), '/') : NULL;
    ipp_t *response = ippNewResponse(request);
    if (ippGetOperation(request) == IPP_OP_CUPS_GET_PRINTERS)
        return queues(s, http, response);
    if (!name || strcmp(name + 1, s->queue) != 0) {
        ippSetStatusCode(response, IPP_STATUS_ERROR_NOT_FOUND);
        (void)ippAddString(response, IPP_TAG_OPERATION, IPP_TAG_TEXT, "status-message", NULL, "no such queue here");
        drain(http);
        return response;
    }
    if (ippGetOperation(request) == IPP_OP_CREATE_JOB) {
        s->job++;
        s->documents = 0;
    }
    keep_attributes(s, request);
    if (ippGetOperation(request) == IPP_OP_SEND_DOCUMENT && s->documents == s->refuse_after) {
        ippSetStatusCode(response, IPP_STATUS_ERROR_INTERNAL);
        (void)ippAddString(response, IPP_TAG_OPERATION, IPP_TAG_TEXT, "status-message", NULL, "the spool is full");
    } else if (ippGetOperation(request) == IPP_OP_SEND_DOCUMENT) {
        keep_document(s, http);
    }
    drain(http);
    (void)snprintf(uri, sizeof uri, "ipp://localhost/jobs/%d", s->job);
    (void)ippAddString(response, IPP_TAG_JOB, IPP_TAG_URI, "job-uri", NULL, uri);
    (void)ippAddInteger(response, IPP_TAG_JOB, IPP_TAG_INTEGER, "job-id", s->job);
    (void)ippAddInteger(response, IPP_TAG_JOB, IPP_TAG_ENUM, "job-state", IPP_JSTATE_PENDING);
    return response;
}

/* One request; false at the end of the connection. */
static int serve(struct server *s, http_t *http)
{
    char uri[1024];
    http_state_t state;
    ipp_state_t read;
    while ((state = httpReadRequest(http, uri, sizeof uri)) == HTTP_STATE_WAITING)
        if (!httpWait(http, 1000))
            return 0;
    if (state != HTTP_STATE_POST)
        return 0;
    http_status_t status;
    while ((status = httpUpdate(http)) == HTTP_STATUS_CONTINUE)
        continue;
    if (status != HTTP_STATUS_OK)
        return 0;
    if (httpGetExpect(http) == HTTP_STATUS_CONTINUE)
        (void)httpWriteResponse(http, HTTP_STATUS_CONTINUE);
    ipp_t *request = ippNew();
    while ((read = ippRead(http, request)) != IPP_STATE_DATA)
        if (read == IPP_STATE_ERROR)
            return 0;
    ipp_t *response = answer(s, http, request);
    httpClearFields(http);
    httpSetField(http, HTTP_FIELD_CONTENT_TYPE, "application/ipp");
    httpSetLength(http, ippLength(response));
    (void)httpWriteResponse(http, HTTP_STATUS_OK);
    ippSetState(response, IPP_STATE_IDLE);
    (void)ippWrite(http, response);
    (void)httpFlushWrite(http);
    ippDelete(request);
    ippDelete(response);
    return 1;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof address;
    if (argc < 3)
        return fprintf(stderr, "usage: printer DIR QUEUE [DOCUMENTS]\n"), 2;
    struct server s = {.dir = argv[1], .queue = argv[2], .refuse_after = argc > 3 ? strtol(argv[3], NULL, 10) : -1};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, 8) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        return perror("printer"), 1;
    printf("%d\n", ntohs(address.sin_port));
    (void)fflush(stdout);
    (void)alarm(SECONDS);
    for (;;) {
        http_t *http = httpAcceptConnection(fd, 1);
        while (http && serve(&s, http))
            continue;
        httpClose(http);
    }
}
