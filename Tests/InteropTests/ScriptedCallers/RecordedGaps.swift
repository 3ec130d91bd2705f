import Foundation
import RTPMedia

/// The gaps before the agent's answers, measured in the recording of a call: caller left, agent right.
struct RecordedGaps {
    struct Gap: Sendable {
        /// When the answer begins, milliseconds after the recording did.
        var at: Int
        var milliseconds: Int
        /// The same when what is 5 dB softer is still heard as the caller's last sound, and when what is 5 dB louder is
        /// not: how well the end of a word that dies away can be told.
        var range: ClosedRange<Int>
    }

    let gaps: [Gap]

    /// - Parameter path: of the stereo WAV file.
    init(_ path: String) throws {
        let file = try WAVFile(parsing: [UInt8](Data(contentsOf: URL(filePath: path))))
        guard file.channels.count == 2 else { throw Program.Failure(description: "\(path) is not stereo") }
        // Where a word dies away and where one softly begins: about -50 and -60 dBFS.
        let caller = Self.loudness(file.channels[0], file.sampleRate, above: 100)
        let softer = Self.loudness(file.channels[0], file.sampleRate, above: 56)
        let louder = Self.loudness(file.channels[0], file.sampleRate, above: 178)
        let agent = Self.loudness(file.channels[1], file.sampleRate, above: 30)
        var gaps: [Gap] = []
        var quietSince = 0
        for (index, isLoud) in agent.enumerated() where isLoud {
            // An answer begins after the agent has been quiet for a while.
            if index - quietSince > 30, let last = caller[..<index].lastIndex(of: true), last >= quietSince,
                // Who is speaking just then is not answered, but talked over.
                index - last > 10
            {
                let first = softer[..<index].lastIndex(of: true) ?? last
                let least = louder[...last].lastIndex(of: true) ?? last
                let length = { (end: Int) in (index - end - 1) * 10 }
                gaps.append(
                    Gap(at: index * 10, milliseconds: length(last), range: length(first)...length(least)))
            }
            quietSince = index
        }
        self.gaps = gaps
    }

    /// Whether there is a voice in each 10 ms.
    private static func loudness(_ samples: [Int16], _ rate: Int, above least: Double) -> [Bool] {
        stride(from: 0, to: samples.count - rate / 100, by: rate / 100).map { start in
            CallerLine.power(Array(samples[start..<start + rate / 100])) > least
        }
    }

    /// The gap that ends nearest to an instant, when there is one within 600 ms of it.
    func gap(endingAt milliseconds: Int) -> Gap? {
        gaps.filter { abs($0.at - milliseconds) < 600 }.min { abs($0.at - milliseconds) < abs($1.at - milliseconds) }
    }
}
