/* Every key of every section: values that it takes, values that it refuses, and which part of them
 * is shown as wrong. */
#include "profile/keys.h"

#include "tests/profile/place.h"
#include "tests/suite.h"
#include <string.h>

enum { ROOT = SECTION_TRUSTED_ROOT, SCEP = SECTION_SCEP, AGENT = SECTION_AGENT };

#define NDES  "challenge = ndes:https://h/"
#define HOOK  "challenge = webhook:http"
#define LOGIN HOOK "s://h/\nchallenge-auth = basic\nchallenge-secret = file:secret"

#define FINGERPRINT "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define COLONS                                                                                     \
    "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:"   \
    "CD:EF"
#define SHA1        "0123456789abcdef0123456789ABCDEF01234567"
#define SHA1_COLONS "01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67"

/* LINES are added to a section that is right without them (and without its own line for KEY).
 * SAID is a part of the one problem that results, or with '~' of the one warning; NULL: none.
 * WRONG is what stands where the problem is said to be. */
static const struct row {
    unsigned sections;
    const char *key, *lines, *said, *wrong;
} rows[] = {
    {ROOT | SCEP, "description", "description = Wi-Fi ; and more", NULL, NULL},
    {ROOT | SCEP, "description", "description = two\n  lines", NULL, NULL},
    {ROOT | SCEP, "description", "description =", "has no value", "description"},
    {ROOT | SCEP, "description", "description = a\ndescription = b", "stands twice, first on line",
     "description"},
    {ROOT | SCEP, "description", "description = a\n  scope-tags = b",
     "looks like a line of its own", "scope-tags = b"},
    {ROOT | SCEP, "description", "descripton = a", "did you mean description?", "descripton"},
    {ROOT | SCEP, "scope-tags", "scope-tags = a, b\nscope-tags = c", NULL, NULL},
    {ROOT | SCEP, "scope-tags", "scope-tags = a,, b", "a name is empty", ""},
    {ROOT | SCEP, "assign-users", "assign-users = alice, CORP\\bob", NULL, NULL},
    {ROOT | SCEP, "assign-users", "assign-users = ,alice", "a name is empty", ""},
    {ROOT | SCEP, "assign-groups", "assign-groups = staff, domain users", NULL, NULL},
    {ROOT | SCEP, "assign-groups", "assign-groups = staff,", "a name is empty", ""},
    {ROOT | SCEP, "assign-hosts", "assign-hosts = lab-*, pc-[0-9]?", NULL, NULL},
    {ROOT | SCEP, "assign-hosts", "assign-hosts = lab-*,\n  a.example.org, pc",
     "a.example.org: a host is matched by its name without domain", "a.example.org"},
    {ROOT | SCEP, "exclude-users", "exclude-users = alice", NULL, NULL},
    {ROOT | SCEP, "exclude-users", "exclude-users = alice, , bob", "a name is empty", ""},
    {ROOT | SCEP, "exclude-groups", "exclude-groups = contractors", NULL, NULL},
    {ROOT | SCEP, "exclude-groups", "exclude-groups =", "has no value", "exclude-groups"},
    {ROOT | SCEP, "exclude-hosts", "exclude-hosts = old-*", NULL, NULL},
    {ROOT | SCEP, "exclude-hosts", "exclude-hosts = old-*, @lab", "without domain", "@lab"},
    {ROOT | SCEP, "applies-to", "applies-to = os-id debian, ubuntu; os-version >= 12, < 14", NULL,
     NULL},
    {ROOT | SCEP, "applies-to",
     "applies-to = os-id debian;\n  kernel >= 6.1\napplies-to = chassis vm", NULL, NULL},
    {ROOT | SCEP, "applies-to", "applies-to = os-id debian;\n  os-verison >= 12",
     "did you mean os-version?", "os-verison"},
    {ROOT | SCEP, "applies-to", "applies-to = os-id debian; chassis tower, laptop",
     "no word for chassis", "tower"},
    {ROOT | SCEP, "applies-to", "applies-to = os-version >= 12, => 13", "no comparison", "=>"},
    {ROOT | SCEP, "applies-to", "applies-to = os-version 12, , 13", "is no version", ""},
    {ROOT | SCEP, "applies-to", "applies-to = os-id debian;", "a clause is empty", ""},
    {ROOT | SCEP, "applies-to", "applies-to = os-id debian ; os-version >= 12", "begins a comment",
     "os-version >= 12"},
    {ROOT | SCEP, "applies-to", "applies-to = os-id debian\n  ; see above; kernel > 6",
     "begins a comment", "kernel > 6"},
    {ROOT | SCEP, "not-applies-to", "not-applies-to = virtualisation container, kvm", NULL, NULL},
    {ROOT | SCEP, "not-applies-to", "not-applies-to = virtualisation contaner",
     "did you mean container?", "contaner"},
    {ROOT | SCEP, "not-applies-to", "not-aplies-to = kernel < 6", "did you mean not-applies-to?",
     "not-aplies-to"},

    {ROOT, "certificate", "certificate = ca.pem", NULL, NULL},
    {ROOT, "certificate", "certificate = none.pem", "no such file", "none.pem"},
    {ROOT, "certificate", "certificate = conf.d/", "is no name of a file", "conf.d/"},
    {ROOT, "certificate", "certificate = leaf.pem", "is no CA certificate", "leaf.pem"},
    {ROOT, "certificate", "certificate = open.pem", "mode 0666", "open.pem"},
    {ROOT, "certificate", "", "has no certificate", "[trusted-root x]"},
    {ROOT, "store", "store = intermediate", NULL, NULL},
    {ROOT, "store", "store = systm", "is not one of system, signet, intermediate (did you mean",
     "systm"},

    {SCEP, "type", "type = user", NULL, NULL},
    {SCEP, "type", "type = device\nsubject = CN={{DeviceName}}", NULL, NULL},
    {SCEP, "type", "type = both", "is not one of user, device", "both"},
    {SCEP, "type", "type = device", "{{UserName}} is a user's variable", "{{UserName}}"},
    {SCEP, "type", "type = device\nsubject = common-name", "{{UserName}} is a user's variable",
     "common-name"},
    {SCEP, "type", "type = device\nsubject = CN=x\nassign-users = alice",
     "a device profile has no users", "alice"},
    {SCEP, "subject", "subject = CN={{UserName}}, OU=a+O=\"b, c\"\n  O=d", NULL, NULL},
    {SCEP, "subject", "subject = common-name-with-email", NULL, NULL},
    {SCEP, "subject", "", "has no subject", "[scep x]"},
    {SCEP, "subject", "subject = comon-name", "did you mean common-name?", "comon-name"},
    {SCEP, "subject", "subject = CN=a, ON=b, O=c", "ON is no known key", "ON"},
    {SCEP, "subject", "subject = CN=a\n  O=b\n  Q = c", "Q is no known key", "Q"},
    {SCEP, "subject", "subject = CN=a\n  ; x\n  O=b\n\tOU={{User}}, L=d",
     "OU: {{User}} is no known variable", "{{User}}"},
    {SCEP, "subject", "subject = CN=a, O=Contoso, Inc", "\"Inc\" is no KEY=VALUE", "Inc"},
    {SCEP, "subject", "subject = CN=a,", "nothing stands where", ""},
    {SCEP, "subject", "subject = CN=, O=b", "CN has an empty value", ""},
    {SCEP, "subject", "subject = CN=\"\", O=b", "CN has an empty value", "\"\""},
    {SCEP, "subject", "subject = CN=\"a, O=b\n  O=c", "is not closed on its line", "\"a, O=b"},
    {SCEP, "subject", "subject = CN=\"a\" b, O=c", "stands behind a closing quote", "b"},
    {SCEP, "subject", "subject = CN=a\"b", "a quote inside a value", "\""},
    {SCEP, "subject", "subject = CN=\"a \"\"b\"\" {{Usrname}} c\"", "did you mean UserName?",
     "{{Usrname}}"},
    {SCEP, "subject", "subject = CN=\"\"\"{{Usr\"\"name}}\"", "is no known variable",
     "{{Usr\"\"name}}"},
    {SCEP, "subject", "subject = CN=a\\, {{Usrname}}", "did you mean UserName?", "{{Usrname}}"},
    {SCEP, "subject", "subject = CN={{UserName", "is not closed", "{{UserName"},
    {SCEP, "subject", "subject = CN=UserName}}", "stands without", "}}"},
    {SCEP, "subject", "subject = CN={UserName}", "stands in two braces", "{UserName}"},
    {SCEP, "subject", "subject = CN=a, C=Sweden , O=b", "country of two letters", "Sweden"},
    {SCEP, "subject", "subject = CN=a, E=\xc3\xa5@b.se", "must be ASCII", "\xc3\xa5@b.se"},
    {SCEP, "subject", "subject = CN=#0500", "means octets", "#0500"},
    {SCEP, "subject", "subject = CN={{OnPremisesSecurityIdentifier}}", "belongs in a SAN",
     "{{OnPremisesSecurityIdentifier}}"},
    {SCEP, "subject", "subject = CN=a\n  L=x ; y\n  ; OU=b", "begins a comment", "OU"},
    {SCEP, "subject", "subject = CN=a ; OU=b", "begins a comment", "OU"},
    {SCEP, "subject", "subject = CN=a\\,b", "~a backslash is no escape here", "CN=a\\,b"},
    {SCEP, "subject", "subject = none", "~the server has to name the holder", "none"},
    {SCEP, "subject-order", "subject-order = forward", NULL, NULL},
    {SCEP, "subject-order", "subject-order = backward", "is not one of", "backward"},
    {SCEP, "san", "san = upn:{{UserName}}@x\nsan = dns: {{DeviceName}}.x", NULL, NULL},
    {SCEP, "san", "san = uri:{{OnPremisesSecurityIdentifier}}", NULL, NULL},
    {SCEP, "san", "san = mail:a@b", "must begin with email:", "mail"},
    {SCEP, "san", "san = {{UserName}}", "must begin with email:", "{{UserName}}"},
    {SCEP, "san", "san = dns:a\nsan = dns: a_b.c", "is no DNS name", "a_b.c"},
    {SCEP, "san", "san = email:{{UserNam}}@b", "did you mean UserName?", "{{UserNam}}"},
    {SCEP, "san", "san = uri:h{{UserName}}{{DeviceName}}a;b", "behind a variable", ";"},
    {SCEP, "san", "san = upn:{{OnPremisesSecurityIdentifier}}@x", "belongs in uri: only",
     "{{OnPremisesSecurityIdentifier}}@x"},
    {SCEP, "validity", "validity = 18 months", NULL, NULL},
    {SCEP, "validity", "validity = 1 fortnight", "days, months, years", "fortnight"},
    {SCEP, "validity", "validity = one year", "days, months, years", "one year"},
    {SCEP, "validity", "validity = 0 days", "days, months, years", "0 days"},
    {SCEP, "validity", "validity = 101 years", "longer than 100 years", "101 years"},
    {SCEP, "key-storage", "key-storage = software", NULL, NULL},
    {SCEP, "key-storage", "key-storage = tpm", NULL, NULL},
    {SCEP, "key-storage", "key-storage = tpm-pin", NULL, NULL},
    {SCEP, "key-storage", "type = device\nsubject = CN=x\nkey-storage = tpm-pin",
     "nobody to ask for a PIN", "tpm-pin"},
    {SCEP, "key-storage", "key-storage = disk", "is not one of tpm-or-software", "disk"},
    {SCEP, "key-usage", "key-usage = digital-signature, key-encipherment", NULL, NULL},
    {SCEP, "key-usage", "key-usage = digital-signature, key-agreement", "key-agreement is not one",
     "key-agreement"},
    {SCEP, "key-usage", "key-type = ec\nkey-usage = key-encipherment", "an EC key cannot",
     "key-encipherment"},
    {SCEP, "key-size", "key-storage = tpm\nkey-size = 4096", "a TPM has no RSA keys", "4096"},
    {SCEP, "key-type", "key-type = ec", NULL, NULL},
    {SCEP, "key-type", "key-type = dsa", "is not one of rsa, ec", "dsa"},
    {SCEP, "key-size", "key-size = 4096", NULL, NULL},
    {SCEP, "key-size", "key-size = 521\nkey-type = ec", NULL, NULL},
    {SCEP, "key-size", "key-size = 1000 ; bits", "1000 is not one of 1024, 2048", "1000"},
    {SCEP, "key-size", "key-size\t=\t2k", "is not a number", "2k"},
    {SCEP, "key-size", "key-size = 1024", "~too short to trust", "1024"},
    {SCEP, "hash", "hash = sha384", NULL, NULL},
    {SCEP, "hash", "hash = md5", "is not one of sha1, sha256", "md5"},
    {SCEP, "hash", "hash = sha1", "~SHA-1 is broken", "sha1"},
    {SCEP, "root", "root = x", NULL, NULL},
    {SCEP, "root", "root = y", "there is no [trusted-root y]", "y"},
    {SCEP, "root", "", "has no root", "[scep x]"},
    {SCEP, "eku", "eku = client-auth, 1.3.6.1.5.5.7.3.17\neku = any", NULL, NULL},
    {SCEP, "eku", "eku = none", NULL, NULL},
    {SCEP, "eku", "eku = client-auth,\n  server-auht, any", "did you mean server-auth?",
     "server-auht"},
    {SCEP, "eku", "eku = any, none", "none stands alone", "none"},
    {SCEP, "eku", "eku = none\neku = any", "none stands alone", "none"},
    {SCEP, "renewal-threshold", "renewal-threshold = 99", NULL, NULL},
    {SCEP, "renewal-threshold", "renewal-threshold = 20%", "a number from 1 to 99", "20%"},
    {SCEP, "poll-interval", "poll-interval = 1 hour", NULL, NULL},
    {SCEP, "poll-interval", "poll-interval = 5 minutes", NULL, NULL},
    {SCEP, "poll-interval", "poll-interval = 4 minutes", "between 5 minutes and 30 days",
     "4 minutes"},
    {SCEP, "poll-interval", "poll-interval = 31 days", "between 5 minutes and 30 days", "31 days"},
    {SCEP, "poll-interval", "poll-interval = hourly", "no number with one of", "hourly"},
    {SCEP, "poll-limit", "poll-limit = 365 days", NULL, NULL},
    {SCEP, "poll-limit", "poll-limit = 1 hour", NULL, NULL},
    {SCEP, "poll-limit", "poll-limit = 59 minutes", "between 1 hour and 365 days", "59 minutes"},
    {SCEP, "poll-limit", "poll-limit = 366 days", "between 1 hour and 365 days", "366 days"},
    {SCEP, "poll-limit", "poll-limit = 2 hours\npoll-interval = 3 hours",
     "shorter than poll-interval", "2 hours"},
    {SCEP, "poll-limit", "poll-interval = 15 days",
     "poll-interval: is longer than poll-limit, which is 14 days", "15 days"},
    {SCEP, "url", "url = https://[::1]:8443/scep?x=y\nurl = http://b", NULL, NULL},
    {SCEP, "url", "", "has no url", "[scep x]"},
    {SCEP, "url", "url = ftp://host/", "must begin with https:// or http://", "ftp:"},
    {SCEP, "url", "url = http://a/\nurl = http://:80/", "has no host", ""},
    {SCEP, "url", "url = http://h:65536/x", "has a port", ":65536"},
    {SCEP, "url", "url = http://bob:hunter2@h/", "a user name or password", "bob:hunter2"},
    {SCEP, "url", "url = http://h/#x", "holds a '#'", "#x"},
    {SCEP, "url", "url = http://h/\xc3\xa5/x", "must not hold", "\xc3\xa5"},
    {SCEP, "tls-certificate", "tls-certificate = box\nurl = https://h/", NULL, NULL},
    {SCEP, "tls-certificate", "tls-certificate = devise\nurl = https://h/",
     "there is no [scep devise]", "devise"},
    {SCEP, "tls-certificate", "tls-certificate = x\nurl = https://h/", "leads back to this one",
     "x"},
    {SCEP, "tls-certificate", "tls-certificate = box", "~shown to https:// servers only", "box"},
    {SCEP, "tls-certificate", "tls-certificate = a/b", "is no name that a profile can have", "a/b"},
    {SCEP | AGENT, "proxy", "proxy = none", NULL, NULL},
    {SCEP | AGENT, "proxy", "proxy = http://[::1]:3128/", NULL, NULL},
    {SCEP | AGENT, "proxy", "proxy = https://p:3128", "is spoken to by http:// only",
     "https://p:3128"},
    {SCEP | AGENT, "proxy", "proxy = p:3128", "must be none, or http://", "p:3128"},
    {SCEP | AGENT, "proxy", "proxy = http://p", "needs its port", "http://p"},
    {SCEP | AGENT, "proxy", "proxy = http://p:0", "a port that is no number", "http://p:0"},
    {SCEP | AGENT, "proxy", "proxy = http://p:1/x", "must end behind the port", "http://p:1/x"},
    {SCEP | AGENT, "proxy", "proxy = http://p:1 x", "must not hold", "http://p:1 x"},
    {SCEP | AGENT, "proxy", "proxy = http://bob:hunter2@p:1", "everyone can read",
     "http://bob:hunter2@p:1"},
    {SCEP | AGENT, "proxy-secret", "proxy = http://p:1\nproxy-secret = file:secret", NULL, NULL},
    {SCEP | AGENT, "proxy-secret", "proxy = http://p:1\nproxy-secret = hunter2",
     "must begin with file:", "hunter2"},
    {SCEP | AGENT, "proxy-secret", "proxy = none\nproxy-secret = file:secret",
     "means nothing without proxy", "file:secret"},
    {SCEP | AGENT, "proxy-secret", "proxy-secret = file:secret", "means nothing without proxy",
     "file:secret"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = .contoso.com, localhost,\n  ::1", NULL,
     NULL},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = *", NULL, NULL},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = a, *.contoso.com", "a domain stands as",
     "*.contoso.com"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = 10.0.0.0/8, fd00::/8, ::/0", NULL, NULL},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = 10.0.0.0/33", "as 10.0.0.0/8",
     "10.0.0.0/33"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = fd00::/129", "as 10.0.0.0/8", "fd00::/129"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = 10.0.0.0/", "as 10.0.0.0/8", "10.0.0.0/"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = 10.0.0.0/-1", "as 10.0.0.0/8",
     "10.0.0.0/-1"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = 10.0.0.0/8/8", "as 10.0.0.0/8",
     "10.0.0.0/8/8"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = 10/8", "as 10.0.0.0/8", "10/8"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = ca.test/24", "as 10.0.0.0/8", "ca.test/24"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = 10.0.0.0/255.0.0.0", "as 10.0.0.0/8",
     "10.0.0.0/255.0.0.0"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = [::1]", "without port", "[::1]"},
    {AGENT, "no-proxy", "proxy = http://p:1\nno-proxy = a,,b", "a name is empty", ""},
    {AGENT, "no-proxy", "no-proxy = a", "means nothing without proxy", "a"},
    {SCEP, "on-mismatch", "on-mismatch = reject", NULL, NULL},
    {SCEP, "on-mismatch", "on-mismatch = accept", "is not one of warn, reject", "accept"},
    {SCEP, "ca-ident", "ca-ident = issuing", NULL, NULL},
    {SCEP, "ca-ident", "ca-ident =", "has no value", "ca-ident"},
    {SCEP, "ca-fingerprint", "ca-fingerprint = " FINGERPRINT "\nca-fingerprint = " COLONS, NULL,
     NULL},
    {SCEP, "ca-fingerprint", "ca-fingerprint = abc", "64 hex digits", "abc"},
    {SCEP, "ca-fingerprint", "ca-fingerprint = " FINGERPRINT "0", "64 hex digits", FINGERPRINT "0"},
    {SCEP, "ca-fingerprint", "ca-fingerprint = " SHA1,
     "40 hex digits: it looks like SHA-1; give the SHA-256", SHA1},
    {SCEP, "ca-fingerprint", "ca-fingerprint = " SHA1_COLONS,
     "it looks like SHA-1; give the SHA-256", SHA1_COLONS},
    {SCEP, "ca-fingerprint", "ca-fingerprint = 0123 4567 89ab cdef 0123 4567 89AB CDEF",
     "it looks like MD5", "0123 4567 89ab cdef 0123 4567 89AB CDEF"},
    {SCEP, "ca-fingerprint", "ca-fingerprint = " SHA1 "0", "is no SHA-256 fingerprint", SHA1 "0"},
    {SCEP, "ca-fingerprint", "ca-fingerprint = x" SHA1, "is no SHA-256 fingerprint", "x" SHA1},
    {SCEP, "ca-fingerprint", "ca-fingerprint = x" FINGERPRINT, "64 hex digits", "x" FINGERPRINT},
    {SCEP, "minimum-crypto", "minimum-crypto = aes256-sha256", NULL, NULL},
    {SCEP, "minimum-crypto", "minimum-crypto = des-md5", "is not one of des3-sha1", "des-md5"},
    {SCEP, "minimum-crypto", "minimum-crypto = aes128", "is not one of des3-sha1", "aes128"},
    {SCEP, "hash", "hash = sha1\nminimum-crypto = des3-sha256", "below what minimum-crypto",
     "sha1"},
    {SCEP, "accept-des", "accept-des = yes", NULL, NULL},
    {SCEP, "accept-des", "accept-des = true", "neither yes nor no", "true"},
    {SCEP, "challenge", "challenge = file:secret", NULL, NULL},
    {SCEP, "challenge", "challenge = file:no-secret", "~no such file", "file:no-secret"},
    {SCEP, "challenge", "challenge = file:ca.pem", "~everyone can read it", "file:ca.pem"},
    {SCEP, "challenge", "challenge = file:shared", "~can write it", "file:shared"},
    {SCEP, "challenge", "challenge = file:conf.d", "~not a regular file", "file:conf.d"},
    {SCEP, "challenge", "challenge = hunter2", "must begin with", "hunter2"},
    {SCEP, "challenge", "challenge = command:/bin/echo a \"b", "a quote is not closed", "\"b"},
    {SCEP, "challenge", HOOK "://h/ x", "must not hold", " "},
    {SCEP, "challenge", "challenge = ndes:https://bob:hunter2@h/", "a user name or password",
     "bob:hunter2"},
    {SCEP, "challenge", NDES, "negotiate needs challenge-keytab", "ndes:https://h/"},
    {SCEP, "challenge-auth", NDES "\nchallenge-auth = none", NULL, NULL},
    {SCEP, "challenge-auth", NDES "\nchallenge-auth = kerberos", "is not one of none, negotiate",
     "kerberos"},
    {SCEP, "challenge-auth", HOOK "s://h/\nchallenge-auth = bearer", "needs challenge-secret",
     "bearer"},
    {SCEP, "challenge-user", LOGIN "\nchallenge-user = CORP\\bob", NULL, NULL},
    {SCEP, "challenge-user", LOGIN "\nchallenge-user = a:b", "cannot send a name with ':'", "a:b"},
    {SCEP, "challenge-secret",
     HOOK "s://h/\nchallenge-auth = bearer\nchallenge-secret = file:secret", NULL, NULL},
    {SCEP, "challenge-secret", HOOK "s://h/\nchallenge-auth = bearer\nchallenge-secret = hunter2",
     "must begin with file:", "hunter2"},
    {SCEP, "challenge-keytab", NDES "\nchallenge-keytab = secret", NULL, NULL},
    {SCEP, "challenge-keytab", NDES "\nchallenge-keytab = none", "~no such file", "none"},
    {SCEP, "challenge-pattern", NDES "\nchallenge-auth = none\nchallenge-pattern = is: ([0-9]+)",
     NULL, NULL},
    {SCEP, "challenge-pattern", NDES "\nchallenge-auth = none\nchallenge-pattern = [0-9]+",
     "has no group", "[0-9]+"},
    {SCEP, "key-access", "key-access = @netdev, nm-openvpn", NULL, NULL},
    {SCEP, "key-access", "key-access = nm-openvpn, @", "a group stands as @NAME", "@"},

    {AGENT, "interval", "interval = 30 minutes", NULL, NULL},
    {AGENT, "interval", "interval = 8", "is no number with one of minutes, hours, days", "8"},
    {AGENT, "interval", "interval = 8 weeks", "minutes, hours, days", "weeks"},
    {AGENT, "interval", "interval = 1 minute", "not between 5 minutes and 30 days", "1 minute"},
    {AGENT, "max-requests", "max-requests = 256", NULL, NULL},
    {AGENT, "max-requests", "max-requests = 0", "not a number from 1 to 256", "0"},
    {AGENT, "max-requests", "max-requests = 1000", "not a number from 1 to 256", "1000"},
    {AGENT, "max-requests", "max-requests = -1", "not a number from 1 to 256", "-1"},
    {AGENT, "wifi-mac-format", "wifi-mac-format = AABBCCDDEEFF", NULL, NULL},
    {AGENT, "wifi-mac-format", "wifi-mac-format = AABBCCDDEEFg", "is not one of AABBCCDDEEFF",
     "AABBCCDDEEFg"},
    {AGENT, "interval", "intervall = 1 hour", "did you mean interval?", "intervall"},
    {AGENT, "wifi-mac-format", "wifi-mac-format = aa-bb-cc-dd-ee-ff", NULL, NULL},
    {AGENT, "wifi-mac-format", "wifi-mac-format = AA:BB:CC:DD:EE:FF", NULL, NULL},
    {AGENT, "wifi-mac-format", "wifi-mac-format = aabb.ccdd.eeff", "AABBCCDDEEFF",
     "aabb.ccdd.eeff"},
};

