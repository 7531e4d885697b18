// midl: the IDL compiler's program.
#include <malloc.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/beside_program.h"
#include "base/sanitizers.h"
#include "base/version.h"
#include "midl/command_line.h"
#include "midl/source.h"

namespace {

using odc::midl::CommandLine;

int preprocess(const CommandLine& line, odc::midl::Diagnostics& diagnostics) {
    odc::midl::Source source(line.options.preprocessor, diagnostics);
    const auto text = source.read(line.options.input, {});
    if (text) std::fwrite(text->data(), 1, text->size(), stdout);
    return text ? 0 : 1;
}

/// The SDK's IDL files and the headers of constants that those of programs include are found without being told where.
void search_installation(odc::midl::PreprocessorOptions& options) {
    for (const char* const folder : {"share/opendcom/idl", "include/opendcom/sdk"}) {
        auto path = odc::beside_program(folder);
        std::error_code error;
        if (std::filesystem::is_directory(path, error)) options.include_folders.push_back(std::move(path));
    }
}

bool say(const CommandLine& line, const std::string& text) {
    if (line.messages.empty()) {
        std::fputs(text.c_str(), stderr);
        return true;
    }
    std::FILE* file = std::fopen(line.messages.c_str(), "w");
    if (!file) {
        std::fprintf(stderr, "midl: cannot write %s\n%s", line.messages.c_str(), text.c_str());
        return false;
    }
    std::fputs(text.c_str(), file);
    return std::fclose(file) == 0;
}

}  // namespace

int main(int argc, char** argv) {
    CommandLine line = odc::midl::parse_command_line({argv + 1, argv + argc});
    if (!line.problem.empty()) {
        std::fprintf(stderr, "midl: %s\n", line.problem.c_str());
        return 2;
    }
    switch (line.task) {
        case CommandLine::Task::help: std::fputs(odc::midl::command_line_help().c_str(), stdout); return 0;
        case CommandLine::Task::version: std::printf("midl (OpenDCOM) %s\n", odc::version()); return 0;
        case CommandLine::Task::confirm:
            for (const auto& word : line.words) std::printf("%s\n", word.c_str());
            return 0;
        default: break;
    }
    if (line.options.input.empty()) {
        std::fputs(odc::midl::command_line_help().c_str(), stderr);
        return 2;
    }
    if (line.options.preprocessor.beside_importing) search_installation(line.options.preprocessor);
    odc::midl::Diagnostics diagnostics;
    diagnostics.show_warnings(line.show_warnings);
    diagnostics.treat_warnings_as_errors(line.warnings_are_errors);
    if (line.task == CommandLine::Task::preprocess) {
        const int status = preprocess(line, diagnostics);
        say(line, diagnostics.text());
        return status;
    }
#ifndef ODC_SANITIZED
    // A short life with a big tree: memory is taken in large steps and not given back in between.
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
    mallopt(M_TOP_PAD, 8 << 20);
    line.options.process_ends = true;
#endif
    const bool good = odc::midl::compile(line.options, diagnostics);
    return say(line, diagnostics.text()) && good ? 0 : 1;
}
