/* Filling the record by events (HL7 v2): each changes what is there, in the order in which they come.
**
** Works inside a run of record_import.h.  Between begin and end the put functions take the last word that was said: no
** choice between two versions is made, and a row that a FHIR resource made keeps that resource's hash, so that the same
** resource sent again changes nothing and a new one replaces all.
*/
#ifndef REPLI_RECORD_EVENT_H
#define REPLI_RECORD_EVENT_H

#include "repli/record_import.h"

/* `hash`: of the whole message.  *known: it came before, in this run or another; nothing is open then and there is
** nothing to end; *refused (in the arena) says why it was not applied then, NULL = it was.  It is not tried again: what
** came after it may have been applied.  `type` "ADT^A01" and `control_id` (may be NULL) are for people to read. */
REPLI_MUST_CHECK enum repli_status repli_record_event_begin(struct repli_record *, const uint8_t hash[32],
                                                            const char *type, const char *control_id,
                                                            struct repli_arena *, bool *known, const char **refused,
                                                            struct repli_err *);
/* Keeps all of the event when `status` is REPLI_OK, else nothing of it but, with REPLI_DATA and REPLI_WAITS, the reason
** err->text; returns the final status. */
REPLI_MUST_CHECK enum repli_status repli_record_event_end(struct repli_record *, enum repli_status status,
                                                          struct repli_err *err);

/* Who has this identifier today: merged records stand for the one that replaced them.  `but` (may be NULL): never this
** one, and nothing is followed.  *id NULL: nobody.  REPLI_DATA: several people. */
REPLI_MUST_CHECK enum repli_status repli_record_person(struct repli_record *, const char *system, const char *value,
                                                       const char *but, struct repli_arena *, const char **id,
                                                       struct repli_err *);
/* The stay with this number, else one of this person with the same number of another system.  *id NULL: none.
** REPLI_DATA: the number is that of somebody else's stay. */
REPLI_MUST_CHECK enum repli_status repli_record_stay(struct repli_record *, const struct repli_keys *,
                                                     const char *patient_id, const char *system, const char *value,
                                                     struct repli_arena *, const char **id, struct repli_err *);
/* The one stay of this person that is under way, or with `ended` the one that ended last.  *id NULL: none.
** REPLI_DATA: several are under way. */
REPLI_MUST_CHECK enum repli_status repli_record_only_stay(struct repli_record *, const char *patient_id, bool ended,
                                                          struct repli_arena *, const char **id, struct repli_err *);
/* A place by what people call it: its code, else its name, below `part_of` (NULL: anywhere).  *id NULL: none, or
** several. */
REPLI_MUST_CHECK enum repli_status repli_record_place(struct repli_record *, const char *kind, const char *called,
                                                      const char *part_of, struct repli_arena *, const char **id,
                                                      struct repli_err *);
REPLI_MUST_CHECK enum repli_status repli_record_place_known(struct repli_record *, const char *id, bool *known,
                                                            struct repli_err *);

/* What is there.  *known false: no such row, the struct is left alone. */
REPLI_MUST_CHECK enum repli_status repli_record_get_patient(struct repli_record *, const char *id, struct repli_arena *,
                                                            bool *known, struct repli_rec_patient *,
                                                            struct repli_err *);
/* `stops` has room for one more than nstops. */
REPLI_MUST_CHECK enum repli_status repli_record_get_encounter(struct repli_record *, const char *id,
                                                              struct repli_arena *, bool *known,
                                                              struct repli_rec_encounter *, struct repli_err *);

#endif
