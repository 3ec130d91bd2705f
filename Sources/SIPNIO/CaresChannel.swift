internal import CCares
internal import NIOCore
internal import SIPCore
internal import TelephonyPrimitives

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// A question with who waits for its answer.
struct PostedQuestion: Sendable {
    let question: DNSQuestion
    let continuation: CheckedContinuation<DNSAnswer, Never>
    /// When it has waited for too long.
    let until: NIODeadline
}

/// A question that c-ares works on. It is answered once; later answers are dropped.
final class CaresQuery {
    let question: DNSQuestion
    let until: NIODeadline
    private var continuation: CheckedContinuation<DNSAnswer, Never>?

    init(_ posted: PostedQuestion) {
        question = posted.question
        until = posted.until
        continuation = posted.continuation
    }

    var isOpen: Bool { continuation != nil }

    func finish(_ answer: DNSAnswer) {
        continuation?.resume(returning: answer)
        continuation = nil
    }
}

/// A thin wrapper around one `ares_channel`: whatever is unsafe about c-ares is in here. Used from one thread only.
@safe final class CaresChannel {
    private let channel: ares_channel

    /// Once for the process, as the library wants it.
    private static let library: Int32 = ares_library_init(ARES_LIB_INIT_ALL)

    /// `nil` when the library can't be set up: no memory, or no servers that can be used.
    ///
    /// - Parameters:
    ///   - servers: the DNS servers; those of the system when there are none.
    ///   - patience: how long one server has for its first answer, in milliseconds.
    ///   - attempts: how often each server is asked.
    init?(servers: [TransportAddress], patience: Int32, attempts: Int32) {
        guard Self.library == 0 else { return nil }
        var options = unsafe ares_options()
        // A name is meant as it is written: no search list. EDNS saves most of the detours over TCP, and 1232 octets
        // pass every path unfragmented.
        unsafe options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS
        unsafe options.timeout = patience
        unsafe options.tries = attempts
        unsafe options.ednspsz = 1_232
        let mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ
        var made: ares_channel?
        guard unsafe ares_init_options(&made, &options, mask) == ARES_SUCCESS, let made = unsafe made else {
            return nil
        }
        unsafe channel = made
        guard !servers.isEmpty else { return }
        let list = servers.map(\.description).joined(separator: ",")
        // The one that fails would be asked about at the system's servers, which nobody wants.
        if unsafe ares_set_servers_ports_csv(made, list) != ARES_SUCCESS {
            unsafe ares_destroy(made)
            return nil
        }
    }

    deinit {
        // Open queries get their callback with ARES_EDESTRUCTION here.
        unsafe ares_destroy(channel)
    }

    /// Asks; the query is finished from within this or from `process`.
    func ask(_ query: CaresQuery) {
        let held = unsafe Unmanaged.passRetained(query).toOpaque()
        let answered: ares_callback = { held, status, _, octets, count in
            guard let held = unsafe held else { return }
            let query = unsafe Unmanaged<CaresQuery>.fromOpaque(held).takeRetainedValue()
            var message: [UInt8] = []
            if let octets = unsafe octets, count > 0 {
                message = unsafe Array(UnsafeBufferPointer(start: octets, count: Int(count)))
            }
            query.finish(CaresChannel.answer(to: query.question, status: status, message: message))
        }
        unsafe ares_query(
            channel, query.question.name.text, 1, Int32(query.question.type.rawValue), answered, held)
    }

    private static func answer(to question: DNSQuestion, status: Int32, message: [UInt8]) -> DNSAnswer {
        if !message.isEmpty { return DNSMessage.answer(in: message, to: question) }
        switch status {
        case ARES_ENODATA: return .noRecord(timeToLive: nil)
        case ARES_ENOTFOUND: return .noSuchName(timeToLive: nil)
        case ARES_ETIMEOUT: return .timedOut
        case ARES_ECONNREFUSED: return .failed("no DNS server could be reached")
        case ARES_EDESTRUCTION, ARES_ECANCELLED: return .failed("the resolver was shut down")
        default:
            guard let text = unsafe ares_strerror(status) else { return .failed("the DNS gave error \(status)") }
            return .failed("the DNS says: " + (unsafe String(cString: text)))
        }
    }

    /// The sockets that wait for something, for `poll`.
    var sockets: [pollfd] {
        let most = 16
        var descriptors = [ares_socket_t](repeating: -1, count: most)
        let bits = unsafe UInt32(bitPattern: ares_getsock(channel, &descriptors, Int32(most)))
        var waiting: [pollfd] = []
        for (index, descriptor) in descriptors.enumerated() {
            var events: Int16 = 0
            if bits & (1 << UInt32(index)) != 0 { events |= Int16(POLLIN) }
            if bits & (1 << UInt32(index + most)) != 0 { events |= Int16(POLLOUT) }
            if events != 0 { waiting.append(pollfd(fd: descriptor, events: events, revents: 0)) }
        }
        return waiting
    }

    /// How long to wait at most until `process` is to be called, in milliseconds; never more than `limit`.
    func patience(limit: Int32) -> Int32 {
        var longest = timeval(tv_sec: Int(limit) / 1_000, tv_usec: .init(limit % 1_000) * 1_000)
        var wait = timeval()
        guard let shortest = unsafe ares_timeout(channel, &longest, &wait) else { return limit }
        let milliseconds = unsafe Int(shortest.pointee.tv_sec) * 1_000 + (Int(shortest.pointee.tv_usec) + 999) / 1_000
        return Int32(clamping: max(0, min(milliseconds, Int(limit))))
    }

    /// Lets c-ares read and write what `poll` has found ready, and look at its clock.
    func process(_ ready: [pollfd]) {
        unsafe ares_process_fd(channel, -1, -1)
        for socket in ready where socket.revents != 0 {
            let isReadable = socket.revents & Int16(POLLIN | POLLERR | POLLHUP) != 0
            let isWritable = socket.revents & Int16(POLLOUT) != 0
            unsafe ares_process_fd(channel, isReadable ? socket.fd : -1, isWritable ? socket.fd : -1)
        }
    }

    /// The addresses of `name` in the machine's own list of hosts.
    func listed(_ name: DNSName, _ family: AddressFamily) -> [IPAddress] {
        var found: UnsafeMutablePointer<hostent>?
        let kind = family == .v4 ? AF_INET : AF_INET6
        guard unsafe ares_gethostbyname_file(channel, name.text, kind, &found) == ARES_SUCCESS,
            let host = unsafe found
        else { return [] }
        defer { unsafe ares_free_hostent(host) }
        guard var next = unsafe host.pointee.h_addr_list else { return [] }
        let length = unsafe Int(host.pointee.h_length)
        var addresses: [IPAddress] = []
        while let address = unsafe next.pointee, addresses.count < 16 {
            let octets = unsafe Array(UnsafeRawBufferPointer(start: address, count: length))
            if octets.count == 4 {
                addresses.append(.v4(octets.reduce(0) { $0 << 8 | UInt32($1) }))
            } else if octets.count == 16 {
                addresses.append(
                    .v6(
                        octets[..<8].reduce(0) { $0 << 8 | UInt64($1) }, octets[8...].reduce(0) { $0 << 8 | UInt64($1) }
                    ))
            }
            unsafe next += 1
        }
        return addresses
    }
}
