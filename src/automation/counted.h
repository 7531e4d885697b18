// For tests: an object that counts the references to it.
#pragma once

#include "oleauto.h"

namespace odc::test {

struct Counted final : IUnknown {
    ULONG references = 1;
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        *object = nullptr;
        if (iid != IID_IUnknown) return E_NOINTERFACE;
        *object = this;
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references; }
    ULONG STDMETHODCALLTYPE Release() override { return --references; }
    virtual ~Counted() = default;
};

/// Records of 16 bytes whose first 8 are a BSTR.
struct TextRecord {
    BSTR text;
    LONGLONG number;
};
struct TextRecordInfo final : IRecordInfo {
    ULONG references = 1;
    HRESULT STDMETHODCALLTYPE QueryInterface(REFIID iid, void** object) override {
        *object = nullptr;
        if (iid != IID_IUnknown && iid != IID_IRecordInfo) return E_NOINTERFACE;
        *object = this;
        AddRef();
        return S_OK;
    }
    ULONG STDMETHODCALLTYPE AddRef() override { return ++references; }
    ULONG STDMETHODCALLTYPE Release() override { return --references; }
    HRESULT STDMETHODCALLTYPE RecordInit(PVOID record) override {
        *static_cast<TextRecord*>(record) = {};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE RecordClear(PVOID record) override {
        SysFreeString(static_cast<TextRecord*>(record)->text);
        *static_cast<TextRecord*>(record) = {};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE RecordCopy(PVOID from, PVOID to) override {
        const auto& source = *static_cast<TextRecord*>(from);
        RecordClear(to);
        *static_cast<TextRecord*>(to) = {SysAllocString(source.text), source.number};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetGuid(GUID*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetName(BSTR*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetSize(ULONG* size) override {
        *size = sizeof(TextRecord);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE GetTypeInfo(ITypeInfo**) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetField(PVOID, LPCOLESTR, VARIANT*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetFieldNoCopy(PVOID, LPCOLESTR, VARIANT*, PVOID*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE PutField(ULONG, PVOID, LPCOLESTR, VARIANT*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE PutFieldNoCopy(ULONG, PVOID, LPCOLESTR, VARIANT*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE GetFieldNames(ULONG*, BSTR*) override { return E_NOTIMPL; }
    BOOL STDMETHODCALLTYPE IsMatchingType(IRecordInfo* other) override { return other == this; }
    PVOID STDMETHODCALLTYPE RecordCreate() override {
        auto* record = static_cast<TextRecord*>(CoTaskMemAlloc(sizeof(TextRecord)));
        *record = {};
        return record;
    }
    HRESULT STDMETHODCALLTYPE RecordCreateCopy(PVOID source, PVOID* made) override {
        *made = RecordCreate();
        return RecordCopy(source, *made);
    }
    HRESULT STDMETHODCALLTYPE RecordDestroy(PVOID record) override {
        RecordClear(record);
        CoTaskMemFree(record);
        return S_OK;
    }
    virtual ~TextRecordInfo() = default;
};

}  // namespace odc::test
