import CallReplay
import Foundation
import ProviderDoubles
import SIPCore
import SIPNIO
import Telephony
import TelephonyPrimitives
import Testing

/// Real calls, with a journal kept of each, are replayed: the same messages, the same sound, the same decisions.
@Suite(.serialized)
struct ReplayTests {
    private func server(
        in workspace: Workspace, agent: String, transports: [String] = ["udp"], settings: String = ""
    ) async throws -> Server {
        try await Server(
            in: workspace, agent: agent, transports: transports,
            settings: "  journal: \(workspace.path("journal"))\n\(settings)", isTraced: false)
    }

    private func phone(
        in workspace: Workspace, _ name: String, codecs: String = "pcmu", rate: Int = 8_000, account: String = "",
        keys: String = "", dial: String
    ) async throws {
        let spoken = workspace.path("\(name).wav")
        try Sound.write(
            [.silence(seconds: 0.5), .prompt("goodbye"), .silence(seconds: 1)], to: spoken, sampleRate: rate)
        let phone = try Baresip(
            in: workspace, user: name, speaking: spoken, dial: dial, codecs: codecs, rate: rate, account: account)
        try await phone.callEstablished()
        for key in keys { try phone.control("sndcode", "\(key)") }
        _ = try await phone.program.line(containing: "terminated (duration")
        try await phone.stop()
    }

