// The activation properties BLOB: what IRemoteSCMActivator's methods send and return inside an OBJREF_CUSTOM
// (MS-DCOM 2.2.22). The client builds a request and reads a reply, the daemon the other way round.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "opendcom/base/result.h"
#include "orpc/dual_string_array.h"
#include "orpc/ids.h"

namespace odc::orpc {

/// MS-DCOM 2.2.28.1.
inline constexpr std::uint32_t kMaxRequestedInterfaces = 0x8000;
inline constexpr std::uint32_t kMaxRequestedProtseqs = 0x8000;
inline constexpr std::uint32_t kMaxActivationProperties = 10;

/// InstantiationInfoData.actvflags (MS-DCOM 2.2.22.2.1).
enum ActivationFlags : std::uint32_t {
    kActivateDisableAaa = 0x02,
    kActivate32Bit = 0x04,
    kActivate64Bit = 0x08,
    kActivateNoFailureLog = 0x20,
};

/// The bytes of an OBJREF, as an MInterfacePointer's abData carries them.
using ObjrefBytes = std::vector<std::uint8_t>;

/// What a client asks of the activator of a host.
struct ActivationRequest {
    Guid clsid{};
    std::uint32_t class_context = 0x14;  ///< CLSCTX_xxx as the caller gave it; ignored by the daemon
    std::uint32_t flags = 0;             ///< ActivationFlags
    std::vector<Guid> iids;              ///< 1 to kMaxRequestedInterfaces
    ComVersion client_version = kComVersion;
    std::vector<std::uint16_t> protseqs{kTowerTcp};  ///< what the client can be answered over: TowerId
    std::uint32_t impersonation_level = 2;           ///< RPC_C_IMP_LEVEL_xxx, ignored by the receiver
    std::uint32_t session_id = 0xFFFFFFFF;           ///< any session
    bool console_session = false;
    std::optional<std::u16string> file_name;   ///< IPersistFile: the new object's file
    std::uint32_t file_mode = 0;
    ObjrefBytes storage;                       ///< an OBJREF of an IStorage to load from, or empty
    ObjrefBytes client_context;                ///< OBJREF of a marshaled context; a context without properties is sent where this is empty
    ObjrefBytes prototype_context;             ///< or empty
    friend bool operator==(const ActivationRequest&, const ActivationRequest&) = default;
};

/// One requested interface: its own result and, where that is S_OK, an OBJREF.
struct ActivatedInterface {
    Guid iid{};
    HRESULT hr = E_NOINTERFACE;
    ObjrefBytes objref;
    friend bool operator==(const ActivatedInterface&, const ActivatedInterface&) = default;
};

/// What the activator answers. The method's own HRESULT travels outside of the BLOB: when it is a failure there is none.
struct ActivationReply {
    Oxid oxid{};
    DualStringArray bindings;  ///< of the object exporter, with endpoints
    Ipid rem_unknown;
    std::uint32_t authentication_hint = 0;
    ComVersion server_version = kComVersion;
    std::vector<ActivatedInterface> interfaces;
    friend bool operator==(const ActivationReply&, const ActivationReply&) = default;
};

/// The OBJREF_CUSTOM (CLSID_ActivationPropertiesIn, IID_IActivationPropertiesIn) for RemoteGetClassObject and
/// RemoteCreateInstance: the bytes of the MInterfacePointer `pActProperties`.
/// Errors: E_INVALIDARG when the numbers of IIDs or protocol sequences are outside their ranges.
Result<ObjrefBytes> write_activation_request(const ActivationRequest& request);

/// Reads what `write_activation_request`, or another implementation, wrote. Unknown properties are skipped.
/// Errors: RPC_E_INVALID_OBJREF (no custom OBJREF of the right class, or a context that is none),
/// HRESULT_FROM_WIN32(RPC_X_BAD_STUB_DATA) (sizes, counts, properties missing or twice). Linear in the bytes given.
Result<ActivationRequest> read_activation_request(std::span<const std::uint8_t> objref);

/// The OBJREF_CUSTOM (CLSID_ActivationPropertiesOut, IID_IActivationPropertiesOut): `ppActProperties`.
Result<ObjrefBytes> write_activation_reply(const ActivationReply& reply);

/// Errors: as `read_activation_request`; also when a result and its OBJREF contradict each other (MS-DCOM 2.2.22.2.9).
Result<ActivationReply> read_activation_reply(std::span<const std::uint8_t> objref);

}  // namespace odc::orpc
