import Glibc
import SDP
import SIPCore
import TelephonyPrimitives

/// Runs one case so often: what it costs is counted from outside, by running it N and 3N times.
///
/// Prints a checksum, so that nothing can be left out by the optimiser.
public func runBenchmark(_ arguments: [String]) {
    guard let name = arguments.first, let count = arguments.last.flatMap(Int.init), count > 0 else { usage() }
    let file = arguments.count > 2 ? arguments[1] : nil
    let checksum: Int
    do {
        switch name {
        case "parse": checksum = try parse(octets(of: file), count: count)
        case "full": checksum = try parseFully(octets(of: file), count: count)
        case "stranger": checksum = takeMessages(octets(of: file), count: count)
        case "serialise": checksum = try serialise(octets(of: file), count: count)
        case "call": checksum = try answerCalls(count, perSecond: file.flatMap(Int.init) ?? 20)
        case "held": checksum = try holdCalls(count)
        default: usage()
        }
    } catch {
        fail("\(error)")
    }
    print("check \(checksum)")
}

private func usage() -> Never {
    fail(
        """
        usage: sip-bench CASE .. COUNT
          parse FILE COUNT       accept a message and index it
          full FILE COUNT        … and decode every address, Via and CSeq, and the description
          stranger FILE COUNT    a user agent takes a message, each time as a new one: ######## is a number
          serialise FILE COUNT   build a response to the request in FILE, with a body
          call [RATE] COUNT      INVITE, 200, ACK, BYE, 200 through the user agent, RATE per second of virtual time
          held COUNT             octets on the heap per answered call whose transactions are over
        """)
}

private func fail(_ sentence: String) -> Never {
    print(sentence)
    exit(1)
}

private func octets(of path: String?) -> [UInt8] {
    guard let path, let file = fopen(path, "rb") else { fail("there is no file \(path ?? "")") }
    defer { fclose(file) }
    var octets = [UInt8](repeating: 0, count: 65_535)
    let count = fread(&octets, 1, octets.count, file)
    return Array(octets[..<count])
}
