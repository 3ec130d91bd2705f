import SIPCore
import TelephonyPrimitives
import Testing

@Suite("What dialogs have done to people in the field")
struct DialogFieldCaseTests {
    private func answering(_ configuration: UserAgentConfiguration = .init()) -> VirtualLink {
        var link = VirtualLink(alice: configuration, bob: configuration)
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .answer(id, body: .answer)) }
            if case .refer(let id, _, _) = event {
                link.command(side, .acceptSubscription(id))
                link.after(.seconds(5)) { $0.command(side, .reportReferral(id, status: 200)) }
            }
        }
        return link
    }

    @Test("F-05: a call with session timers lasts for hours, and ends at both ends when the network is gone")
    func timers() throws {
        var link = answering()
        _ = try link.call()
        link.run(.seconds(4 * 3_600))
        #expect(link.ends(.alice).isEmpty && link.ends(.bob).isEmpty)
        let refreshes = link.trace.count { $0.message.title == "UPDATE" }
        #expect((14...17).contains(refreshes))
        link.loses = { _ in true }
        link.run(.seconds(1_900))
        #expect(link.ends(.alice).map(\.cause) == [.sessionExpired])
        #expect(link.ends(.bob).map(\.cause) == [.sessionExpired])
        #expect(link.isIdle)
    }

    @Test("F-05: a timer below our least is refused with 422, and the caller comes again with ours")
    func tooShort() throws {
        var short = UserAgentConfiguration()
        short.sessionTimer = SessionTimerPolicy(interval: .seconds(100), minimum: .seconds(90))
        var long = UserAgentConfiguration()
        long.sessionTimer = SessionTimerPolicy(interval: .seconds(1_800), minimum: .seconds(600))
        var link = VirtualLink(alice: short, bob: long)
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .answer(id, body: .answer)) }
        }
        _ = try link.call()
        link.run(.seconds(5))
        #expect(link.ladder.contains("<422 INVITE"))
        let invites = link.messages(from: .alice, "INVITE").compactMap(\.message.request)
        #expect(invites.last?.first(.sessionExpires) == "600")
        #expect(link.names(.alice).contains("answered"))
    }

    @Test("F-06: whoever transfers may hang up at once, and still hears how it went")
    func transferThenBye() throws {
        var configuration = UserAgentConfiguration()
        configuration.servesRefer = true
        var link = answering(configuration)
        let id = try link.call()
        link.run(.seconds(2))
        link.command(.alice, .refer(id, target: "sip:carol@example.com"))
        link.run(.seconds(1))
        link.command(.alice, .end(id))
        link.run(.seconds(80))
        #expect(link.names(.alice).contains { $0.hasPrefix("transfer succeeded") })
        #expect(link.ends(.bob).map(\.cause) == [.hungUpByPeer])
        #expect(link.isIdle)
    }

    @Test(
        "F-13: early media is told with its description before the answer, reliable or not", arguments: [true, false])
    func earlyMedia(isReliable: Bool) throws {
        var configuration = UserAgentConfiguration()
        configuration.reliableProvisionals = isReliable ? .whenSupported : .never
        var link = VirtualLink(alice: configuration, bob: configuration)
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event { link.command(side, .ring(id, status: 183, body: .answer)) }
        }
        _ = try link.call()
        link.run(.seconds(30))
        let descriptions = link.events[0].compactMap { event -> [UInt8]? in
            if case .provisional(_, let response) = event, response.status == 183 { response.body } else { nil }
        }
        #expect(descriptions == [Body.answer.octets])
        #expect(!link.names(.alice).contains("answered"))
        #expect(link.ladder.contains("PRACK>") == isReliable)
    }

    @Test(
        "F-14: the status of every refusal reaches the application",
        arguments: [404, 480, 486, 487, 488, 503, 600, 603])
    func statuses(status: Int) throws {
        var link = VirtualLink()
        link.react = { link, side, event in
            if case .incoming(let id, _, _) = event {
                link.command(side, .ring(id))
                link.command(side, .reject(id, status: status))
            }
        }
        _ = try link.call()
        link.run(.seconds(40))
        #expect(link.names(.alice).contains("provisional 180"))
        #expect(link.ends(.alice).map(\.status) == [status])
        #expect(link.ends(.alice).map(\.cause) == [.rejectedByPeer])
        #expect(link.isIdle)
    }

    @Test(
        "F-17: keys by INFO arrive in both directions, each once and in order, on a bad line too",
        arguments: ["application/dtmf-relay", "application/dtmf"], UInt64(1)...8)
    func keysByInfo(type: String, seed: UInt64) throws {
        var link = answering()
        link.random = SeededGenerator(seed: seed)
        let id = try link.call()
        link.run(.seconds(5))
        let other = try #require(link.sessions(.bob).first)
        (link.loss, link.duplication, link.delay) = (0.2, 0.2, 5...60)
        let keys = Array("0123456789*#ABCD").map(String.init)
        func body(_ key: String) -> Body {
            let text = type == "application/dtmf" ? key : "Signal=\(key)\r\nDuration=160\r\n"
            return Body(contentType: type, octets: Array(text.utf8))
        }
        // A key a while after the other, as people press them; each waits for its 200 or gives up.
        for (number, key) in keys.enumerated() {
            link.after(.seconds(40 * Int64(number))) {
                $0.command(.alice, .info(id, body(key)))
                $0.command(.bob, .info(other, body(key)))
            }
        }
        link.run(.seconds(800))
        for side in VirtualLink.Side.allCases {
            let told = link.events[side.rawValue].compactMap { event -> String? in
                guard case .info(_, let request) = event else { return nil }
                #expect(request.first(.contentType) == type)
                return String(decoding: request.body, as: UTF8.self)
            }
            #expect(told == keys.map { String(decoding: body($0).octets, as: UTF8.self) })
        }
        #expect(link.ends(.alice).isEmpty && link.ends(.bob).isEmpty)
    }
}
