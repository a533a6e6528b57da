# libfetch: what signet-fetch and the agent say to each other. signet-fetch: the one process that has a network socket.
noinst_LTLIBRARIES += fetch/libfetch.la
fetch_libfetch_la_SOURCES = \
	fetch/answer.c fetch/answer.h \
	fetch/frame.c fetch/frame.h \
	fetch/request.c fetch/request.h \
	fetch/tls_scheme.c fetch/tls_scheme.h

pkglibexec_PROGRAMS += signet-fetch
signet_fetch_SOURCES = \
	fetch/auth.c fetch/auth.h \
	fetch/download.c fetch/download.h \
	fetch/http.c fetch/http.h \
	fetch/key.c fetch/key.h \
	fetch/main.c \
	fetch/redirect.c fetch/redirect.h \
	fetch/tls.c fetch/tls.h
signet_fetch_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(SSL_CFLAGS)
signet_fetch_LDADD = fetch/libfetch.la base/libbase.la $(CURL_LIBS) $(SSL_LIBS)
