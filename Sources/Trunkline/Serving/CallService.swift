internal import Agent
internal import CallAPI
internal import Logging
internal import RTPMedia
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
    let logger: Logger

    init(_ agent: any CallAgent, _ settings: Configuration, _ journal: CallJournal, _ logger: Logger) {
        self.agent = agent
        self.journal = journal
        self.logger = logger
        recordings = settings.calls.recordings.map(HomePath.expand)
        recordingFormat = RecordingFormat(settings.calls.recordingFormat)
        frontEnd = settings.agent.listens ? SpeechFrontEndConfiguration(settings.hearing) : nil
        maximumDuration = settings.calls.maximumDuration
    }

    /// Answers a call that comes in.
    func handle(_ invitation: IncomingCall) async throws {
        let page = CallPage(
            invitation.id, direction: .incoming, remote: invitation.remote, local: invitation.local, agent: agent.name,
            began: invitation.began, in: journal)
        do {
            try await invitation.answer { call in
                let brief = CallBrief()
                journal.calls.opened(
                    CallDoor(
                        prompter: brief.prompter, abilities: agent.abilities,
                        hangUp: { await call.hangUp(reason: .normal) }, record: { page.note($0) }), to: page.id)
                await talk(on: call, brief: brief, page: page)
            }
        } catch CallError.ended(let end) {
            page.end(end)
        } catch {
            page.end(CallEnd(cause: .failed, explanation: "Our side failed: \(error)"))
            throw error
        }
    }

    /// Lets the agent talk on a call that has just been answered, and writes down how it ended.
    @discardableResult func talk(on call: any Call, brief: CallBrief, page: CallPage) async -> CallEnd {
        let answered = page.now
        page.note(.answered(at: answered))
        journal.calls.answered(call)
        await prepareHearing(call)
        let recorder = await record(call, page)
        let outcome = await withTaskGroup(of: ConversationOutcome?.self) { group in
            group.addTask {
                await agent.converse(on: call, brief: brief) { page.note($0.moved(by: answered)) }
            }
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
        await call.setTap(nil)
        if let recorder { await complete(recorder, page) }
        page.note(.quality(await call.statistics()))
        let end = outcome.end ?? CallEnd(cause: .localHangUp, explanation: outcome.reason.sentence)
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
        } catch {
            logger.error("\(error)", metadata: ["call": "\(page.id)"])
            page.note { .event(kind: "recording", detail: "incomplete: \(error)", at: $0) }
        }
    }

    private func record(_ call: any Call, _ page: CallPage) async -> CallRecorder? {
        guard let recordings else { return nil }
        do throws(CallRecorderError) {
            let path = "\(recordings)/\(call.id).\(recordingFormat.fileExtension)"
            let recorder = try CallRecorder(path: path, format: recordingFormat, sampleRate: call.sampleRate)
            await call.setTap { heard, sent in recorder.take(heard, sent) }
            page.note(.recording(path: recorder.path))
            return recorder
        } catch {
            // A full disk is no reason to hang up.
            logger.error("\(error)", metadata: ["call": "\(call.id)"])
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
