/*
 * Part of ntifs.h: SIDs, access control, security descriptors, tokens and impersonation.
 * Include ntifs.h, not this.
 */
#ifndef _NTIFS_SECURITY_H_
#define _NTIFS_SECURITY_H_

#ifdef __cplusplus
extern "C" {
#endif

/* ---- SIDs ----------------------------------------------------------------------------------- */

typedef struct _SID_IDENTIFIER_AUTHORITY {
    UCHAR Value[6];
} SID_IDENTIFIER_AUTHORITY, *PSID_IDENTIFIER_AUTHORITY;

typedef struct _SID {
    UCHAR Revision;
    UCHAR SubAuthorityCount;
    SID_IDENTIFIER_AUTHORITY IdentifierAuthority;
    ULONG SubAuthority[1];
} SID, *PISID;

typedef union _SE_SID {
    SID Sid;
    UCHAR Buffer[68];
} SE_SID, *PSE_SID;

typedef enum _SID_NAME_USE {
    SidTypeUser = 1,
    SidTypeGroup,
    SidTypeDomain,
    SidTypeAlias,
    SidTypeWellKnownGroup,
    SidTypeDeletedAccount,
    SidTypeInvalid,
    SidTypeUnknown,
    SidTypeComputer,
    SidTypeLabel,
    SidTypeLogonSession,
} SID_NAME_USE,
    *PSID_NAME_USE;

typedef struct _SID_AND_ATTRIBUTES {
    PSID Sid;
    ULONG Attributes;
} SID_AND_ATTRIBUTES, *PSID_AND_ATTRIBUTES;

typedef SID_AND_ATTRIBUTES SID_AND_ATTRIBUTES_ARRAY[1];
typedef SID_AND_ATTRIBUTES_ARRAY *PSID_AND_ATTRIBUTES_ARRAY;

#define SID_REVISION                             1
#define SID_MAX_SUB_AUTHORITIES                  15
#define SID_RECOMMENDED_SUB_AUTHORITIES          1
#define SECURITY_MAX_SID_SIZE                    0x44
#define SECURITY_MAX_SID_STRING_CHARACTERS       0xBB

/* clang-format off */
#define SECURITY_NULL_SID_AUTHORITY        {0, 0, 0, 0, 0, 0}
#define SECURITY_WORLD_SID_AUTHORITY       {0, 0, 0, 0, 0, 1}
#define SECURITY_LOCAL_SID_AUTHORITY       {0, 0, 0, 0, 0, 2}
#define SECURITY_CREATOR_SID_AUTHORITY     {0, 0, 0, 0, 0, 3}
#define SECURITY_NT_AUTHORITY              {0, 0, 0, 0, 0, 5}
#define SECURITY_MANDATORY_LABEL_AUTHORITY {0, 0, 0, 0, 0, 16}
/* clang-format on */

#define SECURITY_CREATOR_OWNER_RID               0x00
#define SECURITY_LOCAL_RID                       0x00
#define SECURITY_NULL_RID                        0x00
#define SECURITY_WORLD_RID                       0x00
#define SECURITY_CREATOR_GROUP_RID               0x01
#define SECURITY_DIALUP_RID                      0x01
#define SECURITY_LOCAL_LOGON_RID                 0x01
#define SECURITY_NETWORK_RID                     0x02
#define SECURITY_BATCH_RID                       0x03
#define SECURITY_INTERACTIVE_RID                 0x04
#define SECURITY_LOGON_IDS_RID                   0x05
#define SECURITY_SERVICE_RID                     0x06
#define SECURITY_ANONYMOUS_LOGON_RID             0x07
#define SECURITY_PRINCIPAL_SELF_RID              0x0A
#define SECURITY_AUTHENTICATED_USER_RID          0x0B
#define SECURITY_RESTRICTED_CODE_RID             0x0C
#define SECURITY_TERMINAL_SERVER_RID             0x0D
#define SECURITY_LOCAL_SYSTEM_RID                0x12
#define SECURITY_LOCAL_SERVICE_RID               0x13
#define SECURITY_NETWORK_SERVICE_RID             0x14
#define SECURITY_BUILTIN_DOMAIN_RID              0x20

#define SECURITY_MANDATORY_UNTRUSTED_RID         0x00000000
#define SECURITY_MANDATORY_LOW_RID               0x00001000
#define SECURITY_MANDATORY_MEDIUM_RID            0x00002000
#define SECURITY_MANDATORY_MEDIUM_PLUS_RID       0x00002100
#define SECURITY_MANDATORY_HIGH_RID              0x00003000
#define SECURITY_MANDATORY_MAXIMUM_USER_RID      0x00004000
#define SECURITY_MANDATORY_SYSTEM_RID            0x00004000
#define SECURITY_MANDATORY_PROTECTED_PROCESS_RID 0x00005000

NTSYSAPI NTSTATUS NTAPI RtlAllocateAndInitializeSid(
    PSID_IDENTIFIER_AUTHORITY IdentifierAuthority, _In_ UCHAR SubAuthorityCount,
    _In_ ULONG SubAuthority0, _In_ ULONG SubAuthority1, _In_ ULONG SubAuthority2,
    _In_ ULONG SubAuthority3, _In_ ULONG SubAuthority4, _In_ ULONG SubAuthority5,
    _In_ ULONG SubAuthority6, _In_ ULONG SubAuthority7, PSID *Sid);
NTSYSAPI NTSTATUS NTAPI RtlAllocateAndInitializeSidEx(PSID_IDENTIFIER_AUTHORITY IdentifierAuthority,
                                                      _In_ UCHAR SubAuthorityCount,
                                                      PULONG SubAuthorities, PSID *Sid);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlConvertSidToUnicodeString(PUNICODE_STRING UnicodeString, PSID Sid,
                                 _In_ BOOLEAN AllocateDestinationString);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlCopySid(_In_ ULONG DestinationSidLength, PSID DestinationSid, PSID SourceSid);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI BOOLEAN NTAPI RtlEqualPrefixSid(PSID Sid1, PSID Sid2);
NTSYSAPI BOOLEAN NTAPI RtlEqualSid(PSID Sid1, PSID Sid2);
NTSYSAPI PVOID NTAPI RtlFreeSid(PSID Sid);
NTSYSAPI PSID_IDENTIFIER_AUTHORITY NTAPI RtlIdentifierAuthoritySid(PSID Sid);
NTSYSAPI NTSTATUS NTAPI RtlInitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY IdentifierAuthority,
                                         _In_ UCHAR SubAuthorityCount);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlInitializeSidEx(PSID Sid, PSID_IDENTIFIER_AUTHORITY IdentifierAuthority,
                       _In_ UCHAR SubAuthorityCount, ...);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI ULONG NTAPI
    RtlLengthRequiredSid(_In_ ULONG SubAuthorityCount);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI ULONG NTAPI RtlLengthSid(PSID Sid);
