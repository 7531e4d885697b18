// Speed of compound files beside plain file I/O and, where it is installed, libgsf. Sizes: ODC_BENCH_MEGABYTES (default 256);
// place: ODC_BENCH_FOLDER (default /tmp; a folder in memory keeps the disk out of the comparison).
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/utf16.h"
#include "compound_file/compound_file.h"
#ifdef ODC_HAVE_GSF
#include <gsf/gsf.h>
#endif

namespace odc::compound_file {
namespace {

constexpr std::size_t kBlock = 65536;

std::uint64_t stream_bytes() {
    const char* text = std::getenv("ODC_BENCH_MEGABYTES");
    return static_cast<std::uint64_t>(text ? std::atoi(text) : 256) << 20;
}

/// A folder of its own that goes with it.
class Folder {
  public:
    Folder() {
        const char* parent = std::getenv("ODC_BENCH_FOLDER");
        std::string pattern = std::string(parent ? parent : "/tmp") + "/odc_compound_file_bench_XXXXXX";
        if (::mkdtemp(pattern.data())) path_ = pattern;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    std::string file(const char* name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

std::unique_ptr<CompoundFile> created(const std::string& path, Version version) {
    return CompoundFile::create(FileBytes::open(path, FileBytes::Mode::create).take(), {.version = version}).take();
}
std::unique_ptr<CompoundFile> opened(const std::string& path, bool writable = false) {
    return CompoundFile::open(FileBytes::open(path, writable ? FileBytes::Mode::read_write : FileBytes::Mode::read).take(),
                              {.writable = writable, .check_at_once = 0})
        .take();
}
void count_bytes(benchmark::State& state) {
    state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * stream_bytes()));
}
/// Resident memory now, which from now on is the highest so far. Without what the allocator only keeps.
std::uint64_t resident_bytes() {
    ::malloc_trim(0);
    std::ofstream("/proc/self/clear_refs") << 5;  // proc(5): resets the peak
    std::ifstream statm("/proc/self/statm");
    std::uint64_t pages = 0, resident = 0;
    statm >> pages >> resident;
    return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}
std::uint64_t most_resident_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
    return 0;
}

void plain_write(benchmark::State& state) {
    Folder folder;
    const std::vector<std::uint8_t> block(kBlock, 1);
    for (auto _ : state) {
        auto bytes = FileBytes::open(folder.file("plain"), FileBytes::Mode::create).take();
        for (std::uint64_t at = 0; at < stream_bytes(); at += kBlock) (void)bytes->write_at(at, block);
    }
    count_bytes(state);
}
BENCHMARK(plain_write)->Unit(benchmark::kMillisecond)->UseRealTime();

void stream_write(benchmark::State& state) {
    Folder folder;
    const std::vector<std::uint8_t> block(kBlock, 1);
    for (auto _ : state) {
        auto file = created(folder.file("file"), static_cast<Version>(state.range(0)));
        const auto id = file->create_stream(kRoot, u"stream").take();
        for (std::uint64_t at = 0; at < stream_bytes(); at += kBlock) (void)file->write(id, at, block);
        if (!file->commit()) state.SkipWithError("commit");
    }
    count_bytes(state);
}
BENCHMARK(stream_write)->ArgName("version")->Arg(3)->Arg(4)->Unit(benchmark::kMillisecond)->UseRealTime();

void plain_read(benchmark::State& state) {
    Folder folder;
    std::vector<std::uint8_t> block(kBlock, 1);
    auto bytes = FileBytes::open(folder.file("plain"), FileBytes::Mode::create).take();
    for (std::uint64_t at = 0; at < stream_bytes(); at += kBlock) (void)bytes->write_at(at, block);
    for (auto _ : state)
        for (std::uint64_t at = 0; at < stream_bytes(); at += kBlock) (void)bytes->read_at(at, block);
    count_bytes(state);
}
BENCHMARK(plain_read)->Unit(benchmark::kMillisecond)->UseRealTime();

void stream_read(benchmark::State& state) {
    Folder folder;
    std::vector<std::uint8_t> block(kBlock, 1);
    {
        auto file = created(folder.file("file"), static_cast<Version>(state.range(0)));
        const auto id = file->create_stream(kRoot, u"stream").take();
        for (std::uint64_t at = 0; at < stream_bytes(); at += kBlock) (void)file->write(id, at, block);
        if (!file->commit()) state.SkipWithError("commit");
    }
    for (auto _ : state) {
        auto file = opened(folder.file("file"));
        const auto id = file->find(kRoot, u"stream").take();
        for (std::uint64_t at = 0; at < stream_bytes(); at += kBlock)
            if (file->read(id, at, block).take() != kBlock) state.SkipWithError("read");
    }
    count_bytes(state);
}
BENCHMARK(stream_read)->ArgName("version")->Arg(3)->Arg(4)->Unit(benchmark::kMillisecond)->UseRealTime();

/// 1 GB in 10,000 streams; their content is a hole, which no one reads here.
void make_gigabyte(const std::string& path, Version version) {
    auto file = created(path, version);
    for (int i = 0; i < 10000; ++i) {
        const auto id = file->create_stream(kRoot, to_utf16(std::to_string(i))).take();
        (void)file->resize(id, 107374);
    }
    (void)file->commit();
}

void open_gigabyte_with_10000_streams(benchmark::State& state) {
    Folder folder;
    make_gigabyte(folder.file("file"), static_cast<Version>(state.range(0)));
    const auto open_and_read = [&] {
        auto file = opened(folder.file("file"));
        std::uint8_t byte = 0;
        if (file->read(file->find(kRoot, u"7777").take(), 100000, {&byte, 1}).take() != 1) state.SkipWithError("read");
    };
    const auto before = resident_bytes();
    open_and_read();
    state.counters["memory_kB"] = static_cast<double>(most_resident_bytes() - before) / 1024;
    for (auto _ : state) open_and_read();
}
BENCHMARK(open_gigabyte_with_10000_streams)->ArgName("version")->Arg(3)->Arg(4)->Unit(benchmark::kMillisecond)->UseRealTime();

void commit_one_byte_in_a_gigabyte(benchmark::State& state) {
    Folder folder;
    make_gigabyte(folder.file("file"), static_cast<Version>(state.range(0)));
    auto bytes = FileBytes::open(folder.file("file"), FileBytes::Mode::read_write).take();
    FaultyBytes counting(*bytes);
    auto file =
        CompoundFile::open(std::make_unique<BorrowedBytes>(counting), {.writable = true, .count_transactions = true}).take();
    const auto id = file->find(kRoot, u"5000").take();
    std::uint8_t byte = 0;
    (void)file->write(id, 0, {&byte, 1});  // the checks before the first change
    (void)file->commit();
    std::uint64_t most = 0;
    for (auto _ : state) {
        counting.allow(UINT64_MAX);
        ++byte;
        (void)file->write(id, 50000, {&byte, 1});
        if (!file->commit()) state.SkipWithError("commit");
        most = std::max(most, counting.bytes_written());
    }
    state.counters["written_B"] = static_cast<double>(most);
}
BENCHMARK(commit_one_byte_in_a_gigabyte)->ArgName("version")->Arg(3)->Arg(4)->Unit(benchmark::kMicrosecond)->UseRealTime();

void create_10000_small_streams(benchmark::State& state) {
    Folder folder;
    const std::vector<std::uint8_t> content(200, 7);
    for (auto _ : state) {
        auto file = created(folder.file("file"), static_cast<Version>(state.range(0)));
        for (int i = 0; i < 10000; ++i) {
            const auto id = file->create_stream(kRoot, to_utf16(std::to_string(i))).take();
            (void)file->write(id, 0, content);
        }
        if (!file->commit()) state.SkipWithError("commit");
    }
}
BENCHMARK(create_10000_small_streams)->ArgName("version")->Arg(3)->Arg(4)->Unit(benchmark::kMillisecond)->UseRealTime();

#ifdef ODC_HAVE_GSF
void libgsf_create_10000_small_streams(benchmark::State& state) {
    Folder folder;
    const std::vector<std::uint8_t> content(200, 7);
    gsf_init();
    for (auto _ : state) {
        GsfOutput* sink = gsf_output_stdio_new(folder.file("gsf").c_str(), nullptr);
        GsfOutfile* root = gsf_outfile_msole_new(sink);
        for (int i = 0; i < 10000; ++i) {
            GsfOutput* child = gsf_outfile_new_child(root, std::to_string(i).c_str(), FALSE);
            gsf_output_write(child, content.size(), content.data());
            gsf_output_close(child);
            g_object_unref(child);
        }
        gsf_output_close(GSF_OUTPUT(root));
        g_object_unref(root);
        g_object_unref(sink);
    }
}
BENCHMARK(libgsf_create_10000_small_streams)->Unit(benchmark::kMillisecond)->UseRealTime();
#endif

void look_up_among(benchmark::State& state) {
    MemoryBytes bytes;
    auto file =
        CompoundFile::create(std::make_unique<BorrowedBytes>(bytes), {.version = Version::v4, .cache_bytes = 64 << 20}).take();
    for (std::int64_t i = 0; i < state.range(0); ++i) (void)file->create_stream(kRoot, to_utf16(std::to_string(i)));
    std::uint64_t next = 1;
    for (auto _ : state) {
        next = next * 6364136223846793005u + 1442695040888963407u;
        benchmark::DoNotOptimize(
            file->find(kRoot, to_utf16(std::to_string((next >> 33) % static_cast<std::uint64_t>(state.range(0))))));
    }
}
BENCHMARK(look_up_among)->Arg(100)->Arg(1000)->Arg(10000)->Arg(100000);

}  // namespace
}  // namespace odc::compound_file
