internal import ArgumentParser
internal import FoundationEssentials
internal import TrunklineConfiguration

extension Configuration {
    /// What a file says; without one, the defaults.
    ///
    /// - Throws: `ExitCode` 78 when something in it is wrong, which is then on standard error, line by line.
    static func read(_ file: String?) throws -> Configuration {
        guard let file else { return Configuration() }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ValidationError("--config \(file): the file can't be read.")
        }
        do {
            return try Configuration.load(text: text, file: file)
        } catch {
            FileHandleOutput.standardError.write("\(error)\nNothing was started.\n")
            throw ExitCode(78)
        }
    }

    /// - Throws: `ExitCode` 78 when settings contradict each other, which is then on standard error.
    func check() throws {
        let contradictions = contradictions
        guard !contradictions.isEmpty else { return }
        FileHandleOutput.standardError.write(
            contradictions.map(\.sentence).joined(separator: "\n") + "\nNothing was started.\n")
        throw ExitCode(78)
    }
}

extension Configuration.AgentChoice {
    /// - Parameter argument: of `--agent`.
    init(argument: String) throws {
        switch argument {
        case "local": self = .local
        case "model": self = .model
        case "realtime": self = .realtime
        case "bot": self = .bot
        case "echo": self = .echo
        case _ where argument.hasPrefix("playback:") && argument.count > 9:
            self = .playback(file: String(argument.dropFirst(9)))
        default:
            throw ValidationError("--agent \(argument): it is local, model, realtime, bot, echo or playback:FILE.")
        }
    }
}
