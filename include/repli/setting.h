/* What a site says about itself and a form may choose rows by (`only: triage-mts`): names, and the values each may
** have.  site.yaml says which one it is; every snapshot carries them, so that a sheet is laid out the same for ever. */
#ifndef REPLI_SETTING_H
#define REPLI_SETTING_H

#include <stddef.h>

struct repli_setting {
    const char *name, *value; /* "triage", "mts" */
};
/* Every value that a setting may have, the usual one of each name first; NULL past the end. */
const struct repli_setting *repli_setting_at(size_t index);
/* Of "triage-mts"; NULL: there is no such setting or value. */
const struct repli_setting *repli_setting_of(const char *word);
/* "mts"; NULL: there is no setting of that name. */
const char *repli_setting_usual(const char *name);

#endif
