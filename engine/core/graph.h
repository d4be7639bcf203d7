/* SPDX-License-Identifier: MIT
 *
 * graph: the assets of a spec as a graph: order, layers, selections, drawings.
 *
 * Pure. The graph borrows the spec: both live in the same arena. Edges go from an upstream asset
 * to those that depend on it; the spec has already refused cycles.
 *
 * Selection syntax: a comma list of terms; a term is an asset, a group, or *, with any of
 *   +name  all upstream too     name+  all downstream too     2+name, name+2  so many layers
 */
#ifndef ROOKERY_CORE_GRAPH_H
#define ROOKERY_CORE_GRAPH_H

#include "engine/spec/spec.h"

struct graph {
    const struct spec *spec;
    int count;
    int *order;     /* topological: upstream first; ties in the order of the file */
    int *layer;     /* longest way from a root, by asset */
    int **down;     /* assets that depend on this one */
    int *down_count;
};

struct graph *graph_new(struct mem *mem, const struct spec *spec);

/* Fills selected[0 .. count-1]; a bad selection is ERR_USAGE with the position and a suggestion. */
bool graph_select(const struct graph *graph, const char *selection, bool *selected,
                  struct err *err);

/* Drawings: an indented list for people, Graphviz, Mermaid, JSON. */
void graph_text(const struct graph *graph, struct buf *out);
void graph_dot(const struct graph *graph, struct buf *out);
void graph_mermaid(const struct graph *graph, struct buf *out);
json_t *graph_json(const struct graph *graph);

#endif
