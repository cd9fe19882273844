#include "repli/ledger.h"
