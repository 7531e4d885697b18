// What random exchanges (exchange.py) are made of, here and on Windows: values are built, printed, and carried between a proxy and a stub.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#ifdef _WIN32
#include <windows.h>
#define small char
using Char = char;
using Small = char;
using Int = INT;
using UInt = UINT;
#else
#include "objbase.h"
using Char = unsigned char;
using Small = signed char;
using Int = LONG;
using UInt = ULONG;
#endif

using Message = std::vector<unsigned char>;
inline Message request_bytes, reply_bytes;
/// Where others' messages take the place of what the proxy and the stub wrote.
inline const Message *given_request = nullptr, *given_reply = nullptr;
inline std::string printed, client_printed, server_printed;

inline void put(const char* text) { printed += text; }

template <class T>
void set(T& at, unsigned long long bits) {
    if constexpr (std::is_floating_point_v<T>) std::memcpy(&at, &bits, sizeof at);
    else at = static_cast<T>(bits);
}

template <class T>
void number(const T& value, int bits) {
    unsigned long long all = 0;
    if constexpr (std::is_floating_point_v<T>) std::memcpy(&all, &value, sizeof value);
    else all = static_cast<unsigned long long>(static_cast<long long>(value));
    if (bits < 64) all &= (1ull << bits) - 1;
    printed += std::to_string(all);
}

template <class T>
void text(const T* value, int bits) {
    put("'");
    for (int i = 0; value[i] && i < 100; ++i) {
        if (i) put(" ");
        number(value[i], bits);
    }
    put("'");
}

/// Task memory, with room behind the end for arrays that end a structure.
template <class T>
void make(T*& at, std::size_t count) {
    const std::size_t size = count * sizeof(T) + 512;
    at = static_cast<T*>(CoTaskMemAlloc(size));
    std::memset(static_cast<void*>(at), 0, size);
}

inline void say(const char* what, const Message& bytes) {
    std::printf("%s ", what);
    for (const unsigned char byte : bytes) std::printf("%02x", byte);
    std::printf("\n");
}

/// Where the generated object says what it was given.
struct Server {
    Server() { printed.clear(); }
    void given() { server_printed = printed; }
};

/// One call, and all that is to be known of it.
template <class Body>
void exchange(const char* name, Body&& body) {
    request_bytes.clear();
    reply_bytes.clear();
    client_printed.clear();
    server_printed.clear();
    std::printf("method %s\n", name);
    std::fflush(stdout);
    const HRESULT hr = body();
    std::printf("server %s\nclient %s\n", server_printed.c_str(), client_printed.c_str());
    say("request", request_bytes);
    say("reply", reply_bytes);
    std::printf("result %08x\n", static_cast<unsigned>(hr));
    std::fflush(stdout);
}
