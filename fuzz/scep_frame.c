#include "fuzz/scep_frame.h"

#include "fuzz/fuzz.h"

/* Everybody has them: they are good for nothing but this. */
static const char ca_key[] = "-----BEGIN PRIVATE KEY-----\n"
                             "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg7kXPQof4/Fs74hBD\n"
                             "UtWaACFITq5IXHd0ibvUJGXHzaehRANCAATaKB+CpYB2fX5911lVQ8GCp/4tDpga\n"
                             "uKStq1oXwh/N6HT/XMsuF4etliYL23ldgnj1g9d0c5GKslXYRClJRyNd\n"
                             "-----END PRIVATE KEY-----\n";
static const char ca_certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBkDCCATigAwIBAgIBATAKBggqhkjOPQQDAjAfMR0wGwYDVQQDDBRGdXp6IENB\n"
    "LCBub3QgZm9yIHVzZTAgFw0yNjExMjMyMTA3NDFaGA8yMTI2MTAzMDIxMDc0MVow\n"
    "HzEdMBsGA1UEAwwURnV6eiBDQSwgbm90IGZvciB1c2UwWTATBgcqhkjOPQIBBggq\n"
    "hkjOPQMBBwNCAATaKB+CpYB2fX5911lVQ8GCp/4tDpgauKStq1oXwh/N6HT/XMsu\n"
    "F4etliYL23ldgnj1g9d0c5GKslXYRClJRyNdo2MwYTAdBgNVHQ4EFgQUcRTwRi2+\n"
    "vTD10JruQ4v15K7DQ/UwHwYDVR0jBBgwFoAUcRTwRi2+vTD10JruQ4v15K7DQ/Uw\n"
    "DwYDVR0TAQH/BAUwAwEB/zAOBgNVHQ8BAf8EBAMCAYYwCgYIKoZIzj0EAwIDRgAw\n"
    "QwIfDUDJ+IX7X4GBwsB976KoSER1XfzdrlK9HZlIuj6EjAIgGg0T42sy1M5x0ACV\n"
    "KA7qfF35+cGdo9iz3xQQXDVswic=\n"
    "-----END CERTIFICATE-----\n";
static const char asker_key[] = "-----BEGIN PRIVATE KEY-----\n"
                                "MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBALtQ0LvjPQcFqPJt\n"
                                "unQ8bbC1o9Ihy13S5eu8Y5yNx7YvW3hKtJPNdx4GukK9I3OLdj4yjgBhw+5ETjQU\n"
                                "ON1/mTpaxaUFxo3kh+jpCd1GXpzvpL72dDXfjwgsmvBWzcy9mRjOYhc+zT67ro6L\n"
                                "rfgG6cQCzBPlXCIQHpdA0CwMIQbRAgMBAAECgYBFRIZb5JVNwncOZytbDnmVriXN\n"
                                "b/fPU0z41qqTWw6uPWb63c1XFtTkwqIgSecRNFJef71pQL3+nz24Hn5E0omrmuCn\n"
                                "wcujXX7V4oYQwsfVUNY8WOISIQno8VyVb+G9w7iFqEYy8iKiEeIqqBQqBvClqXVB\n"
                                "sG0Y2Q5tuKK5rekpzQJBAPHroVMccXZQxa3viiYu6l0q+8I6WBRIqoeG2cM5LWwJ\n"
                                "M6Tt8Sp3nrz3MeYhlaHLfMqFCVBBbz3IjWwjCiG4qdcCQQDGN6EzmFz1vVQ1c7fm\n"
                                "jr6Yu9rPw+gXj+hAs3fpal+FuGazdsFrOLYTxt+jhao+uW9pbdlfJkiTMluvQbDE\n"
                                "IM+XAkBxDS4MisQzCDf4unISueXnuAiCkYVLpVGbl9b3tiaV0A8ESfVjZRcXM2Vs\n"
                                "J9GnFFKyyUy65nk3pBsCp7U6YPNtAkAgLw4kg3ushtYya5yTed/mirHnhCaeFMag\n"
                                "IsO4iYYC/0LlpsWW9DlUErljIqPW1WMKmkRuF5g3Fjkexqq93Zn3AkEAvqbpmNjH\n"
                                "qSo9yipePuWq2TUWjqrmXAr8P46YL6wOYhrVNmMFI5lX8d/AqYXXTZtSPtb6LYW+\n"
                                "HRcqpuicvrN/Sg==\n"
                                "-----END PRIVATE KEY-----\n";
