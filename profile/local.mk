# conf.d and what it means. libc only.
noinst_LTLIBRARIES += profile/libprofile.la
profile_libprofile_la_SOURCES = \
	profile/assignment.c profile/assignment.h \
	profile/attribute.c profile/attribute.h \
	profile/candidate.c profile/candidate.h \
	profile/challenge.c profile/challenge.h \
	profile/check.c profile/check.h \
	profile/check_challenge.c \
	profile/clause.c profile/clause.h \
	profile/clause_parse.c \
	profile/command.c profile/command.h \
	profile/conf.c profile/conf.h \
	profile/conf_dirs.c \
	profile/conf_span.c \
	profile/dn.c profile/dn.h \
	profile/draft.c profile/draft.h \
	profile/draft_tls.c \
	profile/faults.c profile/faults.h \
	profile/helper.c profile/helper.h \
	profile/keys.c profile/keys.h \
	profile/known.c profile/known.h \
	profile/name.c profile/name.h \
	profile/nearest.c profile/nearest.h \
	profile/oid.c profile/oid.h \
	profile/pattern.c profile/pattern.h \
	profile/problem.c profile/problem.h \
	profile/profile.c profile/profile.h \
	profile/proxy.c profile/proxy.h \
	profile/request.c profile/request.h \
	profile/root_file.c profile/root_file.h \
	profile/rule.c profile/rule.h \
	profile/san.c profile/san.h \
	profile/settings.c profile/settings.h \
	profile/source.c profile/source.h \
	profile/subject.c profile/subject.h \
	profile/template.c profile/template.h \
	profile/url.c profile/url.h \
	profile/value.c profile/value.h \
	profile/value_challenge.c \
	profile/value_profile.c \
	profile/value_proxy.c \
	profile/value_rule.c \
	profile/version.c profile/version.h \
	profile/wish.c
