# libagent: what decides and works; the program around it; and the one process that has a network socket.
noinst_LTLIBRARIES += agent/libagent.la
agent_libagent_la_SOURCES = \
	agent/engine.c agent/engine.h agent/schedule.c agent/schedule.h
agent_libagent_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
