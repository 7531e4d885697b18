"""Programs of static assertions that say what the model of an IDL file says: slots, sizes, offsets, values, ids.

They hold for the header of either compiler. What a header need not show is left out: structures whose size IDL does not fix,
members inside unnamed ones.
"""
import re


def everything(items: list):
    for item in items:
        yield item
        yield from everything(item.get("items", []))


def condition(item: dict, out: list) -> None:
    """Conditions in quoted text hold for what is between them here too, but for those that guard a definition against another one."""
    text = item.get("text", "").strip() if item["kind"] == "cpp_quote" else ""
    if re.match(r"#\s*ifndef|#\s*if\s+!\s*defined\s*\(?\s*\w+\s*\)?$", text):
        out.append("#if 1")
    elif re.match(r"#\s*(if|elif|else|endif)", text):
        out.append(text)


def c_probe(files: list, but: frozenset = frozenset()) -> str:
    """`but`: types about which a compiler is known to be wrong."""
    out = ["#define SLOT(type, name, number) _Static_assert(offsetof(struct type##Vtbl, name) == 8 * (number), #type \"::\" #name)",
           "#define SLOTS(type, count) _Static_assert(sizeof(struct type##Vtbl) == 8 * (count), #type)",
           "#define SIZE(type, size) _Static_assert(sizeof(type) == (size), #type)",
           "#define OFFSET(type, name, at) _Static_assert(offsetof(type, name) == (at), #type \".\" #name)",
           "#define VALUE(name, value) _Static_assert((int)name == (int)(value), #name)"]
    for f in files:
        for item in everything(f.model["items"]):
            kind = item["kind"]
            condition(item, out)
            if kind == "interface" and item["object"]:
                for method in item["methods"]:
                    if not method.get("remote_form"):
                        out.append(f"SLOT({item['name']}, {method.get('c_name', method['name'])}, {method['opnum']});")
                if item["methods"]:
                    out.append(f"SLOTS({item['name']}, {1 + max(m['opnum'] for m in item['methods'])});")
            elif kind == "dispinterface":
                out.append(f"SLOTS({item['name']}, 7);")
            elif "values" in item:
                out += [f"VALUE({one['name']}, {one['value']});" for one in item["values"]]
            elif "fields" in item and "size" in item and item["name"] not in but:
                layout(item, out)
    return "\n".join(out) + "\n"


def layout(item: dict, out: list) -> None:
    if item["kind"] == "typedef":
        if item["of"] == "enum" or not (item.get("direct") or item["tag"]):
            return
        word = "union" if item["of"] == "union" else "struct"
        if not item.get("direct") and item["tag"].startswith("__MIDL_"):
            return  # a tag of our own invention
        name = item["name"] if item.get("direct") else f"{word} {item['tag']}"
    else:
        name = f"{'union' if item['kind'] == 'union' else 'struct'} {item['name']}"
    out.append(f"SIZE({name}, {item['size']});")
    if (item.get("of") or item["kind"]) == "union":
        return
    for field in item["fields"]:
        # Names of inner unions may be macros for nothing (DUMMYUNIONNAME); bit fields have no offset.
        if "offset" not in field or not field["name"] or "bits" in field or re.match(r"DUMMY|__C89_NAME", field["name"]):
            continue
        if field["type"]:
            out.append(f"OFFSET({name}, {field['name']}, {field['offset']});")


def cxx_probe(files: list) -> str:
    """Ids: what __CRT_UUID_DECL or ODC_DECLARE_UUID say of a type is caught in a constant, and compared."""
    out = []
    for f in files:
        for item in everything(f.model["items"]):
            condition(item, out)
            if item["kind"] in ("interface", "dispinterface", "coclass") and "uuid" in item and item.get("object", True):
                out.append(f'static_assert(same_id<{item["name"]}>("{item["uuid"]}"), "{item["name"]}");')
    return "\n".join(out) + "\n"


# In front of all headers in C++.
CXX_FIRST = r'''
template <class T> struct id_of;
constexpr unsigned hex(const char* text, int count) {
    unsigned value = 0;
    for (int i = 0; i < count; ++i) {
        const char c = text[i];
        value = value * 16 + (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
    }
    return value;
}
template <class T> constexpr bool same_id(const char* text) {
    const unsigned (&id)[11] = id_of<T>::parts;
    if (id[0] != hex(text, 8) || id[1] != hex(text + 9, 4) || id[2] != hex(text + 14, 4)) return false;
    for (int i = 0; i < 8; ++i)
        if (id[3 + i] != hex(text + (i < 2 ? 19 + 2 * i : 20 + 2 * i), 2)) return false;
    return true;
}
#undef __CRT_UUID_DECL
#define __CRT_UUID_DECL(type, a, b, c, ...) \
    extern "C++" { template <> struct id_of<type> { static constexpr unsigned parts[11] = {a, b, c, __VA_ARGS__}; }; }
'''