static const char *place;
static struct profile_set set;

static void before(void)
{
    place = make_place();
    put("ca.pem", 0644, test_ca_pem);
    put("leaf.pem", 0644, test_leaf_pem);
    put("open.pem", 0666, test_ca_pem);
    put("secret", 0640, "hunter2\n");
    put("shared", 0660, "hunter2\n");
}

static void after(void)
{
    profile_set_free(&set);
    remove_place();
}

/* What a section must have, but for the keys that stand in the row itself. */
static const struct {
    unsigned section;
    const char *key, *line;
} bases[] = {
    {ROOT, "certificate", "certificate = ca.pem\n"},
    {SCEP, "subject", "subject = CN={{UserName}}\n"},
    {SCEP, "root", "root = x\n"},
    {SCEP, "url", "url = http://h/\n"},
};

static bool stands_in(const char *key, const struct row *row)
{
    autofree char *line = text_format("\n%s = ", key), *lines = text_format("\n%s", row->lines);
    return strcmp(key, row->key) == 0 || strstr(lines, line);
}

static char *section_text(const struct row *row, unsigned section)
{
    autobuf text = {0};
    buf_add_text(&text,
                 section == ROOT   ? "[trusted-root x]\n"
                 : section == SCEP ? "[scep x]\n"
                                   : "[agent]\n",
                 NULL);
    for (size_t i = 0; i < LENGTH(bases); i++)
        if (bases[i].section == section && !stands_in(bases[i].key, row))
            buf_add_text(&text, bases[i].line, NULL);
    buf_printf(&text, NULL, "%s\n", row->lines);
    return strdup(buf_text(&text));
}

