/// Why a tool did not do what it was asked for, for the model.
struct ToolRefusal: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
