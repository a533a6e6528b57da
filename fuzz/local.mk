# Fuzz harnesses. `make check` runs each over its seeds, and over each seed cut off at every byte; with
# `./configure CC=clang --enable-fuzzing` the same sources are libFuzzer's (fuzz/README.md).
HARNESSES = fuzz/run-fetch fuzz/run-graph fuzz/run-ini fuzz/run-machine fuzz/run-ndes fuzz/run-plist fuzz/run-scep \
	fuzz/run-subject
check_PROGRAMS += $(HARNESSES) fuzz/scep-seeds
fuzz_shared = fuzz/fuzz.c fuzz/fuzz.h
if !FUZZING
fuzz_shared += fuzz/main.c
TESTS += $(HARNESSES)
endif
EXTRA_DIST += fuzz/README.md fuzz/seeds

importing = import/libimport.la import/libresult.la profile/libprofile.la machine/libmachine.la base/libjson.la base/libbase.la \
	$(CRYPTO_LIBS) $(JANSSON_LIBS) $(PLIST_LIBS)
fuzz_run_graph_SOURCES = fuzz/graph.c fuzz/imported.c fuzz/imported.h $(fuzz_shared)
fuzz_run_graph_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_graph_LDADD = $(importing)

fuzz_run_fetch_SOURCES = fuzz/fetch.c $(fuzz_shared)
fuzz_run_fetch_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_fetch_LDADD = fetch/libfetch.la base/libbase.la

fuzz_run_ndes_SOURCES = fuzz/ndes.c agent/html.c agent/ndes.c agent/ndes_decode.c $(fuzz_shared)
fuzz_run_ndes_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_ndes_LDADD = profile/libprofile.la machine/libmachine.la base/libbase.la

fuzz_run_plist_SOURCES = fuzz/plist.c fuzz/imported.c fuzz/imported.h $(fuzz_shared)
fuzz_run_plist_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_plist_LDADD = $(importing)

fuzz_run_ini_SOURCES = fuzz/ini.c fuzz/root.c fuzz/root.h $(fuzz_shared)
fuzz_run_ini_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_ini_LDADD = profile/libprofile.la machine/libmachine.la base/libbase.la

fuzz_run_machine_SOURCES = fuzz/machine.c $(fuzz_shared)
fuzz_run_machine_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_machine_LDADD = profile/libprofile.la machine/libmachine.la base/libbase.la

fuzz_run_subject_SOURCES = fuzz/subject.c $(fuzz_shared)
fuzz_run_subject_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
fuzz_run_subject_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_subject_LDADD = scep/libscep.la profile/libprofile.la machine/libmachine.la store/libkey.la base/libbase.la $(CRYPTO_LIBS)

# The server's side is the test CA's.
answering = tests/ca/libca.la scep/libscep.la profile/libprofile.la machine/libmachine.la store/libkey.la base/libbase.la $(CRYPTO_LIBS)
fuzz_run_scep_SOURCES = fuzz/scep.c fuzz/scep_frame.c fuzz/scep_frame.h $(fuzz_shared)
fuzz_run_scep_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
fuzz_run_scep_LDFLAGS = $(AM_LDFLAGS) $(FUZZER)
fuzz_run_scep_LDADD = $(answering)

fuzz_scep_seeds_SOURCES = fuzz/scep_seeds.c fuzz/scep_frame.c fuzz/scep_frame.h fuzz/fuzz.c fuzz/fuzz.h
fuzz_scep_seeds_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
fuzz_scep_seeds_LDADD = $(answering)