/* The bytes of TEXT that a problem is about. */
static char *marked(const char *text, struct span at)
{
    for (unsigned line = 1; line < at.line; line++)
        text = strchr(text, '\n') + 1;
    ck_assert_uint_gt(at.column, 0);
    ck_assert_uint_le(at.column - 1 + at.length, strcspn(text, "\n"));
    return strndup(text + at.column - 1, at.length);
}

static void judge(const struct row *row, unsigned section)
{
    static const char *const files[] = {
        [ROOT] = "conf.d/1.conf", [SCEP] = "conf.d/2.conf", [AGENT] = "signet.conf"};
    autofree char *text = section_text(row, section);
    put(files[section], 0644, text);
    if (section == SCEP)
        put(files[ROOT], 0644,
            "[trusted-root x]\ncertificate = ca.pem\n"
            "[scep box]\ntype = device\nsubject = CN=x\nroot = x\nurl = https://h/\n");
    ck_assert_int_eq(profile_load(place, &set, NULL), 0);

    bool warning = row->said && *row->said == '~';
    const struct problems *said = warning ? &set.warnings : &set.problems;
    ck_assert_msg(set.problems.n + set.warnings.n == (row->said != NULL), "%s: %zu, %zu; %s",
                  row->lines, set.problems.n, set.warnings.n,
                  set.problems.n ? set.problems.v[0].text : "");
    if (!row->said)
        return;
    ck_assert_uint_eq(said->n, 1);
    ck_assert_msg(strstr(said->v[0].text, row->said + warning), "%s: %s", row->lines,
                  said->v[0].text);
    autofree char *wrong = marked(text, said->v[0].at);
    autofree char *prefix = text_format("%s/%s:%u: ", place, files[section], said->v[0].at.line);
    ck_assert_msg(strncmp(said->v[0].text, prefix, strlen(prefix)) == 0, "%s", said->v[0].text);
    ck_assert_msg(strcmp(wrong, row->wrong) == 0, "%s: \"%s\" is marked", row->lines, wrong);
}

