# One Check runner for all suites; a folder's tests stand under its own name.
check_PROGRAMS += tests/unit
TESTS += tests/unit
tests_unit_SOURCES = tests/main.c tests/suite.h tests/suites.h
tests_unit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(P11KIT_CFLAGS)
tests_unit_LDADD = $(CHECK_LIBS)

# base
tests_unit_SOURCES += tests/base/test_buf.c

# profile

# store

# scep

# agent

# pkcs11
tests_unit_SOURCES += \
	tests/pkcs11/fake.c tests/pkcs11/fake.h tests/pkcs11/test_backend_socket.c \
	tests/pkcs11/test_core.c tests/pkcs11/test_find.c tests/pkcs11/test_operation.c \
	tests/pkcs11/test_provider.c tests/pkcs11/test_wire.c tests/pkcs11/test_wire_operation.c \
	tests/pkcs11/test_wire_snapshot.c
tests_unit_LDADD += pkcs11/libcore.la pkcs11/libwire.la

# trust

# module

# cli

# Libraries last, users before what they use.
tests_unit_LDADD += base/libjson.la base/libbase.la
