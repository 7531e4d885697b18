"""What own_sdk.py expects of Wine's IDL files, and why some of them cannot pass."""

# Files that pass; those of them that need no header beside them.
PASS, PASS_ALONE = 225, 185

# Headers of constants and structures that come with IDL files of one subsystem, which include or import them. They say nothing that COM's own SDK
# would: a project that has the IDL files has these too.
COMPANIONS = {
    "audiosessiontypes.h": "audio sessions", "mmreg.h": "wave formats", "mmsystem.h": "wave formats", "ks.h": "kernel streaming", "ksmedia.h": "kernel streaming",
    "axextendenums.h": "DirectShow", "exposeenums2managed.h": "DirectShow", "unexposeenums2managed.h": "DirectShow", "amva.h": "DirectShow",
    "bdaiface_enums.h": "broadcast", "bdatypes.h": "broadcast",
    "ddraw.h": "DirectDraw", "d3d9.h": "Direct3D", "d3d9types.h": "Direct3D", "d3d9caps.h": "Direct3D", "d3d10misc.h": "Direct3D", "d3d10shader.h": "Direct3D",
    "d3d10_1shader.h": "Direct3D", "d3d10effect.h": "Direct3D", "d2dbasetypes.h": "Direct2D", "d2derr.h": "Direct2D",
    "mshtmdid.h": "MSHTML", "mshtmcid.h": "MSHTML", "dhtmldid.h": "MSHTML", "exdispid.h": "MSHTML", "shdispid.h": "the shell's dispatch numbers",
    "msxmldid.h": "MSXML", "msxml2did.h": "MSXML", "msxml6did.h": "MSXML", "xmldomdid.h": "MSXML", "xmldsodid.h": "MSXML", "idispids.h": "MSXML",
    "imm.h": "input methods", "sperror.h": "speech", "httprequestid.h": "WinHTTP", "bitsmsg.h": "BITS", "wiadef.h": "image acquisition",
    "wsdxmldom.h": "web services on devices", "wsdtypes.h": "web services on devices", "corhdr.h": "the .NET runtime", "corerror.h": "the .NET runtime",
    "accctrl.h": "access control",
}
# Headers that a program includes before that of an IDL file which names their types without including them.
NEEDED = {"cordebug": "cor.h", "corsym": "cor.h", "dxva2api": "d3d9.h", "evr9": "d3d9.h", "mfreadwrite": "mfidl.h", "vmr9": "strmif.h d3d9.h", "videoacc": "ddraw.h",
          "ddstream": "ddraw.h"}
# Code that they quote packs structures to two bytes unless this says that pointers have 64 bits.
DEFINED = {"oledb": "_WIN64", "msdadc": "_WIN64", "msdasc": "_WIN64"}
# Quotes C++ without asking for __cplusplus.
NOT_C = {"rtworkq"}

_FRAGMENT = "a part of another file (oledb, strmif, msxml2, sapi, msopc), which widl does not compile by itself either"
_HEADER_DIFFERS = "says that a structure or handle is a number and quotes a header that says what it is; proxies in C++ notice"
OUT = {
    **dict.fromkeys(
        "access asynot asysta axcore axextend binres chprst cmdbas cmdpre cmdprp cmdstrm cmdtxt cmdwpr colinf colrst crtrow cvttyp dbccmd dbcses dbdsad dbinit "
        "dbprop dbs dyngraph errrec getdts mulres opcobjectmodel opnrst row rowchg rowpos rowpsc rstbas rstchg rstinf rstloc rstnot rstupd sapiaut sesprp srcrst "
        "trnjoi trnlcl trnobj vmrender xmldom xmldso".split(), _FRAGMENT),
    **dict.fromkeys("evr evr9 msctf".split(), _HEADER_DIFFERS),
    **dict.fromkeys("commoncontrols gameux shdeprecated shobjidl thumbcache".split(), "needs <commctrl.h>, the controls of Windows"),
    "cordebug": "names structures of the debugger's interface of Windows",
    "corsym": "names structures of Windows' executable files",
    "msinkaut": "sends pointers to an interface that it gives no base, so that it is no COM interface",
    "xaudio2": "sends pointers to an interface that it gives no base, so that it is no COM interface",
}
