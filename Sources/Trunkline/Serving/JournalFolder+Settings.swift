internal import CallReplay
internal import Logging
internal import TelephonyPrimitives
internal import TrunklineConfiguration

extension JournalFolder {
    /// Makes the folder that settings name.
    ///
    /// - Returns: `nil` when no journals are to be kept.
    static func kept(in folder: String?, _ logger: Logger) throws(JournalError) -> JournalFolder? {
        guard let folder else { return nil }
        return try JournalFolder(path: HomePath.absolute(folder)) { logger.error("\($0)") }
    }
}
