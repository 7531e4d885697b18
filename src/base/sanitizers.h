// ODC_SANITIZED: AddressSanitizer or ThreadSanitizer watches this build. They take the allocator's place and make system calls of their
// own, so what counts either is left to builds without them.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ODC_SANITIZED
#endif
#endif
#if !defined(ODC_SANITIZED) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define ODC_SANITIZED
#endif
