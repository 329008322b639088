/// What the user of a table should know of how it was read, though it is no error, such as what was taken for its
/// header.
public struct FileNote: Sendable, Equatable {
    /// The file that was read, "-" for standard input.
    public let path: String
    /// Where in the file; nil if it concerns the whole.
    public let location: FileError.Location?
    /// One sentence without its full stop.
    public let text: String
}

extension FileNote: CustomStringConvertible {
    public var description: String { place(path, location) + ": \(text)." }
}
