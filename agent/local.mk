# libagent: what decides and works; the program around it; and the one process that has a network socket.
noinst_LTLIBRARIES += agent/libagent.la
agent_libagent_la_SOURCES = \
	agent/engine.c agent/engine.h agent/fetch_frame.c agent/fetch_frame.h agent/schedule.c agent/schedule.h \
	agent/transport.c agent/transport.h
agent_libagent_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)

pkglibexec_PROGRAMS += signet-fetch
signet_fetch_SOURCES = agent/fetch.c agent/fetch_frame.c agent/fetch_frame.h agent/landlock.c agent/landlock.h
signet_fetch_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
signet_fetch_LDADD = base/libbase.la $(CURL_LIBS)
