/* What the harnesses share. A harness is one LLVMFuzzerTestOneInput(): it reads bytes that anybody
 * may have written, and checks what must hold of whatever comes of them. Linked with libFuzzer it
 * looks for such bytes; linked with fuzz/main.c it tries those that are kept in fuzz/seeds/. */
#ifndef SIGNET_FUZZ_FUZZ_H
#define SIGNET_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says which property of which input is broken, and aborts. */
#define HOLDS(property) ((property) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #property, NULL))
#define HOLDS_OF(text, property)                                                                   \
    ((property) ? (void)0 : fuzz_broken(__FILE__, __LINE__, #property, text))
void fuzz_broken(const char *file, int line, const char *property, const char *text)
    __attribute__((noreturn));

/* Fit for a terminal, a log and JSON: one line of well-formed UTF-8 without anything hidden. */
bool fuzz_is_line(const char *text);

#endif
