#include "machine/machine.h"

#include "base/text.h"
#include "base/sha256.h"
#include "tests/temp.h"
#include <string.h>

static const struct {
    const char *host, *hosts, *expected; /* NULL: there is none */
} rows[] = {
    {"pc.contoso.com", "", "pc.contoso.com"},
    {"pc", "127.0.1.1 pc.contoso.com pc\n", "pc.contoso.com"},
    {"pc", "127.0.1.1\tpc  pc.contoso.com # x", "pc.contoso.com"},
    {"PC", "# no\n\n::1 localhost\n10.0.0.1 pc.contoso.com pc.other.com pc\r\n", "pc.contoso.com"},
    {"pc", "", NULL},
    {"pc", "127.0.1.1 pc\n", NULL},
    {"pc", "# 127.0.1.1 pc.contoso.com pc\n", NULL},
    {"pc", "127.0.1.1 other.contoso.com other\n", NULL},
    {"pc", "127.0.1.1 pc.contoso.com pcx\n", NULL},
    {"pc", "pc\n", NULL},
    {"", "127.0.1.1 pc.contoso.com pc\n", NULL},
    {"localhost", "127.0.0.1 localhost.localdomain localhost\n", NULL},
    {"localhost.localdomain", "", NULL},
    {"(none)", "", NULL},
    {".contoso.com", "", NULL},
};

START_TEST(finds_the_full_name)
{
    autobuf out = {0};
    struct err err = {0};
    int rc = machine_fqdn_of(rows[_i].host, rows[_i].hosts, &out, &err);
    ck_assert_int_eq(rc, rows[_i].expected != NULL);
    ck_assert_str_eq(buf_text(&out), rows[_i].expected ? rows[_i].expected : "");
}
END_TEST

static const struct {
    const char *file, *id; /* NULL: refused. The ids are what systemd-id128 prints for them. */
} ids[] = {
    {"00112233445566778899aabbccddeeff\n", "87cb33a012c647a8a010074f06b9315f"},
    {"00112233445566778899AABBCCDDEEFF", "87cb33a012c647a8a010074f06b9315f"},
    {"0123456789abcdef0123456789abcdef\n", "a8b65bfca4114ba9b27b5c93796f719d"},
    {"", NULL},
    {"\n", NULL},
    {"uninitialized\n", NULL},
    {"00112233445566778899aabbccddeef\n", NULL},
    {"00112233445566778899aabbccddeefff\n", NULL},
    {"00112233-4455-6677-8899-aabbccddeeff\n", NULL},
    {"00112233445566778899aabbccddeefg\n", NULL},
    {"\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10\x10"
     "\x10\x10\x10\x10\x10\x10\x10\x10\x10\n",
     NULL},
    {"00000000000000000000000000000000\n", NULL},
    {"00112233445566778899aabbccddeeff\n\n", NULL},
};

START_TEST(derives_an_id)
{
    autobuf out = {0};
    struct err err = {0};
    int rc = machine_id_of(ids[_i].file, &out, &err);
    ck_assert_int_eq(rc, ids[_i].id != NULL);
    ck_assert_str_eq(buf_text(&out), ids[_i].id ? ids[_i].id : "");
}
END_TEST

/* A file below a root: 1 and what is in it, 0 when it is missing. */
static const struct {
    const char *text; /* of ROOT/serial; NULL: none */
    const char *serial;
} serials[] = {
    {"5CD1234XYZ\n", "5CD1234XYZ"},
    {"  VMware-56 4d 01 \n", "VMware-56 4d 01"},
    {"a\"b\\c", "a\"b\\c"},
    {NULL, NULL},
    {"", NULL},
    {"\n", NULL},
    {"0\n", NULL},
    {"00000000", NULL},
    {"None", NULL},
    {"To Be Filled By O.E.M.\n", NULL},
    {"Default string", NULL},
    {"a\nb", NULL},
    {"\033[2J", NULL},
    {"\303\244", NULL},
    {"\377", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
};

START_TEST(reads_a_serial_number)
{
    autotemp t;
    autobuf out = {0};
    struct err err = {0};
    temp_open(&t);
    if (serials[_i].text)
        temp_file(&t, "serial", 0444, serials[_i].text);
    int rc = machine_serial(t.path, "/serial", &out, &err);
    ck_assert_int_eq(rc, serials[_i].serial != NULL);
    ck_assert_str_eq(buf_text(&out), serials[_i].serial ? serials[_i].serial : "");
}
END_TEST

START_TEST(a_serial_number_ends_at_a_zero_byte)
{
    autotemp t;
    autobuf out = {0};
    temp_open(&t);
    ck_assert_int_eq(fs_create(t.fd, "serial", 0444, "S-1\0x", 6, NULL), 0);
    ck_assert_int_eq(machine_serial(t.path, "/serial", &out, NULL), 1);
    ck_assert_str_eq(buf_text(&out), "S-1");
}
END_TEST

/* FIPS 180-4 examples, and lengths around the block. */
static const struct {
    const char *text;
    unsigned times;
    const char *digest;
} digests[] = {
    {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {"a", 55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
    {"a", 56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
    {"a", 64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
};

START_TEST(hashes)
{
    struct sha256 sha;
    uint8_t out[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    sha256_begin(&sha);
    for (unsigned i = 0; i < digests[_i].times; i++)
        sha256_add(&sha, digests[_i].text, strlen(digests[_i].text));
    sha256_end(&sha, out);
    text_hex(out, sizeof out, hex);
    ck_assert_str_eq(hex, digests[_i].digest);
}
END_TEST

/* RFC 4231 section 4.3. */
START_TEST(authenticates)
{
    uint8_t out[SHA256_SIZE];
    char hex[2 * SHA256_SIZE + 1];
    sha256_hmac("Jefe", 4, "what do ya want for nothing?", 28, out);
    text_hex(out, sizeof out, hex);
    ck_assert_str_eq(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
END_TEST

Suite *machine_suite(void)
{
    Suite *suite = suite_create("machine/machine");
    TCase *tc = tcase_create("machine");
    tcase_add_loop_test(tc, finds_the_full_name, 0, LENGTH(rows));
    tcase_add_loop_test(tc, derives_an_id, 0, LENGTH(ids));
    tcase_add_loop_test(tc, reads_a_serial_number, 0, LENGTH(serials));
    tcase_add_test(tc, a_serial_number_ends_at_a_zero_byte);
    tcase_add_loop_test(tc, hashes, 0, LENGTH(digests));
    tcase_add_test(tc, authenticates);
    suite_add_tcase(suite, tc);
    return suite;
}
