import Foundation
import Synchronization

/// A folder of its own for each test, removed when the test is over and kept when it failed.
struct Workspace {
    let folder: URL

    init(_ name: String) throws {
        folder = Workspace.root.appending(path: ".build-artifacts/interop/\(name)-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func remove() {
        try? FileManager.default.removeItem(at: folder)
    }

    /// The root of the repository.
    static let root: URL = {
        var folder = URL(filePath: #filePath)
        repeat { folder.deleteLastPathComponent() } while folder.lastPathComponent != "Tests"
        return folder.deletingLastPathComponent()
    }()

    /// A program of this package, built beside the tests.
    static func product(_ name: String) -> String {
        let here = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
        return here.deletingLastPathComponent().appending(path: name).path
    }

    /// A number of a port that nothing listens on, nor on the three above (SIPp's picture has the third). No number
    /// is given twice, for whoever got it may not have opened it yet; and none is among those of the program's RTP
    /// or those that the system gives to clients. Runs beside each other have `TRUNKLINE_TEST_PORTS` of their own.
    static func freePort() throws -> UInt16 {
        for _ in 0..<50 {
            let port = nextPort.withLock { next in
                next = next + 7 < ports.upperBound ? next + 4 : ports.lowerBound
                return next
            }
            if (port...(port + 3)).allSatisfy(isFree) { return port }
        }
        throw Program.Failure(description: "No free port was found")
    }

    private static let ports: ClosedRange<UInt16> = {
        let given = ProcessInfo.processInfo.environment["TRUNKLINE_TEST_PORTS"] ?? "9000-16380"
        let ends = given.split(separator: "-").compactMap { UInt16($0) }
        precondition(ends.count == 2 && ends[0] < ends[1], "TRUNKLINE_TEST_PORTS: give two ports, e.g. 9000-12600.")
        return ends[0]...ends[1]
    }()
    private static let nextPort = Mutex(UInt16.random(in: ports.lowerBound / 4...(ports.upperBound - 8) / 4) * 4)

    /// Waits until a program has opened the port on which it is to be reached. Looks only: whoever tries to open it
    /// himself may be in the program's way.
    static func waitUntilTaken(_ port: UInt16, at address: String = "127.0.0.1", by program: Program) async throws {
        let digits = String(port, radix: 16, uppercase: true)
        let suffix = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        let places = [inet_addr(address), 0].map { String(format: "%08X", $0) + suffix }
        _ = try await eventually("\(program.name) on port \(port)") { () -> Bool? in
            guard program.isRunning else {
                throw Program.Failure(description: "\(program.name) has ended:\n\(program.output.suffix(2_000))")
            }
            // Every UDP socket, and the TCP sockets that listen.
            for (table, states) in [("udp", ["07", "01"]), ("tcp", ["0A"])] {
                let lines = try kernelTable("/proc/net/\(table)").split(separator: "\n")
                let isTaken = lines.contains { line in
                    let fields = line.split(separator: " ").map(String.init)
                    return fields.count > 3 && places.contains(fields[1]) && states.contains(fields[3])
                }
                if isTaken { return true }
            }
            return nil
        }
    }

    /// A table of the kernel, to its end: it comes in pieces of a page, and Foundation takes the first for all of it.
    private static func kernelTable(_ path: String) throws -> String {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw Program.Failure(description: "\(path) can't be read") }
        defer { close(descriptor) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { return String(decoding: octets, as: UTF8.self) }
            octets += piece.prefix(count)
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        for type in [SOCK_DGRAM, SOCK_STREAM] {
            let descriptor = socket(AF_INET, Int32(type.rawValue), 0)
            guard descriptor >= 0 else { return false }
            defer { close(descriptor) }
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_port = port.bigEndian
            place.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            let bound = withUnsafePointer(to: &place) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if bound != 0 { return false }
        }
        return true
    }
}
