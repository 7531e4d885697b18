// Data objects, their media and sinks through calls to another apartment; views and services beside them.
#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <filesystem>
#include <string>

#include "marshaling.h"
#include "ocidl.h"
#include "opendcom/com_ptr.h"
#include "winbase.h"

namespace odc::test {
namespace {

HGLOBAL block_of(const std::string& text) {
    HGLOBAL memory = GlobalAlloc(GMEM_MOVEABLE, text.size());
    if (!text.empty()) std::memcpy(GlobalLock(memory), text.data(), text.size());
    GlobalUnlock(memory);
    return memory;
}
std::string text_of(HGLOBAL memory) {
    const std::string text(static_cast<const char*>(GlobalLock(memory)), GlobalSize(memory));
    GlobalUnlock(memory);
    return text;
}
STGMEDIUM medium_of(HGLOBAL memory) {
    STGMEDIUM medium{};
    medium.tymed = TYMED_HGLOBAL;
    medium.hGlobal = memory;
    return medium;
}
FORMATETC format_of(CLIPFORMAT format, DWORD tymed = TYMED_HGLOBAL) { return {format, nullptr, DVASPECT_CONTENT, -1, tymed}; }

class Formats final : public implements<IEnumFORMATETC> {
  public:
    HRESULT STDMETHODCALLTYPE Next(ULONG count, FORMATETC* formats, ULONG* fetched) override {
        ULONG n = 0;
        for (; n < count && at_ < 2; ++n, ++at_) {
            formats[n] = format_of(static_cast<CLIPFORMAT>(at_ + 1));
            if (at_ == 0) continue;
            // A device with two bytes behind its header.
            formats[n].ptd = static_cast<DVTARGETDEVICE*>(CoTaskMemAlloc(sizeof(DVTARGETDEVICE)));
            *formats[n].ptd = {14, 0, 0, 0, 0, {7}};
            reinterpret_cast<BYTE*>(formats[n].ptd)[13] = 8;
        }
        if (fetched) *fetched = n;
        return n == count ? S_OK : S_FALSE;
    }
    // Only Next is called.
    HRESULT STDMETHODCALLTYPE Skip(ULONG) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Reset() override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE Clone(IEnumFORMATETC**) override { return E_NOTIMPL; }

  private:
    ULONG at_ = 0;
};

/// Tells when it ends.
class Provider final : public implements<IContinue> {
  public:
    explicit Provider(std::atomic<bool>& ended) : ended_(ended) {}
    ~Provider() override {
        ended_ = true;
        ended_.notify_all();
    }
    HRESULT STDMETHODCALLTYPE FContinue() override { return S_OK; }

