#!/usr/bin/env bash
# Installs the build into a folder of its own, and builds and runs an outside project against what lies there.
#   install_test.bash BUILD
set -euo pipefail
build=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
export OPENDCOM_HOME=$work/home
finish() {
    [[ -n ${daemon:-} ]] && kill "$daemon" && wait "$daemon"
    rm -rf "$work"
}
trap finish EXIT
# A file system whose owners are us: nothing may be written outside of the prefix.
cmake --install "$build" --prefix "$work/usr" >"$work/install.log"
libdir=$(dirname "$(find "$work/usr" -name 'libopendcom.so')")
export LD_LIBRARY_PATH=$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
export PATH=$work/usr/bin:$PATH
# pkg-config's file names the prefix of the configuration; --define-variable moves it as a packager's tool would.
export PKG_CONFIG_PATH=$libdir/pkgconfig
say() { printf '== %s\n' "$*"; }

expect() {  # expected text, command...
    local expected=$1 actual
    shift
    actual=$("$@") || { printf '%s\nfailed: %s\n' "$actual" "$*"; exit 1; }
    [[ $actual == "$expected" ]] || { printf 'expected: %s\n     got: %s\n  from: %s\n' "$expected" "$actual" "$*"; exit 1; }
}

say "pkg-config, from C"
read -ra flags <<<"$(pkg-config --define-variable=prefix="$work/usr" --cflags --libs opendcom)"
cc -std=c11 -Wall -Wextra -Werror -o "$work/registrar" "$here/registrar.c" "${flags[@]}"
expect "0 1" "$work/registrar"
expect "0 2" "$work/registrar"
expect $'HKEY_LOCAL_MACHINE\\SOFTWARE\\Outside\\Below\n    (Default)    REG_SZ    written from C' \
    dcom reg query 'HKLM\SOFTWARE\Outside\Below'

say "midl without any folder named: a control's IDL, its type library, its proxies"
(cd "$work" && midl "$here/control.idl" -out "$work" && dcom typelib dump control.tlb >control.txt)
grep -q 'imports {00020430-0000-0000-C000-000000000046} 2.0' "$work/control.txt"
c++ -std=c++20 -Wall -Wextra -Werror -c -o "$work/control.o" "$work/control_p.cpp" "${flags[@]}"

say "find_package, a component in IDL and C++"
cmake -S "$here/greeter" -B "$work/greeter" -G Ninja -DCMAKE_PREFIX_PATH="$work/usr" -DCMAKE_BUILD_TYPE=Debug >"$work/log" 2>&1 &&
    cmake --build "$work/greeter" --parallel 2 >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
expect "failed: 0x80040154" bash -c '"$1"/greeter/greeter-client inproc Lola || true' _ "$work"
expect "$work/greeter/libgreeter.so: registered" dcom regsvr "$work/greeter/libgreeter.so"
expect "Hello, Lola!" "$work/greeter/greeter-client" inproc Lola

if command -v dcomd >/dev/null; then
    say "the same component as a local server"
    # It prints its endpoints once they are served.
    coproc DAEMON { exec dcomd --listen 127.0.0.1:0 --log "$work/dcomd.log"; }
    daemon=$DAEMON_PID
    read -r -t 20 endpoint <&"${DAEMON[0]}"
    say "dcomd serves $endpoint"
    dcom reg add 'HKCR\CLSID\{8D1F0C5A-3B62-4E0A-9C47-2F6D1E8A7B02}\LocalServer32' -d "$work/greeter/greeter-server"
    expect "Hello, Alpha!" "$work/greeter/greeter-client" local Alpha
fi
expect "$work/greeter/libgreeter.so: unregistered" dcom regsvr -u "$work/greeter/libgreeter.so"
say "done"
