/* The report of an outage that somebody signs: figures alone.  Patients appear by number and count, never a value.
**
** store/ reads sheets, fields and images of the outage as rows; reconcile/report.c counts them (pure arithmetic, tested
** against SQL that counts by itself); form/report_page.c draws what was counted.
*/
#ifndef REPLI_REPORT_H
#define REPLI_REPORT_H

#include "repli/audit.h"
#include "repli/draw.h"
#include "repli/outage.h"
#include "repli/record.h"

/* Which paper: that whose hours overlap the outage, or that was printed in it, in its wards; sheets without a patient
** of the record also when they came back after it began.  `outage` NULL: all paper of the ledger. */
struct repli_report_scope {
    const struct repli_outage *outage;
    int64_t from_utc, until_utc; /* of the outage; until: now while it is open */
};

struct repli_report_sheet { /* has fields */
    uint64_t serial;
    const char *sheet, *form_id, *ward, *patient, *by, *why; /* ward, patient, by, why: NULL = none */
    int side;
    enum repli_life state;
    int64_t printed_utc, received_utc, scanned_utc; /* scanned: the first image of it that could be read; 0 = none */
    int64_t merged_utc, values; /* merges that stand: the first; rows of the record that they wrote or confirmed */
    int64_t held;               /* captures that wait for a decision */
};

struct repli_report_ward {
    const char *ward; /* NULL: sheets without a ward */
    int64_t sheets, state[REPLI_LIFE_COUNT];
};
struct repli_report_patient { /* whose paper came back; missing: still out or lost */
    const char *patient, *ward;
    int64_t sheets, back, missing, values, held;
};
struct repli_report_tier {
    int64_t fields, open, key1, key2, settle, confirm;
    int64_t twice, differed; /* keyed by two people; of these not alike */
};
/* Fields that were settled and that somebody keyed once more, blind; how many are not what was held. */
struct repli_report_share {
    int64_t answered, wrong;
};
struct repli_report_held { /* what could not merge by itself, and how it ended */
    const char *kind;
    int64_t open, paper, live, note;
};
struct repli_report_images {
    const char *outcome;
    int64_t count, waiting; /* waiting: nobody settled it, and somebody must */
};
enum repli_report_deed {
    REPLI_REPORT_BEGAN,   /* T0 */
    REPLI_REPORT_OPENED,  /* somebody said so */
    REPLI_REPORT_ENDED,   /* T1 */
    REPLI_REPORT_CLOSED,  /* somebody said so */
    REPLI_REPORT_PRINTED, /* first to last sheet of the kind, with their number: */
    REPLI_REPORT_RECEIVED,
    REPLI_REPORT_SCANNED,
    REPLI_REPORT_KEYED,
    REPLI_REPORT_MERGED,
    REPLI_REPORT_UNDONE,
    REPLI_REPORT_WARD /* a ward was closed */
};
struct repli_report_event {
    enum repli_report_deed deed;
    int64_t utc, last_utc, count; /* last_utc 0: it is one moment */
    const char *who, *what;
};

/* How fast people are: fields settled in the last hours in which anybody settled one, and when it is done at that pace
** without a pause.  end_utc 0: nothing is open, or nobody has worked yet. */
#define REPLI_PACE_HOURS 8
struct repli_pace {
    int64_t fields, hours, seconds, open, end_utc;
    double per_hour;
};

#define REPLI_REPORT_COLUMNS 72
#define REPLI_REPORT_AGES    6
struct repli_report_hours { /* sheets printed, scanned for the first time and merged, in columns of step_h hours */
    int64_t start_utc, step_h;
    size_t count;
    int64_t printed[REPLI_REPORT_COLUMNS], scanned[REPLI_REPORT_COLUMNS], merged[REPLI_REPORT_COLUMNS];
};
extern const int repli_report_age_hours[REPLI_REPORT_AGES]; /* each column's upper end; the last has none: 0 */

struct repli_report {
    const char *hospital;
    unsigned station;
    struct repli_report_scope scope;
    int64_t now_utc;
    char audit[REPLI_AUDIT_HEAD];
    struct repli_report_sheet *sheets;
    struct repli_report_ward *wards;
    struct repli_report_patient *patients;
    struct repli_report_held *held;
    struct repli_report_images *images;
    struct repli_report_event *events;
    size_t nsheets, nwards, npatients, nheld, nimages, nevents;
    struct repli_report_ward all;
    struct repli_report_tier tiers[3]; /* [1]: two keys; [2]: one look; [0]: all other */
    int64_t ticks, ticks_refuted;      /* ticks the machine saw that a person looked at; that she saw otherwise */
    int64_t settled, illegible,
        machine;                    /* fields that people settled, of these illegible; empty by the machine alone */
    int64_t merges, undone, values; /* merges that stand, merges taken back; rows of the record */
    struct repli_report_share sample, known; /* read again out of the record; put among what people key */
    struct repli_pace pace;                  /* of the whole ledger */
    struct repli_report_hours hours;
    int64_t ages_out[REPLI_REPORT_AGES], ages_work[REPLI_REPORT_AGES]; /* since printing: not back; back, not merged */
};

/* ---- store/ */
REPLI_MUST_CHECK enum repli_status repli_ledger_pace(struct repli_ledger *, int64_t now_utc, struct repli_pace *,
                                                     struct repli_err *);
/* Sheets, tiers, ticks, answers, held, images and the events of the ledger; the rest of the report is left alone. */
REPLI_MUST_CHECK enum repli_status repli_ledger_report(struct repli_ledger *, struct repli_arena *,
                                                       struct repli_report *, struct repli_err *);
struct repli_report_merge {
    uint64_t serial;
    int64_t merged_utc, undone_utc, values; /* undone_utc 0: it stands */
};
REPLI_MUST_CHECK enum repli_status repli_record_report(struct repli_record *, struct repli_arena *,
                                                       struct repli_report_merge **, size_t *count, struct repli_err *);

/* ---- reconcile/ */
/* `id` NULL: the latest outage that is no drill, or all paper when there never was one.  REPLI_USAGE: there is no such
** outage. */
REPLI_MUST_CHECK enum repli_status repli_report_make(const struct repli_site *, struct repli_ledger *,
                                                     struct repli_record *, const char *id, struct repli_arena *,
                                                     struct repli_report *, struct repli_err *);
/* Wards, patients, hours, ages and sums from `sheets`; pure. */
void repli_report_count(struct repli_report *, struct repli_arena *);

/* ---- form/: pages, A4, in `a`.  `dir`: the site's templates or NULL.  REPLI_DATA: no such language. */
REPLI_MUST_CHECK enum repli_status repli_report_pages(const struct repli_report *, const char *dir, const char *lang,
                                                      const struct repli_zone *, struct repli_arena *a,
                                                      struct repli_draw_list **pages, size_t *count,
                                                      struct repli_err *);

#endif
