#include "fuzz.h"

// Of the sanitizer's run time (sanitizer/allocator_interface.h).
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*freed)(const volatile void *));
size_t __sanitizer_get_allocated_size(const volatile void *place);

static size_t total;
static long live;
static long peak;

static void allocated(const volatile void *place, size_t size) {
    (void)place;
    total += size;
    live += (long)size;
    if (live > peak) peak = live;
}

static void freed(const volatile void *place) {
    if (place) live -= (long)__sanitizer_get_allocated_size(place);
}

int fuzz_count_allocations(void) { return __sanitizer_install_malloc_and_free_hooks(allocated, freed); }

void fuzz_reset_allocations(void) {
    total = 0;
    live = 0;
    peak = 0;
}

size_t fuzz_allocated_octets(void) { return total; }

size_t fuzz_peak_octets(void) { return (size_t)peak; }

// libFuzzer takes these for more coverage and so keeps what costs more than anything before: eight for each doubling.
__attribute__((section("__libfuzzer_extra_counters"), used, retain)) static unsigned char costs[256];

void fuzz_note_cost(size_t octets) {
    size_t step = 0;
    while (octets >= 16) {
        octets >>= 1;
        step += 8;
    }
    step += octets;
    costs[step < sizeof costs ? step : sizeof costs - 1] = 1;
}
