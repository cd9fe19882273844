/* Who somebody with a downtime number is: evidence for people, and what two of them said.
**
** Nothing here decides.  A candidate is told by points, each of which names what paper says, what the record says, and
** whether the two agree; the order of candidates (national number, number named on paper, birth date, names) is an
** order of looking, and no figure sums it up.  One person proposes, with two different proofs; another one confirms
** what was shown to the first.  The hash of that is kept: when anything of it changed meanwhile, nobody confirms.
**
** Resolved, the two files are linked as a FHIR Patient.link or an A40 links them: nothing moves, nothing is deleted,
** the downtime number stays a number of whoever it is, and its paper that comes later merges for that person.
*/
#ifndef REPLI_IDENTITY_H
#define REPLI_IDENTITY_H

#include "repli/ledger.h"
#include "repli/record.h"
#include "repli/record_identity.h"
#include "repli/site.h"

struct repli_identity_point {
    const char *point; /* "name", "first name", "birth", "sex", "national number", "paper", "stay", "death", ... */
    const char *says;  /* "agrees", "near", "differs", "unknown" */
    const char *text;
};
struct repli_identity_candidate {
    const char *id, *number, *name, *birth_date, *sex;
    struct repli_identity_point *points;
    size_t npoints;
    int order[6]; /* of looking, higher first */
};
#define REPLI_IDENTITY_SHOWN 8 /* candidates, at most; and who was proposed */

struct repli_identity {
    const char *number, *alias;
    const char *state;                        /* "open", "proposed", "resolved" */
    const char *patient, *patient_number;     /* who was proposed, or who it is; NULL = open */
    bool registered;                          /* a registration sheet was merged: `paper` */
    struct repli_identity_registration paper; /* what it said, else what the file says */
    const char *sheet;                        /* the registration sheet */
    bool niss_fits;                           /* its check */
    const struct repli_identity_act *acts;
    size_t nacts;
    struct repli_identity_candidate *candidates;
    size_t ncandidates;
    uint8_t shown[32]; /* hash of registration and candidates, as they are now */
    bool changed;      /* state "proposed": they are not what the proposal was made on */
};

/* All downtime numbers of the record (`number` NULL), by number; or one.  REPLI_USAGE: there is none of that number. */
REPLI_MUST_CHECK enum repli_status repli_identity_list(struct repli_ledger *, struct repli_record *, const char *number,
                                                       struct repli_arena *, struct repli_identity **, size_t *count,
                                                       struct repli_err *);

/* `patient`: a number or an id of the record, of a real patient or another downtime number.  *out: the number as it is
** then.  REPLI_DATA, by name: resolved or proposed already, the same proof twice, nobody or several of that number. */
REPLI_MUST_CHECK enum repli_status repli_identity_propose(const struct repli_site *, struct repli_ledger *,
                                                          struct repli_record *, const char *number,
                                                          const char *patient, const char *const proofs[2],
                                                          const char *by, struct repli_arena *,
                                                          struct repli_identity **out, struct repli_err *);
/* REPLI_DATA: nothing is proposed, by the same person, or what was shown changed since. */
REPLI_MUST_CHECK enum repli_status repli_identity_confirm(const struct repli_site *, struct repli_ledger *,
                                                          struct repli_record *, const char *number, const char *by,
                                                          struct repli_arena *, struct repli_identity **out,
                                                          struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_identity_reject(const struct repli_site *, struct repli_ledger *,
                                                         struct repli_record *, const char *number, const char *by,
                                                         const char *reason, struct repli_arena *,
                                                         struct repli_identity **out, struct repli_err *);
/* Takes a resolution back, also when sheets of either file were merged since.  REPLI_DATA, by name: one of them stands
** on the two being one person: it found a value of its own in the other's file, or ended a place of the other's
** stay. */
REPLI_MUST_CHECK enum repli_status repli_identity_undo(const struct repli_site *, struct repli_ledger *,
                                                       struct repli_record *, const char *number, const char *by,
                                                       const char *reason, struct repli_arena *,
                                                       struct repli_identity **out, struct repli_err *);

/* Gives sheets that bear `number` to somebody else: `to` is "new" (a downtime number is allotted), a downtime number,
** or a patient's number or id.  What was settled on them merges anew, for that one.  REPLI_DATA, by name: a sheet is
** none of the number's, or is merged (its merges are undone first).  *owner: whose they are then. */
struct repli_identity_split {
    const char *number, *to, *reason, *by[2];
    const char *const *sheets;
    size_t nsheets;
};
REPLI_MUST_CHECK enum repli_status repli_identity_split(const struct repli_site *, struct repli_ledger *,
                                                        struct repli_record *, const struct repli_identity_split *,
                                                        struct repli_arena *, const char **owner, struct repli_err *);

/* ---- of the ledger (store/) */
/* The real number that people keyed from the sheets of a downtime number; *value NULL: none. */
REPLI_MUST_CHECK enum repli_status repli_ledger_identity_named(struct repli_ledger *, const char *number,
                                                               struct repli_arena *, const char **value,
                                                               const char **sheet, struct repli_err *);
/* Sheets of a patient of the record that were printed since an instant and are not closed: "K7QD-M3XA-D ...". */
REPLI_MUST_CHECK enum repli_status repli_ledger_identity_printed(struct repli_ledger *, const char *patient_id,
                                                                 int64_t since_utc, struct repli_arena *,
                                                                 const char **sheets, int64_t *count,
                                                                 struct repli_err *);

/* Sheets that bear a downtime number and were printed, by serial; all text lives in the arena, no sheet is no failure.
** REPLI_DB when the ledger cannot be read. */
struct repli_identity_sheet {
    uint64_t serial;
    uint8_t mac[8];
    const char *sheet, *form, *side, *state;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_identity_sheets(struct repli_ledger *, const char *number,
                                                                struct repli_arena *, struct repli_identity_sheet **,
                                                                size_t *count, struct repli_err *);

#endif
