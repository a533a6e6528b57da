# libstore: entries, without OpenSSL. libkey: keys and certificates between PEM and OpenSSL.
noinst_LTLIBRARIES += store/libstore.la store/libkey.la
store_libstore_la_SOURCES = \
	store/access.c \
	store/anchors.c \
	store/commit.c \
	store/entry.c store/entry.h \
	store/folder.c \
	store/generation.c \
	store/internal.h \
	store/list.c \
	store/lock.c \
	store/next.c \
	store/pending.c \
	store/recover.c \
	store/removed.c \
	store/state.c \
	store/store.c \
	store/turn.c
store_libstore_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
store_libkey_la_SOURCES = \
	store/anchor.c store/anchor.h \
	store/key.c store/key.h \
	store/token.c store/token.h \
	store/tpm.c store/tpm.h \
	store/tpm_fault.c store/tpm_fault.h \
	store/tpm_pace.c store/tpm_pace.h \
	store/tpm_pin.c store/tpm_pin.h \
	store/tpm_presence.c store/tpm_presence.h \
	store/tpm_room.c store/tpm_room.h
store_libkey_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
