// ODC_SANITIZED: AddressSanitizer or ThreadSanitizer watches this build. They take the allocator's place and make system calls of their
// own, so what counts either is left to builds without them.
// ODC_NULL_REFERENCES: on functions whose references are pointers at the binary interface, where C programs may pass null.
#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ODC_SANITIZED
#endif
#endif
#if !defined(ODC_SANITIZED) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
#define ODC_SANITIZED
#endif
#define ODC_NULL_REFERENCES __attribute__((no_sanitize("null")))
