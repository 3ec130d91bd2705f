import RTPMedia
import Telephony

/// The caller's, or the called, side of a call that is up: it does what a script says.
struct ScriptedTalk: Sendable {
    /// What was measured, and all that was heard.
    struct Outcome: Sendable {
        var measured: CallerScript.Measured
        var heard: [Int16] = []
        var sampleRate: Int
    }

    let script: ScriptedCall
    /// Decides what chance there is.
    let number: Int

    /// Goes through the script and hangs up, if the other side has not.
    func run(on call: any Call) async throws -> Outcome {
        var course = try await CallerScript(script, sampleRate: call.sampleRate, seed: UInt64(number))
        var outcome = Outcome(measured: course.measured, sampleRate: call.sampleRate)
        let events = Task { for await _ in call.events {} }
        defer { events.cancel() }
        var errands: [Task<Void, Never>] = []
        // A frame goes out for each that comes in; two are ahead, so that a late reader leaves no gap.
        let lead = PCMFrame(samples: Array(repeating: 0, count: call.sampleRate / 25), sampleRate: call.sampleRate)
        try? await call.play(lead)
        listening: for await heard in call.audio {
            outcome.heard += heard.samples
            let (frame, actions) = course.exchange(heard.samples)
            guard (try? await call.play(PCMFrame(samples: frame, sampleRate: call.sampleRate))) != nil else { break }
            for action in actions {
                switch action {
                case .press(let key): errands.append(Task { try? await call.sendDTMF(String(key)) })
                case .hold: errands.append(Task { try? await call.hold() })
                case .resume: errands.append(Task { try? await call.resume() })
                case .hangUp: break listening
                }
            }
        }
        for errand in errands { await errand.value }
        await call.hangUp(reason: .normal)
        outcome.measured = course.measured
        return outcome
    }
}
