/* SPDX-License-Identifier: MIT
 * select: the selection syntax of graph.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "engine/core/graph.h"

enum { ALL_LAYERS = 1 << 20, TERM_MAX = 128 };

struct term {
    char name[TERM_MAX];
    int up, down; /* layers; 0 none */
};

/* "2+name+": the layers before the plus, the name, the layers after. */
static bool parse_term(const char *text, size_t len, int column, struct term *ret, struct err *err)
{
    const char *end = text + len, *at = text, *name;
    size_t name_len;

    *ret = (struct term){.name = ""};
    while (at < end && isdigit((unsigned char)*at)) {
        at++;
    }
    if (at < end && *at == '+') {
        ret->up = at > text ? atoi(text) : ALL_LAYERS;
        at++;
    } else {
        at = text;
    }
    name = at;
    while (at < end && (isalnum((unsigned char)*at) || *at == '_' || *at == '*' || *at == '-')) {
        at++;
    }
    name_len = (size_t)(at - name);
    if (name_len == 0 || name_len >= sizeof(ret->name)) {
        return err_set(err, ERR_USAGE, "selection, column %d: expected an asset, a group or *",
                       column + (int)(name - text));
    }
    memcpy(ret->name, name, name_len);
    if (at < end && *at == '+') {
        const char *digits = ++at;

        while (at < end && isdigit((unsigned char)*at)) {
            at++;
        }
        ret->down = at > digits ? atoi(digits) : ALL_LAYERS;
    }
    if (at != end) {
        return err_set(err, ERR_USAGE, "selection, column %d: unexpected '%c'",
                       column + (int)(at - text), isprint((unsigned char)*at) ? *at : '?');
    }
    return true;
}

/* Marks assets up to `layers` away, upstream or downstream, of the marked ones in `from`. */
static void spread(const struct graph *graph, const bool *from, int layers, bool up, bool *selected)
{
    size_t n = (size_t)graph->count;
    int *away = xcalloc(n, sizeof(int)); /* 0 = not reached, else distance + 1 */

    for (int i = 0; i < graph->count; i++) {
        int asset = graph->order[up ? graph->count - 1 - i : i];
        const int *next = up ? graph->spec->assets[asset].deps : graph->down[asset];
        int count = up ? graph->spec->assets[asset].dep_count : graph->down_count[asset];

        if (from[asset]) {
            away[asset] = 1;
        }
        for (int k = 0; away[asset] != 0 && away[asset] <= layers && k < count; k++) {
            if (away[next[k]] == 0 || away[next[k]] > away[asset] + 1) {
                away[next[k]] = away[asset] + 1;
            }
        }
    }
    for (int i = 0; i < graph->count; i++) {
        selected[i] = selected[i] || away[i] != 0;
    }
    free(away);
}

static bool unknown_name(const struct graph *graph, const char *name, int column, struct err *err)
{
    const char **names = xcalloc((size_t)graph->count + 1, sizeof(*names));
    const char *near;

    for (int i = 0; i < graph->count; i++) {
        names[i] = graph->spec->assets[i].name;
    }
    near = diag_nearest(name, names);
    err_set(err, ERR_USAGE, "selection, column %d: no asset or group '%s'%s%s%s", column, name,
            near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
            near != NULL ? "'?" : "; `rookery graph` lists them");
    free(names);
    return false;
}

static bool apply_term(const struct graph *graph, const struct term *term, int column,
                       bool *selected, struct err *err)
{
    bool *seed = xcalloc((size_t)graph->count, sizeof(bool));
    bool any = false;

    for (int i = 0; i < graph->count; i++) {
        const struct spec_asset *asset = &graph->spec->assets[i];

        seed[i] = strcmp(term->name, "*") == 0 || strcmp(term->name, asset->name) == 0 ||
                  strcmp(term->name, asset->group) == 0;
        any = any || seed[i];
        selected[i] = selected[i] || seed[i];
    }
    if (any && term->up > 0) {
        spread(graph, seed, term->up, true, selected);
    }
    if (any && term->down > 0) {
        spread(graph, seed, term->down, false, selected);
    }
    free(seed);
    return any || unknown_name(graph, term->name, column, err);
}

bool graph_select(const struct graph *graph, const char *selection, bool *selected, struct err *err)
{
    const char *at = selection;

    memset(selected, 0, (size_t)graph->count * sizeof(bool));
    for (;;) {
        size_t len = strcspn(at, ",");
        int column = (int)(at - selection) + 1;
        struct term term;

        if (!parse_term(at, len, column, &term, err) ||
            !apply_term(graph, &term, column, selected, err)) {
            return false;
        }
        if (at[len] == '\0') {
            return true;
        }
        at += len + 1;
    }
}
