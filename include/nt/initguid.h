/* From here on DEFINE_GUID makes the GUIDs that it names. */
#ifndef NT_INITGUID_H
#define NT_INITGUID_H

#ifndef INITGUID
#define INITGUID
#endif

#include "ntdef.h"

#ifdef __cplusplus
#define NT_GUID_LINKAGE extern "C"
#else
#define NT_GUID_LINKAGE
#endif

#undef DEFINE_GUID
#define DEFINE_GUID(name, l, w1, w2, b1, b2, b3, b4, b5, b6, b7, b8)                               \
    EXTERN_C const GUID name;                                                                      \
    NT_GUID_LINKAGE const GUID DECLSPEC_SELECTANY name = {                                         \
        l, w1, w2, {b1, b2, b3, b4, b5, b6, b7, b8}}

#endif
