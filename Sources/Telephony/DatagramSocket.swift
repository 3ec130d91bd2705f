internal import Glibc
internal import TelephonyPrimitives

/// A UDP socket that is asked for what has come, and never waited for.
///
/// It closes when nobody refers to it any more.
final class DatagramSocket: Sendable {
    /// Octets of a datagram that are read; one that is longer is no RTP and only counted.
    fileprivate static let longest = 2048

    private let descriptor: Int32

    /// - Throws: ``DatagramSocketError`` when the system gives no socket, or the port is taken.
    init(boundTo address: TransportAddress) throws(DatagramSocketError) {
        let name = SocketName(address)
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = socket(name.family, type, 0)
        guard descriptor >= 0 else { throw DatagramSocketError(code: errno) }
        // When a datagram came counts, not when it is read.
        var on: Int32 = 1
        unsafe setsockopt(descriptor, SOL_SOCKET, ReceivedControl.timestamps, &on, socklen_t(MemoryLayout<Int32>.size))
        let bound = unsafe name.withAddress { unsafe bind(descriptor, $0, $1) }
        guard bound == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw DatagramSocketError(code: code)
        }
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Sends one datagram, or drops it when the system has no room for it: it would come too late anyway.
    func send(_ octets: borrowing [UInt8], to name: SocketName) {
        let (descriptor, count) = (descriptor, octets.count)
        unsafe octets.withUnsafeBytes { bytes in
            _ = unsafe name.withAddress { unsafe sendto(descriptor, bytes.baseAddress, count, 0, $0, $1) }
        }
    }

    /// Reads one datagram that has come.
    ///
    /// - Returns: its length in octets; `nil` when there is none.
    fileprivate func read(_ message: UnsafeMutablePointer<msghdr>) -> Int? {
        while true {
            let count = unsafe recvmsg(descriptor, message, 0)
            if count >= 0 { return count }
            guard errno == EINTR else { return nil }
        }
    }
}

/// Why there is no socket: what the system says.
struct DatagramSocketError: Error, CustomStringConvertible {
    let code: Int32

    var description: String { unsafe String(cString: strerror(code)) }
}

/// An address in the system's form, made once for many datagrams.
struct SocketName: Sendable {
    private var storage = sockaddr_storage()
    private let length: socklen_t

    init(_ address: TransportAddress) {
        switch address.ip {
        case .v4(let number):
            var v4 = sockaddr_in()
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = address.port.bigEndian
            v4.sin_addr.s_addr = number.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: v4, as: sockaddr_in.self) }
        case .v6(let upper, let lower):
            var v6 = sockaddr_in6()
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = address.port.bigEndian
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            unsafe withUnsafeMutableBytes(of: &v6.sin6_addr) { octets in
                unsafe octets.storeBytes(of: upper.bigEndian, as: UInt64.self)
                unsafe octets.storeBytes(of: lower.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            unsafe withUnsafeMutableBytes(of: &storage) { unsafe $0.storeBytes(of: v6, as: sockaddr_in6.self) }
        }
    }

    var family: Int32 { Int32(storage.ss_family) }

    func withAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe withUnsafePointer(to: storage) { place in
            // The storage is as long and as aligned as any address.
            unsafe place.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, length) }
        }
    }
}

/// Storage for the datagrams that a loop reads, one after the other.
@safe
final class DatagramBuffer {
    private let octets: UnsafeMutableRawBufferPointer
    private let message: UnsafeMutablePointer<msghdr>
    private let vector: UnsafeMutablePointer<iovec>
    private let name: UnsafeMutablePointer<sockaddr_storage>
    private let control: UnsafeMutableRawBufferPointer

    init() {
        unsafe octets = .allocate(byteCount: DatagramSocket.longest, alignment: 16)
        unsafe control = .allocate(byteCount: ReceivedControl.capacity, alignment: 16)
        unsafe name = .allocate(capacity: 1)
        unsafe name.initialize(to: sockaddr_storage())
        unsafe vector = .allocate(capacity: 1)
        unsafe vector.initialize(to: iovec(iov_base: octets.baseAddress, iov_len: octets.count))
        unsafe message = .allocate(capacity: 1)
        unsafe message.initialize(to: msghdr())
    }

