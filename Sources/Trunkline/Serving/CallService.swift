internal import Agent
internal import CallAPI
internal import FoundationEssentials
internal import Logging
internal import RTPMedia
internal import SIPCore
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// What the server does with a call: answers it, lets the agent talk, and keeps all of it.
struct CallService: Sendable {
    let agent: any CallAgent
    let journal: CallJournal
    /// The folder for recordings; `nil` for none.
    let recordings: String?
    let recordingFormat: RecordingFormat
    /// What the caller's voice goes through before the agent hears it; `nil` for nothing.
    let frontEnd: SpeechFrontEndConfiguration?
    let maximumDuration: Duration
    let limits: Configuration.Limits
    /// Those of the calls that are recorded.
    let switches: RecordingSwitches
    let logger: Logger
    /// Calls whom the agent asks whether they take its caller.
    let transferLine: (any ConsultationLine & SupervisorLine)?
    /// What calls are replayed from; `nil` where that is not kept.
    let journals: (any JournalKeeping)?

    init(
        _ agent: any CallAgent, _ settings: Configuration, _ journal: CallJournal, switches: RecordingSwitches,
        _ logger: Logger, transferLine: (any ConsultationLine & SupervisorLine)?, journals: (any JournalKeeping)? = nil
    ) {
        self.switches = switches
        self.transferLine = transferLine
        self.journals = journals
        self.agent = agent
        self.journal = journal
        self.logger = logger
        recordings = settings.calls.recordings.map(HomePath.expand).map { folder in
            // Whoever reads the record later may do so in another folder.
            folder.hasPrefix("/") ? folder : "\(FileManager.default.currentDirectoryPath)/\(folder)"
        }
        recordingFormat = RecordingFormat(settings.calls.recordingFormat)
        frontEnd = settings.agent.listens ? SpeechFrontEndConfiguration(settings.hearing) : nil
        maximumDuration = settings.calls.maximumDuration
        limits = settings.limits
    }

    /// Answers a call that comes in.
    func handle(_ invitation: IncomingCall) async throws {
        let page = CallPage(
            invitation.id, direction: .incoming, remote: invitation.remote, local: invitation.local, agent: agent.name,
            began: invitation.began, in: journal)
        noteCarrier(invitation, page)
        do {
            try await invitation.answer { call in
                await talk(on: call, verified: invitation.caller.verification.word, page: page)
            }
        } catch CallError.ended(let end) {
            page.end(end)
        } catch {
            page.end(CallEnd(cause: .failed, explanation: "Our side failed: \(error)"))
            throw error
        }
    }

    /// What the trunk has said of a call: which it is there, and whether the caller's number is right.
    private func noteCarrier(_ invitation: IncomingCall, _ page: CallPage) {
        guard let trunk = invitation.trunk else { return }
        page.note { .event(kind: "trunk", detail: trunk.name, at: $0) }
        if let session = invitation.carrierSession {
            page.note { .event(kind: "carrier session", detail: session, at: $0) }
        }
        guard invitation.caller.verification != .unverified else { return }
        page.note { .event(kind: "caller verified", detail: invitation.caller.verification.word, at: $0) }
    }

    /// Lets the agent talk on a call to us that has just been answered.
    ///
    /// - Parameter verified: whether the caller's number is right, in a word.
    func talk(on call: any Call, verified: String, page: CallPage) async {
        var brief = CallBrief()
        brief.variables["caller_verified"] = verified
        journal.calls.opened(
            CallDoor(
                prompter: brief.prompter, transfers: brief.transfers, supervision: brief.supervision,
                abilities: agent.abilities, hangUp: { await call.hangUp(reason: .normal) },
                record: { page.note($0) },
                pauseRecording: { [switches] in switches.set(isPaused: $0, of: page.id.text) }), to: page.id)
        await talk(on: call, brief: brief, page: page)
    }

    /// Lets the agent talk on a call that has just been answered, and writes down how it ended.
    @discardableResult func talk(on call: any Call, brief: CallBrief, page: CallPage) async -> CallEnd {
        let answered = page.now
        page.note(.answered(at: answered))
        journal.calls.answered(call)
        await prepareHearing(call)
        var brief = brief
        brief.line = transferLine
        // So that what an agent is told of it never stands there as it is spelt.
        brief.variables["caller_verified"] = brief.variables["caller_verified"] ?? "unknown"
        // Only a call by SIP has a journal, which is ended with its signalling.
        brief.journal = call is SIPCall ? journals?.journal(of: call.id.text) : nil
        let told = brief
        let supervision = CallSupervision(call, line: transferLine, desk: told.supervision) { page.note($0) }
        let recorder = await record(call, supervision.taps, page)
        let meter = UsageMeter()
        let guardian = CallGuardian(
            CallAllowance(talkTime: limits.talkTime, cost: limits.cost, prices: journal.prices, now: .now), limits,
            meter: meter)
        let outcome = await withTaskGroup(of: ConversationOutcome?.self) { group in
            group.addTask {
                let outcome = await UsageMeter.$current.withValue(meter) {
                    await agent.converse(on: supervision.agentCall, brief: told) { entry in
                        guardian.took(entry)
                        page.note(entry.moved(by: answered))
                    }
                }
                return await supervision.agentLeft(outcome)
            }
            group.addTask { await guardian.watch(told.farewells, page) }
            group.addTask { await supervision.watch() }
            group.addTask {
                // The conversation knows its own limit; this one holds for every agent.
                try? await Task.sleep(for: maximumDuration + .seconds(2))
                return Task.isCancelled ? nil : ConversationOutcome(reason: .maximumDuration)
            }
            var outcome: ConversationOutcome?
            while outcome == nil, let next = await group.next() { outcome = next }
            group.cancelAll()
            return outcome ?? ConversationOutcome(reason: .normal)
        }
        await call.hangUp(reason: outcome.reason)
        await supervision.close()
        switches.close(page.id.text)
        if let recorder { await complete(recorder, page) }
        page.note(.quality(await call.statistics()))
        let end =
            outcome.end ?? CallEnd(cause: .localHangUp, explanation: guardian.explanation ?? outcome.reason.sentence)
        page.end(end)
        return end
    }

