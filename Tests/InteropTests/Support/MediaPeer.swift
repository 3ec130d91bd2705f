import Foundation
import RTPMedia

/// A program of others that sends or receives RTP and knows nothing of SIP: ffmpeg or GStreamer.
///
/// It is told everything that a session description would have: the ports, the codec, the key.
struct MediaPeer {
    enum Kind: String, Sendable {
        case ffmpeg
        case gstreamer
    }

    /// What both sides agree on.
    struct Agreement: Sendable {
        var codec: AudioCodecKind
        var payloadType: UInt8
        /// The key of the side that sends.
        var keying: SRTPKeying?
    }

    let program: Program
    private let kind: Kind

    /// Sends a WAV file and ends, ffmpeg with a goodbye by RTCP.
    ///
    /// - Parameters:
    ///   - port: where it sends to.
    ///   - local: where it sends from; for RTCP the port above.
    init(_ kind: Kind, sending file: String, _ agreement: Agreement, to port: UInt16, from local: UInt16) throws {
        self.kind = kind
        program =
            switch kind {
            case .ffmpeg: try Program("ffmpeg", FFmpeg.sender(of: file, agreement, to: port, from: local))
            case .gstreamer: try Program("gst-launch-1.0", GStreamer.sender(of: file, agreement, to: port, from: local))
            }
    }

    /// Waits for sound and writes it to a WAV file: ffmpeg until the other side says goodbye by RTCP, GStreamer until
    /// ``finish()`` is called.
    ///
    /// - Parameters:
    ///   - ssrc: of what will come.
    init(
        _ kind: Kind, receivingInto file: String, _ agreement: Agreement, ssrc: UInt32, at port: UInt16,
        in workspace: Workspace
    ) async throws {
        self.kind = kind
        switch kind {
        case .ffmpeg:
            try workspace.write(FFmpeg.description(agreement, port: port), to: "stream.sdp")
            program = try Program(
                "ffmpeg",
                FFmpeg.receiver(of: workspace.path("stream.sdp"), into: file, rate: agreement.codec.sampleRate))
        case .gstreamer:
            program = try Program(
                "gst-launch-1.0", GStreamer.receiver(into: file, agreement, ssrc: ssrc, at: port))
        }
        try await Workspace.waitUntilTaken(port, by: program)
    }

    /// Waits for its end, which GStreamer has to be asked for.
    func finish() async throws {
        if kind == .gstreamer { program.signal(SIGINT) }
        try await program.end(within: .seconds(20))
    }
}

extension MediaPeer {
    fileprivate enum FFmpeg {
        static func sender(of file: String, _ agreement: Agreement, to port: UInt16, from local: UInt16) -> [String] {
            let codec = agreement.codec
            let encoder =
                switch codec {
                case .pcmu: ["-c:a", "pcm_mulaw"]
                case .pcma: ["-c:a", "pcm_alaw"]
                case .g722: ["-c:a", "g722"]
                case .opus: ["-c:a", "libopus", "-b:a", "32k", "-ar", "48000"]
                case .l16: ["-c:a", "pcm_s16be"]
                }
            // Packets as large as 20 ms are; those of Opus are as long as its frames. ffmpeg keeps 14 octets of them for
            // the tag and index of SRTP, whatever the suite takes.
            let reserve = agreement.keying == nil ? 0 : 14
            let size = codec.packetSize.map { "pkt_size=\($0 + reserve)&" } ?? ""
            let key = agreement.keying.map { ["-srtp_out_suite", name($0.suite), "-srtp_out_params", $0.text] }
            return [
                "-nostdin", "-hide_banner", "-loglevel", "warning", "-i", file, "-af",
                "asetnsamples=n=\(codec.sampleRate / 50),arealtime",
            ] + encoder + [
                "-payload_type", "\(agreement.payloadType)", "-f", "rtp", "-rtpflags", "send_bye",
            ] + (key ?? []) + [
                (key == nil ? "rtp" : "srtp") + "://127.0.0.1:\(port)?\(size)localrtpport=\(local)"
            ]
        }

        static func receiver(of description: String, into file: String, rate: Int) -> [String] {
            [
                "-nostdin", "-hide_banner", "-loglevel", "warning", "-protocol_whitelist", "file,udp,rtp,srtp,crypto",
                "-i", description, "-c:a", "pcm_s16le", "-ac", "1", "-ar", "\(rate)", "-y", file,
            ]
        }

        static func description(_ agreement: Agreement, port: UInt16) -> String {
            let (codec, payloadType) = (agreement.codec, agreement.payloadType)
            var lines = [
                "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
                "m=audio \(port) RTP/\(agreement.keying == nil ? "AVP" : "SAVP") \(payloadType)",
                "a=rtpmap:\(payloadType) \(codec.name)/\(codec.clockRate)"
                    + (codec.channels > 1 ? "/\(codec.channels)" : ""),
            ]
            if let keying = agreement.keying {
                lines.append("a=crypto:1 \(name(keying.suite)) inline:\(keying.text)")
            }
            return lines.map { $0 + "\r\n" }.joined()
        }

        /// By the name of RFC 4568 ffmpeg shortens the tag of RTCP too, which §6.2.2 there wants of 80 bits; by that of
        /// RFC 5764 §4.1.2 it shortens the one of RTP alone.
        private static func name(_ suite: SRTPSuite) -> String {
            suite == .aes128CMSHA1With32 ? "SRTP_AES128_CM_HMAC_SHA1_32" : suite.rawValue
        }
    }

