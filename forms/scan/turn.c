/* One page at a time: two processes that scan into one site take turns, page by page.
**
** Between looking a page up and storing it nobody else may store the same image or another image of the same sheet;
** and crops are files of the sheet, which two readers would write over each other.  The kernel drops the lock when its
** process dies.
*/
#define _DEFAULT_SOURCE /* flock(): its locks belong to the open file, so two handles of one process see each other */
#include "batch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "repli/file.h"

enum repli_status repli_scan_turn(const struct job *job, int *turn, struct repli_err *err)
{
    const struct repli_site *site = job->batch->site;
    const char *path = repli_path_join(job->arena, site->scans, ".turn");
    enum repli_status s = repli_dir_make(site->scans, 0700, err);
    if (s != REPLI_OK)
        return s;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600), rc = -1;
    if (fd >= 0)
        do
            rc = flock(fd, LOCK_EX);
        while (rc != 0 && errno == EINTR);
    if (rc != 0) {
        int why = errno;
        if (fd >= 0)
            (void)close(fd);
        return repli_fail(err, REPLI_IO, "%s: %s", path, strerror(why));
    }
    *turn = fd;
    return REPLI_OK;
}