START_TEST(judges_and_marks)
{
    for (unsigned section = ROOT; section <= AGENT; section *= 2)
        if (rows[_i].sections & section) {
            after();
            before();
            judge(&rows[_i], section);
        }
}
END_TEST

/* Values with more than one fault: what is marked, with '|' between; the last problem says THERE.
 */
static const struct {
    unsigned section;
    const char *key, *lines, *marked, *there;
} several[] = {
    {SCEP, "subject", "subject = CM=a,O=b,XX=c", "CM|XX", "XX is no known key"},
    {SCEP, "subject", "subject = CM=\"a, b\",O=b,XX=c", "CM|XX", "XX is no known key"},
    {SCEP, "subject", "subject = CN={{UserNam}},C=Sweden,E={{Mail}}", "{{UserNam}}|Sweden|{{Mail}}",
     "no known variable"},
    {SCEP, "subject", "subject = Smith, John, CN=a", "Smith|John", "is no KEY=VALUE"},
    {SCEP, "subject", "subject = CN=\"a,\n  OO=b", "\"a,|OO", "no known key"},
    {SCEP, "subject", "subject = CN=\"a\" b,OO=b", "b|OO", "no known key"},
    {SCEP, "subject", "subject = CN=a\"b, c\",OO=b", "\"|OO", "no known key"},
    {SCEP, "subject", "subject = CN=a,,O=b,", ",|", "nothing stands where a KEY=VALUE"},
    {SCEP, "subject", "subject = O=,OU=,CN=a", "|", "OU has an empty value"},
    {SCEP, "subject", "subject = CN=a+OU=b+CN=c", "CN", "CN stands twice in one RDN"},
    {SCEP, "subject", "subject = OU=a+OU=b+OU=c", "OU|OU", "OU stands twice in one RDN"},
    {SCEP, "subject", "subject = CN=a+2.5.4.3=b", "2.5.4.3", "CN stands twice in one RDN"},
    {SCEP, "subject", "subject = CN=a+S=b+st=c", "st", "stands twice in one RDN"},
    {SCEP, "subject", "subject = CN=a+OU=b,CN=c+OU=d", NULL, NULL},
    {SCEP, "subject", "subject = OU=a,OU=b,OU=c", NULL, NULL},
    {SCEP, "eku", "eku = client-auht, server-auth, 1.2.x, none", "client-auht|1.2.x|none",
     "none stands alone"},
    {SCEP, "key-usage", "key-usage = sign, digital-signature, encipher", "sign|encipher",
     "encipher is not one of"},
    {SCEP, "key-access", "key-access = @, a, @", "@|@", "a group stands as @NAME"},
    {SCEP, "url", "url = ftp://a/\nurl = http://h/#b", "ftp:|#b", "'#'"},
    {ROOT, "scope-tags", "scope-tags = ,a,,b", "|", "a name is empty"},
    {ROOT, "assign-hosts", "assign-hosts = a.b, c, d@e", "a.b|d@e", "without domain"},
    {ROOT, "applies-to", "applies-to = os-idd debian; chassis towr, laptop, laptp; kernel",
     "os-idd|towr|laptp|kernel", "what should it be?"},
    {ROOT, "applies-to", "applies-to = ;; os-id", "||os-id", "what should it be?"},
    {ROOT, "applies-to", "applies-to = chassis towr; chassis tablt; chassis laptop", "towr|tablt",
     "no word for chassis"},
    /* No more than somebody reads. */
    {ROOT, "scope-tags", "scope-tags = ,,,,,,,,,,,,,,,,,", "|||||||",
     "what stands behind it was not looked at"},
    {SCEP, "subject", "subject = A=,B=,D=,F=,H=,J=,K=,M=,N=,P=,Q=", "A|B|D|F|H|J|K|M",
     "what stands behind it was not looked at"},
    {AGENT, "interval", "interval = 1 dya", "dya", "(did you mean day?)"},
    {AGENT, "interval", "interval = 2 dyas", "dyas", "(did you mean days?)"},
    {SCEP, "validity", "validity = 1 yaer", "yaer", "(did you mean year?)"},
    {SCEP, "validity", "validity = 2 mnths", "mnths", "(did you mean months?)"},
    {SCEP, "validity", "validity = 1 fortnight", "fortnight", "days, months, years behind it"},
};

