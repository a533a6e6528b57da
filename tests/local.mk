# One Check runner for all suites; a folder's tests stand under its own name.
check_PROGRAMS += tests/unit
TESTS += tests/units
tests_unit_SOURCES = \
	tests/long.h \
	tests/main.c \
	tests/mounts.h \
	tests/patience.h \
	tests/suite.h \
	tests/suites.h \
	tests/swtpm.c tests/swtpm.h \
	tests/swtpm_spawn.c tests/swtpm_spawn.h \
	tests/temp.h \
	tests/top.h \
	tests/tpm_between.c tests/tpm_between.h
tests_unit_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(CRYPTO_CFLAGS) $(CURL_CFLAGS) $(SSL_CFLAGS) $(JANSSON_CFLAGS) $(P11KIT_CFLAGS) $(SYSTEMD_CFLAGS)
tests_unit_LDADD = $(CHECK_LIBS)

# base
tests_unit_SOURCES += \
	tests/base/test_buf.c \
	tests/base/test_clock.c \
	tests/base/test_err.c \
	tests/base/test_fs.c \
	tests/base/test_io.c \
	tests/base/test_json.c \
	tests/base/test_landlock.c \
	tests/base/test_listen.c \
	tests/base/test_log.c \
	tests/base/test_nss.c \
	tests/base/test_pin.c \
	tests/base/test_proc.c \
	tests/base/test_secrets.c \
	tests/base/test_sha256.c \
	tests/base/test_text.c

# machine
tests_unit_SOURCES += \
	tests/machine/test_gecos.c \
	tests/machine/test_himmelblau.c \
	tests/machine/test_machine.c \
	tests/machine/test_platform.c \
	tests/machine/test_wifi.c

# profile
tests_unit_SOURCES += \
	tests/profile/assignment_of.c tests/profile/assignment_of.h \
	tests/profile/place.c tests/profile/place.h \
	tests/profile/test_attribute.c \
	tests/profile/test_candidate.c \
	tests/profile/test_challenge.c \
	tests/profile/test_check.c \
	tests/profile/test_clause.c \
	tests/profile/test_command.c \
	tests/profile/test_conf.c \
	tests/profile/test_helper.c \
	tests/profile/test_keys.c \
	tests/profile/test_manual.c \
	tests/profile/test_name.c \
	tests/profile/test_nearest.c \
	tests/profile/test_pattern.c \
	tests/profile/test_profile.c \
	tests/profile/test_proxy.c \
	tests/profile/test_request.c \
	tests/profile/test_root_file.c \
	tests/profile/test_rule.c \
	tests/profile/test_san.c \
	tests/profile/test_subject.c \
	tests/profile/test_url.c \
	tests/profile/test_version.c

# store
tests_unit_SOURCES += \
	tests/store/ca.h \
	tests/store/fixture.h \
	tests/store/test_access.c \
	tests/store/test_anchor.c \
	tests/store/test_anchors.c \
	tests/store/test_commit.c \
	tests/store/test_entry.c \
	tests/store/test_generation.c \
	tests/store/test_key.c \
	tests/store/test_lock.c \
	tests/store/test_next.c \
	tests/store/test_pending.c \
	tests/store/test_recover.c \
	tests/store/test_removed.c \
	tests/store/test_state.c \
	tests/store/test_store.c \
	tests/store/test_tpm.c \
	tests/store/test_tpm_pace.c \
	tests/store/test_tpm_pin.c \
	tests/store/test_tpm_presence.c \
	tests/store/test_tpm_room.c \
	tests/store/test_turn.c
check_PROGRAMS += tests/store/crash
TESTS += tests/store/crash
tests_store_crash_SOURCES = \
	tests/store/crash.c \
	tests/store/faulty.c tests/store/faulty.h \
	tests/store/fixture.h
tests_store_crash_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS) $(JANSSON_CFLAGS)
tests_store_crash_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=openat,--wrap=write,--wrap=pwrite,--wrap=fsync \
	-Wl,--wrap=mkdirat,--wrap=unlinkat,--wrap=symlinkat,--wrap=fstatat,--wrap=renameat
tests_store_crash_LDADD = store/libstore.la base/libjson.la base/libbase.la $(CHECK_LIBS) $(JANSSON_LIBS)

