import CallReplay
import RTPMedia
import SIPCore
import TelephonyPrimitives

@testable import Agent
@testable import SIPNIO
@testable import Telephony

/// Journals of calls that were never on a wire: the cores in virtual time, with chance of the system.
enum Recordings {
    static let start = Instant(nanoseconds: 5_000_000_000)

    /// All three tracks of one call.
    static func call() throws -> KeptJournal {
        let journal = KeptJournal()
        var town = JournalledTown()
        town.play([.init(callID: "one", sink: journal)])
        media(in: journal)
        turns(in: journal)
        journal.end()
        return journal
    }

    // MARK: Sound

    /// Three seconds of a call over a line that jitters and loses, with a change of codec, keys and a goodbye.
    static func media(in sink: any JournalSink) {
        var configuration = MediaSessionConfiguration(
            codec: .pcmu, sendPayloadType: 0, receivePayloadTypes: [0: .pcmu, 8: .pcma], telephoneEventSend: 101,
            telephoneEventReceive: [101], remote: remote, ssrc: 0x1234_5678, cname: "us")
        var journal = MediaJournal(sink)
        var session = MediaSession(configuration: configuration, random: journal.chance)
        journal.began(configuration, now: start)
        var generator = SeededGenerator(seed: 3)
        var waiting: [(at: Instant, octets: [UInt8])] = []
        for beat in 0..<150 {
            let now = start + .milliseconds(20 * beat)
            if Int.random(in: 0..<20, using: &generator) > 0 {
                let jitter = Int.random(in: 0...60, using: &generator)
                waiting.append((now + .milliseconds(jitter), packet(beat)))
            }
            for (arrival, octets) in waiting.filter({ $0.at <= now }).sorted(by: { $0.at < $1.at }) {
                session.receive(packet: octets, from: remote, now: arrival)
                journal.received(octets, from: remote, control: false, at: arrival)
            }
            waiting.removeAll { $0.at <= now }
            if beat == 60 {
                configuration.codec = .pcma
                configuration.sendPayloadType = 8
                session.update(configuration)
                journal.changed(configuration, now: now)
            }
            if beat == 80 {
                session.sendDTMF("5")
                journal.keys("5", now: now)
            }
            let frame =
                beat % 50 < 30
                ? PCMFrame(
                    samples: (0..<160).map { Int16(($0 * beat * 37) % 4_000 - 2_000) }, sampleRate: 8_000) : nil
            journal.pushing(frame)
            session.push(frame, now: now)
            session.wake(now: now)
            journal.woke(now: now)
            send(&session, &journal, now: now)
            var heard = PCMFrame(samples: [], sampleRate: 8_000)
            session.pull(now: now, into: &heard)
            journal.pulled(heard, now: now)
        }
        let end = start + .seconds(3)
        session.close(now: end)
        journal.closing(now: end)
        send(&session, &journal, now: end)
        journal.handOn()
    }

    private static func send(_ session: inout MediaSession, _ journal: inout MediaJournal, now: Instant) {
        while let output = session.nextOutput() {
            switch output {
            case .rtp(let octets, let to): journal.sent(octets, to: to, control: false, now: now)
            case .rtcp(let octets, let to): journal.sent(octets, to: to, control: true, now: now)
            case .event(let event): journal.happened(event, now: now)
            }
        }
    }

    private static let remote = TransportAddress(ip: .v4(0xC000_0201), port: 4_000)

    private static func packet(_ number: Int) -> [UInt8] {
        let timestamp = 160 * number
        let header: [UInt8] = [
            0x80, 0, UInt8(number >> 8), UInt8(number & 255), 0, 0, UInt8(timestamp >> 8 & 255), UInt8(timestamp & 255),
            9, 9, 9, 9,
        ]
        return header + (0..<160).map { UInt8(($0 * 7 + number * 13) & 255) }
    }

    // MARK: The conversation

    static func turns(in sink: any JournalSink) {
        let journal = TurnJournal(sink)
        let configuration = ConversationConfiguration()
        journal.began(
            configuration, sampleRate: 8_000, hearingJudgesTurns: false,
            context: DialogueContext(callID: "call", caller: "sip:ann@example.com", called: "sip:agent@example.com"),
            now: .zero)
        var turns = TurnTaking(configuration: configuration, sampleRate: 8_000, now: .zero)
        func tell(_ input: TurnTaking.Input, _ milliseconds: Int) {
            let now = Instant.zero + .milliseconds(milliseconds)
            journal.took(input, turns.receive(input, now: now), now: now)
        }
        tell(.began, 0)
        tell(.action(reply: 1, .say("Hello, harbour speaking.")), 5)
        tell(.replyFinished(1), 6)
        tell(.sentenceMade(1), 100)
        tell(.sentenceStarted(1, at: 0, after: .milliseconds(10)), 110)
        tell(.sentenceEnded(1, at: 24_000), 1_000)
        tell(.drained, 3_200)
        tell(.speechStarted, 4_000)
        tell(.partial("when do you"), 4_500)
        tell(.speechEnded(lastSound: .zero + .milliseconds(5_000)), 5_100)
        tell(.final("when do you open?", startMs: 4_000, endMs: 5_000), 5_200)
        tell(.tick, 5_350)
        tell(.action(reply: 2, .say("We open at nine.")), 5_360)
        tell(.replyFinished(2), 5_365)
        tell(.sentenceMade(2), 5_500)
        tell(.sentenceStarted(2, at: 24_000), 5_520)
        tell(.tick, 5_600)
        tell(.speechStarted, 5_900)
        tell(.stopped(played: 26_000), 5_920)
        tell(.speechEnded(lastSound: .zero + .milliseconds(6_400)), 6_500)
        tell(.final("thank you goodbye", startMs: 5_900, endMs: 6_400), 6_600)
        tell(.tick, 7_200)
        tell(.action(reply: 3, .say("Goodbye.")), 7_210)
        tell(.action(reply: 3, .hangUp), 7_211)
        tell(.replyFinished(3), 7_212)
        let now = Instant.zero + .seconds(9)
        journal.ended(played: 40_000, turns.callEnded(played: 40_000, now: now), now: now)
    }
}

