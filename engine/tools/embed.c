/* SPDX-License-Identifier: MIT
 *
 * embed DIR OUT.c: turns DIR's SQL files into C strings.
 *
 * Each DIR/name.sql becomes `const char SQL_NAME[]`; the files of DIR/migrations become the table
 * `SQL_MIGRATIONS[]` ({"0001_core", text}, ascending, ended by NULLs). OUT.c gets the definitions,
 * the header beside it (OUT.h) the declarations. Output is the same for the same input.
 */
#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 512, PATH_MAX_BYTES = 1024 };

static _Noreturn void die(const char *what, const char *path)
{
    fprintf(stderr, "embed: %s %s\n", what, path);
    exit(1);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of the *.sql files in `dir`, sorted; 0 when the folder is absent. */
static int list_sql(const char *dir, char *names[FILES_MAX])
{
    DIR *handle = opendir(dir);
    struct dirent *entry;
    int count = 0;

    if (handle == NULL) {
        return 0;
    }
    while ((entry = readdir(handle)) != NULL) {
        size_t len = strlen(entry->d_name);

        if (len > 4 && strcmp(entry->d_name + len - 4, ".sql") == 0) {
            if (count == FILES_MAX) {
                die("too many files in", dir);
            }
            names[count++] = strdup(entry->d_name);
        }
    }
    (void)closedir(handle);
    qsort(names, (size_t)count, sizeof(names[0]), by_name);
    return count;
}

static void write_text(FILE *out, const char *path)
{
    FILE *in = fopen(path, "rb");
    bool line_open = false;
    int c;

    if (in == NULL) {
        die("cannot read", path);
    }
    while ((c = fgetc(in)) != EOF) {
        if (!line_open) {
            fputs("\n    \"", out);
            line_open = true;
        }
        if (c == '\n') {
            fputs("\\n\"", out);
            line_open = false;
        } else if (c == '"' || c == '\\' || c < 32 || c > 126) {
            fprintf(out, "\\%03o", (unsigned)c);
        } else {
            fputc(c, out);
        }
    }
    fputs(line_open ? "\"" : "\n    \"\"", out);
    (void)fclose(in);
}

static void symbol(const char *file, char *out, size_t size)
{
    size_t i;

    for (i = 0; i + 1 < size && file[i] != '\0' && file[i] != '.'; i++) {
        out[i] = (char)(isalnum((unsigned char)file[i]) ? toupper((unsigned char)file[i]) : '_');
    }
    out[i] = '\0';
}

static void embed_statements(FILE *c, FILE *h, const char *dir)
{
    char *names[FILES_MAX], path[PATH_MAX_BYTES], name[256];
    int count = list_sql(dir, names);

    for (int i = 0; i < count; i++) {
        symbol(names[i], name, sizeof(name));
        (void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
        fprintf(h, "extern const char SQL_%s[];\n", name);
        fprintf(c, "\nconst char SQL_%s[] =", name);
        write_text(c, path);
        fputs(";\n", c);
    }
}

static void embed_migrations(FILE *c, FILE *h, const char *dir)
{
    char *names[FILES_MAX], sub[PATH_MAX_BYTES], path[PATH_MAX_BYTES * 2];
    int count;

    (void)snprintf(sub, sizeof(sub), "%s/migrations", dir);
    count = list_sql(sub, names);
    if (count == 0) {
        return;
    }
    fputs("\nstruct sql_migration {\n    const char *name, *text;\n};\n"
          "extern const struct sql_migration SQL_MIGRATIONS[];\n", h);
    fputs("\nconst struct sql_migration SQL_MIGRATIONS[] = {\n", c);
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", sub, names[i]);
        fprintf(c, "    {\"%.*s\",", (int)(strlen(names[i]) - 4), names[i]);
        write_text(c, path);
        fputs("},\n", c);
    }
    fputs("    {NULL, NULL}};\n", c);
}

int main(int argc, char **argv)
{
    char header[PATH_MAX_BYTES];
    const char *base;
    FILE *c, *h;

    if (argc != 3 || strlen(argv[2]) < 3 || strlen(argv[2]) >= sizeof(header)) {
        fputs("usage: embed DIR OUT.c\n", stderr);
        return 2;
    }
    (void)snprintf(header, sizeof(header), "%.*s.h", (int)strlen(argv[2]) - 2, argv[2]);
    c = fopen(argv[2], "w");
    h = fopen(header, "w");
    if (c == NULL || h == NULL) {
        die("cannot write", argv[2]);
    }
    base = strrchr(header, '/');
    fprintf(c, "/* Generated from %s by embed; do not edit. */\n#include <stddef.h>\n#include \"%s\"\n",
            argv[1], base != NULL ? base + 1 : header);
    fprintf(h, "/* Generated from %s by embed; do not edit. */\n#pragma once\n", argv[1]);
    embed_statements(c, h, argv[1]);
    embed_migrations(c, h, argv[1]);
    if (fclose(c) != 0 || fclose(h) != 0) {
        die("cannot write", argv[2]);
    }
    return 0;
}
