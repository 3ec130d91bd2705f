import Testing

extension Tag {
    /// A test that shows how an attack of the threat list fails; its name begins with the threat's number.
    @Tag static var threat: Self
}
