/* A ward's pack as one print job of CUPS, with one document a patient: a jam then costs one patient, not the ward. */
#ifndef REPLI_PRINT_JOB_H
#define REPLI_PRINT_JOB_H

#include <stdbool.h>
#include <stddef.h>

#include "repli/err.h"

struct repli_job;

/* Actual size, A4, both sides, long edge, or one side (label stock).  REPLI_IO: "printer 'X' at SERVER: why".  CUPS
** prints nothing before the last document is there. */
REPLI_MUST_CHECK enum repli_status repli_job_open(const char *printer, const char *title, bool one_sided,
                                                  struct repli_job **job, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_job_document(struct repli_job *job, const char *name, const void *pdf,
                                                      size_t len, bool last, struct repli_err *err);
int repli_job_number(const struct repli_job *job);
/* Without its last document the job is cancelled.  NULL is fine. */
void repli_job_close(struct repli_job *job);

#endif
