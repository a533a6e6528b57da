/* Just enough of HTML to read what a person would see of a page. */
#ifndef SIGNET_AGENT_HTML_H
#define SIGNET_AGENT_HTML_H

#include "base/buf.h"

/* Stand in the text where bold begins and ends. */
#define HTML_BOLD_BEGIN '\1'
#define HTML_BOLD_END   '\2'

/* Appends the text of PAGE (UTF-8) to RET_TEXT and its title to RET_TITLE: tags, comments, scripts
 * and style sheets are gone, the usual entities undone, white space single blanks. */
int html_read(const char *page, struct buf *ret_text, struct buf *ret_title, struct err *err);

#endif
