/// Why the database can't be used, and what to do.
public enum CallStoreError: Error, Sendable, Equatable, CustomStringConvertible {
    case cannotOpen(String, reason: String)
    case cannotRead(String, reason: String)
    case cannotWrite(String, reason: String)

    public var description: String {
        switch self {
        case .cannotOpen(let path, let reason):
            "The call database \(path) can't be opened: \(reason). Choose another file with calls.database or --database."
        case .cannotRead(let path, let reason):
            "The call database \(path) can't be read: \(reason)."
        case .cannotWrite(let path, let reason):
            "The call database \(path) can't be written: \(reason). Is the disk full?"
        }
    }
}
