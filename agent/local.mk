# libagent: what decides and works; signet-agent around it.
noinst_LTLIBRARIES += agent/libagent.la
agent_libagent_la_SOURCES = \
	agent/agenda.c agent/agenda.h \
	agent/agent.c agent/agent.h \
	agent/attempt.c agent/attempt.h \
	agent/attempt_key.c agent/attempt_key.h \
	agent/attempt_result.c agent/attempt_result.h \
	agent/bus.c agent/bus.h \
	agent/certificate.c agent/certificate.h \
	agent/challenge.c agent/challenge.h \
	agent/clockwork.c agent/clockwork.h \
	agent/cycle.c agent/cycle.h \
	agent/directory.c agent/directory.h \
	agent/engine.c agent/engine.h \
	agent/html.c agent/html.h \
	agent/job.c agent/job.h \
	agent/kept.c agent/kept.h \
	agent/libsystemd.c agent/libsystemd.h \
	agent/modem.c agent/modem.h \
	agent/ndes.c agent/ndes.h \
	agent/ndes_decode.c \
	agent/pin.c agent/pin.h \
	agent/preview.c agent/preview.h \
	agent/preview_names.c agent/preview_names.h \
	agent/record.c agent/record.h \
	agent/removal.c agent/removal.h \
	agent/report.c agent/report.h \
	agent/request.c agent/request.h \
	agent/roots.c agent/roots.h \
	agent/route.c agent/route.h \
	agent/schedule.c agent/schedule.h \
	agent/serve.c agent/serve.h \
	agent/setup.c agent/setup.h \
	agent/sources.c agent/sources.h \
	agent/storage.c agent/storage.h \
	agent/tls_sign.c agent/tls_sign.h \
	agent/transport.c agent/transport.h \
	agent/turn.c agent/turn.h \
	agent/view.c agent/view.h \
	agent/webhook.c agent/webhook.h
agent_libagent_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(SYSTEMD_CFLAGS)

pkglibexec_PROGRAMS += signet-agent
signet_agent_SOURCES = agent/main.c
signet_agent_CFLAGS = $(agent_libagent_la_CFLAGS)
signet_agent_LDADD = agent/libagent.la fetch/libfetch.la profile/libprofile.la machine/libmachine.la scep/libscep.la \
	store/libkey.la store/libstore.la base/libjson.la base/libbase.la $(CRYPTO_LIBS) $(JANSSON_LIBS)

# What a profile would request, for the person typing: no store, no network.
pkglibexec_PROGRAMS += signet-preview
signet_preview_SOURCES = agent/preview_main.c
signet_preview_CFLAGS = $(agent_libagent_la_CFLAGS)
signet_preview_LDADD = agent/libagent.la fetch/libfetch.la profile/libprofile.la machine/libmachine.la scep/libscep.la \
	store/libkey.la store/libstore.la base/libjson.la base/libbase.la $(CRYPTO_LIBS) $(JANSSON_LIBS)

EXTRA_DIST += agent/PREVIEW.md agent/PROTOCOL.md
