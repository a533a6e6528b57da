/* From dlopen to the first RSA-2048 signature, in a process that has done nothing yet. Prints
 * nanoseconds. With `hold` it then keeps its connection until standard input ends, for a look at
 * the service's memory.
 *
 *     first-signature PIN MODULE [hold] */
#include "bench/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: first-signature PIN MODULE [hold]\n");
        return EXIT_FAILURE;
    }
    struct token token;
    int64_t before = token_clock();
    token_open(&token, argv[2], argv[2], "bench-rsa", argv[1]);
    token_sign(&token, token_find_key(&token, "bench-rsa"), TOKEN_RSA);
    printf("%lld\n", (long long)(token_clock() - before));
    fflush(stdout);
    if (argc > 3 && strcmp(argv[3], "hold") == 0)
        while (getchar() != EOF)
            ;
    token.p11->C_Finalize(NULL);
    return EXIT_SUCCESS;
}
