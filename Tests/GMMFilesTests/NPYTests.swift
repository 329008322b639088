import Foundation
import Testing

@testable import GMMFiles

@Suite struct NPYTests {
    static let values: [Double] = [1, -2.5, 0.1, 1e30, -0.0, 6]

    /// An NPY file with the given header text and the values in the given type.
    static func file(_ header: String, version: UInt8 = 1, type: String = "<f8", values: [Double] = values) -> [UInt8] {
        var text = Array(header.utf8)
        text += Array(repeating: UInt8(ascii: " "), count: 63 - (text.count + 10) % 64) + [UInt8(ascii: "\n")]
        let length = withUnsafeBytes(of: UInt32(text.count).littleEndian) { Array($0) }
        let data = values.flatMap { value in
            let bytes =
                type.hasSuffix("8")
                ? withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
                : withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) }
            return type.hasPrefix(">") ? bytes.reversed() : bytes
        }
        return NPY.magic + [version, 0] + length.prefix(version == 1 ? 2 : 4) + text + data
    }

    static func header(_ type: String, fortran: Bool = false, _ shape: String) -> String {
        "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
    }

    static func decode(
        _ bytes: [UInt8], _ selection: ColumnSelection = .all, _ precision: NumericTable.Precision? = nil
    ) throws -> NumericTable {
        try NumericTable.decode(bytes, path: "data.npy", selection: selection, precision: precision)
    }

    @Test(arguments: ["<f4", ">f4", "<f8", ">f8"], [1, 2, 3] as [UInt8])
    func typesAndVersions(type: String, version: UInt8) throws {
        let table = try Self.decode(Self.file(Self.header(type, "(6,)"), version: version, type: type))
        #expect(table.values == (type.hasSuffix("8") ? .float64(Self.values) : .float32(Self.values.map(Float.init))))
        #expect((table.rows, table.columns) == (6, 1))
        #expect(table.columnNames == nil)
    }

    @Test func orders() throws {
        let c = try Self.decode(Self.file(Self.header("<f8", "(3, 2)")))
        let fortran = try Self.decode(Self.file(Self.header("<f8", fortran: true, "(3, 2)")))
        #expect((c.rowStride, c.columnStride) == (2, 1))
        #expect((fortran.rowStride, fortran.columnStride) == (1, 3))
        #expect((0..<3).map { c[$0, 1] } == [-2.5, 1e30, 6])
        #expect((0..<3).map { fortran[$0, 1] } == [1e30, -0.0, 6])
        #expect(fortran.column(1) == .float64([1e30, -0.0, 6]))
        #expect(
            try Self.decode(Self.file(Self.header("<f8", fortran: true, "(3, 2)")), .named(["2", "1"])).values
                == .float64([1e30, 1, -0.0, -2.5, 6, 0.1]))
        let weighted = try Self.decode(Self.file(Self.header("<f8", "(3, 2)")), .weighted(.all, by: "1"))
        #expect((0..<3).map { weighted[$0, 1] } == (0..<3).map { c[$0, 0] })
    }

    @Test func precisions() throws {
        let single = Self.file(Self.header("<f4", "(6,)"), type: "<f4")
        #expect(try Self.decode(single, .all, .float64).values == .float64(Self.values.map { Double(Float($0)) }))
        let double = Self.file(Self.header("<f8", "(6,)"))
        #expect(try Self.decode(double, .all, .float32).values == .float32(Self.values.map(Float.init)))
        let tooLarge = Self.file(Self.header("<f8", "(2,)"), values: [0, 1e39])
        #expect(fault { try Self.decode(tooLarge, .all, .float32) }.location == .row(2, column: 1))
    }

    @Test(arguments: [
        "{'shape':(6,),'descr':\"<f8\",'fortran_order':False}",
        "  { 'fortran_order' :False ,\n'shape': ( 3 , 2 , ) , 'descr':'<f8'}  ",
    ])
    func tolerantHeader(header: String) throws {
        #expect(try Self.decode(Self.file(header)).values == .float64(Self.values))
    }

    @Test(arguments: [
        (header("<U3", "(6,)"), "np.save(path, array.astype('f8'))"), (header("|O", "(6,)"), "astype('f8')"),
        (header("|f4", "(6,)"), "astype('f8')"),
        ("{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (6,)}", "('a', '<f8')"),
        (header("<f8", "()"), "0 dimensions"), (header("<f8", "(1, 2, 3)"), "3 dimensions"),
        (header("<f8", "(0, 6)"), "empty"),
        (header("<f8", "(6, 0)"), "empty"), (header("<f8", "(5,)"), "48 bytes"), (header("<f8", "(7,)"), "48 bytes"),
        (header("<f8", "(-6,)"), "not a tuple of sizes"),
        (header("<f8", "(99999999999999999999,)"), "not a tuple of sizes"),
        (header("<f8", "(9223372036854775807, 9223372036854775807)"), "48 bytes"),
        (header("<f8", "(1152921504606846977, 1)"), "48 bytes"),
        (header("<f8", "6"), "a ( is missing"), ("{'descr': '<f8', 'shape': (6,)}", "lacks fortran_order"),
        ("", "a { is missing"),
        ("{'descr': '<f8', 'x': 1}", "unknown key \"x\""), (header("<f8", "(6,)") + "}", "something follows"),
        ("{'descr': '<f8', 'fortran_order': 0}", "neither True nor False"), ("{'descr': [", "is missing"),
    ])
    func brokenHeaders(header: String, words: String) {
        let fault = fault { try Self.decode(Self.file(header)) }
        #expect(fault.text.contains(words), "\(fault.text)")
        #expect(fault.text.hasPrefix("data.npy: "))
    }

    @Test func brokenFrame() {
        let file = Self.file(Self.header("<f8", "(6,)"))
        #expect(fault { try Self.decode(NPY.magic) }.text.contains("cut off in its header"))
        #expect(fault { try Self.decode(NPY.magic + [9, 0, 1, 0]) }.text.contains("version 9"))
        #expect(
            fault { try Self.decode(NPY.magic + [2, 0, 255, 255, 255, 255]) }.text.contains("cut off in its header"))
        #expect(fault { try Self.decode(file + [0]) }.text.contains("49 bytes"))
        #expect(fault { try Self.decode(file.dropLast()) }.text.contains("47 bytes"))
    }

    @Test func valuesThatAreNotFinite() {
        for bad in [Double.nan, .infinity, -.infinity] {
            let values = [0, 1, 2, 3, bad, 5]
            #expect(
                fault { try Self.decode(Self.file(Self.header("<f8", "(3, 2)"), values: values)) }.location
                    == .row(3, column: 1))
            let fortran = Self.file(Self.header("<f8", fortran: true, "(3, 2)"), values: values)
            #expect(fault { try Self.decode(fortran) }.location == .row(2, column: 2))
            #expect(fault { try Self.decode(fortran, .named(["2"])) }.location == .row(2, column: 2))
            #expect(throws: Never.self) { try Self.decode(fortran, .named(["1"])) }
        }
    }

    /// Every file cut at every byte, and every byte replaced by others: a table or a FileError, never a trap.
    @Test(arguments: [1, 2] as [UInt8]) func fuzz(version: UInt8) {
        let bytes = Self.file(Self.header("<f4", fortran: true, "(3, 2)"), version: version, type: "<f4")
        for index in bytes.indices {
            #expect(throws: FileError.self) { try Self.decode(Array(bytes[..<index])) }
            for byte in (0...255 as ClosedRange<UInt8>) {
                var variant = bytes
                variant[index] = byte
                _ = try? Self.decode(variant)
            }
            var shorter = bytes
            shorter.remove(at: index)
            _ = try? Self.decode(shorter)
        }
    }
}
