import CFuzz
import Glibc

// FUZZ_TARGET names what is fuzzed; the arguments are libFuzzer's.
let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
guard let target = FuzzTarget.all[name] else {
    print("FUZZ_TARGET has to be one of: \(FuzzTarget.all.keys.sorted().joined(separator: " "))")
    exit(2)
}
FuzzTarget.chosen = target
guard fuzz_count_allocations() > 0 else {
    print("The sanitizer does not count allocations")
    exit(2)
}
atexit {
    print("allocated: at most \(FuzzTarget.most) octets for one of an input, of \(FuzzTarget.chosen.perOctet)")
}

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        FuzzTarget.chosen.look(at: [UInt8](UnsafeBufferPointer(start: data, count: size)))
        return 0
    })
