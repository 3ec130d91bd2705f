package import NIOCore
internal import NIOPosix
internal import SIPNIO
internal import Synchronization

/// The event loops that carry sound, each with its clock; a new call goes to the least loaded.
///
/// Loops of our own stop when nobody refers to this any more, and no sooner: a call's methods run on its loop, and an
/// application may ask a call for its figures long after the endpoint was shut down.
package final class MediaLoops: Sendable {
    package struct Place: Sendable {
        let index: Int
        package let loop: any EventLoop
        package let clock: NIOLoopBound<MediaClock>
    }

    /// All of them.
    package let group: any EventLoopGroup
    private let places: [Place]
    package let metrics = MediaMetrics()
    let trace: MediaTrace?
    /// The loop for everything but sound.
    let signalling: any EventLoop
    private let load: Mutex<[Int]>
    private let owned: MultiThreadedEventLoopGroup?

    /// - Parameters:
    ///   - group: the loops to use; `nil` starts loops of our own.
    ///   - threads: how many those are.
    ///   - trace: who sees the datagrams of calls.
    package init(_ group: (any EventLoopGroup)?, threads: Int, trace: MediaTrace? = nil) async throws {
        self.trace = trace
        owned = group == nil ? MultiThreadedEventLoopGroup(numberOfThreads: threads) : nil
        guard let group = group ?? owned else { throw SIPTransportError.nothingToListenOn }
        self.group = group
        signalling = group.next()
        var places: [Place] = []
        for (index, loop) in group.makeIterator().enumerated() {
            let clock = try await loop.submit { NIOLoopBound(MediaClock(loop: loop), eventLoop: loop) }.get()
            places.append(Place(index: index, loop: loop, clock: clock))
        }
        self.places = places
        load = Mutex(Array(repeating: 0, count: places.count))
    }

    deinit {
        owned?.shutdownGracefully { _ in }
    }

    /// Calls that are placed now.
    var placed: Int {
        load.withLock { $0.reduce(0, +) }
    }

    func take() -> Place {
        let index = load.withLock { load in
            let least = load.indices.min { load[$0] < load[$1] } ?? 0
            load[least] += 1
            return least
        }
        return places[index]
    }

    /// A place on a loop that is chosen already; `nil` when it is none of these.
    package func take(on loop: any EventLoop) -> Place? {
        guard let place = places.first(where: { $0.loop === loop }) else { return nil }
        load.withLock { $0[place.index] += 1 }
        return place
    }

    package func release(_ place: Place) {
        load.withLock { $0[place.index] -= 1 }
    }
}
