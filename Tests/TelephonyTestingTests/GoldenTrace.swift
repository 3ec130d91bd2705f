import TelephonyPrimitives
import TelephonyTesting

/// A trace in which everything is right, with a name for every line, so that a test can break one thing.
struct GoldenTrace: Sendable {
    struct Line: Sendable {
        var label: String
        /// Milliseconds.
        var time: Double
        var sender: String
        var octets: [UInt8]
        var isLost = false
        var `protocol` = WireProtocol.udp
        var source: TransportAddress?
        var destination: TransportAddress?
    }

    var lines: [Line] = []
    var end = 60_000.0
    /// One way, in milliseconds.
    let latency = 10.0

    static let hosts = ["alice": "192.0.2.1", "bob": "192.0.2.2"]

    /// All lines as a trace.
    var trace: Trace {
        let ordered = lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        return Trace(
            records: ordered.map { _, line in
                let other = line.sender == "alice" ? "bob" : "alice"
                return Trace.Record(
                    time: .zero + .microseconds(Int64(line.time * 1000)), protocol: line.protocol,
                    source: line.source ?? TransportAddress(host: Self.hosts[line.sender] ?? "", port: 5060)
                        ?? .nowhere,
                    destination: line.destination ?? TransportAddress(host: Self.hosts[other] ?? "", port: 5060)
                        ?? .nowhere,
                    sender: line.sender, receiver: other, octets: line.octets,
                    fate: line.isLost
                        ? .lost(.chance)
                        : .delivered(at: [.zero + .microseconds(Int64((line.time + latency) * 1000))]))
            }, end: .zero + .microseconds(Int64(end * 1000)))
    }

    func report(waivers: [Waiver] = []) -> AuditReport {
        TraceAuditor(waivers: waivers).audit(trace)
    }

    // MARK: Breaking

    private func index(_ label: String) -> Int {
        guard let index = lines.firstIndex(where: { $0.label == label }) else {
            preconditionFailure("no line \(label)")
        }
        return index
    }

    func line(_ label: String) -> Line { lines[index(label)] }

    func message(_ label: String) -> WireMessage {
        WireMessage(line(label).octets) ?? WireMessage(startLine: "")
    }

    mutating func edit(_ label: String, _ change: (inout WireMessage) -> Void) {
        var message = message(label)
        change(&message)
        lines[index(label)].octets = message.octets
    }

    /// Changes the description in a message; Content-Length follows.
    mutating func editDescription(_ label: String, _ replace: String, with text: String) {
        edit(label) { message in
            let body = String(decoding: message.body, as: UTF8.self)
            precondition(body.contains(replace), "no \(replace) in \(label)")
            message.setSessionDescription(body.replacing(replace, with: text))
        }
    }

    mutating func editOctets(_ label: String, _ change: (inout [UInt8]) -> Void) {
        change(&lines[index(label)].octets)
    }

    mutating func remove(_ labels: String...) {
        lines.removeAll { labels.contains($0.label) }
    }

    mutating func lose(_ label: String) { lines[index(label)].isLost = true }

    mutating func deliver(_ label: String) { lines[index(label)].isLost = false }

    mutating func move(_ label: String, to time: Double) { lines[index(label)].time = time }

    mutating func keep(_ labels: String...) {
        lines.removeAll { !labels.contains($0.label) }
    }

    /// Replaces text within the first field of a name.
    mutating func replace(_ label: String, _ field: String, _ old: String, with new: String) {
        edit(label) { message in
            let value = message[field] ?? ""
            precondition(value.contains(old), "no \(old) in \(field) of \(label)")
            message[field] = value.replacing(old, with: new)
        }
    }

    mutating func readdress(_ label: String, to destination: TransportAddress?) {
        lines[index(label)].destination = destination
    }

