extension Array where Element == UInt8 {
    init(copying octets: Span<UInt8>) {
        self = []
        replaceAll(with: octets)
    }

    /// Takes the octets in place of its own, in the storage that it has.
    mutating func replaceAll(with octets: Span<UInt8>) {
        removeAll(keepingCapacity: true)
        unsafe octets.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
