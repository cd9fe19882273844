/* repli form: list, check and preview templates. */
#include "cmd/cmd.h"

#include <string.h>

#include "repli/file.h"
#include "repli/form.h"
#include "repli/form_preview.h"
#include "repli/print.h"
#include "repli/text.h"

static const char help[] =
    "usage: repli form list\n"
    "       repli form check [FORM]... [--lang fr]\n"
    "       repli form show FORM|LANGUAGE\n"
    "       repli form preview FORM [--lang fr] [--of usual|bare|full|downtime|blank] [--age H] [--setting S]\n"
    "                          [--child] -o FILE.pdf\n"
    "\n"
    "Looks at the forms that Repli prints.  A form is a template, a text file that can be edited without a "
    "programmer:\n"
    "the ones inside the program, and those in SITE/templates, which win over them.  templates/README.md says how.\n"
    "\n"
    "  list      every form: id, number, version, whether somebody approved it, title\n"
    "  check     reads every template (or the ones named) in every language and lays it out with bare, usual and "
    "plentiful\n"
    "            data: mistakes are told with file and line, texts without translation by name\n"
    "  show      writes the template of a form, or the texts of a language, as they are in force: to begin a change "
    "with\n"
    "  preview   writes the form as a PDF with invented data, marked as a drill: for looking at, never for use\n"
    "\n"
    "  --lang L  language of the preview (default: the site's, else fr), or the only one to check\n"
    "  --of D    data of the preview: usual, bare (nothing was transmitted), full (long names, many values),\n"
    "            downtime (a downtime number) or blank (nobody)\n"
    "  --age H   hours between the data and the print (default 1): shows the warnings of old data\n"
    "  --setting S  as at a site that has set something, e.g. triage-esi\n"
    "  --child   as for somebody under sixteen\n"
    "  --at T    time at which the preview was printed, as it says\n"
    "  --json    list and check: one JSON object a line\n"
    "\n"
    "Examples:\n"
    "  repli form check obs\n"
    "  repli form show obs >/var/lib/repli/templates/forms/obs.yaml\n"
    "  repli form preview obs --lang nl -o obs-nl.pdf\n"
    "\n"
    "Exit codes: 0 all is well; 4 a template has a mistake or lacks a translation; 3 the PDF could not be written.\n";

/* The site's templates when a site was named or is there; without one the program's own are meant. */
static enum repli_status templates_dir(struct repli_cli *cli, const char **dir, const char **lang)
{
    *dir = NULL;
    *lang = "fr";
    if (!cli->site_dir && !repli_file_exists(repli_path_join(&cli->arena, repli_cli_site_dir(cli), "site.yaml")))
        return REPLI_OK;
    if (repli_cli_site(cli) != REPLI_OK)
        return cli->err.status;
    *dir = cli->site->templates;
    *lang = cli->site->lang;
    return REPLI_OK;
}

static void print_json_text(const char *s)
{
    for (; *s; s++)
        if (*s == '"' || *s == '\\')
            printf("\\%c", *s);
        else if ((unsigned char)*s < 0x20)
            printf("\\u%04x", (unsigned)(unsigned char)*s);
        else
            putchar(*s);
}

