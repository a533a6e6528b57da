# libkey: keys and certificates, apart from the entries, so that what only looks at the store needs no OpenSSL.
noinst_LTLIBRARIES += store/libkey.la
store_libkey_la_SOURCES = store/key.c store/key.h
store_libkey_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
store_libkey_la_LIBADD = base/libbase.la $(CRYPTO_LIBS)