NTSYSAPI PUCHAR NTAPI RtlSubAuthorityCountSid(PSID Sid);
NTSYSAPI PULONG NTAPI RtlSubAuthoritySid(PSID Sid, _In_ ULONG SubAuthority);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI BOOLEAN NTAPI RtlValidSid(PSID Sid);

/* ---- Access control entries ----------------------------------------------------------------- */

typedef struct _ACE_HEADER {
    UCHAR AceType;
    UCHAR AceFlags;
    USHORT AceSize;
} ACE_HEADER;
typedef ACE_HEADER *PACE_HEADER;

typedef struct _ACCESS_ALLOWED_ACE {
    ACE_HEADER Header;
    ACCESS_MASK Mask;
    ULONG SidStart;
} ACCESS_ALLOWED_ACE;
typedef ACCESS_ALLOWED_ACE *PACCESS_ALLOWED_ACE;

typedef struct _ACCESS_DENIED_ACE {
    ACE_HEADER Header;
    ACCESS_MASK Mask;
    ULONG SidStart;
} ACCESS_DENIED_ACE;
typedef ACCESS_DENIED_ACE *PACCESS_DENIED_ACE;

typedef struct _SYSTEM_AUDIT_ACE {
    ACE_HEADER Header;
    ACCESS_MASK Mask;
    ULONG SidStart;
} SYSTEM_AUDIT_ACE;
typedef SYSTEM_AUDIT_ACE *PSYSTEM_AUDIT_ACE;

typedef struct _SYSTEM_ALARM_ACE {
    ACE_HEADER Header;
    ACCESS_MASK Mask;
    ULONG SidStart;
} SYSTEM_ALARM_ACE;
typedef SYSTEM_ALARM_ACE *PSYSTEM_ALARM_ACE;

typedef struct _SYSTEM_MANDATORY_LABEL_ACE {
    ACE_HEADER Header;
    ACCESS_MASK Mask;
    ULONG SidStart;
} SYSTEM_MANDATORY_LABEL_ACE, *PSYSTEM_MANDATORY_LABEL_ACE;

NTSYSAPI NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL Acl, _In_ ULONG AceRevision,
                                               _In_ ACCESS_MASK AccessMask, PSID Sid);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlAddAccessAllowedAceEx(PACL Acl, _In_ ULONG AceRevision, _In_ ULONG AceFlags,
                             _In_ ACCESS_MASK AccessMask, PSID Sid);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlAddAce(PACL Acl, _In_ ULONG AceRevision, _In_ ULONG StartingAceIndex, PVOID AceList,
              _In_ ULONG AceListLength);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlCreateAcl(PACL Acl, _In_ ULONG AclLength, _In_ ULONG AclRevision);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI RtlDeleteAce(PACL Acl, _In_ ULONG AceIndex);
NTSYSAPI NTSTATUS NTAPI RtlGetAce(PACL Acl, _In_ ULONG AceIndex, PVOID *Ace);

/* ---- Security descriptors ------------------------------------------------------------------- */

typedef USHORT SECURITY_DESCRIPTOR_CONTROL;
typedef USHORT *PSECURITY_DESCRIPTOR_CONTROL;

