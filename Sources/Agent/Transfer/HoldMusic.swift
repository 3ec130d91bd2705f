internal import RTPMedia
internal import Telephony

/// Music for whoever waits on a call, from when it begins until it is stopped.
final class HoldMusic: Sendable {
    private let call: any Call
    private let task: Task<Void, Never>

    /// Begins once what was given to the call before has sounded.
    init(_ sound: WaitingSound?, on call: any Call) {
        self.call = call
        // Unstructured: it sounds between two events of a call; ``stop()`` ends it and waits for it.
        task = Task {
            guard var music = sound?.begin(sampleRate: call.sampleRate) else { return }
            while !Task.isCancelled {
                do throws(CallError) { try await call.play(music.frame()) } catch { return }
            }
        }
    }

    /// Is quiet at once.
    func stop() async {
        task.cancel()
        // Whoever waits for room in the queue goes on, and sees that it is over.
        await call.flush()
        await task.value
        await call.flush()
    }
}
