/* pam_open_session() of several services through real libpam, side by side in one process. Prints
 * `pam.open-session.NAME VALUE us` lines.
 *
 *     bench-pam ROUNDS USER NAME=SERVICE... */
#include "bench/samples.h"

#include <security/pam_appl.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#define SERVICES_MAX 4
#define PAUSE_NS     10000000

static int silent(int n, const struct pam_message **messages, struct pam_response **ret, void *data)
{
    (void)messages, (void)data;
    *ret = calloc((size_t)n, sizeof **ret);
    return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

/* Duration of pam_open_session() alone, in nanoseconds; negative on failure. */
static int64_t open_session(const char *service, const char *user)
{
    const struct pam_conv conversation = {silent, NULL};
    pam_handle_t *pam = NULL;
    if (pam_start(service, user, &conversation, &pam) != PAM_SUCCESS)
        return -1;
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    int rc = pam_open_session(pam, 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    pam_close_session(pam, 0);
    pam_end(pam, rc);
    if (rc != PAM_SUCCESS) {
        fprintf(stderr, "%s: %s\n", service, pam_strerror(NULL, rc));
        return -1;
    }
    return (after.tv_sec - before.tv_sec) * INT64_C(1000000000) + after.tv_nsec - before.tv_nsec;
}

int main(int argc, char **argv)
{
    static struct samples samples[SERVICES_MAX];
    int n = argc - 3, rounds = argc > 1 ? atoi(argv[1]) : 0;
    if (n < 1 || n > SERVICES_MAX || rounds < 1) {
        fprintf(stderr, "usage: bench-pam ROUNDS USER NAME=SERVICE...\n");
        return EXIT_FAILURE;
    }
    const char *services[SERVICES_MAX];
    for (int i = 0; i < n; i++) {
        char *service = strchr(argv[3 + i], '=');
        if (!service)
            return EXIT_FAILURE;
        *service++ = '\0';
        services[i] = service;
    }
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < n; i++) {
            int64_t ns = open_session(services[i], argv[2]);
            if (ns < 0)
                return EXIT_FAILURE;
            samples_add(&samples[i], ns);
            /* What the sign-in set going ends before the next one comes, as it does in life. */
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
        }
    for (int i = 0; i < n; i++)
        printf("pam.open-session.%s %.1f us\n", argv[3 + i], samples_median(&samples[i]));
    return EXIT_SUCCESS;
}
