/* The floor for importing: jansson parses every line of the file and lets it go.
** usage: bench_import FILE.ndjson     prints how many lines there were */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    char *line = NULL;
    size_t cap = 0;
    long lines = 0;
    if (!f)
        return fprintf(stderr, "usage: bench_import FILE.ndjson\n"), 2;
    for (ssize_t n; (n = getline(&line, &cap, f)) > 0; lines++) {
        json_t *root = json_loadb(line, (size_t)n, 0, NULL);
        if (!root)
            return fprintf(stderr, "bench_import: line %ld is no JSON\n", lines + 1), 1;
        json_decref(root);
    }
    free(line);
    (void)fclose(f);
    printf("%ld\n", lines);
    return 0;
}
