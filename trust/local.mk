# libanchor: the check alone, for whoever takes an anchor in.
noinst_LTLIBRARIES += trust/libanchor.la
trust_libanchor_la_SOURCES = trust/anchor.c trust/anchor.h
trust_libanchor_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
trust_libanchor_la_LIBADD = store/libkey.la
