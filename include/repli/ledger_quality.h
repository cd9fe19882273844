/* The ledger's rows about the people who key: leases, blind answers, call-backs, initials, and what follows about each
** of them.  Rules live in reconcile/ (batch.c, blind.c, operators.c, callbacks.c, initials.c).  Texts live in the
** arena; functions that write join the caller's transaction when one is open. */
#ifndef REPLI_LEDGER_QUALITY_H
#define REPLI_LEDGER_QUALITY_H

#include "repli/ledger.h"

/* Of a program that asks for the same sheets again and again: from now on page maps are kept with the handle, and what
** repli_ledger_sheet_map() gives belongs to it.  Called again, when nobody uses any: more than `most` are let go. */
void repli_ledger_keep_maps(struct repli_ledger *, size_t most);

/* `only`: until it is said otherwise, whatever changes a row of any table but the audit fails, and nothing of it stays:
** for answers to people who look. */
void repli_ledger_looks(struct repli_ledger *, bool only);

/* Of a program that somebody waits for: from now on a commit of this handle leaves its log as it is (it is as durable
** as ever), and repli_ledger_fold() takes it into the file when nobody waits.  A log that grew past 4000 pages
** meanwhile is taken in by the commit after all. */
void repli_ledger_fold_later(struct repli_ledger *);
bool repli_ledger_fold_due(const struct repli_ledger *);
void repli_ledger_fold(struct repli_ledger *); /* what somebody reads at this moment stays for the next time */

/* ---- leases: who was given which task */
struct repli_lease {
    const char *field, *need, *person;
    int revision;
    int64_t taken_utc, until_utc;
};
/* Of a sheet, neither answered nor run out at `now_utc`; `field` NULL: of all its fields. */
REPLI_MUST_CHECK enum repli_status repli_ledger_leases(struct repli_ledger *, uint64_t serial, const char *field,
                                                       int64_t now_utc, struct repli_arena *, struct repli_lease **,
                                                       size_t *count, struct repli_err *);
/* The person's own running lease of this task gets the new end; else a new row. */
REPLI_MUST_CHECK enum repli_status repli_ledger_lease_take(struct repli_ledger *, uint64_t serial,
                                                           const struct repli_lease *, struct repli_err *);
/* The person answered: theirs of this field ends, also one that ran out meanwhile.  No lease: nothing. */
REPLI_MUST_CHECK enum repli_status repli_ledger_lease_end(struct repli_ledger *, uint64_t serial, const char *field,
                                                          const char *person, int64_t now_utc, struct repli_err *);

/* All running ones of a person run out now: they turned to something else. */
REPLI_MUST_CHECK enum repli_status repli_ledger_leases_release(struct repli_ledger *, const char *person,
                                                               int64_t now_utc, struct repli_err *);

/* ---- what can be lent: open tasks that this person may do */
struct repli_lendable {
    uint64_t serial;
    const char *form, *field, *need, *state; /* state: what the machine saw, NULL = nothing */
    int64_t count;                           /* of repli_ledger_lendable_counts(): so many like it */
    int64_t mine, theirs; /* running leases among them: this person's, other people's (also counted in `count`) */
};
/* All of them, counted by form, field, need and state. */
REPLI_MUST_CHECK enum repli_status repli_ledger_lendable_counts(struct repli_ledger *, const char *person,
                                                                int64_t now_utc, struct repli_arena *,
                                                                struct repli_lendable **, size_t *count,
                                                                struct repli_err *);
