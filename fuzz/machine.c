/* What files of the machine say, and what a directory says of people: /etc/hosts, login.defs,
 * os-release, machine-id, firmware's serial numbers, a radio's address, Himmelblau's configuration,
 * the GECOS field; and versions, line against line. The same text is given to all of them. */
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "machine/gecos.h"
#include "machine/himmelblau.h"
#include "machine/machine.h"
#include "machine/platform.h"
#include "profile/rule.h"
#include "machine/serial.h"
#include "profile/version.h"
#include "machine/wifi.h"

#include <string.h>

/* A value, or none: never both, and never an error from text alone. */
static const char *value_of(int rc, const struct buf *value)
{
    const char *text = buf_text(value);
    HOLDS_OF(text, rc == 0 || rc == 1);
    HOLDS_OF(text, (rc == 1) == (value->len > 0) && strlen(text) == value->len);
    return rc ? text : NULL;
}

static void check_hex(const char *text, size_t digits)
{
    size_t n = strspn(text, "0123456789abcdef-");
    for (size_t i = 0; text[i]; i++)
        n -= text[i] == '-';
    HOLDS_OF(text, n == digits);
}

static void run_ids(const char *text)
{
    autobuf entra = {0}, intune = {0}, own = {0};
    const char *value = value_of(himmelblau_id_of(text, HIMMELBLAU_ENTRA, &entra, NULL), &entra);
    if (value)
        check_hex(value, 32);
    if ((value = value_of(himmelblau_id_of(text, HIMMELBLAU_INTUNE, &intune, NULL), &intune)))
        check_hex(value, 32);
    struct err err = {0};
    int rc = machine_id_of(text, &own, &err);
    HOLDS_OF(err.text, rc >= 0 || (own.len == 0 && fuzz_is_line(err.text)));
    if (rc > 0)
        check_hex(buf_text(&own), 32);
}

static void run_names(const char *text)
{
    autobuf name = {0}, fqdn = {0}, given = {0}, surname = {0};
    const char *value = value_of(machine_name_of(text, &name, NULL), &name);
    HOLDS(!value || !strchr(value, '.'));
    value = value_of(machine_fqdn_of("lab-1", text, &fqdn, NULL), &fqdn);
    HOLDS(!value || strchr(value, '.'));
    value_of(gecos_name(text, GECOS_GIVEN_NAME, &given, NULL), &given);
    value_of(gecos_name(text, GECOS_SURNAME, &surname, NULL), &surname);
    HOLDS(given.len + surname.len <= strlen(text));
}

static void run_facts(const char *text)
{
    autobuf setting = {0}, serial = {0}, printed = {0};
    uint8_t address[6], again[6];
    value_of(platform_setting(text, "ID", &setting, NULL), &setting);
    const char *value = value_of(serial_of(text, &serial, NULL), &serial);
    HOLDS(!value || (serial.len <= 64 && fuzz_is_line(value)));
    candidate_uid_min(text);
    if (!wifi_parse(text, address))
        return;
    HOLDS(wifi_print(address, WIFI_COLON_LOWER, &printed, NULL) == 0);
    HOLDS(wifi_parse(buf_text(&printed), again) && memcmp(address, again, sizeof address) == 0);
}

static int order(const char *a, const char *b)
{
    int way = version_compare(a, b);
    return (way > 0) - (way < 0);
}

/* An order of all texts: the same both ways round, and of three the outer two follow. */
static void run_versions(char *text)
{
    const char *v[3] = {"", "", ""};
    for (size_t i = 0; i < LENGTH(v) && text; i++)
        v[i] = strsep(&text, "\n");
    for (size_t a = 0; a < LENGTH(v); a++) {
        HOLDS_OF(v[a], order(v[a], v[a]) == 0);
        for (size_t b = 0; b < LENGTH(v); b++) {
            HOLDS_OF(v[a], order(v[a], v[b]) == -order(v[b], v[a]));
            size_t c = (size_t)3 - a - b;
            if (a != b && order(v[a], v[b]) <= 0 && order(v[b], v[c]) <= 0)
                HOLDS_OF(v[b], order(v[a], v[c]) <= 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofree char *text = strndup((const char *)data, size);
    HOLDS(text != NULL);
    run_ids(text);
    run_names(text);
    run_facts(text);
    run_versions(text);
    return 0;
}
