#include "tests/tpm_between.h"

#include "base/io.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define TPM_HEADER      10
#define TPM_MESSAGE_MAX 4096

static uint32_t between_number(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* One command or answer; 0: the peer has gone. */
static size_t between_read(int fd, uint8_t data[TPM_MESSAGE_MAX])
{
    size_t got = 0, want = TPM_HEADER;
    while (got < want) {
        ssize_t n = read(fd, data + got, want - got);
        if (n <= 0)
            return 0;
        got += (size_t)n;
        if (got == TPM_HEADER)
            want = between_number(data + 2);
        if (want > TPM_MESSAGE_MAX)
            return 0;
    }
    return got;
}

/* What the swtpm says to DATA. */
static size_t between_forward(const char *swtpm, uint8_t data[TPM_MESSAGE_MAX], size_t len)
{
    autoclose int fd = -1;
    if (io_connect(swtpm, &fd, NULL) < 0 || fcntl(fd, F_SETFL, 0) < 0 ||
        write(fd, data, len) != (ssize_t)len)
        return 0;
    return between_read(fd, data);
}

/* As the kernel does with what was loaded through /dev/tpmrm0 when that is closed: who opens a TPM
 * begins with a question for its capabilities. */
static void between_manage(const char *swtpm, uint32_t command)
{
    static uint32_t before;
    for (uint8_t i = 0; command == TPM_GET_CAPABILITY && before != command && i < 3; i++) {
        uint8_t flush[TPM_MESSAGE_MAX] = {0x80, 1, 0, 0, 0, 14, 0, 0, 1, 0x65, 0x80, 0, 0, i};
        between_forward(swtpm, flush, 14);
    }
    before = command;
}

static void between_serve(int client, const char *swtpm, uint32_t command, uint32_t answer)
{
    uint8_t data[TPM_MESSAGE_MAX];
    size_t len;
    while ((len = between_read(client, data))) {
        between_manage(swtpm, between_number(data + 6));
        if (command != TPM_ANY && between_number(data + 6) != command) {
            len = between_forward(swtpm, data, len);
        } else if (answer == TPM_SILENCE) {
            pause();
        } else {
            const uint8_t said[TPM_HEADER] = {
                0x80, 1, 0, 0, 0, TPM_HEADER, 0, 0, (uint8_t)(answer >> 8), (uint8_t)answer};
            memcpy(data, said, len = sizeof said);
        }
        if (len == 0 || write(client, data, len) != (ssize_t)len)
            return;
    }
}

void tpm_between_open(struct tpm_between *between, const struct swtpm *swtpm, uint32_t command,
                      uint32_t answer)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = strchr(swtpm->name, '=') + 1;
    char control[192];
    temp_open(&between->temp);
    snprintf(control, sizeof control, "%s.ctrl", path);
    ck_assert_int_eq(symlinkat(control, between->temp.fd, "s.ctrl"), 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/s", between->temp.path);
    snprintf(between->name, sizeof between->name, "swtpm:path=%s", address.sun_path);
    autoclose int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 64), 0);
    between->pid = fork();
    while (between->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int client = accept(fd, NULL, NULL);
        between_serve(client, path, command, answer);
        close(client);
    }
    tpm_choose(between->name);
}

void tpm_between_close(struct tpm_between *between)
{
    tpm_choose(NULL);
    if (between->pid)
        kill(between->pid, SIGKILL);
    temp_close(&between->temp);
}
