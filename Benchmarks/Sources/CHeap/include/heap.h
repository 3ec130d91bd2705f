#include <stddef.h>

/// Octets that are in use of the heap.
size_t heap_octets_in_use(void);
