/* What a Fraction is for the programs of this side (remote.acf). */
#pragma once

typedef double LocalFraction;