static int list(struct repli_cli *cli, const char *dir, const char *lang)
{
    char **ids = NULL;
    size_t count = 0;
    if (repli_forms_list(dir, &cli->arena, &ids, &count, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    for (size_t i = 0; i < count; i++) {
        struct repli_form *form = NULL;
        if (repli_form_open(dir, ids[i], lang, &form, &cli->err) != REPLI_OK)
            return repli_cli_fail(cli);
        if (cli->json) {
            printf("{\"form\":\"%s\",\"number\":%d,\"version\":%d,\"approved\":%s,\"title\":\"", ids[i],
                   repli_form_number(form), repli_form_version(form), repli_form_approved(form) ? "true" : "false");
            print_json_text(repli_form_title(form));
            printf("\"}\n");
        } else {
            printf("%-12s %5d  v%-4d %-9s %s\n", ids[i], repli_form_number(form), repli_form_version(form),
                   repli_form_approved(form) ? "approved" : "draft", repli_form_title(form));
        }
        repli_form_close(form);
    }
    return REPLI_OK;
}

/* One form in one language; says what is wrong and returns whether all was well.  The caller closes it. */
static bool check_one(struct repli_cli *cli, const char *dir, const char *id, const char *lang, struct repli_form **out)
{
    struct repli_form *form = NULL;
    struct repli_err err = {0};
    size_t missing = 0;
    const char *const *texts = NULL;
    bool good = repli_form_open(dir, id, lang, &form, &err) == REPLI_OK;
    if (good && cli->site)
        good = repli_form_check_printed(form, cli->site->forms, &err) == REPLI_OK;
    if (form)
        texts = repli_form_missing(form, &missing);
    if (cli->json) {
        printf("{\"form\":\"%s\",\"lang\":\"%s\",\"ok\":%s,\"error\":\"", id, lang,
               good && missing == 0 ? "true" : "false");
        print_json_text(err.text);
        printf("\",\"missing\":[");
        for (size_t i = 0; i < missing; i++) {
            printf(i ? ",\"" : "\"");
            print_json_text(texts[i]);
            printf("\"");
        }
        printf("]}\n");
    } else if (!good) {
        printf("%s %s: %s\n", id, lang, err.text);
    } else if (missing == 0) {
        printf("%s %s: good\n", id, lang);
    }
    for (size_t i = 0; !cli->json && i < missing; i++) {
        int line = repli_form_missing_line(form, i);
        const char *where = line ? repli_arena_printf(&cli->arena, "%s:%d: ", repli_form_file(form), line) : "";
        printf("%s %s: %sno translation, English is printed: \"%s\": add it to templates/lang/%s.yaml\n", id, lang,
               where, texts[i], lang);
    }
    *out = form;
    return good && missing == 0;
}

/* Texts of the site's own file of a language that no form prints: `forms` are all there are. */
static bool check_words(const struct repli_cli *cli, const char *lang, struct repli_form *const *forms, size_t count)
{
    static const char why[] = "no form prints this text: write the English as the form's template has it";
    const char *file = NULL, *text;
    size_t at = 0;
    int line = 0;
    bool good = true;
    while ((text = repli_forms_unused(forms, count, &at, &file, &line)) != NULL) {
        good = false;
        if (cli->json) {
            printf("{\"form\":null,\"lang\":\"%s\",\"ok\":false,\"error\":\"", lang);
            print_json_text(file);
            printf(":%d: \\\"", line);
            print_json_text(text);
            printf("\\\": %s\",\"missing\":[]}\n", why);
        } else {
            printf("%s: %s:%d: \"%s\": %s\n", lang, file, line, text, why);
        }
    }
    return good;
}

static int check(struct repli_cli *cli, const char *dir, const char **named, size_t count, const char *only)
{
    char **all = NULL, **langs = NULL;
    size_t n = count, nlangs = 0;
    bool good = true;
    if (repli_langs_list(dir, &cli->arena, &langs, &nlangs, &cli->err) != REPLI_OK ||
        (count == 0 && repli_forms_list(dir, &cli->arena, &all, &n, &cli->err) != REPLI_OK))
        return repli_cli_fail(cli);
    if (only) {
        langs = repli_arena_array(&cli->arena, 1, sizeof *langs);
        langs[0] = repli_arena_strdup(&cli->arena, only);
        nlangs = 1;
    }
    struct repli_form **forms = repli_arena_array(&cli->arena, n * nlangs + 1, sizeof *forms);
    for (size_t i = 0; i < n; i++)
        for (size_t l = 0; l < nlangs; l++)
            good = check_one(cli, dir, count ? named[i] : all[i], langs[l], &forms[l * n + i]) && good;
    for (size_t l = 0; l < nlangs; l++)
        good = (count || check_words(cli, langs[l], forms + l * n, n)) && good;
    for (size_t k = 0; k < n * nlangs; k++)
        repli_form_close(forms[k]);
    return good ? REPLI_OK : REPLI_DATA;
}

static int show(struct repli_cli *cli, const char *dir, const char *name)
{
    const char *text = NULL;
    size_t len = 0;
    if (repli_template_find(dir, name, &cli->arena, &text, &len, &cli->err) != REPLI_OK)
        return repli_cli_fail(cli);
    (void)fwrite(text, 1, len, stdout);
    return REPLI_OK;
}

struct preview_options {
    const char *of, *out, *age, *setting;
    bool child;
};

static int preview(struct repli_cli *cli, const char *dir, const char *id, const char *lang,
                   const struct preview_options *o)
{
    struct repli_zone *zone = NULL;
    struct repli_form *form = NULL;
    struct repli_preview *pages = NULL;
    size_t count = 0;
    uint8_t sha256[32];
    int64_t age = 1;
    if (o->age && !repli_integer(o->age, 0, 9999, &age))
        return repli_cli_usage(cli, "--age is '%s': a number of hours", o->age);
    enum repli_status status = repli_zone_open("Europe/Brussels", &zone, &cli->err);
    struct repli_clock clock = {0};
    if (status == REPLI_OK && cli->at) {
        clock.fixed = true;
        status = repli_time_parse(cli->at, zone, &clock.at_utc, &cli->err);
    }
    int64_t now = repli_clock_now(&clock);
    if (status == REPLI_OK)
        status = repli_form_open(dir, id, lang, &form, &cli->err);
    if (status == REPLI_OK)
        status = repli_form_preview(form,
                                    &(struct repli_preview_in){.of = o->of,
                                                               .setting = o->setting,
                                                               .child = o->child,
                                                               .zone = zone,
                                                               .data_utc = now - age * 3600,
                                                               .print_utc = now},
                                    &cli->arena, &pages, &count, &cli->err);
    if (status == REPLI_OK) {
        struct repli_pdf_page *pdf = repli_arena_array(&cli->arena, count, sizeof *pdf);
        struct repli_pdf_info info = {repli_form_title(form), NULL, now, zone};
        for (size_t i = 0; i < count; i++)
            pdf[i] = (struct repli_pdf_page){pages[i].side->layer, &pages[i].side->fixed, &pages[i].side->filled,
                                             &pages[i].overlay,    pages[i].code,         NULL};
        status = repli_pdf_write(o->out, pdf, count, &info, NULL, NULL, sha256, &cli->err);
    }
    repli_form_close(form);
    repli_zone_close(zone);
    return status == REPLI_OK ? REPLI_OK : repli_cli_fail(cli);
}

static int run(struct repli_cli *cli, int argc, char **argv)
{
    const char *lang = NULL, *dir = NULL, *site_lang = NULL;
    const char **words = NULL;
    size_t n = 0;
    struct preview_options o = {.of = "usual"};
    const struct repli_opt opts[] = {{"--lang", REPLI_OPT_TEXT, &lang},     {"--of", REPLI_OPT_TEXT, &o.of},
                                     {"--age", REPLI_OPT_TEXT, &o.age},     {"--setting", REPLI_OPT_TEXT, &o.setting},
                                     {"--child", REPLI_OPT_FLAG, &o.child}, {"-o", REPLI_OPT_TEXT, &o.out}};
    if (repli_cli_parse(cli, argc, argv, opts, sizeof opts / sizeof *opts, &words, &n) != REPLI_OK)
        return repli_cli_fail(cli);
    if (n == 0)
        return repli_cli_usage(cli, "say list, check, show or preview (see `repli form --help`)");
    if (templates_dir(cli, &dir, &site_lang) != REPLI_OK)
        return repli_cli_fail(cli);
    if (strcmp(words[0], "check") == 0)
        return check(cli, dir, words + 1, n - 1, lang);
    lang = lang ? lang : site_lang;
    if (strcmp(words[0], "list") == 0 && n == 1)
        return list(cli, dir, lang);
    if (strcmp(words[0], "show") == 0 && n == 2)
        return show(cli, dir, words[1]);
    if (strcmp(words[0], "preview") == 0 && n == 2 && o.out)
        return preview(cli, dir, words[1], lang, &o);
    return repli_cli_usage(cli,
                           strcmp(words[0], "preview") == 0 ? "preview needs one form and -o FILE.pdf"
                           : strcmp(words[0], "show") == 0  ? "show needs one form or language"
                                                            : "'%s' is none of list, check, show, preview",
                           words[0]);
}

const struct repli_command repli_cmd_form = {"form", "list, check and preview the forms that are printed", help, run};
