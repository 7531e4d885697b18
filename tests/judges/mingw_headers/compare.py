"""mingw-w64's headers as the judge of ours: the same interfaces have the same IIDs and slots, the same structures and
enumerators the same layout and values.

compare.py SOURCE BUILD C-COMPILER MINGW-C-COMPILER. Ours are read through the preprocessor, theirs checked by static assertions and by
what their text says of interface ids.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

HEADERS = ["wtypes.h", "unknwn.h", "objidl.h", "oaidl.h", "ocidl.h", "propidl.h", "oleidl.h", "servprov.h",
           "urlmon.h", "comcat.h", "ctxtcall.h"]
# Layouts that a program of the one system may meet in files or memory of the other. Fields in order.
STRUCTURES = {
    "GUID": "Data1 Data2 Data3 Data4",
    "FILETIME": "dwLowDateTime dwHighDateTime",
    "SYSTEMTIME": "wYear wMonth wDayOfWeek wDay wHour wMinute wSecond wMilliseconds",
    "LARGE_INTEGER": "LowPart HighPart QuadPart",
    "ULARGE_INTEGER": "LowPart HighPart QuadPart",
    "SIZE": "cx cy", "POINT": "x y", "RECT": "left top right bottom", "RECTL": "left top right bottom",
    "COAUTHIDENTITY": "User UserLength Domain DomainLength Password PasswordLength Flags",
    "COAUTHINFO": "dwAuthnSvc dwAuthzSvc pwszServerPrincName dwAuthnLevel dwImpersonationLevel pAuthIdentityData dwCapabilities",
    "BLOB": "cbSize pBlobData", "CLIPDATA": "cbSize ulClipFmt pClipData", "CY": "Lo Hi int64",
    "DECIMAL": "wReserved scale sign Hi32 Lo32 Mid32 Lo64",
    "BYTE_BLOB": "clSize abData", "WORD_BLOB": "clSize asData", "FLAGGED_WORD_BLOB": "fFlags clSize asData",
    "COSERVERINFO": "dwReserved1 pwszName pAuthInfo dwReserved2", "MULTI_QI": "pIID pItf hr",
    "STATSTG": "pwcsName type cbSize mtime ctime atime grfMode grfLocksSupported clsid grfStateBits reserved",
    "BIND_OPTS": "cbStruct grfFlags grfMode dwTickCountDeadline",
    "INTERFACEINFO": "pUnk iid wMethod",
    "RPCOLEMESSAGE": "reserved1 dataRepresentation Buffer cbBuffer iMethod reserved2 rpcFlags",
    "SOLE_AUTHENTICATION_SERVICE": "dwAuthnSvc dwAuthzSvc pPrincipalName hr",
    "MSG": "hwnd message wParam lParam time pt",
    "SAFEARRAYBOUND": "cElements lLbound", "SAFEARRAY": "cDims fFeatures cbElements cLocks pvData rgsabound",
    "VARIANT": "vt wReserved1 wReserved2 wReserved3 llVal lVal bVal iVal fltVal dblVal boolVal scode cyVal date bstrVal punkVal pdispVal "
               "parray pbVal pvarVal byref cVal uiVal ulVal ullVal intVal uintVal pdecVal pvRecord pRecInfo decVal",
    "TYPEDESC": "lptdesc lpadesc hreftype vt", "ARRAYDESC": "tdescElem cDims rgbounds", "PARAMDESCEX": "cBytes varDefaultValue",
    "PARAMDESC": "pparamdescex wParamFlags", "IDLDESC": "dwReserved wIDLFlags", "ELEMDESC": "tdesc idldesc paramdesc",
    "TYPEATTR": "guid lcid dwReserved memidConstructor memidDestructor lpstrSchema cbSizeInstance typekind cFuncs cVars cImplTypes "
                "cbSizeVft cbAlignment wTypeFlags wMajorVerNum wMinorVerNum tdescAlias idldescType",
    "DISPPARAMS": "rgvarg rgdispidNamedArgs cArgs cNamedArgs",
    "EXCEPINFO": "wCode wReserved bstrSource bstrDescription bstrHelpFile dwHelpContext pvReserved pfnDeferredFillIn scode",
    "FUNCDESC": "memid lprgscode lprgelemdescParam funckind invkind callconv cParams cParamsOpt oVft cScodes elemdescFunc wFuncFlags",
    "VARDESC": "memid lpstrSchema oInst lpvarValue elemdescVar wVarFlags varkind",
    "TLIBATTR": "guid lcid syskind wMajorVerNum wMinorVerNum wLibFlags", "CUSTDATAITEM": "guid varValue", "CUSTDATA": "cCustData prgCustData",
    "BINDPTR": "lpfuncdesc lpvardesc lptcomp", "CLEANLOCALSTORAGE": "pInterface pStorage flags", "BSTRBLOB": "cbSize pData",
    "CONNECTDATA": "pUnk dwCookie", "LICINFO": "cbLicInfo fRuntimeKeyAvail fLicVerified", "CAUUID": "cElems pElems",
    "PROPBAG2": "dwType vt cfType dwHint pstrName clsid",
    "PROPVARIANT": "vt wReserved1 wReserved2 wReserved3 cVal bVal iVal uiVal lVal ulVal intVal uintVal hVal uhVal fltVal dblVal boolVal scode cyVal date "
                   "filetime puuid pclipdata bstrVal bstrblobVal blob pszVal pwszVal punkVal pdispVal pStream pStorage pVersionedStream parray cac caub cai "
                   "caui cal caul cah cauh caflt cadbl cabool cascode cacy cadate cafiletime cauuid caclipdata cabstr cabstrblob calpstr calpwstr capropvar "
                   "pcVal pbVal piVal puiVal plVal pulVal pintVal puintVal pfltVal pdblVal pboolVal pdecVal pscode pcyVal pdate pbstrVal ppunkVal ppdispVal "
                   "pparray pvarVal decVal",
    "PROPSPEC": "ulKind propid lpwstr", "STATPROPSTG": "lpwstrName propid vt", "VERSIONEDSTREAM": "guidVersion pStream",
    "STATPROPSETSTG": "fmtid clsid grfFlags mtime ctime atime dwOSVersion", "SERIALIZEDPROPERTYVALUE": "dwType rgb",
    **{name: "cElems pElems" for name in ("CAC CAUB CAI CAUI CAL CAUL CAFLT CADBL CACY CADATE CABSTR CABSTRBLOB CABOOL CASCODE CAPROPVARIANT CAH CAUH "
                                          "CALPSTR CALPWSTR CAFILETIME CACLIPDATA CACLSID").split()},
    "PALETTEENTRY": "peRed peGreen peBlue peFlags", "LOGPALETTE": "palVersion palNumEntries palPalEntry",
    "TEXTMETRICW": "tmHeight tmOverhang tmFirstChar tmBreakChar tmItalic tmCharSet", "TEXTMETRICA": "tmHeight tmOverhang tmFirstChar tmItalic tmCharSet",
    "PROPERTYKEY": "fmtid pid", "SID": "Revision SubAuthorityCount IdentifierAuthority SubAuthority",
    "DVTARGETDEVICE": "tdSize tdDriverNameOffset tdDeviceNameOffset tdPortNameOffset tdExtDevmodeOffset tdData",
    "FORMATETC": "cfFormat ptd dwAspect lindex tymed", "STATDATA": "formatetc advf pAdvSink dwConnection",
    "STGMEDIUM": "tymed hBitmap hMetaFilePict hEnhMetaFile hGlobal lpszFileName pstm pstg pUnkForRelease",
    "FLAG_STGMEDIUM": "ContextFlags fPassOwnership Stgmed", "StorageLayout": "LayoutType pwcsElementName cOffset cBytes",
    "OBJECTDESCRIPTOR": "cbSize clsid dwDrawAspect sizel pointl dwStatus dwFullUserTypeName dwSrcOfCopy",
    "OLEINPLACEFRAMEINFO": "cb fMDIApp hwndFrame haccel cAccelEntries", "OLEMENUGROUPWIDTHS": "width", "OLEVERB": "lVerb lpszVerbName fuFlags grfAttribs",
    "CONTROLINFO": "cb hAccel cAccel dwFlags", "POINTF": "x y", "PROPPAGEINFO": "cb pszTitle size pszDocString pszHelpFile dwHelpContext",
    "QACONTAINER": "cbSize pClientSite pAdviseSink pPropertyNotifySink pUnkEventSink dwAmbientFlags colorFore colorBack pFont pUndoMgr dwAppearance "
                   "lcid hpal pBindHost pOleControlSite pServiceProvider",
    "QACONTROL": "cbSize dwMiscStatus dwViewStatus dwEventCookie dwPropNotifyCookie dwPointerActivationPolicy",
    "BINDINFO": "cbSize szExtraInfo stgmedData grfBindInfoF dwBindVerb szCustomVerb cbstgmedData dwOptions dwOptionsFlags dwCodePage securityAttributes iid "
                "pUnk dwReserved",
    "CATEGORYINFO": "catid lcid szDescription", "ComCallData": "dwDispid dwReserved pUserDefined",
    "LUID": "LowPart HighPart", "OVERLAPPED": "Internal InternalHigh Offset OffsetHigh Pointer hEvent", "PROCESS_INFORMATION": "hProcess hThread dwProcessId",
    "BITMAP": "bmType bmWidth bmHeight bmWidthBytes bmPlanes bmBitsPixel bmBits", "BITMAPINFO": "bmiHeader bmiColors", "RGNDATA": "rdh Buffer",
    "LOGFONTW": "lfHeight lfWeight lfItalic lfFaceName", "LOGFONTA": "lfHeight lfWeight lfItalic lfFaceName", "XFORM": "eM11 eDy", "FONTSIGNATURE": "fsUsb fsCsb",
    "STARTUPINFOW": "cb lpReserved lpDesktop lpTitle dwX dwFlags wShowWindow cbReserved2 lpReserved2 hStdInput hStdError",
    "CSPLATFORM": "dwPlatformId dwVersionHi dwVersionLo dwProcessorArch",
}
ENUMERATIONS = re.compile(r"\b(CLSCTX|MSHLFLAGS|MSHCTX|DVASPECT|STGC|STGMOVE|STATFLAG|STGTY|STREAM_SEEK|LOCKTYPE|EOAC|CALLTYPE|SERVERCALL|"
                          r"PENDINGTYPE|PENDINGMSG|EXTCONN|MKSYS|MKRREDUCE|VT|TYSPEC|APTTYPE|THDTYPE|BIND|DCOM|COMGLB|SF|TKIND|CC|FUNC|INVOKE|VAR|TYPEFLAG|FUNCFLAG|VARFLAG|DESCKIND|SYS|LIBFLAG|CHANGEKIND|GUIDKIND|PROPBAG2|TYMED|ADVF|ADVFCACHE|DATADIR|OLERENDER|BINDSPEED|OLECONTF|OLEUPDATE|OLELINKBIND|DISCARDCACHE|OLEVERBATTRIB|"
                          r"OLEGETMONIKER|OLEWHICHMK|USERCLASSTYPE|OLEMISC|OLECLOSE|CTRLINFO|XFORMCOORDS|ACTIVATE|OLEDC|VIEWSTATUS|HITRESULT|PROPPAGESTATUS|QACONTAINER|"
                          r"READYSTATE|UAS|BINDVERB|BINDINFOF|BINDF|BSCF|BINDSTATUS|BINDF2|BINDSTRING|Uri|PI)_\w+ = (-?\w+)")


MACROS = ("PROPSETFLAG_DEFAULT PROPSETFLAG_NONSIMPLE PROPSETFLAG_ANSI PROPSETFLAG_UNBUFFERED PROPSETFLAG_CASE_SENSITIVE PROPSET_BEHAVIOR_CASE_SENSITIVE "
          "PID_DICTIONARY PID_CODEPAGE PID_FIRST_USABLE PID_FIRST_NAME_DEFAULT PID_LOCALE PID_MODIFY_TIME PID_SECURITY PID_BEHAVIOR PID_ILLEGAL "
          "PID_MIN_READONLY PID_MAX_READONLY PRSPEC_INVALID PRSPEC_LPWSTR PRSPEC_PROPID PIDSI_TITLE PIDSI_SUBJECT PIDSI_AUTHOR PIDSI_KEYWORDS "
          "PIDSI_COMMENTS PIDSI_TEMPLATE PIDSI_LASTAUTHOR PIDSI_REVNUMBER PIDSI_EDITTIME PIDSI_LASTPRINTED PIDSI_CREATE_DTM PIDSI_LASTSAVE_DTM "
          "PIDSI_PAGECOUNT PIDSI_WORDCOUNT PIDSI_CHARCOUNT PIDSI_THUMBNAIL PIDSI_APPNAME PIDSI_DOC_SECURITY")


def methods_of(table: str) -> list[str]:
    """The slots of a method table; parameters that are functions are none."""
    return [m.group(1) for m in re.finditer(r"\(\s*\*\s*(\w+)\)\s*\(", table) if table.count("(", 0, m.start()) == table.count(")", 0, m.start())]


def main() -> int:
    source, build, compiler, theirs = sys.argv[1:5]
    includes = [f"-I{source}/include", f"-I{source}/include/sdk", f"-I{build}/generated"]
    text = "#define CINTERFACE\n" + "".join(f'#include "{h}"\n' for h in HEADERS)
    ours = subprocess.run([compiler, "-E", "-P", *includes, "-x", "c", "-"], input=text, capture_output=True, text=True, check=True).stdout
    their_text = "#define CINTERFACE\n#include <windows.h>\n#include <objbase.h>\n" + "".join(f"#include <{h}>\n" for h in HEADERS)
    other = subprocess.run([theirs, "-E", "-P", "-x", "c", "-"], input=their_text, capture_output=True, text=True, check=True).stdout

    checks = [their_text, "#include <stddef.h>\n#undef SetPort\n"]  # <winspool.h> has a macro of that name
    tables = dict(re.findall(r"typedef struct (\w+)Vtbl\s*\{(.*?)\} *\w+Vtbl;", ours, re.S))
    known = set(re.findall(r"typedef struct (\w+)Vtbl\b", other))
    slots = 0
    for name in sorted(tables.keys() & known):
        methods = methods_of(tables[name])
        for i, method in enumerate(methods):
            checks.append(f'_Static_assert(offsetof(struct {name}Vtbl, {method}) == {8 * i}, "{name}::{method}");')
            slots += 1
        checks.append(f'_Static_assert(sizeof(struct {name}Vtbl) == {8 * len(methods)}, "{name}");')

    program = ['#include <stdio.h>\n#include <stddef.h>\n#include "windows.h"\n' + "".join(f'#include "{h}"\n' for h in HEADERS) + "int main(void) {"]
    for name, fields in STRUCTURES.items():
        program.append(f'printf("_Static_assert(sizeof({name}) == %zu, \\"{name}\\");\\n", sizeof({name}));')
        for field in fields.split():
            program.append(f'printf("_Static_assert(offsetof({name}, {field}) == %zu, \\"{name}.{field}\\");\\n", offsetof({name}, {field}));')
    program.append("}")
    enumerators = 0
    for match in ENUMERATIONS.finditer(ours):
        name = match.group(0).split(" ")[0]
        value = re.search(re.escape(name) + r" = ((?:\(int\))?[-\w]+)", ours).group(1)
        if re.search(rf"\b{name}\b", other):
            checks.append(f'_Static_assert((int){name} == (int){value}, "{name}");')
            enumerators += 1
    # Constants of property sets are macros.
    for name in MACROS.split():
        program.insert(-1, f'printf("_Static_assert((unsigned long long){name} == %lluull, \\"{name}\\");\\n", (unsigned long long){name});')
    with tempfile.TemporaryDirectory() as work:
        path = pathlib.Path(work)
        (path / "ours.c").write_text("\n".join(program))
        subprocess.run([compiler, *includes, "-o", path / "ours", path / "ours.c"], check=True)
        checks.append(subprocess.run([path / "ours"], capture_output=True, text=True, check=True).stdout)
        (path / "theirs.c").write_text("\n".join(checks))
        run = subprocess.run([theirs, "-fsyntax-only", path / "theirs.c"], capture_output=True, text=True)
        if run.returncode:
            print("\n".join(line for line in run.stderr.splitlines() if "error" in line))
            return 1

    # Interface ids: what both headers say of the same interface.
    pattern = re.compile(r'MIDL_INTERFACE\("([0-9A-Fa-f-]{36})"\)\s*(\w+)')
    folder = pathlib.Path(subprocess.run([theirs, "-print-file-name=include"], capture_output=True, text=True).stdout.strip())
    candidates = [pathlib.Path("/usr/x86_64-w64-mingw32/include"), folder]
    their_ids = {}
    for place in candidates:
        for header in place.glob("*.h"):
            for uuid, name in pattern.findall(header.read_text(errors="replace")):
                their_ids.setdefault(name, uuid.upper())
    wrong, compared = [], 0
    for header in HEADERS:
        for uuid, name in pattern.findall(pathlib.Path(build, "generated", header).read_text()):
            if name in their_ids:
                compared += 1
                if their_ids[name] != uuid.upper():
                    wrong.append(f"{name}: {uuid} here, {their_ids[name]} there")
    print("\n".join(wrong) or f"{len(tables.keys() & known)} interfaces, {slots} slots, {compared} ids, {len(STRUCTURES)} structures, "
                              f"{enumerators} enumerators, {len(MACROS.split())} constants agree; not there: {' '.join(sorted(tables.keys() - known))}")
    return 1 if wrong or compared < 50 else 0


sys.exit(main())
