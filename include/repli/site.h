/* The site folder (--site DIR, else $REPLI_SITE, else /var/lib/repli) and its site.yaml.  The folder holds record.db,
** ledger.db, keys/ (0700), snapshots/, packs/DATE/, forms/ (each printed version by hash), inbox/, scans/ (by SHA-256),
** crops/SERIAL/ and, when the site has its own, templates/. */
#ifndef REPLI_SITE_H
#define REPLI_SITE_H

#include "repli/clock.h"
#include "repli/err.h"
#include "repli/key.h"
#include "repli/setting.h"
#include "repli/text.h"

struct repli_site_ward { /* wards: in site.yaml; a ward that is not listed gets the defaults */
    const char *id;      /* as in the record: the location's code */
    const char *lang;    /* "fr"; NULL = the site's */
    const char *printer; /* CUPS queue; NULL = none */
    const char **pack;   /* ids of the forms that it prints, NULL-terminated; NULL = the usual ones */
};

/* hl7_systems: in site.yaml: which identifier system an HL7 assigning authority stands for. */
struct repli_site_authority {
    const char *name;   /* its namespace or universal id; "" ("default" in the file) = identifiers that name none */
    const char *system; /* "https://hospital.example/number", as FHIR resources have it */
};

struct repli_site_phone {             /* directory: in site.yaml: who is reached how when the telephones are down */
    const char *name, *number, *note; /* note NULL = none */
};

/* What a new snapshot may differ by from the ones before it: `snapshot:` in site.yaml.  A share counts only together
** with its number of patients, so that small sites live with it. */
struct repli_site_gates {
    int64_t fall_percent_hour; /* 5: fewer patients within an hour */
    int64_t fall_percent_day;  /* 20: within a day */
    int64_t fall_patients;     /* 8: and at least so many */
    int64_t fall_patients_day; /* 16: the same for a day: a small ward may send eight of thirty home on a Friday */
    int64_t vanished_percent;  /* 1: gone although the record does not say that their stay ended */
    int64_t vanished_patients; /* 3 */
    int64_t changed_percent;   /* 1: the same patient with another number or birth date */
    int64_t changed_patients;  /* 3 */
    int64_t beds_percent;      /* 130: patients in a ward, of its beds */
    int64_t stale_hours;       /* 24: nothing new in the record */
};

/* Which snapshots are kept: `keep:` below `snapshot:` in site.yaml.  Each number is an age, so that they only grow. */
struct repli_site_keep {
    int64_t all_hours;   /* 24: every one */
    int64_t hourly_days; /* 3: of each hour the oldest */
    int64_t daily_days;  /* 14: of each day the oldest */
    int64_t weekly_days; /* 35: of each week the oldest; then none */
};

struct repli_site {
    struct repli_arena arena;
    const char *dir;
    const char *hospital; /* name printed on paper */
    const char *lang;     /* default language, "fr" */
    unsigned station;     /* 0..1023 */
    const char *station_name;
    const char *machine; /* what the station is bound to; NULL = not bound (centre before init finished) */
    struct repli_zone *zone;
    struct repli_clock clock;
    struct repli_keys *keys;
    struct repli_site_ward *wards;
    size_t nwards;
    struct repli_site_authority *authorities;
    size_t nauthorities;
    struct repli_setting *settings; /* one of each name, that of the site or the usual one */
    size_t nsettings;
    struct repli_site_phone *phones;
    size_t nphones;
    const char *phones_reviewed; /* "2026-11-02"; NULL = nobody did */
    const char *record, *ledger, *snapshots, *packs, *forms, *inbox, *scans, *crops, *keys_dir; /* paths */
    const char *templates; /* DIR/templates when it exists, else NULL: the templates inside the program */
    /* limits (site.yaml, with defaults) */
    struct repli_site_gates gates;
    struct repli_site_keep keep;
    int64_t packs_keep_hours;                               /* 72 */
    int64_t purge_days;                                     /* 30: purge: days, after a ward was closed */
    int64_t review_lease_minutes, review_seed_per_thousand; /* 15, 15: repli/quality.h */
    int64_t scan_max_bytes;                                 /* 200 MiB a file */
    int64_t scan_max_pixels;                                /* 200 million a page */
    int64_t scan_max_pages;                                 /* 500 a file */
    int64_t scan_page_seconds;                              /* 20 of wall clock a page */
    int64_t scan_cpu_seconds;                               /* 3600 of the decoding child, which serves one file */
    int64_t scan_memory;         /* 512 MiB of the decoding child, beside the pixels of one page */
    bool emergency_access;       /* true: break-glass */
    bool scan_render;            /* pages of a PDF that are no single image are drawn (default) or refused */
    int64_t import_max_resource; /* 64 MiB a resource or Bundle */
};