# scep
tests_unit_SOURCES += \
	tests/scep/asn1parse.c tests/scep/asn1parse.h \
	tests/scep/fixture.c tests/scep/fixture.h \
	tests/scep/heap.c tests/scep/heap.h \
	tests/scep/line.c tests/scep/line.h \
	tests/scep/run.c tests/scep/run.h \
	tests/scep/test_agreement.c \
	tests/scep/test_answer.c \
	tests/scep/test_asn1parse.c \
	tests/scep/test_authority.c \
	tests/scep/test_caps.c \
	tests/scep/test_client.c \
	tests/scep/test_compare.c \
	tests/scep/test_csr.c \
	tests/scep/test_csr_profile.c \
	tests/scep/test_curves.c \
	tests/scep/test_damage.c \
	tests/scep/test_issued.c \
	tests/scep/test_lookup.c \
	tests/scep/test_message.c \
	tests/scep/test_openable.c \
	tests/scep/test_poll.c \
	tests/scep/test_recipient.c \
	tests/scep/test_refusal.c \
	tests/scep/test_rollover.c \
	tests/scep/test_scepserver.c \
	tests/scep/test_session.c \
	tests/scep/test_signer.c \
	tests/scep/test_strength.c \
	tests/scep/test_trust.c \
	tests/scep/test_vectors.c \
	tests/scep/test_way.c

include tests/ca/local.mk
include tests/crash/local.mk

# fetch
tests_unit_SOURCES += \
	fetch/download.c \
	fetch/key.c \
	fetch/redirect.c \
	tests/fetch/host.c tests/fetch/host.h \
	tests/fetch/test_download.c \
	tests/fetch/test_frame.c \
	tests/fetch/test_http.c \
	tests/fetch/test_redirect.c \
	tests/fetch/test_tls.c

# agent
tests_unit_SOURCES += \
	tests/agent/page.c tests/agent/page.h \
	tests/agent/private_bus.c tests/agent/private_bus.h \
	tests/agent/site.c tests/agent/site.h \
	tests/agent/test_agenda.c \
	tests/agent/test_bus.c \
	tests/agent/test_certificate.c \
	tests/agent/test_challenge.c \
	tests/agent/test_clockwork.c \
	tests/agent/test_cycle.c \
	tests/agent/test_cycle_edits.c \
	tests/agent/test_directory.c \
	tests/agent/test_engine.c \
	tests/agent/test_engine_time.c \
	tests/agent/test_hostile.c \
	tests/agent/test_hostile_course.c \
	tests/agent/test_hostile_echo.c \
	tests/agent/test_job.c \
	tests/agent/test_job_crash.c \
	tests/agent/test_job_pending.c \
	tests/agent/test_job_pin.c \
	tests/agent/test_job_renewal.c \
	tests/agent/test_job_server.c \
	tests/agent/test_kept.c \
	tests/agent/test_libsystemd.c \
	tests/agent/test_main.c \
	tests/agent/test_modem.c \
	tests/agent/test_ndes.c \
	tests/agent/test_preview.c \
	tests/agent/test_record.c \
	tests/agent/test_removal.c \
	tests/agent/test_report.c \
	tests/agent/test_request.c \
	tests/agent/test_roots.c \
	tests/agent/test_route.c \
	tests/agent/test_schedule.c \
	tests/agent/test_serve.c \
	tests/agent/test_serve_log.c \
	tests/agent/test_setup.c \
	tests/agent/test_sources.c \
	tests/agent/test_storage.c \
	tests/agent/test_tls_sign.c \
	tests/agent/test_transport.c \
	tests/agent/test_variables.c \
	tests/agent/test_view.c \
	tests/agent/test_webhook.c
EXTRA_tests_unit_DEPENDENCIES = signet-agent$(EXEEXT) signet-fetch$(EXEEXT) signet-preview$(EXEEXT) tests/ca/scep-ca$(EXEEXT)

