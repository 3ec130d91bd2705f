import SDP
import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// Encrypted sound, by keys in the description of each side (A7, RFC 4568).
struct EncryptedSoundTests {
    /// 30 octets in Base64.
    private static let theirs = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwd"
    private static let theirOctets = [UInt8](0..<30)
    private static let others = "HRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"

    private static func offer(
        _ lines: [String], secure: Bool = true, host: String = "192.0.2.10", port: Int = 30_000
    ) -> String {
        Desk.offer(host: host, port: port, transport: secure ? "RTP/SAVP" : "RTP/AVP")
            + lines.map { "a=crypto:\($0)\n" }.joined()
    }

    private func sound(_ message: some SIPMessage) throws -> MediaDescription {
        try #require(try SessionDescription(parsing: message.body).media.first)
    }

    private func keys(_ desk: Desk, of side: SoundSide) -> [SoundKeys?] {
        desk.orders.compactMap { order in
            if case .protect(side, let keys) = order { keys } else { nil as SoundKeys?? }
        }
    }

    struct Case: Sendable {
        var lines: [String]
        var secure = true
        /// Whether the connection has encrypted sound.
        var wanted = true
        /// The status, and the tag of the key that was taken.
        var status = 200
        var tag: String?
    }

    @Test(
        "A7: the agent's offer is taken where its connection encrypts and there is a key of AES_CM_128_HMAC_SHA1_80; else B3",
        arguments: [
            Case(lines: ["1 AES_CM_128_HMAC_SHA1_80 inline:\(theirs)"], tag: "1"),
            Case(
                lines: ["1 AEAD_AES_128_GCM inline:abcd", "7 AES_CM_128_HMAC_SHA1_80 inline:\(theirs)|2^31"], tag: "7"),
            Case(lines: ["3 AES_CM_128_HMAC_SHA1_80 inline:\(theirs) WSH=128"], secure: false, tag: "3"),
            Case(lines: [], status: 488), Case(lines: [], secure: false, status: 488),
            Case(lines: ["1 AES_CM_128_HMAC_SHA1_32 inline:\(theirs)"], status: 488),
            Case(lines: ["1 AES_CM_128_HMAC_SHA1_80 inline:AAEC"], status: 488),
            Case(lines: ["1 AES_CM_128_HMAC_SHA1_80 inline:\(theirs)|2^31|1:4"], status: 488),
            Case(lines: ["1 AES_CM_128_HMAC_SHA1_80 inline:\(theirs) UNENCRYPTED_SRTP"], status: 488),
            Case(lines: ["0 AES_CM_128_HMAC_SHA1_80 inline:\(theirs)"], status: 488),
            Case(lines: ["1 AES_CM_128_HMAC_SHA1_80 inline:\(theirs)"], wanted: false, status: 488),
            // Keys that nobody insists on are passed over where the connection does not encrypt.
            Case(lines: ["1 AES_CM_128_HMAC_SHA1_80 inline:\(theirs)"], secure: false, wanted: false),
        ])
    func offered(_ item: Case) throws {
        var desk = Desk { $0.trunk.encryptsMedia = item.wanted }
        desk.call("+12025550101", body: Self.offer(item.lines, secure: item.secure))
        desk.pass(.milliseconds(1_300))
        let answer = try #require(desk.response(to: Desk.agentWire))
        #expect(answer.status == item.status)
        guard item.status == 200 else {
            #expect(answer.reason.hasSuffix("B3"))
            return
        }
        let media = try sound(answer)
        #expect(media.transport == (item.secure ? "RTP/SAVP" : "RTP/AVP"))
        let lines = media.attributes.filter { $0.name == "crypto" }.compactMap(\.value)
        let keys = keys(desk, of: .caller).compactMap(\.self)
        guard let tag = item.tag else {
            #expect(lines.isEmpty && keys.isEmpty)
            return
        }
        #expect(lines.count == 1 && lines.first?.hasPrefix("\(tag) AES_CM_128_HMAC_SHA1_80 inline:") == true)
        #expect(lines.first?.contains(Self.theirs) == false)
        #expect(keys.count == 1 && keys.first?.receiving == Self.theirOctets)
        #expect(keys.first?.sending.count == 30 && keys.first?.sending != Self.theirOctets)
    }

