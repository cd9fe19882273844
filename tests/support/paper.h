/* Small PDFs written by hand, as scanners (and worse) write them: object 1 is the catalogue, 2 the page tree. */
#ifndef TEST_PAPER_H
#define TEST_PAPER_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PAPER_OBJECTS 64

struct paper {
    FILE *f;
    char *data; /* after paper_finish; the caller frees */
    size_t len;
    long at[PAPER_OBJECTS];
    int next; /* number of the next object */
    int pages[20], npages;
};

void paper_open(struct paper *p);
int paper_object(struct paper *p, int id); /* begins an object; id 0 = the next number */
int paper_stream(struct paper *p, const char *dict, const void *data, size_t len);
/* A page whose content may paint the image as /I. */
void paper_page(struct paper *p, const char *box, int image, const char *content, const char *more);
void paper_tree(struct paper *p);   /* catalogue and page tree of these pages */
void paper_finish(struct paper *p); /* cross references and trailer */

#endif
