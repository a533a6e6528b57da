# libwire: what the module and keyd share; libc only.
noinst_LTLIBRARIES += pkcs11/libwire.la
pkcs11_libwire_la_SOURCES = \
	pkcs11/backend.h \
	pkcs11/snapshot.c pkcs11/snapshot.h \
	pkcs11/wire.c pkcs11/wire.h \
	pkcs11/wire_login.c \
	pkcs11/wire_operation.c \
	pkcs11/wire_snapshot.c
pkcs11_libwire_la_CFLAGS = $(AM_CFLAGS) $(P11KIT_CFLAGS)

# libcore: the module but for its name, so that tests can link it.
noinst_LTLIBRARIES += pkcs11/libcore.la
pkcs11_libcore_la_SOURCES = \
	pkcs11/backend_socket.c pkcs11/backend_socket.h \
	pkcs11/catalog.c pkcs11/catalog.h \
	pkcs11/core.c pkcs11/core.h \
	pkcs11/decrypt.c \
	pkcs11/find.c \
	pkcs11/journal.c pkcs11/journal.h \
	pkcs11/lock.c pkcs11/lock.h \
	pkcs11/login.c pkcs11/login.h \
	pkcs11/mechanism.c pkcs11/mechanism.h \
	pkcs11/object.c pkcs11/object.h \
	pkcs11/operation.c pkcs11/operation.h \
	pkcs11/provider.c pkcs11/provider.h \
	pkcs11/random.c \
	pkcs11/session.c pkcs11/session.h \
	pkcs11/sign.c \
	pkcs11/slot.c pkcs11/slot.h \
	pkcs11/unsupported.c
pkcs11_libcore_la_CFLAGS = $(AM_CFLAGS) $(P11KIT_CFLAGS)

# The module lives in other people's processes: it is never unloaded, because threads of theirs may still be in it,
# and has nothing that runs when it is loaded or when the program exits (-nostartfiles). Of base it takes what it
# needs and no more.
pkcs11_LTLIBRARIES = pkcs11/signet-pkcs11.la
pkcs11_signet_pkcs11_la_SOURCES = base/buf.c base/clock.c base/err.c base/io.c base/utf8.c
pkcs11_signet_pkcs11_la_CFLAGS = $(AM_CFLAGS)
pkcs11_signet_pkcs11_la_LIBADD = pkcs11/libcore.la pkcs11/libwire.la
pkcs11_signet_pkcs11_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined \
	-Wl,-z,nodelete -Wl,-z,defs -XCClinker -nostartfiles \
	-export-symbols-regex '^C_Get(FunctionList|Interface|InterfaceList)$$'

# libtool's own note about the module is of use to nobody; without it, uninstalling is ours.
.PHONY: install-module-alone uninstall-module-alone
install-data-hook: install-module-alone
install-module-alone:
	rm -f $(DESTDIR)$(pkcs11dir)/signet-pkcs11.la
uninstall-hook: uninstall-module-alone
uninstall-module-alone:
	rm -f $(DESTDIR)$(pkcs11dir)/signet-pkcs11.so

# p11-kit looks for a bare name where modules live, which holds for every architecture.
p11kit_DATA = pkcs11/signet.module
EXTRA_DIST += pkcs11/signet.module.in
CLEANFILES += pkcs11/signet.module
pkcs11/signet.module: pkcs11/signet.module.in Makefile
	$(AM_V_GEN)module=$(pkcs11dir)/signet-pkcs11.so; \
	if test "$(pkcs11dir)" = "`$(PKG_CONFIG) --variable=p11_module_path p11-kit-1`"; then module=signet-pkcs11.so; fi; \
	$(MKDIR_P) pkcs11 && sed "s|@MODULE@|$$module|" $(srcdir)/pkcs11/signet.module.in >$@

# keyd
noinst_LTLIBRARIES += pkcs11/libbackend_store.la
pkcs11_libbackend_store_la_SOURCES = \
	pkcs11/backend_store.c pkcs11/backend_store.h \
	pkcs11/builder.c pkcs11/builder.h \
	pkcs11/connection.c pkcs11/connection.h \
	pkcs11/describe.c pkcs11/describe.h \
	pkcs11/fields.c pkcs11/fields.h \
	pkcs11/id.c pkcs11/id.h \
	pkcs11/keyring.c pkcs11/keyring.h \
	pkcs11/peer.c pkcs11/peer.h \
	pkcs11/sign_store.c pkcs11/sign_store.h \
	pkcs11/sign_tpm.c pkcs11/sign_tpm.h \
	pkcs11/visible.c pkcs11/visible.h
pkcs11_libbackend_store_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(P11KIT_CFLAGS)

pkglibexec_PROGRAMS += signet-keyd
signet_keyd_SOURCES = \
	pkcs11/keyd.c \
	pkcs11/warm.c pkcs11/warm.h
signet_keyd_CFLAGS = $(pkcs11_libbackend_store_la_CFLAGS)
signet_keyd_LDADD = pkcs11/libbackend_store.la pkcs11/libwire.la store/libkey.la store/libstore.la \
	base/libjson.la base/libbase.la $(CRYPTO_LIBS) $(JANSSON_LIBS)
