# libwire: what the module and keyd share; libc only.
noinst_LTLIBRARIES += pkcs11/libwire.la
pkcs11_libwire_la_SOURCES = \
	pkcs11/backend.h pkcs11/snapshot.c pkcs11/snapshot.h pkcs11/wire.c pkcs11/wire.h \
	pkcs11/wire_operation.c pkcs11/wire_snapshot.c
pkcs11_libwire_la_CFLAGS = $(AM_CFLAGS) $(P11KIT_CFLAGS)
