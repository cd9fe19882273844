/* The numbers in site.yaml: what a new snapshot may differ by, which ones are kept, what foreign files may ask for. */
#include "base/site_internal.h"
#include "repli/text.h"

#define MIB ((int64_t)1024 * 1024)

/* One number with its range; the place it goes to holds the default. */
struct number {
    const char *key;
    int64_t min, max, *to;
};

/* A group of numbers; a group that is missing or empty leaves the defaults.  `also` is one more allowed key, or
** NULL. */
static enum repli_status read_numbers(const struct repli_yaml *map, const struct number *numbers, size_t count,
                                      const char *also, struct repli_err *err)
{
    const char *allowed[20] = {NULL};
    enum repli_status st = REPLI_OK;
    for (size_t i = 0; i < count; i++)
        allowed[i] = numbers[i].key;
    allowed[count] = also;
    if (map && !(map->kind == REPLI_YAML_SCALAR && !*map->text))
        st = repli_yaml_only(map, allowed, err);
    for (size_t i = 0; i < count && st == REPLI_OK; i++)
        st = repli_yaml_int(map, numbers[i].key, numbers[i].min, numbers[i].max, numbers[i].to, err);
    return st;
}

static enum repli_status read_foreign(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    const struct number limits[] = {
        {"scan_max_bytes", MIB, 4096 * MIB, &site->scan_max_bytes},
        {"scan_max_pixels", 1000000, 1000000000, &site->scan_max_pixels},
        {"scan_max_pages", 1, 10000, &site->scan_max_pages},
        {"scan_page_seconds", 1, 600, &site->scan_page_seconds},
        {"scan_cpu_seconds", 1, 86400, &site->scan_cpu_seconds},
        {"scan_memory", 128 * MIB, 65536 * MIB, &site->scan_memory},
        {"import_max_resource", 65536, 1024 * MIB, &site->import_max_resource},
    };
    const struct number purge[] = {{"days", 0, 36500, &site->purge_days}};
    site->packs_keep_hours = 72;
    site->purge_days = 30;
    site->scan_max_bytes = 200 * MIB;
    site->scan_max_pixels = 200000000;
    site->scan_max_pages = 500;
    site->scan_page_seconds = 20;
    site->scan_cpu_seconds = 3600;
    site->scan_memory = 512 * MIB;
    site->import_max_resource = 64 * MIB;
    enum repli_status st = repli_yaml_int(root, "packs_keep_hours", 1, 8760, &site->packs_keep_hours, err);
    if (st == REPLI_OK)
        st = read_numbers(repli_yaml_get(root, "purge"), purge, 1, NULL, err);
    return st == REPLI_OK
               ? read_numbers(repli_yaml_get(root, "limits"), limits, sizeof limits / sizeof *limits, NULL, err)
               : st;
}

static enum repli_status read_gates(const struct repli_yaml *map, struct repli_site *site, struct repli_err *err)
{
    struct repli_site_gates *g = &site->gates;
    *g = (struct repli_site_gates){5, 20, 8, 16, 1, 3, 1, 3, 130, 24};
    const struct number numbers[] = {
        {"fall_percent_hour", 1, 100, &g->fall_percent_hour}, {"fall_percent_day", 1, 100, &g->fall_percent_day},
        {"fall_patients", 1, 10000, &g->fall_patients},       {"fall_patients_day", 1, 10000, &g->fall_patients_day},
        {"vanished_percent", 1, 100, &g->vanished_percent},   {"vanished_patients", 1, 10000, &g->vanished_patients},
        {"changed_percent", 1, 100, &g->changed_percent},     {"changed_patients", 1, 10000, &g->changed_patients},
        {"beds_percent", 100, 1000, &g->beds_percent},        {"stale_hours", 1, 8760, &g->stale_hours},
    };
    return read_numbers(map, numbers, sizeof numbers / sizeof *numbers, "keep", err);
}

static enum repli_status read_keep(const struct repli_yaml *map, struct repli_site *site, struct repli_err *err)
{
    struct repli_site_keep *k = &site->keep;
    *k = (struct repli_site_keep){24, 3, 14, 35};
    const struct number numbers[] = {
        {"all_hours", 1, 720, &k->all_hours},
        {"hourly_days", 1, 60, &k->hourly_days},
        {"daily_days", 1, 180, &k->daily_days},
        {"weekly_days", 7, 365, &k->weekly_days},
    };
    enum repli_status st = read_numbers(map, numbers, sizeof numbers / sizeof *numbers, NULL, err);
    if (st == REPLI_OK &&
        (k->all_hours > 24 * k->hourly_days || k->hourly_days > k->daily_days || k->daily_days > k->weekly_days))
        return repli_yaml_fail(map, err,
                               "'keep' must reach further from line to line: all_hours, hourly_days, daily_days, "
                               "weekly_days");
    return st;
}

enum repli_status repli_site_read_limits(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err)
{
    const struct repli_yaml *snapshot = repli_yaml_get(root, "snapshot");
    enum repli_status st = read_foreign(root, site, err);
    if (st == REPLI_OK)
        st = read_gates(snapshot, site, err);
    return st == REPLI_OK ? read_keep(repli_yaml_get(snapshot, "keep"), site, err) : st;
}

void repli_site_write_snapshot(struct repli_buf *out)
{
    repli_buf_puts(out, "\n# What a new snapshot may differ by from those before it; beyond that it goes to\n"
                        "# snapshots/quarantine until two people accept it.  A share counts only together with its\n"
                        "# number of patients.\n"
                        "snapshot:\n"
                        "  fall_percent_hour: 5     # fewer patients within an hour\n"
                        "  fall_percent_day: 20     # within a day\n"
                        "  fall_patients: 8         # and at least so many within an hour\n"
                        "  fall_patients_day: 16    # and within a day\n"
                        "  vanished_percent: 1      # gone, but the record does not say that their stay ended\n"
                        "  vanished_patients: 3\n"
                        "  changed_percent: 1       # the same patient with another number or birth date\n"
                        "  changed_patients: 3\n"
                        "  beds_percent: 130        # patients in a ward, of its beds\n"
                        "  stale_hours: 24          # nothing new in the record for so long\n"
                        "  # Which snapshots are kept, by the time since this computer took them.  One that paper\n"
                        "  # still out names stays whatever its age, and so does the newest good one.\n"
                        "  keep:\n"
                        "    all_hours: 24          # every one\n"
                        "    hourly_days: 3         # then the oldest of each hour\n"
                        "    daily_days: 14         # then the oldest of each day\n"
                        "    weekly_days: 35        # then the oldest of each week; older ones are deleted\n");
}

void repli_site_write_limits(struct repli_buf *out)
{
    repli_buf_puts(out,
                   "# Foreign files are taken within these bounds only; what lies beyond them is named, never read.\n"
                   "limits:\n"
                   "  scan_max_bytes: 209715200       # a scanned file\n"
                   "  scan_max_pixels: 200000000      # a page; A4 at 600 dpi has 35 million\n"
                   "  scan_max_pages: 500             # a scanned file\n"
                   "  scan_page_seconds: 20           # by the clock, a page; then its decoder is stopped\n"
                   "  scan_cpu_seconds: 3600          # of the processor, a file\n"
                   "  scan_memory: 536870912          # bytes of its decoder, beside the pixels of a page\n"
                   "  import_max_resource: 67108864   # bytes of one FHIR resource, Bundle or HL7 message\n");
}
