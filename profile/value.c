#include "profile/value.h"

#include "profile/nearest.h"

#include <stdio.h>
#include <string.h>

#define TEXT_MAX 1024

int value_text(const struct value_place *place, const char *value, void *target, struct err *err)
{
    (void)place;
    char **ret = target, *copy;
    if (strlen(value) > TEXT_MAX)
        return err_set(err, ERR_CONFIG, "longer than %d bytes", TEXT_MAX);
    copy = strdup(value);
    if (!copy)
        return err_memory(err);
    free(*ret);
    *ret = copy;
    return 0;
}

int value_name(const struct value_place *place, const char *value, void *target, struct err *err)
{
    if (!text_is_name(value))
        return err_set(err, ERR_CONFIG, "%.100s: is no name that a profile can have", value);
    return value_text(place, value, target, err);
}

int value_words(const char *value, value_word *take, void *context, struct faults *more,
                struct err *err)
{
    autofree char *copy = strdup(value);
    if (!copy)
        return err_memory(err);
    char *rest = copy;
    int rc = 0;
    for (char *word; (word = strsep(&rest, ","));) {
        struct err fault;
        word = text_trim(word);
        if ((*word ? take(word, context, &fault)
                   : err_set(&fault, ERR_CONFIG, "a name is empty")) == 0)
            continue;
        err_at(&fault, value + (word - copy), strlen(word));
        rc = faults_note(more, rc, &fault, err);
        if (!faults_wanted(more, &fault))
            break;
    }
    return rc;
}

/* A list of words on its way in. */
struct list {
    struct strings *ret;
    const char *(*fault)(const char *word); /* NULL: every word is right */
};

static int add_word(const char *word, void *context, struct err *err)
{
    const struct list *list = context;
    const char *fault = list->fault ? list->fault(word) : NULL;
    if (fault)
        return err_set(err, ERR_CONFIG, "%.100s: %s", word, fault);
    return strings_add(list->ret, word, err);
}

int value_list(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct list list = {.ret = target};
    return value_words(value, add_word, &list, place->faults, err);
}

static const char *access_fault(const char *word)
{
    return word[0] == '@' && !word[1] ? "a group stands as @NAME" : NULL;
}

int value_access(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct list list = {.ret = target, .fault = access_fault};
    return value_words(value, add_word, &list, place->faults, err);
}

static const char *glob_fault(const char *word)
{
    return strpbrk(word, " ./@") ? "a host is matched by its name without domain, such as lab-*"
                                 : NULL;
}

int value_globs(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct list list = {.ret = target, .fault = glob_fault};
    return value_words(value, add_word, &list, place->faults, err);
}

/* "a, b, c" of all the choices. */
static void list_choices(const struct choice *choices, char *ret, size_t size)
{
    size_t n = 0;
    for (*ret = 0; choices->word && n < size; choices++)
        n += (size_t)snprintf(ret + n, size - n, "%s%s", n ? ", " : "", choices->word);
}

static int find_choice(const struct choice *choices, const char *word, unsigned *ret,
                       struct err *err)
{
    struct nearest nearest = {.word = word, .len = strlen(word)};
    for (const struct choice *c = choices; c->word; c++) {
        if (strcmp(c->word, word) == 0) {
            *ret = c->value;
            return 0;
        }
        nearest_offer(&nearest, c->word);
    }
    char all[512];
    list_choices(choices, all, sizeof all);
    return err_set(err, ERR_CONFIG, "%.100s is not one of %s%s", word, all, nearest_hint(&nearest));
}

int value_choice(const struct value_place *place, const char *value, void *target, struct err *err)
{
    return find_choice(place->choices, value, target, err);
}

/* Choices or-ed on their way in. */
struct flags {
    const struct choice *choices;
    unsigned flags;
};

static int add_flag(const char *word, void *context, struct err *err)
{
    struct flags *flags = context;
    unsigned flag;
    int rc = find_choice(flags->choices, word, &flag, err);
    if (rc == 0)
        flags->flags |= flag;
    return rc;
}

int value_flags(const struct value_place *place, const char *value, void *target, struct err *err)
{
    struct flags flags = {.choices = place->choices};
    int rc = value_words(value, add_flag, &flags, place->faults, err);
    if (rc == 0)
        *(unsigned *)target = flags.flags;
    return rc;
}

