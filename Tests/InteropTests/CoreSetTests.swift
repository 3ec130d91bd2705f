import Foundation
import RTPMedia
import Testing

/// Telnyx's two ways, both ways, through the sandbox: the same scripts by the trunk in and out, and by Call Control in and
/// out, against the program as users run it.
@Suite(.serialized)
struct CoreSetTests {
    @Test(
        "F-06, F-07, F-25: by trunk and by Call Control, in and out: who calls hears, is answered, cuts in, presses keys, is put through and hung up on, and the record is complete"
    )
    func core() async throws {
        let talks = try await withThrowingTaskGroup(of: [CoreStage.Talk].self) { group in
            for way in [CoreStage.Way.trunk, .callControl] {
                group.addTask {
                    let stage = try await CoreStage(way)
                    let talks = try await stage.play(ScriptedCall.core)
                    try await stage.stop()
                    for talk in talks { try await judge(talk) }
                    stage.workspace.remove()
                    return talks
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(talks.count == 4 * ScriptedCall.core.count)
    }

    private func judge(_ talk: CoreStage.Talk) async throws {
        let (name, call) = (talk.name, talk.call)
        #expect(call.faults.isEmpty, "\(name): \(call.faults.joined(separator: "; "))\n\(call.story)")
        // What reached the ear.
        let heard = try await Transcriber.transcribe(talk.heard.heard, sampleRate: talk.heard.sampleRate)
        for words in call.call.wordsHeard {
            #expect(
                words.split(separator: "|").contains { heard.contains($0) },
                "\(name): '\(words)' is not in '\(heard)'\n\(call.story)")
        }
        if let there = talk.heardThere {
            let told = try await Transcriber.transcribe(there.heard, sampleRate: there.sampleRate)
            #expect(told.contains("hours"), "\(name): the other number heard '\(told)'")
        }
        // The record.
        var kinds = ["recording: complete"]
        switch (talk.way, talk.direction) {
        case (.trunk, .incoming): kinds += ["trunk: ", "carrier session: "]
        // The carrier names a call in its INVITE alone.
        case (.trunk, .outgoing): kinds += ["trunk: "]
        case (.callControl, _): kinds += ["carrier session: ", "carrier leg: "]
        }
        for kind in kinds {
            #expect(call.events.contains { $0.hasPrefix(kind) }, "\(name): no '\(kind)' in \(call.events)")
        }
        let file = try WAVFile(
            parsing: [UInt8](Data(contentsOf: URL(filePath: try #require(call.recording, "\(name)")))))
        try #require(file.channels.count == 2, "\(name)")
        let (caller, agent) = (file.channels[0], file.channels[1])
        let length = caller.count * 1_000 / file.sampleRate
        #expect(abs(length - call.length) < 1_000, "\(name): recorded \(length) ms of \(call.length)")
        #expect(Self.loud(agent, file.sampleRate) > 1_000, "\(name): the agent is not in the recording")
        if call.call.steps.contains(where: { if case .say = $0 { true } else { false } }), talk.heardThere == nil {
            #expect(Self.loud(caller, file.sampleRate) > 400, "\(name): the caller is not in the recording")
        }
        // All that the agent has said was heard, its goodbye to the end.
        if call.cut == 0, talk.heardThere == nil {
            let (said, arrived) = (
                Self.loud(agent, file.sampleRate), Self.loud(talk.heard.heard, talk.heard.sampleRate)
            )
            #expect(abs(said - arrived) <= 200, "\(name): \(said) ms were said, \(arrived) ms heard")
        }
    }

    /// For how long there is a voice, milliseconds.
    private static func loud(_ samples: [Int16], _ rate: Int) -> Int {
        let step = rate / 100
        return stride(from: 0, to: samples.count - step, by: step).count { start in
            CallerLine.power(Array(samples[start..<start + step])) > 300
        } * 10
    }
}
