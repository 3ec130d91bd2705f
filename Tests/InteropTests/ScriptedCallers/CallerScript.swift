/// Goes through the steps of a conversation by what is heard. Without a clock: time is the number of frames.
struct CallerScript: Sendable {
    enum Action: Sendable {
        case press(Character)
        case hold, resume, hangUp
    }

    /// What was measured at this end, in milliseconds.
    struct Measured: Sendable {
        /// From the caller's last sound to the agent's first.
        var answers: [Int] = []
        /// From the first sound of an interruption to the last of the agent.
        var stops: [Int] = []
        /// Steps whose condition never came, for a person.
        var stuck: [String] = []
    }

    private enum Deed: Sendable {
        case listen(quiet: Int)
        case pause(Int)
        case say([Int16])
        case over(Int, [Int16], isMeant: Bool)
        case sayPressing([Int16], Character, after: Int)
        case press(Character)
        case pressOver(Int, Character)
        case hold([Int16])
        case hangUp
        case hangUpOver(Int)
        case untilEnded

        /// Whether it waits for something of the agent.
        var waits: Bool {
            switch self {
            case .listen, .over, .pressOver, .hangUpOver, .untilEnded: true
            default: false
            }
        }
    }

    private(set) var measured = Measured()
    private var deeds: [Deed]
    private var line: CallerLine
    private var index = 0
    private var began = 0
    private var heardBefore = 0
    private var isUnderWay = false
    /// The end of the caller's question, while it is not answered.
    private var asked: Int?
    /// An interruption that goes on, or the agent after it.
    private var interruption: Int?
    private var heardInInterruption: Int?

    /// How long anything is waited for.
    private static let patience = 15_000

    init(_ call: ScriptedCall, sampleRate: Int, seed: UInt64) async throws {
        line = CallerLine(call.line, sampleRate: sampleRate, seed: seed)
        deeds = []
        for step in call.steps {
            func fitting(_ sound: CallerSound) async throws -> [Int16] {
                try await sound.samples(sampleRate: sampleRate)
            }
            switch step {
            case .listen(let quiet): deeds.append(.listen(quiet: quiet))
            case .pause(let milliseconds): deeds.append(.pause(milliseconds))
            case .say(let sound): deeds.append(.say(try await fitting(sound)))
            case .over(let milliseconds, let sound, let isMeant):
                deeds.append(.over(milliseconds, try await fitting(sound), isMeant: isMeant))
            case .sayPressing(let sound, let key, let after):
                deeds.append(.sayPressing(try await fitting(sound), key, after: after))
            case .press(let key): deeds.append(.press(key))
            case .pressOver(let milliseconds, let key): deeds.append(.pressOver(milliseconds, key))
            case .hold(let music): deeds.append(.hold(try await fitting(music)))
            case .hangUp: deeds.append(.hangUp)
            case .hangUpOver(let milliseconds): deeds.append(.hangUpOver(milliseconds))
            case .untilEnded: deeds.append(.untilEnded)
            }
        }
    }

    /// Takes 20 ms of the agent; gives 20 ms of the caller, and what else he does.
    mutating func exchange(_ heard: [Int16]) -> (frame: [Int16], actions: [Action]) {
        let frame = line.exchange(heard)
        measure()
        var actions: [Action] = []
        while index < deeds.count, isDone(deeds[index], &actions) {
            index += 1
            began = line.now
            heardBefore = line.agentHeard
            isUnderWay = false
        }
        return (frame, actions)
    }

    private mutating func measure() {
        let isHeard = line.agentHeardAt == line.now
        if let asked, isHeard, !line.isSpeaking {
            measured.answers.append(line.now - asked)
            self.asked = nil
        }
        if let interruption {
            if isHeard { heardInInterruption = line.now }
            // It has stopped when it is quiet for longer than between two sentences, or the caller has waited enough.
            let last = heardInInterruption ?? interruption
            if line.now - last >= 240 || line.now - interruption > 3_000 {
                measured.stops.append(last - interruption)
                self.interruption = nil
            }
        }
    }

    private mutating func isDone(_ deed: Deed, _ actions: inout [Action]) -> Bool {
        let waited = line.now - began
        let heard = line.agentHeard - heardBefore
        if case .say = deed {
        } else if case .pause = deed {
        } else if case .hold = deed {
        } else if !isUnderWay,
            waited > Self.patience
        {
            measured.stuck.append("step \(index + 1) waited in vain")
            return true
        }
        switch deed {
        case .listen(let quiet):
            guard heard > 0, let last = line.agentHeardAt else { return false }
            return line.now - last >= quiet
        case .pause(let milliseconds): return waited >= milliseconds
        case .say(let sound): return isSaid(sound, when: true, isMeant: false, isQuestion: true)
        case .over(let milliseconds, let sound, let isMeant):
            return isSaid(sound, when: heard >= milliseconds, isMeant: isMeant, isQuestion: isMeant)
        case .sayPressing(let sound, let key, let after):
            if isUnderWay, waited - after >= 0, waited - after < 20 { actions.append(.press(key)) }
            return isSaid(sound, when: true, isMeant: false, isQuestion: true)
        case .press(let key):
            actions.append(.press(key))
            return true
        case .pressOver(let milliseconds, let key):
            guard heard >= milliseconds else { return false }
            actions.append(.press(key))
            return true
        case .hold(let music):
            if !isUnderWay { actions.append(.hold) }
            guard isSaid(music, when: true, isMeant: false, isQuestion: false) else { return false }
            actions.append(.resume)
            return true
        case .hangUp:
            actions.append(.hangUp)
            return true
        case .hangUpOver(let milliseconds):
            guard heard >= milliseconds else { return false }
            actions.append(.hangUp)
            return true
        case .untilEnded: return false
        }
    }

    private mutating func isSaid(_ sound: [Int16], when isTime: Bool, isMeant: Bool, isQuestion: Bool) -> Bool {
        if !isUnderWay {
            guard isTime else { return false }
            isUnderWay = true
            line.say(sound)
            if isMeant {
                interruption = line.now
                heardInInterruption = nil
            }
            return false
        }
        guard !line.isSpeaking else { return false }
        if isQuestion { asked = line.callerSpokeAt }
        // The agent's own words from before the end do not count as heard.
        return true
    }
}
