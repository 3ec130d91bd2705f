import CFuzz

@testable import SIPCore

/// Single values, each by its reader.
extension FuzzTarget {
    /// The value of one header: the first octet chooses which.
    static func header(_ octets: [UInt8]) {
        guard let selector = octets.first else { return }
        let readers = headerReaders
        readers[Int(selector) % readers.count].read(value(octets.dropFirst()))
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
        let response = answer.buildResponse()
        // Nobody sent these.
        fuzz_reset_allocations()
        read(request, response)
    }

    private static func readInMessage(_ name: HeaderName, _ value: String, _ read: (Request) -> Void) {
        readInMessage(name, value) { request, _ in read(request) }
    }

    static func uri(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        roundTrip(text, { try? URI(parsing: $0) }, \.description)
        roundTrip(text, { try? SIPURI(parsing: $0) }, \.description)
        roundTrip(text, { try? TelURI(parsing: $0) }, \.description)
    }

    /// A header value. A line end in it becomes a blank when it is written, which is no finding.
    static func value(_ octets: ArraySlice<UInt8>) -> String {
        String(decoding: octets.map { $0 == 0x0D || $0 == 0x0A ? 0x20 : $0 }, as: UTF8.self)
    }

    /// What is written of a value reads as the same value.
    static func roundTrip<Value: Equatable>(
        _ text: String, _ parse: (String) -> Value?, _ write: (Value) -> String
    ) {
        guard let value = parse(text) else { return }
        let written = write(value)
        guard let again = parse(written) else {
            // Escapes make a URI longer, and a longer one may be beyond what is read.
            if written.utf8.count > 2_048 { return }
            fatalError("\(written.debugDescription) can't be read back")
        }
        guard again == value else { fatalError("\(written.debugDescription) reads as something else") }
    }
}
