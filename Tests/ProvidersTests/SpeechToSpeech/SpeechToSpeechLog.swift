import Agent
import RTPMedia
import Synchronization

/// Reads what a speech-to-speech session tells, and lets a test wait for it.
final class SpeechToSpeechLog: Sendable {
    private let state = Mutex((events: [SpeechToSpeechEvent](), isOver: false))

    init(_ session: any SpeechToSpeechSession) {
        let events = session.events
        Task {
            for await event in events { state.withLock { $0.events.append(event) } }
            state.withLock { $0.isOver = true }
        }
    }

    var events: [SpeechToSpeechEvent] { state.withLock { $0.events } }
    var isOver: Bool { state.withLock { $0.isOver } }

    /// All sound of a reply.
    func sound(of reply: Int) -> [Int16] {
        events.flatMap { event -> [Int16] in
            if case .audio(let frame, reply) = event { frame.samples } else { [] }
        }
    }

    func contains(_ event: SpeechToSpeechEvent) -> Bool { events.contains(event) }

    /// Returns once `event` has been told.
    func wait(for event: SpeechToSpeechEvent) async { await Self.until { self.contains(event) } }

    func waitForEnd() async { await Self.until { self.isOver } }

    /// Returns once `condition` holds, or the test has taken too long.
    static func until(_ condition: @Sendable () async -> Bool) async {
        while await !condition(), !Task.isCancelled { await Task.yield() }
    }
}
