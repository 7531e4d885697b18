// Prints what oleaut32's VariantChangeTypeEx makes of the values of conversions.h; runs under Wine.
#include "conversions.h"

int wmain() {
    each_conversion([](const std::string& line) { std::puts(line.c_str()); });
    return 0;
}