    fileprivate enum GStreamer {
        static func sender(of file: String, _ agreement: Agreement, to port: UInt16, from local: UInt16) -> [String] {
            let codec = agreement.codec
            let encoder =
                switch codec {
                case .pcmu: "mulawenc ! rtppcmupay"
                case .pcma: "alawenc ! rtppcmapay"
                // Its G.722 is ffmpeg's.
                case .g722: "avenc_g722 ! rtpg722pay"
                case .opus: "audioresample ! audio/x-raw,rate=48000 ! opusenc bitrate=32000 ! rtpopuspay"
                case .l16: "audioconvert ! audio/x-raw,format=S16BE ! rtpL16pay"
                }
            let isFramed = if case .opus = codec { true } else { false }
            let packets = isFramed ? "" : " min-ptime=20000000 max-ptime=20000000"
            let protector = agreement.keying.map { keying in
                let (cipher, authentication) = words(keying.suite)
                return " ! srtpenc key=\(keying.hexadecimal) rtp-cipher=\(cipher) rtcp-cipher=\(cipher)"
                    + " rtp-auth=\(authentication) rtcp-auth=\(controlAuthentication(keying.suite))"
            }
            return words(
                "-q filesrc location=\(file) ! wavparse ! audioconvert ! \(encoder) pt=\(agreement.payloadType)\(packets)"
                    + (protector ?? "") + " ! udpsink host=127.0.0.1 port=\(port) bind-port=\(local)")
        }

        static func receiver(into file: String, _ agreement: Agreement, ssrc: UInt32, at port: UInt16) -> [String] {
            let codec = agreement.codec
            var capabilities =
                "media=(string)audio,clock-rate=(int)\(codec.clockRate),payload=(int)\(agreement.payloadType)"
                + ",encoding-name=(string)\(codec.name.uppercased())"
            if case .l16 = codec { capabilities += ",channels=(int)1" }
            if let keying = agreement.keying {
                let (cipher, authentication) = words(keying.suite)
                capabilities =
                    "application/x-srtp,\(capabilities),ssrc=(uint)\(ssrc),srtp-key=(buffer)\(keying.hexadecimal)"
                    + ",srtp-cipher=(string)\(cipher),srtcp-cipher=(string)\(cipher)"
                    + ",srtp-auth=(string)\(authentication)"
                    + ",srtcp-auth=(string)\(controlAuthentication(keying.suite)) ! srtpdec"
            } else {
                capabilities = "application/x-rtp,\(capabilities)"
            }
            let decoder =
                switch codec {
                case .pcmu: "rtppcmudepay ! mulawdec"
                case .pcma: "rtppcmadepay ! alawdec"
                case .g722: "rtpg722depay ! avdec_g722"
                case .opus: "rtpopusdepay ! opusdec ! audioresample"
                case .l16: "rtpL16depay"
                }
            return words(
                "-q -e udpsrc port=\(port) address=127.0.0.1 ! \(capabilities) ! \(decoder) ! audioconvert"
                    + " ! audio/x-raw,format=S16LE,channels=1,rate=\(codec.sampleRate) ! wavenc"
                    + " ! filesink location=\(file)")
        }

        private static func words(_ pipeline: String) -> [String] { pipeline.split(separator: " ").map(String.init) }

        private static func words(_ suite: SRTPSuite) -> (cipher: String, authentication: String) {
            switch suite {
            case .aeadAES128GCM: ("aes-128-gcm", "null")
            case .aeadAES256GCM: ("aes-256-gcm", "null")
            case .aes128CMSHA1With80: ("aes-128-icm", "hmac-sha1-80")
            case .aes128CMSHA1With32: ("aes-128-icm", "hmac-sha1-32")
            case .aes256CMSHA1With80: ("aes-256-icm", "hmac-sha1-80")
            case .aes256CMSHA1With32: ("aes-256-icm", "hmac-sha1-32")
            }
        }

        /// RTCP has 80 bits where RTP has 32 (RFC 4568 §6.2.2).
        private static func controlAuthentication(_ suite: SRTPSuite) -> String {
            words(suite).authentication == "null" ? "null" : "hmac-sha1-80"
        }
    }
}

extension AudioCodecKind {
    /// Octets of an RTP packet of 20 ms, with its header; `nil` where it depends on the sound.
    fileprivate var packetSize: Int? {
        switch self {
        case .pcmu, .pcma, .g722: 12 + 160
        case .l16(let sampleRate): 12 + sampleRate / 50 * 2
        case .opus: nil
        }
    }
}

extension SRTPKeying {
    /// One with a new key.
    init(newKeyFor suite: SRTPSuite) {
        var random = SystemRandomNumberGenerator()
        self = SDESCrypto(tag: 1, suite: suite, using: &random).keying
    }

    fileprivate var octets: [UInt8] {
        keys.first?.key.withOctets { octets in octets.indices.map { octets[$0] } } ?? []
    }

    /// Key and salt in Base64, as behind `inline:`.
    fileprivate var text: String { Data(octets).base64EncodedString() }

    fileprivate var hexadecimal: String { octets.map { String(format: "%02x", $0) }.joined() }
}