    deinit {
        unsafe octets.deallocate()
        unsafe control.deallocate()
        unsafe name.deallocate()
        unsafe vector.deallocate()
        unsafe message.deallocate()
    }

    /// Reads what has come to a socket, `count` datagrams at most; the rest waits.
    ///
    /// - Parameters:
    ///   - now: the time; what came is told to have come then or before.
    ///   - body: takes a datagram, where it came from, and when.
    func read(
        from socket: DatagramSocket, atMost count: Int, now: Instant,
        _ body: (Span<UInt8>, TransportAddress, Instant) -> Void
    ) {
        var wallClock: Int64?
        for _ in 0..<count {
            unsafe message.pointee = msghdr(
                msg_name: name, msg_namelen: socklen_t(MemoryLayout<sockaddr_storage>.size), msg_iov: vector,
                msg_iovlen: 1, msg_control: control.baseAddress, msg_controllen: control.count, msg_flags: 0)
            guard let length = unsafe socket.read(message) else { return }
            guard let source = unsafe TransportAddress(name) else { continue }
            let used = unsafe min(control.count, Int(message.pointee.msg_controllen))
            var arrival = now
            if let stamp = unsafe ReceivedControl.timestamp(UnsafeRawBufferPointer(rebasing: control[..<used])) {
                let present = wallClock ?? ReceivedControl.wallClock()
                wallClock = present
                // The system's clock may jump; no datagram waits for longer than a second.
                arrival = now - .nanoseconds(min(max(present &- stamp, 0), 1_000_000_000))
            }
            let datagram = unsafe UnsafeRawBufferPointer(rebasing: octets[..<min(length, octets.count)])
            unsafe body(datagram.bindMemory(to: UInt8.self).span, source, arrival)
        }
    }
}

/// What the system says beside a datagram: when it came.
private enum ReceivedControl {
    /// `SO_TIMESTAMPNS` and `SCM_TIMESTAMPNS` of Linux on 64-bit machines; the header has it as a macro of macros.
    static let timestamps: Int32 = 35
    static let capacity = 64

    /// Nanoseconds of the system's clock; `nil` when there are none.
    static func timestamp(_ octets: UnsafeRawBufferPointer) -> Int64? {
        let header = MemoryLayout<cmsghdr>.stride
        guard octets.count >= header + MemoryLayout<timespec>.size else { return nil }
        let kind = unsafe octets.load(as: cmsghdr.self)
        guard kind.cmsg_level == SOL_SOCKET, kind.cmsg_type == timestamps else { return nil }
        return nanoseconds(unsafe octets.load(fromByteOffset: header, as: timespec.self))
    }

    static func wallClock() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return nanoseconds(time)
    }

    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension TransportAddress {
    /// `nil` for addresses of other families.
    fileprivate init?(_ name: UnsafePointer<sockaddr_storage>) {
        let octets = unsafe UnsafeRawPointer(name)
        switch unsafe Int32(name.pointee.ss_family) {
        case AF_INET:
            let v4 = unsafe octets.load(as: sockaddr_in.self)
            self.init(ip: .v4(UInt32(bigEndian: v4.sin_addr.s_addr)), port: UInt16(bigEndian: v4.sin_port))
        case AF_INET6:
            let v6 = unsafe octets.load(as: sockaddr_in6.self)
            let (upper, lower) = unsafe withUnsafeBytes(of: v6.sin6_addr) {
                unsafe ($0.load(as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self))
            }
            self.init(
                ip: .v6(UInt64(bigEndian: upper), UInt64(bigEndian: lower)), port: UInt16(bigEndian: v6.sin6_port))
        default:
            return nil
        }
    }
}
