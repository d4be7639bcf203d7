/* SPDX-License-Identifier: MIT
 * msg: see msg.h. */
#include "engine/run/msg.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

static const char *const NAMES[] = {
#define X(type, name) name,
    MSG_TYPES(X)
#undef X
};

const char *msg_type_name(enum msg_type type)
{
    return NAMES[type];
}

static void put_be(unsigned char *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        out[i] = (unsigned char)(value >> 8 * (bytes - 1 - i));
    }
}

static uint64_t get_be(const unsigned char *at, int bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < bytes; i++) {
        value = value << 8 | at[i];
    }
    return value;
}

void msg_pack_head(const struct msg_head *head, unsigned char out[MSG_HEAD_BYTES])
{
    memset(out, 0, MSG_HEAD_BYTES);
    out[0] = 'R';
    out[1] = 'K';
    out[2] = MSG_VERSION;
    out[3] = (unsigned char)head->type;
    put_be(out + 8, (uint64_t)head->fence, 8);
}

bool msg_unpack_head(const void *data, size_t len, struct msg_head *ret_head, struct err *err)
{
    const unsigned char *at = data;

    if (len != MSG_HEAD_BYTES || at[0] != 'R' || at[1] != 'K') {
        return err_set(err, ERR_DATA, "not a message of ours (%zu bytes of header)", len);
    }
    if (at[2] != MSG_VERSION) {
        return err_set(err, ERR_CONFLICT, "the peer speaks protocol version %d, this side %d",
                       at[2], MSG_VERSION);
    }
    if (at[3] >= MSG_TYPE_COUNT) {
        return err_set(err, ERR_DATA, "unknown message type %d", at[3]);
    }
    ret_head->type = (enum msg_type)at[3];
    ret_head->fence = (int64_t)get_be(at + 8, 8);
    return true;
}

bool msg_pack_items(struct buf *out, const struct node_item *items, int count)
{
    for (int i = 0; i < count; i++) {
        buf_be64(out, (uint64_t)items[i].id);
        buf_be32(out, (uint32_t)items[i].weight);
    }
    return !out->overflow;
}

bool msg_unpack_items(const void *data, size_t len, struct node_item **ret_items, int *ret_count,
                      struct err *err)
{
    const unsigned char *at = data;
    int count = (int)(len / MSG_ITEM_BYTES);
    struct node_item *items;

    if (len % MSG_ITEM_BYTES != 0) {
        return err_set(err, ERR_DATA, "an announce of %zu bytes is no whole number of items", len);
    }
    items = xcalloc((size_t)count, sizeof(items[0]));
    for (int i = 0; i < count; i++, at += MSG_ITEM_BYTES) {
        items[i].id = (int64_t)get_be(at, 8);
        items[i].weight = (int32_t)get_be(at + 8, 4);
    }
    *ret_items = items;
    *ret_count = count;
    return true;
}

json_t *msg_items_json(const struct node_item *items, int count)
{
    json_t *array = json_array();

    for (int i = 0; i < count; i++) {
        json_t *pair = json_array();

        (void)json_array_append_new(pair, json_integer(items[i].id));
        (void)json_array_append_new(pair, json_integer(items[i].weight));
        (void)json_array_append_new(array, pair);
    }
    return array;
}

bool msg_items_from_json(const json_t *array, struct node_item **ret_items, int *ret_count,
                         struct err *err)
{
    size_t count = json_array_size(array);
    struct node_item *items;

    if (array != NULL && !json_is_array(array)) {
        return err_set(err, ERR_DATA, "items are no array");
    }
    items = xcalloc(count, sizeof(items[0]));
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(array, i);

        items[i].id = json_integer_value(json_array_get(pair, 0));
        items[i].weight = (int32_t)json_integer_value(json_array_get(pair, 1));
    }
    *ret_items = items;
    *ret_count = (int)count;
    return true;
}

static int append_json(const char *data, size_t len, void *ctx)
{
    return buf_append(ctx, data, len) ? 0 : -1;
}

bool msg_write_json(struct buf *out, const json_t *body)
{
    return json_dump_callback(body, append_json, out, JSON_COMPACT) == 0;
}

bool msg_read_json(const struct buf *body, json_t **ret_object, struct err *err)
{
    json_error_t why;
    json_t *object = json_loadb(buf_str(body), body->len, JSON_REJECT_DUPLICATES, &why);

    if (!json_is_object(object)) {
        json_decref(object);
        return err_set(err, ERR_DATA, "a message body is no JSON object: %s", why.text);
    }
    *ret_object = object;
    return true;
}
