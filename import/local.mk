# libresult: what signet-import and signet share, without libraries. libimport: everything else of it but main.
noinst_LTLIBRARIES += import/libresult.la import/libimport.la
import_libresult_la_SOURCES = import/result.c import/result.h
import_libimport_la_SOURCES = \
	import/apple_network.c \
	import/apple_root.c \
	import/apple_row.c import/apple_row.h \
	import/apple_scep.c \
	import/apple_variables.c import/apple_variables.h \
	import/certificate.c import/certificate.h \
	import/graph.c import/graph.h \
	import/graph_common.c \
	import/graph_network.c \
	import/graph_reference.c \
	import/graph_root.c \
	import/graph_row.c import/graph_row.h \
	import/graph_scep.c \
	import/import.c import/import.h \
	import/label.c import/label.h \
	import/mobileconfig.c import/mobileconfig.h \
	import/property_list.c import/property_list.h \
	import/property_list_binary.c \
	import/section.c import/section.h \
	import/section_finish.c \
	import/section_proof.c import/section_proof.h \
	import/signature.c import/signature.h
import_libimport_la_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(PLIST_CFLAGS)

pkglibexec_PROGRAMS += signet-import
signet_import_SOURCES = import/main.c
signet_import_CFLAGS = $(import_libimport_la_CFLAGS)
signet_import_LDADD = import/libimport.la import/libresult.la profile/libprofile.la machine/libmachine.la base/libjson.la \
	base/libbase.la $(CRYPTO_LIBS) $(JANSSON_LIBS) $(PLIST_LIBS)
