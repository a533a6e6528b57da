# What the machine and its files know of it and of its users. libc only.
noinst_LTLIBRARIES += machine/libmachine.la
machine_libmachine_la_SOURCES = \
	machine/gecos.c machine/gecos.h \
	machine/himmelblau.c machine/himmelblau.h \
	machine/machine.c machine/machine.h \
	machine/platform.c machine/platform.h \
	machine/platform_read.c \
	machine/serial.c machine/serial.h \
	machine/wifi.c machine/wifi.h
