/* How interfaces are declared by hand, so that one text serves C and C++:
     DECLARE_INTERFACE_(IFoo, IUnknown) { BEGIN_INTERFACE STDMETHOD(QueryInterface)(THIS_ REFIID iid, void** object) PURE; ... END_INTERFACE }; */
#pragma once

#include "winbase_types.h"

#ifndef interface
#define interface struct
#endif
#ifndef BEGIN_INTERFACE
#define BEGIN_INTERFACE
#define END_INTERFACE
#endif

#if defined(__cplusplus) && !defined(CINTERFACE)
#define THIS_
#define THIS void
#define PURE = 0
#define STDMETHOD(method) virtual HRESULT STDMETHODCALLTYPE method
#define STDMETHOD_(type, method) virtual type STDMETHODCALLTYPE method
#define STDMETHODV(method) virtual HRESULT STDMETHODVCALLTYPE method
#define STDMETHODV_(type, method) virtual type STDMETHODVCALLTYPE method
#define DECLARE_INTERFACE(name) struct name
#define DECLARE_INTERFACE_(name, base) struct name : public base
#else
#define THIS_ INTERFACE *This,
#define THIS INTERFACE *This
#define PURE
#define STDMETHOD(method) HRESULT(STDMETHODCALLTYPE* method)
#define STDMETHOD_(type, method) type(STDMETHODCALLTYPE* method)
#define STDMETHODV(method) HRESULT(STDMETHODVCALLTYPE* method)
#define STDMETHODV_(type, method) type(STDMETHODVCALLTYPE* method)
#define DECLARE_INTERFACE(name)        \
    typedef struct name {              \
        const struct name##Vtbl* lpVtbl; \
    } name;                            \
    typedef struct name##Vtbl name##Vtbl; \
    struct name##Vtbl
#define DECLARE_INTERFACE_(name, base) DECLARE_INTERFACE(name)
#endif
#define DECLARE_INTERFACE_IID(name, iid) DECLARE_INTERFACE(name)
#define DECLARE_INTERFACE_IID_(name, base, iid) DECLARE_INTERFACE_(name, base)
#define IFACEMETHOD(method) STDMETHOD(method)
#define IFACEMETHOD_(type, method) STDMETHOD_(type, method)
#define IFACEMETHODIMP STDMETHODIMP
#define IFACEMETHODIMP_(type) STDMETHODIMP_(type)
