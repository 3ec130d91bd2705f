internal import Agent
internal import Logging
internal import Rehearsal
internal import Telephony
internal import TelephonyPrimitives

/// What the calls of rehearsals are made with, and where they go.
struct RehearsalStage: Sendable {
    private let voice: CallerVoice
    private let parts: LocalSpeech
    private let route: RehearsalRoute
    private let bind: IPAddress?
    private let recordings: String?
    private let output: FileHandleOutput
    private let namesRehearsal: Bool
    private let logger: Logger
    private let record: @Sendable (String, Int64) async throws -> StoredCall?

    /// How long the record of a call that is over is waited for, in rounds of 250 ms.
    private static let patience = 60

    /// - Parameters:
    ///   - route: where they go.
    ///   - output: told of each step that is over.
    ///   - record: the newest call that is over, with this in its caller's address, since then.
    init(
        parts: LocalSpeech, route: RehearsalRoute, bind: IPAddress?, recordings: String?, output: FileHandleOutput,
        namesRehearsal: Bool, logger: Logger,
        record: @escaping @Sendable (String, Int64) async throws -> StoredCall?
    ) {
        voice = CallerVoice(parts.voice)
        self.parts = parts
        self.route = route
        self.bind = bind
        self.recordings = recordings
        self.output = output
        self.namesRehearsal = namesRehearsal
        self.logger = logger
        self.record = record
    }

    /// Speaks all that callers will say.
    func prepare(_ rehearsals: [Rehearsal]) async throws {
        let line = RehearsalLine(hearing: parts.hearing, voice: voice, address: .loopbackV4, logger: logger)
        for rehearsal in rehearsals { try await line.prepare(rehearsal) }
    }

    func play(_ call: RehearsedCall) async throws -> RehearsalVerdict {
        let (rehearsal, title) = (call.rehearsal, call.title)
        let placing = try route.placing(of: call)
        let line = RehearsalLine(
            hearing: parts.hearing, voice: voice, address: bind ?? (placing.isHere ? .loopbackV4 : .anyV4),
            logger: logger)
        let recording = recordings.map { "\($0)/\(Self.fileName(rehearsal.name))-\(call.run).wav" }
        if !namesRehearsal { say("\(title): calling \(placing.place)") }
        let began = WallClock.now
        let outcome = await line.play(rehearsal, calling: placing.outgoing, recording: recording) {
            route.handedOn(placing)
        } tell: { result in
            say((namesRehearsal ? "\(title): " : "") + Self.sentence(result))
        }
        if let failure = outcome.failure { say((namesRehearsal ? "\(title): " : "") + failure) }
        var kept: StoredCall?
        if rehearsal.record != nil, outcome.length != nil {
            for _ in 0..<Self.patience where kept == nil {
                kept = try await record(placing.key, began)
                if kept == nil { try await Task.sleep(for: .milliseconds(250)) }
            }
        }
        return RehearsalVerdict(
            rehearsal, run: call.run, outcome: outcome, call: kept,
            recording: outcome.length == nil ? nil : recording)
    }

    private func say(_ text: String) { output.write(PrintableText.of(text) + "\n") }

    private static func sentence(_ result: RehearsalStepResult) -> String {
        let tenths = result.at.inMilliseconds / 100
        let stamp = "\(tenths / 10).\(tenths % 10) s"
        let padding = String(repeating: " ", count: max(0, 8 - stamp.count))
        let sign =
            switch result.state {
            case .passed: "ok  "
            case .failed: "FAIL"
            case .notReached: "-   "
            }
        var text = "\(padding)\(stamp)  \(sign)  \(result.step.title)"
        if !result.detail.isEmpty { text += "; \(result.detail)" }
        if let answer = result.answer { text += ", after \(answer.forPeople)" }
        return text
    }

    /// Letters, digits and hyphens alone.
    private static func fileName(_ name: String) -> String {
        let plain = name.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(plain.prefix(60))
    }
}
