/* The skeleton of a binary property list: a table of offsets to objects that name one another by
 * their numbers (Apple's CFBinaryPList.c describes the form). A parser that copies an object
 * wherever it is named makes 2^n of n objects that name the next one twice; and recurses for ever
 * in a circle. Here every object is looked at once. */
#include "import/property_list.h"

#include "base/cleanup.h"

#include <string.h>

#define TRAILER    32
#define LEVELS_MAX 64
#define COST_MAX   (64u * 1024 * 1024)
#define NODE_COST  200 /* bytes that an object costs in memory, its own data aside */

struct object {
    uint32_t cost; /* with all that it names; 0: not looked at yet */
    uint16_t height;
    bool open; /* being looked at */
};

struct skeleton {
    const uint8_t *data;
    size_t end; /* of the objects */
    uint64_t offset_size, reference_size, n, table;
    struct object *objects;
};

static int damaged(struct err *err)
{
    return err_set(err, ERR_CONFIG, "property list: damaged");
}

static int too_much(struct err *err)
{
    return err_set(err, ERR_RESOURCE,
                   "property list: more than %d levels, or more than it could hold by honest means",
                   LEVELS_MAX);
}

static uint64_t big_endian(const uint8_t *p, uint64_t size)
{
    uint64_t value = 0;
    for (uint64_t i = 0; i < size; i++)
        value = value << 8 | p[i];
    return value;
}

/* An object's head: its type, how many items or bytes it has, and where they begin. */
static bool read_head(const struct skeleton *s, uint64_t at, uint8_t *type, uint64_t *count,
                      uint64_t *body)
{
    if (at >= s->end)
        return false;
    *type = s->data[at] >> 4;
    *count = s->data[at] & 15;
    *body = at + 1;
    if (*count != 15 || *type < 4 || *type == 8)
        return true;
    /* the count follows, as an integer object of up to 8 bytes */
    if (*body >= s->end || s->data[*body] >> 4 != 1 || (s->data[*body] & 15) > 3)
        return false;
    uint64_t size = 1u << (s->data[*body] & 15);
    if (s->end - *body - 1 < size)
        return false;
    *count = big_endian(s->data + *body + 1, size);
    *body += 1 + size;
    return true;
}

static int weigh(struct skeleton *s, uint64_t number, unsigned level, struct err *err);

/* An array's or dictionary's references, N of them from BODY on. */
static int weigh_items(struct skeleton *s, struct object *object, uint64_t body, uint64_t n,
                       unsigned level, struct err *err)
{
    uint64_t cost = NODE_COST;
    uint16_t height = 0;
    if (n > (s->end - body) / s->reference_size)
        return damaged(err);
    object->open = true;
    for (uint64_t i = 0; i < n; i++) {
        uint64_t item = big_endian(s->data + body + i * s->reference_size, s->reference_size);
        int rc = weigh(s, item, level + 1, err);
        if (rc < 0)
            return rc;
        const struct object *child = &s->objects[item];
        cost += child->cost;
        height = child->height > height ? child->height : height;
        if (cost > COST_MAX || height + 1 > LEVELS_MAX)
            return too_much(err);
    }
    object->open = false;
    object->cost = (uint32_t)cost;
    object->height = height + 1;
    return 0;
}

/* Bytes of an object that names no others; false for a type that is not known. */
static bool leaf_size(uint8_t type, uint64_t count, uint64_t *ret)
{
    switch (type) {
    case 0x0: /* null, true, false */
        *ret = 0;
        return true;
    case 0x1: /* integer, real, date: 2^count bytes */
    case 0x2:
    case 0x3:
        *ret = count <= 4 ? 1u << count : 0;
        return count <= 4;
    case 0x4: /* data, ASCII */
    case 0x5:
        *ret = count;
        return true;
    case 0x6: /* UTF-16 */
        *ret = count * 2;
        return count <= UINT32_MAX;
    case 0x8: /* uid */
        *ret = count + 1;
        return true;
    default:
        return false;
    }
}

static int weigh(struct skeleton *s, uint64_t number, unsigned level, struct err *err)
{
    if (number >= s->n)
        return damaged(err);
    struct object *object = &s->objects[number];
    if (object->open)
        return err_set(err, ERR_CONFIG, "property list: an object is part of itself");
    if (object->cost)
        return 0;
    if (level > LEVELS_MAX)
        return too_much(err);
    uint8_t type;
    uint64_t count, body, size = 0;
    uint64_t at = big_endian(s->data + s->table + number * s->offset_size, s->offset_size);
    if (!read_head(s, at, &type, &count, &body))
        return damaged(err);
    if (type == 0xa || type == 0xd)
        return count > s->end
                   ? damaged(err)
                   : weigh_items(s, object, body, type == 0xd ? 2 * count : count, level, err);
    if (!leaf_size(type, count, &size) || size > s->end - body)
        return damaged(err);
    object->cost = (uint32_t)(NODE_COST + 2 * size);
    object->height = 1;
    return 0;
}

int property_list_check_binary(const uint8_t *data, size_t len, struct err *err)
{
    struct skeleton s = {.data = data};
    if (len < 8 + TRAILER || len > COST_MAX || memcmp(data, "bplist00", 8) != 0)
        return damaged(err);
    const uint8_t *trailer = data + len - TRAILER;
    uint64_t top = big_endian(trailer + 16, 8);
    s.end = len - TRAILER;
    s.offset_size = trailer[6];
    s.reference_size = trailer[7];
    s.n = big_endian(trailer + 8, 8);
    s.table = big_endian(trailer + 24, 8);
    if (s.offset_size < 1 || s.offset_size > 8 || s.reference_size < 1 || s.reference_size > 8 ||
        s.n < 1 || s.table < 8 || s.table > s.end || s.n > (s.end - s.table) / s.offset_size ||
        top >= s.n)
        return damaged(err);
    s.end = s.table;

    autofree struct object *objects = calloc(s.n, sizeof *objects);
    if (!objects)
        return err_memory(err);
    s.objects = objects;
    return weigh(&s, top, 1, err);
}
