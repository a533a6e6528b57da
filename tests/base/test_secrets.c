#include "base/secrets.h"

#include "tests/suite.h"

#include <string.h>

static const struct {
    const char *secret, *text;
    bool told;
} rows[] = {
    {"hunter2", "password: hunter2", true},
    {"hunter2", "password: hunter3", false},
    {"hunter2", "HUNTER2", false},
    {"hunter2", "", false},
    {"", "anything", false},
    {"abc", "an abc", false}, /* too short to be a secret */
    {"abcd", "an abcd", true},
    /* cut off, on its way here or by us */
    {"a secret of very many letters", "it is \"a secret of very many le...", true},
    {"a secret of very many letters", "it is \"a secret of very", true},
    {"a secret of very many letters", "it is \"a secret of", false},
    /* percent */
    {"s3t %41&", "?p=s3t%20%2541%26", true},
    {"s3t %41&", "?p=%73%33%74%20%25%34%31%26", true},
    {"s3t/n\303\244", "s3t%2fn%c3%a4", true},
    {"s3t %41&", "?p=s3t%2", false},
    {"abcd", "%", false},
    {"abcd", "%%%%zz%4", false},
    {"ab%d", "ab%d", true},
    /* HTML */
    {"a<b>&\"'", "<td>a&lt;b&gt;&amp;&quot;&apos;</td>", true},
    {"a<b>&\"'", "a&#60;b&#x3e;&#38;&#x22;&#039;", true},
    {"a<b>&", "a&#X003C;b&#062;&#000038;", true},
    {"a<b>&", "a&#x3cb&#62;&#38;", false},
    {"a&b;c", "a&b;c", true},
    {"a&#12b", "a&#12b", true},
    {"ab%4", "%61b%4", true},
    {"a<b%41", "a&lt;b%41", true},
    {"a&lt;b", "a%26lt;b", true},
    {"abcd", "&#; &#x; &amp &#99999999999;", false},
    /* base64: Basic authentication of bob:, of b:, of bo: and of nobody; then RFC 4648 section 5 */
    {"hunter2", "Authorization: Basic Ym9iOmh1bnRlcjI=", true},
    {"hunter2", "Basic YjpodW50ZXIy", true},
    {"hunter2", "Basic Ym86aHVudGVyMg==", true},
    {"hunter2", "aHVudGVyMg", true},
    {"hunger2", "Basic Ym9iOmh1bnRlcjI=", false},
    {"\377\376\377?>", "//7/Pz4=", true},
    {"\377\376\377?>", "__7_Pz4", true},
    {"hunter2", "Ym9iOmh1bnRlcjI%3D", true},
    {"hunter2", "half of 5%2aHVudGVyMg", true},
    {"\377\376\377?>", "%2F%2f7%2fPz4%3d", true},
};

START_TEST(what_repeats_a_secret_is_found)
{
    struct secrets secrets = {0};
    secrets_add(&secrets, "another one", 11);
    secrets_add(&secrets, rows[_i].secret, strlen(rows[_i].secret));
    ck_assert_msg(secrets_told(&secrets, rows[_i].text, strlen(rows[_i].text)) == rows[_i].told,
                  "%s in %s", rows[_i].secret, rows[_i].text);
}
END_TEST

/* A text is what came over the network: zero bytes end nothing. */
START_TEST(zero_bytes_hide_nothing)
{
    static const char text[] = "\0%\0hunter2";
    struct secrets secrets = {0};
    ck_assert(!secrets_told(&secrets, text, sizeof text - 1));
    secrets_add(&secrets, "hunter2", 7);
    ck_assert(secrets_told(&secrets, text, sizeof text - 1));
    ck_assert(!secrets_told(&secrets, text, sizeof text - 2));
    ck_assert(!secrets_told(&secrets, NULL, 0));
}
END_TEST

/* A hostile server can say a great deal that begins like an escape. What looks at all the rest of
 * it for each takes a minute for this. */
START_TEST(long_text_takes_no_longer_for_each_byte)
{
    const size_t much = 3u * 1024 * 1024;
    struct secrets secrets = {0};
    autobuf text = {0};
    ck_assert_int_eq(buf_reserve(&text, much, NULL), 0);
    memset(text.data, '&', much);
    text.data[text.len = much] = 0;
    secrets_add(&secrets, "hunter2", 7);
    ck_assert(!secrets_told(&secrets, text.data, text.len));
}
END_TEST

START_TEST(of_a_login_the_password_is_secret)
{
    static const char *const logins[] = {"bob:hunter2", ":hunter2", "bob:hunter2:more"};
    for (size_t i = 0; i < LENGTH(logins); i++) {
        struct secrets secrets = {0};
        autobuf login = {0};
        secrets_add_login(&secrets, &login);
        ck_assert_uint_eq(secrets.n, 0);
        ck_assert_int_eq(buf_add_text(&login, logins[i], NULL), 0);
        secrets_add_login(&secrets, &login);
        ck_assert(!secrets_told(&secrets, "bob may not", 11));
        ck_assert(secrets_told(&secrets, "bob:hunter2:more", 16));
    }
}
END_TEST

START_TEST(there_is_room_for_so_many)
{
    struct secrets secrets = {0};
    for (int i = 0; i <= SECRETS_MAX; i++)
        secrets_add(&secrets, "hunter2", 7);
    ck_assert_uint_eq(secrets.n, SECRETS_MAX);
}
END_TEST

Suite *secrets_suite(void)
{
    Suite *suite = suite_create("base/secrets");
    TCase *tc = tcase_create("secrets");
    tcase_add_loop_test(tc, what_repeats_a_secret_is_found, 0, LENGTH(rows));
    tcase_add_test(tc, zero_bytes_hide_nothing);
    tcase_add_test(tc, of_a_login_the_password_is_secret);
    tcase_add_test(tc, there_is_room_for_so_many);
    suite_add_tcase(suite, tc);
    TCase *timed = tcase_create("in time");
    tcase_set_timeout(timed, 20);
    tcase_add_test(timed, long_text_takes_no_longer_for_each_byte);
    suite_add_tcase(suite, timed);
    return suite;
}
