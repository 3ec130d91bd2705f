internal import FoundationEssentials
internal import Telephony

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Lines for a person about a call under way, with the seconds since it was placed.
struct Progress: Sendable {
    private let toStandardError: Bool
    private let start = ContinuousClock.now

    init(toStandardError: Bool) {
        self.toStandardError = toStandardError
    }

    func say(_ text: String) {
        let elapsed = start.duration(to: .now)
        let tenths = elapsed.components.seconds * 10 + elapsed.components.attoseconds / 100_000_000_000_000_000
        let stamp = "\(tenths / 10).\(tenths % 10)s"
        let line = String(repeating: " ", count: max(0, 7 - stamp.count)) + stamp + "  " + text + "\n"
        if toStandardError {
            FileHandleOutput.standardError.write(line)
        } else {
            FileHandleOutput.standardOutput.write(line)
        }
    }

    func say(_ progress: CallProgress) {
        switch progress {
        case .provisional(let status, let reason): say("\(status) \(reason)")
        case .earlyMedia(let codec): say("sound before the answer (\(codec))")
        case .answered: say("answered")
        }
    }

    func say(_ event: CallEvent) {
        switch event {
        case .dtmf(let digit, _): say("key \(digit)")
        case .held(true): say("the other side holds")
        case .held(false): say("the other side is back")
        case .mediaChanged(let codec): say("codec \(codec)")
        case .mediaSilent(let duration): say("nothing has been heard for \(duration.components.seconds) s")
        case .mediaFlows: say("sound arrives")
        case .transferProgress(let status): say("transfer: \(status)")
        case .takenOver(let isTaken): say(isTaken ? "taken over" : "given back")
        case .ended(let end): say("ended: \(end.explanation)")
        }
    }
}

/// Unbuffered text to standard output or standard error: a line is out at once, also into a pipe.
struct FileHandleOutput: TextOutputStream, Sendable {
    static let standardOutput = FileHandleOutput(descriptor: 1)
    static let standardError = FileHandleOutput(descriptor: 2)
    /// What is written there is lost.
    static let none = FileHandleOutput(descriptor: -1)

    let descriptor: Int32

    func write(_ text: String) { write(Array(text.utf8)) }

    func write(_ octets: [UInt8]) {
        var octets = octets[...]
        while !octets.isEmpty {
            let written = unsafe octets.withUnsafeBytes {
                unsafe Self.systemWrite(descriptor, $0.baseAddress, $0.count)
            }
            guard written > 0 else { return }
            octets = octets.dropFirst(written)
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ octets: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            unsafe Glibc.write(descriptor, octets, count)
        #else
            unsafe Darwin.write(descriptor, octets, count)
        #endif
    }
}
