#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own loop (SwiftPM gives an executable its own main, so the usual entry can't be linked).
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t size));

/// Counts from now on what is allocated, by hooks of the sanitizer; `0` when it has none.
int fuzz_count_allocations(void);

/// Begins to count anew.
void fuzz_reset_allocations(void);

/// The octets that were allocated since then, whether freed again or not.
size_t fuzz_allocated_octets(void);

/// The most octets that were allocated at once since then, beyond what there was before.
size_t fuzz_peak_octets(void);

/// Tells the fuzzer how much was allocated for each octet of an input, so that it looks for what costs more.
void fuzz_note_cost(size_t octets);
