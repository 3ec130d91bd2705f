import Foundation

@testable import RTPMedia

/// Read speech that a package of the distribution brings; where it is not there, the tests with it don't run.
enum Speech {
    private static let folder = "/usr/share/asterisk/sounds/en_US_f_Allison"

    static var isThere: Bool { FileManager.default.fileExists(atPath: folder + "/demo-instruct.wav") }

    static func prompts(atMost count: Int) throws -> [[Int16]] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter {
            // Those that begin so are weasels and monkeys.
            $0.hasSuffix(".wav") && !$0.hasPrefix("tt-")
        }
        return try names.prefix(count).map {
            try WAVFile(parsing: [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0)))).samples
        }
    }

    static func samples(minutes: Int) throws -> [Int16] {
        var samples: [Int16] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasSuffix(".wav") {
            guard samples.count < minutes * 60 * 8000 else { break }
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
            samples += try WAVFile(parsing: [UInt8](data)).samples
        }
        return samples
    }
}
