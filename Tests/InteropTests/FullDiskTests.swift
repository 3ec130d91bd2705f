import Foundation
import RTPMedia
import Telephony
import Testing

/// What `trunkline serve` does with a disk that takes nothing.
@Suite(.serialized)
struct FullDiskTests {
    private static let token = "planted-token-0123456789abcdef"

    /// Whether this user may have a disk of its own.
    private static let mayMount = {
        guard let program = try? Program("/usr/bin/unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]) else {
            return false
        }
        for _ in 0..<500 {
            if !program.isRunning { break }
            usleep(10_000)
        }
        return program.output.isEmpty && !program.isRunning
    }()

    @Test(
        "T-61, T-55: with a full disk the call goes on, the log and /readyz say so, and what was to be kept is kept once there is room",
        .enabled(if: mayMount, "mounting a small disk is not allowed here"))
    func diskFull() async throws {
        let workspace = try Workspace("record-disk")
        try workspace.write("\(Self.token)\n", to: "tokens")
        try FileManager.default.createDirectory(atPath: workspace.path("disk"), withIntermediateDirectories: true)
        let (sip, port) = (try Workspace.freePort(), try Workspace.freePort())
        try workspace.write(
            """
            listen: ["udp:127.0.0.1:\(sip)"]
            agent: echo
            calls: {database: "\(workspace.path("disk/calls.db"))", recordings: "\(workspace.path("disk/recordings"))"}
            http: {listen: "127.0.0.1:\(port)", tokens_file: "\(workspace.path("tokens"))"}

            """, to: "trunkline.yaml")
        let server = try Program(
            "/usr/bin/unshare",
            [
                "-m", "/bin/sh", "-c",
                "mount -t tmpfs -o size=4m none \(workspace.path("disk")) && exec \(Workspace.product("trunkline")) "
                    + "serve --drain 5 --config \(workspace.path("trunkline.yaml"))",
            ])
        _ = try await server.line(containing: "Ready.")
        let curl = Curl(base: "http://127.0.0.1:\(port)", token: Self.token)
        #expect(try await curl.ask("GET", "/readyz").status == 200)
        // The disk as the server sees it.
        let disk = "/proc/\(server.processIdentifier)/root\(workspace.path("disk"))"
        let phone = try await BeepingCaller.phone()
        let target = "sip:agent@127.0.0.1:\(sip)"
        let first: String = try await phone.call(OutgoingCall(to: target)) { call in
            let (echoes, sink) = AsyncStream.makeStream(of: Void.self)
            let listening = Task {
                for await frame in call.audio where frame.samples.contains(where: { abs(Int($0)) > 4_000 }) {
                    sink.yield()
                }
            }
            let id = try await BeepingCaller.liveCall(curl)
            try await BeepingCaller.beep(on: call)
            try await Self.fill(disk)
            try await BeepingCaller.beep(on: call)
            _ = try await eventually("the trouble") {
                let answer = try await curl.ask("GET", "/readyz")
                return answer.status == 503 && answer.body.contains("database can't be written")
                    && answer.body.contains("recordings can't be written: No space left on device") ? true : nil
            }
            _ = try await server.line(containing: "Make room: calls go on")
            _ = try await server.line(containing: "can't be written: No space left on device. Make room on its disk")
            // The call goes on: what is said now comes back.
            var heard = 0
            let mark = Task {
                for await _ in echoes {
                    heard += 1
                    if heard > 40 { break }
                }
            }
            for _ in 0..<3 { try await BeepingCaller.beep(on: call) }
            await mark.value
            await call.hangUp(reason: .normal)
            listening.cancel()
            return id
        }
        try FileManager.default.removeItem(atPath: "\(disk)/filler")
        _ = try await server.line(containing: "can be written again; nothing was lost")
        let call = try await BeepingCaller.ended(first, curl)
        let recorded = try #require(call["recorded"] as? [String: Any])
        #expect(recorded["isComplete"] as? Bool == false)
        #expect((recorded["reason"] as? String)?.contains("No space left on device") == true)
        _ = try await eventually("readiness") { try await curl.ask("GET", "/readyz").status == 200 ? true : nil }
        // The next call is kept whole.
        let second: String = try await phone.call(OutgoingCall(to: target)) { call in
            async let _: Void = { for await _ in call.audio {} }()
            let id = try await BeepingCaller.liveCall(curl)
            try await BeepingCaller.beep(on: call)
            await call.hangUp(reason: .normal)
            return id
        }
        #expect(
            (try await BeepingCaller.ended(second, curl)["recorded"] as? [String: Any])?["isComplete"] as? Bool == true)
        let states = (try await curl.ask("GET", "/v1/calls").json["calls"] as? [[String: Any]])?.map {
            $0["state"] as? String
        }
        #expect(states == ["ended", "ended"])
        await phone.shutdown()
        server.signal(SIGTERM)
        #expect(try await server.end() == 0)
        workspace.remove()
    }

    @Test(
        "T-55: a database on a read-only disk is named when the server starts, with what to do",
        .enabled(if: mayMount, "mounting a small disk is not allowed here"),
        arguments: ["an empty file", "a database that was written before"])
    func readOnly(kind: String) async throws {
        let workspace = try Workspace("record-readonly")
        try FileManager.default.createDirectory(atPath: workspace.path("disk"), withIntermediateDirectories: true)
        let disk = workspace.path("disk")
        try workspace.write(
            """
            import sqlite3
            d = sqlite3.connect("\(disk)/calls.db")
            d.execute("PRAGMA journal_mode = WAL")
            d.execute("CREATE TABLE t (x)")
            d.close()

            """, to: "make.py")
        let making =
            kind == "an empty file" ? "touch \(disk)/calls.db" : "/usr/bin/python3 \(workspace.path("make.py"))"
        try workspace.write(
            """
            listen: ["udp:127.0.0.1:\(try Workspace.freePort())"]
            agent: echo
            calls: {database: "\(disk)/calls.db"}

            """, to: "trunkline.yaml")
        let server = try Program(
            "/usr/bin/unshare",
            [
                "-m", "/bin/sh", "-c",
                "mount -t tmpfs none \(disk) && \(making) && mount -o remount,ro \(disk) && exec "
                    + "\(Workspace.product("trunkline")) serve --config \(workspace.path("trunkline.yaml"))",
            ])
        #expect(try await server.end() == 1)
        #expect(
            server.output.hasPrefix("trunkline can't start: The call database \(disk)/calls.db can't be opened: it "))
        #expect(
            server.output.contains("read-only") && server.output.contains("et the user that Trunkline runs as write"))
        workspace.remove()
    }

    /// Leaves no octet of room.
    private static func fill(_ disk: String) async throws {
        let program = try Program("/bin/dd", ["if=/dev/zero", "of=\(disk)/filler", "bs=4096"])
        try await program.end()
    }
}
