// Names that ODL has without an import.
#include "midl/built_in.h"

#include "midl/parser.h"

namespace odc::midl {
namespace {

constexpr const char* kText = R"idl(# 1 "<built-in>"
typedef wchar_t OLECHAR;
typedef OLECHAR *LPOLESTR;
typedef char *LPSTR;
typedef wchar_t *LPWSTR;
typedef OLECHAR *BSTR;
typedef short VARIANT_BOOL;
typedef long HRESULT;
typedef long SCODE;
typedef double DATE;
typedef unsigned short VARTYPE;
typedef struct _GUID { unsigned long Data1; unsigned short Data2; unsigned short Data3; unsigned char Data4[8]; } GUID;
typedef GUID IID;
typedef GUID CLSID;
typedef struct tagCURRENCY { __int64 int64; } CURRENCY;
typedef CURRENCY CY;
typedef struct tagDECIMAL { unsigned short wReserved; unsigned char scale; unsigned char sign; unsigned long Hi32; unsigned __int64 Lo64; } DECIMAL;
typedef struct tagSAFEARRAY { unsigned short cDims; unsigned short fFeatures; unsigned long cbElements; unsigned long cLocks; void *pvData; } SAFEARRAY;
typedef struct tagVARIANT { VARTYPE vt; unsigned short r1; unsigned short r2; unsigned short r3; unsigned __int64 data[2]; } VARIANT;
typedef VARIANT VARIANTARG;
typedef long DISPID;
typedef unsigned long LCID;
typedef unsigned long OLE_COLOR;
typedef long OLE_XPOS_PIXELS, OLE_YPOS_PIXELS, OLE_XSIZE_PIXELS, OLE_YSIZE_PIXELS;
typedef float OLE_XPOS_CONTAINER, OLE_YPOS_CONTAINER, OLE_XSIZE_CONTAINER, OLE_YSIZE_CONTAINER;
typedef long OLE_XPOS_HIMETRIC, OLE_YPOS_HIMETRIC, OLE_XSIZE_HIMETRIC, OLE_YSIZE_HIMETRIC;
typedef VARIANT_BOOL OLE_OPTEXCLUSIVE, OLE_CANCELBOOL, OLE_ENABLEDEFAULTBOOL;
typedef unsigned int OLE_HANDLE;
[object, local, uuid(00000000-0000-0000-C000-000000000046)] interface IUnknown {
    HRESULT QueryInterface([in] GUID *riid, [out] void **ppvObject);
    unsigned long AddRef();
    unsigned long Release();
}
[object, local, uuid(00020400-0000-0000-C000-000000000046)] interface IDispatch : IUnknown {
    HRESULT GetTypeInfoCount([out] unsigned int *pctinfo);
    HRESULT GetTypeInfo([in] unsigned int iTInfo, [in] LCID lcid, [out] void **ppTInfo);
    HRESULT GetIDsOfNames([in] GUID *riid, [in] LPOLESTR *rgszNames, [in] unsigned int cNames, [in] LCID lcid, [out] DISPID *rgDispId);
    HRESULT Invoke([in] DISPID dispIdMember, [in] GUID *riid, [in] LCID lcid, [in] unsigned short wFlags, [in] void *pDispParams,
                   [out] VARIANT *pVarResult, [out] void *pExcepInfo, [out] unsigned int *puArgErr);
}
[object, local, uuid(00020404-0000-0000-C000-000000000046)] interface IEnumVARIANT : IUnknown {
    HRESULT Next([in] unsigned long celt, [out] VARIANT *rgVar, [out] unsigned long *pCeltFetched);
    HRESULT Skip([in] unsigned long celt);
    HRESULT Reset();
    HRESULT Clone([out] IEnumVARIANT **ppEnum);
}
[object, local, uuid(BEF6E002-A874-101A-8BBA-00AA00300CAB)] interface IFont : IUnknown {}
[object, local, uuid(7BF80980-BF32-101A-8BBB-00AA00300CAB)] interface IPicture : IUnknown {}
[uuid(BEF6E003-A874-101A-8BBA-00AA00300CAB)] dispinterface IFontDisp { properties: methods: }
[uuid(7BF80981-BF32-101A-8BBB-00AA00300CAB)] dispinterface IPictureDisp { properties: methods: }
)idl";

}  // namespace

void add_built_in_names(Ast& ast, const ParseOptions& options, Diagnostics& diagnostics) {
    if (!options.mktyplib203 || (ast.type_names.contains("VARIANT") && ast.type_names.contains("OLE_COLOR"))) return;
    const auto index = static_cast<std::uint32_t>(ast.files.size());
    auto& file = ast.files.emplace_back();
    file.name = "oaidl.idl";
    file.path = "<built-in>";
    file.built_in = true;
    file.text = kText;
    const Tokens tokens = lex(file.text, diagnostics);
    ParseOptions plain;
    parse(ast, index, tokens, plain, diagnostics, [](const std::string&, Place) { return UINT32_MAX; });
}

}  // namespace odc::midl
