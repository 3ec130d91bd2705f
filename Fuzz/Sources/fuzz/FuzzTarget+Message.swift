@testable import SIPCore

extension FuzzTarget {
    /// A message: every accessor, and what is read is what was written.
    static func message(_ octets: [UInt8]) {
        guard let message = try? Message(parsing: octets) else { return }
        switch message {
        case .request(let request):
            _ = try? request.validate()
            _ = try? request.requestURI
            _ = request.require
            _ = (request.caller, request.forgiven)
            look(at: request)
            let response = MessageBuilder(response: 486, to: request, toTag: Tag("t")).buildResponse()
            _ = try? Message(parsing: response.octets)
            // Whatever is well-formed can be refused, and the refusal is well-formed.
            if (try? request.validate()) != nil {
                guard let again = try? Message(parsing: response.octets), case .response(let answer) = again,
                    (try? answer.validate()) != nil
                else { fatalError("a refusal of a valid request is not valid") }
            }
        case .response(let response):
            _ = try? response.validate()
            _ = response.forgiven
            look(at: response)
        }
    }

    private static func look(at message: some SIPMessage) {
        _ = try? message.vias
        _ = try? message.topVia
        _ = try? message.from
        _ = try? message.to
        _ = try? message.callID
        _ = try? message.cseq
        _ = (try? message.bodyParts, message.sessionDescription, message.privacy, message.identities)
        for name in [HeaderName.contact, .route, .recordRoute, .supported, .accept, .referTo] {
            _ = message.list(of: name)
            _ = message.values(of: name)
        }
        // Each name once: to look for it costs as much as its first line is long.
        var names: Set<HeaderName> = []
        for (name, value) in message.headers where names.insert(name).inserted {
            guard message.first(name) != nil else { fatalError("\(name) = \(value) is there and not found") }
        }
    }

    /// A body of several parts; what is read can be written, and is read as the same.
    static func body(_ octets: [UInt8]) {
        guard let type = try? MediaType(parsing: "multipart/mixed;boundary=b"),
            let body = try? MultipartBody(parsing: octets, as: type)
        else { return }
        let made = body.makeBody()
        guard let madeType = try? MediaType(parsing: made.contentType),
            let again = try? MultipartBody(parsing: made.octets, as: madeType),
            again.parts.map(\.octets) == body.parts.map(\.octets)
        else { fatalError("a body can't be read back") }
        for part in body.parts { _ = (try? part.parts, try? part.disposition, part.id) }
    }

    /// A stream, cut into pieces at the lengths that its own octets say: the frames do not depend on the pieces.
    static func framing(_ octets: [UInt8]) {
        func frames(_ pieces: [ArraySlice<UInt8>]) -> ([StreamFramer.Frame], Bool) {
            var framer = StreamFramer()
            var frames: [StreamFramer.Frame] = []
            for piece in pieces {
                framer.append(Array(piece))
                do {
                    while let frame = try framer.next() {
                        frames.append(frame)
                        if frames.count > octets.count { fatalError("more frames than octets") }
                    }
                } catch {
                    return (frames, true)
                }
            }
            return (frames, false)
        }
        var pieces: [ArraySlice<UInt8>] = []
        var rest = octets[...]
        while let first = rest.first {
            let length = Int(first % 61) + 1
            pieces.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        // A lone CR LF is told at once: it may be a pong, or half a ping.
        func told(_ result: ([StreamFramer.Frame], Bool)) -> ([StreamFramer.Frame], Bool) {
            (result.0.filter { $0 != .keepAlivePong }, result.1)
        }
        let (whole, wholeFailed) = told(frames([octets[...]]))
        let (cut, cutFailed) = told(frames(pieces))
        guard whole == cut, wholeFailed == cutFailed else { fatalError("the frames depend on how the octets arrive") }
    }
}
