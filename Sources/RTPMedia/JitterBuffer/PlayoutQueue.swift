/// Audio that has been made and waits for the next pulls, with how it came to be, and the last of what was made.
struct PlayoutQueue: Sendable {
    private var samples: [Int16] = []
    private var runs: [(origin: PCMFrame.Origin, count: Int)] = []
    private(set) var history: [Int16] = []
    private let historyLength: Int

    init(sampleRate: Int) {
        historyLength = sampleRate * 60 / 1000
    }

    var count: Int { samples.count }

    mutating func append(_ new: [Int16], origin: PCMFrame.Origin) {
        guard !new.isEmpty else { return }
        samples.append(contentsOf: new)
        if let last = runs.last, last.origin == origin {
            runs[runs.count - 1].count += new.count
        } else {
            runs.append((origin, new.count))
        }
        history.append(contentsOf: new)
        if history.count > 2 * historyLength { history.removeFirst(history.count - historyLength) }
    }

    /// The next `length` samples, and the origin that says most about them: concealed before stretched before real.
    mutating func pop(_ length: Int) -> (samples: [Int16], origin: PCMFrame.Origin) {
        let taken: [Int16]
        if samples.count == length {
            taken = samples
            samples = []
        } else {
            taken = Array(samples.prefix(length))
            samples.removeFirst(taken.count)
        }
        var origin = PCMFrame.Origin.silence
        var left = taken.count
        while left > 0, let run = runs.first {
            if Self.rank(run.origin) > Self.rank(origin) { origin = run.origin }
            if run.count > left {
                runs[0].count -= left
                left = 0
            } else {
                left -= run.count
                runs.removeFirst()
            }
        }
        return (taken, origin)
    }

    /// The last samples made, at most 60 ms.
    var recent: [Int16] { Array(history.suffix(historyLength)) }

    private static func rank(_ origin: PCMFrame.Origin) -> Int {
        switch origin {
        case .silence: 0
        case .real: 1
        case .stretched: 2
        case .concealed: 3
        }
    }
}
