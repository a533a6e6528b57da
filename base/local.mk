# Convenience libraries list no libraries of their own: a program names all it is made of, once.
# libbase: libc only. libjson: what needs jansson, apart, so that the modules do not link it.
noinst_LTLIBRARIES += base/libbase.la base/libjson.la
base_libbase_la_SOURCES = \
	base/array.h \
	base/buf.c base/buf.h \
	base/clean.c base/clean.h \
	base/cleanup.h \
	base/clock.c base/clock.h \
	base/err.c base/err.h \
	base/fs.c base/fs.h \
	base/io.c base/io.h \
	base/landlock.c base/landlock.h \
	base/listen.c base/listen.h \
	base/log.c base/log.h \
	base/nss.c base/nss.h \
	base/pin.c base/pin.h \
	base/proc.c base/proc.h \
	base/secrets.c base/secrets.h \
	base/sha256.c base/sha256.h \
	base/text.c base/text.h \
	base/utf8.c base/utf8.h
base_libjson_la_SOURCES = base/json.c base/json.h
base_libjson_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