  private:
    std::atomic<bool>& ended_;
};

/// Holds one text. Format 1: it; 2: in memory with a provider; 3: a stream; 4: a picture, which cannot travel; 5: fails.
class Data final : public implements<IDataObject, IOleWindow, IViewObject, IServiceProvider> {
  public:
    HRESULT STDMETHODCALLTYPE GetData(FORMATETC* format, STGMEDIUM* medium) override {
        *medium = medium_of(nullptr);
        switch (format->cfFormat) {
            case 1: medium->hGlobal = block_of(text); return S_OK;
            case 2:
                medium->hGlobal = own = block_of(text);
                medium->pUnkForRelease = new Provider(provider_ended);
                return S_OK;
            case 3:
                medium->tymed = TYMED_ISTREAM;
                OdcCreateMemoryStream(&medium->pstm);
                return medium->pstm->Write(text.data(), static_cast<ULONG>(text.size()), nullptr);
            case 4:
                medium->tymed = TYMED_GDI;
                medium->hBitmap = this;
                return S_OK;
            default: medium->hGlobal = this; return DV_E_FORMATETC;
        }
    }
    HRESULT STDMETHODCALLTYPE GetDataHere(FORMATETC*, STGMEDIUM* medium) override {
        if (medium->tymed == TYMED_ISTREAM) return medium->pstm->Write(text.data(), static_cast<ULONG>(text.size()), nullptr);
        if (GlobalSize(medium->hGlobal) < text.size()) return STG_E_MEDIUMFULL;
        std::memcpy(GlobalLock(medium->hGlobal), text.data(), text.size());
        GlobalUnlock(medium->hGlobal);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE QueryGetData(FORMATETC* format) override { return format->cfFormat < 5 ? S_OK : DV_E_FORMATETC; }
    // Never gives the same data for two formats: the answer that COM's documentation has for that.
    HRESULT STDMETHODCALLTYPE GetCanonicalFormatEtc(FORMATETC*, FORMATETC*) override { return E_NOTIMPL; }
    HRESULT STDMETHODCALLTYPE SetData(FORMATETC* format, STGMEDIUM* medium, BOOL release) override {
        if (format->cfFormat == 5) return DV_E_FORMATETC;
        text = medium->tymed == TYMED_HGLOBAL ? text_of(medium->hGlobal) : "?";
        if (release) ReleaseStgMedium(medium);
        if (sink) sink->OnDataChange(format, medium->tymed == TYMED_NULL ? nullptr : medium);
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE EnumFormatEtc(DWORD, IEnumFORMATETC** formats) override {
        *formats = new Formats;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE DAdvise(FORMATETC*, DWORD, IAdviseSink* given, DWORD* connection) override {
        sink = ComPtr<IAdviseSink>::share(given);
        *connection = 1;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE DUnadvise(DWORD) override {
        sink.reset();
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE EnumDAdvise(IEnumSTATDATA**) override { return OLE_E_ADVISENOTSUPPORTED; }

    HRESULT STDMETHODCALLTYPE GetWindow(HWND* window) override {
        *window = reinterpret_cast<HWND>(std::intptr_t{0x77});
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE ContextSensitiveHelp(BOOL) override { return S_OK; }

    HRESULT STDMETHODCALLTYPE Draw(DWORD, LONG, void*, DVTARGETDEVICE*, HDC target, HDC draw, LPCRECTL bounds, LPCRECTL, BOOL(STDMETHODCALLTYPE* go_on)(ULONG_PTR),
                                   ULONG_PTR argument) override {
        EXPECT_TRUE(!target && !draw);
        return bounds->right == 5 && go_on && go_on(argument) ? S_OK : S_FALSE;
    }
    HRESULT STDMETHODCALLTYPE GetColorSet(DWORD, LONG, void*, DVTARGETDEVICE*, HDC, LOGPALETTE** colors) override {
        *colors = static_cast<LOGPALETTE*>(CoTaskMemAlloc(sizeof(LOGPALETTE)));
        **colors = {0x300, 1, {{1, 2, 3, 4}}};
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Freeze(DWORD, LONG, void*, DWORD* cookie) override {
        *cookie = 9;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE Unfreeze(DWORD) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE SetAdvise(DWORD, DWORD, IAdviseSink*) override { return S_OK; }
    HRESULT STDMETHODCALLTYPE GetAdvise(DWORD* aspects, DWORD* flags, IAdviseSink** given) override {
        *aspects = 1, *flags = 2, *given = nullptr;
        return S_OK;
    }
    HRESULT STDMETHODCALLTYPE QueryService(REFGUID, REFIID iid, void** object) override { return QueryInterface(iid, object); }

    std::string text = "text";
    ComPtr<IAdviseSink> sink;
    std::atomic<bool> provider_ended{false};
    HGLOBAL own = nullptr;
};

class Sink final : public implements<IAdviseSink> {
  public:
    void STDMETHODCALLTYPE OnDataChange(FORMATETC* format, STGMEDIUM* medium) override {
        heard += "change " + std::to_string(format->cfFormat) + (medium ? " " + text_of(medium->hGlobal) : "") + ";";
    }
    void STDMETHODCALLTYPE OnViewChange(DWORD aspect, LONG index) override { heard += "view " + std::to_string(aspect) + std::to_string(index) + ";"; }
    void STDMETHODCALLTYPE OnRename(IMoniker*) override { heard += "rename;"; }
    void STDMETHODCALLTYPE OnSave() override { heard += "save;"; }
    void STDMETHODCALLTYPE OnClose() override { heard += "close;"; }
    std::string heard;
};

/// An object in the multithreaded apartment, and a single-threaded one that calls it.
class DataTransfer : public ::testing::Test {
  protected:
    template <class Body>
    void in_other_apartment(Body body) {
        ComPtr<IStream> packet;
        on_thread([&] {
            Joined joined(COINIT_MULTITHREADED);
            packet = marshal(static_cast<IDataObject*>(object_.get()), IID_IDataObject);
        });
        on_thread([&] {
            Joined joined(COINIT_APARTMENTTHREADED);
            auto proxy = unmarshal<IDataObject>(packet.get());
            ASSERT_NE(proxy.get(), static_cast<IDataObject*>(object_.get()));
            body(proxy.get());
        });
    }
    CO_MTA_USAGE_COOKIE usage_ = nullptr;
    void SetUp() override { ASSERT_EQ(CoIncrementMTAUsage(&usage_), S_OK); }
    void TearDown() override {
        object_->sink.reset();
        CoDecrementMTAUsage(usage_);
    }
    ComPtr<Data> object_ = ComPtr<Data>::attach(new Data);
};

TEST_F(DataTransfer, GetDataBringsACopyOfMemory) {
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(1);
        STGMEDIUM medium{};
        ASSERT_EQ(data->GetData(&format, &medium), S_OK);
        EXPECT_EQ(text_of(medium.hGlobal), "text");
        EXPECT_EQ(medium.pUnkForRelease, nullptr);
        ReleaseStgMedium(&medium);
        EXPECT_EQ(medium.tymed, DWORD{TYMED_NULL});
    });
}

TEST_F(DataTransfer, ACopyWithAProviderEndsWithIt) {
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(2);
        STGMEDIUM medium{};
        ASSERT_EQ(data->GetData(&format, &medium), S_OK);
        EXPECT_NE(medium.hGlobal, object_->own);
        HGLOBAL const copy = medium.hGlobal;
        ASSERT_NE(medium.pUnkForRelease, nullptr);
        ReleaseStgMedium(&medium);
        EXPECT_EQ(GlobalFlags(copy), UINT{GMEM_INVALID_HANDLE});
    });
    object_->provider_ended.wait(false);
    EXPECT_EQ(text_of(object_->own), "text");
    GlobalFree(object_->own);
}

TEST_F(DataTransfer, StreamsAreCalledWhereTheyAre) {
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(3, TYMED_ISTREAM);
        STGMEDIUM medium{};
        ASSERT_EQ(data->GetData(&format, &medium), S_OK);
        ASSERT_EQ(medium.tymed, DWORD{TYMED_ISTREAM});
        char read[8] = {};
        medium.pstm->Seek({}, STREAM_SEEK_SET, nullptr);
        ULONG count = 0;
        EXPECT_EQ(medium.pstm->Read(read, 4, &count), S_OK);
        EXPECT_STREQ(read, "text");
        ReleaseStgMedium(&medium);
    });
}

TEST_F(DataTransfer, PicturesFailInsteadOfArrivingEmpty) {
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(4, TYMED_GDI);
        STGMEDIUM medium{};
        EXPECT_EQ(data->GetData(&format, &medium), DV_E_TYMED);
        EXPECT_EQ(medium.tymed, DWORD{TYMED_NULL});
        medium.tymed = TYMED_GDI;
        EXPECT_EQ(data->SetData(&format, &medium, FALSE), DV_E_TYMED);
        EXPECT_EQ(data->GetDataHere(&format, &medium), DV_E_TYMED);
    });
}

TEST_F(DataTransfer, AFailedGetDataLeavesNoMedium) {
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(5);
        STGMEDIUM medium{};
        EXPECT_EQ(data->GetData(&format, &medium), DV_E_FORMATETC);
        EXPECT_EQ(medium.hGlobal, nullptr);
    });
}

