/* Every operation of a merge and of an undo, all eight kinds of fault, and double faults: killed again in the rerun. */
#include "fault/merge_faults.h"

#define SECOND_MAX 40 /* the rerun is killed at one of its first operations */

static int64_t prove(const char *what)
{
    struct merge_faults m;
    merge_faults_make(&m, what);
    for (int mode = 0; mode < FAULTVFS_COUNT; mode++) {
        int64_t ops = merge_faults_ops(&m, (enum faultvfs_mode)mode), before = m.points, bad = m.bad;
        for (int64_t at = 1; at <= ops; at++) {
            merge_faults_point(&m, (enum faultvfs_mode)mode, at, 0);
            merge_faults_point(&m, (enum faultvfs_mode)mode, at, 1 + (at * 7 + mode) % SECOND_MAX);
        }
        printf("%s: %-12s %5lld points, %lld bad\n", what, faultvfs_text((enum faultvfs_mode)mode),
               (long long)(m.points - before), (long long)(m.bad - bad));
        fflush(stdout);
    }
    int64_t bad = m.bad;
    ward_drop(&m.w);
    return bad;
}

int main(void)
{
    int64_t bad = prove("merge") + prove("undo") + prove("void") + prove("decide") + prove("mar") + prove("mar-undo");
    printf("%s - every fault of a merge, an undo, a void and a decision ends in the identical record\n",
           bad ? "not ok" : "ok");
    return bad ? 1 : 0;
}
