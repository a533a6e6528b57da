# libscep: one SCEP operation over a transport that the caller brings.
noinst_LTLIBRARIES += scep/libscep.la
scep_libscep_la_SOURCES = \
	scep/agreement.c scep/agreement.h \
	scep/answer.c scep/answer.h \
	scep/authority.c scep/authority.h \
	scep/caps.c scep/caps.h \
	scep/client.c scep/client.h \
	scep/compare.c scep/compare.h \
	scep/csr.c scep/csr.h \
	scep/ecdh.c scep/ecdh.h \
	scep/envelope.c scep/envelope.h \
	scep/enveloped.c scep/enveloped.h \
	scep/issued.c scep/issued.h \
	scep/lookup.c scep/lookup.h \
	scep/message.c scep/message.h \
	scep/openable.c scep/openable.h \
	scep/openssl.h \
	scep/print.c scep/print.h \
	scep/refusal.c scep/refusal.h \
	scep/rollover.c scep/rollover.h \
	scep/server.c scep/server.h \
	scep/session.c scep/session.h \
	scep/signer.c scep/signer.h \
	scep/strength.c scep/strength.h \
	scep/trust.c scep/trust.h \
	scep/usage.c scep/usage.h \
	scep/way.c scep/way.h
scep_libscep_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