TEST_F(DataTransfer, GetDataHereFillsTheCallersMedium) {
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(1);
        STGMEDIUM medium = medium_of(block_of("123456"));
        HGLOBAL const memory = medium.hGlobal;
        EXPECT_EQ(data->GetDataHere(&format, &medium), S_OK);
        EXPECT_EQ(medium.hGlobal, memory);
        EXPECT_EQ(text_of(memory), "text56");
        GlobalFree(memory);
        medium = medium_of(block_of("1"));
        EXPECT_EQ(data->GetDataHere(&format, &medium), STG_E_MEDIUMFULL);
        EXPECT_EQ(text_of(medium.hGlobal), "1");
        ReleaseStgMedium(&medium);

        ComPtr<IStream> stream;
        OdcCreateMemoryStream(stream.put());
        medium.tymed = TYMED_ISTREAM;
        medium.pstm = stream.get();
        EXPECT_EQ(data->GetDataHere(&format, &medium), S_OK);
        EXPECT_EQ(medium.pstm, stream.get());
        char read[8] = {};
        stream->Seek({}, STREAM_SEEK_SET, nullptr);
        stream->Read(read, 4, nullptr);
        EXPECT_STREQ(read, "text");
    });
}

TEST_F(DataTransfer, SetDataTakesTheMediumOverOnlyWhenItSucceeds) {
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(1);
        STGMEDIUM medium = medium_of(block_of("kept"));
        EXPECT_EQ(data->SetData(&format, &medium, FALSE), S_OK);
        EXPECT_EQ(object_->text, "kept");
        EXPECT_EQ(text_of(medium.hGlobal), "kept");
        auto refused = format_of(5);
        EXPECT_EQ(data->SetData(&refused, &medium, TRUE), DV_E_FORMATETC);
        HGLOBAL const memory = medium.hGlobal;
        EXPECT_EQ(text_of(memory), "kept");
        EXPECT_EQ(data->SetData(&format, &medium, TRUE), S_OK);
        EXPECT_EQ(GlobalFlags(memory), UINT{GMEM_INVALID_HANDLE});
    });
}