static const char asker_certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIICEzCCAXygAwIBAgIFEjRWeJAwDQYJKoZIhvcNAQELBQAwIjEgMB4GA1UEAwwX\n"
    "RnV6eiBhc2tlciwgbm90IGZvciB1c2UwIBcNMjYxMTIzMjEwNzQxWhgPMjEyNjEw\n"
    "MzAyMTA3NDFaMCIxIDAeBgNVBAMMF0Z1enogYXNrZXIsIG5vdCBmb3IgdXNlMIGf\n"
    "MA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7UNC74z0HBajybbp0PG2wtaPSIctd\n"
    "0uXrvGOcjce2L1t4SrSTzXceBrpCvSNzi3Y+Mo4AYcPuRE40FDjdf5k6WsWlBcaN\n"
    "5Ifo6QndRl6c76S+9nQ1348ILJrwVs3MvZkYzmIXPs0+u66Oi634BunEAswT5Vwi\n"
    "EB6XQNAsDCEG0QIDAQABo1MwUTAdBgNVHQ4EFgQUiQbFBknCpnLjzG68dSwpY3Ws\n"
    "JgcwHwYDVR0jBBgwFoAUiQbFBknCpnLjzG68dSwpY3WsJgcwDwYDVR0TAQH/BAUw\n"
    "AwEB/zANBgkqhkiG9w0BAQsFAAOBgQCcnsQEeCDbMdrvH0kitC2P8AxDThtHfUCK\n"
    "kwzbPurk6FaRWTNmhBJttZSmtQVpENbHLZy/YKd0mkiRqxI4t8zFZPNIBr7/7iN0\n"
    "Hn1+kou9b5moB2230xRfEfq2y4OaJ1XcO431P6cV3LRxah10ghBD7GIjox39yoqp\n"
    "vxSt3i2jpA==\n"
    "-----END CERTIFICATE-----\n";

static const char ec_asker_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAj4bjs2/PaJlZNwv\n"
    "LVtDUx7q6Y0c3i8uJjzSRZ+Lq9yhRANCAAQy22417zc8PHW9ei1ik9uAYE2jXwfs\n"
    "cTraUTFIKeSazvdhEdgZyImxAU4jaYiWTzieCGwb60it4yp7dvyCHkmX\n"
    "-----END PRIVATE KEY-----\n";
static const char ec_asker_certificate[] =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBkjCCATigAwIBAgIFEjRWeJEwCgYIKoZIzj0EAwIwJTEjMCEGA1UEAwwaRnV6\n"
    "eiBFQyBhc2tlciwgbm90IGZvciB1c2UwIBcNMjYxMTI0MDAxNTQyWhgPMjEyNjEw\n"
    "MzEwMDE1NDJaMCUxIzAhBgNVBAMMGkZ1enogRUMgYXNrZXIsIG5vdCBmb3IgdXNl\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMttuNe83PDx1vXotYpPbgGBNo18H\n"
    "7HE62lExSCnkms73YRHYGciJsQFOI2mIlk84nghsG+tIreMqe3b8gh5Jl6NTMFEw\n"
    "HQYDVR0OBBYEFN1wml2d3/bVjI3EfPX0dDw3q2wyMB8GA1UdIwQYMBaAFN1wml2d\n"
    "3/bVjI3EfPX0dDw3q2wyMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAw\n"
    "RQIhAMCezFkCq+RmiEFgwctsYGFpsdlmj4OLT7lA/q9NbGm8AiBgUb+FtwqcIK6P\n"
    "M3LPfx0cqOEdwzo78ybuIFdZuJQYLA==\n"
    "-----END CERTIFICATE-----\n";

static struct identity load(const char *key, const char *certificate)
{
    struct identity made = {0};
    autobuf key_pem = {0}, certificate_pem = {0};
    HOLDS(buf_add_text(&key_pem, key, NULL) == 0);
    HOLDS(buf_add_text(&certificate_pem, certificate, NULL) == 0);
    HOLDS(key_from_pem(&key_pem, &made.key, NULL) == 0);
    HOLDS(certificate_from_pem(&certificate_pem, &made.certificate, NULL) == 0);
    return made;
}

const struct scep_frame *scep_frame(void)
{
    static struct scep_frame frame;
    if (!frame.signers) {
        frame.ca = load(ca_key, ca_certificate);
        frame.asker = load(asker_key, asker_certificate);
        frame.ec_asker = load(ec_asker_key, ec_asker_certificate);
        frame.signers = sk_X509_new_null();
        HOLDS(X509_add_cert(frame.signers, frame.ca.certificate, X509_ADD_FLAG_UP_REF) == 1);
    }
    return &frame;
}

void scep_frame_seal(const struct buf *content, int status, const char *text, struct buf *ret)
{
    const struct scep_frame *frame = scep_frame();
    const struct pki_reply reply = {.type = 3,
                                    .status = status,
                                    .fail_info = status == 2 ? 2 : -1,
                                    .fail_text = text,
                                    .transaction = FRAME_TRANSACTION,
                                    .nonce = (const uint8_t *)FRAME_NONCE,
                                    .content = content};
    HOLDS(pki_seal(&reply, &frame->ca, ret));
}
