internal import NIOCore
internal import Synchronization

/// The event loops that carry sound, each with its clock; a new call goes to the least loaded.
final class MediaLoops: Sendable {
    struct Place: Sendable {
        let index: Int
        let loop: any EventLoop
        let clock: NIOLoopBound<MediaClock>
    }

    private let places: [Place]
    private let load: Mutex<[Int]>

    init(_ group: any EventLoopGroup) async throws {
        var places: [Place] = []
        for (index, loop) in group.makeIterator().enumerated() {
            let clock = try await loop.submit { NIOLoopBound(MediaClock(loop: loop), eventLoop: loop) }.get()
            places.append(Place(index: index, loop: loop, clock: clock))
        }
        self.places = places
        load = Mutex(Array(repeating: 0, count: places.count))
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

    func release(_ place: Place) {
        load.withLock { $0[place.index] -= 1 }
    }
}
