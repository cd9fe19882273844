/* site.yaml as text: parsing (also for fuzzing) and the one line that `station renew` changes. */
#ifndef REPLI_SITE_INTERNAL_H
#define REPLI_SITE_INTERNAL_H

#include "repli/site.h"
#include "repli/yaml.h"

/* Fills the fields of `site` that site.yaml speaks of, zone included; memory in site->arena.  `file` is for errors. */
enum repli_status repli_site_parse(const char *file, const char *text, size_t len, struct repli_site *site,
                                   struct repli_err *err);

/* The numbers: `limits:`, `snapshot:` and packs_keep_hours, with their defaults and ranges; and how a new site.yaml
** explains them (site_limits.c). */
enum repli_status repli_site_read_limits(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err);
void repli_site_write_snapshot(struct repli_buf *out);
void repli_site_write_limits(struct repli_buf *out);

/* Settings that forms choose rows by, and the directory of telephone numbers (site_house.c). */
enum repli_status repli_site_read_house(const struct repli_yaml *root, struct repli_site *site, struct repli_err *err);
void repli_site_write_house(struct repli_buf *out);
/* A text a person will read: not empty, not longer than a line, nothing invisible in it; a missing key leaves *out. */
enum repli_status repli_site_read_name(const struct repli_yaml *map, const char *key, struct repli_site *site,
                                       const char **out, struct repli_err *err);

/* The text of a new site.yaml. */
void repli_site_write_yaml(struct repli_buf *out, const char *hospital, const char *timezone, const char *lang,
                           const char *machine);

/* `text` with the station bound to `machine`: its line replaced, or put behind `number:`.  Comments stay.
** REPLI_DATA when the file is laid out so that a person has to write the line. */
enum repli_status repli_site_rebind_yaml(const char *file, const char *text, size_t len, const char *machine,
                                         struct repli_buf *out, struct repli_err *err);

#endif
