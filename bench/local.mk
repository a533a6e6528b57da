# `make bench`: figures, one a line, `NAME VALUE UNIT`. As root, in a throw-away of the machine.
EXTRA_PROGRAMS = bench/bench-pkcs11 bench/first-signature bench/bench-pam bench/fleet
bench_bench_pkcs11_SOURCES = bench/bench-pkcs11.c bench/token.c bench/token.h bench/samples.h
bench_bench_pkcs11_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(P11KIT_CFLAGS)
bench_bench_pkcs11_LDADD = $(CRYPTO_LIBS)
bench_first_signature_SOURCES = bench/first-signature.c bench/token.c bench/token.h
bench_first_signature_CFLAGS = $(AM_CFLAGS) $(P11KIT_CFLAGS)
bench_bench_pam_SOURCES = bench/bench-pam.c bench/samples.h
bench_bench_pam_CFLAGS = $(AM_CFLAGS) $(PAM_CFLAGS)
bench_bench_pam_LDADD = $(PAM_LIBS)
bench_fleet_SOURCES = bench/fleet.c bench/fleet_load.c bench/fleet_load.h bench/fleet_run.c bench/fleet_run.h
bench_fleet_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
bench_fleet_LDADD = agent/libagent.la base/libbase.la -lm
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += bench/run

.PHONY: bench
bench: all $(EXTRA_PROGRAMS) tests/ca/scep-ca
	@bench/fleet
	@$(top_srcdir)/bench/run --build $(abs_top_builddir)
