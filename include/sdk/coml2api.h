/* Structured storage: the STGM_ flags and the Stg functions. The interfaces are in objidl.h. */
#pragma once

#include "combaseapi.h"
#include "objidl.h"

#define STGM_DIRECT 0x00000000
#define STGM_TRANSACTED 0x00010000
#define STGM_SIMPLE 0x08000000
#define STGM_READ 0x00000000
#define STGM_WRITE 0x00000001
#define STGM_READWRITE 0x00000002
#define STGM_SHARE_DENY_NONE 0x00000040
#define STGM_SHARE_DENY_READ 0x00000030
#define STGM_SHARE_DENY_WRITE 0x00000020
#define STGM_SHARE_EXCLUSIVE 0x00000010
#define STGM_PRIORITY 0x00040000
#define STGM_DELETEONRELEASE 0x04000000
#define STGM_NOSCRATCH 0x00100000
#define STGM_CREATE 0x00001000
#define STGM_CONVERT 0x00020000
#define STGM_FAILIFTHERE 0x00000000
#define STGM_NOSNAPSHOT 0x00200000
#define STGM_DIRECT_SWMR 0x00400000

#define STGFMT_STORAGE 0
#define STGFMT_NATIVE 1
#define STGFMT_FILE 3
#define STGFMT_ANY 4
#define STGFMT_DOCFILE 5

#ifndef STGMOVE_MOVE
#define STGMOVE_MOVE 0
#define STGMOVE_COPY 1
#endif

typedef struct tagSTGOPTIONS {
    USHORT usVersion;
    USHORT reserved;
    ULONG ulSectorSize; /* 512 or 4096 */
    const WCHAR* pwcsTemplateFile;
} STGOPTIONS;

WINOLEAPI StgCreateDocfile(const WCHAR* name, DWORD mode, DWORD reserved, IStorage** storage);
WINOLEAPI StgCreateDocfileOnILockBytes(ILockBytes* bytes, DWORD mode, DWORD reserved, IStorage** storage);
WINOLEAPI StgOpenStorage(const WCHAR* name, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved, IStorage** storage);
WINOLEAPI StgOpenStorageOnILockBytes(ILockBytes* bytes, IStorage* priority, DWORD mode, SNB exclude, DWORD reserved, IStorage** storage);
WINOLEAPI StgCreateStorageEx(const WCHAR* name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS* options, void* security,
                             REFIID iid, void** object);
WINOLEAPI StgOpenStorageEx(const WCHAR* name, DWORD mode, DWORD format, DWORD attributes, STGOPTIONS* options, void* security, REFIID iid,
                           void** object);
WINOLEAPI StgIsStorageFile(const WCHAR* name);
WINOLEAPI StgIsStorageILockBytes(ILockBytes* bytes);
WINOLEAPI ReadClassStg(IStorage* storage, CLSID* class_id);
WINOLEAPI WriteClassStg(IStorage* storage, REFCLSID class_id);
WINOLEAPI ReadClassStm(IStream* stream, CLSID* class_id);
WINOLEAPI WriteClassStm(IStream* stream, REFCLSID class_id);

/* Sets the file's access and modification times; null leaves one as it is, and `created` has no effect: this system keeps it to itself. */
WINOLEAPI StgSetTimes(const WCHAR* name, const FILETIME* created, const FILETIME* accessed, const FILETIME* modified);

/* The class of a file: of the object in a compound file, else the one whose pattern in HKEY_CLASSES_ROOT\FileType\{class id}\{number}
   ("offset,bytes,mask,value", hexadecimal, a negative offset from the end) the file has, else the one of its extension.
   Errors: MK_E_CANTOPENFILE, MK_E_INVALIDEXTENSION. */
WINOLEAPI GetClassFile(LPCOLESTR name, CLSID* class_id);

/* What an object calls itself and the clipboard format of its data, in the stream \1CompObj; either result may be null. */
WINOLEAPI WriteFmtUserTypeStg(IStorage* storage, CLIPFORMAT format, LPOLESTR userType);
WINOLEAPI ReadFmtUserTypeStg(IStorage* storage, CLIPFORMAT* format, LPOLESTR* userType);
/* The mark in the stream \1Ole that the object is to be converted to its storage's class. S_FALSE: not marked. */
WINOLEAPI GetConvertStg(IStorage* storage);
WINOLEAPI SetConvertStg(IStorage* storage, BOOL convert);

/* Streams and byte arrays in global memory (winbase.h). A null handle stands for a new one; with `deleteOnRelease` it is freed with the last
   reference to the stream and its clones. */
WINOLEAPI CreateStreamOnHGlobal(HGLOBAL memory, BOOL deleteOnRelease, IStream** stream);
WINOLEAPI GetHGlobalFromStream(IStream* stream, HGLOBAL* memory);
WINOLEAPI CreateILockBytesOnHGlobal(HGLOBAL memory, BOOL deleteOnRelease, ILockBytes** bytes);
WINOLEAPI GetHGlobalFromILockBytes(ILockBytes* bytes, HGLOBAL* memory);
