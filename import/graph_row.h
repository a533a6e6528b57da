/* Tables of the properties that Graph's objects have, and what becomes of each. */
#ifndef SIGNET_IMPORT_GRAPH_ROW_H
#define SIGNET_IMPORT_GRAPH_ROW_H

#include "base/json.h"
#include "import/section.h"

/* A word of Graph's, and ours; NULL: it has none, for the reason WHY. */
struct graph_word {
    const char *theirs, *ours, *why;
};

struct graph_row;

/* The object that is being read, into its section. */
struct graph_reading {
    struct sections *sections;
    struct section *section;
    const json_t *object;
};

/* VALUE is never null. Returns negative for want of memory only; what is wrong with it refuses the
 * section. */
typedef int graph_handler(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                          struct err *err);

struct graph_row {
    const char *property; /* found without regard to case */
    graph_handler *take;
    const char *key;                /* ours */
    const struct graph_word *words; /* ends with a row whose theirs is NULL */
    const char *text;               /* a prefix of the value, or what is said about it */
};

/* The kinds of values. What is of another type, or no word of the table, refuses the section. */
graph_handler graph_take_word;   /* one word */
graph_handler graph_take_words;  /* words with ',' between them: joined so */
graph_handler graph_take_number; /* a whole number that is not negative */
graph_handler graph_take_text;   /* text, behind row->text */
graph_handler graph_take_texts;  /* a list of text, a line each */
graph_handler graph_describe;    /* text for people */
graph_handler graph_nothing; /* read with another row, or of the management's own book-keeping */
graph_handler graph_say;     /* said: row->text */

/* Refuses the section for LEN bytes of WORD; KNOWN (may be NULL) is the word of Graph's that it is.
 */
int graph_refuse_word(struct graph_reading *r, const struct graph_row *row, const char *word,
                      size_t len, const struct graph_word *known, struct err *err);

/* Gives every item of a list to TAKE, until one refuses the section. */
int graph_take_list(struct graph_reading *r, const struct graph_row *row, const json_t *value,
                    graph_handler *take, struct err *err);

graph_handler graph_take_assignments, graph_take_tags;

/* Rows that every table begins with. */
#define GRAPH_BOOK_KEEPING(name)                                                                   \
    {                                                                                              \
        name, graph_nothing, NULL, NULL, NULL                                                      \
    }
#define GRAPH_SAID(name, what)                                                                     \
    {                                                                                              \
        name, graph_say, NULL, NULL, what                                                          \
    }
#define GRAPH_COMMON                                                                               \
    {"description", graph_describe, "description", NULL, NULL},                                    \
        {"roleScopeTagIds", graph_take_tags, "scope-tags", NULL, NULL},                            \
        {"assignments", graph_take_assignments, NULL, NULL, NULL}, GRAPH_BOOK_KEEPING("id"),       \
        GRAPH_BOOK_KEEPING("displayName"), GRAPH_BOOK_KEEPING("createdDateTime"),                  \
        GRAPH_BOOK_KEEPING("lastModifiedDateTime"), GRAPH_BOOK_KEEPING("version"),                 \
        GRAPH_BOOK_KEEPING("supportsScopeTags"),                                                   \
        GRAPH_BOOK_KEEPING("managedDeviceCertificateStates"),                                      \
        GRAPH_SAID("deviceManagementApplicabilityRuleOsEdition",                                   \
                   "is about Windows editions: see applies-to"),                                   \
        GRAPH_SAID("deviceManagementApplicabilityRuleOsVersion",                                   \
                   "is about Windows versions: see applies-to"),                                   \
        GRAPH_SAID("deviceManagementApplicabilityRuleDeviceMode",                                  \
                   "is about a mode of Windows: left out"),                                        \
        GRAPH_SAID("deploymentChannel", "is about macOS: left out")

/* Reads the members of r->object by TABLE (which ends with a row without a property), in its order;
 * says which others there are, as far as they hold anything. */
int graph_read(struct graph_reading *r, const struct graph_row *table, struct err *err);

/* A member without regard to case; NULL when it is not there or null. */
const json_t *graph_member(const json_t *object, const char *property);

/* The same, as text; "" when it is none. */
const char *graph_text(const json_t *object, const char *property);

/* Our word for one of Graph's (LEN bytes of THEIRS, without regard to case); NULL when the table
 * has none. */
const struct graph_word *graph_word_find(const struct graph_word *words, const char *theirs,
                                         size_t len);

/* Calls EACH for every word of a comma-separated value, without blanks. */
int graph_split(const char *value, int (*each)(void *context, const char *word, size_t len),
                void *context);

/* null, "", [], {} and false say nothing. */
bool graph_is_empty(const json_t *value);

extern const struct graph_row graph_scep_rows[], graph_root_rows[];

/* Reads one object into its section. */
int graph_scep(struct graph_reading *r, struct err *err);
int graph_root(struct graph_reading *r, struct err *err);

/* Says what a network profile is and which certificates it uses. TYPE is the object's, KIND what
 * people call it: "Wi-Fi profile". */
int graph_network(struct sections *sections, const json_t *object, const char *type,
                  const char *kind, struct err *err);

/* The section of KIND that OBJECT refers to with the relation PROPERTY: by PROPERTY@odata.bind, by
 * an object in its place, or by #CustomRef_PROPERTY, in this order. NULL when there is none in the
 * file, and RET_WHY says what was found instead; "" for nothing. */
const struct section *graph_reference(const struct sections *sections, enum profile_kind kind,
                                      const json_t *object, const char *property, char *ret_why,
                                      size_t size);

#endif
