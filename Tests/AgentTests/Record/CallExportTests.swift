import Foundation
import Telephony
import Testing

@testable import Agent

/// Calls as files, under names of ours alone.
struct CallExportTests {
    private func call(_ id: String, recording: String? = nil) -> StoredCall {
        StoredCall(
            id: id, direction: .incoming, remote: "sip:ada@example.com", local: "sip:desk@example.com", agent: "echo",
            state: .ended, startedAt: 1_000, recording: recording,
            turns: [TurnRecord(who: .caller, text: "Hello.", startMs: 1, endMs: 2)])
    }

    private let message = MessageRecord(
        atMicroseconds: 1, isReceived: true, transport: "udp", local: "192.0.2.1:5060", remote: "192.0.2.2:5060",
        octets: Array("INVITE sip:x SIP/2.0\r\n\r\n".utf8))

    private func files(_ folder: ScratchFolder, _ name: String) -> [String] {
        ((try? FileManager.default.subpathsOfDirectory(atPath: folder.file(name))) ?? []).sorted()
    }

    @Test("A call is a folder with its record, its text, its recording and its messages, and an index is over all")
    func whole() throws {
        let folder = try ScratchFolder()
        let sound = Data((0..<600_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        try sound.write(to: URL(filePath: folder.file("a-1.wav")))
        var export = try CallExport(to: folder.file("out/deep"), timeZone: .gmt)
        try export.add(call("a-1", recording: folder.file("a-1.wav")), messages: [message])
        try export.add(call("a-2", recording: folder.file("a-2.opus")), messages: [])
        try export.finish()
        #expect(
            files(folder, "out/deep") == [
                "a-1", "a-1/call.json", "a-1/call.txt", "a-1/recording.wav", "a-1/sip.pcap", "a-2", "a-2/call.json",
                "a-2/call.txt", "index.json",
            ])
        #expect(FileManager.default.contents(atPath: folder.file("out/deep/a-1/recording.wav")) == sound)
        let record = try #require(FileManager.default.contents(atPath: folder.file("out/deep/a-1/call.json")))
        #expect(try JSONDecoder().decode(StoredCall.self, from: record).turns.map(\.text) == ["Hello."])
        let text = try String(contentsOfFile: folder.file("out/deep/a-1/call.txt"), encoding: .utf8)
        #expect(text.hasPrefix("Call a-1\n") && text.contains("caller  Hello."))
        #expect(export.entries.map(\.troubles.count) == [0, 1])
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("out/deep/a-1/call.json"))
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
        let index = try #require(FileManager.default.contents(atPath: folder.file("out/deep/index.json")))
        struct Index: Decodable { var calls: [CallExport.Entry] }
        #expect(try JSONDecoder().decode(Index.self, from: index).calls == export.entries)
    }

    @Test("Only what is wanted is written")
    func formats() throws {
        let folder = try ScratchFolder()
        var export = try CallExport(to: folder.file("out"), formats: [.json])
        try export.add(call("a-1", recording: folder.file("a-1.wav")), messages: [message])
        try export.finish()
        #expect(files(folder, "out") == ["a-1", "a-1/call.json", "index.json"])
    }

    @Test("What is there is not written over, and is when that is wished")
    func force() throws {
        let folder = try ScratchFolder()
        for isForced in [false, true] {
            try? FileManager.default.createDirectory(atPath: folder.file("out/a-1"), withIntermediateDirectories: true)
            try "mine".write(toFile: folder.file("out/a-1/call.json"), atomically: true, encoding: .utf8)
            var export = try CallExport(to: folder.file("out"), formats: [.json], replaces: isForced)
            if isForced {
                try export.add(call("a-1"), messages: [])
            } else {
                #expect(throws: CallExportError.isThere(folder.file("out/a-1/call.json"))) {
                    try export.add(call("a-1"), messages: [])
                }
            }
            let text = try String(contentsOfFile: folder.file("out/a-1/call.json"), encoding: .utf8)
            #expect((text == "mine") == !isForced)
            try export.finish()
            if !isForced {
                #expect(throws: CallExportError.isThere(folder.file("out/index.json"))) {
                    _ = try CallExport(to: folder.file("out"))
                }
            }
        }
    }

    @Test(
        "T-55: an identifier that climbs or hides is a name in the folder, or none",
        arguments: [
            ("../evil", "=2e=2e=2fevil"), ("/etc/passwd", "=2fetc=2fpasswd"), ("..", "=2e=2e"), (".", "=2e"),
            ("a\0b", "a=00b"), ("a/b", "a=2fb"), ("-rf", "-rf"), ("é", "=c3=a9"), ("a\nb", "a=0ab"), ("", nil),
            (String(repeating: "x", count: 65), nil),
        ] as [(String, String?)])
    func hostileNames(id: String, name: String?) throws {
        let folder = try ScratchFolder()
        var export = try CallExport(to: folder.file("out"), formats: [.json])
        if let name {
            try export.add(call(id), messages: [])
            #expect(files(folder, "out") == [name, "\(name)/call.json"].sorted())
        } else {
            #expect(throws: CallExportError.noName(id)) { try export.add(call(id), messages: []) }
            #expect(files(folder, "out").isEmpty)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out"])
    }

    @Test("T-55: nothing is written through a link, with or without --force", arguments: [false, true])
    func links(isForced: Bool) throws {
        let folder = try ScratchFolder()
        let victim = folder.file("victim")
        try FileManager.default.createDirectory(atPath: victim, withIntermediateDirectories: true)
        try "keep".write(toFile: victim + "/call.json", atomically: true, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: folder.file("out/a-2"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(atPath: folder.file("out/a-1"), withDestinationPath: victim)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("out/a-2/call.json"), withDestinationPath: victim + "/call.json")
        var export = try CallExport(to: folder.file("out"), formats: [.json], replaces: isForced)
        #expect(throws: CallExportError.isLink(folder.file("out/a-1"))) { try export.add(call("a-1"), messages: []) }
        if isForced {
            try export.add(call("a-2"), messages: [])
        } else {
            #expect(throws: CallExportError.isThere(folder.file("out/a-2/call.json"))) {
                try export.add(call("a-2"), messages: [])
            }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: victim) == ["call.json"])
        #expect(try String(contentsOfFile: victim + "/call.json", encoding: .utf8) == "keep")
    }

    @Test("T-55: a recording that is a link, a pipe or another's file is not read")
    func hostileRecordings() throws {
        let folder = try ScratchFolder()
        try "secret".write(toFile: folder.file("secret.wav"), atomically: true, encoding: .utf8)
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("a-1.wav"), withDestinationPath: folder.file("secret.wav"))
        #expect(mkfifo(folder.file("a-2.wav"), 0o600) == 0)
        var export = try CallExport(to: folder.file("out"), formats: [.wav])
        try export.add(call("a-1", recording: folder.file("a-1.wav")), messages: [])
        try export.add(call("a-2", recording: folder.file("a-2.wav")), messages: [])
        try export.add(call("a-3", recording: folder.file("secret.wav")), messages: [])
        try export.add(call("a-4", recording: folder.file("x/../../secret.wav")), messages: [])
        #expect(export.entries.map(\.troubles.count) == [1, 1, 1, 1])
        #expect(files(folder, "out") == ["a-1", "a-2", "a-3", "a-4"])
    }
}
