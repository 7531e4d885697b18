// BSTR, VARIANT and SAFEARRAY as NDR (MS-OAUT 2.2.23 to 2.2.30; the structures are the _wire ones of oaidl.idl). Generated code reaches these
// through the constants BSTR_wire, VARIANT_wire, LPSAFEARRAY_wire, EXCEPINFO_wire and CLEANLOCALSTORAGE_wire.
#pragma once

#include "opendcom/ndr/byte_order.h"
#include "opendcom/ndr/generated.h"
#include "oaidl.h"

namespace odc::automation {

/// A FLAGGED_WORD_BLOB; null is one of length -1.
void write_text(ndr::Writer& out, BSTR text);
/// A _wireVARIANT. Fails the writer for values without a wire form: VT_RECORD, null references, broken arrays.
void write_variant(ndr::Writer& out, const VARIANT& value);
/// What a wirePSAFEARRAY points to: a pointer to a _wireSAFEARRAY and its pointee.
void write_array(ndr::Writer& out, SAFEARRAY* array);

/// Reads what the writers above write. All of it is little-endian whatever the message says (MS-OAUT 2.2.23.1, 2.2.29.1, 2.2.30), but
/// for interface pointers. Whatever is read lives in the reader's task memory and can be freed with VariantClear and its like;
/// what variants by reference point to is a block of its own. On failure the results are zero and the reader's `abandon` frees the rest.
class WireReader {
  public:
    explicit WireReader(ndr::Reader& in) : in_(in), order_(in) {}

    BSTR text();
    VARIANT variant();
    SAFEARRAY* array();

  private:
    struct Shape;
    void value(VARTYPE type, VARIANT& made);
    void reference(VARTYPE type, VARIANT& made);
    void array_of(VARTYPE type, SAFEARRAY*& made);
    SAFEARRAY* array_body();
    void elements(SAFEARRAY& array, const Shape& shape);
    void* interface_pointer(const Guid& iid) { return in_.unique() ? object(iid) : nullptr; }
    void* object(const Guid& iid);

    ndr::Reader& in_;
    ndr::LittleEndian order_;
};

/// VariantClear and SafeArrayDestroy, and the blocks that variants by reference got from `WireReader`.
void free_received(VARIANT& value);
void free_received(SAFEARRAY* array);

}  // namespace odc::automation