/// Calls to one user agent, side by side, with the rim's part of the work.
struct JournalledTown {
    struct Caller {
        let callID: String
        let sink: KeptJournal
    }

    private var journal: SignallingJournal
    private var core: UserAgentCore
    private var octets: [String: [String]] = [:]
    private var sessions: [String: SessionID] = [:]
    private var sinks: [String: KeptJournal] = [:]
    private var opened: [FlowRequestID] = []
    private let flow = Flow(
        protocol: .udp, local: TransportAddress(ip: .loopbackV4, port: 5_060),
        remote: TransportAddress(ip: .v4(0xC000_0205), port: 5_062), id: 1)

    init() {
        let configuration = UserAgentConfiguration(userAgentName: "Trunkline")
        let journal = SignallingJournal(mask: { MessageSecrets.masked($0) })
        self.journal = journal
        core = UserAgentCore(configuration: configuration, random: NotedChance(journal.draws))
        core.notesJudgements = true
    }

    /// Each calls in, is answered, loses its first ACK, puts the call on hold and hangs up; one after the other does the
    /// same thing, 3 ms apart.
    mutating func play(_ callers: [Caller]) {
        for caller in callers { sinks[caller.callID] = caller.sink }
        let start = Recordings.start
        func each(_ offset: Duration, _ step: (inout JournalledTown, String, Instant) -> Void) {
            for (index, caller) in callers.enumerated() {
                step(&self, caller.callID, start + offset + .milliseconds(3 * index))
            }
        }
        each(.zero) { $0.receive($0.request("INVITE", $1, branch: "a", sequence: 1), at: $2) }
        each(.milliseconds(10)) { $0.tell($1, at: $2) { .ring($0) } }
        each(.milliseconds(50)) { $0.tell($1, at: $2) { .answer($0, body: $0.number > 0 ? Self.answer : nil) } }
        // The ACK is lost: the 200 comes again, after T1 and after twice that.
        wake(to: start + .milliseconds(1_700))
        each(.milliseconds(1_710)) { $0.receive($0.request("ACK", $1, branch: "b", sequence: 1), at: $2) }
        each(.seconds(3)) { $0.receive($0.request("INVITE", $1, branch: "c", sequence: 2), at: $2) }
        each(.milliseconds(3_020)) { $0.tell($1, at: $2) { .answerReinvite($0, body: Self.answer) } }
        each(.milliseconds(3_050)) { $0.receive($0.request("ACK", $1, branch: "d", sequence: 2), at: $2) }
        each(.seconds(5)) { $0.tell($1, at: $2) { .end($0, reasonHeader: "Q.850;cause=16") } }
        // Its answer is lost, too.
        wake(to: start + .milliseconds(6_000))
        each(.milliseconds(6_001)) { $0.receive($0.ok($1), at: $2) }
        wake(to: start + .seconds(60))
        for caller in callers { caller.sink.end() }
    }

