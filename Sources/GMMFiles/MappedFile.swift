import Foundation
import GaussianMixtures

/// A part of a file as memory. The system reads a page at its first use, and may drop it again.
final class MappedFile {
    let bytes: UnsafeRawBufferPointer
    private let start: UnsafeMutableRawPointer
    private let length: Int

    /// - Throws: ``FileError/inputOutput(path:reason:)`` where the file system cannot map.
    init(_ descriptor: Int32, offset: Int, count: Int, path: String) throws(FileError) {
        let page = Int(sysconf(Int32(_SC_PAGESIZE))), before = offset % page
        length = count + before
        guard let start = mmap(nil, length, PROT_READ, MAP_PRIVATE, descriptor, off_t(offset - before)),
            start != MAP_FAILED
        else {
            throw .inputOutput(
                path: path,
                reason: "mapping it into memory failed, \(systemMessage()); copy the file to a local disk, or read it")
        }
        self.start = start
        bytes = UnsafeRawBufferPointer(start: start + before, count: count)
    }

    deinit { munmap(start, length) }
}

extension Dataset where Scalar: MappableScalar {
    /// The rows of an NPY file, mapped and not read: pages come from the disk when a pass reaches them, and the system
    /// takes their memory back when it is scarce. If the file changes meanwhile, the data change; if it is cut off, the
    /// system ends the process.
    ///
    /// - Parameters:
    ///   - path: of an array of one or two dimensions, of float64 for `Double` and float32 for `Float`, in this
    ///     machine's byte order, in C or in Fortran order.
    ///   - weights: N weights, one for each row, 1 by default.
    /// - Throws: ``FileError`` for a file that cannot be mapped, with what to do instead; `MixtureError` for weights
    ///   that do not serve. Whether data are finite is found when they are read.
    /// - Complexity: O(1), O(N) with weights.
    public init(mappingNPY path: String, weights: [Scalar]? = nil) throws {
        let file = try InputFile(path)
        var magic: [UInt8] = []
        try file.read(NPY.magic.count, appendingTo: &magic)
        guard magic == NPY.magic else {
            throw FileError.malformed(
                path: path, location: nil, reason: "it is no NPY file; save it with np.save, or read it as a table")
        }
        let array = try NPY(file)
        guard array.isOf(Scalar.npyType) else {
            throw FileError.malformed(
                path: path, location: nil,
                reason:
                    "it cannot be mapped as \(Scalar.npyType); save it as that with np.save(path, array.astype('\(Scalar.npyType)')), or read it as a table"
            )
        }
        let (mapped, rows, columns, isColumnMajor) = try array.mapped()
        try self.init(
            borrowing: mapped.bytes.bindMemory(to: Scalar.self), owner: mapped, dimension: columns,
            rowStride: isColumnMajor ? 1 : columns,
            columnStride: isColumnMajor ? rows : 1, count: rows, weights: weights)
    }
}

/// A number that an NPY file may hold as it stands in memory.
public protocol MappableScalar: KernelScalar {
    /// As NumPy names it, without the byte order.
    static var npyType: String { get }
}

extension Double: MappableScalar {
    public static var npyType: String { "f8" }
}

extension Float: MappableScalar {
    public static var npyType: String { "f4" }
}
