import CHeap
import SIPCore
import TelephonyPrimitives

extension UserAgentConfiguration {
    /// The defaults, with room for what lingers at high rates.
    public static var benchmark: UserAgentConfiguration {
        var configuration = UserAgentConfiguration(maxSessions: 200_000, maxTransactions: 1_000_000)
        // Every benchmark answers at once.
        configuration.saysTryingFirst = false
        return configuration
    }
}

extension Body {
    /// The answer of every benchmark.
    public static let benchmarkAnswer = Body(
        contentType: "application/sdp",
        octets: Array(
            """
            v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n\
            a=rtpmap:0 PCMU/8000\r\n
            """.utf8))
}

/// INVITE, 200, ACK, BYE, 200 so often, by the callee's user agent, sans I/O. The caller is a template: it writes a
/// number and the callee's tag into the messages that SIPp would send.
func answerCalls(_ count: Int, perSecond rate: Int) throws -> Int {
    var callee = Callee()
    for number in 0..<count {
        callee.now = callee.now + .nanoseconds(1_000_000_000 / Int64(rate))
        try callee.answer(number)
        try callee.takeBye(number)
    }
    return callee.octetsSent
}

/// Octets per call that was answered and acknowledged, when its transactions are over.
func holdCalls(_ count: Int) throws -> Int {
    var callee = Callee()
    // What is made once is not charged to the calls.
    for number in 0..<100 {
        try callee.answer(number)
        try callee.takeBye(number)
    }
    callee.wait(.seconds(40))
    let before = Int(heap_octets_in_use())
    for number in 100..<(100 + count) {
        callee.now = callee.now + .milliseconds(2)
        try callee.answer(number)
    }
    let during = Int(heap_octets_in_use())
    callee.wait(.seconds(40))
    let octets = (Int(heap_octets_in_use()) - before) / count
    print(
        "held \(count) calls: \(octets) octets of heap per call, \((during - before) / count) while transactions live")
    return callee.octetsSent
}

enum BenchmarkFailure: Error { case noAnswer, noTag }

/// A user agent that takes calls, and the messages of its callers.
private struct Callee {
    var core = UserAgentCore(configuration: .benchmark, random: SeededGenerator(seed: 1))
    var now = Instant.zero
    var octetsSent = 0
    private let flow = Flow(
        protocol: .udp, local: TransportAddress(ip: .loopbackV4, port: 5060),
        remote: TransportAddress(ip: .loopbackV4, port: 15_060), id: 1)
    private let invite = Template(Caller.invite)
    private let acknowledgement = Template(Caller.acknowledgement)
    private let bye = Template(Caller.bye)
    /// Where the tag begins in the 200; its place is the same in each, found once.
    private var tagPlace: Int?
    /// By call, for those that are held.
    private var tag: [UInt8] = []

    mutating func answer(_ number: Int) throws {
        core.receive(.datagram(invite.filled(number, tag: []), flow), now: now)
        var response: [UInt8] = []
        while let output = core.nextOutput() {
            switch output {
            case .transmit(let octets, _):
                octetsSent += octets.count
                response = octets
            case .event(.incoming(let session, _, _)):
                // Within the outputs, as an application does that knows its answer.
                core.receive(.command(.answer(session, body: .benchmarkAnswer)), now: now)
            default:
                break
            }
        }
        guard !response.isEmpty else { throw BenchmarkFailure.noAnswer }
        tag = try tag(in: response)
        core.receive(.datagram(acknowledgement.filled(number, tag: tag), flow), now: now)
        while let output = core.nextOutput() {
            if case .transmit(let octets, _) = output { octetsSent += octets.count }
        }
    }

    mutating func takeBye(_ number: Int) throws {
        core.receive(.datagram(bye.filled(number, tag: tag), flow), now: now)
        var answered = false
        while let output = core.nextOutput() {
            if case .transmit(let octets, _) = output {
                octetsSent += octets.count
                answered = true
            }
        }
        guard answered else { throw BenchmarkFailure.noAnswer }
    }

    mutating func wait(_ duration: Duration) {
        let end = now + duration
        while let deadline = core.deadline, deadline <= end {
            now = max(now, deadline)
            core.receive(.wake, now: now)
            while core.nextOutput() != nil {}
        }
        now = end
    }

    /// The octets of our tag in the To of a 200.
    private mutating func tag(in response: [UInt8]) throws -> [UInt8] {
        if tagPlace == nil {
            let marker = Array(">;tag=".utf8)
            // The first is From's, the second To's.
            var seen = 0
            for index in response.indices.dropLast(marker.count)
            where response[index..<(index + marker.count)].elementsEqual(marker) {
                seen += 1
                if seen == 2 { tagPlace = index + marker.count }
            }
        }
        guard let tagPlace, tagPlace + 13 <= response.count else { throw BenchmarkFailure.noTag }
        return Array(response[tagPlace..<(tagPlace + 13)])
    }
}

/// A message with places for the number of the call (`########`) and the callee's tag (`@@@@@@@@@@@@@`).
private struct Template {
    private let octets: [UInt8]
    private let numbers: [Int]
    private let tags: [Int]

    init(_ text: String) {
        octets = Array(text.utf8)
        numbers = Self.places(of: 0x23, count: 8, in: octets)
        tags = Self.places(of: 0x40, count: 13, in: octets)
    }

    private static func places(of octet: UInt8, count: Int, in octets: [UInt8]) -> [Int] {
        guard octets.count >= count else { return [] }
        return (0...(octets.count - count)).filter { octets[$0..<($0 + count)].allSatisfy { $0 == octet } }
    }

    func filled(_ number: Int, tag: [UInt8]) -> [UInt8] {
        var copy = octets
        for place in numbers {
            var rest = number
            for index in 0..<8 {
                copy[place + 7 - index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
        }
        for place in tags {
            for (index, octet) in tag.enumerated() { copy[place + index] = octet }
        }
        return copy
    }
}

/// What SIPp sends with the scenario in `peers/uac.xml`.
private enum Caller {
    private static let sdp =
        "v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        + "m=audio 30000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        + "a=fmtp:101 0-15\r\n"

    private static func head(_ start: String, branch: String, to: String, cseq: String) -> String {
        "\(start) SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:15060;branch=z9hG4bK-4711-########-\(branch)\r\n"
            + "From: \"Jane Q. Caller\" <sip:sipp@127.0.0.1:15060>;tag=4711SIPpTag00########\r\n"
            + "To: <sip:x@127.0.0.1:5060>\(to)\r\nCall-ID: ########-4711@127.0.0.1\r\nCSeq: \(cseq)\r\n"
            + "Contact: <sip:sipp@127.0.0.1:15060>\r\nMax-Forwards: 70\r\n"
    }

    static let invite =
        head("INVITE sip:x@127.0.0.1:5060", branch: "0", to: "", cseq: "1 INVITE")
        + "User-Agent: anchor-uac\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nSupported: timer, replaces\r\n"
        + "Content-Type: application/sdp\r\nContent-Length: \(sdp.utf8.count)\r\n\r\n" + sdp

    static let acknowledgement =
        head("ACK sip:x@127.0.0.1:5060", branch: "5", to: ";tag=@@@@@@@@@@@@@", cseq: "1 ACK")
        + "Content-Length: 0\r\n\r\n"

    static let bye =
        head("BYE sip:x@127.0.0.1:5060", branch: "7", to: ";tag=@@@@@@@@@@@@@", cseq: "2 BYE")
        + "Content-Length: 0\r\n\r\n"
}
