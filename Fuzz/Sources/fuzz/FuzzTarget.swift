import CFuzz
import SDP
import TelephonyPrimitives

@testable import SIPCore

/// What can be fuzzed. Each takes any octets; a trap, or a promise that does not hold, is a finding.
struct FuzzTarget: Sendable {
    let run: @Sendable ([UInt8]) -> Void
    /// The most octets that may be allocated while an input is looked at: so many for each of its own, and so many more.
    let perOctet: Int
    let beyond: Int
    /// Whether that bounds what is held at once rather than all that is allocated: a user agent may work for long.
    var boundsPeak = false

    static let all: [String: FuzzTarget] = [
        "message": FuzzTarget(run: message, perOctet: 256, beyond: 65_536),
        "header": FuzzTarget(run: header, perOctet: 64, beyond: 16_384),
        "uri": FuzzTarget(run: uri, perOctet: 64, beyond: 16_384),
        "sdp": FuzzTarget(run: sdp, perOctet: 256, beyond: 65_536),
        "framing": FuzzTarget(run: framing, perOctet: 256, beyond: 65_536),
        "digest": FuzzTarget(run: digest, perOctet: 256, beyond: 65_536),
        "packet": FuzzTarget(run: packet, perOctet: 64, beyond: 16_384),
        "agent": FuzzTarget(run: agent, perOctet: 256, beyond: 262_144, boundsPeak: true),
        "identity": FuzzTarget(run: identity, perOctet: 256, beyond: 65_536),
        "body": FuzzTarget(run: body, perOctet: 256, beyond: 65_536),
    ]

    /// Looks at one input, and at what that costs.
    func look(at octets: [UInt8]) {
        fuzz_reset_allocations()
        run(octets)
        let count = boundsPeak ? fuzz_peak_octets() : fuzz_allocated_octets()
        Self.most = max(Self.most, count.quotientAndRemainder(dividingBy: max(octets.count, Self.smallest)).quotient)
        guard count <= octets.count * perOctet + beyond else {
            fatalError("\(count) octets were allocated for an input of \(octets.count)")
        }
    }

    /// The most octets that were allocated for each one of an input; short inputs count as longer ones.
    nonisolated(unsafe) static var most = 0
    private static let smallest = 256
    nonisolated(unsafe) static var chosen = FuzzTarget(run: { _ in }, perOctet: 0, beyond: 0)

    /// A message: every accessor, and what is read is what was written.
    static func message(_ octets: [UInt8]) {
        guard let message = try? Message(parsing: octets) else { return }
        switch message {
        case .request(let request):
            _ = try? request.validate()
            _ = try? request.requestURI
            _ = request.require
            _ = (request.caller, request.forgiven)
            look(at: request)
            let response = MessageBuilder(response: 486, to: request, toTag: Tag("t")).buildResponse()
            _ = try? Message(parsing: response.octets)
            // Whatever is well-formed can be refused, and the refusal is well-formed.
            if (try? request.validate()) != nil {
                guard let again = try? Message(parsing: response.octets), case .response(let answer) = again,
                    (try? answer.validate()) != nil
                else { fatalError("a refusal of a valid request is not valid") }
            }
        case .response(let response):
            _ = try? response.validate()
            _ = response.forgiven
            look(at: response)
        }
    }

    private static func look(at message: some SIPMessage) {
        _ = try? message.vias
        _ = try? message.topVia
        _ = try? message.from
        _ = try? message.to
        _ = try? message.callID
        _ = try? message.cseq
        _ = (try? message.bodyParts, message.sessionDescription, message.privacy, message.identities)
        for name in [HeaderName.contact, .route, .recordRoute, .supported, .accept, .referTo] {
            _ = message.list(of: name)
            _ = message.values(of: name)
        }
        for (name, value) in message.headers {
            guard message.first(name) != nil else { fatalError("\(name) = \(value) is there and not found") }
        }
    }

    /// The value of one header: the first octet chooses which.
    static func header(_ octets: [UInt8]) {
        guard let selector = octets.first else { return }
        let readers = headerReaders
        readers[Int(selector) % readers.count].read(String(decoding: octets.dropFirst(), as: UTF8.self))
    }

