import Foundation
import Synchronization
import Testing
import WebSockets

/// `trunkline sandbox --call-control` and applications that others have written for the carrier.
@Suite(.serialized)
struct SandboxControlInteropTests {
    private static let telnyx = Workspace.root.appending(path: ".build-artifacts/telnyx/bin/python").path
    private static let pipecat = Workspace.root.appending(path: ".build-artifacts/pipecat/bin/python").path

    private static func isInstalled(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }

    private static func support(_ name: String) -> String {
        Workspace.root.appending(path: "Tests/InteropTests/Support/\(name)").path
    }

    /// An application's end of media streams: it keeps the messages and returns the sound.
    private final class StreamEcho: Sendable {
        let texts = Mutex<[String]>([])
        private let listener = Mutex<WebSocketListener?>(nil)

        func start() async throws -> String {
            let listener = try await WebSocketListener.bind { _, connection in
                do {
                    for try await message in connection.messages {
                        guard let text = message.text else { continue }
                        self.texts.withLock { $0.append(text) }
                        guard let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any],
                            let media = json["media"] as? [String: Any], let payload = media["payload"] as? String
                        else { continue }
                        try connection.send(text: #"{"event":"media","media":{"payload":"\#(payload)"}}"#)
                    }
                } catch {
                    // The carrier has gone.
                }
            }
            self.listener.withLock { $0 = listener }
            return "ws://127.0.0.1:\(listener.port)/stream?token=t"
        }

        func stop() async {
            let listener = self.listener.withLock { $0 }
            await listener?.close()
        }
    }

    @Test(
        "Telnyx's own package answers a phone at the sandbox and calls it, takes its webhooks, and Pipecat reads its stream",
        .enabled(if: isInstalled(telnyx), "the package telnyx is not installed: scripts/install-telnyx.sh"))
    func package() async throws {
        let workspace = try Workspace("sandbox-control")
        let (sip, api, hook) = (try Workspace.freePort(), try Workspace.freePort(), try Workspace.freePort())
        let echo = StreamEcho()
        let stream = try await echo.start()
        let sandbox = try Program(
            Workspace.product("trunkline"),
            [
                "sandbox", "--port", "\(sip)", "--call-control", "--http", "127.0.0.1:\(api)", "--webhook",
                "http://127.0.0.1:\(hook)/hook",
            ])
        let key = try await sandbox.line(containing: "public_key: ").components(separatedBy: "public_key: ").last
        _ = try await sandbox.line(containing: "Ready.")
        let application = try Program(
            Self.telnyx,
            [
                Self.support("telnyx_sandbox.py"), "http://127.0.0.1:\(api)/v2", try #require(key), "\(hook)", stream,
                "+12025550133",
            ])
        _ = try await application.line(containing: "listening")
        #expect(application.output.contains("numbers ['+12025550131']\napplication sandbox\nunknown 404 10005\n"))

        let spoken = workspace.path("spoken.wav")
        try Sound.write([.silence(seconds: 1), .prompt("vm-leavemsg"), .silence(seconds: 2)], to: spoken)
        let phone = try Baresip(
            in: workspace, user: "mobile", speaking: spoken, registrar: "sip:mobile@127.0.0.1:\(sip)",
            password: "sandbox-mobile")
        _ = try await sandbox.line(containing: "mobile  <- 200 OK (REGISTER)")
        try phone.control("dial", "sip:+12025550131@127.0.0.1:\(sip)")
        _ = try await application.line(containing: "event streaming.started CallStreamingStarted")
        try await phone.callOver()
        _ = try await application.line(containing: "event call.hangup CallHangupWebhookEvent normal_clearing")
        let heard = try await Transcriber.transcribe(phone.heard())
        #expect(heard.contains("message"), "\(heard)")
        let before = echo.texts.withLock { $0.count }
        application.send("dial\n")
        // Its sound comes, and it hears it again.
        _ = try await eventually("the sound of the telephone") {
            echo.texts.withLock { $0.count > before + 100 } ? 1 : nil
        }
        application.send("hangup\n")
        let end = "event call.hangup CallHangupWebhookEvent normal_clearing"
        _ = try await application.line(number: 2, containing: end)
        try await phone.callOver(2)
        try await phone.stop()
        for line in [
            "event call.initiated CallInitiatedWebhookEvent", "answer ok", "event call.answered CallAnswered",
            "event streaming.stopped CallStreamingStopped", "dialled call False", "status True", "hangup ok",
        ] {
            #expect(application.output.contains(line), "\(line): \(application.output)")
        }
        #expect(!application.output.contains("FAULT"), "\(application.output)")
        application.signal(SIGTERM)
        sandbox.signal(SIGTERM)
        #expect(try await sandbox.end() == 0)
        await echo.stop()

        let texts = echo.texts.withLock { $0 }
        #expect(texts.count > 100 && texts.last?.contains(#""event":"stop""#) == true)
        guard Self.isInstalled(Self.pipecat) else { return }
        try workspace.write(texts.map { $0 + "\n" }.joined(), to: "messages.jsonl")
        let reader = try Program(Self.pipecat, [Self.support("pipecat_telnyx.py"), workspace.path("messages.jsonl")])
        #expect(try await reader.end() == 0, "\(reader.output)")
        #expect(
            reader.output.contains("call telnyx ") && reader.output.contains(" PCMU\n"), "\(reader.output.prefix(400))")
        #expect(reader.output.components(separatedBy: "heard 160 ").count > 100)
        workspace.remove()
    }
}
