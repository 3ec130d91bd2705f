import Foundation
import SDP
import TelephonyPrimitives
import Testing

extension Tag {
    /// A test that shows how an attack of the threat list fails; its name begins with the threat's number.
    @Tag static var threat: Self
}

@Suite("Hostile session descriptions", .tags(.threat))
struct HostileInputTests {
    private static let folder = SDPFixtures.folder.deletingLastPathComponent().appending(path: "sip/hostile")

    static let files: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        let descriptions = names.filter { $0.hasSuffix(".sdp") }.sorted()
        precondition(descriptions.count >= 25, "the hostile session descriptions are missing")
        return descriptions
    }()

    @Test("T-01: a hostile session description is read or refused, and answered or refused", arguments: files)
    func ends(_ file: String) throws {
        let octets = [UInt8](try Data(contentsOf: Self.folder.appending(path: file)))
        var ours = exchange([.opus, .pcmu, .pcma])
        guard let description = try? SessionDescription(parsing: octets) else { return }
        #expect(try SessionDescription(parsing: description.serialized) == description)
        if let (answer, _) = try? ours.receiveOffer(description) {
            #expect(answer.media.count == description.media.count)
            #expect(try SessionDescription(parsing: answer.serialized) == answer)
        }
        _ = ours.makeOffer()
        _ = try? ours.receiveAnswer(description)
    }

    @Test("T-01: cut off at any octet it is read or refused all the same", arguments: files)
    func cut(_ file: String) throws {
        let octets = [UInt8](try Data(contentsOf: Self.folder.appending(path: file)))
        for length in 0..<min(octets.count, 400) {
            guard let description = try? SessionDescription(parsing: Array(octets[..<length])) else { continue }
            var ours = exchange([.pcmu])
            _ = try? ours.receiveOffer(description)
        }
    }
}
