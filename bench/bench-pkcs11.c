/* Signatures and lookups through PKCS#11 modules and with bare OpenSSL, side by side: A B C A B C
 * …, so that whatever else the machine does falls on all alike. Prints `NAME VALUE UNIT` lines.
 *
 *     bench-pkcs11 ROUNDS PIN NAME=MODULE...
 *
 * Each module has private keys labelled `bench-rsa` (2048 bits) and `bench-ec` (P-256). PIN is used
 * on tokens that have one. */
#include "bench/samples.h"
#include "bench/token.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MODULES_MAX 4

static const struct {
    const char *name, *label;
} keys[] = {[TOKEN_RSA] = {"rsa2048", "bench-rsa"}, [TOKEN_EC] = {"p256", "bench-ec"}};

/* The limit: OpenSSL in our own process. */
struct evp {
    EVP_PKEY_CTX *sign[2]; /* by enum token_key */
};

static bool evp_open(struct evp *evp)
{
    EVP_PKEY *rsa = EVP_RSA_gen(2048), *ec = EVP_EC_gen("P-256");
    bool ok = rsa && ec && (evp->sign[TOKEN_RSA] = EVP_PKEY_CTX_new(rsa, NULL)) &&
              (evp->sign[TOKEN_EC] = EVP_PKEY_CTX_new(ec, NULL)) &&
              EVP_PKEY_sign_init(evp->sign[TOKEN_RSA]) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(evp->sign[TOKEN_RSA], RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_sign_init(evp->sign[TOKEN_EC]) == 1;
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ec);
    return ok;
}

static void evp_close(struct evp *evp)
{
    EVP_PKEY_CTX_free(evp->sign[TOKEN_RSA]);
    EVP_PKEY_CTX_free(evp->sign[TOKEN_EC]);
}

static bool evp_sign(const struct evp *evp, enum token_key type)
{
    uint8_t signature[512];
    size_t len = sizeof signature;
    const uint8_t *data = token_digest_info;
    size_t data_len = sizeof token_digest_info;
    if (type == TOKEN_EC) {
        data += data_len - 32;
        data_len = 32;
    }
    return EVP_PKEY_sign(evp->sign[type], signature, &len, data, data_len) == 1;
}

/* What is measured, in the order given; the first is OpenSSL itself. */
struct contender {
    const char *name;
    struct token token;   /* but for the first */
    CK_OBJECT_HANDLE key; /* of the signatures being measured */
    struct samples samples;
};
static struct contender contenders[1 + MODULES_MAX];

static void forget_samples(void)
{
    for (size_t i = 0; i < sizeof contenders / sizeof *contenders; i++)
        contenders[i].samples.n = 0;
}

/* The medians of those that took part, and the last one's in proportion to each. */
static void print(const char *what, int n)
{
    struct contender *last = &contenders[n - 1];
    for (int i = 0; i < n; i++)
        if (contenders[i].samples.n > 0)
            printf("%s.%s %.2f us\n", what, contenders[i].name,
                   samples_median(&contenders[i].samples));
    for (int i = 0; i < n - 1; i++)
        if (contenders[i].samples.n > 0)
            printf("%s.%s-to-%s %.2f ratio\n", what, last->name, contenders[i].name,
                   samples_median(&last->samples) / samples_median(&contenders[i].samples));
}

static bool bench_sign(const struct evp *evp, int n, int rounds, enum token_key type)
{
    for (int i = 1; i < n; i++)
        contenders[i].key = token_find_key(&contenders[i].token, keys[type].label);
    forget_samples();
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < n; i++) {
            int64_t before = token_clock();
            if (i > 0)
                token_sign(&contenders[i].token, contenders[i].key, type);
            else if (!evp_sign(evp, type))
                return false;
            samples_add(&contenders[i].samples, token_clock() - before);
        }
    char what[32];
    snprintf(what, sizeof what, "sign.%s", keys[type].name);
    print(what, n);
    return true;
}

static void bench_lookup(int n, int rounds)
{
    forget_samples();
    for (int round = 0; round < rounds; round++)
        for (int i = 1; i < n; i++) {
            int64_t before = token_clock();
            token_find_key(&contenders[i].token, keys[TOKEN_RSA].label);
            samples_add(&contenders[i].samples, token_clock() - before);
        }
    print("lookup", n);
}

/* What a question to another process and its answer cost on this machine, with nothing done in
 * between: the floor for every design in which the key is somewhere else. */
static bool bench_roundtrip(int rounds)
{
    char word[64] = {0};
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return false;
    pid_t echo = fork();
    if (echo == 0) {
        close(ends[0]);
        while (read(ends[1], word, sizeof word) > 0 &&
               write(ends[1], word, sizeof word) == (ssize_t)sizeof word)
            ;
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    static struct samples samples;
    bool ok = echo > 0;
    for (int round = 0; ok && round < rounds; round++) {
        int64_t before = token_clock();
        ok = write(ends[0], word, sizeof word) == (ssize_t)sizeof word &&
             read(ends[0], word, sizeof word) == (ssize_t)sizeof word;
        samples_add(&samples, token_clock() - before);
    }
    close(ends[0]);
    if (echo > 0)
        waitpid(echo, NULL, 0);
    if (ok)
        printf("roundtrip.socket %.2f us\n", samples_median(&samples));
    return ok;
}

int main(int argc, char **argv)
{
    int n = argc - 2, rounds = argc > 1 ? atoi(argv[1]) : 0;
    if (n < 2 || n > 1 + MODULES_MAX || rounds < 1) {
        fprintf(stderr, "usage: bench-pkcs11 ROUNDS PIN NAME=MODULE...\n");
        return EXIT_FAILURE;
    }
    contenders[0].name = "evp";
    for (int i = 1; i < n; i++) {
        char *name = argv[2 + i], *module = strchr(name, '=');
        if (!module) {
            fprintf(stderr, "%s is not NAME=MODULE\n", name);
            return EXIT_FAILURE;
        }
        *module++ = '\0';
        contenders[i].name = name;
        token_open(&contenders[i].token, name, module, keys[TOKEN_RSA].label, argv[2]);
    }
    struct evp evp = {0};
    bool ok = evp_open(&evp) && bench_sign(&evp, n, rounds, TOKEN_RSA) &&
              bench_sign(&evp, n, rounds, TOKEN_EC);
    evp_close(&evp);
    if (!ok) {
        fprintf(stderr, "OpenSSL could not sign\n");
        return EXIT_FAILURE;
    }
    bench_lookup(n, rounds);
    return bench_roundtrip(rounds) ? EXIT_SUCCESS : EXIT_FAILURE;
}