static int number(const char *value, int64_t min, int64_t max, unsigned *ret, struct err *err)
{
    int64_t n;
    if (!text_number(value, min, max, &n))
        return err_set(err, ERR_CONFIG, "%.100s is not a number from %d to %d", value, (int)min,
                       (int)max);
    *ret = (unsigned)n;
    return 0;
}

int value_number(const struct value_place *place, const char *value, void *target, struct err *err)
{
    (void)place;
    return number(value, 1, 65536, target, err);
}

int value_percent(const struct value_place *place, const char *value, void *target, struct err *err)
{
    (void)place;
    return number(value, 1, 99, target, err);
}

/* " (did you mean year?)", or "": RET holds SIZE bytes. */
static void hint_unit(const struct choice *units, const char *word, bool one, char *ret,
                      size_t size)
{
    char words[4][16];
    struct nearest nearest = {.word = word, .len = strlen(word)};
    for (size_t i = 0; i < LENGTH(words) && units[i].word; i++) {
        snprintf(words[i], sizeof words[i], "%.*s", (int)strlen(units[i].word) - one,
                 units[i].word);
        nearest_offer(&nearest, words[i]);
    }
    snprintf(ret, size, "%s", nearest_hint(&nearest));
}

int value_requests(const struct value_place *place, const char *value, void *target,
                   struct err *err)
{
    (void)place;
    return number(value, 1, 256, target, err);
}

int value_count(const struct choice *units, const char *value, unsigned *ret_count,
                unsigned *ret_unit, struct err *err)
{
    char digits[8] = "", all[64], hint[64] = "";
    int64_t n = 0;
    size_t count = strspn(value, "0123456789");
    const char *word = value + count + strspn(value + count, " ");
    size_t len = strlen(word);
    if (count < sizeof digits)
        memcpy(digits, value, count);
    for (const struct choice *u = units; u->word && text_number(digits, 1, 100000, &n); u++)
        if (strcmp(word, u->word) == 0 ||
            (len + 1 == strlen(u->word) && strncmp(word, u->word, len) == 0)) {
            *ret_count = (unsigned)n;
            *ret_unit = u->value;
            return 0;
        }
    list_choices(units, all, sizeof all);
    if (n > 0)
        hint_unit(units, word, n == 1, hint, sizeof hint);
    err_set(err, ERR_CONFIG, "%.100s is no number with one of %s behind it%s", value, all, hint);
    return n > 0 && *word ? err_at(err, word, len) : err_at(err, value, strlen(value));
}

int value_yes(const struct value_place *place, const char *value, void *target, struct err *err)
{
    (void)place;
    bool yes = strcmp(value, "yes") == 0;
    if (!yes && strcmp(value, "no") != 0)
        return err_set(err, ERR_CONFIG, "%.100s is neither yes nor no", value);
    *(bool *)target = yes;
    return 0;
}

static int take_span(const char *value, int64_t least, int64_t most, const char *range,
                     int64_t *ret, struct err *err)
{
    static const struct choice units[] = {
        {"minutes", 60}, {"hours", 60 * 60}, {"days", 24 * 60 * 60}, {0}};
    unsigned count, unit;
    int rc = value_count(units, value, &count, &unit, err);
    if (rc < 0)
        return rc;
    int64_t seconds = (int64_t)count * unit;
    if (seconds < least || seconds > most)
        return err_set(err, ERR_CONFIG, "%s is not between %s", value, range);
    *ret = seconds;
    return 0;
}

int value_interval(const struct value_place *place, const char *value, void *target,
                   struct err *err)
{
    (void)place;
    return take_span(value, 5 * 60, 30 * 24 * 60 * 60, "5 minutes and 30 days", target, err);
}

int value_limit(const struct value_place *place, const char *value, void *target, struct err *err)
{
    (void)place;
    return take_span(value, 60 * 60, 365 * 24 * 60 * 60, "1 hour and 365 days", target, err);
}

int value_path(const struct value_place *place, const char *value, char **ret, struct err *err)
{
    if (!*value || value[strlen(value) - 1] == '/') {
        err_set(err, ERR_CONFIG, "\"%.100s\" is no name of a file", value);
        return err_at(err, value, strlen(value));
    }
    char *path = *value == '/' ? strdup(value) : text_format("%s/%s", place->folder, value);
    if (!path)
        return err_memory(err);
    *ret = path;
    return 0;
}
