internal import FoundationEssentials

/// Where a path that need not be there yet would be made.
enum FilePath {
    /// The first folder above `path` that there is, so that it can be asked for its disk.
    static func existing(above path: String) -> String {
        var path = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
        while !FileManager.default.fileExists(atPath: path), let slash = path.lastIndex(of: "/"),
            slash != path.startIndex
        {
            path = String(path[..<slash])
        }
        return FileManager.default.fileExists(atPath: path) ? path : "/"
    }
}
