internal import Agent
internal import Logging
internal import Rehearsal
internal import SIPCore
internal import Telephony
internal import TelephonyPrimitives

/// What the calls of rehearsals are made with, and where they go.
struct RehearsalStage: Sendable {
    private let voice: CallerVoice
    private let parts: LocalSpeech
    private let agent: String?
    private let bind: IPAddress?
    private let credentials: Credentials?
    private let recordings: String?
    private let output: FileHandleOutput
    private let namesRehearsal: Bool
    private let logger: Logger
    private let record: @Sendable (String, Int64) async throws -> StoredCall?

    /// How long the record of a call that is over is waited for, in rounds of 250 ms.
    private static let patience = 60

    /// - Parameters:
    ///   - agent: the address; `nil`: the files have it.
    ///   - output: told of each step that is over.
    ///   - record: the newest call that is over, with this in its caller's address, since then.
    init(
        parts: LocalSpeech, agent: String?, bind: IPAddress?, credentials: Credentials?, recordings: String?,
        output: FileHandleOutput, namesRehearsal: Bool, logger: Logger,
        record: @escaping @Sendable (String, Int64) async throws -> StoredCall?
    ) {
        voice = CallerVoice(parts.voice)
        self.parts = parts
        self.agent = agent
        self.bind = bind
        self.credentials = credentials
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

    func play(_ rehearsal: Rehearsal, run: Int) async throws -> RehearsalVerdict {
        let target = try target(of: rehearsal)
        // A host of its own tells this call from others in the record.
        let mark = "r-\(String(UInt64.random(in: 1 << 40 ... .max), radix: 36)).invalid"
        let (caller, key) = caller(of: rehearsal, mark)
        var outgoing = OutgoingCall(to: target.description)
        outgoing.from = caller
        outgoing.credentials = credentials
        let isHere = target.host == .address(.loopbackV4)
        let line = RehearsalLine(
            hearing: parts.hearing, voice: voice, address: bind ?? (isHere ? .loopbackV4 : .anyV4), logger: logger)
        let recording = recordings.map { "\($0)/\(Self.fileName(rehearsal.name))-\(run).wav" }
        let title = run > 1 ? "\(rehearsal.name) (\(run))" : rehearsal.name
        if !namesRehearsal { say("\(title): calling \(target)") }
        let began = WallClock.now
        let outcome = await line.play(rehearsal, calling: outgoing, recording: recording) { result in
            say((namesRehearsal ? "\(title): " : "") + Self.sentence(result))
        }
        if let failure = outcome.failure { say((namesRehearsal ? "\(title): " : "") + failure) }
        var call: StoredCall?
        if rehearsal.record != nil, outcome.length != nil {
            for _ in 0..<Self.patience where call == nil {
                call = try await record(key, began)
                if call == nil { try await Task.sleep(for: .milliseconds(250)) }
            }
        }
        return RehearsalVerdict(
            rehearsal, run: run, outcome: outcome, call: call,
            recording: outcome.length == nil ? nil : recording)
    }

    /// The agent's address, with the number that is called as its user.
    private func target(of rehearsal: Rehearsal) throws -> SIPURI {
        let wanted = rehearsal.target ?? ""
        let isAddress = wanted.hasPrefix("sip:") || wanted.hasPrefix("sips:")
        guard let agent else { return try SIPURI(parsing: wanted) }
        var uri = try SIPURI(parsing: agent)
        if isAddress {
            // Whom they ask for, at the agent that is tried.
            if let user = try SIPURI(parsing: wanted).user { uri.user = user }
        } else if !wanted.isEmpty {
            uri.user = wanted
        }
        return uri
    }

    /// Who calls, and by what of it the call is found in the record.
    private func caller(of rehearsal: Rehearsal, _ mark: String) -> (uri: String, key: String) {
        guard let caller = rehearsal.caller else { return ("sip:caller@\(mark)", mark) }
        guard caller.hasPrefix("sip:") || caller.hasPrefix("sips:") else { return ("sip:\(caller)@\(mark)", mark) }
        return (caller, caller.split(separator: ";").first.map(String.init) ?? caller)
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
