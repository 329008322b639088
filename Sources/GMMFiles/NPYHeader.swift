/// The header of an NPY file, a Python dictionary such as `{'descr': '<f8', 'fortran_order': False, 'shape': (6000,),
/// }`. Keys may come in any order, with any spaces.
struct NPYHeader {
    private(set) var type = ""
    private(set) var isFortranOrder = false
    /// Sizes from 0 to Int.max.
    private(set) var shape: [Int] = []

    struct Fault: Error {
        let reason: String
    }

    private var rest: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) throws(Fault) {
        rest = text
        var missing: Set = ["descr", "fortran_order", "shape"]
        try expect("{")
        while !pass("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr": type = try typeName()
            case "fortran_order": isFortranOrder = try boolean()
            case "shape": shape = try sizes()
            default: throw Fault(reason: "it has an unknown key \(quoted(key.utf8))")
            }
            missing.remove(key)
            if !pass(",") {
                try expect("}")
                break
            }
        }
        skipSpaces()
        guard rest.isEmpty else { throw Fault(reason: "something follows its closing brace") }
        guard missing.isEmpty else { throw Fault(reason: "it lacks \(missing.sorted().joined(separator: ", "))") }
    }

    /// The text of the type. A structured type is a list, and its text is returned unread, for the error that refuses
    /// it.
    private mutating func typeName() throws(Fault) -> String {
        skipSpaces()
        guard rest.first == UInt8(ascii: "[") else { return try string() }
        let end = rest.lastIndex(of: UInt8(ascii: "]")) ?? rest.startIndex
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[...end], as: UTF8.self)
    }

    private mutating func string() throws(Fault) -> String {
        skipSpaces()
        guard let mark = rest.first, mark == UInt8(ascii: "'") || mark == UInt8(ascii: "\""),
            let end = rest.dropFirst().firstIndex(of: mark)
        else { throw Fault(reason: "a quoted word is missing") }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[(rest.startIndex + 1)..<end], as: UTF8.self)
    }

    private mutating func boolean() throws(Fault) -> Bool {
        if pass("True") { return true }
        if pass("False") { return false }
        throw Fault(reason: "fortran_order is neither True nor False")
    }

    private mutating func sizes() throws(Fault) -> [Int] {
        var sizes: [Int] = []
        try expect("(")
        while !pass(")") {
            skipSpaces()
            let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            guard let size = Int(String(decoding: digits, as: UTF8.self)) else {
                throw Fault(reason: "its shape is not a tuple of sizes that a file can have")
            }
            sizes.append(size)
            rest = rest[digits.endIndex...]
            // Python 2 wrote long integers with an L.
            if rest.first == UInt8(ascii: "L") { rest = rest.dropFirst() }
            if !pass(",") {
                try expect(")")
                break
            }
        }
        return sizes
    }

    private mutating func expect(_ token: String) throws(Fault) {
        guard pass(token) else { throw Fault(reason: "a \(token) is missing") }
    }

    private mutating func pass(_ token: String) -> Bool {
        skipSpaces()
        guard rest.starts(with: token.utf8) else { return false }
        rest = rest.dropFirst(token.utf8.count)
        return true
    }

    private mutating func skipSpaces() {
        rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\t") }
    }
}
