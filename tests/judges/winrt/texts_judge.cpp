// Prints what combase's functions on HSTRING answer to the calls of texts.h; runs under Wine.
#include "texts.h"

int wmain() {
    texts::each_call([](const std::string& line) { std::puts(line.c_str()); });
    return 0;
}
