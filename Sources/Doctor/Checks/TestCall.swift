internal import Agent
internal import Logging
internal import RTPMedia
public import SIPCore
internal import SIPNIO
internal import Synchronization
public import Telephony
internal import TelephonyPrimitives

/// A call that is placed to see whether calls work: the only thing here that costs money.
public struct TestCallQuestion: Sendable {
    /// Whom to call.
    public var number: TelephoneNumber
    /// As the server has it, trunks included.
    public var configuration: EndpointConfiguration

    public init(number: TelephoneNumber, configuration: EndpointConfiguration) {
        self.number = number
        self.configuration = configuration
    }
}

/// Calls a number by the first trunk, plays three beeps, and listens whether sound comes, and whether the beeps come back.
/// Where the number is our own, the call is to come in here, and is echoed.
struct TestCall {
    private static let subject = "call"
    /// Our beeps, by which an echo is known.
    private static let hertz = 1_000.0
    private static let beeps = 3

    private let question: TestCallQuestion
    /// Whether a server of ours runs here, which then gets the call.
    private let isServing: Bool

    init(_ question: TestCallQuestion, isServing: Bool) {
        self.question = question
        self.isServing = isServing
    }

    /// What was seen of the call.
    struct Outcome: Sendable, Equatable {
        var isAnswered = false
        var comesHere = false
        /// How many beeps came back.
        var echoes = 0
        var packetsReceived = 0
        var isEncrypted = false
        var codec = ""
        /// Why it did not come up, and what to do.
        var failure: (sentence: String, fix: String?)?

        static func == (one: Outcome, other: Outcome) -> Bool {
            one.isAnswered == other.isAnswered && one.comesHere == other.comesHere && one.echoes == other.echoes
                && one.packetsReceived == other.packetsReceived && one.failure?.sentence == other.failure?.sentence
        }
    }

    func look() async -> [CheckResult] {
        var configuration = question.configuration
        configuration.listen = configuration.listen.map { listen in
            ListenAddress(
                listen.protocol == .udp ? .udp : .tcp, TransportAddress(ip: listen.address.ip, port: 0))
        }
        configuration.certificate = nil
        configuration.accounts = []
        configuration.mediaLoops = 1
        configuration.maximumCalls = 4
        if isServing { for index in configuration.trunks.indices { configuration.trunks[index].registration = nil } }
        var quiet = Logger(label: "doctor")
        quiet.logLevel = .critical
        let endpoint: Endpoint
        do {
            endpoint = try await Endpoint(configuration: configuration, logger: quiet)
        } catch {
            return [CheckResult(Self.subject, .unknown, "No call could be placed: \(error)")]
        }
        let outcome = await call(on: endpoint, by: configuration.trunks)
        await endpoint.shutdown()
        return [judge(outcome, own: isOwn(configuration.trunks))]
    }

    private func isOwn(_ trunks: [Telephony.Trunk]) -> Bool {
        trunks.first?.caller.flatMap { TelephoneNumber($0) } == question.number
    }

    private func call(on endpoint: Endpoint, by trunks: [Telephony.Trunk]) async -> Outcome {
        let kept = Mutex(Outcome())
        // Who is registered too late gets no call.
        for account in await endpoint.accounts { await Self.registered(account) }
        let serving = Task {
            await endpoint.serve { invitation in
                kept.withLock { $0.comesHere = true }
                try await invitation.answer { call in
                    for await frame in call.audio { try await call.play(frame) }
                }
            }
        }
        defer { serving.cancel() }
        do {
            var outgoing = OutgoingCall(to: "")
            outgoing.ringTimeout = .seconds(30)
            try await TrunkGroup(trunks).call(question.number, outgoing, on: endpoint) { call in
                kept.withLock { $0.isAnswered = true }
                let echoes = await Self.beep(on: call)
                let statistics = await call.statistics()
                kept.withLock {
                    $0.echoes = echoes
                    $0.packetsReceived = statistics.packetsReceived
                    $0.isEncrypted = statistics.isEncrypted ?? false
                    $0.codec = statistics.codec
                }
            }
        } catch CallError.ended(let end) {
            let reason = trunks.first?.carrier == .telnyx ? TelnyxReason(phrase: end.explanation) : nil
            let status = end.status.map { "\($0) " } ?? ""
            kept.withLock {
                $0.failure = ("\(status)\(end.explanation). \(reason?.sentence ?? "")", reason?.fix)
            }
        } catch {
            kept.withLock { $0.failure = ("\(error)", nil) }
        }
        return kept.withLock { $0 }
    }

