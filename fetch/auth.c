#include "fetch/auth.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

int fetch_auth_keytab(const char *keytab, struct err *err)
{
    autofree char *name = text_format("FILE:%s", keytab);
    if (!name || setenv("KRB5_CLIENT_KTNAME", name, 1) < 0 ||
        setenv("KRB5CCNAME", "MEMORY:", 1) < 0)
        return err_memory(err);
    return 0;
}

/* GSS-API puts words that mean nothing before those of Kerberos. */
static void keep_reason(char *text)
{
    static const char empty[] = "Minor code may provide more information";
    char *words = strstr(text, empty);
    if (words) {
        words += strlen(empty);
        words += strspn(words, " .:");
        memmove(text, words, strlen(words) + 1);
    }
    text[strcspn(text, "\r\n")] = 0;
    for (size_t len = strlen(text); len > 0 && text[len - 1] == ' ';)
        text[--len] = 0;
    err_sanitise(text);
}

/* libcurl goes on without a ticket, and the server then says no more than 401. */
static int on_note(CURL *curl, curl_infotype type, char *data, size_t len, void *context)
{
    static const char failed[] = "gss_init_sec_context() failed: ";
    const size_t n = strlen(failed);
    struct fetch_auth *notes = context;
    (void)curl;
    if (type != CURLINFO_TEXT || len < n || memcmp(data, failed, n) != 0)
        return 0;
    snprintf(notes->reason, sizeof notes->reason, "%.*s", (int)(len - n), data + n);
    keep_reason(notes->reason);
    return 0;
}

static const struct {
    long method;
    CURLoption user, secret; /* 0: has none */
} ways[] = {
    [AUTH_NEGOTIATE] = {(long)CURLAUTH_NEGOTIATE, 0, 0},
    [AUTH_NTLM] = {(long)CURLAUTH_NTLM, CURLOPT_USERNAME, CURLOPT_PASSWORD},
    [AUTH_BASIC] = {(long)CURLAUTH_BASIC, CURLOPT_USERNAME, CURLOPT_PASSWORD},
    [AUTH_BEARER] = {(long)CURLAUTH_BEARER, 0, CURLOPT_XOAUTH2_BEARER},
};

int fetch_auth_set(CURL *curl, const struct fetch_request *request, struct fetch_auth *notes,
                   struct err *err)
{
    if (request->auth == AUTH_NONE)
        return 0;
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_HTTPAUTH, ways[request->auth].method);
    /* Kerberos knows who we are; libcurl wants a user all the same. */
    if (rc == CURLE_OK && request->auth == AUTH_NEGOTIATE)
        rc = curl_easy_setopt(curl, CURLOPT_USERPWD, ":");
    if (rc == CURLE_OK && ways[request->auth].user)
        rc = curl_easy_setopt(curl, ways[request->auth].user, request->user);
    if (rc == CURLE_OK && ways[request->auth].secret)
        rc = curl_easy_setopt(curl, ways[request->auth].secret, buf_text(&request->secret));
    if (rc != CURLE_OK)
        return err_set(err, ERR_CONFIG, "this libcurl has no %s",
                       request->auth == AUTH_NEGOTIATE ? "Negotiate" : "such authentication");
    curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, on_note);
    curl_easy_setopt(curl, CURLOPT_DEBUGDATA, notes);
    curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);
    return 0;
}
