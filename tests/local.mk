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
tests_unit_SOURCES += \
	tests/scep/fixture.c tests/scep/fixture.h tests/scep/line.c tests/scep/line.h \
	tests/scep/test_answer.c tests/scep/test_authority.c tests/scep/test_caps.c tests/scep/test_client.c \
	tests/scep/test_csr.c tests/scep/test_issued.c tests/scep/test_refusal.c tests/scep/test_scepserver.c \
	tests/scep/test_trust.c tests/scep/test_way.c

include tests/ca/local.mk

# agent

# pkcs11

# trust

# module

# cli

# Libraries last, users before what they use.
tests_unit_LDADD += tests/ca/libca.la scep/libscep.la store/libkey.la $(CRYPTO_LIBS) $(CURL_LIBS)
tests_unit_LDADD += base/libjson.la base/libbase.la