    /// A call of ours by name: the first server is silent and another is taken, which asks for a password; then it answers,
    /// and hangs up.
    mutating func place(_ sink: KeptJournal, password: String) throws {
        let start = Recordings.start
        let id = core.makeSessionID()
        var invite = OutgoingInvite(
            target: try SIPURI(parsing: "sip:bob@example.com"), from: try NameAddress(parsing: "<sip:us@example.com>"),
            body: Self.answer, headers: [(HeaderName("X-Token"), "hiddentoken")],
            credentials: Credentials(username: "us", password: password))
        invite.privacy = []
        journal.give(.command(.invite(id, invite)), to: &core, now: start)
        let callID = core.callID(of: id)?.text ?? ""
        sinks[callID] = sink
        sessions[callID] = id
        journal.bind(callID, to: sink, core)
        opened = []
        drain(at: start)
        for server in 0..<2 {
            let now = start + .seconds(server * 33)
            guard let request = opened.popLast() else { return }
            let remote = TransportAddress(ip: .v4(0xC000_0210 + UInt32(server)), port: 5_060)
            let flow = Flow(protocol: .udp, local: flow.local, remote: remote, id: 1)
            journal.give(.flowOpened(request, flow), to: &core, now: now)
            drain(at: now)
            if server == 0 { wake(to: now + .seconds(33)) }
        }
        func answer(_ status: String, _ method: String, _ further: String = "", at seconds: Int) {
            let request = sent(callID).last { $0.hasPrefix(method) } ?? ""
            let kept = request.components("\r\n").filter { line in
                ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
            }.map { $0.hasPrefix("To:") && !$0.contains(";tag=") ? $0 + ";tag=bobs" : $0 }
            let text =
                "SIP/2.0 \(status)\r\n" + kept.joined(separator: "\r\n") + "\r\n\(further)Content-Length: 0\r\n\r\n"
            receive(text, at: start + .seconds(seconds))
        }
        answer(
            "401 Unauthorized", "INVITE",
            "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n0nce\", qop=\"auth\", algorithm=MD5\r\n", at: 40)
        answer("180 Ringing", "INVITE", "Contact: <sip:bob@192.0.2.17>\r\n", at: 41)
        answer("200 OK", "INVITE", "Contact: <sip:bob@192.0.2.17>\r\n", at: 42)
        tell(callID, at: start + .seconds(45)) { .end($0) }
        answer("200 OK", "BYE", at: 46)
        wake(to: start + .seconds(140))
        sink.end()
    }

    private static let answer = Body(
        contentType: "application/sdp",
        octets: Array(
            """
            v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r
            a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0\r\n
            """.utf8))

    private mutating func wake(to end: Instant) {
        while let deadline = core.deadline, deadline <= end {
            journal.give(.wake, to: &core, now: deadline)
            drain(at: deadline)
        }
    }

    private mutating func receive(_ text: String, at now: Instant) {
        journal.give(.datagram(Array(text.utf8), flow), to: &core, now: now)
        drain(at: now)
    }

    private mutating func tell(_ callID: String, at now: Instant, _ command: (SessionID) -> UserAgentCore.Command) {
        guard let session = sessions[callID] else { return }
        journal.give(.command(command(session)), to: &core, now: now)
        drain(at: now)
    }

    private mutating func drain(at now: Instant) {
        while let output = journal.nextOutput(of: &core, now: now) {
            switch output {
            case .transmit(let octets, _):
                let text = String(decoding: octets, as: UTF8.self)
                for callID in sinks.keys where text.contains("Call-ID: \(callID)\r\n") {
                    self.octets[callID, default: []].append(text)
                }
            case .event(.incoming(let session, let request, _)):
                guard let callID = try? request.callID.text, let sink = sinks[callID] else { continue }
                sessions[callID] = session
                journal.bind(callID, to: sink, core)
            case .openFlow(let request, _): opened.append(request)
            default: break
            }
        }
    }

    /// Everything that was sent for a call.
    func sent(_ callID: String) -> [String] { octets[callID, default: []] }

    /// Everything that was sent.
    var sent: [String] { octets.values.flatMap(\.self) }

    private func tag(_ callID: String) -> String {
        let lines = sent(callID).flatMap { $0.components("\r\n") }
        let to = lines.first { $0.hasPrefix("To:") && $0.contains(";tag=") } ?? ""
        return to.components(";tag=").last ?? ""
    }

    private func request(_ method: String, _ callID: String, branch: String, sequence: Int) -> String {
        let isFirst = method == "INVITE" && sequence == 1
        let body =
            method == "INVITE"
            ? "v=0\r\no=- 1 \(sequence) IN IP4 192.0.2.5\r\ns=-\r\nc=IN IP4 192.0.2.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
            : ""
        return """
            \(method) sip:agent@127.0.0.1 SIP/2.0\r
            Via: SIP/2.0/UDP 192.0.2.5:5062;branch=z9hG4bK\(branch)\(callID);rport\r
            Max-Forwards: 70\r
            From: <sip:\(callID)@192.0.2.5>;tag=theirs\r
            To: <sip:agent@127.0.0.1>\(isFirst ? "" : ";tag=" + tag(callID))\r
            Call-ID: \(callID)\r
            CSeq: \(sequence) \(method)\r
            Contact: <sip:\(callID)@192.0.2.5:5062>\r
            X-Api-Key: hidden\(callID)\r
            \(body.isEmpty ? "" : "Content-Type: application/sdp\r\n")Content-Length: \(body.utf8.count)\r
            \r
            \(body)
            """
    }

    /// To our BYE.
    private func ok(_ callID: String) -> String {
        let bye = sent(callID).last { $0.hasPrefix("BYE") } ?? ""
        let kept = bye.components("\r\n").filter { line in
            ["Via:", "From:", "To:", "Call-ID:", "CSeq:"].contains { line.hasPrefix($0) }
        }
        return "SIP/2.0 200 OK\r\n" + kept.joined(separator: "\r\n") + "\r\nContent-Length: 0\r\n\r\n"
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
