# One Check runner for all suites; a folder's tests stand under its own name.
check_PROGRAMS += tests/unit
TESTS += tests/unit
tests_unit_SOURCES = tests/main.c tests/suite.h tests/suites.h
tests_unit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(P11KIT_CFLAGS)
tests_unit_LDADD = $(CHECK_LIBS)

# base
tests_unit_SOURCES += tests/base/test_buf.c

# profile
tests_unit_SOURCES += tests/profile/place.c tests/profile/place.h \
	tests/profile/test_attribute.c tests/profile/test_certificate.c tests/profile/test_conf.c \
	tests/profile/test_machine.c tests/profile/test_name.c tests/profile/test_nearest.c \
	tests/profile/test_profile.c tests/profile/test_request.c tests/profile/test_rule.c \
	tests/profile/test_san.c tests/profile/test_subject.c

# store

# scep

# agent

# pkcs11

# trust

# module

# cli

# Libraries last, users before what they use.
tests_unit_LDADD += profile/libprofile.la
tests_unit_LDADD += base/libjson.la base/libbase.la
