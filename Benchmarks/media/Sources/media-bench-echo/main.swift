import RTPMedia
import SIPNIO
import Telephony

// usage: media-bench-echo PORT LOOPS pcmu|g722|opus [required|optional|off] [held|echo]
//
// Answers every call and says back what it hears, frame by frame: what an application does that listens and speaks.
// With `held` nobody listens or speaks: frames are made and dropped, silence is sent.

let arguments = CommandLine.arguments
guard arguments.count >= 4, let port = UInt16(arguments[1]), let loops = Int(arguments[2]),
    let codec = VoiceCodec.allCases.first(where: { $0.rawValue.lowercased() == arguments[3] })
else { fatalError("usage: PORT LOOPS pcmu|g722|opus [required|optional|off]") }

var configuration = EndpointConfiguration(listen: [try .udp("127.0.0.1", port)])
configuration.codecs = [codec]
configuration.mediaLoops = loops
configuration.maximumCalls = 5000
configuration.rtpPorts = 20_000...39_999
switch arguments.count > 4 ? arguments[4] : "off" {
case "required": configuration.srtp = .required
case "optional": configuration.srtp = .optional
default: configuration.srtp = .off
}
let endpoint = try await Endpoint(configuration: configuration)
let isHeld = arguments.count > 5 && arguments[5] == "held"
await endpoint.serve { invitation in
    try await invitation.answer { call in
        if isHeld {
            for await _ in call.events {}
        } else {
            for await frame in call.audio { try await call.play(frame) }
        }
    }
}
