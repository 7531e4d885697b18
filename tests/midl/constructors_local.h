/* What constructors.acf stands in for types of constructors.idl. */
#pragma once
typedef struct LocalMeters { double value; } LocalMeters;
typedef struct LocalRatio { double value; } LocalRatio;
