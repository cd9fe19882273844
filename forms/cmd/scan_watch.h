/* Private to cmd/: `repli scan --watch`. */
#ifndef REPLI_CMD_SCAN_WATCH_H
#define REPLI_CMD_SCAN_WATCH_H

#include "cmd/cmd.h"
#include "repli/scan.h"

struct repli_watch {
    int64_t every_ms, settle_ms;
    bool once; /* until nothing is waiting, then end */
};
/* Takes what comes into the site's inbox until SIGTERM or SIGINT.  `request` as for repli_scan_batch. */
int repli_cmd_scan_watch(struct repli_cli *cli, const struct repli_watch *watch,
                         const struct repli_scan_request *request);

#endif
