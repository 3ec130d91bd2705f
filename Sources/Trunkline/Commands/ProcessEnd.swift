internal import ArgumentParser

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// How the process ends: at once.
///
/// `exit` tears down what C++ libraries hold while their threads are still at work: a program that stopped while the speech
/// models were being loaded crashed now and then. All that has to be closed is closed by then.
enum ProcessEnd {
    static func now(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }
}

extension Trunkline {
    /// Runs the command that the arguments name.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            ProcessEnd.now(0)
        } catch {
            let status = exitCode(for: error).rawValue
            let message = fullMessage(for: error)
            if !message.isEmpty {
                (status == 0 ? FileHandleOutput.standardOutput : .standardError).write(message + "\n")
            }
            ProcessEnd.now(status)
        }
    }
}
