import Foundation
import Testing

@testable import GMMFiles

/// Text that is none, and quotes that swallow rows.
@Suite struct TextAttackTests {
    private func read(_ bytes: [UInt8], _ selection: ColumnSelection = .all) throws -> NumericTable {
        try NumericTable.decode(bytes, path: "data.csv", selection: selection)
    }

    @Test(arguments: [
        (String.Encoding.utf16, "iconv -f UTF-16 "), (.utf16LittleEndian, "iconv -f UTF-16LE "),
        (.utf16BigEndian, "iconv -f UTF-16BE "),
        (.utf32, "iconv -f UTF-32 "),
    ])
    func otherEncodingsAreNamed(encoding: String.Encoding, words: String) throws {
        let bytes = Array(try #require("x,y\n1,2\n3,4\n".data(using: encoding)))
        #expect(fault { try read(bytes) }.text.contains(words))
    }

    @Test func otherFormatsAreNamed() {
        #expect(fault { try read([0x1F, 0x8B, 8, 0, 1, 2]) }.text.contains("gunzip"))
        #expect(fault { try read(Array("PK\u{3}\u{4}\u{14}".utf8)) }.text.contains("ZIP"))
    }

    @Test func zerosAreFoundWherever() {
        for row in [1, 3, 100, 20_000] {
            let text = "x,label\n" + (1...max(row, 5)).map { $0 == row ? "\($0),a\0b\n" : "\($0),a\n" }.joined()
            let fault = fault {
                try NumericTable.decode(Array(text.utf8), path: "x", selection: .named(["x"]), blockSize: 4096)
            }
            #expect(fault.location == .line(row + 1) && fault.text.contains("NUL"), "\(fault)")
        }
    }

    @Test func latin1IsReadAndSaid() throws {
        let table = try read([UInt8](ascii("Gr")) + [0xF6, 0xDF] + ascii("e,b\n1,2\n"))
        #expect(
            table.columnNames == ["Größe", "b"] && table.notes.map(\.location) == [.line(1)]
                && table.notes[0].text.contains("Latin-1"))
        #expect(try read(Array("Größe,b\n1,2\n".utf8)).notes == [])
        #expect(fault { try read(ascii("x\n1\n") + [0xF6] + ascii("\n")) }.text.contains("\"ö\" is not a number"))
    }

    @Test func controlsAreShown() throws {
        let text = "a\u{1B}[31m,b\u{202E}c\n1,2\n"
        let message = fault { try read(Array(text.utf8), .named(["x"])) }.text
        #expect(
            !message.unicodeScalars.contains { $0.value < 32 || $0.value == 0x202E } && message.contains("a\\u{1B}[31m")
        )
        #expect("tab\t, é, 日本, 👩‍👧".showingControls == "tab\\t, é, 日本, 👩‍👧")
    }

    @Test(arguments: [2, 3, 5, 10], ["a,b", "a,b,c", "a;b"])
    func aLoneQuoteDoesNotSwallowRows(distance: Int, header: String) throws {
        let separator = header.contains(";") ? ";" : ",", others = header.count / 2 - 1
        let lines = (1...20).map { row in
            let label = row == 4 ? "\"cut" : row == 4 + distance ? "end\"" : "z"
            return "\(row)" + String(repeating: separator + "0", count: others) + separator + label + "\n"
        }
        let bytes = Array((header + "\n" + lines.joined()).utf8)
        let fault = fault { try read(bytes, .named(["a"])) }
        #expect(fault.location == .line(5) && fault.text.contains("goes on to line \(5 + distance)"), "\(fault)")
    }

    @Test func textOverSeveralLinesIsSaid() throws {
        let text = "a,label,b\n1,\"one, and\nmore\",2\n3,\"x\ny\nz\",4\n"
        let table = try read(Array(text.utf8), .named(["a", "b"]))
        #expect(table.values == .float64([1, 2, 3, 4]) && table.notes.map(\.location) == [.line(2), .line(4)])
        #expect(fault { try read(Array("a,b\n1,\"2\n3\",4\n5,6\n".utf8)) }.text.contains("remove the quote"))
    }

    @Test func digitsThatFloat64LosesAreSaid() throws {
        let first = 1_556_559_573_141_592_653
        let consecutive: [String] = (0..<300).map { "\(first + $0)" }
        let exact: [[String]] = [
            ["9007199254740992", "9007199254740994", "1e300", "100000000000000000000", "0.12345678901234567"],
            ["18014398509481984", "18446744073709551616", "340282366920938463463374607431768211456"],
        ]
        let lost: [[String]] = [
            ["9007199254740993"], consecutive, ["-9007199254740993"], ["+0009007199254740993.000"],
            ["123456789012345678901"],
        ]
        for (index, numbers) in (exact + lost).enumerated() {
            let isLost = index >= exact.count
            let table = try read(ascii("x,y\n" + numbers.map { "0,\($0)\n" }.joined()))
            #expect(
                table.notes.map(\.location) == (isLost ? [.line(2, column: 2, name: "y")] : []), "\(numbers.prefix(3))")
            if isLost {
                #expect(table.notes[0].text.contains("2^53") && table.notes[0].text.contains("subtract an origin"))
            }
        }
    }

    @Test func roundingThatMergesIsRefused() throws {
        func single(_ values: [Double], other: String = "0.5") throws -> NumericTable {
            try csv("t,u\n" + values.map { "\($0),\(other)\n" }.joined(), .all, .float32)
        }
        let starts: [Double] = [1_700_000_000, 1_700_003_600]
        var times: [Double] = []
        for digit in 0..<10 { for start in starts { times.append(start + Double(digit)) } }
        for origin in [1.7e9, -1.7e9, 1e12, 3e7] {
            let quarters: [Double] = (0..<20).map { Double($0) / 4 }
            let fault = fault { try single(quarters.map { origin + $0 }) }
            #expect(
                fault.text.contains("column 1 of those chosen (\"t\")")
                    && fault.text.contains("leave out --precision float32"), "\(fault)")
        }
        #expect(
            fault { try single(times) }.text.contains(
                "runs from 1700000000 to 1700003609, where float32 has steps of 128"))
        let one: [Double] = [0, 1e9, 1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4, 1e9 + 5, 1e9 + 6, 1e9 + 7, 1e9 + 8, 1e9 + 9]
        #expect(fault { try single(one) }.text.contains("10 of its 11 distinct values"))
        // What float32 holds, what merges with few, and what is one value.
        let near = times.map { $0 - 1.7e9 }, sevenths = (0..<50).map { Double($0) / 7 }
        let fine: [[Double]] = [near, sevenths, [1e9, 1e9 + 1, 0, 1, 2, 3], [1_700_000_001, 1_700_000_001]]
        for values in fine {
            let expected: [Float] = values.flatMap { [Float($0), 0.5] }
            #expect(try single(values).values == .float32(expected))
        }
        let array = NPYTests.file(NPYTests.header("<f8", "(10, 2)"), values: times)
        #expect(
            fault { try NPYTests.decode(array, .all, .float32) }.text.contains("column 1 of those chosen runs from"))
        #expect(try NPYTests.decode(array).notes == [])
    }

    private func ascii(_ text: String) -> [UInt8] { Array(text.utf8) }
}
