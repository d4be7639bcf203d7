/* SPDX-License-Identifier: MIT
 * output: rows for people, for programs and for spreadsheets. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/cli/cli.h"

enum { CELL_SHOWN_MAX = 60 };

void cli_print_json(json_t *json)
{
    char *text = json_dumps(json, JSON_INDENT(2));

    puts(text != NULL ? text : "null");
    free(text);
    json_decref(json);
}

/* Width on a terminal, near enough: code points. */
static int width(const char *text)
{
    int count = 0;

    for (; *text != '\0'; text++) {
        count += ((unsigned char)*text & 0xc0) != 0x80;
    }
    return count;
}

/* A cell: control characters would drive the terminal; long ones would break the table. */
static const char *cell(struct mem *mem, const char *text)
{
    char *copy = mem_strdup(mem, text);
    int shown = 0;

    for (char *c = copy; *c != '\0'; c++) {
        if ((unsigned char)*c < 32 || *c == 127) {
            *c = ' ';
        }
        if (((unsigned char)*c & 0xc0) != 0x80 && ++shown > CELL_SHOWN_MAX) {
            *c = '\0';
            return mem_printf(mem, "%s…", copy);
        }
    }
    return copy;
}

static void print_table(const struct pg_rows *rows)
{
    AUTO(mem) struct mem *mem = mem_new();
    int columns = pg_columns(rows);
    int *widths = mem_array(mem, (size_t)columns, sizeof(int));
    const char **cells =
        mem_array(mem, (size_t)columns * (size_t)(pg_count(rows) + 1), sizeof(*cells));

    for (int r = -1; r < pg_count(rows); r++) {
        for (int c = 0; c < columns; c++) {
            const char *text = r < 0 ? pg_column_name(rows, c) : cell(mem, pg_text(rows, r, c));

            cells[(r + 1) * columns + c] = text;
            widths[c] = width(text) > widths[c] ? width(text) : widths[c];
        }
    }
    for (int r = 0; r <= pg_count(rows); r++) {
        for (int c = 0; c < columns; c++) {
            const char *text = cells[r * columns + c];
            int pad = c + 1 < columns ? widths[c] - width(text) + 2 : 0;

            printf("%s%*s", text, pad, "");
        }
        putchar('\n');
    }
}

/* Quotes as RFC 4180 says; a leading =, +, -, @ would be a formula in a spreadsheet. */
static void print_csv_cell(const char *text)
{
    bool formula = text[0] != '\0' && strchr("=+-@", text[0]) != NULL &&
                   strspn(text, "+-0123456789.eE") != strlen(text);

    if (!formula && strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, stdout);
        return;
    }
    fputs(formula ? "\"'" : "\"", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putchar('"');
        }
        putchar(*text);
    }
    putchar('"');
}

static void print_csv(const struct pg_rows *rows)
{
    for (int r = -1; r < pg_count(rows); r++) {
        for (int c = 0; c < pg_columns(rows); c++) {
            if (c > 0) {
                putchar(',');
            }
            print_csv_cell(r < 0 ? pg_column_name(rows, c) : pg_text(rows, r, c));
        }
        fputs("\r\n", stdout);
    }
}

static void print_json_rows(const struct pg_rows *rows)
{
    json_t *array = json_array();

    for (int r = 0; r < pg_count(rows); r++) {
        json_t *object = json_object();

        for (int c = 0; c < pg_columns(rows); c++) {
            (void)json_object_set_new(object, pg_column_name(rows, c), pg_json(rows, r, c));
        }
        (void)json_array_append_new(array, object);
    }
    cli_print_json(array);
}

void cli_print_rows(const struct cli *cli, const struct pg_rows *rows)
{
    if (cli->json) {
        print_json_rows(rows);
    } else if (cli->csv) {
        print_csv(rows);
    } else {
        print_table(rows);
    }
}
