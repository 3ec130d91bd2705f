internal import Agent
internal import RTPMedia

/// Makes frames of the call's rate of octets as they come: 16-bit samples, the low octet first.
struct OpenAIVoiceSound: ~Copyable {
    private let callRate: Int
    private var rate: Int
    private var resampler: Resampler?
    /// The low octet of a sample that came apart.
    private var odd: UInt8?
    private(set) var hasBegun = false

    init(from rate: Int, to callRate: Int) {
        self.rate = rate
        self.callRate = callRate
    }

    /// - Throws: `ProviderError/unavailable(_:)` when one rate can't be made of the other.
    static func check(from rate: Int, to callRate: Int) throws(ProviderError) {
        _ = try resampler(from: rate, to: callRate)
    }

    private static func resampler(from rate: Int, to callRate: Int) throws(ProviderError) -> Resampler {
        do throws(ResamplerError) {
            return try Resampler(from: rate, to: callRate)
        } catch {
            throw .unavailable("A voice of \(rate) Hz can't be turned into \(callRate) Hz: \(error)")
        }
    }

    /// Looks at what the service says that it sends.
    ///
    /// - Throws: `ProviderError/failed(_:)` when it is no PCM: played, it would be noise.
    mutating func begin(_ headers: [String: String]) throws(ProviderError) {
        let type = (headers["content-type"] ?? "").lowercased()
        let parts = type.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
        let kind = parts.first ?? ""
        let isPCM = kind.hasPrefix("audio/") && ["pcm", "l16", "raw", "basic"].contains { kind.contains($0) }
        guard kind.isEmpty || isPCM || kind == "application/octet-stream" || kind == "audio" else {
            throw .failed("The voice sent \(PrintableText.of(String(kind.prefix(60)))) and not PCM.")
        }
        // Servers that name their rate know it better than the configuration.
        for part in parts.dropFirst() where part.hasPrefix("rate=") {
            if let named = Int(part.dropFirst(5)) { rate = named }
        }
        resampler = try Self.resampler(from: rate, to: callRate)
    }

    /// - Returns: the sound that is whole now; `nil` when there is none yet.
    mutating func receive(_ octets: [UInt8]) throws(ProviderError) -> PCMFrame? {
        guard !octets.isEmpty else { return nil }
        if !hasBegun, octets.starts(with: "RIFF".utf8) || octets.starts(with: "ID3".utf8) {
            throw .failed("The voice sent a file and not PCM.")
        }
        hasBegun = true
        var samples: [Int16] = []
        samples.reserveCapacity(octets.count / 2 + 1)
        for octet in octets {
            if let low = odd {
                samples.append(Int16(bitPattern: UInt16(octet) << 8 | UInt16(low)))
                odd = nil
            } else {
                odd = octet
            }
        }
        return frame(resampler?.process(samples) ?? [])
    }

    /// What is left in the resampler.
    ///
    /// - Throws: `ProviderError/failed(_:)` when there was no sound at all.
    mutating func finish() throws(ProviderError) -> PCMFrame {
        guard hasBegun else { throw .failed("The voice sent no sound.") }
        return PCMFrame(samples: resampler?.finish() ?? [], sampleRate: callRate)
    }

    private func frame(_ samples: [Int16]) -> PCMFrame? {
        samples.isEmpty ? nil : PCMFrame(samples: samples, sampleRate: callRate)
    }
}
