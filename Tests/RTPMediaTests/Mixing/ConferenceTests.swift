import RTPMedia
import TelephonyPrimitives
import Testing

extension Conference {
    /// Joins where there is room.
    fileprivate mutating func enter() throws -> Member {
        let member = join()
        return try #require(member)
    }
}

@Suite("A conference")
struct ConferenceTests {
    /// Members that each say a number of their own: who hears whom is seen in the sum.
    private struct Room {
        var conference = Conference(sampleRate: 8000)
        var voices: [Conference.Member: Int16] = [:]
        var heard: [Conference.Member: [Int16]] = [:]

        mutating func join(saying value: Int16) throws -> Conference.Member {
            let member = try conference.enter()
            voices[member] = value
            return member
        }

        mutating func run(frames: Int, silent: Set<Conference.Member> = []) {
            for _ in 0..<frames {
                for (member, value) in voices where !silent.contains(member) {
                    conference.put([Int16](repeating: value, count: 160).span, from: member)
                }
                conference.mix()
                for member in conference.members { conference.append(for: member, to: &heard[member, default: []]) }
            }
        }

        /// What each hears once all gains are where they should be.
        mutating func settled() -> [Conference.Member: Int16] {
            run(frames: 3)
            return heard.mapValues { $0.last ?? 0 }
        }
    }

    @Test("Each hears all others and never itself", arguments: 1...8)
    func others(count: Int) throws {
        var room = Room()
        let members = try (0..<count).map { try room.join(saying: 1 << $0) }
        let heard = room.settled()
        for (index, member) in members.enumerated() { #expect(heard[member] == Int16(1 << count) - 1 - (1 << index)) }
        #expect(heard.count == count && room.heard.values.allSatisfy { $0.count == 480 })
        if count == 8 {
            let ninth = room.conference.join()
            #expect(ninth == nil)
        }
    }

    @Test("With two, each hears the other bit by bit")
    func exact() throws {
        var conference = Conference(sampleRate: 16_000)
        let (one, other) = (try conference.enter(), try conference.enter())
        let said = Signal.noise(amplitude: 32_767, count: 6400, seed: 1)
        let answered = Signal.noise(amplitude: 32_767, count: 6400, seed: 2)
        var heard: [[Int16]] = [[], []]
        for start in stride(from: 0, to: 6400, by: 320) {
            conference.put(said.span.extracting(start..<start + 320), from: one)
            conference.put(answered.span.extracting(start..<start + 320), from: other)
            conference.mix()
            conference.append(for: one, to: &heard[0])
            conference.append(for: other, to: &heard[1])
        }
        #expect(heard[0][320...] == answered[320...] && heard[1][320...] == said[320...])
        // All come in within their first frame.
        #expect(abs(Int(heard[0][0])) < 300)
    }

    @Test("A whisper is heard by one alone, and by nobody once that one has left")
    func whisper() throws {
        var room = Room()
        let (caller, agent, coach) = (try room.join(saying: 1), try room.join(saying: 2), try room.join(saying: 4))
        room.conference.setAudience(.only(agent), of: coach)
        #expect(room.settled() == [caller: 2, agent: 5, coach: 3])
        room.conference.setAudience(.nobody, of: caller)
        #expect(room.settled() == [caller: 2, agent: 4, coach: 2])
        room.conference.setAudience(.everyone, of: caller)
        room.conference.leave(agent)
        room.voices[agent] = nil
        room.run(frames: 1)
        // Whoever takes the place is not whom it was meant for.
        let next = try room.join(saying: 8)
        let heard = room.settled()
        #expect(heard[caller] == 8 && heard[next] == 1 && heard[coach] == 9)
    }

    @Test("F-30 A party on hold hears the music alone, and neither it nor its own music is heard by the bot")
    func hold() throws {
        var room = Room()
        let (caller, bot) = (try room.join(saying: 100), try room.join(saying: 20))
        try room.conference.setHoldMusic(
            AudioClip(samples: [Int16](repeating: 2000, count: 8000), sampleRate: 8000), gain: 0)
        #expect(room.settled() == [caller: 20, bot: 100])
        room.conference.setHold(true, of: caller)
        #expect(room.settled() == [caller: 2000, bot: 0])
        room.conference.setHold(false, of: caller)
        #expect(room.settled() == [caller: 20, bot: 100])
        room.conference.setHold(true, of: caller)
        try room.conference.setHoldMusic(nil)
        #expect(room.settled() == [caller: 0, bot: 0])
    }

    @Test("A warm transfer: the bot introduces the new party while the caller waits, all three speak, the bot leaves")
    func warmTransfer() throws {
        var room = Room()
        let (caller, bot) = (try room.join(saying: 1), try room.join(saying: 2))
        room.conference.setHold(true, of: caller)
        let colleague = try room.join(saying: 4)
        #expect(room.settled() == [caller: 0, bot: 4, colleague: 2])
        room.conference.setHold(false, of: caller)
        #expect(room.settled() == [caller: 6, bot: 5, colleague: 3])
        room.conference.leave(bot)
        room.voices[bot] = nil
        room.heard[bot] = nil
        #expect(room.settled() == [caller: 4, colleague: 1])
        #expect(room.conference.members == [caller, colleague])
    }

    @Test(
        "Nothing clicks when a member comes, goes, is muted, loses frames or sends a short one",
        arguments: ["join", "leave", "mute", "gap", "short", "hold", "gain"])
    func clicks(what: String) throws {
        var conference = Conference(sampleRate: 8000)
        let listener = try conference.enter()
        let voice = Signal.sine(262, amplitude: 12_000, count: 160 * 21)
        var speaker = what == "join" ? nil : conference.join()
        var heard: [Int16] = []
        for index in 0..<20 {
            if index == 10, speaker == nil { speaker = conference.join() }
            let member = speaker ?? listener
            if index == 10 {
                switch what {
                case "leave": conference.leave(member)
                case "mute": conference.setAudience(.nobody, of: member)
                case "hold": conference.setHold(true, of: member)
                case "gain": conference.setGain(-20, of: member)
                default: break
                }
            }
            // The frame ends at a peak of the wave: a jump from there would be a loud one.
            let shift = 8
            let part = index * 160 + shift
            if member != listener, what != "gap" || !(10..<13).contains(index) {
                let length = what == "short" && index == 10 ? 40 : 160
                conference.put(voice.span.extracting(part..<part + length), from: member)
            }
            conference.mix()
            conference.append(for: listener, to: &heard)
        }
        #expect(heard.count == 3200 && Signal.energy(heard) > 1e6)
        #expect(Signal.largestStep(heard) <= Signal.largestStep(voice) * 5 / 4, "\(what)")
    }

    @Test("What a former member heard or said is not told to the next one in its place")
    func slots() throws {
        var room = Room()
        let (first, second) = (try room.join(saying: 1000), try room.join(saying: 500))
        room.run(frames: 3)
        room.conference.leave(second)
        room.voices[second] = nil
        room.run(frames: 1)
        let third = try room.conference.enter()
        var heard: [Int16] = []
        room.conference.append(for: third, to: &heard)
        #expect(heard.allSatisfy { $0 == 0 })
        // The old name does nothing any more.
        room.conference.put([Int16](repeating: 7, count: 160).span, from: second)
        room.conference.leave(second)
        room.conference.setHold(true, of: second)
        room.heard[first] = []
        room.run(frames: 2)
        #expect(room.heard[first]?.last == 0 && room.conference.members == [first, third])
    }
}