TEST_F(DataTransfer, AFileGoesOverToTheObjectAndIsItsToDelete) {
    std::string path = ::testing::TempDir() + "odc_medium_XXXXXX";
    const int file = mkstemp(path.data());
    ASSERT_NE(file, -1);
    close(file);
    in_other_apartment([&](IDataObject* data) {
        auto format = format_of(1, TYMED_FILE);
        STGMEDIUM medium{};
        medium.tymed = TYMED_FILE;
        medium.lpszFileName = static_cast<LPOLESTR>(CoTaskMemAlloc((path.size() + 1) * sizeof(OLECHAR)));
        std::copy(path.c_str(), path.c_str() + path.size() + 1, medium.lpszFileName);
        EXPECT_EQ(data->SetData(&format, &medium, FALSE), S_OK);
        EXPECT_TRUE(std::filesystem::exists(path));
        EXPECT_EQ(data->SetData(&format, &medium, TRUE), S_OK);
    });
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(DataTransfer, SinksHearOfChanges) {
    in_other_apartment([&](IDataObject* data) {
        auto sink = ComPtr<Sink>::attach(new Sink);
        auto format = format_of(1);
        DWORD connection = 0;
        ASSERT_EQ(data->DAdvise(&format, 0, sink.get(), &connection), S_OK);
        STGMEDIUM medium = medium_of(block_of("new"));
        EXPECT_EQ(data->SetData(&format, &medium, FALSE), S_OK);
        EXPECT_EQ(sink->heard, "change 1 new;");
        EXPECT_EQ(data->SetData(&format, &medium, TRUE), S_OK);
        EXPECT_EQ(sink->heard, "change 1 new;change 1;");
        EXPECT_EQ(data->DUnadvise(connection), S_OK);
    });
}

TEST_F(DataTransfer, FormatsComeWithTheirDevices) {
    in_other_apartment([&](IDataObject* data) {
        ComPtr<IEnumFORMATETC> formats;
        ASSERT_EQ(data->EnumFormatEtc(DATADIR_GET, formats.put()), S_OK);
        FORMATETC got[3] = {};
        ULONG fetched = 0;
        EXPECT_EQ(formats->Next(3, got, &fetched), S_FALSE);
        ASSERT_EQ(fetched, 2u);
        EXPECT_EQ(got[0].ptd, nullptr);
        ASSERT_NE(got[1].ptd, nullptr);
        EXPECT_EQ(got[1].ptd->tdSize, 14u);
        EXPECT_EQ(reinterpret_cast<BYTE*>(got[1].ptd)[13], 8);
        CoTaskMemFree(got[1].ptd);
        EXPECT_EQ(formats->Next(2, got, nullptr), E_INVALIDARG);
    });
}

TEST_F(DataTransfer, ViewsRefuseDeviceContextsOfAnotherProcess) {
    in_other_apartment([&](IDataObject* data) {
        ComPtr<IViewObject> view;
        ASSERT_EQ(data->QueryInterface(IID_IViewObject, view.put_void()), S_OK);
        const RECTL bounds{0, 0, 5, 5};
        EXPECT_EQ(view->Draw(DVASPECT_CONTENT, -1, nullptr, nullptr, nullptr, data, &bounds, nullptr, nullptr, 0), E_HANDLE);
        EXPECT_EQ(view->Draw(DVASPECT_CONTENT, -1, data, nullptr, nullptr, nullptr, &bounds, nullptr, nullptr, 0), E_INVALIDARG);
        ULONG_PTR asked = 0;
        const auto go_on = [](ULONG_PTR count) -> BOOL { return ++*reinterpret_cast<ULONG_PTR*>(count) == 1; };
        EXPECT_EQ(view->Draw(DVASPECT_CONTENT, -1, nullptr, nullptr, nullptr, nullptr, &bounds, nullptr, go_on, reinterpret_cast<ULONG_PTR>(&asked)), S_OK);
        EXPECT_EQ(view->Draw(DVASPECT_CONTENT, -1, nullptr, nullptr, nullptr, nullptr, &bounds, nullptr, go_on, reinterpret_cast<ULONG_PTR>(&asked)), S_FALSE);
        EXPECT_EQ(asked, 2u);
        LOGPALETTE* colors = nullptr;
        EXPECT_EQ(view->GetColorSet(DVASPECT_CONTENT, -1, nullptr, nullptr, data, &colors), E_HANDLE);
        ASSERT_EQ(view->GetColorSet(DVASPECT_CONTENT, -1, nullptr, nullptr, nullptr, &colors), S_OK);
        EXPECT_EQ(colors->palPalEntry[0].peBlue, 3);
        CoTaskMemFree(colors);
        EXPECT_EQ(view->GetAdvise(nullptr, nullptr, nullptr), S_OK);
    });
}

TEST_F(DataTransfer, WindowsAreNumbersAndServicesAreObjects) {
    in_other_apartment([&](IDataObject* data) {
        ComPtr<IOleWindow> window;
        ASSERT_EQ(data->QueryInterface(IID_IOleWindow, window.put_void()), S_OK);
        HWND number = nullptr;
        EXPECT_EQ(window->GetWindow(&number), S_OK);
        EXPECT_EQ(reinterpret_cast<std::intptr_t>(number), 0x77);
        ComPtr<IServiceProvider> services;
        ASSERT_EQ(data->QueryInterface(IID_IServiceProvider, services.put_void()), S_OK);
        ComPtr<IOleWindow> again;
        EXPECT_EQ(services->QueryService(GUID_NULL, IID_IOleWindow, again.put_void()), S_OK);
        ComPtr<IMoniker> none;
        EXPECT_EQ(services->QueryService(GUID_NULL, IID_IMoniker, none.put_void()), E_NOINTERFACE);
        EXPECT_EQ(none.get(), nullptr);
    });
}

}  // namespace
}  // namespace odc::test
