import SIPCore
import TelephonyPrimitives
import Testing

/// Plays one party of a published flow with our core, the others by hand, and compares what it sends.
private struct FlowPlayer {
    let view: FlowView
    var stage = Stage()
    var session: SessionID?
    var isCaller = false
    /// How many of our messages are accounted for, by their place.
    var matched: Set<Int> = []
    var peerBranches: [String: (branch: String, sequence: UInt32)] = [:]
    /// Requests of the peer and ours that have no final response, youngest last.
    var openFromPeer: [String] = []
    var openFromUs: [Request] = []
    var peerWantsOffer = false
    /// The INVITE of ours that was answered last, for copies of the answer.
    var answered: (status: Int, request: Request)?

    mutating func play() throws {
        for step in view.steps {
            if step.from == view.party { try send(step) } else { try receive(step) }
        }
        for index in stage.sent.indices where !matched.contains(index) {
            let title = stage.sent[index].message.title
            #expect(title.hasPrefix("100 "), "\(view.testDescription): sends \(title) beyond the flow")
        }
    }

    private func status(_ message: String) -> Int? {
        if message == "Unauthorized" { return 401 }
        return Int(message.trimmingPrefix("(").prefix(3))
    }

    private func method(_ message: String) -> String {
        let name = String(message.prefix { $0 != " " })
        return name == "re-INVITE" ? "INVITE" : name
    }

    /// `INVITE` of `491 (re-INVITE)`.
    private func hint(_ message: String) -> String? {
        guard let open = message.lastIndex(of: "("), message.hasSuffix(")"), !message.hasPrefix("(") else { return nil }
        let name = message[message.index(after: open)...].dropLast()
        if name.hasSuffix("INVITE") { return "INVITE" }
        return ["BYE", "CANCEL", "UPDATE", "REFER"].contains(String(name)) ? String(name) : nil
    }

    // MARK: Ours

    private mutating func take(_ title: String) -> Message? {
        guard
            let index = stage.sent.indices.first(where: {
                !matched.contains($0) && stage.sent[$0].message.title == title
            })
        else { return nil }
        matched.insert(index)
        return stage.sent[index].message
    }

