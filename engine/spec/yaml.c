/* SPDX-License-Identifier: MIT
 * yaml: builds the tree from libyaml's events; yaml_syntax.c words its errors. */
#include "engine/spec/yaml.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "engine/base/limits.h"
#include "engine/spec/yaml_syntax.h"

struct open_node {
    struct yaml_node *node;
    const char *key; /* map: key waiting for its value */
    struct place key_at;
    int cap;
};

struct reader {
    struct mem *mem;
    struct diag *diag;
    yaml_parser_t parser;
    struct open_node stack[LIMIT_YAML_DEPTH + 1];
    int depth, nodes;
    struct yaml_node *root;
};

static struct place place_of(yaml_mark_t mark)
{
    return (struct place){(int)mark.line + 1, (int)mark.column + 1};
}

const char *yaml_kind_name(enum yaml_kind kind)
{
    static const char *const NAMES[] = {"string", "list", "mapping"};

    return NAMES[kind];
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
    for (int i = 0; map->kind == YAML_MAP && i < map->count; i++) {
        if (strcmp(map->keys[i], key) == 0) {
            return map->items[i];
        }
    }
    return NULL;
}

static void *grow(struct mem *mem, const void *old, int count, int cap, size_t size)
{
    void *grown = mem_array(mem, (size_t)cap, size);

    if (count > 0) {
        memcpy(grown, old, (size_t)count * size);
    }
    return grown;
}

/* A key given before in this map: by a linear look for small maps; large ones (assets) are looked
 * through by the spec layer's own table. */
static void check_duplicate(struct reader *reader, const struct yaml_node *map, const char *key,
                            struct place at)
{
    for (int i = 0; i < map->count; i++) {
        if (map->keys[i][0] == key[0] && strcmp(map->keys[i], key) == 0) {
            diag_add(reader->diag, DIAG_E017, at, "the key '%s' is given twice", key);
            diag_note(reader->diag, map->key_at[i], "first given here");
            return;
        }
    }
}

static void attach(struct reader *reader, struct yaml_node *child)
{
    struct open_node *open;
    struct yaml_node *parent;

    if (reader->depth == 0) {
        reader->root = child;
        return;
    }
    open = &reader->stack[reader->depth - 1];
    parent = open->node;
    if (parent->count == open->cap) {
        open->cap = open->cap != 0 ? open->cap * 2 : 8;
        parent->items = grow(reader->mem, parent->items, parent->count, open->cap,
                             sizeof(parent->items[0]));
        parent->keys =
            grow(reader->mem, parent->keys, parent->count, open->cap, sizeof(parent->keys[0]));
        parent->key_at =
            grow(reader->mem, parent->key_at, parent->count, open->cap, sizeof(parent->key_at[0]));
    }
    parent->items[parent->count] = child;
    parent->keys[parent->count] = open->key;
    parent->key_at[parent->count] = open->key_at;
    parent->count++;
    open->key = NULL;
}

/* Refuses what no node of ours may carry. */
static bool check_node(struct reader *reader, const yaml_event_t *event, const yaml_char_t *anchor,
                       const yaml_char_t *tag)
{
    struct place at = place_of(event->start_mark);

    if (anchor != NULL) {
        diag_add(reader->diag, DIAG_E016, at, "anchors and aliases are not supported");
        diag_help(reader->diag, "write the value out where it is needed");
        return false;
    }
    if (tag != NULL) {
        diag_add(reader->diag, DIAG_E020, at, "explicit tags are not allowed");
        return false;
    }
    if (++reader->nodes > LIMIT_YAML_NODES) {
        diag_add(reader->diag, DIAG_E003, at, "more than %d values in one file", LIMIT_YAML_NODES);
        return false;
    }
    return true;
}

