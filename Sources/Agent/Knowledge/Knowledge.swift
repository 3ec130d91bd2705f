internal import Dispatch
internal import Synchronization

/// What an agent may look up: the Markdown and CSV files of a folder, cut into passages and indexed in memory.
///
/// The folder is looked at again when something is asked, at most every few seconds and on a thread of its own; until
/// changed files are read, the old passages serve.
public final class Knowledge: Sendable {
    private struct State {
        var index: KnowledgeIndex
        var entries: [KnowledgeFolder.Entry]
        var lookedAt: ContinuousClock.Instant
        var isLooking = false
    }

    private let folder: KnowledgeFolder
    private let interval: Duration
    private let onTrouble: @Sendable (String) -> Void
    private let queue = DispatchQueue(label: "trunkline.knowledge", qos: .utility)
    private let state: Mutex<State>

    /// Reads the folder.
    ///
    /// - Parameters:
    ///   - folder: its path.
    ///   - interval: how often it may be looked at again.
    ///   - onTrouble: told what of the folder is left out and why, whenever it is read.
    /// - Throws: ``KnowledgeError`` when it can't be read, or holds nothing to look up.
    public convenience init(
        folder: String, interval: Duration = .seconds(3), onTrouble: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(KnowledgeError) {
        try self.init(KnowledgeFolder(path: folder), interval: interval, onTrouble: onTrouble)
    }

    init(
        _ folder: KnowledgeFolder, interval: Duration, onTrouble: @escaping @Sendable (String) -> Void
    ) throws(KnowledgeError) {
        self.folder = folder
        self.interval = interval
        self.onTrouble = onTrouble
        let entries = try folder.entries()
        let (index, troubles) = try Self.read(folder, entries.entries)
        for trouble in entries.troubles + troubles { onTrouble(trouble) }
        guard index.count > 0 else {
            throw KnowledgeError(
                "The folder \(folder.path) holds nothing to look up; put Markdown (.md) or CSV (.csv) files into it.")
        }
        state = Mutex(State(index: index, entries: entries.entries, lookedAt: .now))
    }

    /// How many passages there are now.
    public var count: Int { state.withLock { $0.index.count } }

    /// The passages that fit a question best, the best first.
    ///
    /// - Parameters:
    ///   - question: in a caller's words.
    ///   - limit: how many at most, from 1 to 20.
    public func passages(for question: String, limit: Int) async throws(KnowledgeError) -> [Passage] {
        lookIfDue()
        let index = state.withLock { $0.index }
        do {
            return try await index.passages(for: question, limit: max(1, min(limit, 20)))
        } catch {
            throw KnowledgeError("The index can't be asked: \(error)")
        }
    }

    // MARK: Changes

    private func lookIfDue() {
        let isDue = state.withLock { state in
            guard !state.isLooking, ContinuousClock.now - state.lookedAt >= interval else { return false }
            state.isLooking = true
            return true
        }
        if isDue { queue.async { self.look() } }
    }

    /// Looks whether files have changed, and reads them anew when so. What can't be read now leaves the old passages.
    private func look() {
        defer {
            state.withLock { state in
                state.isLooking = false
                state.lookedAt = .now
            }
        }
        do throws(KnowledgeError) {
            let (entries, left) = try folder.entries()
            guard entries != state.withLock({ $0.entries }) else { return }
            let (index, troubles) = try Self.read(folder, entries)
            for trouble in left + troubles { onTrouble(trouble) }
            state.withLock { state in
                state.index = index
                state.entries = entries
            }
        } catch {
            onTrouble("\(error) What was read before is kept.")
        }
    }

    /// Waits until a look that is under way is over.
    func settle() async {
        await withCheckedContinuation { continuation in queue.async { continuation.resume() } }
    }

    private static func read(
        _ folder: KnowledgeFolder, _ entries: [KnowledgeFolder.Entry]
    ) throws(KnowledgeError) -> (KnowledgeIndex, [String]) {
        let (passages, troubles) = folder.passages(of: entries)
        do {
            return (try KnowledgeIndex(passages), troubles)
        } catch {
            throw KnowledgeError("The passages of \(folder.path) can't be indexed: \(error)")
        }
    }
}
