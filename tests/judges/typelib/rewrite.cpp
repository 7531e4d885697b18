// Reads a type library and writes it again: what the writer leaves out or changes shows when both are looked at.
#include <cstdio>
#include <fstream>

#include "typelib/reader.h"
#include "typelib/writer.h"

int main(int argc, char** argv) {
    if (argc != 3) return std::fputs("usage: rewrite_typelib FROM TO\n", stderr), 2;
    auto library = odc::typelib::load(argv[1]);
    if (!library) return std::fprintf(stderr, "%s\n", library.error().text().c_str()), 1;
    const auto bytes = odc::typelib::serialize(*library);
    if (!bytes) return std::fprintf(stderr, "%s\n", bytes.error().text().c_str()), 1;
    std::ofstream(argv[2], std::ios::binary).write(reinterpret_cast<const char*>(bytes->data()), static_cast<std::streamsize>(bytes->size()));
    return 0;
}
