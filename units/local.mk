# systemd units, the service user and its folders.
dist_unit_DATA = units/signet-agent.socket units/signet-keyd.socket units/signet-apply.path
unit_made = units/signet-agent.service units/signet-keyd.service units/signet-apply.service
nodist_unit_DATA = $(unit_made)
EXTRA_DIST += $(unit_made:=.in) units/signet.sysusers units/signet.tmpfiles
CLEANFILES += $(unit_made)

$(unit_made): %: %.in Makefile
	@mkdir -p $(@D)
	$(AM_V_GEN)sed -e 's,[@]pkglibexecdir@,$(pkglibexecdir),' -e 's,[@]sbindir@,$(sbindir),' $< > $@

# Both are called signet.conf where they go.
install-data-hook: install-system-user
install-system-user:
	$(MKDIR_P) $(DESTDIR)$(prefix)/lib/sysusers.d $(DESTDIR)$(prefix)/lib/tmpfiles.d
	$(INSTALL_DATA) $(srcdir)/units/signet.sysusers $(DESTDIR)$(prefix)/lib/sysusers.d/signet.conf
	$(INSTALL_DATA) $(srcdir)/units/signet.tmpfiles $(DESTDIR)$(prefix)/lib/tmpfiles.d/signet.conf

uninstall-hook:
	rm -f $(DESTDIR)$(prefix)/lib/sysusers.d/signet.conf $(DESTDIR)$(prefix)/lib/tmpfiles.d/signet.conf
.PHONY: install-system-user
