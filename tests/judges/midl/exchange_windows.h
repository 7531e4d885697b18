// Proxies and stubs of another compiler, through a channel of ours.
#pragma once

#include "exchange_common.h"

#include "../../midl/recorded/straight_channel.h"

/// `body` gets a proxy that is connected to a stub of the object.
template <class Interface, class Object, class Body>
int connected(const IID& iid, Body&& body) {
    if (FAILED(CoInitializeEx(nullptr, COINIT_MULTITHREADED))) return 1;
    IPSFactoryBuffer* factory = nullptr;
    if (FAILED(DllGetClassObject(iid, IID_IPSFactoryBuffer, reinterpret_cast<void**>(&factory)))) return std::puts("no factory"), 1;
    static Object object;
    static Outer outer;
    IRpcStubBuffer* stub = nullptr;
    if (FAILED(factory->CreateStub(iid, &object, &stub))) return std::puts("no stub"), 1;
    IRpcProxyBuffer* buffer = nullptr;
    void* proxy = nullptr;
    if (FAILED(factory->CreateProxy(&outer, iid, &buffer, &proxy))) return std::puts("no proxy"), 1;
    static Channel channel(stub, request_bytes, reply_bytes);
    if (FAILED(buffer->Connect(&channel))) return std::puts("not connected"), 1;
    body(*static_cast<Interface*>(proxy));
    std::fflush(stdout);
    ExitProcess(0);
}
