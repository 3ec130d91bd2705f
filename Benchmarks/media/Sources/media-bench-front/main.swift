import Foundation
import RTPMedia

// usage: media-bench-front play RATE OPTIONS HEARD PLAYED OUT REPORT
//        media-bench-front cost-CASE-KHZ SPEECHDIR FRAMES: echo, search, noise, gain or voice
//
// Files of 16-bit samples. OPTIONS: parts joined by commas: echo, tail=MS, noise=DB, gain=DBOV, or `off`. The report has
// a line for each frame: speech, its probability, own echo, and of the echo its delay in ms, return loss, enhancement.

func samples(_ path: String) -> [Int16] {
    guard let data = FileManager.default.contents(atPath: path) else { fatalError("There is no \(path).") }
    return data.withUnsafeBytes { octets in
        (0..<octets.count / 2).map { Int16(littleEndian: octets.loadUnaligned(fromByteOffset: $0 * 2, as: Int16.self)) }
    }
}

func configuration(_ options: String) -> SpeechFrontEndConfiguration {
    var result = SpeechFrontEndConfiguration.off
    for option in options.split(separator: ",") {
        let parts = option.split(separator: "=")
        let value = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        switch parts[0] {
        case "echo": result.cancelsEcho = true
        case "tail": result.echoTail = .milliseconds(value)
        case "noise": result.noiseSuppression = value
        case "gain": result.automaticGain = Double(value)
        case "off": break
        default: fatalError("There is no option \(option).")
        }
    }
    return result
}

func play(rate: Int, options: String, heard: [Int16], played: [Int16], out: String, report: String) throws {
    var frontEnd = try SpeechFrontEnd(sampleRate: rate, configuration: configuration(options))
    let length = frontEnd.frameLength
    var result = Data()
    var lines = ""
    for start in stride(from: 0, to: min(heard.count, played.count) - length + 1, by: length) {
        var frame = Array(heard[start..<start + length])
        let found = try frontEnd.process(&frame, played: played.span.extracting(start..<start + length))
        frame.withUnsafeBytes { result.append(contentsOf: $0) }
        let echo = found.echo
        lines += "\(found.isSpeech ? 1 : 0)\t\(found.speechProbability)\t\(found.isOwnEcho ? 1 : 0)"
        lines +=
            "\t\(echo.map { $0.delay / .milliseconds(1) } ?? -1)\t\(echo?.returnLoss ?? 0)\t\(echo?.enhancement ?? 0)\n"
    }
    try result.write(to: URL(fileURLWithPath: out))
    try lines.write(toFile: report, atomically: false, encoding: .utf8)
}

/// Does what a case says with `frames` frames of speech; the sum depends on all of it.
func cost(_ name: String, folder: String, frames: Int) throws -> Int {
    let parts = name.split(separator: "-")
    guard parts.count == 3, let khz = Int(parts[2]) else { fatalError("There is no case \(name).") }
    let options = ["echo": "echo", "search": "echo", "noise": "noise=12", "gain": "gain=-26"][parts[1]] ?? "off"
    var frontEnd = try SpeechFrontEnd(sampleRate: khz * 1000, configuration: configuration(options))
    let speech = samples("\(folder)/speech\(khz)k.raw")
    let length = frontEnd.frameLength
    let count = speech.count / length
    let (isEcho, isSearch) = (parts[1] == "echo", parts[1] == "search")
    var heard = [Int16](repeating: 0, count: length)
    var sink = 0
    for frame in 0..<frames {
        // The echo is what was played two frames ago, 12 dB softer. While it is sought there is another voice instead.
        let played = speech.span.extracting(frame % count * length..<(frame % count + 1) * length)
        let place = (frame + (isSearch ? count / 2 : count - 2)) % count * length
        for index in 0..<length {
            heard[index] = isEcho ? speech[place + index] / 4 : speech[place + index]
        }
        let found = try frontEnd.process(&heard, played: played)
        sink &+= Int(heard[0]) &+ (found.isSpeech ? 1 : 0)
    }
    return sink
}

let arguments = CommandLine.arguments
if arguments.count == 8, arguments[1] == "play", let rate = Int(arguments[2]) {
    try play(
        rate: rate, options: arguments[3], heard: samples(arguments[4]), played: samples(arguments[5]),
        out: arguments[6],
        report: arguments[7])
} else if arguments.count == 4, let frames = Int(arguments[3]) {
    print(try cost(arguments[1], folder: arguments[2], frames: frames))
} else {
    fatalError("usage: play RATE OPTIONS HEARD PLAYED OUT REPORT, or cost-CASE-KHZ SPEECHDIR FRAMES")
}