/* Makes a new site: folders (0700), keys, site.yaml, bound to this machine as station 0.  REPLI_USAGE when `dir` is a
** site already, REPLI_IO on a network or overlay file system.  Databases are made by store/. */
REPLI_MUST_CHECK enum repli_status repli_site_create(const char *dir, const char *hospital, const char *timezone,
                                                     const char *lang, struct repli_err *err);

/* `at`: text of --at, or NULL (then $REPLI_AT, else the system clock).  Unknown keys in site.yaml are refused with
** file:line.  The caller closes. */
REPLI_MUST_CHECK enum repli_status repli_site_open(const char *dir, const char *at, struct repli_site **site,
                                                   struct repli_err *err);
void repli_site_close(struct repli_site *site); /* NULL is fine */

/* Lists wards in a site.yaml that lists none yet; with a list of its own the file stays as it is.  In force when
** the site is opened again. */
REPLI_MUST_CHECK enum repli_status repli_site_list_wards(const struct repli_site *site,
                                                         const struct repli_site_ward *wards, size_t nwards,
                                                         struct repli_err *err);

/* The site.yaml of a ward's station: what it needs to print for these wards, and nothing of the others.  `machine`
** NULL:
** not bound to a computer yet. */
void repli_site_ward_yaml(const struct repli_site *site, unsigned station, const char *name, const char *machine,
                          const char *const *wards, size_t count, struct repli_buf *out);

const char *repli_site_lang(const struct repli_site *site, const char *ward);                   /* never NULL */
const struct repli_site_ward *repli_site_ward(const struct repli_site *site, const char *ward); /* NULL: not listed */

/* Printing only: is this the machine the station is bound to?  REPLI_USAGE with the way out (`repli station renew`). */
REPLI_MUST_CHECK enum repli_status repli_site_check_machine(const struct repli_site *site, struct repli_err *err);
REPLI_MUST_CHECK enum repli_status repli_site_renew_machine(struct repli_site *site, struct repli_err *err);

/* Numbers go on this far above the last one known where more may have been given: in a folder that was copied or
** restored. */
#define REPLI_SITE_JUMP 65536
/* Where the folder lies: by keys/anchor, which no copy and no restore reproduces.  `restored`: the mark of the serial
** counter is of another place, or unreadable; `floor`: the counter it names.  All empty: no number was ever given. */
struct repli_site_place {
    char anchor[80];
    bool restored;
    int64_t floor;
};
REPLI_MUST_CHECK enum repli_status repli_site_place(const struct repli_site *site, struct repli_site_place *place,
                                                    struct repli_err *err);
/* From reading the next number until it is taken: two prints at once would each take the other's mark for that of a
** restored folder.  Close *lock to give it back; the kernel does when the process dies. */
REPLI_MUST_CHECK enum repli_status repli_site_numbers_lock(const struct repli_site *site, int *lock,
                                                           struct repli_err *err);
/* A new folder goes on for a station whose ledger is lost (its master key was brought back): its numbers begin above
** what 65,536 sheets a day since 2026 would have used. */
REPLI_MUST_CHECK enum repli_status repli_site_numbers_lost(const char *keys_dir, int64_t now_utc,
                                                           struct repli_err *err);

/* High-water mark of the serial counter, in keys/counter beside the key, with the inode and change time of the file
** keys/anchor (which no copy and no restore reproduces).  `next` is the ledger's next counter.  *first is where this
** run's `count` serials begin: `next`, or, when the folder was copied or restored since (anchor differs) or the mark
** is ahead of the ledger, 65,536 above the higher of the two.  The new mark is durable before this returns. */
REPLI_MUST_CHECK enum repli_status repli_site_counter(const struct repli_site *site, uint32_t next, uint32_t count,
                                                      uint32_t *first, struct repli_err *err);

#endif
