// The registry functions that DllRegisterServer and its kin call. Semantics: Microsoft's documentation of the function of that
// name. All text is UTF-16; the names without W are the same functions. Keys live in the registry of the process's instance.
#pragma once

#include "winbase_types.h"
#include "winerror.h"

typedef LONG LSTATUS;
typedef DWORD REGSAM;
typedef void* HKEY; /* as wtypes.h has it */
typedef HKEY* PHKEY;
struct _FILETIME;
struct _SECURITY_ATTRIBUTES;

#define HKEY_CLASSES_ROOT ((HKEY)(ULONG_PTR)0x80000000u)
#define HKEY_CURRENT_USER ((HKEY)(ULONG_PTR)0x80000001u)
#define HKEY_LOCAL_MACHINE ((HKEY)(ULONG_PTR)0x80000002u)
#define HKEY_USERS ((HKEY)(ULONG_PTR)0x80000003u)

#define REG_NONE 0u
#define REG_SZ 1u
#define REG_EXPAND_SZ 2u
#define REG_BINARY 3u
#define REG_DWORD 4u
#define REG_DWORD_LITTLE_ENDIAN 4u
#define REG_DWORD_BIG_ENDIAN 5u
#define REG_LINK 6u
#define REG_MULTI_SZ 7u
#define REG_QWORD 11u
#define REG_QWORD_LITTLE_ENDIAN 11u

#define KEY_QUERY_VALUE 0x0001u
#define KEY_SET_VALUE 0x0002u
#define KEY_CREATE_SUB_KEY 0x0004u
#define KEY_ENUMERATE_SUB_KEYS 0x0008u
#define KEY_NOTIFY 0x0010u
#define KEY_CREATE_LINK 0x0020u
#define KEY_WOW64_64KEY 0x0100u
#define KEY_WOW64_32KEY 0x0200u
#define KEY_READ 0x20019u
#define KEY_EXECUTE KEY_READ
#define KEY_WRITE 0x20006u
#define KEY_ALL_ACCESS 0xF003Fu

/* Keys are always kept: REG_OPTION_VOLATILE is accepted and has no effect. */
#define REG_OPTION_NON_VOLATILE 0u
#define REG_OPTION_VOLATILE 1u
#define REG_CREATED_NEW_KEY 1u
#define REG_OPENED_EXISTING_KEY 2u

#define WINREGAPI EXTERN_C ODC_API LSTATUS APIENTRY

WINREGAPI RegCreateKeyExW(HKEY key, LPCWSTR subKey, DWORD reserved, LPWSTR className, DWORD options, REGSAM access,
                          const struct _SECURITY_ATTRIBUTES* security, PHKEY result, LPDWORD disposition);
WINREGAPI RegCreateKeyW(HKEY key, LPCWSTR subKey, PHKEY result);
WINREGAPI RegOpenKeyExW(HKEY key, LPCWSTR subKey, DWORD options, REGSAM access, PHKEY result);
WINREGAPI RegOpenKeyW(HKEY key, LPCWSTR subKey, PHKEY result);
WINREGAPI RegCloseKey(HKEY key);
WINREGAPI RegFlushKey(HKEY key);
/* Sizes of data are bytes, sizes of names are characters without the terminator. */
WINREGAPI RegSetValueExW(HKEY key, LPCWSTR valueName, DWORD reserved, DWORD type, const BYTE* data, DWORD size);
WINREGAPI RegSetValueW(HKEY key, LPCWSTR subKey, DWORD type, LPCWSTR text, DWORD size);
WINREGAPI RegQueryValueExW(HKEY key, LPCWSTR valueName, LPDWORD reserved, LPDWORD type, LPBYTE data, LPDWORD size);
WINREGAPI RegQueryValueW(HKEY key, LPCWSTR subKey, LPWSTR text, PLONG size);
WINREGAPI RegDeleteKeyW(HKEY key, LPCWSTR subKey);
WINREGAPI RegDeleteKeyExW(HKEY key, LPCWSTR subKey, REGSAM view, DWORD reserved);
WINREGAPI RegDeleteTreeW(HKEY key, LPCWSTR subKey);
WINREGAPI RegDeleteValueW(HKEY key, LPCWSTR valueName);
WINREGAPI RegEnumKeyExW(HKEY key, DWORD index, LPWSTR name, LPDWORD nameSize, LPDWORD reserved, LPWSTR className,
                        LPDWORD classNameSize, struct _FILETIME* lastWrite);
WINREGAPI RegEnumValueW(HKEY key, DWORD index, LPWSTR name, LPDWORD nameSize, LPDWORD reserved, LPDWORD type, LPBYTE data,
                        LPDWORD size);
WINREGAPI RegQueryInfoKeyW(HKEY key, LPWSTR className, LPDWORD classNameSize, LPDWORD reserved, LPDWORD subKeys,
                           LPDWORD maxSubKeySize, LPDWORD maxClassSize, LPDWORD values, LPDWORD maxValueNameSize,
                           LPDWORD maxValueSize, LPDWORD securityDescriptorSize, struct _FILETIME* lastWrite);

#define RegCreateKeyEx RegCreateKeyExW
#define RegCreateKey RegCreateKeyW
#define RegOpenKeyEx RegOpenKeyExW
#define RegOpenKey RegOpenKeyW
#define RegSetValueEx RegSetValueExW
#define RegSetValue RegSetValueW
#define RegQueryValueEx RegQueryValueExW
#define RegQueryValue RegQueryValueW
#define RegDeleteKey RegDeleteKeyW
#define RegDeleteKeyEx RegDeleteKeyExW
#define RegDeleteTree RegDeleteTreeW
#define RegDeleteValue RegDeleteValueW
#define RegEnumKeyEx RegEnumKeyExW
#define RegEnumValue RegEnumValueW
#define RegQueryInfoKey RegQueryInfoKeyW