    private mutating func send(_ step: FlowView.Step) throws {
        if let status = status(step.message) {
            if status == 100 { return }
            let method = hint(step.message) ?? openFromPeer.last ?? "INVITE"
            let title = "\(status) \(method)"
            var message = take(title)
            if message == nil {
                answer(status, method, step)
                message = take(title)
            }
            let response = try #require(
                message?.response, "\(view.testDescription) \(step.step): \(title), but \(stage.titles)")
            if status >= 200, let index = openFromPeer.lastIndex(of: method) { openFromPeer.remove(at: index) }
            #expect(try response.to.tag != nil)
            if let has = step.check?.hasDescription, method == "INVITE", (200..<300).contains(status), !peerWantsOffer {
                #expect(!response.body.isEmpty == has || !has, "\(step.step)")
            }
            try? stage.learnOurTag()
            return
        }
        let name = method(step.message)
        var message = take(name)
        if message == nil {
            try ask(name, step)
            message = take(name)
        }
        let request = try #require(
            message?.request, "\(view.testDescription) \(step.step): \(name), but \(stage.titles)")
        if let hasToTag = step.check?.hasToTag { #expect(try (request.to.tag != nil) == hasToTag, "\(step.step)") }
        if name == "INVITE", session != nil, stage.ourTag == nil {
            stage.callID = try request.callID.text
            stage.ourTag = try request.from.tag?.text
        }
        if name != "ACK" { openFromUs.append(request) }
    }

    private mutating func ask(_ name: String, _ step: FlowView.Step) throws {
        guard let session else {
            isCaller = true
            session = try stage.call(
                body: step.check?.hasDescription == false ? nil : .offer,
                credentials: Credentials(username: "alice", password: "secret"))
            return
        }
        switch name {
        case "INVITE": stage.command(.reinvite(session, body: .hold))
        case "UPDATE": stage.command(.update(session, body: .hold))
        case "BYE", "CANCEL": stage.command(.end(session))
        case "REFER": stage.command(.refer(session, target: "sip:carol@example.com"))
        case "ACK": stage.command(.acknowledge(session, body: .answer))
        default: break
        }
        // Glare makes it wait for its time (RFC 3261 §14.1).
        for _ in 0..<50
        where !stage.sent.indices.contains(where: {
            !matched.contains($0) && stage.sent[$0].message.title == name
        }) {
            stage.advance(.milliseconds(100))
        }
    }

    private mutating func answer(_ status: Int, _ method: String, _ step: FlowView.Step) {
        guard let session else { return }
        let body: Body = peerWantsOffer ? .offer : .answer
        switch (status, method) {
        case (..<200, _): stage.command(.ring(session, status: status))
        case (200..<300, _):
            stage.command(.answerReinvite(session, body: body))
            stage.command(.answer(session, body: body))
            // A copy of the 2xx goes out after T1.
            if step.copied != nil { stage.advance(.milliseconds(500)) }
        default:
            stage.command(.rejectReinvite(session, status: status))
            stage.command(.reject(session, status: status))
        }
    }

    // MARK: The peer's

    private mutating func receive(_ step: FlowView.Step) throws {
        if let status = status(step.message) {
            let wanted = hint(step.message)
            if step.copied != nil, let answered {
                stage.respond(answered.status, to: answered.request, body: "v=0")
                return
            }
            guard
                let index = openFromUs.lastIndex(where: { wanted == nil || $0.method.name == wanted })
            else {
                Issue.record("\(view.testDescription) \(step.step): nothing of ours waits for \(step.message)")
                return
            }
            let request = openFromUs[index]
            if status >= 200 { openFromUs.remove(at: index) }
            var headers: HeaderFields = [(.allow, "INVITE, ACK, BYE, CANCEL, UPDATE, REFER")]
            let challenge = "Digest realm=\"r\(stage.sent.count)\", nonce=\"n\(stage.sent.count)\", qop=\"auth\""
            if status == 401 { headers.append((.wwwAuthenticate, challenge)) }
            if status == 407 { headers.append((.proxyAuthenticate, challenge)) }
            let hasBody = request.method == .invite && (200..<300).contains(status)
            if hasBody { answered = (status, request) }
            stage.respond(
                status, to: request, tag: status == 407 || status == 401 ? "challenger" : nil, headers: headers,
                body: hasBody ? "v=0" : nil)
            return
        }
        let name = method(step.message)
        if step.message.contains("retransmission") || name == "ACK" || name == "CANCEL",
            let invite = peerBranches["INVITE"]
        {
            let isCopy = name == "INVITE"
            // The ACK of a 2xx has a branch of its own, that of a refusal the INVITE's (RFC 3261 §17.1.1.3).
            let isRefused = (stage.lastResponse(to: .invite)?.status ?? 0) >= 300
            stage.request(
                name, sequence: invite.sequence, branch: name == "ACK" && !isRefused ? nil : invite.branch,
                toTag: name == "ACK" ? nil : isCopy || name == "CANCEL" ? .some(nil) : nil,
                headers: [], body: isCopy ? "v=0 offer" : name == "ACK" && peerWantsOffer ? "v=0 answer" : nil)
            if name == "CANCEL" { openFromPeer.append(name) }
            return
        }
        let branch = "z9hG4bKflow\(peerBranches.count)\(stage.sent.count)"
        let sequence = stage.peerSequence + 1
        stage.peerSequence = sequence
        peerBranches[name] = (branch, sequence)
        openFromPeer.append(name)
        let hasBody = (name == "INVITE" && step.check?.hasDescription != false) || name == "UPDATE"
        if name == "INVITE" { peerWantsOffer = !hasBody }
        stage.request(
            name, sequence: sequence, branch: branch,
            headers: ["Allow: INVITE, ACK, BYE, CANCEL, UPDATE"]
                + (name == "REFER" ? ["Refer-To: <sip:carol@example.com>"] : []),
            body: hasBody ? "v=0 offer" : nil)
        if session == nil { session = stage.incoming.last }
    }
}

@Suite("A published flow")
struct PublishedFlowTests {
    private static let played = FlowView.all.filter { $0.obstacle == nil }

    @Test("is played by our core as it is printed (RFC 3665, RFC 5359, RFC 5407)", arguments: played)
    func plays(_ view: FlowView) throws {
        var player = FlowPlayer(view: view)
        try player.play()
    }

    @Test("is played from every side that is one user agent in one dialog; what is left out is counted")
    func counted() {
        let obstacles = Dictionary(grouping: FlowView.all.compactMap(\.obstacle)) { $0 }.mapValues(\.count)
        #expect(FlowView.flows.count == 47)
        #expect(FlowView.all.count == Self.played.count + obstacles.values.reduce(0, +))
        print("published flows: \(Self.played.count) views played, left out: \(obstacles)")
        #expect(Self.played.count == 68, "\(obstacles)")
        #expect(Self.played.count { $0.flow.hasPrefix("rfc5407") } == 26)
    }
}
