/* A folder of the harness's own with a CA certificate in it, ca.pem, for profiles that need one. */
#ifndef SIGNET_FUZZ_ROOT_H
#define SIGNET_FUZZ_ROOT_H

/* Made when it is first asked for, gone at exit. */
const char *root_folder(void);

#endif
