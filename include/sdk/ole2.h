#pragma once
#include "objbase.h"
WINOLEAPI OleInitialize(LPVOID reserved);
WINOLEAPI_(void) OleUninitialize(void);
/* Writes class and state into the storage and commits it; IPersistStorage::SaveCompleted is left to the caller. */
WINOLEAPI OleSave(IPersistStorage* object, IStorage* storage, BOOL sameAsLoad);
/* Class and state in a stream, and an object made of them. */
WINOLEAPI OleSaveToStream(IPersistStream* object, IStream* stream);
WINOLEAPI OleLoadFromStream(IStream* stream, REFIID iid, LPVOID* object);
