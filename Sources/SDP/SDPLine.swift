/// A line that Trunkline has no use for (`i=`, `u=`, `e=`, `p=`, `b=`, `r=`, `z=`, `k=`, further `t=` and `c=`) and
/// keeps, so that it survives a round trip.
public struct SDPLine: Sendable, Hashable {
    /// The letter before the equals sign, in ASCII.
    public var type: UInt8
    /// What stands after it.
    public var value: String

    /// Makes a line of a letter and its value.
    public init(type: UInt8, value: String) {
        self.type = type
        self.value = value
    }
}