START_TEST(tells_every_fault_of_a_value)
{
    static const char *const files[] = {
        [ROOT] = "conf.d/1.conf", [SCEP] = "conf.d/2.conf", [AGENT] = "signet.conf"};
    const struct row row = {.key = several[_i].key, .lines = several[_i].lines};
    autofree char *text = section_text(&row, several[_i].section);
    autobuf all = {0};
    if (several[_i].section == SCEP)
        put(files[ROOT], 0644, "[trusted-root x]\ncertificate = ca.pem\n");
    put(files[several[_i].section], 0644, text);
    ck_assert_int_eq(profile_load(place, &set, NULL), 0);
    for (size_t i = 0; i < set.problems.n; i++) {
        autofree char *wrong = marked(text, set.problems.v[i].at);
        buf_printf(&all, NULL, "%s%s", i ? "|" : "", wrong);
    }
    if (!several[_i].marked) {
        ck_assert_msg(set.problems.n == 0, "%s", set.problems.v[0].text);
        return;
    }
    ck_assert_str_eq(buf_text(&all), several[_i].marked);
    const char *last = set.problems.v[set.problems.n - 1].text;
    ck_assert_msg(strstr(last, several[_i].there), "%s", last);
}
END_TEST

/* Lists as long as a file can hold them, on one line and on as many lines, each word twice. */
static const char *const lists[] = {"scope-tags", "key-access", "eku", "url", "assign-users"};