static bool on_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct place at = place_of(event->start_mark);
    const char *value = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    struct open_node *open = reader->depth > 0 ? &reader->stack[reader->depth - 1] : NULL;
    struct yaml_node *node;

    if (!check_node(reader, event, event->data.scalar.anchor, event->data.scalar.tag)) {
        return false;
    }
    if (memchr(value, '\0', len) != NULL) {
        diag_add(reader->diag, DIAG_E006, at, "a string contains NUL");
        return false;
    }
    if (len > LIMIT_YAML_SCALAR_BYTES) {
        diag_add(reader->diag, DIAG_E003, at, "a value of %zu bytes exceeds the limit of %d", len,
                 LIMIT_YAML_SCALAR_BYTES);
        return false;
    }
    if (open != NULL && open->node->kind == YAML_MAP && open->key == NULL) {
        open->key = mem_strndup(reader->mem, value, len);
        open->key_at = at;
        if (open->node->count < 1000) {
            check_duplicate(reader, open->node, open->key, at);
        }
        return true;
    }
    node = mem_alloc(reader->mem, sizeof(*node));
    node->kind = YAML_SCALAR;
    node->at = at;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    node->text = mem_strndup(reader->mem, value, len);
    attach(reader, node);
    return true;
}

static bool on_open(struct reader *reader, const yaml_event_t *event, enum yaml_kind kind)
{
    struct place at = place_of(event->start_mark);
    struct open_node *open = reader->depth > 0 ? &reader->stack[reader->depth - 1] : NULL;
    struct yaml_node *node;

    if (kind == YAML_MAP
            ? !check_node(reader, event, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag)
            : !check_node(reader, event, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag)) {
        return false;
    }
    if (open != NULL && open->node->kind == YAML_MAP && open->key == NULL) {
        diag_add(reader->diag, DIAG_E021, at, "a key must be a plain word, not a %s",
                 yaml_kind_name(kind));
        return false;
    }
    if (reader->depth == LIMIT_YAML_DEPTH) {
        diag_add(reader->diag, DIAG_E015, at, "nesting deeper than %d", LIMIT_YAML_DEPTH);
        return false;
    }
    node = mem_alloc(reader->mem, sizeof(*node));
    node->kind = kind;
    node->at = at;
    attach(reader, node);
    reader->stack[reader->depth++] = (struct open_node){.node = node};
    return true;
}

/* One event; false stops. */
static bool on_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return on_scalar(reader, event);
    case YAML_MAPPING_START_EVENT:
        return on_open(reader, event, YAML_MAP);
    case YAML_SEQUENCE_START_EVENT:
        return on_open(reader, event, YAML_LIST);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        reader->depth--;
        return true;
    case YAML_ALIAS_EVENT:
        diag_add(reader->diag, DIAG_E016, place_of(event->start_mark),
                 "anchors and aliases are not supported");
        diag_help(reader->diag, "write the value out where it is needed");
        return false;
    case YAML_DOCUMENT_START_EVENT:
        if (reader->root != NULL) {
            diag_add(reader->diag, DIAG_E018, place_of(event->start_mark),
                     "more than one document in the file");
            return false;
        }
        return true;
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
    case YAML_NO_EVENT:
        return true;
    }
    return false;
}

static void read_events(struct reader *reader, const char *text, size_t len)
{
    bool go = true;

    while (go) {
        yaml_event_t event;

        if (yaml_parser_parse(&reader->parser, &event) == 0) {
            yaml_syntax_error(reader->diag, &reader->parser, text, len);
            return;
        }
        go = on_event(reader, &event) && event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
}

struct yaml_node *yaml_read(struct mem *mem, const char *text, size_t len, struct diag *diag)
{
    struct reader *reader = mem_alloc(mem, sizeof(*reader));
    int before = diag_count(diag);

    reader->mem = mem;
    reader->diag = diag;
    if (!yaml_check_bytes(diag, text, len)) {
        return NULL;
    }
    if (yaml_parser_initialize(&reader->parser) == 0) {
        diag_add(diag, DIAG_E001, (struct place){0, 0}, "out of memory");
        return NULL;
    }
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)text, len);
    read_events(reader, text, len);
    yaml_parser_delete(&reader->parser);
    if (diag_count(diag) > before) {
        return NULL;
    }
    if (reader->root == NULL ||
        (reader->root->kind == YAML_SCALAR && reader->root->text[0] == '\0')) {
        diag_add(diag, DIAG_E002, (struct place){1, 1},
                 "the file has no document; expected a mapping with the key 'assets'");
        return NULL;
    }
    return reader->root;
}
