# Sourced by ./check and ./demo.
# install_missing LIST...: installs the Debian packages that the lists name and this machine lacks, and says which.
# Without root rights it prints the command for them and ends with status 1.
install_missing() {
    local wanted missing=() package
    command -v dpkg-query >/dev/null || { echo "No dpkg here: please see to it yourself that what $* names is installed."; return 0; }
    wanted=$(sed 's/#.*//' "$@")
    for package in $wanted; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == *installed* ]] || missing+=("$package")
    done
    [[ ${#missing[@]} -eq 0 ]] && return 0
    if [[ $(id -u) -ne 0 ]]; then
        echo "These packages are missing: ${missing[*]}"
        echo "Please run:"
        echo "    sudo apt-get update && sudo apt-get install --no-install-recommends ${missing[*]}"
        exit 1
    fi
    echo "Installing: ${missing[*]}"
    local log
    log=$(mktemp)
    if ! { apt-get -qq -o Acquire::Retries=3 update &&
           apt-get -qq -y --no-install-recommends -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install "${missing[@]}"; } \
         >"$log" 2>&1 </dev/null; then
        cat "$log"
        echo "The packages could not be installed."
        exit 1
    fi
    rm -f "$log"
}
export DEBIAN_FRONTEND=noninteractive