    /// Every header that is read into a type of its own. `scripts/fuzz-seeds.py` knows the order.
    static let headerReaders: [(name: String, read: @Sendable (String) -> Void)] = [
        ("Via", { roundTrip($0, { try? Via(parsing: $0) }, \.description) }),
        ("From", { roundTrip($0, { try? NameAddress(parsing: $0) }, \.description) }),
        ("CSeq", { roundTrip($0, { try? CSeq(parsing: $0) }, \.description) }),
        ("Call-ID", { roundTrip($0, { try? CallID(parsing: $0) }, \.description) }),
        ("Content-Type", { roundTrip($0, { try? MediaType(parsing: $0) }, \.description) }),
        ("WWW-Authenticate", { roundTrip($0, { try? DigestChallenge(parsing: $0) }, \.description) }),
        ("Authorization", { text in _ = DigestAuthorization(parsing: text)?.text }),
        ("Replaces", { roundTrip($0, { try? Replaces(parsing: $0) }, \.description) }),
        ("RAck", { roundTrip($0, { ResponseAcknowledgement(parsing: $0) }, \.description) }),
        ("Session-Expires", { text in _ = SessionInterval(parsing: text) }),
        ("Subscription-State", { roundTrip($0, { SubscriptionState(parsing: $0) }, { $0.text(expiresIn: 1) }) }),
        ("Expires", { text in _ = (DeltaSeconds.parse(text), DeltaSeconds.parseWhole(text), QValue.parse(text)) }),
        ("Contact", { text in readInMessage(.contact, text) { _ = (try? $0.contacts, ContactBinding.list(of: $1)) } }),
        ("Record-Route", { text in readInMessage(.recordRoute, text) { _ = try? RouteSet(of: $0) } }),
        ("Refer-To", { text in readInMessage(.referTo, text) { _ = try? Referral($0) } }),
        ("Max-Forwards", { text in readInMessage(.maxForwards, text) { _ = try? $0.maxForwards } }),
        ("Min-SE", { text in readInMessage(.minSE, text) { _ = SessionTimerRequest($0) } }),
        ("Retry-After", { text in readInMessage(.retryAfter, text) { _ = $1.retryAfter } }),
        ("message-summary", { text in _ = try? MessageSummary(parsing: Array(text.utf8)) }),
    ]

    /// Reads a header where it stands, in a request and in a response.
    private static func readInMessage(_ name: HeaderName, _ value: String, _ read: (Request, Response) -> Void) {
        var builder = MessageBuilder(request: .refer, uri: .other(scheme: "sip", text: "h"))
        builder.add(name, value)
        let request = builder.buildRequest()
        var answer = MessageBuilder(response: 200, to: request, toTag: nil)
        answer.add(name, value)
        read(request, answer.buildResponse())
    }

    private static func readInMessage(_ name: HeaderName, _ value: String, _ read: (Request) -> Void) {
        readInMessage(name, value) { request, _ in read(request) }
    }

    /// What comes in packets and is no SIP: STUN's Binding, and an answer of the DNS.
    static func packet(_ octets: [UInt8]) {
        if let binding = STUNBinding(parsing: octets), STUNBinding(parsing: binding.octets) == nil {
            fatalError("a STUN message can't be read back")
        }
        guard let name = DNSName("example.com") else { return }
        for kind in DNSQuestion.RecordType.allCases {
            _ = DNSMessage.answer(in: octets, to: DNSQuestion(name, kind))
        }
    }

    static func uri(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        roundTrip(text, { try? URI(parsing: $0) }, \.description)
        roundTrip(text, { try? SIPURI(parsing: $0) }, \.description)
        roundTrip(text, { try? TelURI(parsing: $0) }, \.description)
    }

    /// What is written of a value reads as the same value.
    private static func roundTrip<Value: Equatable>(
        _ text: String, _ parse: (String) -> Value?, _ write: (Value) -> String
    ) {
        guard let value = parse(text) else { return }
        let written = write(value)
        guard let again = parse(written) else { fatalError("\(written.debugDescription) can't be read back") }
        guard again == value else { fatalError("\(written.debugDescription) reads as something else") }
    }

