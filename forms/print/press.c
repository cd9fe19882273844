/* What packs of one run share: the snapshot, read and checked once, and the forms that were opened. */
#include <stdlib.h>
#include <string.h>

#include "print/plan.h"

struct press_form {
    struct press_form *next;
    struct repli_form *form;
    uint8_t hash[32];
};

struct repli_press {
    const struct repli_site *site;
    struct repli_snapshot *snap;
    struct press_form *forms;
};

static struct repli_press *press_make(const struct repli_site *site, struct repli_snapshot *snap)
{
    struct repli_press *p = repli_xcalloc(1, sizeof *p);
    *p = (struct repli_press){.site = site, .snap = snap};
    return p;
}

enum repli_status repli_press_open(const struct repli_site *site, struct repli_press **press, struct repli_err *err)
{
    struct repli_snapshot *snap = NULL;
    enum repli_status status = repli_snapshot_newest(site, repli_clock_now(&site->clock), &snap, err);
    if (status == REPLI_OK)
        *press = press_make(site, snap);
    return status;
}

enum repli_status repli_press_open_checked(const struct repli_site *site, const char *snapshot, int64_t passed_over,
                                           struct repli_press **press, struct repli_err *err)
{
    struct repli_snapshot *snap = NULL;
    enum repli_status status = repli_snapshot_reopen(snapshot, &snap, err);
    if (status != REPLI_OK)
        return status;
    repli_snapshot_passed_over(snap, passed_over);
    *press = press_make(site, snap);
    return REPLI_OK;
}

void repli_press_close(struct repli_press *press)
{
    if (!press)
        return;
    for (struct press_form *f = press->forms, *next; f; f = next) {
        next = f->next;
        repli_form_close(f->form);
        free(f);
    }
    repli_snapshot_close(press->snap);
    free(press);
}

struct repli_snapshot *repli_press_snapshot(struct repli_press *press)
{
    return press->snap;
}

enum repli_status repli_press_form(struct repli_press *press, const char *id, const char *lang,
                                   struct repli_form **form, uint8_t hash[32], struct repli_err *err)
{
    struct press_form *f = press->forms;
    while (f && (strcmp(repli_form_id(f->form), id) != 0 || strcmp(repli_form_lang(f->form), lang) != 0))
        f = f->next;
    if (!f) {
        struct repli_form *made = NULL;
        enum repli_status status = repli_form_open(press->site->templates, id, lang, &made, err);
        if (status != REPLI_OK)
            return status;
        f = repli_xcalloc(1, sizeof *f);
        *f = (struct press_form){.next = press->forms, .form = made};
        repli_form_hash(made, f->hash);
        press->forms = f;
    }
    *form = f->form;
    memcpy(hash, f->hash, sizeof f->hash);
    return REPLI_OK;
}
