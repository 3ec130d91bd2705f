import RTPMedia

// usage: media-bench-codec CASE SPEECHDIR FRAMES
//
// `peers/codec.c` has the same cases by the C libraries.

let arguments = CommandLine.arguments
guard arguments.count == 4, let frames = Int(arguments[3]) else { fatalError("usage: CASE SPEECHDIR FRAMES") }
let parts = arguments[1].split(separator: "-").map(String.init)
let folder = arguments[2]

@MainActor func number(_ index: Int) -> Int { parts.indices.contains(index) ? Int(parts[index]) ?? 0 : 0 }

let cases = Cases(folder: folder, frames: frames)
var sink = 0
let rate = OpusSampleRate(rawValue: number(2) * 1000) ?? .wideband
switch (parts[0], parts.count > 1 ? parts[1] : "") {
case ("pcmu", "decode"):
    sink = cases.decodeAll(G711(.mu), G711(.mu), Speech(folder: folder, sampleRate: 8000), conceals: false)
case ("pcma", "decode"):
    sink = cases.decodeAll(G711(.a), G711(.a), Speech(folder: folder, sampleRate: 8000), conceals: false)
case ("pcmu", _): sink = cases.encodeAll(G711(.mu), Speech(folder: folder, sampleRate: 8000))
case ("pcma", _): sink = cases.encodeAll(G711(.a), Speech(folder: folder, sampleRate: 8000))
case ("g722", "encode"): sink = cases.encodeAll(G722Encoder(), Speech(folder: folder, sampleRate: 16_000))
case ("g722", _):
    sink = cases.decodeAll(G722Decoder(), G722Encoder(), Speech(folder: folder, sampleRate: 16_000), conceals: false)
case ("opus", "encode"):
    sink = cases.encodeAll(OpusEncoder(sampleRate: rate), Speech(folder: folder, sampleRate: rate.rawValue))
case ("opus", let what):
    sink = cases.decodeAll(
        OpusDecoder(sampleRate: rate), OpusEncoder(sampleRate: rate), Speech(folder: folder, sampleRate: rate.rawValue),
        conceals: what == "conceal")
case ("protect", let name): sink = try cases.protectAll(SRTPSuite(rawValue: name) ?? .aeadAES128GCM)
case ("unprotect", let name): sink = try cases.unprotectAll(SRTPSuite(rawValue: name) ?? .aeadAES128GCM)
case ("resample", _): sink = try cases.resampleAll(from: number(1) * 1000, to: number(2) * 1000, quality: number(3))
case ("session", let name):
    let session = SessionCase(folder: folder, frames: frames)
    switch name {
    case "g722": sink = session.run(.g722, payloadType: 9)
    case "opus": sink = session.run(.opus(.speech, sampleRate: .wideband), payloadType: 96)
    default: sink = session.run(.pcmu, payloadType: 0)
    }
case ("talkoff", _): cases.talkOff(path: folder)
default: fatalError("There is no case \(arguments[1]).")
}
if parts[0] != "talkoff" { print(sink) }