# pkcs11
tests_unit_SOURCES += \
	tests/pkcs11/fake.c tests/pkcs11/fake.h \
	tests/pkcs11/issue.c tests/pkcs11/issue.h \
	tests/pkcs11/look.c tests/pkcs11/look.h \
	tests/pkcs11/test_backend_socket.c \
	tests/pkcs11/test_backend_store.c \
	tests/pkcs11/test_connection.c \
	tests/pkcs11/test_core.c \
	tests/pkcs11/test_describe.c \
	tests/pkcs11/test_fields.c \
	tests/pkcs11/test_find.c \
	tests/pkcs11/test_keyd.c \
	tests/pkcs11/test_keyring.c \
	tests/pkcs11/test_keyring_pin.c \
	tests/pkcs11/test_login.c \
	tests/pkcs11/test_module.c \
	tests/pkcs11/test_operation.c \
	tests/pkcs11/test_peer.c \
	tests/pkcs11/test_provider.c \
	tests/pkcs11/test_sign_store.c \
	tests/pkcs11/test_sign_tpm.c \
	tests/pkcs11/test_wire.c \
	tests/pkcs11/test_wire_login.c \
	tests/pkcs11/test_wire_operation.c \
	tests/pkcs11/test_wire_snapshot.c \
	tests/pkcs11/wires.h

# trust
tests_unit_SOURCES += \
	tests/trust/root.h \
	tests/trust/test_facts.c \
	tests/trust/test_install.c \
	tests/trust/test_manifest.c \
	tests/trust/test_plan.c

# import
tests_unit_SOURCES += \
	tests/import/imported.c tests/import/imported.h \
	tests/import/test_apple_scep.c \
	tests/import/test_apple_variables.c \
	tests/import/test_graph.c \
	tests/import/test_graph_scep.c \
	tests/import/test_label.c \
	tests/import/test_mobileconfig.c \
	tests/import/test_property_list.c \
	tests/import/test_result.c \
	tests/import/test_samples.c \
	tests/import/test_signature.c
tests_unit_CFLAGS += $(PLIST_CFLAGS) -DTEST_SRCDIR='"$(abs_top_srcdir)"'
EXTRA_tests_unit_DEPENDENCIES += signet-import$(EXEEXT)
EXTRA_DIST += tests/import/samples

# module (loaded by libpam from where it was built)
tests_unit_SOURCES += \
	module/arguments.c \
	module/progress.c \
	tests/module/test_arguments.c \
	tests/module/test_pam.c \
	tests/module/test_progress.c
tests_unit_CFLAGS += $(PAM_CFLAGS) -DTEST_BUILDDIR='"$(abs_top_builddir)"'
EXTRA_tests_unit_DEPENDENCIES += module/pam_signet.la pkcs11/signet-pkcs11.la signet-keyd

# A module of NSS, under the name by which libc asks for it.
check_LTLIBRARIES += tests/libnss_faulty.la
tests_libnss_faulty_la_SOURCES = tests/nss_faulty.c
tests_libnss_faulty_la_LDFLAGS = $(AM_LDFLAGS) -shared -rpath /none -version-info 2
EXTRA_tests_unit_DEPENDENCIES += tests/libnss_faulty.la

# cli
tests_unit_SOURCES += \
	tests/cli/json.h \
	tests/cli/test_agent.c \
	tests/cli/test_detail.c \
	tests/cli/test_entries.c \
	tests/cli/test_excerpt.c \
	tests/cli/test_hidden.c \
	tests/cli/test_import.c \
	tests/cli/test_import_write.c \
	tests/cli/test_lines.c \
	tests/cli/test_main.c \
	tests/cli/test_moment.c \
	tests/cli/test_options.c \
	tests/cli/test_output.c \
	tests/cli/test_plain.c \
	tests/cli/test_preview_text.c \
	tests/cli/test_render.c \
	tests/cli/test_secret.c \
	tests/cli/test_table.c \
	tests/cli/test_token_uri.c \
	tests/cli/test_why.c
EXTRA_tests_unit_DEPENDENCIES += signet$(EXEEXT)

# Libraries last, users before what they use.
tests_unit_LDADD += \
	agent/libagent.la fetch/libfetch.la cli/libcli.la import/libimport.la import/libresult.la trust/libtrust.la \
	profile/libprofile.la machine/libmachine.la tests/ca/libca.la scep/libscep.la \
	pkcs11/libbackend_store.la pkcs11/libcore.la pkcs11/libwire.la store/libkey.la store/libstore.la \
	base/libjson.la base/libbase.la $(SSL_LIBS) $(JANSSON_LIBS) $(CURL_LIBS) \
	$(MICROHTTPD_LIBS) $(PAM_LIBS) $(PLIST_LIBS) $(SYSTEMD_LIBS)

# What guards the house.
TESTS += tests/house/includes tests/house/needed
EXTRA_DIST += tests/scep/vectors tests/house/includes tests/house/needed tests/prepare.sh tests/system tests/units