START_TEST(long_lists_are_read_in_no_time)
{
    enum { WORDS = 10000 };
    autobuf one = {0}, many = {0};
    bool urls = strcmp(lists[_i], "url") == 0, ekus = strcmp(lists[_i], "eku") == 0;
    const char *prefix = urls ? "http://h/" : ekus ? "1.2." : "w";
    for (int i = 0; i < 2 * WORDS; i++) {
        if (!urls)
            buf_printf(&one, NULL, "%s%s%d", i ? "," : "", prefix, i % WORDS);
        buf_printf(&many, NULL, "%s = %s%d\n", lists[_i], prefix, i % WORDS);
    }
    autofree char *text = text_format("[scep x]\nsubject = CN=a\nroot = x\n%s%s%s%s\n%s",
                                      urls ? "" : "url = http://h/\n", urls ? "" : lists[_i],
                                      urls ? "" : " = ", buf_text(&one), buf_text(&many));
    put("conf.d/1.conf", 0644, "[trusted-root x]\ncertificate = ca.pem\n");
    put("conf.d/2.conf", 0644, text);
    ck_assert_int_eq(profile_load(place, &set, NULL), 0);
    ck_assert_msg(set.problems.n == 0, "%s", set.problems.v[0].text);
    const struct profile *profile = profile_find(&set, PROFILE_SCEP, "x");
    const struct strings *const found[] = {&profile->scope_tags, &profile->scep.key_access,
                                           &profile->scep.ekus, &profile->scep.urls};
    if (_i < (int)LENGTH(found)) {
        ck_assert_uint_eq(found[_i]->n, WORDS);
        ck_assert_str_eq(found[_i]->v[1] + strlen(prefix), "1");
    }
}
END_TEST

