#include "base/pin.h"

#include "base/clean.h"

static bool is_short(const struct buf *pin)
{
    return clean_length((const char *)pin->data, pin->len) < PIN_MIN;
}

enum pin_verdict pin_look(const struct buf *pin)
{
    if (pin->len < PIN_MIN || pin->len > PIN_MAX)
        return PIN_LENGTH;
    if (clean_fault((const char *)pin->data, pin->len))
        return PIN_WRONG;
    return is_short(pin) ? PIN_LENGTH : PIN_ACCEPTED;
}

int pin_check(const struct buf *pin, struct err *err)
{
    switch (pin_look(pin)) {
    case PIN_ACCEPTED:
        return 0;
    case PIN_LENGTH:
        return err_set(err, ERR_CONFIG,
                       "a PIN has at least %d characters and at most %d bytes; this one is too %s",
                       PIN_MIN, PIN_MAX, pin->len > PIN_MAX ? "long" : "short");
    default:
        return err_set(err, ERR_CONFIG, "the PIN %s",
                       clean_fault((const char *)pin->data, pin->len));
    }
}
