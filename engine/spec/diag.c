/* SPDX-License-Identifier: MIT
 * diag: see diag.h. */
#include "engine/spec/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/limits.h"

enum { WORD_MAX = 64, SHOWN_LINE_MAX = 160 };

struct finding {
    enum diag_code code;
    struct place at, note_at;
    const char *message, *help, *note;
    int order;
};

struct diag {
    struct mem *mem;
    const char *path, *text;
    size_t len;
    struct finding *findings;
    int count, cap;
};

const char *diag_code_name(enum diag_code code)
{
    static const char *const NAMES[] = {
#define X(code, about) #code,
        DIAG_CODES(X)
#undef X
    };

    return NAMES[code];
}

struct diag *diag_new(struct mem *mem, const char *path)
{
    struct diag *diag = mem_alloc(mem, sizeof(*diag));

    diag->mem = mem;
    diag->path = mem_strdup(mem, path);
    return diag;
}

void diag_source(struct diag *diag, const char *text, size_t len)
{
    diag->text = text;
    diag->len = len;
}

static const char *format(struct mem *mem, const char *fmt, va_list args)
{
    AUTO(buf) struct buf out = BUF_INIT(ERR_TEXT_MAX);

    (void)buf_vprintf(&out, fmt, args);
    return mem_strdup(mem, buf_str(&out));
}

void diag_add(struct diag *diag, enum diag_code code, struct place at, const char *fmt, ...)
{
    struct finding *finding;
    va_list args;

    if (diag->count == diag->cap) {
        int cap = diag->cap != 0 ? diag->cap * 2 : 16;
        struct finding *grown = mem_array(diag->mem, (size_t)cap, sizeof(*grown));

        if (diag->count > 0) {
            memcpy(grown, diag->findings, (size_t)diag->count * sizeof(*grown));
        }
        diag->findings = grown;
        diag->cap = cap;
    }
    finding = &diag->findings[diag->count];
    va_start(args, fmt);
    *finding = (struct finding){.code = code, .at = at, .order = diag->count++};
    finding->message = format(diag->mem, fmt, args);
    va_end(args);
}

void diag_help(struct diag *diag, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    diag->findings[diag->count - 1].help = format(diag->mem, fmt, args);
    va_end(args);
}

void diag_note(struct diag *diag, struct place at, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    diag->findings[diag->count - 1].note = format(diag->mem, fmt, args);
    diag->findings[diag->count - 1].note_at = at;
    va_end(args);
}

int diag_count(const struct diag *diag)
{
    return diag->count;
}

