internal import Telephony

/// Short work on a call beside the talk: putting through, pressing keys, stopping what plays. It is awaited when the talk
/// is over.
struct CallErrands {
    private let call: any Call
    private let clock: CallClock
    private let observer: ConversationObserver
    private(set) var tasks: [Task<Void, Never>] = []

    /// Older ones have long been done.
    private static let kept = 20

    init(on call: any Call, clock: CallClock, observer: @escaping ConversationObserver) {
        self.call = call
        self.clock = clock
        self.observer = observer
    }

    mutating func run(_ work: @escaping @Sendable () async -> Void) {
        add(Task { await work() })
    }

    mutating func add(_ task: Task<Void, Never>) {
        tasks = tasks.suffix(Self.kept) + [task]
    }

    /// - Parameter ended: told why it failed; `nil` when the caller has been put through.
    mutating func transfer(to target: String, ended: @escaping @Sendable (_ failure: String?) async -> Void) {
        let call = call
        run {
            do throws(CallError) {
                try await call.transfer(to: target)
                await ended(nil)
            } catch {
                await ended(String(describing: error))
            }
        }
    }

    /// - Parameter done: told when the keys have been sent, or could not be.
    mutating func press(_ digits: String, done: @escaping @Sendable () async -> Void) {
        let (call, observer, at) = (call, observer, clock.milliseconds)
        for digit in digits where digit != "," {
            observer(.key(KeyRecord(digit: String(digit), direction: .sent, atMs: at, durationMs: 100)))
        }
        run {
            do throws(CallError) {
                try await call.sendDTMF(digits)
            } catch {
                observer(.event(kind: "keys failed", detail: String(describing: error), at: at))
            }
            await done()
        }
    }
}