#define SE_OWNER_DEFAULTED       0x00000001
#define SE_GROUP_DEFAULTED       0x00000002
#define SE_DACL_PRESENT          0x00000004
#define SE_DACL_DEFAULTED        0x00000008
#define SE_SACL_PRESENT          0x00000010
#define SE_SACL_DEFAULTED        0x00000020
#define SE_DACL_UNTRUSTED        0x00000040
#define SE_SERVER_SECURITY       0x00000080
#define SE_DACL_AUTO_INHERIT_REQ 0x00000100
#define SE_SACL_AUTO_INHERIT_REQ 0x00000200
#define SE_DACL_AUTO_INHERITED   0x00000400
#define SE_SACL_AUTO_INHERITED   0x00000800
#define SE_DACL_PROTECTED        0x00001000
#define SE_SACL_PROTECTED        0x00002000
#define SE_RM_CONTROL_VALID      0x00004000
#define SE_SELF_RELATIVE         0x00008000

typedef struct _SECURITY_DESCRIPTOR_RELATIVE {
    UCHAR Revision;
    UCHAR Sbz1;
    SECURITY_DESCRIPTOR_CONTROL Control;
    ULONG Owner;
    ULONG Group;
    ULONG Sacl;
    ULONG Dacl;
} SECURITY_DESCRIPTOR_RELATIVE, *PISECURITY_DESCRIPTOR_RELATIVE;

typedef struct _SECURITY_DESCRIPTOR {
    UCHAR Revision;
    UCHAR Sbz1;
    SECURITY_DESCRIPTOR_CONTROL Control;
    PSID Owner;
    PSID Group;
    PACL Sacl;
    PACL Dacl;
} SECURITY_DESCRIPTOR, *PISECURITY_DESCRIPTOR;

_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR AbsoluteSecurityDescriptor,
                                PSECURITY_DESCRIPTOR SelfRelativeSecurityDescriptor,
                                PULONG BufferLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlCreateSecurityDescriptorRelative(PISECURITY_DESCRIPTOR_RELATIVE SecurityDescriptor,
                                        _In_ ULONG Revision);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PBOOLEAN DaclPresent,
                                 PACL *Dacl, PBOOLEAN DaclDefaulted);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID *Group,
                                  PBOOLEAN GroupDefaulted);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID *Owner,
                                  PBOOLEAN OwnerDefaulted);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PBOOLEAN SaclPresent,
                                 PACL *Sacl, PBOOLEAN SaclDefaulted);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR SelfRelativeSecurityDescriptor,
                                PSECURITY_DESCRIPTOR AbsoluteSecurityDescriptor,
                                PULONG AbsoluteSecurityDescriptorSize, PACL Dacl, PULONG DaclSize,
                                PACL Sacl, PULONG SaclSize, PSID Owner, PULONG OwnerSize,
                                PSID PrimaryGroup, PULONG PrimaryGroupSize);
_IRQL_requires_max_(APC_LEVEL) NTSYSAPI NTSTATUS NTAPI
    RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor, PSID Group,
                                  _In_ BOOLEAN GroupDefaulted);
NTSYSAPI NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR SecurityDescriptor,
                                                      PSID Owner, _In_ BOOLEAN OwnerDefaulted);

_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeQuerySecurityDescriptorInfo(PSECURITY_INFORMATION SecurityInformation,
                                  PSECURITY_DESCRIPTOR SecurityDescriptor, PULONG Length,
                                  PSECURITY_DESCRIPTOR *ObjectsSecurityDescriptor);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeSetSecurityDescriptorInfo(PVOID Object, PSECURITY_INFORMATION SecurityInformation,
                                PSECURITY_DESCRIPTOR ModificationDescriptor,
                                PSECURITY_DESCRIPTOR *ObjectsSecurityDescriptor,
                                _In_ POOL_TYPE PoolType, PGENERIC_MAPPING GenericMapping);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeSetSecurityDescriptorInfoEx(PVOID Object, PSECURITY_INFORMATION SecurityInformation,
                                  PSECURITY_DESCRIPTOR ModificationDescriptor,
                                  PSECURITY_DESCRIPTOR *ObjectsSecurityDescriptor,
                                  _In_ ULONG AutoInheritFlags, _In_ POOL_TYPE PoolType,
                                  PGENERIC_MAPPING GenericMapping);

/* ---- Privileges ----------------------------------------------------------------------------- */

#define SE_PRIVILEGE_ENABLED_BY_DEFAULT        0x00000001
#define SE_PRIVILEGE_ENABLED                   0x00000002
#define SE_PRIVILEGE_REMOVED                   0x00000004
#define SE_PRIVILEGE_USED_FOR_ACCESS           0x80000000
#define SE_PRIVILEGE_VALID_ATTRIBUTES          0x80000007

/* ---- Tokens --------------------------------------------------------------------------------- */

