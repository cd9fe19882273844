/* The queues of this computer's print server. */
#include <cups/cups.h>
#include <stdlib.h>
#include <string.h>

#include "repli/print.h"

#define CONNECT_MS 3000
#define ANSWER_S   5.0
#define QUEUES_MAX 200

static ipp_t *question(void)
{
    static const char *const wanted[] = {"printer-name", "printer-info", "printer-state", "printer-state-reasons",
                                         "printer-is-accepting-jobs"};
    ipp_t *request = ippNewRequest(IPP_OP_CUPS_GET_PRINTERS);
    (void)ippAddStrings(request, IPP_TAG_OPERATION, IPP_TAG_KEYWORD, "requested-attributes",
                        sizeof wanted / sizeof *wanted, NULL, wanted);
    (void)ippAddInteger(request, IPP_TAG_OPERATION, IPP_TAG_INTEGER, "limit", QUEUES_MAX);
    return request;
}

static void take(struct repli_queue *q, ipp_attribute_t *a, struct repli_arena *arena)
{
    const char *name = ippGetName(a);
    if (strcmp(name, "printer-name") == 0)
        q->name = repli_arena_strdup(arena, ippGetString(a, 0, NULL));
    else if (strcmp(name, "printer-info") == 0)
        q->info = repli_arena_strdup(arena, ippGetString(a, 0, NULL));
    else if (strcmp(name, "printer-state") == 0)
        q->ready = q->ready && ippGetInteger(a, 0) != IPP_PSTATE_STOPPED;
    else if (strcmp(name, "printer-is-accepting-jobs") == 0)
        q->ready = q->ready && ippGetBoolean(a, 0);
    else if (strcmp(name, "printer-state-reasons") == 0 && ippGetString(a, 0, NULL) &&
             strcmp(ippGetString(a, 0, NULL), "none") != 0)
        q->why = repli_arena_strdup(arena, ippGetString(a, 0, NULL));
}

static size_t read_answer(ipp_t *answer, struct repli_arena *a, struct repli_queue *list)
{
    size_t n = 0;
    struct repli_queue one = {.ready = true};
    for (ipp_attribute_t *attr = ippFirstAttribute(answer); n < QUEUES_MAX; attr = ippNextAttribute(answer)) {
        bool of_printer = attr && ippGetGroupTag(attr) == IPP_TAG_PRINTER && ippGetName(attr);
        if (of_printer) {
            take(&one, attr, a);
            continue;
        }
        if (one.name) /* between two printers stands a separator without a name */
            list[n++] = one;
        one = (struct repli_queue){.ready = true};
        if (!attr)
            break;
    }
    return n;
}

enum repli_status repli_print_queues(struct repli_arena *a, struct repli_queue **list, size_t *count,
                                     struct repli_err *err)
{
    *list = repli_arena_array(a, QUEUES_MAX, sizeof **list);
    *count = 0;
    http_t *http = httpConnect2(cupsServer(), ippPort(), NULL, AF_UNSPEC, cupsEncryption(), 1, CONNECT_MS, NULL);
    if (!http)
        return repli_fail(err, REPLI_IO, "no print server answers at %s, port %d", cupsServer(), ippPort());
    httpSetTimeout(http, ANSWER_S, NULL, NULL);
    ipp_t *answer = cupsDoRequest(http, question(), "/");
    bool good = answer && cupsLastError() < IPP_STATUS_REDIRECTION_OTHER_SITE;
    bool none = cupsLastError() == IPP_STATUS_ERROR_NOT_FOUND; /* what CUPS says when it has no queue */
    if (good)
        *count = read_answer(answer, a, *list);
    enum repli_status status = good || none ? REPLI_OK
                                            : repli_fail(err, REPLI_IO, "the print server at %s, port %d: %s",
                                                         cupsServer(), ippPort(), cupsLastErrorString());
    ippDelete(answer);
    httpClose(http);
    return status;
}
