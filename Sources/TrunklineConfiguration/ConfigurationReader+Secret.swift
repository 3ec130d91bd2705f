extension ConfigurationReader {
    /// Reads where a secret is: `NAME_env` names a variable of the environment, in place of the file of `NAME_file`.
    ///
    /// - Parameter name: of the secret, e.g. `token`.
    /// - Returns: the variable and what it holds; nothing when no variable is named. One that the environment has not is
    ///   noted, and that there is a file, too.
    mutating func readSecret(_ section: Section, _ name: String) -> (variable: String?, value: String?) {
        let path = section.path(of: "\(name)_env")
        var variable: String?
        read(section, "\(name)_env", into: &variable, using: ValueReading.text)
        guard let variable else { return (nil, nil) }
        if section.entries["\(name)_file"] != nil {
            note(line(of: path), "\(section.path) has \(name)_env and \(name)_file; delete one of the two")
        }
        let value = environment[variable]
        if value == nil {
            note(
                line(of: path),
                "\(path): the environment has no variable \(variable); export it, or use \(name)_file")
        }
        return (variable, value)
    }
}
