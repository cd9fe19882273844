/* From a pack that is ready to a printer: a document for each patient, made of the very drawings of the pack. */
#include <string.h>

#include "print/job.h"
#include "print/plan.h"
#include "print/print_internal.h"

/* The printer by its name, or the ward's when that is what was asked for. */
enum repli_status repli_send_printer(const struct repli_plan *plan, const char **printer, struct repli_err *err)
{
    const char *name = plan->request->printer;
    if (name && strcmp(name, "ward") == 0) {
        const struct repli_site_ward *ward = repli_site_ward(plan->site, plan->ward);
        name = ward ? ward->printer : NULL;
        if (!name)
            return repli_fail(err, REPLI_USAGE, "ward %s has no `printer:` in site.yaml: name one with --printer NAME",
                              plan->ward ? plan->ward : "(none)");
    } else if (name && (strlen(name) > 127 || strcspn(name, " \t/#?'\"\\") != strlen(name))) {
        return repli_fail(err, REPLI_USAGE, "'%s' is no name of a CUPS queue (see lpstat -e)", name);
    }
    *printer = name;
    return REPLI_OK;
}

/* Sheets [from, to) are of one patient, or of the ward.  Beds, not names: queues are listed for everybody. */
static const char *document_name(const struct repli_plan *plan, size_t from, const char *pack, struct repli_arena *a)
{
    const struct repli_snap_patient *p = plan->sheets[from].patient;
    if (!p)
        return repli_arena_printf(a, "%s %s", pack, plan->ward ? plan->ward : "");
    return p->bed ? repli_arena_printf(a, "%s %s %s", pack, p->ward ? p->ward : "", p->bed)
                  : repli_arena_printf(a, "%s page %zu", pack, from + 1);
}

static enum repli_status send_all(const struct repli_plan *plan, const struct repli_pdf_page *pages,
                                  const struct repli_pdf_info *info, struct repli_job *job, size_t *documents,
                                  struct repli_err *err)
{
    enum repli_status status = REPLI_OK;
    for (size_t from = 0, to; status == REPLI_OK && from < plan->nsheets; from = to) {
        struct repli_arena a = {0};
        void *data = NULL;
        size_t len = 0;
        for (to = from + 1; to < plan->nsheets && plan->sheets[to].patient == plan->sheets[from].patient;)
            to++;
        status = repli_pdf_build(pages + from, to - from, info, &a, &data, &len, err);
        if (status == REPLI_OK)
            status = repli_job_document(job, document_name(plan, from, info->keywords, &a), data, len,
                                        to == plan->nsheets, err);
        *documents += status == REPLI_OK;
        repli_arena_done(&a);
    }
    return status;
}

enum repli_status repli_send_pack(const struct repli_plan *plan, const char *printer,
                                  const struct repli_pdf_page *pages, const struct repli_pdf_info *info, int *number,
                                  size_t *documents, struct repli_err *err)
{
    struct repli_job *job = NULL;
    *documents = 0;
    enum repli_status status = repli_job_open(printer, info->keywords, repli_form_bare(plan->forms[0].form), &job, err);
    if (status == REPLI_OK) {
        *number = repli_job_number(job);
        status = send_all(plan, pages, info, job, documents, err);
    }
    repli_job_close(job);
    return status;
}
