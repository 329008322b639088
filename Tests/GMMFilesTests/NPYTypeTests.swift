import Foundation
import Testing

@testable import GMMFiles

/// Every type that holds real numbers is read; what its numbers are was asked of NumPy.
@Suite struct NPYTypeTests {
    private func file(_ type: String, _ shape: String, fortran: Bool = false, _ bytes: [UInt8]) -> [UInt8] {
        NPYTests.file(NPYTests.header(type, fortran: fortran, shape), values: []) + bytes
    }

    private func bytes<Word: FixedWidthInteger>(_ values: [Word], isBig: Bool) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: isBig ? value.bigEndian : value.littleEndian) { Array($0) } }
    }

    private func check<Word: FixedWidthInteger>(_ type: String, _ values: [Word]) throws {
        for order in Word.bitWidth == 8 ? ["|", "<"] : ["<", ">"] {
            let content = file(order + type, "(\(values.count / 2), 2)", bytes(values, isBig: order == ">"))
            let table = try NPYTests.decode(content)
            #expect(table.values == .float64(values.map { Double($0) }), "\(order)\(type)")
            #expect(
                try NPYTests.decode(content, .named(["2"])).values
                    == .float64(stride(from: 1, to: values.count, by: 2).map { Double(values[$0]) }))
            #expect(throws: FileError.self) { try NPYTests.decode(content.dropLast()) }
            #expect(table.notes.isEmpty == (Word.bitWidth < 64))
        }
    }

    @Test func wholeNumbers() throws {
        try check("i1", [Int8.min, -1, 0, .max])
        try check("i2", [Int16.min, -1, 0, .max])
        try check("i4", [Int32.min, -1, 0, .max])
        try check("i8", [Int64.min, -1, 0, .max])
        try check("u1", [UInt8.min, 1, 200, .max])
        try check("u2", [UInt16.min, 1, 200, .max])
        try check("u4", [UInt32.min, 1, 200, .max])
        try check("u8", [UInt64.min, 1, 200, .max])
        #expect(try NPYTests.decode(file("|b1", "(4,)", [0, 1, 1, 0])).values == .float64([0, 1, 1, 0]))
        let lost = try NPYTests.decode(
            file("<i8", "(3, 1)", bytes([5, 1 << 53, (1 << 53) + 1 as Int64], isBig: false)))
        #expect(lost.notes.map(\.location) == [.row(3, column: 1)] && lost.notes[0].text.contains("2^53"))
    }

    @Test func halves() throws {
        // 1, −2, 65504, the least normal and the least subnormal number, −0, a third.
        let words: [UInt16] = [0x3C00, 0xC000, 0x7BFF, 0x0400, 0x0001, 0x8000, 0x3555]
        let expected = [1, -2, 65504, 6.103515625e-05, 5.960464477539063e-08, -0.0, 0.333251953125]
        for order in ["<", ">"] {
            let content = file(order + "f2", "(7,)", bytes(words, isBig: order == ">"))
            #expect(try NPYTests.decode(content).values == .float64(expected))
            #expect(try NPYTests.decode(content, .all, .float32).values == .float32(expected.map { Float($0) }))
        }
        for word: UInt16 in [0x7C00, 0xFC00, 0x7E00] {
            #expect(
                fault { try NPYTests.decode(file("<f2", "(2,)", bytes([0, word], isBig: false))) }.location
                    == .row(2, column: 1))
        }
    }

    @Test func sizesOfPython2() throws {
        #expect(
            try NPYTests.decode(file("<i2", "(3L, 2L)", bytes([1, 2, 3, 4, 5, 6 as Int16], isBig: false))).rows == 3)
        #expect(try NPYTests.decode(file("<i2", "(3L,)", bytes([1, 2, 3 as Int16], isBig: false))).rows == 3)
        #expect(fault { try NPYTests.decode(file("<i2", "(3LL,)", [])) }.text.contains("broken"))
    }

    @Test(arguments: [
        ("<c16", "array.real, array.imag"), ("<M8[ns]", "array.astype('f8')"), ("<f16", "array.astype('f8')"),
        ("|i4", "array.astype('f8')"),
        ("<", "array.astype('f8')"), ("i", "array.astype('f8')"),
    ])
    func typesThatAreRefused(type: String, advice: String) {
        #expect(fault { try NPYTests.decode(file(type, "(1,)", [0, 0, 0, 0])) }.text.contains(advice))
    }

    @Test func structuredArraysGetAdviceThatWorks() {
        let header = "{'descr': [('a', '<f8'), ('b', '<i4')], 'fortran_order': False, 'shape': (6,)}"
        let text = fault { try NPYTests.decode(NPYTests.file(header)) }.text
        #expect(text.contains("from numpy.lib.recfunctions import structured_to_unstructured"))
        #expect(text.contains("np.save(path, structured_to_unstructured(array, dtype='f8'))"))
    }

    /// More elements than a block holds, in both orders.
    @Test(arguments: [false, true]) func blocks(fortran: Bool) throws {
        let rows = 70_001, values = (0..<rows * 3).map { Int32(truncatingIfNeeded: $0 &* 2_654_435_761) }
        let content = file("<i4", "(\(rows), 3)", fortran: fortran, bytes(values, isBig: false))
        let all = try NPYTests.decode(content), two = try NPYTests.decode(content, .named(["3", "1"]))
        func expected(_ row: Int, _ column: Int) -> Double {
            Double(values[fortran ? column * rows + row : row * 3 + column])
        }
        for row in [0, 1, 10_922, 10_923, 32_767, 32_768, rows - 1] {
            #expect((0..<3).map { all[row, $0] } == (0..<3).map { expected(row, $0) })
            #expect((0..<2).map { two[row, $0] } == [expected(row, 2), expected(row, 0)])
        }
    }

    @Test func aPipeThatEndsEarlyOrLate() throws {
        let content = file("<i2", "(4,)", bytes([1, 2, 3, 4 as Int16], isBig: false))
        func read(_ bytes: [UInt8]) throws -> NumericTable {
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            defer { close(ends[0]) }
            _ = bytes.withUnsafeBytes { writeAll($0, to: ends[1]) }
            close(ends[1])
            return try NumericTable.read("/dev/fd/\(ends[0])")
        }
        #expect(try read(content).values == .float64([1, 2, 3, 4]))
        #expect(fault { try read(content.dropLast()) }.text.contains("but 7 bytes"))
        #expect(fault { try read(content + [0]) }.text.contains("something follows"))
        #expect(fault { try read(file("<i2", "(9223372036854775807, 2)", [])) }.text.contains("more than any file has"))
        #expect(fileError { try read(file("<i2", "(1099511627776,)", [])) }?.exitCode == 71)
        #expect(fault { try read(Array(content.prefix(9))) }.text.contains("cut off in its header"))
    }
}