static int by_place(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;

    if (x->at.line != y->at.line) {
        return x->at.line < y->at.line ? -1 : 1;
    }
    if (x->at.col != y->at.col) {
        return x->at.col < y->at.col ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

static void sort(struct diag *diag)
{
    if (diag->count > 1) {
        qsort(diag->findings, (size_t)diag->count, sizeof(diag->findings[0]), by_place);
    }
}

enum diag_code diag_code_at(struct diag *diag, int i)
{
    sort(diag);
    return diag->findings[i].code;
}

/* The bytes of a line (from 1), without its end. */
static const char *find_line(const struct diag *diag, int line, size_t *ret_len)
{
    const char *at = diag->text, *end = diag->text + diag->len, *stop;

    for (int n = 1; at != NULL && n < line; n++) {
        at = memchr(at, '\n', (size_t)(end - at));
        at = at != NULL ? at + 1 : NULL;
    }
    if (at == NULL) {
        return NULL;
    }
    stop = memchr(at, '\n', (size_t)(end - at));
    *ret_len = (size_t)((stop != NULL ? stop : end) - at);
    return at;
}

/* Does this line of the file hold what must not be repeated? */
static bool holds_secret(enum diag_code code)
{
    return code == DIAG_E060;
}

static void render_source(const struct diag *diag, const struct finding *finding, struct buf *out)
{
    size_t len = 0, col = 1, i;
    const char *line = diag->text != NULL && finding->at.line > 0
                           ? find_line(diag, finding->at.line, &len)
                           : NULL;

    if (line == NULL || holds_secret(finding->code)) {
        return;
    }
    buf_printf(out, "%5d | ", finding->at.line);
    for (i = 0; i < len && i < SHOWN_LINE_MAX; i++) {
        unsigned char c = (unsigned char)line[i];

        buf_char(out, c == '\t' ? ' ' : c < 32 || c == 127 ? '?' : (char)c);
    }
    buf_text(out, i < len ? "...\n" : "\n");
    buf_text(out, "      | ");
    for (i = 0; col < (size_t)finding->at.col && i < SHOWN_LINE_MAX; i++) {
        if (i >= len || ((unsigned char)line[i] & 0xc0) != 0x80) {
            buf_char(out, ' ');
            col++;
        }
    }
    buf_text(out, "^\n");
}

static void render_one(const struct diag *diag, const struct finding *finding, struct buf *out)
{
    if (finding->at.line > 0) {
        buf_printf(out, "%s:%d:%d: error[%s]: %s\n", diag->path, finding->at.line, finding->at.col,
                   diag_code_name(finding->code), finding->message);
    } else {
        buf_printf(out, "%s: error[%s]: %s\n", diag->path, diag_code_name(finding->code),
                   finding->message);
    }
    render_source(diag, finding, out);
    if (finding->note != NULL) {
        buf_printf(out, "note: %d:%d: %s\n", finding->note_at.line, finding->note_at.col,
                   finding->note);
    }
    if (finding->help != NULL) {
        buf_printf(out, "help: %s\n", finding->help);
    }
}

void diag_render(struct diag *diag, struct buf *out)
{
    sort(diag);
    for (int i = 0; i < diag->count && i < LIMIT_DIAGNOSTICS; i++) {
        render_one(diag, &diag->findings[i], out);
    }
    if (diag->count > LIMIT_DIAGNOSTICS) {
        buf_printf(out, "and %d more\n", diag->count - LIMIT_DIAGNOSTICS);
    }
}

json_t *diag_json(struct diag *diag)
{
    json_t *array = json_array();

    sort(diag);
    for (int i = 0; i < diag->count; i++) {
        const struct finding *finding = &diag->findings[i];
        json_t *object = json_pack("{ss ss si si ss}", "file", diag->path, "code",
                                   diag_code_name(finding->code), "line", finding->at.line, "col",
                                   finding->at.col, "message", finding->message);

        if (finding->help != NULL) {
            (void)json_object_set_new(object, "help", json_string(finding->help));
        }
        if (finding->note != NULL) {
            (void)json_object_set_new(object, "note",
                                      json_pack("{si si ss}", "line", finding->note_at.line, "col",
                                                finding->note_at.col, "message", finding->note));
        }
        (void)json_array_append_new(array, object);
    }
    return array;
}

static int min3(int a, int b, int c)
{
    int least = a < b ? a : b;

    return least < c ? least : c;
}

/* Optimal string alignment distance of two words of at most WORD_MAX bytes. */
static int distance(const char *a, const char *b)
{
    int rows[3][WORD_MAX + 1];
    int la = (int)strlen(a), lb = (int)strlen(b);

    for (int j = 0; j <= lb; j++) {
        rows[0][j] = j;
    }
    for (int i = 1; i <= la; i++) {
        int *now = rows[i % 3], *before = rows[(i + 2) % 3], *before2 = rows[(i + 1) % 3];

        now[0] = i;
        for (int j = 1; j <= lb; j++) {
            int cost = a[i - 1] != b[j - 1];

            now[j] = min3(before[j] + 1, now[j - 1] + 1, before[j - 1] + cost);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before2[j - 2] + 1 < now[j]) {
                now[j] = before2[j - 2] + 1;
            }
        }
    }
    return rows[la % 3][lb];
}

const char *diag_nearest(const char *word, const char *const *candidates)
{
    const char *best = NULL;
    int len = (int)strlen(word), least = len / 3 < 2 ? len / 3 : 2;

    if (len > WORD_MAX) {
        return NULL;
    }
    least = least < 1 ? 1 : least;
    for (; *candidates != NULL; candidates++) {
        int diff = (int)strlen(*candidates) - len;
        int d;

        if (strlen(*candidates) > WORD_MAX || diff > least || diff < -least) {
            continue;
        }
        d = distance(word, *candidates);
        if (d < least || (d == least && best == NULL)) {
            best = *candidates;
            least = d;
        }
    }
    return best;
}
