# Samples to start from, laid out as /etc/signet is; nothing reads them where they are installed.
examplesdir = $(docdir)/examples
examplesconfdir = $(examplesdir)/conf.d
dist_examples_DATA = samples/signet.conf
dist_examplesconf_DATA = \
	samples/conf.d/10-root.conf samples/conf.d/20-user.conf samples/conf.d/30-device.conf