#define TOKEN_MANDATORY_POLICY_OFF             0x00000000
#define TOKEN_ASSIGN_PRIMARY                   0x00000001
#define TOKEN_HAS_TRAVERSE_PRIVILEGE           0x00000001
#define TOKEN_MANDATORY_POLICY_NO_WRITE_UP     0x00000001
#define TOKEN_DUPLICATE                        0x00000002
#define TOKEN_HAS_BACKUP_PRIVILEGE             0x00000002
#define TOKEN_MANDATORY_POLICY_NEW_PROCESS_MIN 0x00000002
#define TOKEN_MANDATORY_POLICY_VALID_MASK      0x00000003
#define TOKEN_HAS_RESTORE_PRIVILEGE            0x00000004
#define TOKEN_IMPERSONATE                      0x00000004
#define TOKEN_QUERY                            0x00000008
#define TOKEN_SOURCE_LENGTH                    0x00000008
#define TOKEN_IS_RESTRICTED                    0x00000010
#define TOKEN_QUERY_SOURCE                     0x00000010
#define TOKEN_ADJUST_PRIVILEGES                0x00000020
#define TOKEN_ADJUST_GROUPS                    0x00000040
#define TOKEN_ADJUST_DEFAULT                   0x00000080
#define TOKEN_HAS_IMPERSONATE_PRIVILEGE        0x00000080
#define TOKEN_ADJUST_SESSIONID                 0x00000100
#define TOKEN_IS_FILTERED                      0x00000800
#define TOKEN_HAS_OWN_CLAIM_ATTRIBUTES         0x00008000
#define TOKEN_EXECUTE                          0x00020000
#define TOKEN_READ                             0x00020008
#define TOKEN_WRITE                            0x000200E0
#define TOKEN_ALL_ACCESS_P                     0x000F00FF
#define TOKEN_ALL_ACCESS                       0x000F01FF

typedef enum _TOKEN_TYPE {
    TokenPrimary = 1,
    TokenImpersonation,
} TOKEN_TYPE;

typedef enum _TOKEN_ELEVATION_TYPE {
    TokenElevationTypeDefault = 1,
    TokenElevationTypeFull,
    TokenElevationTypeLimited,
} TOKEN_ELEVATION_TYPE,
    *PTOKEN_ELEVATION_TYPE;

typedef enum _TOKEN_INFORMATION_CLASS {
    TokenUser = 1,
    TokenGroups,
    TokenPrivileges,
    TokenOwner,
    TokenPrimaryGroup,
    TokenDefaultDacl,
    TokenSource,
    TokenType,
    TokenImpersonationLevel,
    TokenStatistics,
    TokenRestrictedSids,
    TokenSessionId,
    TokenGroupsAndPrivileges,
    TokenSessionReference,
    TokenSandBoxInert,
    TokenAuditPolicy,
    TokenOrigin,
    TokenElevationType,
    TokenLinkedToken,
    TokenElevation,
    TokenHasRestrictions,
    TokenAccessInformation,
    TokenVirtualizationAllowed,
    TokenVirtualizationEnabled,
    TokenIntegrityLevel,
    TokenUIAccess,
    TokenMandatoryPolicy,
    TokenLogonSid,
    TokenIsAppContainer,
    TokenCapabilities,
    TokenAppContainerSid,
    TokenAppContainerNumber,
    TokenUserClaimAttributes,
    TokenDeviceClaimAttributes,
    TokenRestrictedUserClaimAttributes,
    TokenRestrictedDeviceClaimAttributes,
    TokenDeviceGroups,
    TokenRestrictedDeviceGroups,
    TokenSecurityAttributes,
    TokenIsRestricted,
    TokenProcessTrustLevel,
    TokenPrivateNameSpace,
    TokenSingletonAttributes,
    TokenBnoIsolation,
    TokenChildProcessFlags,
    TokenIsLessPrivilegedAppContainer,
    TokenIsSandboxed,
    TokenIsAppSilo,
    MaxTokenInfoClass,
} TOKEN_INFORMATION_CLASS,
    *PTOKEN_INFORMATION_CLASS;

typedef enum _MANDATORY_LEVEL {
    MandatoryLevelUntrusted,
    MandatoryLevelLow,
    MandatoryLevelMedium,
    MandatoryLevelHigh,
    MandatoryLevelSystem,
    MandatoryLevelSecureProcess,
    MandatoryLevelCount,
} MANDATORY_LEVEL,
    *PMANDATORY_LEVEL;

typedef struct _TOKEN_USER {
    SID_AND_ATTRIBUTES User;
} TOKEN_USER, *PTOKEN_USER;

typedef struct _TOKEN_GROUPS {
    ULONG GroupCount;
    SID_AND_ATTRIBUTES Groups[1];
} TOKEN_GROUPS, *PTOKEN_GROUPS;

typedef struct _TOKEN_PRIVILEGES {
    ULONG PrivilegeCount;
    LUID_AND_ATTRIBUTES Privileges[1];
} TOKEN_PRIVILEGES, *PTOKEN_PRIVILEGES;

typedef struct _TOKEN_OWNER {
    PSID Owner;
} TOKEN_OWNER, *PTOKEN_OWNER;

