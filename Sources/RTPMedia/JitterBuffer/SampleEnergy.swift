extension ArraySlice<Int16> {
    /// The sum of the squares.
    var energy: Float {
        unsafe withUnsafeBufferPointer { (samples: UnsafeBufferPointer<Int16>) -> Float in
            var sum: Int64 = 0
            for index in 0..<samples.count {
                let sample = unsafe Int32(samples[index])
                sum &+= Int64(sample &* sample)
            }
            return Float(sum)
        }
    }
}
