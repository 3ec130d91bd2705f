import CFuzz
import Glibc

// FUZZ_TARGET names what is fuzzed; the arguments are libFuzzer's.
let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
guard let target = FuzzTarget.all[name] else {
    print("FUZZ_TARGET has to be one of: \(FuzzTarget.all.keys.sorted().joined(separator: " "))")
    exit(2)
}
FuzzTarget.chosen = target

var count = CommandLine.argc
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
exit(
    LLVMFuzzerRunDriver(&count, &arguments) { data, size in
        FuzzTarget.chosen([UInt8](UnsafeBufferPointer(start: data, count: size)))
        return 0
    })
