#include "support/paper.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void paper_open(struct paper *p)
{
    *p = (struct paper){.next = 3};
    p->f = open_memstream(&p->data, &p->len);
    assert_non_null(p->f);
    fputs("%PDF-1.6\n", p->f);
}

int paper_object(struct paper *p, int id)
{
    assert_true(p->next < PAPER_OBJECTS);
    id = id ? id : p->next++;
    p->at[id] = ftell(p->f);
    fprintf(p->f, "%d 0 obj\n", id);
    return id;
}

int paper_stream(struct paper *p, const char *dict, const void *data, size_t len)
{
    int id = paper_object(p, 0);
    fprintf(p->f, "<<%s/Length %zu>>stream\n", dict, len);
    fwrite(data, 1, len, p->f);
    fputs("\nendstream endobj\n", p->f);
    return id;
}

void paper_page(struct paper *p, const char *box, int image, const char *content, const char *more)
{
    int c = paper_stream(p, "", content, strlen(content)), id = paper_object(p, 0);
    fprintf(p->f,
            "<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>%s>>endobj\n",
            box, c, image, more);
    p->pages[p->npages++] = id;
}

void paper_tree(struct paper *p)
{
    paper_object(p, 1);
    fputs("<</Type/Catalog/Pages 2 0 R>>endobj\n", p->f);
    paper_object(p, 2);
    fprintf(p->f, "<</Type/Pages/Count %d/Kids[", p->npages);
    for (int i = 0; i < p->npages; i++)
        fprintf(p->f, "%d 0 R ", p->pages[i]);
    fputs("]>>endobj\n", p->f);
}

void paper_finish(struct paper *p)
{
    long xref = ftell(p->f);
    fprintf(p->f, "xref\n0 %d\n0000000000 65535 f \n", p->next);
    for (int i = 1; i < p->next; i++)
        fprintf(p->f, "%010ld 00000 n \n", p->at[i]);
    fprintf(p->f, "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%ld\n%%%%EOF\n", p->next, xref);
    fclose(p->f);
}