    /// What is said about who calls: the first octet chooses the header.
    static func identity(_ octets: [UInt8]) {
        guard let selector = octets.first else { return }
        let text = String(decoding: octets.dropFirst(), as: UTF8.self)
        switch selector % 8 {
        case 0: roundTrip(text, { try? Reason(parsing: $0) }, \.description)
        case 1: roundTrip(text, { try? Privacy(parsing: $0) }, \.description)
        case 2: roundTrip(text, { try? Diversion(parsing: $0) }, \.description)
        case 3:
            guard let entry = try? HistoryEntry(parsing: text) else { return }
            _ = (entry.uri, entry.index, entry.mapping, entry.reasons, entry.privacy)
        case 4:
            roundTrip(text, { try? UserToUser(parsing: $0) }, \.description)
            _ = (try? UserToUser(parsing: text))?.octets
        case 5:
            guard let number = TelephoneNumber(text) else { return }
            let plan = NumberingPlan.northAmerica
            guard plan.global(plan.global(number)) == plan.global(number) else { fatalError("a number changes twice") }
        case 6: roundTrip(text, { try? SIPDate(parsing: $0) }, \.description)
        default:
            roundTrip(text, { try? IdentityHeader(parsing: $0) }, \.description)
            let head = "INVITE sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:1@h>;tag=a\r\nTo: <sip:2@h>\r\n"
                + "Call-ID: c\r\nCSeq: 1 INVITE\r\nIdentity: "
            let end = Array("\r\n\r\n".utf8)
            guard case .request(let request)? = try? Message(parsing: Array(head.utf8) + Array(text.utf8) + end),
                let key = ES256PrivateKey(number: Array(1...32))?.publicKey
            else { return }
            let outcome = IdentityVerifier().verify(request, now: SIPDate(seconds: 0)) { _ in .key(key) }
            if case .verified = outcome { fatalError("a signature of nobody was taken for good") }
        }
    }

    /// A body of several parts; what is read can be written, and is read as the same.
    static func body(_ octets: [UInt8]) {
        guard let type = try? MediaType(parsing: "multipart/mixed;boundary=b"),
            let body = try? MultipartBody(parsing: octets, as: type)
        else { return }
        let made = body.makeBody()
        guard let madeType = try? MediaType(parsing: made.contentType),
            let again = try? MultipartBody(parsing: made.octets, as: madeType),
            again.parts.map(\.octets) == body.parts.map(\.octets)
        else { fatalError("a body can't be read back") }
        for part in body.parts { _ = (try? part.parts, try? part.disposition, part.id) }
    }

    /// A session description; an answer can be made to whatever is understood as an offer.
    static func sdp(_ octets: [UInt8]) {
        guard let description = try? SessionDescription(parsing: octets) else { return }
        guard let again = try? SessionDescription(parsing: description.serialized) else {
            fatalError("a session description can't be read back")
        }
        guard again.serialized == description.serialized else {
            fatalError("a session description changes when it is written again")
        }
        var answerer = AudioOfferAnswer(
            sessionID: 1, local: TransportAddress(ip: .v4(0x7F00_0001), port: 4_000),
            capabilities: AudioCapabilities(codecs: [.pcmu, .pcma], telephoneEvent: true, ptime: 20))
        if let (answer, _) = try? answerer.receiveOffer(description) {
            guard let read = try? SessionDescription(parsing: answer.serialized),
                read.media.count == description.media.count
            else { fatalError("an answer can't be read, or has another number of media") }
        }
        var offerer = AudioOfferAnswer(
            sessionID: 1, local: TransportAddress(ip: .v4(0x7F00_0001), port: 4_000),
            capabilities: AudioCapabilities(codecs: [.pcmu, .pcma], telephoneEvent: true, ptime: 20))
        _ = offerer.makeOffer()
        _ = try? offerer.receiveAnswer(description)
    }