static bool has_row(const char *key, unsigned section, bool good)
{
    for (size_t i = 0; i < LENGTH(rows); i++)
        if (strcmp(rows[i].key, key) == 0 && rows[i].sections & section && !rows[i].said == good)
            return true;
    return false;
}

/* A key that nobody tests is a key that nobody knows to work. */
START_TEST(every_key_has_rows)
{
    const char *key;
    unsigned sections;
    for (size_t i = 0; (key = keys_name(i, &sections)); i++)
        for (unsigned section = ROOT; section <= AGENT; section *= 2)
            if (sections & section) {
                ck_assert_msg(has_row(key, section, true), "%s, section %u: no value that is right",
                              key, section);
                ck_assert_msg(has_row(key, section, false),
                              "%s, section %u: no value that is wrong", key, section);
            }
}
END_TEST

Suite *keys_suite(void)
{
    Suite *suite = suite_create("profile/keys");
    TCase *tc = tcase_create("keys");
    tcase_add_checked_fixture(tc, before, after);
    tcase_add_loop_test(tc, judges_and_marks, 0, LENGTH(rows));
    tcase_add_test(tc, every_key_has_rows);
    tcase_add_loop_test(tc, tells_every_fault_of_a_value, 0, LENGTH(several));
    tcase_add_loop_test(tc, long_lists_are_read_in_no_time, 0, LENGTH(lists));
    suite_add_tcase(suite, tc);
    return suite;
}
