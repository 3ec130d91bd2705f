/// What a flow would have said on a call that another one has led.
package struct FlowReplay: Sendable {
    /// One thing that the caller said or did, and what each flow answered.
    package struct Row: Sendable, Equatable {
        package let input: String
        package let before: [String]
        package let after: [String]
        /// The flows had parted before: a caller who is answered otherwise says other things.
        package let isGuess: Bool

        package var differs: Bool { before != after }
    }

    package private(set) var rows: [Row] = []

    package var differs: Bool { rows.contains { $0.differs } }

    /// - Parameters:
    ///   - flow: the flow as it is now.
    ///   - exchanges: from the journal of the call.
    package init(_ flow: Flow, on exchanges: [DialogueExchange], context: DialogueContext) {
        var machine = FlowMachine(flow, context: context)
        var hasParted = false
        for exchange in exchanges {
            let before = machine
            var actions = machine.receive(exchange.input)
            if exchange.isForgotten { machine = before }
            // Of an answer that the caller broke off, the rest was never told.
            if !exchange.isWhole { actions = Array(actions.prefix(exchange.actions.count)) }
            let remark = exchange.isForgotten ? " (and went on: nothing of the answer was heard)" : ""
            let row = Row(
                input: Self.words(of: exchange.input) + remark, before: exchange.actions.compactMap(Self.words),
                after: actions.compactMap(Self.words), isGuess: hasParted)
            rows.append(row)
            if row.differs { hasParted = true }
        }
    }

    private static func words(of input: DialogueInput) -> String {
        switch input {
        case .began: "(the call begins)"
        case .said(let text): text
        case .pressed(let key): "(presses \(key))"
        case .silence: "(says nothing)"
        case .transferFailed: "(the transfer fails)"
        case .digits(let answer): "(types \(answer.shown ?? "too little"))"
        case .holdEnded: "(has waited long enough)"
        }
    }

    private static func words(_ action: DialogueAction) -> String? {
        switch action {
        case .say(let text): text
        case .hangUp: "(hangs up)"
        case .transfer(let target): "(transfer to \(target))"
        case .sendDTMF(let digits): "(presses \(digits))"
        case .note(let key, let value): "(notes \(key): \(value))"
        case .cancelPlans: "(drops its plans)"
        case .consult(let order): "(asks \(order.name) first)"
        case .hold: "(lets the caller wait)"
        case .collectDigits(let collection): "(has \(collection.name) typed)"
        case .handedOver(_, let to): "(hands over to \(to))"
        case .toolStarted, .toolEnded, .usage: nil
        }
    }

    /// Two columns, for a terminal.
    package func text(width: Int = 100) -> String {
        let column = max(20, (width - 5) / 2)
        var lines = ["  \("then".padded(to: column))  now"]
        for row in rows {
            let mark = row.isGuess ? "?" : row.differs ? "!" : " "
            lines.append("\(mark) > \(PrintableText.of(row.input))")
            let (left, right) = (Self.wrapped(row.before, column), Self.wrapped(row.after, column))
            for index in 0..<max(left.count, right.count) {
                let one = index < left.count ? left[index] : ""
                let other = index < right.count ? right[index] : ""
                lines.append("\(mark) \(one.padded(to: column))  \(other)")
            }
        }
        if differs {
            lines.append("! is answered otherwise. ? is a guess: the caller would have said something else.")
        } else {
            lines.append("The flow would have said the same.")
        }
        return lines.joined(separator: "\n")
    }

    private static func wrapped(_ sentences: [String], _ width: Int) -> [String] {
        var lines: [String] = []
        for sentence in sentences {
            var line = ""
            for word in PrintableText.of(sentence).split(separator: " ") {
                if !line.isEmpty, line.count + word.count + 1 > width {
                    lines.append(line)
                    line = ""
                }
                line += line.isEmpty ? "\(word)" : " \(word)"
            }
            lines.append(line)
        }
        return lines
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
