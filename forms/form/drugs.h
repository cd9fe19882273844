/* How drugs are printed: the lists of a template's `drugs` and what they make of a record's texts.  form/ only. */
#ifndef REPLI_FORM_DRUGS_H
#define REPLI_FORM_DRUGS_H

#include "form_internal.h"

struct drug_pair {
    const char *from, *to; /* as it is sent (or its folded form); as it is printed, in the form's language */
};
struct drug_class {
    const char **words; /* folded; a name that holds one at the start of a word belongs to the class */
    size_t nwords;
    const char **routes; /* folded starts; none: any route */
    size_t nroutes;
};
struct drugs {
    struct drug_class *high_alert, *allergy_groups; /* the latter: whoever reacts to one may react to the others */
    size_t nhigh_alert, nallergy_groups;
    const char **tall_man, **as_needed, **once; /* the latter two folded */
    size_t ntall_man, nas_needed, nonce;
    struct drug_pair *units, *routes, *frequencies, *words;
    size_t nunits, nroutes, nfrequencies, nwords;
    const char *times_a_day, *once_a_day, *every_hours, *every_days, *times_a_week, *times_in; /* {n}, {p} */
};

/* `drugs` at the head of a template; REPLI_OK and NULL when there is none. */
enum repli_status repli_drugs_load(struct repli_form *form, const struct repli_yaml *root, struct drugs **out,
                                   struct repli_err *err);

/* All in `a`, never NULL for a text that is not NULL. */
const char *repli_drug_text(const struct drugs *d, const char *sent, struct repli_arena *a); /* words and numbers */
const char *repli_drug_name(const struct drugs *d, const char *sent, struct repli_arena *a); /* and tall-man letters */
const char *repli_drug_unit(const struct drugs *d, const char *sent, struct repli_arena *a);
const char *repli_drug_route(const struct drugs *d, const char *sent, struct repli_arena *a);
const char *repli_drug_frequency(const struct drugs *d, const char *sent, struct repli_arena *a);
const char *repli_drug_amount(const struct drugs *d, const char *sent, struct repli_arena *a); /* "30 mg" */
const char *repli_drug_number(const char *sent,
                              struct repli_arena *a); /* "0.50" -> "0,5"; what is no number as it is */
bool repli_drug_high_alert(const struct drugs *d, const char *name, const char *route, struct repli_arena *a);
/* The words of the groups that a name belongs to, as a JSON list; NULL: of none. */
const char *repli_drug_allergy_words(const struct drugs *d, const char *name, struct repli_arena *a);
bool repli_drug_as_needed(const struct drugs *d, const char *frequency, struct repli_arena *a);
bool repli_drug_once(const struct drugs *d, const char *frequency, struct repli_arena *a);

#endif
