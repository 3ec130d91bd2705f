import RTPMedia
import TelephonyPrimitives
import Testing

/// The code of `Mixing.md`.
@Suite("The article on mixing")
struct MixingArticleTests {
    private static func level(_ value: Int16) -> [Int16] { [Int16](repeating: value, count: 320) }

    @Test("Sounds are added, frame by frame")
    func adding() {
        let (voice, music) = (Self.level(1000), Self.level(4000))
        var mixer = AudioMixer(sampleRate: 16_000)
        var frame: [Int16] = []
        mixer.add(voice.span)
        mixer.add(music.span, from: 0.25, to: 0.25)  // -12 dB
        mixer.mix(into: &frame)  // 320 samples: 20 ms
        #expect(frame == Self.level(2000))
    }

    @Test("A background lies under a voice, and is quieter while it speaks")
    func background() throws {
        let office = AudioClip(samples: [Int16](repeating: 1000, count: 48_000), sampleRate: 48_000)
        let voice = Self.level(8000)
        var mixed = PCMFrame(samples: [], sampleRate: 16_000)

        var background = try BackgroundSound(office, sampleRate: 16_000, gain: -12, ducking: 9)
        var heard: [Int] = []
        for _ in 0..<10 {
            mixed.samples.removeAll(keepingCapacity: true)
            background.mix(under: voice.span, into: &mixed.samples)
            heard.append(Int(mixed.samples[319]) - 8000)
        }
        // 1000 at -12 dB, then at -21 dB.
        #expect(abs(heard[0] - 251) < 60 && abs(heard[9] - 89) < 5)
    }

    /// The parties of a transfer with an introduction.
    private func seats(
        in room: inout Conference
    ) -> (caller: Conference.Member, agent: Conference.Member, expert: Conference.Member)? {
        guard let caller = room.join(), let agent = room.join(), let expert = room.join() else {
            return nil  // eight are there already
        }
        return (caller, agent, expert)
    }

    @Test("Each hears all others; one whispers, one is on hold, one leaves")
    func conference() throws {
        var room = Conference(sampleRate: 16_000)
        let (caller, agent, expert) = try #require(seats(in: &room))
        let (callerFrame, agentFrame, expertFrame) = (Self.level(1000), Self.level(200), Self.level(30))
        var forCaller: [Int16] = []
        var forAgent: [Int16] = []
        var forExpert: [Int16] = []
        func tick() {
            forCaller.removeAll(keepingCapacity: true)
            forAgent.removeAll(keepingCapacity: true)
            forExpert.removeAll(keepingCapacity: true)
            room.put(callerFrame.span, from: caller)
            room.put(agentFrame.span, from: agent)
            room.put(expertFrame.span, from: expert)
            room.mix()
            room.append(for: caller, to: &forCaller)
            room.append(for: agent, to: &forAgent)
            room.append(for: expert, to: &forExpert)
        }
        // Whoever comes is faded in within a frame.
        for _ in 0..<2 { tick() }
        #expect((forCaller[0], forAgent[0], forExpert[0]) == (230, 1030, 1200))

        room.setAudience(.only(agent), of: expert)  // the expert whispers to the agent
        for _ in 0..<2 { tick() }
        #expect((forCaller[0], forAgent[0], forExpert[0]) == (200, 1030, 1200))

        let music = AudioClip(samples: Self.level(500), sampleRate: 16_000)
        try room.setHoldMusic(music, gain: 0)
        room.setHold(true, of: caller)  // hears the music alone
        for _ in 0..<2 { tick() }
        #expect((forCaller[0], forAgent[0], forExpert[0]) == (500, 30, 200))

        room.setHold(false, of: caller)
        room.setAudience(.everyone, of: expert)
        room.leave(agent)
        for _ in 0..<2 { tick() }
        #expect((forCaller[0], forExpert[0]) == (30, 1000) && forAgent.isEmpty)
    }
}
