// The endpoint mapper: the epm interface over the endpoint map (C706 appendix O, MS-RPCE 2.2.1.2). Its stubs are written by
// hand, since lookup handles and bounded arrays of towers are all there is to it.
#pragma once

#include <functional>
#include <string>

#include "opendcom/rpc/server.h"
#include "scm/endpoint_map.h"

namespace odc::scm {

/// Status values that epm methods return next to Win32 codes.
enum EpmStatus : std::uint32_t {
    kEpmOk = 0,
    kEpmCantPerform = 0x16C9A0CD,
    kEpmNotRegistered = 0x16C9A0D6,
};

class EndpointMapper {
  public:
    /// Everybody may look; only processes on the local socket may insert and delete, and only what they inserted.
    /// `watch_owner` is told of processes that own elements. `any_address` stands in for 0.0.0.0 in towers of programs that
    /// listen everywhere, seen from the caller with this address.
    EndpointMapper(EndpointMap& map, std::function<void(std::int32_t pid)> watch_owner,
                   std::function<std::string(const std::string& peer)> any_address);

    /// {e1af8308-5d1f-11c9-91a4-08002b14a0fa} 3.0; the implementation that Server::serve wants is an EndpointMapper.
    static const rpc::InterfaceSpec& spec();

    std::uint32_t insert(rpc::ServerCall& call);
    std::uint32_t remove(rpc::ServerCall& call);
    std::uint32_t lookup(rpc::ServerCall& call);
    std::uint32_t map(rpc::ServerCall& call);
    std::uint32_t free_handle(rpc::ServerCall& call);
    std::uint32_t inquire_object(rpc::ServerCall& call);
    std::uint32_t management_delete(rpc::ServerCall& call);

    static constexpr std::size_t kMaxElements = 500;  ///< MS-RPCE 2.2.1.2.4

  private:
    bool may_change(const rpc::ServerCall& call, const char* what) const;

    EndpointMap& map_;
    const std::function<void(std::int32_t)> watch_owner_;
    const std::function<std::string(const std::string&)> any_address_;
    const Guid object_;  ///< of the endpoint mapper itself, for ept_inq_object
    Searches<MapEntry> lookups_;
    Searches<Tower> maps_;
};

}  // namespace odc::scm
