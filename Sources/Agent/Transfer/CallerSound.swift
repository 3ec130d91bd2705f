internal import RTPMedia
internal import Synchronization
internal import Telephony

/// Who gets what the caller says: the agent, nobody while there is music, or whoever the caller is connected with.
final class CallerSound: Sendable {
    enum Listener: Sendable {
        case agent
        case nobody
        case other(SoundPipe)
    }

    private let state = Mutex(Listener.agent)

    var listener: Listener {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }

    /// Gives a frame to whoever listens.
    ///
    /// - Returns: what the agent hears: the frame, or silence in its place.
    func pass(_ frame: PCMFrame) async -> (frame: PCMFrame, isForAgent: Bool) {
        switch listener {
        case .agent: return (frame, true)
        case .nobody: break
        case .other(let pipe): await pipe.carry(frame)
        }
        return (frame.silenced, false)
    }
}
