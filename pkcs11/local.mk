# libwire: what the module and keyd share; libc only.
noinst_LTLIBRARIES += pkcs11/libwire.la
pkcs11_libwire_la_SOURCES = \
	pkcs11/backend.h pkcs11/snapshot.c pkcs11/snapshot.h pkcs11/wire.c pkcs11/wire.h \
	pkcs11/wire_operation.c pkcs11/wire_snapshot.c
pkcs11_libwire_la_CFLAGS = $(AM_CFLAGS) $(P11KIT_CFLAGS)

# keyd
noinst_LTLIBRARIES += pkcs11/libbackend_store.la
pkcs11_libbackend_store_la_SOURCES = \
	pkcs11/backend_store.c pkcs11/backend_store.h pkcs11/draft.c pkcs11/draft.h \
	pkcs11/id.c pkcs11/id.h pkcs11/keyring.c pkcs11/keyring.h pkcs11/objects.c pkcs11/objects.h \
	pkcs11/peer.c pkcs11/peer.h pkcs11/sign_store.c pkcs11/sign_store.h \
	pkcs11/view.c pkcs11/view.h
pkcs11_libbackend_store_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(P11KIT_CFLAGS)
pkcs11_libbackend_store_la_LIBADD = pkcs11/libwire.la store/libstore.la \
	store/libkey.la $(CRYPTO_LIBS)

pkglibexec_PROGRAMS += signet-keyd
signet_keyd_SOURCES = pkcs11/keyd.c pkcs11/confine.c pkcs11/confine.h \
	pkcs11/connection.c pkcs11/connection.h pkcs11/warm.c pkcs11/warm.h
signet_keyd_CFLAGS = $(pkcs11_libbackend_store_la_CFLAGS)
signet_keyd_LDADD = pkcs11/libbackend_store.la
