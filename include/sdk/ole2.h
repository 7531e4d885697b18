#pragma once
#include "objbase.h"
#include "oleauto.h"
#include "oleidl.h"

WINOLEAPI OleInitialize(LPVOID reserved);
WINOLEAPI_(void) OleUninitialize(void);
/* Frees what the medium owns (a file that it names is deleted), unless pUnkForRelease looks after that, which is released. Pictures and metafiles
   are left alone. */
WINOLEAPI_(void) ReleaseStgMedium(STGMEDIUM* medium);
/* Writes class and state into the storage and commits it; IPersistStorage::SaveCompleted is left to the caller. */
WINOLEAPI OleSave(IPersistStorage* object, IStorage* storage, BOOL sameAsLoad);
/* Class and state in a stream, and an object made of them. */
WINOLEAPI OleSaveToStream(IPersistStream* object, IStream* stream);
WINOLEAPI OleLoadFromStream(IStream* stream, REFIID iid, LPVOID* object);
