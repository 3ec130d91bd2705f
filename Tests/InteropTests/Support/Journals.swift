import CallReplay
import Foundation
import Testing

/// The journals that programs under test have kept.
enum Journals {
    /// Those in the folder `journal` of a workspace, each replayed twice: the same both times, and the same as the call.
    static func replayed(
        in workspace: Workspace, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> [CallReplay] {
        let folder = workspace.path("journal")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        return try files.map { file in
            let octets = Array(try Data(contentsOf: URL(filePath: "\(folder)/\(file)")))
            let replay = try CallReplay(octets)
            let again = try CallReplay(octets)
            #expect(
                replay.lines == again.lines && replay.verdict == again.verdict, "\(file)",
                sourceLocation: sourceLocation)
            #expect(
                replay.isSame, "\(file):\n\(replay.timeline)\n\(replay.verdict)", sourceLocation: sourceLocation)
            return replay
        }
    }
}
