dist_man_MANS = man/signet.1 man/signet.conf.5 man/signet-profile.5 man/pam_signet.8 man/signet-agent.8
