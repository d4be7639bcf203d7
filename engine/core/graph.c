/* SPDX-License-Identifier: MIT
 * graph: order and drawings; selections are in select.c. */
#include "engine/core/graph.h"

#include <string.h>

static void link_down(struct mem *mem, struct graph *graph)
{
    const struct spec *spec = graph->spec;

    for (int i = 0; i < graph->count; i++) {
        for (int k = 0; k < spec->assets[i].dep_count; k++) {
            graph->down_count[spec->assets[i].deps[k]]++;
        }
    }
    for (int i = 0; i < graph->count; i++) {
        graph->down[i] = mem_array(mem, (size_t)graph->down_count[i], sizeof(int));
        graph->down_count[i] = 0;
    }
    for (int i = 0; i < graph->count; i++) {
        for (int k = 0; k < spec->assets[i].dep_count; k++) {
            int up = spec->assets[i].deps[k];

            graph->down[up][graph->down_count[up]++] = i;
        }
    }
}

/* Kahn's way, layer by layer; within a layer the order of the file. */
static void sort(struct mem *mem, struct graph *graph)
{
    int *blocked = mem_array(mem, (size_t)graph->count, sizeof(int));
    int filled = 0;

    for (int i = 0; i < graph->count; i++) {
        blocked[i] = graph->spec->assets[i].dep_count;
        if (blocked[i] == 0) {
            graph->order[filled++] = i;
        }
    }
    for (int at = 0; at < filled; at++) {
        int up = graph->order[at];

        for (int k = 0; k < graph->down_count[up]; k++) {
            int down = graph->down[up][k];

            if (graph->layer[down] <= graph->layer[up]) {
                graph->layer[down] = graph->layer[up] + 1;
            }
            if (--blocked[down] == 0) {
                graph->order[filled++] = down;
            }
        }
    }
    CHECK(filled == graph->count);
}

struct graph *graph_new(struct mem *mem, const struct spec *spec)
{
    struct graph *graph = mem_alloc(mem, sizeof(*graph));
    size_t n = (size_t)spec->asset_count;

    graph->spec = spec;
    graph->count = spec->asset_count;
    graph->order = mem_array(mem, n, sizeof(int));
    graph->layer = mem_array(mem, n, sizeof(int));
    graph->down = mem_array(mem, n, sizeof(int *));
    graph->down_count = mem_array(mem, n, sizeof(int));
    link_down(mem, graph);
    sort(mem, graph);
    return graph;
}

/* Does the edge to this asset stream? */
static bool streams(const struct spec_asset *asset)
{
    return asset->kind->streams_in;
}

void graph_text(const struct graph *graph, struct buf *out)
{
    for (int i = 0; i < graph->count; i++) {
        const struct spec_asset *asset = &graph->spec->assets[graph->order[i]];

        buf_printf(out, "%*s%s  (%s%s%s)", graph->layer[graph->order[i]] * 2, "", asset->name,
                   asset->kind->name, asset->partitions_from >= 0 ? ", by player from " : "",
                   asset->partitions_from >= 0 ? graph->spec->assets[asset->partitions_from].name
                                               : "");
        for (int k = 0; k < asset->dep_count; k++) {
            buf_printf(out, "%s%s", k == 0 ? (streams(asset) ? "  streams from " : "  after ") : ", ",
                       graph->spec->assets[asset->deps[k]].name);
        }
        buf_char(out, '\n');
    }
}

void graph_dot(const struct graph *graph, struct buf *out)
{
    buf_text(out, "digraph pipeline {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for (int i = 0; i < graph->count; i++) {
        const struct spec_asset *asset = &graph->spec->assets[i];

        buf_printf(out, "  \"%s\" [label=\"%s\\n%s\"];\n", asset->name, asset->name,
                   asset->kind->name);
    }
    for (int i = 0; i < graph->count; i++) {
        const struct spec_asset *asset = &graph->spec->assets[i];

        for (int k = 0; k < asset->dep_count; k++) {
            buf_printf(out, "  \"%s\" -> \"%s\"%s;\n", graph->spec->assets[asset->deps[k]].name,
                       asset->name, streams(asset) ? "" : " [style=dashed]");
        }
        if (asset->partitions_from >= 0) {
            buf_printf(out, "  \"%s\" -> \"%s\" [style=dotted, constraint=false, label=\"partitions\"];\n",
                       graph->spec->assets[asset->partitions_from].name, asset->name);
        }
    }
    buf_text(out, "}\n");
}

void graph_mermaid(const struct graph *graph, struct buf *out)
{
    buf_text(out, "flowchart LR\n");
    for (int i = 0; i < graph->count; i++) {
        const struct spec_asset *asset = &graph->spec->assets[i];

        buf_printf(out, "  %s[\"%s<br/>%s\"]\n", asset->name, asset->name, asset->kind->name);
    }
    for (int i = 0; i < graph->count; i++) {
        const struct spec_asset *asset = &graph->spec->assets[i];

        for (int k = 0; k < asset->dep_count; k++) {
            buf_printf(out, "  %s %s %s\n", graph->spec->assets[asset->deps[k]].name,
                       streams(asset) ? "-->" : "-.->", asset->name);
        }
        if (asset->partitions_from >= 0) {
            buf_printf(out, "  %s -. partitions .-> %s\n",
                       graph->spec->assets[asset->partitions_from].name, asset->name);
        }
    }
}

json_t *graph_json(const struct graph *graph)
{
    json_t *assets = json_array();

    for (int i = 0; i < graph->count; i++) {
        const struct spec_asset *asset = &graph->spec->assets[graph->order[i]];
        json_t *deps = json_array();
        json_t *object;

        for (int k = 0; k < asset->dep_count; k++) {
            (void)json_array_append_new(
                deps, json_string(graph->spec->assets[asset->deps[k]].name));
        }
        object = json_pack("{ss ss ss si sb so}", "name", asset->name, "kind", asset->kind->name,
                           "group", asset->group, "layer", graph->layer[graph->order[i]], "streams",
                           streams(asset), "deps", deps);
        if (asset->partitions_from >= 0) {
            (void)json_object_set_new(
                object, "partitions_from",
                json_string(graph->spec->assets[asset->partitions_from].name));
        }
        (void)json_array_append_new(assets, object);
    }
    return assets;
}
