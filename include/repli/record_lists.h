/* Lists of the record for people who look after merges, a page at a time; texts live in the arena. */
#ifndef REPLI_RECORD_LISTS_H
#define REPLI_RECORD_LISTS_H

#include "repli/record.h"

/* One row of the record as texts, for a person to look at: columns that hold something, times as UTC seconds, no
** hashes.  count 0: no such row, or a table that people do not look at. */
struct repli_live_row {
    const char **columns, **values;
    size_t count;
};
REPLI_MUST_CHECK enum repli_status repli_record_live_row(struct repli_record *, const char *table, const char *id,
                                                         struct repli_arena *, struct repli_live_row *,
                                                         struct repli_err *);

/* Merges, the newest first. */
struct repli_merged_row {
    const char *merge_id, *sheet, *person, *undone_by, *reason; /* undone_by NULL: it stands */
    int64_t merged_utc, undone_utc, entries;
    bool undoable; /* it stands, and its changeset was not purged */
};
struct repli_merged_wanted {
    const char *person, *const *sheets; /* NULL = any; sheets: nsheets of them */
    size_t nsheets;
    int64_t offset, limit;
};
REPLI_MUST_CHECK enum repli_status repli_record_merges(struct repli_record *, const struct repli_merged_wanted *,
                                                       struct repli_arena *, struct repli_merged_row **, size_t *count,
                                                       struct repli_err *);

/* Everybody with a downtime number, the open ones first; evidence is asked for one by one (repli/identity.h). */
struct repli_downtime_row {
    const char *number, *alias, *name, *birth_date, *sex, *state, *patient; /* state: "open", "proposed", "resolved" */
};
REPLI_MUST_CHECK enum repli_status repli_record_downtime(struct repli_record *, int64_t offset, int64_t limit,
                                                         struct repli_arena *, struct repli_downtime_row **,
                                                         size_t *count, struct repli_err *);

/* What happened to somebody within some hours, for a line of time: values and doses of one code or order. */
struct repli_moment {
    const char *what, *text; /* what: "paper" or "record" */
    int64_t utc;
};
REPLI_MUST_CHECK enum repli_status repli_record_moments(struct repli_record *, const char *patient_id,
                                                        const char *order, const char *code, int64_t from_utc,
                                                        int64_t to_utc, struct repli_arena *, struct repli_moment **,
                                                        size_t *count, struct repli_err *);

#endif
