internal import Agent
internal import Logging
internal import RTPMedia
internal import SIPNIO
internal import Telephony
internal import TelephonyPrimitives
internal import TrunklineConfiguration

/// What the server does with a call: answers it, lets the agent talk, and keeps all of it.
struct CallService: Sendable {
    let agent: any CallAgent
    let store: any CallStore
    /// What keeps the SIP messages of calls; `nil` when they are not kept.
    let messages: CallMessages?
    /// The folder for recordings; `nil` for none.
    let recordings: String?
    let recordingFormat: RecordingFormat
    /// What the caller's voice goes through before the agent hears it; `nil` for nothing.
    let frontEnd: SpeechFrontEndConfiguration?
    let maximumDuration: Duration
    let live: LiveTranscript
    let logger: Logger

    func handle(_ invitation: IncomingCall) async throws {
        // The call began when its INVITE came, which was taken by another clock.
        let (id, age) = (invitation.id, Instant.now - invitation.began)
        let start = ContinuousClock.now - age
        @Sendable func now() -> Int { WallClock.milliseconds(since: start) }
        store.write(
            .began(
                CallBeginning(
                    direction: .incoming, remote: invitation.remote, local: invitation.local, agent: agent.name,
                    startedAt: WallClock.now - age.inMilliseconds)), of: id)
        messages?.begin(id, at: invitation.began)
        live.say(id, "call from \(invitation.remote.address)")
        do {
            try await invitation.answer { call in
                store.write(.answered(at: now()), of: id)
                let end = await talk(on: call, answered: now())
                store.write(.quality(await call.statistics()), of: id)
                finish(id, end, at: now())
            }
        } catch CallError.ended(let end) {
            finish(id, end, at: now())
        } catch {
            finish(id, CallEnd(cause: .failed, explanation: "Our side failed: \(error)"), at: now())
            throw error
        }
    }

    private func talk(on call: any Call, answered: Int) async -> CallEnd {
        await prepareHearing(call)
        let recorder = await record(call)
        let began = ContinuousClock.now
        let outcome = await withTaskGroup(of: ConversationOutcome?.self) { group in
            group.addTask {
                await agent.converse(on: call) { entry in
                    let entry = entry.moved(by: answered)
                    store.write(entry, of: call.id)
                    live.say(call.id, entry)
                }
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
        if let recorder { await complete(recorder, of: call.id, at: answered + WallClock.milliseconds(since: began)) }
        return outcome.end ?? CallEnd(cause: .localHangUp, explanation: outcome.reason.sentence)
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
    private func complete(_ recorder: CallRecorder, of id: CallIdentifier, at time: Int) async {
        do throws(CallRecorderError) {
            let summary = try await recorder.finish()
            store.write(.event(kind: "recording", detail: summary.sentence, at: time), of: id)
        } catch {
            logger.error("\(error)", metadata: ["call": "\(id)"])
            store.write(.event(kind: "recording", detail: "incomplete: \(error)", at: time), of: id)
        }
    }

    private func record(_ call: any Call) async -> CallRecorder? {
        guard let recordings else { return nil }
        do throws(CallRecorderError) {
            let path = "\(recordings)/\(call.id).\(recordingFormat.fileExtension)"
            let recorder = try CallRecorder(path: path, format: recordingFormat, sampleRate: call.sampleRate)
            await call.setTap { heard, sent in recorder.take(heard, sent) }
            store.write(.recording(path: recorder.path), of: call.id)
            return recorder
        } catch {
            // A full disk is no reason to hang up.
            logger.error("\(error)", metadata: ["call": "\(call.id)"])
            return nil
        }
    }

    private func finish(_ id: CallIdentifier, _ end: CallEnd, at: Int) {
        messages?.end(id, at: at)
        store.write(.ended(end, at: at), of: id)
        live.say(id, "ended: \(end.explanation)")
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
