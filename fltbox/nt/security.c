/* Security descriptors and identifiers, as data: nobody is kept out here. */
#include "executive.h"

#include <string.h>

/* ---- Descriptors --------------------------------------------------------------------------- */

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, ULONG revision)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    memset(descriptor, 0, sizeof(SECURITY_DESCRIPTOR));
    ((PISECURITY_DESCRIPTOR)descriptor)->Revision = SECURITY_DESCRIPTOR_REVISION;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR descriptor, BOOLEAN present,
                                            PACL dacl, BOOLEAN defaulted)
{
    PISECURITY_DESCRIPTOR d = descriptor;

    IRQL_AT_MOST(APC_LEVEL);
    if (d->Revision != SECURITY_DESCRIPTOR_REVISION)
        return STATUS_UNKNOWN_REVISION;
    if (d->Control & SE_SELF_RELATIVE)
        return STATUS_INVALID_SECURITY_DESCR;
    d->Control &= (SECURITY_DESCRIPTOR_CONTROL) ~(SE_DACL_PRESENT | SE_DACL_DEFAULTED);
    d->Dacl = NULL;
    if (present) {
        d->Control |= SE_DACL_PRESENT;
        d->Dacl = dacl; /* NULL: everybody may do everything */
        if (defaulted)
            d->Control |= SE_DACL_DEFAULTED;
    }
    return STATUS_SUCCESS;
}

/* ---- Identifiers --------------------------------------------------------------------------- */

ULONG NTAPI RtlLengthRequiredSid(ULONG count)
{
    IRQL_AT_MOST(APC_LEVEL);
    return (ULONG)(FIELD_OFFSET(SID, SubAuthority) + count * sizeof(ULONG));
}

ULONG NTAPI RtlLengthSid(PSID sid)
{
    IRQL_AT_MOST(APC_LEVEL);
    return RtlLengthRequiredSid(((PISID)sid)->SubAuthorityCount);
}

BOOLEAN NTAPI RtlValidSid(PSID sid)
{
    const SID *s = sid;

    IRQL_AT_MOST(APC_LEVEL);
    return s != NULL && (s->Revision & 0x0f) == SID_REVISION &&
           s->SubAuthorityCount <= SID_MAX_SUB_AUTHORITIES;
}

BOOLEAN NTAPI RtlEqualSid(PSID a, PSID b)
{
    return RtlLengthSid(a) == RtlLengthSid(b) && memcmp(a, b, RtlLengthSid(a)) == 0;
}

NTSTATUS NTAPI RtlCopySid(ULONG room, PSID to, PSID from)
{
    IRQL_AT_MOST(APC_LEVEL);
    if (RtlLengthSid(from) > room)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(to, from, RtlLengthSid(from));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlInitializeSid(PSID sid, PSID_IDENTIFIER_AUTHORITY authority, UCHAR count)
{
    IRQL_AT_MOST(APC_LEVEL);
    SID *s = sid;

    if (count > SID_MAX_SUB_AUTHORITIES)
        return STATUS_INVALID_PARAMETER;
    s->Revision = SID_REVISION;
    s->SubAuthorityCount = count;
    s->IdentifierAuthority = *authority;
    return STATUS_SUCCESS;
}

PULONG NTAPI RtlSubAuthoritySid(PSID sid, ULONG index)
{
    IRQL_AT_MOST(APC_LEVEL);
    return &((PISID)sid)->SubAuthority[index];
}
