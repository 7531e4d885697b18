// Speed of storages in transacted mode: what a small change of a large file costs through the interfaces, at one level and at two.
// ODC_BENCH_FOLDER: where the files lie (default /tmp).
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>

#include "base/utf16.h"
#include "coml2api.h"
#include "opendcom/com_ptr.h"

namespace odc::storage {
namespace {

constexpr DWORD kFull = STGM_READWRITE | STGM_SHARE_EXCLUSIVE;
const OLECHAR* units(const std::u16string& text) { return reinterpret_cast<const OLECHAR*>(text.c_str()); }

/// A file of 1 GB in 10,000 streams below one storage, in a folder of its own.
class Gigabyte {
  public:
    explicit Gigabyte(ULONG sector_size) {
        const char* parent = std::getenv("ODC_BENCH_FOLDER");
        std::string pattern = std::string(parent ? parent : "/tmp") + "/odc_storage_bench_XXXXXX";
        if (::mkdtemp(pattern.data())) folder_ = pattern;
        path_ = to_utf16((folder_ / "file").string());
        STGOPTIONS options{1, 0, sector_size, nullptr};
        ComPtr<IStorage> root, box;
        (void)StgCreateStorageEx(units(path_), kFull | STGM_CREATE, STGFMT_DOCFILE, 0, &options, nullptr, IID_IStorage, root.put_void());
        (void)root->CreateStorage(OLESTR("box"), kFull, 0, 0, box.put());
        for (int i = 0; i < 10000; ++i) {
            ComPtr<IStream> stream;
            (void)box->CreateStream(units(to_utf16(std::to_string(i))), kFull, 0, 0, stream.put());
            ULARGE_INTEGER size;
            size.QuadPart = 107374;
            (void)stream->SetSize(size);
        }
        (void)root->Commit(STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE);
    }
    ~Gigabyte() { std::filesystem::remove_all(folder_); }
    ComPtr<IStorage> open(DWORD mode) const {
        ComPtr<IStorage> root;
        (void)StgOpenStorage(units(path_), nullptr, mode, nullptr, 0, root.put());
        return root;
    }

  private:
    std::filesystem::path folder_;
    std::u16string path_;
};

void change_one_byte(benchmark::State& state, DWORD root_mode, DWORD box_mode) {
    const Gigabyte file(static_cast<ULONG>(state.range(0)));
    const auto root = file.open(root_mode);
    ComPtr<IStorage> box;
    ComPtr<IStream> stream;
    (void)root->OpenStorage(OLESTR("box"), nullptr, box_mode, nullptr, 0, box.put());
    (void)box->OpenStream(OLESTR("5000"), nullptr, kFull, 0, stream.put());
    char byte = 0;
    const auto commit = [&] {
        LARGE_INTEGER at;
        at.QuadPart = 50000;
        ++byte;
        return SUCCEEDED(stream->Seek(at, STREAM_SEEK_SET, nullptr)) && SUCCEEDED(stream->Write(&byte, 1, nullptr)) &&
               SUCCEEDED(box->Commit(STGC_DEFAULT)) && SUCCEEDED(root->Commit(STGC_DANGEROUSLYCOMMITMERELYTODISKCACHE));
    };
    commit();  // the checks before the first change
    for (auto _ : state)
        if (!commit()) state.SkipWithError("commit");
}

void commit_one_byte(benchmark::State& state) { change_one_byte(state, kFull | STGM_TRANSACTED, kFull); }
void commit_one_byte_at_two_levels(benchmark::State& state) { change_one_byte(state, kFull | STGM_TRANSACTED, kFull | STGM_TRANSACTED); }
void commit_one_byte_of_a_shared_file(benchmark::State& state) {
    change_one_byte(state, STGM_READWRITE | STGM_SHARE_DENY_NONE | STGM_TRANSACTED, kFull);
}
BENCHMARK(commit_one_byte)->ArgName("sector")->Arg(512)->Arg(4096)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(commit_one_byte_at_two_levels)->ArgName("sector")->Arg(512)->Arg(4096)->Unit(benchmark::kMicrosecond)->UseRealTime();
BENCHMARK(commit_one_byte_of_a_shared_file)->ArgName("sector")->Arg(512)->Arg(4096)->Unit(benchmark::kMicrosecond)->UseRealTime();

void open_a_shared_gigabyte(benchmark::State& state) {
    const Gigabyte file(static_cast<ULONG>(state.range(0)));
    for (auto _ : state) {
        const auto root = file.open(STGM_READWRITE | STGM_SHARE_DENY_NONE | STGM_TRANSACTED);
        if (!root) state.SkipWithError("open");
    }
}
BENCHMARK(open_a_shared_gigabyte)->ArgName("sector")->Arg(512)->Arg(4096)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace odc::storage
