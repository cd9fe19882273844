/* A language without a template: for pages that are no form. */
#ifndef REPLI_FORM_WORDS_H
#define REPLI_FORM_WORDS_H

#include "form_internal.h"

/* form.c: a form that has its language and nothing else; repli_form_close(). */
enum repli_status repli_words_open(const char *dir, const char *lang, struct repli_form **words, struct repli_err *err);
/* report_words.c: is it a text of the report of an outage? */
bool repli_report_says(const char *english);
/* filed_page.c: is it a text of a page of handwriting that was filed? */
bool repli_filed_says(const char *english);

#endif
