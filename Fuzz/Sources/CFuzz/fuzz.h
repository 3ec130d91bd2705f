#include <stddef.h>
#include <stdint.h>

/// libFuzzer's own loop (SwiftPM gives an executable its own main, so the usual entry can't be linked).
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*one)(const uint8_t *data, size_t size));