    /// A stream, cut into pieces at the lengths that its own octets say: the frames do not depend on the pieces.
    static func framing(_ octets: [UInt8]) {
        func frames(_ pieces: [ArraySlice<UInt8>]) -> ([StreamFramer.Frame], Bool) {
            var framer = StreamFramer()
            var frames: [StreamFramer.Frame] = []
            for piece in pieces {
                framer.append(Array(piece))
                do {
                    while let frame = try framer.next() {
                        frames.append(frame)
                        if frames.count > octets.count { fatalError("more frames than octets") }
                    }
                } catch {
                    return (frames, true)
                }
            }
            return (frames, false)
        }
        var pieces: [ArraySlice<UInt8>] = []
        var rest = octets[...]
        while let first = rest.first {
            let length = Int(first % 61) + 1
            pieces.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        // A lone CR LF is told at once: it may be a pong, or half a ping.
        func told(_ result: ([StreamFramer.Frame], Bool)) -> ([StreamFramer.Frame], Bool) {
            (result.0.filter { $0 != .keepAlivePong }, result.1)
        }
        let (whole, wholeFailed) = told(frames([octets[...]]))
        let (cut, cutFailed) = told(frames(pieces))
        guard whole == cut, wholeFailed == cutFailed else { fatalError("the frames depend on how the octets arrive") }
    }

    static func digest(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        _ = try? DigestChallenge(parsing: text)
        var server = DigestServer(realm: "r", users: ["u": "p"], secret: Array(0..<16))
        let head =
            "REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:u@h>;tag=a\r\nTo: <sip:u@h>\r\n"
            + "Call-ID: c\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContent-Length: 0\r\nAuthorization: "
        if case .request(let request)? = try? Message(parsing: Array(head.utf8) + octets + Array("\r\n\r\n".utf8)) {
            guard case .accepted = server.verify(request: request, now: .zero) else { return }
            fatalError("a stranger was taken for somebody")
        }
    }

    /// A whole user agent: lines of the input are datagrams, commands and passing time.
    static func agent(_ octets: [UInt8]) {
        var core = UserAgentCore(
            configuration: UserAgentConfiguration(maxSessions: 20, maxTransactions: 100),
            random: SeededGenerator(seed: 1))
        let flow = Flow(
            protocol: (octets.first ?? 0) & 1 == 0 ? .udp : .tcp,
            local: TransportAddress(ip: .v4(0xC000_0201), port: 5060),
            remote: TransportAddress(ip: .v4(0xC000_0209), port: 5060), id: 1)
        var now = Instant.zero
        var answers = octets.count
        func drain() {
            while let output = core.nextOutput() {
                switch output {
                case .openFlow(let request, _): core.receive(.flowOpened(request, flow), now: now)
                case .transmit(let octets, _):
                    guard (try? Message(parsing: octets)) != nil else { fatalError("it sent what is no message") }
                case .event(.incoming(let id, _, _)):
                    answers &+= 1
                    switch answers % 4 {
                    case 0: core.receive(.command(.reject(id, status: 486)), now: now)
                    case 1: core.receive(.command(.ring(id)), now: now)
                    default: core.receive(.command(.answer(id, body: nil)), now: now)
                    }
                case .event(.reinvite(let id, _)): core.receive(.command(.answerReinvite(id, body: nil)), now: now)
                default: break
                }
            }
        }
        // NUL separates; an empty piece lets a second pass.
        for piece in octets.split(separator: 0, maxSplits: 200, omittingEmptySubsequences: false) {
            if piece.isEmpty {
                now = now + .seconds(1)
                core.receive(.wake, now: now)
            } else {
                core.receive(.datagram(Array(piece), flow), now: now)
            }
            drain()
        }
        // Whatever has happened, it comes to rest.
        for _ in 0..<100_000 {
            guard let deadline = core.deadline else { break }
            now = max(now, deadline)
            core.receive(.wake, now: now)
            drain()
            // A call that is up lasts: it is hung up after a day.
            if now > .zero + .seconds(86_400) { break }
        }
    }
}
