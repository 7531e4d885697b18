// Reads type libraries of the MSFT format (ICreateTypeLib2 and MIDL write it), alone or inside a PE file's resources.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"
#include "typelib/model.h"

namespace odc::typelib {

/// Reads a whole library. Time and memory are linear in the size of `file`, whatever is in it.
/// `resource` is the number of the TYPELIB resource when `file` is a PE file (`name.dll\2` means 2).
/// Errors: TYPE_E_UNSUPFORMAT for the older SLTG format and for what is no type library at all; TYPE_E_INVDATAREAD for a damaged one:
/// offsets outside their table, chains and types that lead back to themselves, bases that inherit from each other.
Result<Library> parse(std::span<const std::uint8_t> file, std::uint32_t resource = 1);

/// The same for a file; TYPE_E_CANTLOADLIBRARY when it cannot be read, is no regular file or has more than 1 GiB.
Result<Library> load(const std::string& path);

/// The bytes of TYPELIB resource `number` of a PE file (32 or 64 bits).
/// Errors: TYPE_E_CANTLOADLIBRARY when there is none, TYPE_E_INVDATAREAD when the file is damaged.
Result<std::span<const std::uint8_t>> typelib_resource(std::span<const std::uint8_t> file, std::uint32_t number);

/// Gives an imported library, or null when it is not to be had. The pointer lives as long as the caller says.
using LibraryFinder = std::function<const Library*(const ImportedLibrary&)>;
/// Fills ImportedType::name from the libraries that can be found; nothing happens to the others.
void resolve_names(Library& library, const LibraryFinder& find);

}  // namespace odc::typelib
