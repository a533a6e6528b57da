#include "store/tpm_room.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* TPM 2.0 Library, part 3, section 30.2: TPM2_GetCapability(TPM_CAP_TPM_PROPERTIES), three of them
 * from TPM_PT_LOCKOUT_COUNTER on. */
static const uint8_t command[] = {0x80, 0x01, 0, 0, 0, 22, 0,    0, 0x01, 0x7a, 0,
                                  0,    0,    6, 0, 0, 2,  0x0e, 0, 0,    0,    3};
#define FIRST_PROPERTY 0x20eu
#define PROPERTIES     3

/* Tag, size, response code; moreData, capability, count; then property and value of each. */
#define CODE_AT    6
#define COUNT_AT   15
#define LIST_AT    19
#define PAIR       8
#define ANSWER_MAX (LIST_AT + PROPERTIES * PAIR)

static uint32_t number_at(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return ntohl(value);
}

static bool take_values(const uint8_t *answer, size_t len, uint32_t ret[PROPERTIES])
{
    if (len != ANSWER_MAX || number_at(answer + CODE_AT) != 0 ||
        number_at(answer + COUNT_AT) != PROPERTIES)
        return false;
    for (uint32_t i = 0; i < PROPERTIES; i++) {
        const uint8_t *pair = answer + LIST_AT + i * PAIR;
        if (number_at(pair) != FIRST_PROPERTY + i)
            return false;
        ret[i] = number_at(pair + PAIR / 2);
    }
    return true;
}

int tpm_room_read(int fd, struct tpm_room *ret, struct err *err)
{
    uint8_t answer[ANSWER_MAX];
    uint32_t values[PROPERTIES];
    ssize_t n = write(fd, command, sizeof command);
    if (n != (ssize_t)sizeof command)
        return err_errno(err, "ask the TPM how many wrong PINs it has had");
    do /* in one piece, or it is none */
        n = read(fd, answer, sizeof answer);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_errno(err, "ask the TPM how many wrong PINs it has had");
    if (!take_values(answer, (size_t)n, values))
        return err_set(err, ERR_RETRY, "the TPM does not tell how many wrong PINs it has had");
    *ret = (struct tpm_room){.wrong = values[0], .most = values[1], .heal_s = values[2]};
    return 0;
}

int64_t tpm_room_wait(const struct tpm_room *room)
{
    bool is_last = room->most > 1 && room->wrong == room->most - 1;
    return is_last ? room->heal_s : 0;
}
