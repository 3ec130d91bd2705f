extension Character {
    var isASCIIDigit: Bool { self >= "0" && self <= "9" }
}
