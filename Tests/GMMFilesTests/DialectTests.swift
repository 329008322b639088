import Foundation
import Testing

@testable import GMMFiles

/// Separators, comments and names of rows, as programs write them.
@Suite struct DialectTests {
    private func read(
        _ text: String, _ selection: ColumnSelection = .all, comment: String? = nil
    ) throws -> NumericTable {
        try NumericTable.decode(Array(text.utf8), path: "data.csv", selection: selection, comment: comment)
    }

    @Test(
        arguments: [
            (" 1.2 ,\t2.1 \n 3 ,\t4 \n", nil), ("1,\t2\n3,\t4\n", nil), ("1, 2\n3, 4\n", nil),
            ("1 ;\t2\n3 ;\t4\n", nil),
            ("a;x,b\n1,2\n3,4\n", ["a;x", "b"]), ("a,x;b\n1;2\n3;4\n", ["a,x", "b"]),
            ("a b,c d\n1,2\n3,4\n", ["a b", "c d"]),
            ("a,b c\n1 2\n3 4\n5 6\n", ["a,b", "c"]), ("a\tx;b\n1;2\n3;4\n5;6\n", ["a\tx", "b"]),
            ("a, b\tc\n1\t2\n3\t4\n", ["a, b", "c"]),
            ("\t1\t2\n\t3\t4\n", nil), ("   1   2\n   3   4\n", nil),
        ] as [(String, [String]?)])
    func theSeparatorMakesRowsAgree(text: String, names: [String]?) throws {
        guard !text.hasPrefix("\t") else {
            // A tab in front is an empty first field, and is said to be one.
            return #expect(fault { try read(text) }.location == .line(1, column: 1))
        }
        let table = try read(text)
        #expect(table.columns == 2 && table.columnNames == names)
        #expect(table[1, 0] == 3 && table[1, 1] == 4)
    }

    @Test func decimalCommasAreNamed() {
        for text in ["1,5;2,5\n3,5;4\n", "x\n1,5\n2,5\n", "1,5\t2\n3\t4\n", "1,5 2,5\n3,5 4,5\n", "x;y\n1,5;2\n"] {
            #expect(fault { try read(text) }.text.contains("has a decimal comma"), "\(text)")
        }
    }

    @Test func aSoleNameMayHoldASeparator() throws {
        let table = try read("Height, cm\n170\n180\n")
        #expect(table.columnNames == ["Height, cm"] && table.rows == 2 && table.notes.count == 1)
        #expect(try read("waiting time\n79\n54\n").notes == [])
    }

    @Test(arguments: [
        "# a,b\n1,2\n3,4\n", "#a,b\n1,2\n3,4\n", "# made today\n#\n## a , \"b\"\n1,2\n3,4\n",
        "\n# x\n\n# a,b\n\n1,2\n3,4\n",
    ])
    func commentsOnTopMayName(text: String) throws {
        let table = try read(text)
        #expect(table.columnNames == ["a", "b"] && table.values == .float64([1, 2, 3, 4]) && table.notes == [])
    }

