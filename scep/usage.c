#include "scep/usage.h"

bool usage_has(const EXTENDED_KEY_USAGE *usages, const char *oid)
{
    CLEANUP(ASN1_OBJECT_free_p) ASN1_OBJECT *wanted = OBJ_txt2obj(oid, 1);
    for (int i = 0; wanted && i < sk_ASN1_OBJECT_num(usages); i++)
        if (OBJ_cmp(sk_ASN1_OBJECT_value(usages, i), wanted) == 0)
            return true;
    return false;
}
