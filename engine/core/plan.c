/* SPDX-License-Identifier: MIT
 * plan: see plan.h. */
#include "engine/core/plan.h"

#include <string.h>

#include "engine/base/clock.h"

struct builder {
    struct mem *mem;
    const struct graph *graph;
    const struct plan_request *request;
    struct plan *plan;
    int *first; /* by asset: its first step, -1 if none */
    int *steps; /* by asset: how many */
};

static bool by_key(const struct spec_asset *asset)
{
    return asset->partitions_from >= 0;
}

static const char *key_reason(const struct builder *b, const struct plan_key *key)
{
    char ago[32], every[32];

    if (key->checked_ago_ms < 0) {
        return "never fetched";
    }
    (void)clock_format_duration(key->checked_ago_ms, ago, sizeof(ago));
    if (b->request->revisit_ms == 0) {
        return mem_printf(b->mem, "fetched %s ago, asked for again", ago);
    }
    (void)clock_format_duration(b->request->revisit_ms, every, sizeof(every));
    return key->checked_ago_ms < b->request->revisit_ms
               ? mem_printf(b->mem, "fetched %s ago: nothing is asked before %s have passed", ago,
                            every)
               : mem_printf(b->mem, "fetched %s ago, due again after %s", ago, every);
}

static const char *plain_reason(const struct builder *b, const struct spec_asset *asset)
{
    for (int k = 0; k < asset->dep_count; k++) {
        if (b->first[asset->deps[k]] >= 0) {
            return mem_printf(b->mem, "selected by %s; %s %s", b->request->selection,
                              asset->kind->streams_in ? "streams from" : "follows",
                              b->graph->spec->assets[asset->deps[k]].name);
        }
    }
    return mem_printf(b->mem, "selected by %s%s", b->request->selection,
                      asset->kind->streams_in ? "; works off what is pending" : "");
}

static void add_steps(struct builder *b, int index)
{
    const struct spec_asset *asset = &b->graph->spec->assets[index];
    int count = by_key(asset) ? b->request->key_count : 1;

    b->first[index] = b->plan->count;
    b->steps[index] = count;
    for (int i = 0; i < count; i++) {
        struct plan_step *step = &b->plan->steps[b->plan->count++];

        step->asset = index;
        step->partition = by_key(asset) ? b->request->keys[i].key : "";
        step->reason = by_key(asset) ? key_reason(b, &b->request->keys[i]) : plain_reason(b, asset);
    }
}

static void link_step(struct builder *b, struct plan_step *step, int key)
{
    const struct spec_asset *asset = &b->graph->spec->assets[step->asset];
    int room = 0;

    for (int k = 0; k < asset->dep_count; k++) {
        room += b->first[asset->deps[k]] >= 0 ? b->steps[asset->deps[k]] : 0;
    }
    step->deps = mem_array(b->mem, (size_t)room, sizeof(int));
    for (int k = 0; k < asset->dep_count; k++) {
        int up = asset->deps[k];
        bool same_key = by_key(asset) && by_key(&b->graph->spec->assets[up]);

        if (b->first[up] < 0) {
            continue;
        }
        for (int i = 0; i < b->steps[up]; i++) {
            if (!same_key || i == key) {
                step->deps[step->dep_count++] = b->first[up] + i;
            }
        }
    }
}

struct plan *plan_new(struct mem *mem, const struct graph *graph,
                      const struct plan_request *request, struct err *err)
{
    struct builder b = {.mem = mem, .graph = graph, .request = request};
    size_t n = (size_t)graph->count, room = 0;

    b.plan = mem_alloc(mem, sizeof(*b.plan));
    b.first = mem_array(mem, n, sizeof(int));
    b.steps = mem_array(mem, n, sizeof(int));
    for (int i = 0; i < graph->count; i++) {
        b.first[i] = -1;
        if (!request->selected[i]) {
            continue;
        }
        if (by_key(&graph->spec->assets[i]) && request->key_count == 0) {
            err_set(err, ERR_USAGE,
                    "'%s' is made by player and no player is given: use --player NAME, set PLAYER "
                    "or list seeds in pipeline.yaml",
                    graph->spec->assets[i].name);
            return NULL;
        }
        room += by_key(&graph->spec->assets[i]) ? (size_t)request->key_count : 1;
    }
    b.plan->steps = mem_array(mem, room, sizeof(b.plan->steps[0]));
    for (int i = 0; i < graph->count; i++) {
        if (request->selected[graph->order[i]]) {
            add_steps(&b, graph->order[i]);
        }
    }
    for (int i = 0; i < b.plan->count; i++) {
        struct plan_step *step = &b.plan->steps[i];

        link_step(&b, step, i - b.first[step->asset]);
    }
    return b.plan;
}