    @Test(arguments: ["# note\nx,y\n1,2\n", "# a,b\nx,y\n1,2\n", "#\n#\nx,y\n1,2\n", "# 3,4\nx,y\n1,2\n"])
    func otherCommentsOnTopArePassedOver(text: String) throws {
        let table = try read(text)
        #expect(table.columnNames == ["x", "y"] && table.values == .float64([1, 2]))
        #expect(
            fault { try read(text + "1,oops\n") }.location
                == .line(text.split(separator: "\n").count + 1, column: 2, name: "y"))
    }

    @Test func numbersInACommentAreNoNames() throws {
        #expect(try read("# 1 2\n3 4\n5 6\n").columnNames == nil)
        #expect(try read("# 1 2\n3 4\n5 6\n").rows == 2)
        #expect(try read("#,x\n3,4\n5,6\n").columnNames == ["#", "x"])
        #expect(try read("# a,b\n1,2\n", comment: "").columnNames == ["# a", "b"])
    }

    @Test(arguments: ["#", "%", "//", "REM"])
    func commentsByOption(marker: String) throws {
        let text = "\(marker) a,b\n1,2\n  \(marker)3,4\n\(marker)\r\n5,6\n\(marker) end"
        let table = try read(text, comment: marker)
        #expect(table.columnNames == ["a", "b"] && table.values == .float64([1, 2, 5, 6]) && table.notes == [])
        #expect(fault { try read("1\n2\n# end\n") }.text.contains("add --comment '#'"))
    }

    @Test(arguments: [
        "\"a\" \"b\"\n\"r1\" 1 2\n\"r2\" 3 4\n", "a b\nr1 1 2\nr2 3 4\n", "\"a\",\"b\"\n\"1\",1,2\n\"2\",3,4\n",
        "a\tb\nthe first\t1\t2\nthe second\t3\t4\n",
        "a;b\n1;1;2\n2;3;4\n",
    ])
    func namesOfRows(text: String) throws {
        let table = try read(text)
        #expect(table.columnNames == ["a", "b"] && table.values == .float64([1, 2, 3, 4]))
        #expect(table.notes.map(\.location) == [.line(1)])
        #expect(try read(text, .named(["b"])).values == .float64([2, 4]))
        #expect(try read(text, .weighted(.all, by: "b")).columnNames == ["a", "b"])
        #expect(fault { try read(text + "1\n") }.text.contains("where the first has 3"))
    }

    @Test func aHeaderThatIsShortForAnotherReasonIsRagged() {
        for text in ["x,y\n1,2,\n3,4,\n", "1,2\n3,4,5\n6,7,8\n", "x,y\n1,2\n3,4,5\n"] {
            #expect(fault { try read(text) }.text.contains("3 fields"), "\(text)")
        }
    }

    @Test func blankLinesAmongRowsAreSaid() throws {
        #expect(try read("x\n1\n\n2\n \n\n3\n\n\n").notes.map(\.location) == [.line(3)])
        #expect(try read("x\n1\n\n2\n \n\n3\n\n\n").notes[0].text.contains("the first of 3 blank lines"))
        #expect(try read("x\n\n1\n2\n").notes.map(\.location) == [.line(2)])
        #expect(try read("\n\nx\n1\n2\n\n\n").notes == [])
        #expect(try read("\n\n1\n2\n\n\n").notes == [])
    }

    /// Whatever the blocks cut apart, the table and the notes are the same.
    @Test(arguments: [
        "\u{FEFF}a,\"b\"\r\n1,2\r\n\r\n3,4\r\n", "# c\n# a b\n1 2\n\n3 4\n",
        "\"a\" \"b\"\n\"r\r\n1\" 1 2\n\"r2\" 3 4\n", "a,b,c\r1,2,\"x\ry\"\r3,4,\"\"\"\"",
        "2019,2020\n1,2\n3,4", "a;x,b\n1,2\n3,4\n", "x\n12345678901234567890\n1\n",
    ])
    func blocksChangeNothing(text: String) throws {
        let bytes = Array(text.utf8), selection = text.hasPrefix("a,b,c") ? ColumnSelection.named(["a", "b"]) : .all
        let whole = try NumericTable.decode(bytes, path: "x", selection: selection)
        for size in [1, 2, 3, 7, 64] {
            #expect(try NumericTable.decode(bytes, path: "x", selection: selection, blockSize: size) == whole)
        }
        // Behind more rows than are looked at for the separator.
        let header = text.hasPrefix("\"a\"") || text.hasPrefix("a,b,c") ? 1 : 0
        guard header == 0, !text.contains("\r"), !text.hasSuffix("4") else { return }
        let long = Array((text + String(repeating: text.split(separator: "\n").last! + "\n\n", count: 12_000)).utf8)
        let table = try NumericTable.decode(long, path: "x")
        for size in [1000, 4099] { #expect(try NumericTable.decode(long, path: "x", blockSize: size) == table) }
    }
}