    @Test(
        "Twenty calls and more at once, in and out, to four kinds of agents, are replayed octet by octet and decision by decision, twice"
    )
    func many() async throws {
        let workspace = try Workspace("replay-many")
        // These alone: SIPp judges by the time.
        let echoed = try await echo(in: workspace)
        let stored = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { try await realtime(journals: workspace) }
            group.addTask { try await bot(journals: workspace) }
            group.addTask { try await placed(in: workspace) }
            return try await group.reduce(echoed, +)
        }
        let replays = try Journals.replayed(in: workspace)
        #expect(replays.count == stored && stored >= 20, "\(replays.count) journals of \(stored) calls")
        #expect(replays.allSatisfy { $0.messages >= 2 && $0.remarks.isEmpty }, "\(replays.map(\.remarks))")
        #expect(replays.filter { $0.frames > 75 && $0.packets > 75 }.count >= 6)
        func count(_ text: String) -> Int {
            replays.filter { replay in replay.lines.contains { $0.text.contains(text) } }.count
        }
        // Cancelled, busy, asked for a password, transferred, put through, cut off, keys, hold, and a bot.
        #expect(count("→ CANCEL") >= 1 && count("← SIP/2.0 486") == 1, "\(replays.map(\.timeline))")
        #expect(count("← SIP/2.0 401") == 1 && count("→ SIP/2.0 401") == 1)
        #expect(count("→ REFER") == 1 && count("stops talking") == 2)
        #expect(count("sound: dtmf") >= 2 && count("caller pressed a key") == 1 && count("mark said is reached") == 1)
        #expect(count("recvonly") >= 1 && count("sound: opus") >= 1 && count("sound: g722") >= 1)
        workspace.remove()
    }

    /// Calls of baresip, SIPp and the library to the echo agent.
    ///
    /// - Returns: how many calls the server knows of.
    private func echo(in workspace: Workspace) async throws -> Int {
        let server = try await server(in: workspace, agent: "echo", transports: ["udp", "tcp"])
        let port = try #require(server.ports["udp"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await phone(in: workspace, "pcmu", keys: "12", dial: server.uri()) }
            group.addTask { try await phone(in: workspace, "pcma", codecs: "pcma", dial: server.uri("tcp")) }
            group.addTask {
                try await phone(in: workspace, "g722", codecs: "g722/16000/1", rate: 16_000, dial: server.uri())
            }
            group.addTask { try await phone(in: workspace, "opus", codecs: "opus/48000/2", dial: server.uri()) }
            group.addTask {
                try await phone(in: workspace, "srtp", account: ";mediaenc=srtp-mand", dial: server.uri())
            }
            for scenario in [
                "uac-no-offer", "uac-hold", "uac-update", "uac-session-timer", "uac-small-interval", "uac-refer",
                "uac-out-of-order", "uac-info",
            ] {
                group.addTask { try await SIPp(in: workspace, scenario, calls: 1, to: port).succeeds() }
            }
            group.addTask {
                try await SIPp(in: workspace, "uac", isBuiltIn: true, calls: 4, to: port, ["-lost", "10"]).succeeds()
            }
            group.addTask {
                // Whether its CANCEL or our 200 is first is left to chance; either is replayed.
                let phone = try await LibraryPhone(user: "hasty")
                let call = try await phone.agent.invite(
                    server.uri(), from: phone.address, offer: phone.description(for: nil))
                await call.hangUp()
                _ = await call.ended()
                await phone.agent.close()
            }
            try await group.waitForAll()
        }
        let stored = try await server.calls().count
        #expect(try await server.stop() == 0)
        return stored
    }

    /// A caller proves a password, talks to a model that hears and speaks, cuts it off, and is put through: their telephone
    /// takes our place in our call to another.
    private func realtime(journals: Workspace) async throws -> Int {
        let workspace = try Workspace("replay-realtime")
        let double = try await RealtimeDouble.start()
        func sound(_ seconds: Int) -> [[UInt8]] {
            Array(repeating: Array(repeating: 0x3A, count: 4_000), count: 2 * seconds)
        }
        await double.answer(
            .init("Good day, this is Harbour Dental. How can I help you?", sound: sound(4)),
            .init(
                "One moment.", sound: sound(1), calls: [(name: "transfer_call", arguments: #"{"destination": "far"}"#)])
        )
        let (first, second) = (try await LibraryPhone(user: "first"), try await LibraryPhone(user: "second"))
        try workspace.write("test-key", to: "key")
        let url = try #require(await double.url)
        let server = try await Server(
            in: workspace, agent: "realtime",
            settings: """
                  journal: \(journals.path("journal"))
                realtime: {provider: openai, url: "\(url)", api_key_file: "\(workspace.path("key"))"}
                authentication: {users: {alice: secret}}
                transfers: {far: {to: "\(second.uri())", kind: attended}}
                """, isTraced: false)
        try await first.call(server.uri(), credentials: Credentials(username: "alice", password: "secret"))
        // The greeting has been asked for, and sounds.
        _ = try await eventually("the greeting") {
            await double.events.contains { $0.contains("response.create") } ? true : nil
        }
        try await Task.sleep(for: .milliseconds(500))
        await double.callerStarts()
        await double.callerStops("Put me through, please.")
        _ = try await server.program.line(containing: "transferred: far")
        _ = try await server.program.line(containing: "  ended: ")
        await first.placed.last?.hangUp()
        _ = try await second.incoming(2).ended()
        let stored = try await server.calls()
        #expect(stored.count == 1)
        #expect(try await server.stop() == 0)
        try await first.close()
        try await second.close()
        await double.stop()
        workspace.remove()
        // Our call to the other is in no database, but has a journal.
        return stored.count + 1
    }

    /// A caller presses a key to a bot, hears it, and the bot falls silent and leaves.
    private func bot(journals: Workspace) async throws -> Int {
        let workspace = try Workspace("replay-bot")
        let double = try await MediaStreamBotDouble.start(.twilio)
        let url = try #require(await double.url)
        let server = try await Server(
            in: workspace, agent: "bot",
            settings: """
                  journal: \(journals.path("journal"))
                bot: {protocol: twilio, url: "\(url)"}
                """, isTraced: false)
        let phone = try await BeepingCaller.phone()
        try await phone.call(OutgoingCall(to: server.uri())) { call in
            async let _: Void = { for await _ in call.audio {} }()
            _ = try await eventually("the bot's start") { await double.start }
            await double.say(Array(repeating: 0x3A, count: 4_000))
            await double.mark("said")
            try await call.sendDTMF("5")
            await double.say(Array(repeating: 0x3A, count: 32_000))
            await double.mark("never")
            _ = try await eventually("the key and the mark") { () -> Bool? in
                let (digits, marks) = (await double.digits, await double.marks)
                return digits == "5" && marks == ["said"] ? true : nil
            }
            await double.clear()
            _ = try await eventually("quiet") { await double.marks.contains("never") ? true : nil }
            await double.leave()
            for await event in call.events {
                if case .ended = event { break }
            }
        }
        await phone.shutdown()
        let stored = try await server.calls().count
        #expect(try await server.stop() == 0)
        await double.stop()
        workspace.remove()
        return stored
    }

    /// Calls of `trunkline call`: answered, answered after a password, busy, and given up while it rings.
    private func placed(in workspace: Workspace) async throws -> Int {
        let answering = try await LibraryPhone(user: "answers")
        let asking = try await SIPp(in: workspace, "uas-auth", calls: 1)
        let ringing = try Baresip(
            in: workspace, user: "rings", speaking: Sound.prompts.appending(path: "goodbye.wav").path,
            answers: false)
        try await ringing.ready()
        let busy = try await Endpoint(configuration: EndpointConfiguration(listen: [.udp("127.0.0.1", 0)]))
        let refusing: Task<Void, Never> = Task { await busy.serve { await $0.reject(status: 486) } }
        let busyAddress = try #require(busy.addresses.first).address
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (target, more, status) in [
                (answering.uri(), [], 0), (asking.uri(), ["--auth", "alice", "--password-env", "SECRET"], 0),
                (ringing.uri(), ["--ring-timeout", "1"], 3), ("sip:busy@\(busyAddress)", [], 2),
            ] as [(String, [String], Int32)] {
                group.addTask {
                    let call = try Program(
                        Workspace.product("trunkline"),
                        [
                            "call", target, "--bind", "127.0.0.1", "--duration", "1", "--journal",
                            workspace.path("journal"),
                        ]
                            + more, environment: ["SECRET": "secret"])
                    #expect(try await call.end() == status, "\(call.output)")
                    #expect(call.output.contains("The journal: trunkline replay "))
                }
            }
            try await group.waitForAll()
        }
        try await asking.succeeds()
        try await ringing.stop()
        await busy.shutdown()
        await refusing.value
        try await answering.close()
        return 4
    }

    @Test(
        "A conversation with a barge-in, a key and a transfer, and a call of ours to a voicemail, are replayed decision by decision"
    )
    func conversation() async throws {
        let workspace = try Workspace("replay-talk")
        let server = try await server(
            in: workspace, agent: "local",
            settings: "flow: \(Workspace.root.appending(path: "flows/receptionist.yaml").path)\n")
        // Cuts in on the greeting, and presses a key after that.
        let spoken = workspace.path("cuts.wav")
        try Sound.write([.silence(seconds: 2.5), .prompt("your"), .prompt("hours"), .silence(seconds: 14)], to: spoken)
        async let message: Void = leaveMessage(journals: workspace)
        let phone = try Baresip(in: workspace, user: "cuts", speaking: spoken, dial: server.uri())
        try await phone.callEstablished()
        _ = try await server.program.line(number: 2, containing: " agent: ")
        try phone.control("sndcode", "0")
        // Nobody is there who could take the transfer.
        _ = try await server.program.line(containing: "put you through")
        _ = try await server.program.line(containing: "ended")
        // Its call to the transfer's target would keep it for half a minute.
        phone.program.signal(SIGKILL)
        _ = try await server.calls()
        #expect(try await server.stop() == 0)
        try await message
        let replays = try Journals.replayed(in: workspace)
        #expect(replays.count == 2)
        #expect(replays.contains { $0.timeline.contains("agent: Please call us back.") }, "\(replays.map(\.timeline))")
        let replay = try #require(replays.first { $0.timeline.contains("→ REFER") })
        #expect(replay.decisions > 20 && replay.frames > 200, "\(replay.verdict)")

        var text = try String(contentsOf: Workspace.root.appending(path: "flows/receptionist.yaml"), encoding: .utf8)
        text = text.replacingOccurrences(of: "One moment, I will", with: "Please wait, I shall")
        try workspace.write(text, to: "changed.yaml")
        let program = try Program(
            Workspace.product("trunkline"),
            [
                "replay", replay.call, "--config", workspace.path("trunkline.yaml"), "--flow",
                workspace.path("changed.yaml"),
            ])
        #expect(try await program.end() == 1)
        #expect(program.output.contains("the same: "), "\(program.output)")
        #expect(
            program.output.contains("Please wait, I shall") && program.output.contains("is a guess"),
            "\(program.output)")
        workspace.remove()
    }

    /// `trunkline call` reaches a voicemail, and says something after its beep.
    private func leaveMessage(journals: Workspace) async throws {
        let workspace = try Workspace("replay-voicemail")
        let spoken = workspace.path("spoken.wav")
        try Sound.write(
            [
                .silence(seconds: 0.7), .prompt("vm-isunavail"), .prompt("vm-intro"), .silence(seconds: 0.5),
                .prompt("beep"), .silence(seconds: 25),
            ], to: spoken)
        let phone = try Baresip(in: workspace, user: "voicemail", speaking: spoken)
        try await phone.ready()
        try workspace.write(
            "calls: {database: \(workspace.path("calls.db")), journal: \(journals.path("journal"))}\n", to: "agent.yaml"
        )
        let call = try Program(
            Workspace.product("trunkline"),
            [
                "call", phone.uri(), "--agent", "local", "--config", workspace.path("agent.yaml"), "--bind",
                "127.0.0.1",
                "--voicemail", "Please call us back.",
            ])
        #expect(try await call.end() == 0, "\(call.output)")
        try await phone.stop()
        workspace.remove()
    }

    @Test("Refused calls, and a call in whose midst the server was killed, are replayed as far as they went")
    func refusedAndKilled() async throws {
        let workspace = try Workspace("replay-killed")
        let server = try await server(in: workspace, agent: "echo", settings: "rtp:\n  srtp: required\n")
        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 30)], to: spoken)
        let clear = try Baresip(in: workspace, user: "clear", speaking: spoken, dial: server.uri())
        _ = try await clear.program.line(containing: "488")
        try await clear.stop()
        let phone = try Baresip(
            in: workspace, user: "coded", speaking: spoken, dial: server.uri(), account: ";mediaenc=srtp-mand")
        try await phone.callEstablished()
        try await phone.hears()
        _ = try await eventually("a second of sound in the journal") { () -> Bool? in
            let files = try FileManager.default.contentsOfDirectory(atPath: workspace.path("journal")).sorted()
            guard files.count == 2, let last = files.last else { return nil }
            return try Data(contentsOf: URL(filePath: workspace.path("journal/\(last)"))).count > 45_000 ? true : nil
        }
        server.program.signal(SIGKILL)
        _ = try await server.program.end()
        phone.program.signal(SIGKILL)
        let replays = try Journals.replayed(in: workspace)
        #expect(replays.count == 2)
        #expect(replays.first?.frames == 0)
        #expect(replays.last.map { $0.frames > 40 && $0.packets > 40 } ?? false, "\(replays.map(\.verdict))")
        workspace.remove()
    }
}
