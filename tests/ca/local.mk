# A scriptable SCEP CA: as a library for suites, and as a program for system tests.
check_LTLIBRARIES += tests/ca/libca.la
tests_ca_libca_la_SOURCES = \
	tests/ca/agree.c tests/ca/agree.h tests/ca/behave.c tests/ca/behave.h tests/ca/ca.c tests/ca/ca.h tests/ca/given.c tests/ca/given.h \
	tests/ca/issue.c tests/ca/issue.h tests/ca/keys.c tests/ca/keys.h tests/ca/memory.c tests/ca/memory.h tests/ca/pki.c tests/ca/pki.h tests/ca/staff.c tests/ca/staff.h \
	tests/ca/service.c tests/ca/service.h tests/ca/wrap.c tests/ca/wrap.h
tests_ca_libca_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) -DTEST_BUILDDIR='"$(abs_top_builddir)"'

check_PROGRAMS += tests/ca/scep-ca
tests_ca_scep_ca_SOURCES = tests/ca/http.c tests/ca/http.h tests/ca/main.c
tests_ca_scep_ca_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(MICROHTTPD_CFLAGS)
tests_ca_scep_ca_LDADD = tests/ca/libca.la store/libkey.la base/libbase.la $(MICROHTTPD_LIBS) $(CRYPTO_LIBS)
