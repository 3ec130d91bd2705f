internal import FoundationEssentials

/// The journals that calls have in folders: one, and one for each call that was placed to put the caller through. Each folder is
/// looked at once.
struct JournalFiles {
    /// By folder, sorted.
    private var names: [String: [String]] = [:]

    /// All journals of a call. Its own is always among them, there or not.
    mutating func files(of call: String, in folder: String) -> [RecordingFile] {
        guard let own = RecordingFile(journalOf: call, in: folder) else { return [] }
        let all = names(in: folder)
        let prefix = "\(call)-"
        var (low, high) = (0, all.count)
        while low < high {
            let middle = (low + high) / 2
            if all[middle] < prefix { low = middle + 1 } else { high = middle }
        }
        let others = all[low...].prefix { $0.hasPrefix(prefix) }.filter { $0.hasSuffix(".journal") }
        return [own] + others.compactMap { RecordingFile(journalOf: String($0.dropLast(8)), in: folder) }
    }

    private mutating func names(in folder: String) -> [String] {
        if let known = names[folder] { return known }
        let found = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        names[folder] = found
        return found
    }
}
