/* A block of handwriting as a document of its own: a page with a header of text (whose, what, when, from which sheet)
** over the picture of what stands on paper.  Words on paper stay a picture; what can be searched is the header. */
#ifndef REPLI_FILED_H
#define REPLI_FILED_H

#include "repli/clock.h"
#include "repli/draw.h"

struct repli_filed {
    const char *hospital;
    const char *name, *number, *birth_date; /* of the patient, as the record has them; NULL: of a ward, or not known */
    const char *ward;                       /* NULL: not known */
    const char *form_id, *kind, *block;     /* block: which of that kind on the sheet, "1" */
    const char *sheet;                      /* serial as printed */
    int side, sides;
    const char *outage;         /* NULL: none */
    const int64_t *written_utc; /* NULL: no time was written that counts */
    int64_t from_utc;           /* the sheet's hours */
    int window_hours;           /* 0: not known */
    const char *keyed;          /* what people keyed, in words of the paper: "jour 23 · heure 09:10"; NULL: nothing */
};
/* The page in `a`, and where the picture goes, whose shape is width : height.  `dir`: the site's templates or NULL.
** REPLI_DATA: no such language, or a text that cannot be set. */
REPLI_MUST_CHECK enum repli_status repli_filed_page(const struct repli_filed *, const char *dir, const char *lang,
                                                    const struct repli_zone *, int width, int height,
                                                    struct repli_arena *a, struct repli_draw_list *page,
                                                    struct repli_box *picture, struct repli_err *);

#endif
