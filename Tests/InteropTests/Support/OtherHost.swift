import Foundation
import Testing

/// A host of its own with a public address, on a cable of its own, so that somebody else than this machine calls.
struct OtherHost {
    /// This machine's address on the cable, and the other one's.
    let ours: String
    let theirs: String
    private let name: String

    /// - Returns: `nil` when only root may make one, which is printed.
    static func make(ours: String, theirs: String, for what: String) async throws -> OtherHost? {
        let host = OtherHost(
            ours: ours, theirs: theirs, name: "tl\(UInt32.random(in: 0..<100_000))")
        let name = host.name
        let cable = [
            ["netns", "add", name], ["link", "add", "\(name)a", "type", "veth", "peer", "name", "\(name)b"],
            ["link", "set", "\(name)b", "netns", name], ["address", "add", "\(ours)/24", "dev", "\(name)a"],
            ["link", "set", "\(name)a", "up"],
            ["netns", "exec", name, "ip", "address", "add", "\(theirs)/24", "dev", "\(name)b"],
            ["netns", "exec", name, "ip", "link", "set", "\(name)b", "up"],
        ]
        for command in cable {
            let ip = try Program("ip", command)
            let status = try await ip.end()
            if status != 0, ["not permitted", "denied", "not supported"].contains(where: ip.output.contains) {
                print("\(what) was not staged: only root may make another host (ip netns).")
                return nil
            }
            #expect(status == 0, "ip \(command): \(ip.output)")
        }
        return host
    }

    /// Starts a program there.
    func start(_ executable: String, _ arguments: [String], directory: URL? = nil) throws -> Program {
        try Program("ip", ["netns", "exec", name, executable] + arguments, directory: directory)
    }

    func remove() async throws {
        let removal = try Program("ip", ["netns", "delete", name])
        #expect(try await removal.end() == 0)
    }
}
