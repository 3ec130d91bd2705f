internal import Yams

extension Configuration {
    /// A folder with documents that a model may look things up in.
    public struct Knowledge: Sendable, Equatable {
        /// The folder with Markdown and CSV files; `~` stands for the home folder.
        public var folder: String
        /// How many passages a model gets at most.
        public var results = 3

        public init(folder: String) {
            self.folder = folder
        }
    }

    /// `knowledge: FOLDER`, or a section with the folder and more.
    mutating func readKnowledge(_ top: ConfigurationReader.Section, with reader: inout ConfigurationReader) {
        guard let (line, node) = top.entries["knowledge"] else { return }
        if case .scalar = node {
            let folder = reader.value(node, line: line, name: "knowledge", using: ValueReading.path)
            if let folder { knowledge = Knowledge(folder: folder) }
            return
        }
        let section = reader.section(top, "knowledge")
        var read = Knowledge(folder: "")
        reader.read(section, "folder", into: &read.folder, using: ValueReading.path)
        reader.read(section, "results", into: &read.results, using: ValueReading.number(in: 1...10))
        guard section.entries["folder"] != nil else {
            reader.note(line, "knowledge needs the folder that the documents are in; write folder: PATH")
            return
        }
        knowledge = read
    }
}
