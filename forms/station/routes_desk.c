/* Who may see and do what at the desk. */
#include "station/desk.h"

#define REVIEWERS (ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST)
#define PAPER     (ROLE_NURSE | ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR) /* who has paper in the hand */
#define SCANS     (ROLE_CLERK | ROLE_VERIFIER | ROLE_COORDINATOR)
#define WHO_IS    (ROLE_NURSE | ROLE_VERIFIER | ROLE_COORDINATOR) /* who knows patients by their face */
#define SIGNERS   (ROLE_VERIFIER | ROLE_COORDINATOR | ROLE_PHARMACIST)

const struct station_route station_desk_routes[] = {
    {"/ledger", false, ROLE_ALL, false, page_ledger},
    {"/ledger/close", true, ROLE_NURSE | ROLE_COORDINATOR, false, post_ledger_close},
    {"/ledger/settle", true, PAPER, false, post_ledger_settle},
    {"/ledger/unused", true, PAPER, false, post_ledger_unused},
    {"/ledger/receive", true, PAPER, false, post_ledger_receive},
    {"/batches", false, SCANS, false, page_batches},
    {"/images", false, SCANS, false, page_images},
    {"/image", false, SCANS, false, page_image},
    {"/image/assign", true, SCANS, false, post_image_assign},
    {"/image/aside", true, SCANS, false, post_image_aside},
    {"/picture/*", false, SCANS, true, get_picture},
    {"/second", false, SCANS, false, page_second},
    {"/second/choose", true, SCANS, false, post_second_choose},
    {"/identity", false, WHO_IS, false, page_identity},
    {"/identity/say", true, WHO_IS, false, post_identity},
    {"/identity/split", true, ROLE_VERIFIER | ROLE_COORDINATOR, false, post_split},
    {"/bind", false, PAPER, false, page_bind},
    {"/bind/say", true, PAPER, false, post_bind},
    {"/conflicts", false, SIGNERS, false, page_conflicts},
    {"/conflicts/decide", true, SIGNERS, false, post_decide},
    {"/merge", false, SIGNERS, false, page_merge},
    {"/merge/sign", true, SIGNERS, false, post_merge_sign},
    {"/merge/all", true, ROLE_COORDINATOR, false, post_merge_all},
    {"/merges", false, SIGNERS, false, page_merges},
    {"/merge/undo", true, SIGNERS, false, post_merge_undo},
    {"/report", false, REVIEWERS & ~ROLE_CLERK, false, page_report},
    {"/report.pdf", false, REVIEWERS & ~ROLE_CLERK, false, get_report_pdf},
    {"/people", false, ROLE_COORDINATOR, false, page_people},
    {"/people/change", true, ROLE_COORDINATOR, false, post_people},
    {"/audit", false, ROLE_COORDINATOR, false, page_audit},
    {"/audit/verify", true, ROLE_COORDINATOR, false, post_audit_verify},
};
const size_t station_desk_nroutes = sizeof station_desk_routes / sizeof *station_desk_routes;
