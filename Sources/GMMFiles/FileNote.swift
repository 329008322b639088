/// Something about how a table was read that its user should know although it is no error, such as which row was taken
/// for its header.
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
