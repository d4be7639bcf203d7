/* SPDX-License-Identifier: MIT
 * yaml_syntax: see yaml_syntax.h. libyaml's own texts name its states; these name what a person can
 * mend. Unclosed things are reported at their opener: libyaml points at the end of the file. */
#include "engine/spec/yaml_syntax.h"

#include <string.h>

static struct place place_at(const char *text, size_t offset)
{
    struct place at = {1, 1};

    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            at.line++;
            at.col = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            at.col++;
        }
    }
    return at;
}

/* Length of the valid UTF-8 sequence at `at`, 0 if it is none. */
static size_t utf8_length(const unsigned char *at, size_t left)
{
    size_t need = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

    if (at[0] > 0xf4 || need == 0 || need > left) {
        return 0;
    }
    for (size_t i = 1; i < need; i++) {
        if ((at[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
        (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f)) {
        return 0;
    }
    return need;
}

bool yaml_check_bytes(struct diag *diag, const char *text, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)text;
    bool line_start = true;

    if (len >= 2 && ((bytes[0] == 0xff && bytes[1] == 0xfe) || (bytes[0] == 0xfe && bytes[1] == 0xff))) {
        diag_add(diag, DIAG_E007, (struct place){1, 1}, "the file is UTF-16; save it as UTF-8");
        return false;
    }
    for (size_t i = 0, step; i < len; i += step) {
        step = utf8_length(bytes + i, len - i);
        if (step == 0) {
            diag_add(diag, DIAG_E004, place_at(text, i), "invalid UTF-8 byte 0x%02x", bytes[i]);
            return false;
        }
        if ((bytes[i] < 32 && bytes[i] != '\n' && bytes[i] != '\r' && bytes[i] != '\t') ||
            bytes[i] == 127) {
            diag_add(diag, DIAG_E005, place_at(text, i), "control character U+%04X is not allowed",
                     bytes[i]);
            return false;
        }
        if (line_start && bytes[i] == '\t') {
            diag_add(diag, DIAG_E010, place_at(text, i), "a tab indents; use spaces");
            return false;
        }
        line_start = bytes[i] == '\n' || (line_start && bytes[i] == ' ');
    }
    return true;
}

static struct place of_mark(yaml_mark_t mark)
{
    return (struct place){(int)mark.line + 1, (int)mark.column + 1};
}

/* What libyaml says (problem or context contains `says`) and what we say. */
static const struct {
    const char *says;
    enum diag_code code;
    bool at_context;
    const char *text, *help;
} WORDS[] = {
    {"did not find expected ',' or ']'", DIAG_E011, true, "the list opened here is never closed", "add the missing ']'"},
    {"did not find expected ',' or '}'", DIAG_E011, true, "the mapping opened here is never closed", "add the missing '}'"},
    {"found unexpected end of stream", DIAG_E011, true, "the quote opened here is never closed", "add the missing quote"},
    {"found unexpected document indicator", DIAG_E011, true, "the quote opened here is never closed", "add the missing quote"},
    {"mapping values are not allowed in this context", DIAG_E013, false, "a ':' inside a plain value", "put the value in quotes"},
    {"found character that cannot start any token", DIAG_E014, false, "a value cannot start with this character", "put the value in quotes"},
    {"found incompatible YAML document", DIAG_E019, false, "this YAML version is not supported; remove the %YAML line", NULL},
    {"found duplicate %YAML directive", DIAG_E019, false, "%YAML is given twice; remove the lines", NULL},
    {"did not find expected key", DIAG_E012, false, "the indentation here matches no open block", "align the key with its neighbours"},
    {"did not find expected '-' indicator", DIAG_E012, false, "the indentation here matches no open list", "align the '-' with its neighbours"},
    {"could not find expected ':'", DIAG_E029, true, "a key without ':'", "write 'key: value'"},
    {"block sequence entries are not allowed", DIAG_E029, false, "a list item is not allowed here", "put it on a line of its own"},
    {"did not find expected <document start>", DIAG_E018, false, "something follows the end of the document", NULL},
    {"undefined tag handle", DIAG_E020, false, "explicit tags are not allowed", NULL},
};

void yaml_syntax_error(struct diag *diag, const yaml_parser_t *parser, const char *text,
                       size_t len)
{
    const char *problem = parser->problem != NULL ? parser->problem : "";
    bool has_context = parser->context != NULL;

    if (parser->error == YAML_READER_ERROR) {
        size_t offset = parser->problem_offset < len ? parser->problem_offset : len;

        diag_add(diag, DIAG_E005, place_at(text, offset), "%s", problem);
        return;
    }
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
        if (strstr(problem, WORDS[i].says) == NULL) {
            continue;
        }
        bool context = WORDS[i].at_context && has_context;

        diag_add(diag, WORDS[i].code, of_mark(context ? parser->context_mark : parser->problem_mark),
                 "%s", WORDS[i].text);
        if (context && WORDS[i].code == DIAG_E011) {
            diag_note(diag, of_mark(parser->problem_mark), "noticed here");
        }
        if (WORDS[i].help != NULL) {
            diag_help(diag, "%s", WORDS[i].help);
        }
        return;
    }
    diag_add(diag, DIAG_E029, of_mark(parser->problem_mark), "%s%s%s", problem,
             has_context ? " " : "", has_context ? parser->context : "");
}