typedef struct _TOKEN_PRIMARY_GROUP {
    PSID PrimaryGroup;
} TOKEN_PRIMARY_GROUP, *PTOKEN_PRIMARY_GROUP;

typedef struct _TOKEN_DEFAULT_DACL {
    PACL DefaultDacl;
} TOKEN_DEFAULT_DACL, *PTOKEN_DEFAULT_DACL;

typedef struct _TOKEN_ELEVATION {
    ULONG TokenIsElevated;
} TOKEN_ELEVATION, *PTOKEN_ELEVATION;

typedef struct _TOKEN_LINKED_TOKEN {
    HANDLE LinkedToken;
} TOKEN_LINKED_TOKEN, *PTOKEN_LINKED_TOKEN;

typedef struct _TOKEN_MANDATORY_LABEL {
    SID_AND_ATTRIBUTES Label;
} TOKEN_MANDATORY_LABEL, *PTOKEN_MANDATORY_LABEL;

typedef struct _TOKEN_MANDATORY_POLICY {
    ULONG Policy;
} TOKEN_MANDATORY_POLICY, *PTOKEN_MANDATORY_POLICY;

typedef struct _TOKEN_SOURCE {
    CHAR SourceName[8];
    LUID SourceIdentifier;
} TOKEN_SOURCE, *PTOKEN_SOURCE;

typedef struct _TOKEN_STATISTICS {
    LUID TokenId;
    LUID AuthenticationId;
    LARGE_INTEGER ExpirationTime;
    TOKEN_TYPE TokenType;
    SECURITY_IMPERSONATION_LEVEL ImpersonationLevel;
    ULONG DynamicCharged;
    ULONG DynamicAvailable;
    ULONG GroupCount;
    ULONG PrivilegeCount;
    LUID ModifiedId;
} TOKEN_STATISTICS, *PTOKEN_STATISTICS;

typedef struct _TOKEN_CONTROL {
    LUID TokenId;
    LUID AuthenticationId;
    LUID ModifiedId;
    TOKEN_SOURCE TokenSource;
} TOKEN_CONTROL, *PTOKEN_CONTROL;

typedef struct _TOKEN_ORIGIN {
    LUID OriginatingLogonSession;
} TOKEN_ORIGIN, *PTOKEN_ORIGIN;

typedef struct _TOKEN_ACCESS_INFORMATION *PTOKEN_ACCESS_INFORMATION;
typedef struct _SECURITY_CLIENT_CONTEXT {
    SECURITY_QUALITY_OF_SERVICE SecurityQos;
    PACCESS_TOKEN ClientToken;
    BOOLEAN DirectlyAccessClientToken;
    BOOLEAN DirectAccessEffectiveOnly;
    BOOLEAN ServerIsRemote;
    TOKEN_CONTROL ClientTokenControl;
} SECURITY_CLIENT_CONTEXT, *PSECURITY_CLIENT_CONTEXT;

_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeQueryInformationToken(PACCESS_TOKEN Token, _In_ TOKEN_INFORMATION_CLASS TokenInformationClass,
                            PVOID *TokenInformation);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeQueryAuthenticationIdToken(PACCESS_TOKEN Token, PLUID AuthenticationId);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI SeQuerySessionIdToken(PACCESS_TOKEN Token,
                                                                       PULONG SessionId);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI SeQuerySessionIdTokenEx(PACCESS_TOKEN Token,
                                                                         PULONG SessionId,
                                                                         PBOOLEAN IsServiceSession);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI SeTokenIsAdmin(PACCESS_TOKEN Token);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    SeTokenIsRestricted(PACCESS_TOKEN Token);
