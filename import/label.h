/* Names of profiles, made of what people call them elsewhere. */
#ifndef SIGNET_IMPORT_LABEL_H
#define SIGNET_IMPORT_LABEL_H

#include "base/text.h"

/* A name (text_is_name) for TITLE: "Contoso Wi-Fi (Gäste)" becomes "contoso-wi-fi-gaste". Latin
 * letters lose their accents, and everything else that a name cannot hold becomes '-'. NUMBER above
 * 1 stands at its end, for titles that give the same name. "profile" when nothing is left. */
void label_make(const char *title, unsigned number, char ret[TEXT_NAME_MAX + 1]);

#endif
