# signet, the command line. libcli.la: all but main and the help that prints its table, for the tests.
noinst_LTLIBRARIES += cli/libcli.la
cli_libcli_la_SOURCES = \
	cli/act.c cli/act.h \
	cli/agent.c cli/agent.h \
	cli/check.c \
	cli/cli.h \
	cli/cycle.c \
	cli/detail.c cli/detail.h \
	cli/enroll.c \
	cli/entries.c cli/entries.h \
	cli/excerpt.c cli/excerpt.h \
	cli/get_cert.c \
	cli/get_crl.c \
	cli/hidden.c cli/hidden.h \
	cli/import.c cli/import.h \
	cli/import_write.c \
	cli/lines.c cli/lines.h \
	cli/list.c \
	cli/moment.c cli/moment.h \
	cli/options.c cli/options.h \
	cli/output.c cli/output.h \
	cli/pin.c \
	cli/plain.c cli/plain.h \
	cli/preview.c \
	cli/preview_text.c cli/preview_text.h \
	cli/record.c cli/record.h \
	cli/remove.c \
	cli/render.c cli/render.h \
	cli/renew.c \
	cli/screen.c cli/screen.h \
	cli/secret.c cli/secret.h \
	cli/show.c \
	cli/status.c \
	cli/table.c cli/table.h \
	cli/token_uri.c cli/token_uri.h \
	cli/uri.c \
	cli/verbs.h \
	cli/why.c cli/why.h
cli_libcli_la_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)

bin_PROGRAMS += signet
signet_SOURCES = cli/main.c cli/help.c
signet_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
signet_LDADD = cli/libcli.la import/libresult.la profile/libprofile.la machine/libmachine.la base/libjson.la base/libbase.la $(JANSSON_LIBS)

completionsdir = $(datadir)/bash-completion/completions
dist_completions_DATA = cli/bash-completion/signet
