package import RTPMedia
package import Telephony

/// What a caller hears when the agent is lost or has to go, and where they are put through to then.
package struct CallApology: Sendable {
    private let clip: AudioClip?
    private let transfer: String?

    /// - Parameters:
    ///   - clip: of any rate; `nil`: nothing is said.
    ///   - transfer: a SIP URI or a telephone number; `nil`: nobody is put through.
    package init(_ clip: AudioClip?, transfer: String?) {
        self.clip = clip
        self.transfer = transfer
    }

    /// Returns once it has sounded, or the call is over.
    ///
    /// - Returns: how the call ended, when it did meanwhile.
    @discardableResult
    package func say(on call: any Call) async -> CallEnd? {
        guard let clip = try? clip?.converted(to: call.sampleRate) else { return nil }
        do throws(CallError) {
            for frame in clip.frames where !Task.isCancelled { try await call.play(frame) }
        } catch {
            if case .ended(let end) = error { return end }
            return nil
        }
        await call.drain()
        return nil
    }

    /// Says it where no conversation goes on any more, and puts the caller through.
    ///
    /// - Parameters:
    ///   - call: whose caller hears it.
    ///   - clock: that of the conversation.
    ///   - reason: why it ends.
    ///   - observer: told what becomes of it.
    /// - Returns: why to hang up.
    package func end(
        _ call: any Call, clock: CallClock, reason: HangUpReason = .failure, observer: @escaping ConversationObserver
    ) async -> ConversationOutcome {
        if let end = await say(on: call) { return ConversationOutcome(reason: .normal, end: end) }
        guard let transfer, !Task.isCancelled else { return ConversationOutcome(reason: reason) }
        return await withTaskCancellationHandler {
            do throws(CallError) {
                try await call.transfer(to: transfer)
                observer(.event(kind: "transferred", detail: "", at: clock.milliseconds))
                return .putThrough
            } catch .ended(let end) {
                return ConversationOutcome(reason: .normal, end: end)
            } catch {
                observer(.event(kind: "transfer failed", detail: String(describing: error), at: clock.milliseconds))
                return ConversationOutcome(reason: reason)
            }
        } onCancel: {
            // Only the end of the call ends a transfer that nobody answers.
            Task { await call.hangUp(reason: .shutdown) }
        }
    }
}
