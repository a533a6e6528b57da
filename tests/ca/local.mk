# A scriptable SCEP CA: as a library for suites, and as a program for system tests.
check_LTLIBRARIES += tests/ca/libca.la
tests_ca_libca_la_SOURCES = \
	tests/ca/behave.c tests/ca/behave.h tests/ca/ca.c tests/ca/ca.h \
	tests/ca/issue.c tests/ca/issue.h tests/ca/pki.c tests/ca/pki.h
tests_ca_libca_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_ca_libca_la_LIBADD = store/libkey.la base/libbase.la $(CRYPTO_LIBS)
