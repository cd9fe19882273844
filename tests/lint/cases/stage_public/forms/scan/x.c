#include "repli/merge.h"
