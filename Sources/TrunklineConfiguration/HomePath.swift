internal import FoundationEssentials

/// Paths in which `~` stands for the home folder.
package enum HomePath {
    package static func expand(_ path: String) -> String {
        guard path == "~" || path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] else {
            return path
        }
        return home + path.dropFirst()
    }

    /// From the root on, so that it is found from another working directory, too.
    package static func absolute(_ path: String) -> String {
        let path = expand(path)
        return path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}
