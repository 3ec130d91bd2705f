import RTPMedia

/// A call that a plain UDP socket makes to an endpoint: its messages are written here by hand.
struct RawCaller {
    let peer: UDPPeer
    let target: UInt16
    private let number = UInt64.random(in: 1...UInt64.max)
    private var toTag = ""
    private var sequence = 1

    init(_ peer: UDPPeer, to target: UInt16) {
        self.peer = peer
        self.target = target
    }

    private func request(
        _ method: String, sequence: Int, branch: String, headers: [String] = [], type: String? = nil, body: String = ""
    ) -> String {
        let lines =
            [
                "\(method) sip:bob@127.0.0.1:\(target) SIP/2.0",
                "Via: SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bK\(number)\(branch);rport",
                "Max-Forwards: 70", "From: <sip:alice@127.0.0.1:\(peer.port)>;tag=a\(number)",
                "To: <sip:bob@127.0.0.1:\(target)>\(toTag)", "Call-ID: \(number)@peer",
                "CSeq: \(sequence) \(method)", "Contact: <sip:alice@127.0.0.1:\(peer.port)>",
            ] + headers + (type.map { ["Content-Type: \($0)"] } ?? []) + ["Content-Length: \(body.utf8.count)"]
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// Sends an INVITE; without `body` one that wants an offer.
    func invite(_ body: String = "", headers: [String] = []) async throws {
        try await peer.send(
            request(
                "INVITE", sequence: 1, branch: "i", headers: headers, type: body.isEmpty ? nil : "application/sdp",
                body: body), to: target)
    }

    /// Acknowledges a final response.
    mutating func acknowledge(_ response: SIPText, body: String = "") async throws {
        let isAccepted = (response.status ?? 0) < 300
        if let to = response.header("To"), let tag = to.firstRange(of: ";tag=") {
            toTag = String(to[tag.lowerBound...])
        }
        try await peer.send(
            request(
                "ACK", sequence: 1, branch: isAccepted ? "k" : "i", type: body.isEmpty ? nil : "application/sdp",
                body: body), to: target)
    }

    /// Sends a request inside the call and waits for its 200.
    mutating func perform(_ method: String, type: String? = nil, body: String = "") async throws {
        sequence += 1
        let wanted = "\(sequence) \(method)"
        try await peer.send(
            request(method, sequence: sequence, branch: "r\(sequence)", type: type, body: body), to: target)
        _ = try await peer.receive("200 to \(method)") { $0.status == 200 && $0.header("CSeq") == wanted }
    }

    /// Sets a call up that offers `payloads` with its sound at `port`.
    mutating func connect(soundAt port: UInt16, payloads: String = "0 101") async throws -> SIPText {
        try await invite(audioDescription(port: port, payloads: payloads))
        let answer = try await peer.response(200)
        try await acknowledge(answer)
        return answer
    }
}

/// The other end: a plain socket that an endpoint calls.
struct RawCallee {
    let peer: UDPPeer
    let invite: SIPText
    private let target: UInt16

    /// Waits for an INVITE from an endpoint.
    init(_ peer: UDPPeer, of endpointPort: UInt16) async throws {
        self.peer = peer
        target = endpointPort
        invite = try await peer.request("INVITE")
    }

    /// Answers `request`, by default the INVITE.
    func respond(_ status: Int, _ reason: String, to request: SIPText? = nil, body: String = "") async throws {
        let request = request ?? invite
        let to = request.header("To") ?? ""
        var lines = ["SIP/2.0 \(status) \(reason)"]
        lines += request.headers("Via").map { "Via: \($0)" }
        lines += [
            "From: \(request.header("From") ?? "")", "To: \(to.contains(";tag=") ? to : to + ";tag=callee")",
            "Call-ID: \(request.header("Call-ID") ?? "")", "CSeq: \(request.header("CSeq") ?? "")",
            "Contact: <sip:bob@127.0.0.1:\(peer.port)>",
        ]
        if !body.isEmpty { lines.append("Content-Type: application/sdp") }
        lines.append("Content-Length: \(body.utf8.count)")
        try await peer.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + body, to: target)
    }

    /// Changes the call: the final response to a re-INVITE, acknowledged.
    func reinvite(_ body: String) async throws -> SIPText {
        func request(_ method: String, branch: String, body: String) -> String {
            let lines =
                [
                    "\(method) sip:caller@127.0.0.1:\(target) SIP/2.0",
                    "Via: SIP/2.0/UDP 127.0.0.1:\(peer.port);branch=z9hG4bK\(branch);rport", "Max-Forwards: 70",
                    "From: \(invite.header("To") ?? "");tag=callee", "To: \(invite.header("From") ?? "")",
                    "Call-ID: \(invite.header("Call-ID") ?? "")", "CSeq: 7 \(method)",
                    "Contact: <sip:bob@127.0.0.1:\(peer.port)>",
                ] + (body.isEmpty ? [] : ["Content-Type: application/sdp"]) + ["Content-Length: \(body.utf8.count)"]
            return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
        }
        try await peer.send(request("INVITE", branch: "change", body: body), to: target)
        let response = try await peer.receive("the answer to a re-INVITE") {
            ($0.status ?? 0) >= 200 && $0.header("CSeq") == "7 INVITE"
        }
        let branch = response.status == 200 ? "confirmed" : "change"
        try await peer.send(request("ACK", branch: branch, body: ""), to: target)
        return response
    }

    /// Waits for a request in the call and answers it with 200.
    @discardableResult func confirm(_ method: String) async throws -> SIPText {
        let request = try await peer.request(method)
        try await respond(200, "OK", to: request)
        return request
    }
}

/// One stream of RTP from a plain socket.
struct RawStream {
    let ssrc: UInt32
    var payloadType: UInt8 = 0
    private var sequence: UInt16 = 100
    private var timestamp: UInt32 = 5_000

    init(ssrc: UInt32, payloadType: UInt8 = 0) {
        self.ssrc = ssrc
        self.payloadType = payloadType
    }

    /// The next packet of 20 ms.
    mutating func packet(_ samples: [Int16], _ law: G711.Law = .mu) -> RTPPacket {
        defer {
            sequence &+= 1
            timestamp &+= 160
        }
        return RTPPacket(
            payloadType: payloadType, sequence: sequence, timestamp: timestamp, ssrc: ssrc,
            payload: G711(law).encode(samples)[...])
    }
}
