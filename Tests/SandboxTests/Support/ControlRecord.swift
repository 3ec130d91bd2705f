import SIPCore
import Sandbox
import TelephonyPrimitives
import Testing

/// What the HTTP side of a carrier has done.
struct ControlRecord {
    var responses: [UInt64: APIResponse] = [:]
    var posts: [WebhookDelivery] = []
    var fetches: [(number: UInt64, order: DocumentFetch)] = []
    var opened: [(number: UInt64, url: String, token: String?)] = []
    var closed: [UInt64] = []
    var cut: [UInt64] = []
    var streamed: [JSONValue] = []
    /// What whoever takes webhooks answers; `nil`: nothing yet.
    var answersWebhooks: Int? = 200

    mutating func note(_ action: SandboxCallControl.Action) {
        switch action {
        case .respond(let number, let response): responses[number] = response
        case .post(_, let delivery): posts.append(delivery)
        case .fetch(let number, let order): fetches.append((number, order))
        case .openStream(let number, let url, let token): opened.append((number, url, token?.value))
        case .sendStream(_, let text):
            do { streamed.append(try JSONValue(parsing: text.utf8)) } catch { Issue.record("\(error): \(text)") }
        case .closeStream(let number): closed.append(number)
        case .cutStream(let number): cut.append(number)
        }
    }

    /// The names of the events of all webhooks, in the order in which they were posted.
    var events: [String] { posts.map(\.event) }

    func payload(_ event: String) -> JSONValue? {
        posts.last { $0.event == event }.flatMap { try? JSONValue(parsing: $0.body) }?["data"]?["payload"]
    }

    func messages(_ event: String) -> [JSONValue] { streamed.filter { $0["event"]?.string == event } }
}

extension Desk {
    /// A carrier with an application that has the agent's number.
    static func controlled(_ change: (inout SandboxSettings) -> Void = { _ in }) -> Desk {
        Desk { settings in
            var control = CallControlSettings()
            control.webhookURL = "http://agent.example/hook"
            control.epoch = 1_767_323_045_678_901_000
            settings.callControl = control
            change(&settings)
        }
    }

    /// Asks the API.
    @discardableResult
    mutating func ask(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = "sandbox-key"
    ) -> (status: Int, body: JSONValue, headers: [String: String]) {
        let number = UInt64(api.responses.count + 1)
        let request = APIRequest(
            method, "/v2" + path, authorization: key.map { "Bearer \($0)" }, body: Array((body?.json ?? "").utf8))
        take(.control(.request(number, request)))
        let response = api.responses[number]
        return (response?.status ?? 0, response?.body ?? .null, response?.headers ?? [:])
    }

    /// A command to the call that was told of last.
    @discardableResult
    mutating func command(
        _ name: String, _ body: [String: JSONValue] = [:]
    ) -> (status: Int, body: JSONValue, headers: [String: String]) {
        ask("POST", "/calls/\(controlID)/actions/\(name)", .object(body))
    }

    /// The leg of the first `call.initiated`.
    var controlID: String {
        let first = api.posts.first { $0.event == "call.initiated" }.flatMap { try? JSONValue(parsing: $0.body) }
        return first?["data"]?["payload"]?["call_control_id"]?.string ?? "v3:none"
    }

    /// A telephone calls the application's number.
    mutating func phoneCallsApplication(body: String = Desk.offer(host: "192.0.2.20", port: 31_000), more: String = "")
    {
        register("mobile")
        call("+12025550131", by: "mobile", call: "in", from: "whoever", more: more, body: body)
    }

    /// The same, answered with a stream.
    ///
    /// - Returns: the 200 that the telephone has got.
    mutating func phoneTalksToApplication(
        _ options: [String: JSONValue] = [
            "stream_bidirectional_mode": "rtp", "stream_bidirectional_target_legs": "self",
        ],
        body: String = Desk.offer(host: "192.0.2.20", port: 31_000)
    ) -> Response? {
        phoneCallsApplication(body: body)
        command("answer", options.merging(["stream_url": "ws://agent.example/s?t=1"]) { $1 })
        guard let answer = response(to: Desk.phoneWire), answer.status == 200 else { return nil }
        hear(Desk.request("ACK", after: answer, sequence: 2, from: Desk.phoneWire), from: Desk.phoneWire)
        if let stream = api.opened.last { take(.control(.streamOpened(stream.number))) }
        return answer
    }

    /// A packet of one side of the call.
    mutating func phoneSays(_ packet: [UInt8], side: SoundSide = .caller) {
        take(.tapped(call: tapped, side, packet))
    }

    mutating func applicationSends(_ message: JSONValue) {
        if let stream = api.opened.last { take(.control(.streamMessage(stream.number, Array(message.json.utf8)))) }
    }

    /// The packets that the application's side has said so far.
    var said: [[UInt8]] { orders.compactMap { if case .say(let packet, _) = $0 { packet } else { nil } } }
}

/// RTP by hand.
enum Packet {
    static func sound(_ sequence: Int, _ payload: [UInt8], type: UInt8 = 0) -> [UInt8] {
        header(sequence, UInt32(sequence) * 160, type) + payload
    }

    /// The end of a key that was held for 100 ms.
    static func key(_ code: UInt8, at sequence: Int) -> [UInt8] {
        header(sequence, UInt32(sequence) * 160, 101) + [code, 0x8A, 0x03, 0x20]
    }

    private static func header(_ sequence: Int, _ time: UInt32, _ type: UInt8) -> [UInt8] {
        [0x80, type, UInt8(sequence >> 8 & 255), UInt8(sequence & 255)]
            + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: time >> UInt32($0)) } + [0, 0, 0, 7]
    }
}
