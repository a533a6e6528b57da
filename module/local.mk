# pam_signet.so: libpam and libc only. The few files of base/ that it needs are compiled into it, not
# libbase as a whole, so that nothing of the daemons gets into login.
pam_LTLIBRARIES = module/pam_signet.la
module_pam_signet_la_SOURCES = \
	base/buf.c \
	base/clock.c \
	base/err.c \
	base/io.c \
	base/text.c \
	base/utf8.c \
	module/arguments.c module/arguments.h \
	module/pam.c \
	module/progress.c module/progress.h \
	module/signin.c module/signin.h
module_pam_signet_la_CFLAGS = $(AM_CFLAGS) $(PAM_CFLAGS)
module_pam_signet_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared
module_pam_signet_la_LIBADD = $(PAM_LIBS)

# Debian's pam-auth-update reads this.
pamconfigsdir = $(datadir)/pam-configs
dist_pamconfigs_DATA = units/pam-configs/signet