/* Those of one kind that nobody else has now, at most `limit`, this person's own first, then sheet by sheet.  `form`
** and `state`: NULL = any; `like`: GLOB of the field's id. */
struct repli_lendable_wanted {
    const char *person, *need, *form, *like, *state;
    int64_t now_utc, limit;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_lendable(struct repli_ledger *, const struct repli_lendable_wanted *,
                                                         struct repli_arena *, struct repli_lendable **, size_t *count,
                                                         struct repli_err *);

/* ---- blind answers */
struct repli_blind {
    uint64_t serial;
    const char *field, *person, *purpose, *need; /* purpose: 'known', 'sample' */
    const char *answer, *value;                  /* NULL answer: not yet */
    const char *held_answer, *held_value;        /* what two people had settled; of the rows of repli_ledger_blinds() */
    const char *sheet, *by1, *by2;               /* as well */
    int revision;
    int64_t given_utc;
};
/* Settled by two people, neither of them `person`, who answered nothing of it and was not given it before; at most
** `limit`, in an order that nobody can foresee.  `merged`: tier 1, of sheets of which something was merged, also where
** the machine was the second; else of any sheet that was read. */
struct repli_known {
    uint64_t serial;
    const char *field;
    int revision;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_known(struct repli_ledger *, const char *person, bool merged,
                                                      int64_t limit, struct repli_arena *, struct repli_known **,
                                                      size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_blind_give(struct repli_ledger *, const struct repli_blind *,
                                                           struct repli_err *);
/* *blind NULL: this person was not given this field so. */
REPLI_MUST_CHECK enum repli_status repli_ledger_blind_get(struct repli_ledger *, uint64_t serial, const char *field,
                                                          int revision, const char *person, struct repli_arena *,
                                                          struct repli_blind **blind, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_blind_answer(struct repli_ledger *, const struct repli_blind *,
                                                             int64_t now_utc, struct repli_err *);
/* Of a purpose, with what had been settled; `person` NULL: of everybody. */
REPLI_MUST_CHECK enum repli_status repli_ledger_blinds(struct repli_ledger *, const char *purpose, const char *person,
                                                       struct repli_arena *, struct repli_blind **, size_t *count,
                                                       struct repli_err *);

/* ---- call-backs: settled as illegible, and who wrote it was not asked yet */
REPLI_MUST_CHECK enum repli_status repli_ledger_callbacks(struct repli_ledger *, int64_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_serials_callback(struct repli_ledger *, struct repli_arena *,
                                                                 uint64_t **serials, size_t *count, struct repli_err *);

/* ---- initials: `set` is all sheets of a pack about one subject */
struct repli_signer {
    const char *initials, *name, *person;
};
REPLI_MUST_CHECK enum repli_status repli_ledger_signers(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                        struct repli_signer **, size_t *count, struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_signer_put(struct repli_ledger *, uint64_t serial,
                                                           const struct repli_signer *, int64_t now_utc,
                                                           struct repli_err *);
struct repli_initialled {
    const char *field, *initials, *name, *person; /* name NULL: not in the register any more */
};
REPLI_MUST_CHECK enum repli_status repli_ledger_initialled(struct repli_ledger *, uint64_t serial, struct repli_arena *,
                                                           struct repli_initialled **, size_t *count,
                                                           struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_ledger_initialled_put(struct repli_ledger *, uint64_t serial,
                                                               const struct repli_initialled *, int64_t now_utc,
                                                               struct repli_err *);

/* ---- what each person did */
struct repli_operator {
    const char *person, *name, *role;
    int64_t fields;          /* answers, all of them */
    int64_t illegible, sure; /* of these; `sure`: asked again and repeated */
    int64_t leased, busy_s;  /* answers to leased tasks, and the time from lease to answer, overlaps counted once */
    int64_t pairs, agreed;   /* fields with a second key of which one is theirs; both keys equal */
    int64_t given;           /* known fields that they were given */
};
REPLI_MUST_CHECK enum repli_status repli_ledger_operators(struct repli_ledger *, struct repli_arena *,
                                                          struct repli_operator **, size_t *count, struct repli_err *);
/* How much one person was asked so far: answers, and known fields among them. */
REPLI_MUST_CHECK enum repli_status repli_ledger_operator_load(struct repli_ledger *, const char *person,
                                                              int64_t *fields, int64_t *given, struct repli_err *);

#endif