NTKERNELAPI BOOLEAN NTAPI SeTokenIsWriteRestricted(PACCESS_TOKEN Token);
NTKERNELAPI TOKEN_TYPE NTAPI SeTokenType(PACCESS_TOKEN Token);
_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI SeFilterToken(PACCESS_TOKEN ExistingToken,
                                                               _In_ ULONG Flags,
                                                               PTOKEN_GROUPS SidsToDisable,
                                                               PTOKEN_PRIVILEGES PrivilegesToDelete,
                                                               PTOKEN_GROUPS RestrictedSids,
                                                               PACCESS_TOKEN *FilteredToken);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    SePrivilegeCheck(PPRIVILEGE_SET RequiredPrivileges,
                     PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext,
                     _In_ KPROCESSOR_MODE AccessMode);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeAppendPrivileges(PACCESS_STATE AccessState, PPRIVILEGE_SET Privileges);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeFreePrivileges(PPRIVILEGE_SET Privileges);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeCreateClientSecurity(_In_ PETHREAD ClientThread,
                           PSECURITY_QUALITY_OF_SERVICE ClientSecurityQos,
                           _In_ BOOLEAN RemoteSession, PSECURITY_CLIENT_CONTEXT ClientContext);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeCreateClientSecurityFromSubjectContext(PSECURITY_SUBJECT_CONTEXT SubjectContext,
                                             PSECURITY_QUALITY_OF_SERVICE ClientSecurityQos,
                                             _In_ BOOLEAN ServerIsRemote,
                                             PSECURITY_CLIENT_CONTEXT ClientContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeDeleteClientSecurity(PSECURITY_CLIENT_CONTEXT ClientContext);
NTKERNELAPI void NTAPI SeImpersonateClient(PSECURITY_CLIENT_CONTEXT ClientContext,
                                           _In_ PETHREAD ServerThread);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    SeImpersonateClientEx(PSECURITY_CLIENT_CONTEXT ClientContext, _In_ PETHREAD ServerThread);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeCaptureSubjectContextEx(_In_ PETHREAD Thread, _In_ PEPROCESS Process,
                              PSECURITY_SUBJECT_CONTEXT SubjectContext);
NTKERNELAPI BOOLEAN NTAPI SeAccessCheckFromState(
    PSECURITY_DESCRIPTOR SecurityDescriptor, PTOKEN_ACCESS_INFORMATION PrimaryTokenInformation,
    PTOKEN_ACCESS_INFORMATION ClientTokenInformation, _In_ ACCESS_MASK DesiredAccess,
    _In_ ACCESS_MASK PreviouslyGrantedAccess, PPRIVILEGE_SET *Privileges,
    PGENERIC_MAPPING GenericMapping, _In_ KPROCESSOR_MODE AccessMode, PACCESS_MASK GrantedAccess,
    PNTSTATUS AccessStatus);
NTKERNELAPI BOOLEAN NTAPI SeAccessCheckFromStateEx(
    PSECURITY_DESCRIPTOR SecurityDescriptor, PACCESS_TOKEN PrimaryToken, PACCESS_TOKEN ClientToken,
    _In_ ACCESS_MASK DesiredAccess, _In_ ACCESS_MASK PreviouslyGrantedAccess,
    PPRIVILEGE_SET *Privileges, PGENERIC_MAPPING GenericMapping, _In_ KPROCESSOR_MODE AccessMode,
    PACCESS_MASK GrantedAccess, PNTSTATUS AccessStatus);

_Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI PsAssignImpersonationToken(_In_ PETHREAD Thread,
                                                                            _In_ HANDLE Token);
NTKERNELAPI void NTAPI PsDereferenceImpersonationToken(PACCESS_TOKEN ImpersonationToken);
NTKERNELAPI void NTAPI PsDereferencePrimaryToken(PACCESS_TOKEN PrimaryToken);
NTKERNELAPI BOOLEAN NTAPI PsDisableImpersonation(_In_ PETHREAD Thread,
                                                 PSE_IMPERSONATION_STATE ImpersonationState);
_IRQL_requires_max_(PASSIVE_LEVEL) _Must_inspect_result_ NTKERNELAPI NTSTATUS NTAPI
    PsImpersonateClient(_In_ PETHREAD Thread, PACCESS_TOKEN Token, _In_ BOOLEAN CopyOnOpen,
                        _In_ BOOLEAN EffectiveOnly,
                        _In_ SECURITY_IMPERSONATION_LEVEL ImpersonationLevel);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI PACCESS_TOKEN NTAPI
    PsReferenceImpersonationToken(_In_ PETHREAD Thread, PBOOLEAN CopyOnOpen, PBOOLEAN EffectiveOnly,
                                  PSECURITY_IMPERSONATION_LEVEL ImpersonationLevel);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI PACCESS_TOKEN NTAPI
    PsReferencePrimaryToken(_In_ PEPROCESS Process);
NTKERNELAPI void NTAPI PsRestoreImpersonation(_In_ PETHREAD Thread,
                                              PSE_IMPERSONATION_STATE ImpersonationState);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI PsRevertToSelf(void);

NTKERNELAPI NTSTATUS NTAPI NtAdjustGroupsToken(_In_ HANDLE TokenHandle, _In_ BOOLEAN ResetToDefault,
                                               PTOKEN_GROUPS NewState, _In_ ULONG BufferLength,
                                               PTOKEN_GROUPS PreviousState,
                                               _Out_ PULONG ReturnLength);
NTKERNELAPI NTSTATUS NTAPI NtAdjustPrivilegesToken(
    _In_ HANDLE TokenHandle, _In_ BOOLEAN DisableAllPrivileges, PTOKEN_PRIVILEGES NewState,
    _In_ ULONG BufferLength, PTOKEN_PRIVILEGES PreviousState, _Out_ PULONG ReturnLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtDuplicateToken(_In_ HANDLE ExistingTokenHandle, _In_ ACCESS_MASK DesiredAccess,
                     _In_ POBJECT_ATTRIBUTES ObjectAttributes, _In_ BOOLEAN EffectiveOnly,
                     _In_ TOKEN_TYPE TokenType, _Out_ PHANDLE NewTokenHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtOpenProcessToken(_In_ HANDLE ProcessHandle, _In_ ACCESS_MASK DesiredAccess,
                       _Out_ PHANDLE TokenHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtOpenProcessTokenEx(_In_ HANDLE ProcessHandle, _In_ ACCESS_MASK DesiredAccess,
                         _In_ ULONG HandleAttributes, _Out_ PHANDLE TokenHandle);
NTKERNELAPI NTSTATUS NTAPI NtOpenThreadToken(_In_ HANDLE ThreadHandle,
                                             _In_ ACCESS_MASK DesiredAccess,
                                             _In_ BOOLEAN OpenAsSelf, _Out_ PHANDLE TokenHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtOpenThreadTokenEx(_In_ HANDLE ThreadHandle, _In_ ACCESS_MASK DesiredAccess,
                        _In_ BOOLEAN OpenAsSelf, _In_ ULONG HandleAttributes,
                        _Out_ PHANDLE TokenHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtQueryInformationToken(_In_ HANDLE TokenHandle,
                            _In_ TOKEN_INFORMATION_CLASS TokenInformationClass,
                            PVOID TokenInformation, _In_ ULONG TokenInformationLength,
                            _Out_ PULONG ReturnLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtSetInformationToken(_In_ HANDLE TokenHandle,
                          _In_ TOKEN_INFORMATION_CLASS TokenInformationClass,
                          PVOID TokenInformation, _In_ ULONG TokenInformationLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwDuplicateToken(_In_ HANDLE ExistingTokenHandle, _In_ ACCESS_MASK DesiredAccess,
                     _In_ POBJECT_ATTRIBUTES ObjectAttributes, _In_ BOOLEAN EffectiveOnly,
                     _In_ TOKEN_TYPE TokenType, _Out_ PHANDLE NewTokenHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwOpenProcessTokenEx(_In_ HANDLE ProcessHandle, _In_ ACCESS_MASK DesiredAccess,
                         _In_ ULONG HandleAttributes, _Out_ PHANDLE TokenHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwOpenThreadTokenEx(_In_ HANDLE ThreadHandle, _In_ ACCESS_MASK DesiredAccess,
                        _In_ BOOLEAN OpenAsSelf, _In_ ULONG HandleAttributes,
                        _Out_ PHANDLE TokenHandle);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwQueryInformationToken(_In_ HANDLE TokenHandle,
                            _In_ TOKEN_INFORMATION_CLASS TokenInformationClass,
                            PVOID TokenInformation, _In_ ULONG TokenInformationLength,
                            _Out_ PULONG ReturnLength);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwSetInformationToken(_In_ HANDLE TokenHandle,
                          _In_ TOKEN_INFORMATION_CLASS TokenInformationClass,
                          PVOID TokenInformation, _In_ ULONG TokenInformationLength);

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtQuerySecurityObject(_In_ HANDLE Handle, _In_ SECURITY_INFORMATION SecurityInformation,
                          PSECURITY_DESCRIPTOR SecurityDescriptor, _In_ ULONG Length,
                          _Out_ PULONG LengthNeeded);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI NTSTATUS NTAPI
    NtSetSecurityObject(_In_ HANDLE Handle, _In_ SECURITY_INFORMATION SecurityInformation,
                        PSECURITY_DESCRIPTOR SecurityDescriptor);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwQuerySecurityObject(_In_ HANDLE Handle, _In_ SECURITY_INFORMATION SecurityInformation,
                          PSECURITY_DESCRIPTOR SecurityDescriptor, _In_ ULONG Length,
                          _Out_ PULONG LengthNeeded);
_IRQL_requires_max_(PASSIVE_LEVEL) NTSYSAPI NTSTATUS NTAPI
    ZwSetSecurityObject(_In_ HANDLE Handle, _In_ SECURITY_INFORMATION SecurityInformation,
                        PSECURITY_DESCRIPTOR SecurityDescriptor);

#define SeQuerySubjectContextToken(SubjectContext)                                                 \
    ((SubjectContext)->ClientToken != NULL ? (SubjectContext)->ClientToken                         \
                                           : (SubjectContext)->PrimaryToken)

#define SeLengthSid(Sid) ((ULONG)(8 + sizeof(ULONG) * ((PISID)(Sid))->SubAuthorityCount))

/* ---- Auditing ------------------------------------------------------------------------------- */

_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    SeAuditingFileEvents(_In_ BOOLEAN AccessGranted, PSECURITY_DESCRIPTOR SecurityDescriptor);
NTKERNELAPI BOOLEAN NTAPI
SeAuditingFileEventsWithContext(_In_ BOOLEAN AccessGranted, PSECURITY_DESCRIPTOR SecurityDescriptor,
                                PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI BOOLEAN NTAPI
    SeAuditingFileOrGlobalEvents(_In_ BOOLEAN AccessGranted,
                                 PSECURITY_DESCRIPTOR SecurityDescriptor,
                                 PSECURITY_SUBJECT_CONTEXT SubjectSecurityContext);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeOpenObjectAuditAlarm(PUNICODE_STRING ObjectTypeName, PVOID Object,
                           PUNICODE_STRING AbsoluteObjectName,
                           PSECURITY_DESCRIPTOR SecurityDescriptor, PACCESS_STATE AccessState,
                           _In_ BOOLEAN ObjectCreated, _In_ BOOLEAN AccessGranted,
                           _In_ KPROCESSOR_MODE AccessMode, PBOOLEAN GenerateOnClose);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI SeOpenObjectForDeleteAuditAlarm(
    PUNICODE_STRING ObjectTypeName, PVOID Object, PUNICODE_STRING AbsoluteObjectName,
    PSECURITY_DESCRIPTOR SecurityDescriptor, PACCESS_STATE AccessState, _In_ BOOLEAN ObjectCreated,
    _In_ BOOLEAN AccessGranted, _In_ KPROCESSOR_MODE AccessMode, PBOOLEAN GenerateOnClose);
_IRQL_requires_max_(PASSIVE_LEVEL) NTKERNELAPI void NTAPI
    SeDeleteObjectAuditAlarm(PVOID Object, _In_ HANDLE Handle);
NTKERNELAPI void NTAPI SeAuditHardLinkCreation(PUNICODE_STRING FileName, PUNICODE_STRING LinkName,
                                               _In_ BOOLEAN bSuccess);
NTKERNELAPI BOOLEAN NTAPI SeAuditingHardLinkEvents(_In_ BOOLEAN AccessGranted,
                                                   PSECURITY_DESCRIPTOR SecurityDescriptor);

/* Well-known SIDs and privileges; points to them from DriverEntry on. */
typedef struct _SE_EXPORTS {
    LUID SeCreateTokenPrivilege;
    LUID SeAssignPrimaryTokenPrivilege;
    LUID SeLockMemoryPrivilege;
    LUID SeIncreaseQuotaPrivilege;
    LUID SeUnsolicitedInputPrivilege;
    LUID SeTcbPrivilege;
    LUID SeSecurityPrivilege;
    LUID SeTakeOwnershipPrivilege;
    LUID SeLoadDriverPrivilege;
    LUID SeCreatePagefilePrivilege;
    LUID SeIncreaseBasePriorityPrivilege;
    LUID SeSystemProfilePrivilege;
    LUID SeSystemtimePrivilege;
    LUID SeProfileSingleProcessPrivilege;
    LUID SeCreatePermanentPrivilege;
    LUID SeBackupPrivilege;
    LUID SeRestorePrivilege;
    LUID SeShutdownPrivilege;
    LUID SeDebugPrivilege;
    LUID SeAuditPrivilege;
    LUID SeSystemEnvironmentPrivilege;
    LUID SeChangeNotifyPrivilege;
    LUID SeRemoteShutdownPrivilege;
    PSID SeNullSid;
    PSID SeWorldSid;
    PSID SeLocalSid;
    PSID SeCreatorOwnerSid;
    PSID SeCreatorGroupSid;
    PSID SeNtAuthoritySid;
    PSID SeDialupSid;
    PSID SeNetworkSid;
    PSID SeBatchSid;
    PSID SeInteractiveSid;
    PSID SeLocalSystemSid;
    PSID SeAliasAdminsSid;
    PSID SeAliasUsersSid;
    PSID SeAliasGuestsSid;
    PSID SeAliasPowerUsersSid;
    PSID SeAliasAccountOpsSid;
    PSID SeAliasSystemOpsSid;
    PSID SeAliasPrintOpsSid;
    PSID SeAliasBackupOpsSid;
    PSID SeAuthenticatedUsersSid;
    PSID SeRestrictedSid;
    PSID SeAnonymousLogonSid;
    LUID SeUndockPrivilege;
    LUID SeSyncAgentPrivilege;
    LUID SeEnableDelegationPrivilege;
    PSID SeLocalServiceSid;
    PSID SeNetworkServiceSid;
    LUID SeManageVolumePrivilege;
    LUID SeImpersonatePrivilege;
    LUID SeCreateGlobalPrivilege;
    LUID SeTrustedCredManAccessPrivilege;
    LUID SeRelabelPrivilege;
    LUID SeIncreaseWorkingSetPrivilege;
    LUID SeTimeZonePrivilege;
    LUID SeCreateSymbolicLinkPrivilege;
    PSID SeIUserSid;
    PSID SeUntrustedMandatorySid;
    PSID SeLowMandatorySid;
    PSID SeMediumMandatorySid;
    PSID SeHighMandatorySid;
    PSID SeSystemMandatorySid;
    PSID SeOwnerRightsSid;
    PSID SeAllAppPackagesSid;
    PSID SeUserModeDriversSid;
    PSID SeProcTrustWinTcbSid;
    PSID SeTrustedInstallerSid;
    LUID SeDelegateSessionUserImpersonatePrivilege;
    PSID SeAppSiloSid;
    PSID SeAppSiloVolumeRootMinimalCapabilitySid;
    PSID SeAppSiloProfilesRootMinimalCapabilitySid;
} SE_EXPORTS, *PSE_EXPORTS;

extern NTKERNELAPI PSE_EXPORTS SeExports;

#ifdef __cplusplus
}
#endif

#endif
