/* What the pages of review share: the fields that a session was lent, and what it answered. */
#ifndef REPLI_STATION_REVIEW_H
#define REPLI_STATION_REVIEW_H

#include "station/station.h"

#define REVIEW_BATCH 40 /* fields lent at once; as many tiles has a wall */
#define REVIEW_MORE  12 /* fewer left: more are lent */
#define REVIEW_DONE  2000
#define REVIEW_PACE  20 /* answers that the speed is taken from */

struct station_review {
    json_t *tasks; /* lent and not answered, in the order of work */
    json_t *done;  /* answered, newest last, as shown */
    char need[12], group[160];
    bool single;       /* what was marked wrong on a wall: read one by one */
    int64_t kind_left; /* of this kind, when the batch was begun, less what was answered since */
    int64_t kind_done;
    int64_t all_left;
    int64_t pace_ms[REVIEW_PACE]; /* when the last answers came */
    size_t paced;
};

struct station_review *station_review_of(struct station_session *); /* as it is; never NULL */
/* Of a POST alone, for a field that somebody is given is written down.  Afterwards something is in `tasks` unless
** nothing is left for this person.  `need` and `group`: which kind is asked for; NULL: go on, else what comes first.
** false: the page of the error is set. */
bool station_review_take(struct station_request *, const char *need, const char *group);
bool station_review_more(struct station_request *); /* likewise: takes more when few are left */
void station_review_forget(struct station_session *);
/* Everything is lent anew: something was opened again. */
void station_review_again(struct station_session *);
bool station_review_wall(const struct station_review *); /* the tasks are for the wall */

/* A task as a page wants it; a new reference. */
json_t *station_review_shown(const json_t *task);
/* Removes the task from what is left and keeps it among what was done: `said` as it is told. */
void station_review_answered(struct station_session *, const char *task, const char *said);
json_t *station_review_figures(const struct station_review *); /* left, alike, speed, minutes */

/* Answers through the door of `review import`, one line each; the page of an error is set when it says false. */
struct station_verdict {
    char outcome[16], why[1024]; /* of the last line that was not taken; outcome "stored": there was none */
    int64_t taken, refused, closed;
};
bool station_review_store(struct station_request *, const char *lines, struct station_verdict *);
/* One line: the task, or sheet and field; to be freed with repli_buf_done(). */
void station_review_line(struct repli_buf *, const char *task, const char *sheet, const char *field, const char *answer,
                         const char *value, bool sure);
/* What the form of one field says: its answer ("value", "blank", ...), its value as it is stored, whether it was asked
** again. */
struct station_answer {
    const char *answer, *value, *said;
    bool sure;
};
struct station_answer station_review_answer(struct station_request *, bool tick);
/* "refused" is asked again; what another person has or answered is "gone": there is nothing to repeat. */
const char *station_review_outcome(const struct station_verdict *);
const char *station_review_reason(struct station_request *, const char *why);

#endif
