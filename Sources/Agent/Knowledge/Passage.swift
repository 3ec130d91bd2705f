/// A piece of what an agent may look up: one section of a text, or one row of a table.
public struct Passage: Sendable, Equatable {
    /// The file that it stands in, as a path within its folder.
    public var file: String
    /// The headings above it, the outermost first, parted by ` > `; the first field of a row.
    public var heading: String
    public var text: String

    public init(file: String, heading: String, text: String) {
        self.file = file
        self.heading = heading
        self.text = text
    }

    /// Characters that the text of one may have; a longer section makes several.
    static let longest = 1_200
}