    @Test("The agent is offered RTP/SAVP with a key, the telephone's side stays in the clear; no key in the answer: B3")
    func called() throws {
        for answersWithKey in [true, false] {
            var desk = Desk { $0.trunk.encryptsMedia = true }
            let found = desk.phoneCalls()
            let invite = try #require(found)
            let media = try sound(invite)
            #expect(media.transport == "RTP/SAVP")
            #expect(media.attributes.value("crypto")?.hasPrefix("1 AES_CM_128_HMAC_SHA1_80 inline:") == true)
            let lines = answersWithKey ? ["1 AES_CM_128_HMAC_SHA1_80 inline:\(Self.theirs)"] : []
            desk.hear(Desk.answer(200, to: invite, from: Desk.agentWire, body: Self.offer(lines)))
            let answer = try #require(desk.response(to: Desk.phoneWire))
            guard answersWithKey else {
                #expect(answer.status == 488 && answer.reason.hasSuffix("B3"))
                #expect(desk.request(.bye, to: Desk.agentWire) != nil)
                continue
            }
            #expect(answer.status == 200)
            let theirSide = try sound(answer)
            #expect(theirSide.transport == "RTP/AVP" && theirSide.attributes.value("crypto") == nil)
            #expect(keys(desk, of: .callee).compactMap { $0?.receiving } == [Self.theirOctets])
            #expect(keys(desk, of: .caller).isEmpty)
        }
    }

    @Test("A telephone encrypts as it likes: its side has its keys, and the agent's is in the clear")
    func telephone() throws {
        var desk = Desk()
        let body = Self.offer(
            ["4 AES_CM_128_HMAC_SHA1_80 inline:\(Self.theirs)"], host: "192.0.2.20", port: 31_000)
        let found = desk.phoneCalls(body: body)
        let invite = try #require(found)
        #expect(try sound(invite).transport == "RTP/AVP")
        desk.hear(Desk.answer(200, to: invite, from: Desk.agentWire, body: Desk.offer()))
        let answer = try #require(desk.response(to: Desk.phoneWire))
        #expect(answer.status == 200)
        #expect(try sound(answer).transport == "RTP/SAVP")
        #expect(try sound(answer).attributes.value("crypto")?.hasPrefix("4 ") == true)
        #expect(keys(desk, of: .caller).compactMap { $0?.receiving } == [Self.theirOctets])
    }

    @Test("Within the call: the same key changes nothing, a new one is taken, and sound in the clear is refused (B3)")
    func changed() throws {
        var desk = Desk { $0.trunk.encryptsMedia = true }
        let line = "1 AES_CM_128_HMAC_SHA1_80 inline:"
        let found = desk.phoneCalls()
        let invite = try #require(found)
        desk.hear(Desk.answer(200, to: invite, from: Desk.agentWire, body: Self.offer([line + Self.theirs])))
        let answer = try #require(desk.response(to: Desk.phoneWire))
        desk.hear(Desk.request("ACK", after: answer, sequence: 2, from: Desk.phoneWire), from: Desk.phoneWire)
        let own = try #require(keys(desk, of: .callee).first??.sending)
        for (number, (body, count, status)) in [
            (Self.offer([line + Self.theirs], port: 30_002), 1, nil as Int?),
            (Self.offer([line + Self.others], port: 30_004), 2, nil), (Desk.offer(port: 30_006), 2, 488),
        ].enumerated() {
            let said = desk.hear(
                Desk.request("INVITE", in: invite, sequence: number + 1, from: Desk.agentWire, body: body))
            #expect(said.final?.status == status, "\(number)")
            if status == nil {
                let passedOn = try #require(desk.request(.invite, to: Desk.phoneWire))
                desk.hear(
                    Desk.answer(
                        200, to: passedOn, from: Desk.phoneWire, body: Desk.offer(host: "192.0.2.20", port: 31_000)),
                    from: Desk.phoneWire)
                let done = try #require(desk.response(to: Desk.agentWire))
                #expect(done.status == 200)
                #expect(try sound(done).transport == "RTP/SAVP")
                desk.hear(
                    Desk.request("ACK", in: invite, sequence: number + 1, from: Desk.agentWire), from: Desk.agentWire)
            }
            #expect(keys(desk, of: .callee).count == count)
        }
        #expect(keys(desk, of: .callee).allSatisfy { $0?.sending == own })
    }
}
