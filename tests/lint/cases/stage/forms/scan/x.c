#include "print/pdf.h"