    private static func registered(_ account: Account) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await state in account.states() { if case .registering = state {} else { return } } }
            group.addTask { try? await Task.sleep(for: .seconds(10)) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Plays the beeps, and counts those that come back.
    private static func beep(on call: any Call) async -> Int {
        let rate = call.sampleRate
        async let heard = count(call.audio, rate: rate)
        let frames = Self.frames(rate: rate)
        for frame in frames {
            do throws(CallError) { try await call.play(frame) } catch { break }
        }
        await call.drain()
        // What comes back needs its time: the way there and back, and the buffers.
        try? await Task.sleep(for: .milliseconds(1_500))
        await call.hangUp(reason: .normal)
        return await heard
    }

    private static func count(_ audio: CallAudio, rate: Int) async -> Int {
        guard var detector = BeepDetector(sampleRate: rate) else { return 0 }
        var count = 0
        for await frame in audio {
            for event in detector.receive(frame.samples.span) {
                if case .ended(let hertz, _) = event, abs(hertz - Self.hertz) < 60 { count += 1 }
            }
        }
        return count
    }

    /// Half a second of silence and 400 ms of tone, so many times.
    static func frames(rate: Int) -> [PCMFrame] {
        let length = max(1, rate / 50)
        var frames: [PCMFrame] = []
        var place = 0
        for _ in 0..<beeps {
            frames += Array(
                repeating: PCMFrame(samples: Array(repeating: 0, count: length), sampleRate: rate), count: 25)
            for _ in 0..<20 {
                let samples = (0..<length).map { _ in
                    place += 1
                    return Int16(8_000 * Circle.sine(turns: hertz * Double(place) / Double(rate)))
                }
                frames.append(PCMFrame(samples: samples, sampleRate: rate))
            }
        }
        return frames
    }

    func judge(_ outcome: Outcome, own isOwn: Bool) -> CheckResult {
        let number = question.number.description
        let encryption = outcome.isEncrypted ? ", encrypted" : ""
        if let failure = outcome.failure, !outcome.isAnswered {
            return CheckResult(
                Self.subject, .failure, "The call to \(number) did not come up: \(failure.sentence)",
                fix: failure.fix
                    ?? "Look at the trunk above; `trunkline call \(number) --config FILE` keeps a record to look at.")
        }
        let base = "\(number) was called by the trunk and answered (\(outcome.codec)\(encryption))"
        guard outcome.packetsReceived > 0 else {
            return CheckResult(
                Self.subject, .failure, "\(base), and no sound came.",
                fix: "Write the public address of this machine for advertise, and let UDP of rtp.ports come in.")
        }
        if isOwn, !isServing, !outcome.comesHere {
            return CheckResult(
                Self.subject, .failure, "\(base), but not here: calls to our own number go elsewhere.",
                fix: "Assign the number to this connection (`trunkline telnyx status` shows where it leads).")
        }
        guard outcome.echoes > 0 else {
            return CheckResult(
                Self.subject, isOwn && !isServing ? .warning : .fine,
                "\(base), and sound came; our own did not come back, as it does only from an echo.")
        }
        return CheckResult(
            Self.subject, .fine,
            "\(base)\(outcome.comesHere ? " here" : ""), and our sound came back: both ways work.")
    }
}
