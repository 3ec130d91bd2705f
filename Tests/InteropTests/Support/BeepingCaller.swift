import Foundation
import Logging
import RTPMedia
import SIPNIO
import Telephony

/// Calls a server from within the test, makes loud tones, and asks the server's API what became of the call.
enum BeepingCaller {
    static func phone() async throws -> Endpoint {
        try await Endpoint(
            configuration: EndpointConfiguration(listen: [.udp("127.0.0.1", 0)]),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Half a second of a loud tone.
    static func beep(on call: any Call) async throws {
        let rate = call.sampleRate
        for _ in 0..<25 {
            let samples = (0..<rate / 50).map { Int16($0 % 8 < 4 ? 9_000 : -9_000) }
            try await call.play(PCMFrame(samples: samples, sampleRate: rate))
        }
        await call.drain()
    }

    static func liveCall(_ curl: Curl) async throws -> String {
        try await eventually("the call") {
            let calls = try await curl.ask("GET", "/v1/calls?state=up").json["calls"] as? [[String: Any]]
            return calls?.first?["id"] as? String
        }
    }

    static func ended(_ id: String, _ curl: Curl) async throws -> [String: Any] {
        try await eventually("its end") {
            let call = try await curl.ask("GET", "/v1/calls/\(id)").json
            return call["state"] as? String == "ended" ? call : nil
        }
    }
}
