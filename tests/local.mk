# One Check runner for all suites; a folder's tests stand under its own name.
check_PROGRAMS += tests/unit
TESTS += tests/unit
tests_unit_SOURCES = tests/main.c tests/suite.h tests/suites.h
tests_unit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(P11KIT_CFLAGS)
tests_unit_LDADD = $(CHECK_LIBS)

# base
tests_unit_SOURCES += tests/base/test_buf.c

# profile
tests_unit_SOURCES += tests/profile/place.c tests/profile/place.h tests/profile/test_conf.c tests/profile/test_subject.c

# store
tests_unit_SOURCES += tests/store/fixture.h tests/store/test_access.c tests/store/test_anchors.c \
	tests/store/test_commit.c tests/store/test_entry.c tests/store/test_generation.c \
	tests/store/test_key.c tests/store/test_lock.c tests/store/test_recover.c \
	tests/store/test_state.c tests/store/test_store.c
check_PROGRAMS += tests/store/crash
TESTS += tests/store/crash
tests_store_crash_SOURCES = tests/store/crash.c tests/store/faulty.c tests/store/faulty.h \
	tests/store/fixture.h
tests_store_crash_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_store_crash_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=openat,--wrap=write,--wrap=pwrite,--wrap=fsync \
	-Wl,--wrap=mkdirat,--wrap=unlinkat,--wrap=symlinkat,--wrap=fstatat,--wrap=renameat
tests_store_crash_LDADD = store/libstore.la base/libjson.la base/libbase.la $(CHECK_LIBS)

# scep

# agent

# pkcs11

# trust
tests_unit_SOURCES += tests/trust/ca.h tests/trust/root.h tests/trust/test_anchor.c \
	tests/trust/test_facts.c tests/trust/test_install.c tests/trust/test_manifest.c \
	tests/trust/test_plan.c

# module

# cli

# Libraries last, users before what they use.
tests_unit_LDADD += trust/libtrust.la trust/libanchor.la
tests_unit_LDADD += store/libkey.la store/libstore.la
tests_unit_LDADD += profile/libprofile.la
tests_unit_LDADD += base/libjson.la base/libbase.la
