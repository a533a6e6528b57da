# Everything that is written, cut short everywhere: a program of its own, because it traces what it runs.
check_PROGRAMS += tests/crash/crash
TESTS += tests/crash/crash
tests_crash_crash_SOURCES = \
	tests/crash/agent.c tests/crash/agent.h \
	tests/crash/anchors.c \
	tests/crash/calls.c tests/crash/calls.h \
	tests/crash/chip.c tests/crash/chip.h \
	tests/crash/enrolments.c \
	tests/crash/judge.c tests/crash/judge.h \
	tests/crash/main.c \
	tests/crash/must.h \
	tests/crash/place.c tests/crash/place.h \
	tests/crash/power.c tests/crash/power.h \
	tests/crash/removals.c \
	tests/crash/roots.c \
	tests/crash/run.c tests/crash/run.h \
	tests/crash/supervise.c tests/crash/supervise.h \
	tests/crash/tpm.c \
	tests/crash/tree.c tests/crash/tree.h \
	tests/crash/trial.c tests/crash/trial.h \
	tests/crash/whole.c tests/crash/whole.h \
	tests/swtpm_spawn.c tests/swtpm_spawn.h
tests_crash_crash_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) -DTEST_BUILDDIR='"$(abs_top_builddir)"'
tests_crash_crash_LDADD = \
	tests/ca/libca.la store/libkey.la base/libjson.la base/libbase.la $(CRYPTO_LIBS) $(JANSSON_LIBS)
EXTRA_tests_crash_crash_DEPENDENCIES = \
	signet-agent$(EXEEXT) signet-apply$(EXEEXT) signet-fetch$(EXEEXT) tests/ca/scep-ca$(EXEEXT)
