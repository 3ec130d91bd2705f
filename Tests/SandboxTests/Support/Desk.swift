import Crypto
import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// A carrier in virtual time, and what it has sent.
struct Desk {
    var carrier: SandboxCarrier
    var now = Instant.zero
    /// All that was sent, in order.
    private(set) var sent: [(message: Message, wire: SandboxWire)] = []
    private(set) var remarks: [String] = []
    private(set) var handedOn: [String] = []
    private(set) var orders: [RelayOrder] = []
    /// What the name server has said.
    private(set) var told: [(octets: [UInt8], asker: TransportAddress)] = []
    /// The call whose sound the HTTP side has.
    private(set) var tapped: UInt64 = 0
    /// What the HTTP side did.
    var api = ControlRecord()
    private var lastPort: UInt16 = 20_000

    static let edge = "198.51.100.10:5060"
    static let agentWire = SandboxWire(.udp, remote: TransportAddress(ip: .v4(0xC000_020A), port: 5060))
    static let phoneWire = SandboxWire(.udp, remote: TransportAddress(ip: .v4(0xC000_0214), port: 5062))

    init(_ change: (inout SandboxSettings) -> Void = { _ in }) {
        var settings = SandboxSettings(edges: [
            TransportAddress(ip: .v4(0xC633_640A), port: 5060), TransportAddress(ip: .v4(0xC633_640B), port: 5060),
        ])
        change(&settings)
        carrier = SandboxCarrier(settings, random: SeededGenerator(seed: 7))
    }

    // MARK: What comes

    /// Hands it a message.
    ///
    /// - Returns: what it sends because of that.
    @discardableResult
    mutating func hear(_ text: String, from wire: SandboxWire = Desk.agentWire) -> [Message] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        return take(.message(Array(lines.utf8), wire))
    }

    @discardableResult
    mutating func take(_ event: SandboxCarrier.Event) -> [Message] {
        var messages: [Message] = []
        for action in carrier.receive(event, now: now) {
            switch action {
            case .send(let octets, let wire):
                guard let message = try? Message(parsing: octets) else {
                    Issue.record("it sent what can't be read: \(String(decoding: octets, as: UTF8.self))")
                    continue
                }
                sent.append((message, wire))
                messages.append(message)
            case .relay(let call, let order):
                orders.append(order)
                if order == .tap { tapped = call }
                if order == .open {
                    lastPort += 4
                    messages += take(.relayOpened(call: call, caller: lastPort, callee: lastPort + 2))
                }
            case .handedOn(let caller, let number): handedOn.append("\(caller) to \(number)")
            case .remark(let sentence): remarks.append(sentence)
            case .nameAnswer(let octets, let asker): told.append((octets, asker))
            case .control(let action):
                api.note(action)
                if case .post(let number, _) = action, let status = api.answersWebhooks {
                    messages += take(.control(.delivered(number, status: status)))
                }
            }
        }
        return messages
    }

    /// Lets time pass.
    ///
    /// - Returns: what it sends meanwhile, with when.
    @discardableResult
    mutating func pass(_ duration: Duration) -> [(at: Instant, message: Message)] {
        let end = now + duration
        var messages: [(at: Instant, message: Message)] = []
        while let deadline = carrier.deadline, deadline <= end {
            now = max(now, deadline)
            messages += take(.wake).map { (now, $0) }
        }
        now = end
        return messages
    }

    // MARK: What was sent

    /// The last request of a method that was sent to a place.
    func request(_ method: Method, to wire: SandboxWire) -> Request? {
        for (message, place) in sent.reversed() where place == wire {
            if case .request(let request) = message, request.method == method { return request }
        }
        return nil
    }

    /// The last answer that was sent to a place.
    func response(to wire: SandboxWire) -> Response? {
        for (message, place) in sent.reversed() where place == wire {
            if case .response(let response) = message { return response }
        }
        return nil
    }

    /// How often a request was sent, copies included.
    func count(_ method: Method, to wire: SandboxWire) -> Int {
        sent.count { entry in
            guard case .request(let request) = entry.message else { return false }
            return request.method == method && entry.wire == wire
        }
    }
}

extension Message {
    var request: Request? { if case .request(let request) = self { request } else { nil } }
    var response: Response? { if case .response(let response) = self { response } else { nil } }
}

extension [Message] {
    /// The final answer among them.
    var final: Response? { compactMap(\.response).last { $0.status >= 200 } }
}

/// The answer to a challenge, made here by hand.
enum Digest {
    static func hash(_ text: String) -> String {
        Insecure.MD5.hash(data: Array(text.utf8)).map { octet in
            let digits = String(octet, radix: 16)
            return digits.utf8.count == 1 ? "0\(digits)" : digits
        }.joined()
    }

    static func value(_ name: String, in challenge: String) -> String? {
        guard let start = challenge.range(of: "\(name)=\"")?.upperBound else { return nil }
        return String(challenge[start...].prefix { $0 != "\"" })
    }

    /// - Parameter count: how often the nonce was used, this time included; it counts only where there is a qop.
    static func answer(
        _ challenge: String, user: String, password: String, method: String, uri: String, count: Int = 1
    ) -> String {
        let realm = value("realm", in: challenge) ?? ""
        let nonce = value("nonce", in: challenge) ?? ""
        let opaque = value("opaque", in: challenge) ?? ""
        let secret = hash("\(user):\(realm):\(password)")
        let asked = hash("\(method):\(uri)")
        var text = "Digest username=\"\(user)\", realm=\"\(realm)\", nonce=\"\(nonce)\", uri=\"\(uri)\""
        if challenge.contains("qop=") {
            let number = "0000000\(count)"
            let response = hash("\(secret):\(nonce):\(number):0a4f113b:auth:\(asked)")
            text += ", response=\"\(response)\", cnonce=\"0a4f113b\", qop=auth, nc=\(number)"
        } else {
            text += ", response=\"\(hash("\(secret):\(nonce):\(asked)"))\""
        }
        return text + ", opaque=\"\(opaque)\", algorithm=MD5"
    }
}

extension String {
    /// Where a text begins, without Foundation.
    func range(of text: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }

    func contains(_ text: String) -> Bool { range(of: text) != nil }
}
