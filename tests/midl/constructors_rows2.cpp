// Rows of the conformance table: unions, pointers, types that travel as others, and what is a parameter only.
#include "constructors_rows.h"
#include "opendcom/rpc/context.h"
#include "opendcom/rpc/pipe.h"

namespace odc::test {
namespace {

constexpr auto k64 = ndr::Syntax::ndr64;

Chosen16 chosen(SHORT which) {
    Chosen16 made{};
    made.which = which;
    made.after = 9;
    return made;
}

/// A pipe that gives 1, 2, 3 in chunks of two, and one that keeps what it gets.
struct ShortSource {
    SHORT at = 0;
    SHORT room[2];
    ShortPipe pipe() {
        return {[](char* state, SHORT* to, ULONG room, ULONG* n) {
                    auto& self = *reinterpret_cast<ShortSource*>(state);
                    for (*n = 0; *n < room && self.at < 3; ++*n) to[*n] = ++self.at;
                },
                nullptr,
                [](char* state, ULONG, SHORT** to, ULONG* bytes) {
                    *to = reinterpret_cast<ShortSource*>(state)->room;
                    *bytes = sizeof room;
                },
                reinterpret_cast<char*>(this)};
    }
};

HRESULT write_pipe(Bytes& bytes, ndr::Syntax syntax) {
    ndr::Writer out;
    out.begin(0, syntax);
    ShortSource source;
    auto pipe = source.pipe();
    rpc::send_pipe<SHORT>(out, pipe, [&](const SHORT* chunk, std::size_t n) { out.elements(chunk, n); }, [] { return true; });
    bytes.assign(out.base(), out.base() + out.own_bytes());
    return out.error();
}

std::optional<Bytes> pipe_again(const Bytes& bytes, bool swap, ndr::Syntax syntax) {
    Message message(bytes, swap, syntax);
    ndr::Writer out;
    out.begin(0, syntax);
    ndr::Reader& in = message.in();
    auto input = rpc::pipe_input<SHORT>(in, sizeof(SHORT), [&](SHORT* to, std::size_t count) { in.elements(to, count); });
    SHORT chunk[2];
    while (const std::size_t n = input.take(chunk, 2)) {
        rpc::begin_chunk(out, n);
        out.elements(chunk, n);
        rpc::end_chunk(out, n);
    }
    rpc::begin_chunk(out, 0);
    rpc::end_chunk(out, 0);
    if (in.failed() || in.left() != 0) return std::nullopt;
    return Bytes(out.base(), out.base() + out.own_bytes());
}

HRESULT write_context(Bytes& bytes, ndr::Syntax syntax) {
    ndr::Writer out;
    out.begin(0, syntax);
    rpc::write_context(out, {0, kNumberedIid});
    bytes.assign(out.base(), out.base() + out.own_bytes());
    return out.error();
}

std::optional<Bytes> context_again(const Bytes& bytes, bool swap, ndr::Syntax syntax) {
    Message message(bytes, swap, syntax);
    const auto context = rpc::read_context(message.in());
    if (message.in().failed() || message.in().left() != 0) return std::nullopt;
    ndr::Writer out;
    out.begin(0, syntax);
    rpc::write_context(out, context);
    return Bytes(out.base(), out.base() + out.own_bytes());
}

}  // namespace

std::vector<Row> union_rows() {
    auto number = chosen(1), text = chosen(3), large = chosen(4), other = chosen(77);
    number.choice.number = 0x0A0B0C0D;
    text.choice.text = reinterpret_cast<unsigned char*>(const_cast<char*>("t"));
    large.choice.large = 0x0102030405060708;
    ChosenByShade shade{SHADE_LIGHT, {}};
    shade.choice.other = 5;
    ChosenByBit bit{3, {}};
    bit.choice.odd = 5;
    ChosenMicrosoft microsoft{1, {}};
    microsoft.choice.one = 5;
    Strict strict{1, {}}, bad{2, {}};
    strict.arm.only = 5;
    Capsule whole{}, real{}, empty{};
    whole.tag = 'a';
    whole.arm.number = 1;
    real.tag = 'b';
    real.arm.real = -2.0;
    empty.tag = 'z';
    return {
        row("Chosen16", "union, switch_is, switch_type", std::move(number),
            "01 00  01 00 // which, and the union's own tag\n 0d 0c 0b 0a  09", "00 01  00 01  0a 0b 0c 0d  09",
            "01 00 00 00 00 00 00 00 // the union is aligned as its largest arm\n 01 00 00 00 00 00 00 00  0d 0c 0b 0a  09 00 00 00",
            {{"the tag is another", "01 00  02 00  0d 0c 0b 0a  09"}}),
        row("Chosen16", "union", std::move(text), "03 00  03 00  00 00 02 00  09 00 00 00 // then the text\n 02 00 00 00  00 00 00 00  02 00 00 00  74 00",
            "00 03  00 03  00 02 00 00  09 00 00 00  00 00 00 02  00 00 00 00  00 00 00 02  74 00",
            "03 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  09 00 00 00 00 00 00 00\n"
            "02 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  74 00"),
        row("Chosen16", "union", std::move(large), "04 00  04 00  00 00 00 00 // each arm by its own alignment\n 08 07 06 05 04 03 02 01  09",
            "00 04  00 04  00 00 00 00  01 02 03 04 05 06 07 08  09",
            "04 00 00 00 00 00 00 00  04 00 00 00 00 00 00 00  08 07 06 05 04 03 02 01  09 00 00 00 00 00 00 00"),
        row("Chosen16", "default arm", std::move(other), "4d 00  4d 00  09", "00 4d  00 4d  09",
            "4d 00 00 00 00 00 00 00  4d 00 00 00 00 00 00 00  09 00 00 00 00 00 00 00"),
        row("ChosenByShade", "switch_type, default arm, enum", std::move(shade), "2c 01  2c 01  05 00", "01 2c  01 2c  00 05",
            "2c 01 00 00  2c 01 00 00  05 00 00 00", {{"the tag is another", "2c 01  01 00  05 00"}}),
        row("ChosenByBit", "switch_is, expression", std::move(bit), "03 00 00 00  01 00 00 00  05 00", "00 00 00 03  00 00 00 01  00 05",
            "03 00 00 00  01 00 00 00  05 00 00 00",
            {{"3 & 1 is not 0", "03 00 00 00  00 00 00 00  05 00"}, {"the tag is 3 & 1, not 3", "03 00 00 00  03 00 00 00  05 00"}}),
        row("ChosenMicrosoft", "ms_union", std::move(microsoft), "01 00  01 00  00 00 00 00 // the arm is aligned as the largest\n 05",
            "00 01  00 01  00 00 00 00  05", "01 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  05 00 00 00 00 00 00 00",
            {{"no such arm", "03 00  03 00  00 00 00 00  05"}}),
        with_unwritable(row("Strict", "encapsulated union", std::move(strict), "01 00 00 00  05 00", "00 00 00 01  00 05", "01 00 00 00  05 00 // no structure: no gap at its end",
                            {{"no such arm", "02 00 00 00  05 00"}, {"no such arm", "02 00 00 00  05 00", k64}}),
                        bad),
        row("Capsule", "encapsulated union", std::move(whole), "61 00 00 00  01 00 00 00", "61 00 00 00  00 00 00 01",
            "61 00 00 00 00 00 00 00  01 00 00 00"),
        row("Capsule", "encapsulated union", std::move(real), "62 00 00 00 00 00 00 00  00 00 00 00 00 00 00 c0", "62 00 00 00 00 00 00 00  c0 00 00 00 00 00 00 00",
            "62 00 00 00 00 00 00 00  00 00 00 00 00 00 00 c0"),
        row("Capsule", "default arm", std::move(empty), "7a", "7a", "7a 00 00 00 00 00 00 00"),
    };
}

std::vector<Row> pointer_rows() {
    static LONG one = 1, two = 2;
    static SHORT five = 5, *to_five = &five;
    static Chain last{2, nullptr};
    return {
        row("Unique", "unique", Unique{&one, nullptr}, "00 00 02 00  00 00 00 00  01 00 00 00", "00 02 00 00  00 00 00 00  00 00 00 01",
            "00 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00  01 00 00 00"),
        with_unwritable(row("Reference", "ref", Reference{7, &two}, "07 00 00 00  00 00 02 00  02 00 00 00", "07 00 00 00  00 02 00 00  00 00 00 02",
                            "07 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00",
                            {{"null", "07 00 00 00  00 00 00 00  02 00 00 00"}, {"null", "07 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00", k64}}),
                        Reference{7, nullptr}),
        with_unwritable(row("References", "ref, array of pointers", References{{&one, &two}, 9}, "09 00 00 00 // the pointers are not in place\n 01 00 00 00  02 00 00 00",
                            "00 00 00 09  00 00 00 01  00 00 00 02",
                            "00 00 02 00 00 00 00 00  04 00 02 00 00 00 00 00  09 00 00 00 00 00 00 00  01 00 00 00  02 00 00 00",
                            {{"null", "00 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00  09 00 00 00 00 00 00 00  01 00 00 00  02 00 00 00", k64}}),
                        References{{&one, nullptr}, 9}),
        row("Full", "ptr", Full{&one, &one}, "01 00 00 00  01 00 00 00 // one id, one pointee\n 01 00 00 00", "00 00 00 01  00 00 00 01  00 00 00 01",
            "01 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  01 00 00 00"),
        row("Chain", "unique, struct", Chain{1, &last}, "01 00 00 00  00 00 02 00  02 00 00 00  00 00 00 00", "00 01 00 00  00 02 00 00  00 02 00 00  00 00 00 00",
            "01 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00"),
        row("Twice", "unique", Twice{&to_five}, "00 00 02 00  04 00 02 00  05 00", "00 02 00 00  00 02 00 04  00 05",
            "00 00 02 00 00 00 00 00  04 00 02 00 00 00 00 00  05 00"),
        row("Skipped", "ignore", Skipped{1, nullptr, 2}, "01 00 00 00  00 00 00 00 // null, whatever it points to\n 02 00 00 00", "00 00 00 01  00 00 00 00  00 00 00 02",
            "01 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00"),
        row("Objects", "iid_is, interface pointer", Objects{kNumberedIid, numbered_object(0x11), numbered_object(0x22)},
            "03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 02 00  04 00 02 00\n"
            "04 00 00 00  04 00 00 00  11 00 00 00 // MInterfacePointer: maximum count, count, data\n 04 00 00 00  04 00 00 00  22 00 00 00",
            "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  00 02 00 00  00 02 00 04  00 00 00 04  00 00 00 04  00 00 00 11  00 00 00 04  00 00 00 04  00 00 00 22",
            "03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 02 00 00 00 00 00  04 00 02 00 00 00 00 00\n"
            "04 00 00 00 00 00 00 00  04 00 00 00  11 00 00 00  04 00 00 00 00 00 00 00  04 00 00 00  22 00 00 00",
            {{"the object is of another interface than iid says",
              "04 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  00 00 02 00  00 00 00 00  04 00 00 00  04 00 00 00  11 00 00 00"}}),
    };
}

std::vector<Row> other_rows() {
    return {
        row("Clocked", "wire_marshal", Clocked{1, {2, 30}}, "01 00 00 00  00 00 02 00  96 00 00 00 // 150 minutes", "00 00 00 01  00 02 00 00  00 00 00 96",
            "01 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  96 00 00 00", {{"a wire type's pointer is never null", "01 00 00 00  00 00 00 00  96 00 00 00"}}),
        row("Measured", "user_marshal", Measured{7, {2.0}}, "07 00 00 00  02 00 00 00 // aligned as the type that travels", "07 00 00 00  00 00 00 02", "07 00 00 00  02 00 00 00"),
        row("Dated", "transmit_as", Dated{5, {2, 6}}, "05 00 00 00  1e 00 00 00 // 30 months", "00 05 00 00  00 00 00 1e", "05 00 00 00  1e 00 00 00"),
        row("Shared", "represent_as", Shared{5, {0.5}}, "05 00 00 00  f4 01 00 00  e8 03 00 00 // 500 / 1000", "00 05 00 00  00 00 01 f4  00 00 03 e8",
            "05 00 00 00  f4 01 00 00  e8 03 00 00"),
        {"ShortPipe", "pipe", write_pipe, pipe_again, "02 00 00 00  01 00 02 00 // a chunk\n 01 00 00 00  03 00 00 00 // one element, gap\n 00 00 00 00",
         "00 00 00 02  00 01 00 02  00 00 00 01  00 03 00 00  00 00 00 00",
         "02 00 00 00 00 00 00 00  01 00 02 00 00 00 00 00  fe ff ff ff ff ff ff ff // -2\n"
         "01 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00  ff ff ff ff ff ff ff ff\n 00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00",
         {{"more than there is", "ff ff ff 7f  01 00 02 00  00 00 00 00"},
          {"the count behind is not the negative", "01 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00  fe ff ff ff ff ff ff ff  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00", k64}}},
        {"PSESSION", "context_handle", write_context, context_again, "00 00 00 00 // attributes\n 03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f",
         "00 00 00 00  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f", "00 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f", {}},
    };
}

}  // namespace odc::test
