/// A value that lies by itself on the heap, so that what moves in a table is one word and not all of it. Copies share
/// it until one of them is changed.
package struct Boxed<Value: Sendable>: Sendable {
    /// An array of one is the box that the language has.
    private var contents: [Value]

    package init(_ value: consuming Value) {
        contents = [value]
    }

    @inline(__always)
    package var value: Value {
        // The subscript of an array would copy the value to show one property of it.
        _read {
            let span = contents.span
            yield span[0]
        }
        _modify { yield &contents[0] }
    }

    /// Lets `look` see the value where it lies. Reading a property through `value` may copy all of it first.
    @inline(__always)
    package func read<Result, Failure: Error>(
        _ look: (borrowing Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try look(contents.span[0])
    }

    /// Lets `change` work on the value where it lies.
    @inline(__always)
    package mutating func update<Result, Failure: Error>(
        _ change: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try change(&contents[0])
    }
}

/// A property that has no value most of the time, and then takes one word however large its value would be.
@propertyWrapper
package struct Seldom<Value: Sendable>: Sendable {
    private var contents: [Value] = []

    package init(wrappedValue: Value?) {
        self.wrappedValue = wrappedValue
    }

    package var wrappedValue: Value? {
        get { contents.first }
        set {
            if let newValue {
                contents = [newValue]
            } else if !contents.isEmpty {
                contents = []
            }
        }
    }

    /// Whether there is a value, without a copy of it.
    package var projectedValue: Bool { !contents.isEmpty }
}
