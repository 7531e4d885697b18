// Rows of the conformance table: numbers, structures, arrays and texts. Every byte is worked out from C706 chapter 14 and MS-RPCE 2.2.4
// and 2.2.5; `//` begins a remark.
#include "constructors_rows.h"

namespace odc::test {
namespace {

constexpr auto k64 = ndr::Syntax::ndr64;

WCHAR* wide(const char16_t* text) { return reinterpret_cast<WCHAR*>(const_cast<char16_t*>(text)); }
unsigned char* narrow(const char* text) { return reinterpret_cast<unsigned char*>(const_cast<char*>(text)); }

}  // namespace

std::vector<Row> number_rows() {
    return {
        row("Small8", "boolean, byte, char, small, unsigned small", Small8{1, 0x80, 'A', -2, 0xFE}, "01 80 41 fe fe", "01 80 41 fe fe",
            "01 80 41 fe fe"),
        row("Middle16", "wchar_t, short, unsigned short", Middle16{7, u'Z', -2, 0xFFFE}, "07 00 5a 00 fe ff fe ff", "07 00 00 5a ff fe ff fe",
            "07 00 5a 00 fe ff fe ff"),
        row("Long32", "long, unsigned long, int, unsigned int, error_status_t", Long32{7, -2, 0xFFFFFFFE, 3, 4, 0x57},
            "07 00 00 00  fe ff ff ff  fe ff ff ff  03 00 00 00  04 00 00 00  57 00 00 00",
            "07 00 00 00  ff ff ff fe  ff ff ff fe  00 00 00 03  00 00 00 04  00 00 00 57",
            "07 00 00 00  fe ff ff ff  fe ff ff ff  03 00 00 00  04 00 00 00  57 00 00 00"),
        row("Hyper64", "hyper, unsigned hyper, __int64", Hyper64{7, -2, 0xFFFFFFFFFFFFFFFE, 0x0102030405060708},
            "07 00 00 00 00 00 00 00  fe ff ff ff ff ff ff ff  fe ff ff ff ff ff ff ff  08 07 06 05 04 03 02 01",
            "07 00 00 00 00 00 00 00  ff ff ff ff ff ff ff fe  ff ff ff ff ff ff ff fe  01 02 03 04 05 06 07 08",
            "07 00 00 00 00 00 00 00  fe ff ff ff ff ff ff ff  fe ff ff ff ff ff ff ff  08 07 06 05 04 03 02 01"),
        row("Real", "float, double", Real{7, 1.5F, -2.0}, "07 00 00 00  00 00 c0 3f  00 00 00 00 00 00 00 c0",
            "07 00 00 00  3f c0 00 00  c0 00 00 00 00 00 00 00", "07 00 00 00  00 00 c0 3f  00 00 00 00 00 00 00 c0"),
        row("Either", "__int3264, unsigned __int3264", Either{7, -2, 3}, "07 00 00 00  fe ff ff ff  03 00 00 00",
            "07 00 00 00  ff ff ff fe  00 00 00 03", "07 00 00 00 00 00 00 00  fe ff ff ff ff ff ff ff  03 00 00 00 00 00 00 00"),
        with_unwritable(row("Painted", "enum, v1_enum", Painted{7, SHADE_LIGHT, 8, WIDTH_WIDE},
                            "07 00  2c 01 // 16 bits\n 08 00 00 00  78 56 34 12 // v1_enum", "07 00  01 2c  08 00 00 00  12 34 56 78",
                            "07 00 00 00  2c 01 00 00 // 32 bits both\n 08 00 00 00  78 56 34 12"),
                        Painted{7, static_cast<Shade>(70000), 8, WIDTH_WIDE}),
        row("Shaded", "range", Shaded{SHADE_DARK}, "01 00", "00 01", "01 00 00 00",
            {{"below", "00 00"}, {"above", "2d 01"}, {"negative", "ff ff ff ff", k64}}),
        row("Limited", "range", Limited{-2}, "fe ff ff ff", "ff ff ff fe", "fe ff ff ff", {{"below", "fd ff ff ff"}, {"above", "04 00 00 00"}}),
        row("Framed", "struct, GUID", Framed{7, {0x0102, 3}, kNumberedIid, 9},
            "07 00 00 00 // a structure is aligned as its largest member\n 02 01 00 00  03 00 00 00\n"
            "03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f\n 09",
            "07 00 00 00  01 02 00 00  00 00 00 03  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f  09",
            "07 00 00 00  02 01 00 00  03 00 00 00  03 02 01 00 05 04 07 06 08 09 0a 0b 0c 0d 0e 0f  09 00 00 00 // to its alignment"),
    };
}

std::vector<Row> array_rows() {
    static LONG_PTR offsets[] = {-1, 5};
    static SHORT shorts[] = {1, 2, 3};
    static SHORT* rows[] = {shorts, nullptr};
    static SHORT** planes[] = {rows};
    static SHORT six[2][3] = {{1, 2, 3}, {4, 5, 6}};
    static Point point{3, 4};
    static byte room[1000] = {0xAB};
    auto& tail = with_tail<ConformantTail>(8);
    tail.n = 2;
    ndr::open_end(tail.values)[0] = 1;
    ndr::open_end(tail.values)[1] = -1;
    auto& row_tail = with_tail<RowTail>(12);
    row_tail.n = 2;
    for (int i = 0; i < 6; ++i) ndr::open_end(row_tail.rows[0])[i] = static_cast<SHORT>(i + 1);
    auto& max_tail = with_tail<MaxTail>(8);
    max_tail.last = 1;
    ndr::open_end(max_tail.values)[0] = 5;
    ndr::open_end(max_tail.values)[1] = 6;
    auto& none = with_tail<MaxTail>(8);
    none.last = -1;
    auto& half = with_tail<HalfTail>(8);
    half.n = 3;
    ndr::open_end(half.values)[0] = 0xAA;
    ndr::open_end(half.values)[1] = 0xBB;
    auto& varying = with_tail<VaryingTail>(16);
    varying.room = 4;
    varying.used = 2;
    ndr::open_end(varying.values)[0] = 1;
    ndr::open_end(varying.values)[1] = 2;
    auto& held = with_tail<Held>(8);
    held.gap = 7;
    held.tail.n = 1;
    held.tail.values[0] = 5;
    auto& pointers = with_tail<PointerTail>(16);
    pointers.m = 2;
    pointers.n = 2;
    ndr::open_end(pointers.rows)[0] = shorts;
    ndr::open_end(pointers.rows)[1] = nullptr;
    auto& points = with_tail<PointTail>(8);
    points.n = 1;
    points.points[0] = point;
    static Spaced no_spaced{};
    static Hypers no_hypers{};
    auto& no_shades = with_tail<ShadeTail>(8);
    return {
        row("FixedArray", "fixed array, multidimensional array", FixedArray{7, {{1, 2, 3}, {4, 5, 6}}},
            "07 00  01 00 02 00 03 00  04 00 05 00 06 00", "07 00  00 01 00 02 00 03  00 04 00 05 00 06",
            "07 00  01 00 02 00 03 00  04 00 05 00 06 00"),
        row("EnumArray", "fixed array", EnumArray{{SHADE_DARK, SHADE_LIGHT, SHADE_DARK}}, "01 00 2c 01 01 00", "00 01 01 2c 00 01",
            "01 00 00 00  2c 01 00 00  01 00 00 00"),
        row("OffsetArray", "size_is, __int3264", OffsetArray{2, offsets},
            "02 00 00 00  00 00 02 00  02 00 00 00 // maximum count\n ff ff ff ff  05 00 00 00",
            "00 02 00 00  00 02 00 00  00 00 00 02  ff ff ff ff  00 00 00 05",
            "02 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00 00 00 00 00\n ff ff ff ff ff ff ff ff  05 00 00 00 00 00 00 00",
            {{"the count is not n", "02 00 00 00  00 00 02 00  03 00 00 00  ff ff ff ff  05 00 00 00  06 00 00 00"},
             {"n is negative", "ff ff 00 00  00 00 02 00  ff ff ff ff  ff ff ff ff  05 00 00 00"},
             {"a count with high bits", "02 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00 01 00 00 00 "
                                        "ff ff ff ff ff ff ff ff  05 00 00 00 00 00 00 00", k64}}),
        row("ConformantTail", "conformant array, size_is", tail, "02 00 00 00 // in front of the structure\n 02 00 00 00  01 00 00 00  ff ff ff ff",
            "00 00 00 02  02 00 00 00  00 00 00 01  ff ff ff ff", "02 00 00 00 00 00 00 00  02 00 00 00  01 00 00 00  ff ff ff ff",
            {{"more than n", "03 00 00 00  02 00 00 00  01 00 00 00  ff ff ff ff  00 00 00 00"},
             {"more than there is", "ff ff ff 7f  02 00 00 00  01 00 00 00  ff ff ff ff"},
             {"more than there is", "ff ff ff ff ff ff ff ff  02 00 00 00  01 00 00 00  ff ff ff ff", k64}}),
        row("RowTail", "conformant array, multidimensional array", row_tail, "02 00 00 00  02 00  01 00 02 00 03 00  04 00 05 00 06 00",
            "00 00 00 02  00 02  00 01 00 02 00 03  00 04 00 05 00 06", "02 00 00 00 00 00 00 00  02 00  01 00 02 00 03 00  04 00 05 00 06 00",
            {{"one row for two", "02 00 00 00  02 00  01 00 02 00 03 00"}}),
        row("MaxTail", "max_is", max_tail, "02 00 00 00  01 00  05 00 06 00", "00 00 00 02  00 01  00 05 00 06",
            "02 00 00 00 00 00 00 00  01 00  05 00 06 00", {{"max_is is one less than the count", "01 00 00 00  01 00  05 00"}}),
        row("MaxTail", "max_is", none, "00 00 00 00  ff ff", "00 00 00 00  ff ff", "00 00 00 00 00 00 00 00  ff ff",
            {{"the last of none", "ff ff ff ff  fe ff"}}),
        row("HalfTail", "size_is, expression", half, "02 00 00 00  03 00 00 00  aa bb", "00 00 00 02  00 00 00 03  aa bb",
            "02 00 00 00 00 00 00 00  03 00 00 00  aa bb",
            {{"(3 + 1) / 2 is not 3", "03 00 00 00  03 00 00 00  aa bb cc"},
             {"a sum beyond 32 bits", "00 00 00 40  ff ff ff 7f  aa bb"},
             {"a sum that would wrap", "00 00 00 c0  ff ff ff 7f  aa bb"}}),
        row("VaryingArray", "varying array, length_is", VaryingArray{2, {1, 2, 0, 0, 0}},
            "02 00 00 00  00 00 00 00  02 00 00 00 // offset, actual count\n 01 00 02 00", "00 00 00 02  00 00 00 00  00 00 00 02  00 01 00 02",
            "02 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  01 00 02 00 00 00 00 00",
            {{"used is not the actual count", "03 00 00 00  00 00 00 00  02 00 00 00  01 00 02 00"},
             {"more than the array has", "06 00 00 00  00 00 00 00  06 00 00 00  01 00 02 00 03 00 04 00 05 00 06 00"},
             {"no first_is, so no offset", "02 00 00 00  01 00 00 00  02 00 00 00  01 00 02 00"}}),
        row("PartArray", "first_is, last_is", PartArray{1, 2, {0, 11, 12, 0, 0}},
            "01 00 00 00  02 00 00 00  01 00 00 00  02 00 00 00 // offset, actual count\n 0b 00 0c 00",
            "00 00 00 01  00 00 00 02  00 00 00 01  00 00 00 02  00 0b 00 0c",
            "01 00 00 00  02 00 00 00  01 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  0b 00 0c 00 00 00 00 00",
            {{"first is another", "01 00 00 00  02 00 00 00  02 00 00 00  01 00 00 00  0b 00"},
             {"last is another", "01 00 00 00  03 00 00 00  01 00 00 00  02 00 00 00  0b 00 0c 00"},
             {"the end lies beyond", "04 00 00 00  05 00 00 00  04 00 00 00  02 00 00 00  0b 00 0c 00"},
             {"the sum overflows", "ff ff ff ff  00 00 00 00  ff ff ff ff  02 00 00 00  0b 00 0c 00"}}),
        row("VaryingTail", "conformant varying array", varying, "04 00 00 00 // maximum count\n 04 00 02 00  00 00 00 00  02 00 00 00  01 00 00 00  02 00 00 00",
            "00 00 00 04  00 04 00 02  00 00 00 00  00 00 00 02  00 00 00 01  00 00 00 02",
            "04 00 00 00 00 00 00 00  04 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  01 00 00 00  02 00 00 00",
            {{"room is another", "03 00 00 00  04 00 02 00  00 00 00 00  02 00 00 00  01 00 00 00  02 00 00 00"},
             {"used is another", "04 00 00 00  04 00 03 00  00 00 00 00  02 00 00 00  01 00 00 00  02 00 00 00"},
             {"more than the maximum", "01 00 00 00  01 00 02 00  00 00 00 00  02 00 00 00  01 00 00 00  02 00 00 00"}}),
        row("WideRoom", "conformant varying array", WideRoom{1000, 1, room},
            "e8 03 00 00  01 00 00 00  00 00 02 00  e8 03 00 00  00 00 00 00  01 00 00 00  ab",
            "00 00 03 e8  00 00 00 01  00 02 00 00  00 00 03 e8  00 00 00 00  00 00 00 01  ab",
            "e8 03 00 00  01 00 00 00  00 00 02 00 00 00 00 00  e8 03 00 00 00 00 00 00  00 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  ab",
            {{"room is another", "e8 03 00 00  01 00 00 00  00 00 02 00  e9 03 00 00  00 00 00 00  01 00 00 00  ab"},
             {"used is another", "e8 03 00 00  02 00 00 00  00 00 02 00  e8 03 00 00  00 00 00 00  01 00 00 00  ab"},
             {"2 GiB for one byte", "ff ff ff 7f  01 00 00 00  00 00 02 00  ff ff ff 7f  00 00 00 00  01 00 00 00  ab"}}),
        row("PartPointers", "array of pointers, first_is", PartPointers{1, 1, {nullptr, &point, nullptr}},
            "01 00 00 00  01 00 00 00  01 00 00 00  01 00 00 00  00 00 02 00 // the one pointer\n 03 00 00 00  04 00 00 00",
            "00 00 00 01  00 00 00 01  00 00 00 01  00 00 00 01  00 02 00 00  00 03 00 00  00 00 00 04",
            "01 00 00 00  01 00 00 00  01 00 00 00 00 00 00 00  01 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  03 00 00 00  04 00 00 00",
            {{"first is another", "00 00 00 00  01 00 00 00  01 00 00 00  01 00 00 00  00 00 02 00  03 00 00 00  04 00 00 00"}}),
        row("Held", "conformant array, struct", held, "01 00 00 00 // in front of the outermost structure\n 07 00 00 00  01 00 00 00  05 00 00 00",
            "00 00 00 01  07 00 00 00  01 00 00 00  00 00 00 05", "01 00 00 00 00 00 00 00  07 00 00 00  01 00 00 00  05 00 00 00",
            {{"the inner n is another", "01 00 00 00  07 00 00 00  02 00 00 00  05 00 00 00"}}),
        row("PointTail", "conformant array, struct", points, "01 00 00 00  01 00 00 00  03 00 00 00  04 00 00 00",
            "00 00 00 01  00 00 00 01  00 03 00 00  00 00 00 04", "01 00 00 00 00 00 00 00  01 00 00 00  03 00 00 00  04 00 00 00",
            {{"none for one", "00 00 00 00  01 00 00 00"}}),
        row("NoneSpaced", "size_is", NoneSpaced{0, &no_spaced},
            "00 00 00 00  00 00 02 00  00 00 00 00  00 00 00 00 // no element, and the gap in front of the first", "00 00 00 00  00 02 00 00  00 00 00 00  00 00 00 00",
            "00 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00"),
        row("NoneWhole", "size_is", NoneWhole{0, &no_hypers}, "00 00 00 00  00 00 02 00  00 00 00 00  00 00 00 00",
            "00 00 00 00  00 02 00 00  00 00 00 00  00 00 00 00", "00 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00"),
        row("ShadeTail", "conformant array, enum", no_shades, "00 00 00 00  00 00", "00 00 00 00  00 00", "00 00 00 00 00 00 00 00  00 00 00 00"),
        row("Levels", "size_is, array of pointers", Levels{2, 2, rows},
            "02 00 00 00  02 00 00 00  00 00 02 00  02 00 00 00  04 00 02 00  00 00 00 00 // the second is null\n 02 00 00 00  01 00 02 00",
            "00 00 00 02  00 00 00 02  00 02 00 00  00 00 00 02  00 02 00 04  00 00 00 00  00 00 00 02  00 01 00 02",
            "02 00 00 00  02 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00 00 00 00 00  04 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00\n"
            "02 00 00 00 00 00 00 00  01 00 02 00",
            {{"an inner count is another", "02 00 00 00  02 00 00 00  00 00 02 00  02 00 00 00  04 00 02 00  00 00 00 00  03 00 00 00  01 00 02 00 03 00"}}),
        row("Cube", "size_is, array of pointers", Cube{1, 2, 2, planes},
            "01 00 02 00 02 00 00 00  00 00 02 00  01 00 00 00  04 00 02 00  02 00 00 00  08 00 02 00  00 00 00 00\n 02 00 00 00  01 00 02 00",
            "00 01 00 02 00 02 00 00  00 02 00 00  00 00 00 01  00 02 00 04  00 00 00 02  00 02 00 08  00 00 00 00  00 00 00 02  00 01 00 02",
            "01 00 02 00 02 00 00 00  00 00 02 00 00 00 00 00  01 00 00 00 00 00 00 00  04 00 02 00 00 00 00 00  02 00 00 00 00 00 00 00\n"
            "08 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  01 00 02 00",
            {{"a plane has another number of rows",
              "01 00 02 00 02 00 00 00  00 00 02 00  01 00 00 00  04 00 02 00  01 00 00 00  08 00 02 00  02 00 00 00  01 00 02 00"}}),
        row("PointerTail", "conformant array, array of pointers, size_is", pointers,
            "02 00 00 00 // in front of the structure\n 02 00 02 00  00 00 02 00  00 00 00 00  02 00 00 00  01 00 02 00",
            "00 00 00 02  00 02 00 02  00 02 00 00  00 00 00 00  00 00 00 02  00 01 00 02",
            "02 00 00 00 00 00 00 00  02 00 02 00 00 00 00 00  00 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  01 00 02 00",
            {{"a row is shorter than n", "02 00 00 00  02 00 02 00  00 00 02 00  00 00 00 00  01 00 00 00  01 00"}}),
        row("RowPointer", "size_is, fixed array", RowPointer{2, six}, "02 00 00 00  00 00 02 00  02 00 00 00  01 00 02 00 03 00  04 00 05 00 06 00",
            "00 02 00 00  00 02 00 00  00 00 00 02  00 01 00 02 00 03  00 04 00 05 00 06",
            "02 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00 00 00 00 00  01 00 02 00 03 00  04 00 05 00 06 00",
            {{"one row for two", "02 00 00 00  00 00 02 00  01 00 00 00  01 00 02 00 03 00"}}),
        row("SizedRange", "range, size_is", SizedRange{2, shorts}, "02 00 00 00  00 00 02 00  02 00 00 00  01 00 02 00",
            "00 00 00 02  00 02 00 00  00 00 00 02  00 01 00 02", "02 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00 00 00 00 00  01 00 02 00",
            {{"more than the range of the count", "03 00 00 00  00 00 02 00  03 00 00 00  01 00 02 00 03 00"},
             {"fewer", "00 00 00 00  00 00 02 00  00 00 00 00"}}),
        row("Lenient", "disable_consistency_check", Lenient{7, nullptr}, "07 00 00 00  00 00 00 00 // null with a size that is not 0",
            "00 00 00 07  00 00 00 00", "07 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00",
            {{"the count is still compared", "01 00 00 00  00 00 02 00  02 00 00 00  05 00 06 00"}}),
    };
}

std::vector<Row> text_rows() {
    static WCHAR* names[] = {wide(u"a"), nullptr};
    static WCHAR roomy[4] = {u'x', 0, 0, 0};
    static LongName name{u"x"};
    auto& tail = with_tail<TextTail>(8);
    tail.id = 5;
    ndr::open_end(tail.name)[0] = u'x';
    ndr::open_end(tail.name)[1] = 0;
    return {
        row("Texts", "text, string", Texts{wide(u"ab"), narrow("c")},
            "00 00 02 00  04 00 02 00\n 03 00 00 00  00 00 00 00  03 00 00 00 // maximum, offset, actual count\n 61 00 62 00 00 00  00 00\n"
            "02 00 00 00  00 00 00 00  02 00 00 00  63 00",
            "00 02 00 00  00 02 00 04  00 00 00 03  00 00 00 00  00 00 00 03  00 61 00 62 00 00  00 00  00 00 00 02  00 00 00 00  00 00 00 02  63 00",
            "00 00 02 00 00 00 00 00  04 00 02 00 00 00 00 00\n 03 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00\n"
            "61 00 62 00 00 00  00 00\n 02 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  63 00",
            {{"no terminator", "00 00 00 00  04 00 02 00  02 00 00 00  00 00 00 00  02 00 00 00  63 64"},
             {"an offset", "00 00 00 00  04 00 02 00  02 00 00 00  01 00 00 00  01 00 00 00  00"},
             {"more than the maximum", "00 00 00 00  04 00 02 00  01 00 00 00  00 00 00 00  02 00 00 00  63 00"},
             {"nothing, not even a terminator", "00 00 00 00  04 00 02 00  00 00 00 00  00 00 00 00  00 00 00 00"}}),
        row("TextArray", "text, fixed array", TextArray{7, {u'h', u'i', 0, 0}}, "07 00 00 00  00 00 00 00  03 00 00 00  68 00 69 00 00 00",
            "07 00 00 00  00 00 00 00  00 00 00 03  00 68 00 69 00 00",
            "07 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00  68 00 69 00 00 00  00 00",
            {{"more than the array has", "07 00 00 00  00 00 00 00  05 00 00 00  68 00 69 00 68 00 69 00 00 00"},
             {"no terminator", "07 00 00 00  00 00 00 00  02 00 00 00  68 00 69 00"}}),
        row("TextRows", "text, multidimensional array", TextRows{{{'a', 'b', 0, 0}, {'c', 0, 0, 0}}},
            "00 00 00 00  03 00 00 00  61 62 00 00 // each by itself (MS-RPCE 2.2.4.4)\n 00 00 00 00  02 00 00 00  63 00",
            "00 00 00 00  00 00 00 03  61 62 00 00  00 00 00 00  00 00 00 02  63 00",
            "00 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00  61 62 00 00 00 00 00 00\n"
            "00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  63 00 00 00 00 00 00 00",
            {{"more than a row has", "00 00 00 00  03 00 00 00  61 62 00 00  00 00 00 00  05 00 00 00  63 63 63 63 00"}}),
        row("TextTail", "text, conformant array", tail, "02 00 00 00 // maximum count in front\n 05 00 00 00  00 00 00 00  02 00 00 00  78 00 00 00",
            "00 00 00 02  00 05 00 00  00 00 00 00  00 00 00 02  00 78 00 00",
            "02 00 00 00 00 00 00 00  05 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  78 00 00 00",
            {{"more than the maximum", "02 00 00 00  05 00 00 00  00 00 00 00  03 00 00 00  78 00 78 00 00 00"},
             {"no terminator", "02 00 00 00  05 00 00 00  00 00 00 00  02 00 00 00  78 00 78 00"},
             {"2 GiB for one letter", "ff ff ff 7f  05 00 00 00  00 00 00 00  02 00 00 00  78 00 00 00"}}),
        row("TextRoom", "string, size_is", TextRoom{4, roomy}, "04 00 00 00  00 00 02 00  04 00 00 00  00 00 00 00  02 00 00 00  78 00 00 00",
            "00 00 00 04  00 02 00 00  00 00 00 04  00 00 00 00  00 00 00 02  00 78 00 00",
            "04 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  04 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  78 00 00 00",
            {{"room is another", "05 00 00 00  00 00 02 00  04 00 00 00  00 00 00 00  02 00 00 00  78 00 00 00"},
             {"more than the maximum", "01 00 00 00  00 00 02 00  01 00 00 00  00 00 00 00  02 00 00 00  78 00 00 00"}}),
        row("TextList", "string, array of pointers", TextList{2, names},
            "02 00 00 00  00 00 02 00  02 00 00 00  04 00 02 00  00 00 00 00\n 02 00 00 00  00 00 00 00  02 00 00 00  61 00 00 00",
            "00 00 00 02  00 02 00 00  00 00 00 02  00 02 00 04  00 00 00 00  00 00 00 02  00 00 00 00  00 00 00 02  00 61 00 00",
            "02 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  02 00 00 00 00 00 00 00  04 00 02 00 00 00 00 00  00 00 00 00 00 00 00 00\n"
            "02 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  61 00 00 00",
            {{"the count is another", "03 00 00 00  00 00 02 00  02 00 00 00  00 00 00 00  00 00 00 00"}}),
        row("LongNames", "text, fixed array", LongNames{1, &name},
            "01 00 00 00  00 00 02 00  01 00 00 00  00 00 00 00  02 00 00 00  78 00 00 00 // far less than an element's memory",
            "00 00 00 01  00 02 00 00  00 00 00 01  00 00 00 00  00 00 00 02  00 78 00 00",
            "01 00 00 00 00 00 00 00  00 00 02 00 00 00 00 00  01 00 00 00 00 00 00 00\n"
            "00 00 00 00 00 00 00 00  02 00 00 00 00 00 00 00  78 00 00 00 00 00 00 00",
            {{"the count is another", "02 00 00 00  00 00 02 00  01 00 00 00  00 00 00 00  02 00 00 00  78 00 00 00"}}),
        row("ShortText", "string, range", ShortText{narrow("ab")}, "00 00 02 00  03 00 00 00  00 00 00 00  03 00 00 00  61 62 00",
            "00 02 00 00  00 00 00 03  00 00 00 00  00 00 00 03  61 62 00",
            "00 00 02 00 00 00 00 00  03 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  03 00 00 00 00 00 00 00  61 62 00",
            {{"shorter than the range", "00 00 02 00  01 00 00 00  00 00 00 00  01 00 00 00  00"},
             {"longer", "00 00 02 00  04 00 00 00  00 00 00 00  04 00 00 00  61 62 63 00"}}),
    };
}

}  // namespace odc::test