    mutating func shiftTimestamp(_ label: String, by units: UInt32) {
        editOctets(label) { octets in
            let shifted = octets[4..<8].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } &+ units
            octets.replaceSubrange(4..<8, with: [24, 16, 8, 0].map { UInt8(shifted >> $0 & 0xFF) })
        }
    }

    /// Sends a PCMU packet later, as the first one after a pause.
    mutating func resume(_ label: String, after milliseconds: Double) {
        move(label, to: line(label).time + milliseconds)
        shiftTimestamp(label, by: UInt32(milliseconds * 8))
        editOctets(label) { $0[1] |= 0x80 }
    }

    /// Sends a line once more.
    mutating func repeats(_ label: String, at time: Double, as name: String? = nil) {
        var copy = line(label)
        copy.label = name ?? label + "'"
        copy.time = time
        lines.append(copy)
    }

    mutating func add(_ label: String, at time: Double, from sender: String, _ message: WireMessage) {
        lines.append(Line(label: label, time: time, sender: sender, octets: message.octets))
    }
}

extension TransportAddress {
    static let nowhere = TransportAddress(ip: .anyV4, port: 0)
}

// MARK: - Building what is right

extension GoldenTrace {
    static let recordRoute = "<sip:proxy.example.com;lr>"

    /// A request of `sender`; a branch made from the label keeps transactions apart.
    static func request(
        _ method: String, to uri: String, from sender: String, callID: String, cseq: Int, branch: String,
        fromTag: String, toTag: String? = nil, with fields: [(String, String)] = []
    ) -> WireMessage {
        let other = sender == "alice" ? "bob" : "alice"
        var message = WireMessage(
            startLine: "\(method) \(uri) SIP/2.0",
            fields: [
                .init("Via", "SIP/2.0/UDP \(hosts[sender] ?? ""):5060;branch=z9hG4bK\(branch);rport"),
                .init("Max-Forwards", "70"), .init("From", "<sip:\(sender)@example.com>;tag=\(fromTag)"),
                .init("To", "<sip:\(other)@example.com>" + (toTag.map { ";tag=\($0)" } ?? "")),
                .init("Call-ID", callID), .init("CSeq", "\(cseq) \(method)"),
            ] + fields.map { .init($0.0, $0.1) })
        message["Content-Length"] = "0"
        return message
    }

    static func response(
        _ status: Int, to request: WireMessage, toTag: String?, with fields: [(String, String)] = []
    ) -> WireMessage {
        var message = WireMessage(startLine: "SIP/2.0 \(status) Text")
        for field in request.fields where ["Via", "From", "To", "Call-ID", "CSeq"].contains(field.name) {
            var value = field.value
            if field.name == "Via" { value = value.replacing(";rport", with: ";received=192.0.2.99;rport=5060") }
            if field.name == "To", let toTag, request.toTag == nil { value += ";tag=\(toTag)" }
            message.fields.append(.init(field.name, value))
        }
        if (101...299).contains(status), request.method == "INVITE" {
            message.fields += request.fields.filter { $0.name == "Record-Route" }
        }
        message.fields += fields.map { .init($0.0, $0.1) }
        message["Content-Length"] = "0"
        return message
    }

    static func contact(_ side: String) -> (String, String) {
        ("Contact", "<sip:\(side)@\(hosts[side] ?? ""):5060>")
    }

    static func uri(_ side: String) -> String { "sip:\(side)@\(hosts[side] ?? ""):5060" }

    static func description(
        _ side: String, version: Int = 1, port: Int = 4000, direction: String = "sendrecv", formats: String = "0 8 101"
    ) -> String {
        """
        v=0\r
        o=- \(side == "alice" ? 11 : 22) \(version) IN IP4 \(hosts[side] ?? "")\r
        s=-\r
        c=IN IP4 \(hosts[side] ?? "")\r
        t=0 0\r
        m=audio \(port) RTP/AVP \(formats)\r
        a=rtpmap:0 PCMU/8000\r
        a=rtpmap:8 PCMA/8000\r
        a=rtpmap:101 telephone-event/8000\r
        a=fmtp:101 0-16\r
        a=\(direction)\r

        """
    }
}

extension WireMessage {
    func describing(_ text: String) -> WireMessage {
        var copy = self
        copy.setSessionDescription(text)
        return copy
    }
}
