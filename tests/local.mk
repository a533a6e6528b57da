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
tests_unit_SOURCES += \
	tests/agent/test_engine.c tests/agent/test_fetch_frame.c tests/agent/test_request.c \
	tests/agent/test_schedule.c
tests_unit_LDADD += agent/libagent.la

# pkcs11

# trust

# module

# cli

# Libraries last, users before what they use.
tests_unit_LDADD += base/libjson.la base/libbase.la

# What guards the house.
TESTS += tests/house/includes tests/house/needed
EXTRA_DIST += tests/house/includes tests/house/needed
