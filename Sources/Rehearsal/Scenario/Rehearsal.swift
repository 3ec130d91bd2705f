/// What a synthetic caller does on a call with an agent, and what must come of it: a file of `trunkline rehearse`.
package struct Rehearsal: Sendable, Equatable {
    /// For people.
    package var name: String
    /// Whom to call: a number, which becomes the user of the agent's address, or a SIP address; `nil`: the agent's address
    /// as it is.
    package var target: String?
    /// Who calls, a number or a SIP address; `nil`: a name of its own for each call.
    package var caller: String?
    /// How often it is played.
    package var times = 1
    package var steps: [RehearsalStep] = []
    package var expected = CallExpectation()
    /// What the record must show; `nil`: it is not looked at.
    package var record: RecordExpectation?

    package init(name: String) {
        self.name = name
    }

    /// Everything that the caller says, in order.
    package var lines: [String] {
        steps.compactMap { step in
            switch step.act {
            case .say(let text), .interrupt(_, .say(let text), _): text
            default: nil
            }
        }
    }
}

/// One thing that the caller does or waits for.
package struct RehearsalStep: Sendable, Equatable {
    package enum Deed: Sendable, Equatable {
        case say(String)
        case press(String)
    }

    package enum Act: Sendable, Equatable {
        /// Waits until the agent has said something, and has finished.
        case hear(WordExpectation)
        case say(String)
        /// Speaks or presses keys once the agent has been heard for so long; the agent has to be quiet soon after.
        case interrupt(after: Duration, Deed, stopsWithin: Duration?)
        case press(String)
        case silence(Duration)
        case hangUp
        /// Waits for the agent to hang up.
        case waitForEnd(within: Duration)
    }

    package var act: Act
    /// Where it stands in the file.
    package var line: Int

    package init(_ act: Act, line: Int = 1) {
        self.act = act
        self.line = line
    }
}

/// What the agent has to say.
package struct WordExpectation: Sendable, Equatable {
    /// One of these; empty: whatever.
    package var any: [String] = []
    package var all: [String] = []
    package var none: [String] = []
    /// A regular expression, found somewhere in what was heard; case does not count.
    package var pattern: String?
    /// How long it is waited for.
    package var within = Self.usualPatience
    /// How long after the caller's last sound the agent's first may come.
    package var answerWithin: Duration?

    package static let usualPatience = Duration.seconds(15)

    package init(any: [String] = []) {
        self.any = any
    }
}

/// What must be true of the call as the caller has it.
package struct CallExpectation: Sendable, Equatable {
    package enum Ender: String, Sendable, CaseIterable {
        case caller, agent
    }

    package var endedBy: Ender?
    /// Whom the agent asks the caller's telephone to call: a part of that address.
    package var transfersTo: String?
    /// From the answer to the end.
    package var shortest: Duration?
    package var longest: Duration?
    /// Of the delays of all answers.
    package var medianAnswer: Duration?
    package var worstAnswer: Duration?

    package init() {}
}

/// What the agent's record of the call must show.
package struct RecordExpectation: Sendable, Equatable {
    /// How the call ended, in the record's words, e.g. `remoteHangUp`.
    package var outcome: String?
    /// Kinds of events; `interruption` is a turn of the agent's that was cut.
    package var events: [String] = []
    package var noEvents: [String] = []
    /// Tools that the agent called.
    package var tools: [String] = []
    /// Words that the caller was understood to say.
    package var heard: [String] = []
    /// Words that the agent said, by its own account.
    package var says: [String] = []
    package var neverSays: [String] = []
    /// The keys that came, all of them.
    package var keys: String?
    /// Whether the record hides which keys were pressed.
    package var masksKeys: Bool?
    /// A part of the value of each note, by its key.
    package var notes: [String: String] = [:]

    package init() {}
}
