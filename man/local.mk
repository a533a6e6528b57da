dist_man_MANS = man/signet.1 man/pam_signet.8
