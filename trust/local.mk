# libtrust: all of signet-apply but main, for the tests.
noinst_LTLIBRARIES += trust/libtrust.la
trust_libtrust_la_SOURCES = \
	trust/facts.c trust/facts.h \
	trust/family.c trust/family.h \
	trust/install.c trust/install.h \
	trust/manifest.c trust/manifest.h \
	trust/plan.c trust/plan.h \
	trust/wanted.c trust/wanted.h
trust_libtrust_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)

sbin_PROGRAMS += signet-apply
signet_apply_SOURCES = trust/main.c
signet_apply_LDADD = trust/libtrust.la profile/libprofile.la machine/libmachine.la store/libkey.la base/libbase.la $(CRYPTO_LIBS)
