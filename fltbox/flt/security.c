/* The default security descriptor: the system and administrators, as the Filter Manager builds it
   for communication ports. */
#include "manager.h"
#include <string.h>

#define DESCRIPTOR_TAG 0x64734d46 /* 'FMsd' */

/* Well-known identifiers, one and two subauthorities: S-1-5-18 and S-1-5-32-544. */
static const UCHAR system_sid[12] = {1, 1, 0, 0, 0, 0, 0, 5, 18};
static const UCHAR administrators_sid[16] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2};

enum {
    ACE_HEAD = 8, /* header and mask; the identifier follows */
    ACE_SYSTEM = ACE_HEAD + sizeof(system_sid),
    ACE_ADMINISTRATORS = ACE_HEAD + sizeof(administrators_sid),
    ACL_SIZE = sizeof(ACL) + ACE_SYSTEM + ACE_ADMINISTRATORS,
};

static UCHAR *add_ace(UCHAR *at, ACCESS_MASK mask, const UCHAR *sid, size_t sid_size)
{
    ACE_HEADER head = {0 /* ACCESS_ALLOWED_ACE_TYPE */, 0, (USHORT)(ACE_HEAD + sid_size)};

    memcpy(at, &head, sizeof(head));
    memcpy(at + sizeof(head), &mask, sizeof(mask));
    memcpy(at + ACE_HEAD, sid, sid_size);
    return at + ACE_HEAD + sid_size;
}

NTSTATUS FLTAPI FltBuildDefaultSecurityDescriptor(PSECURITY_DESCRIPTOR *SecurityDescriptor,
                                                  ACCESS_MASK DesiredAccess)
{
    struct {
        SECURITY_DESCRIPTOR descriptor;
        UCHAR owner[sizeof(administrators_sid)];
        ACL acl;
        UCHAR aces[ACE_SYSTEM + ACE_ADMINISTRATORS];
    } * d;
    UCHAR *at;

    IRQL_AT_MOST(APC_LEVEL);
    *SecurityDescriptor = NULL;
    d = ExAllocatePoolWithTag(PagedPool, sizeof(*d), DESCRIPTOR_TAG);
    if (d == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    memset(d, 0, sizeof(*d));
    memcpy(d->owner, administrators_sid, sizeof(d->owner));
    d->acl.AclRevision = ACL_REVISION;
    d->acl.AclSize = ACL_SIZE;
    d->acl.AceCount = 2;
    at = add_ace(d->aces, DesiredAccess, system_sid, sizeof(system_sid));
    add_ace(at, DesiredAccess, administrators_sid, sizeof(administrators_sid));
    d->descriptor.Revision = SECURITY_DESCRIPTOR_REVISION;
    d->descriptor.Control = SE_DACL_PRESENT;
    d->descriptor.Owner = d->owner;
    d->descriptor.Group = d->owner;
    d->descriptor.Dacl = &d->acl;
    *SecurityDescriptor = &d->descriptor;
    return STATUS_SUCCESS;
}

VOID FLTAPI FltFreeSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor)
{
    IRQL_AT_MOST(APC_LEVEL);
    ExFreePool(SecurityDescriptor);
}