    private func prepareHearing(_ call: any Call) async {
        guard let frontEnd else { return }
        do throws(SpeechFrontEndError) {
            try await call.setFrontEnd(frontEnd)
        } catch {
            // It is heard all the same, as it comes.
            logger.error("\(error)", metadata: ["call": "\(call.id)"])
        }
    }

    /// Ends a recording, and says in the record how it came out.
    private func complete(_ recorder: CallRecorder, _ page: CallPage) async {
        do throws(CallRecorderError) {
            let summary = try await recorder.finish()
            page.note { .event(kind: "recording", detail: summary.sentence, at: $0) }
            page.note { .recorded(RecordingRecord(path: recorder.path, summary), at: $0) }
        } catch {
            logger.error("\(error)", metadata: ["call": "\(page.id)"])
            page.note { .event(kind: "recording", detail: "incomplete: \(error)", at: $0) }
            page.note { .recorded(RecordingRecord(path: recorder.path, failure: "\(error)"), at: $0) }
        }
    }

    private func record(_ call: any Call, _ taps: CallTaps, _ page: CallPage) async -> CallRecorder? {
        guard let recordings else { return nil }
        do throws(CallRecorderError) {
            let path = "\(recordings)/\(call.id).\(recordingFormat.fileExtension)"
            let recorder = try CallRecorder(path: path, format: recordingFormat, sampleRate: call.sampleRate) {
                [logger] failure in
                logger.error("\(failure) The call goes on.", metadata: ["call": "\(page.id)"])
                page.note { .event(kind: "recording failed", detail: "\(failure.reason)", at: $0) }
            }
            await taps.add { heard, sent in recorder.take(heard, sent) }
            page.note(.recording(path: recorder.path))
            switches.open(page.id.text) { page.pause(recorder, $0) }
            return recorder
        } catch {
            // A full disk is no reason to hang up.
            logger.error("\(error) The call goes on.", metadata: ["call": "\(call.id)"])
            page.note { .event(kind: "recording failed", detail: error.reason, at: $0) }
            return nil
        }
    }
}

extension RecordingSummary {
    /// What became of the recording, for the record.
    fileprivate var sentence: String {
        let seconds = (duration.inSeconds * 10).rounded() / 10
        var parts = ["complete, \(seconds) s"]
        if !pauses.isEmpty { parts.append("paused \(pauses.count) times") }
        let dropped = caller.samplesDropped + agent.samplesDropped
        if dropped > 0 { parts.append("\(dropped) samples could not be kept") }
        if omitted > .zero { parts.append("\(omitted.inSeconds) s left out after a leap of the clock") }
        return parts.joined(separator: ", ")
    }
}

extension HangUpReason {
    /// Why we hung up, for the record.
    var sentence: String {
        switch self {
        case .normal: "The conversation was over."
        case .maximumDuration: "The call had reached its maximum length."
        case .budget: "What the call may cost was used up."
        case .silence: "Nothing was heard from the caller."
        case .shutdown: "Trunkline was stopped."
        case .failure: "Something of ours failed."
        }
    }
}

extension SpeechFrontEndConfiguration {
    /// - Returns: `nil` when nothing is to be done, so that it costs nothing.
    init?(_ hearing: Configuration.Hearing) {
        guard hearing.echoCancellation || hearing.noiseSuppression != nil || hearing.level != nil else { return nil }
        self.init(
            noiseSuppression: hearing.noiseSuppression, automaticGain: hearing.level.map(Double.init),
            cancelsEcho: hearing.echoCancellation)
    }
}

extension RecordingFormat {
    init(_ name: RecordingName) {
        switch name {
        case .wav: self = .wav
        case .opus: self = .oggOpus()
        }
    }
}

extension CallerIdentity.Verification {
    /// For the record and the agent: `yes`, with the level of attestation where that is known (A: the caller's network
    /// vouches for the number), `no`, or `unknown`.
    var word: String {
        switch self {
        case .unverified: "unknown"
        case .signed: "yes"
        case .reported(let verstat, _):
            switch verstat.outcome {
            case .passed: "yes" + (verstat.attestation.map { " (\($0.rawValue))" } ?? "")
            case .failed: "no"
            case .notValidated: "unknown"
            }
        }
    }
}
