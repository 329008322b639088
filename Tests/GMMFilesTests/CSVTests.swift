import Foundation
import Testing

@testable import GMMFiles

@Suite struct CSVTests {
    @Test(arguments: [
        "x,y\n1,2\n-3.5,4e2\n", "x;y\n1;2\n-3.5;4e2\n", "x\ty\n1\t2\n-3.5\t4e2\n", "x y\n1 2\n-3.5   4e2\n",
        "  x   y \n 1\t 2 \n-3.5 4e2",
        "x,y\r\n1,2\r\n-3.5,4e2\r\n", "x,y\r1,2\r-3.5,4e2", "\u{FEFF}x,y\n1,2\n-3.5,4e2",
        "\n \nx,y\n\n1,2\n  \n-3.5,4e2\n\n",
        "\"x\",\"y\"\n\"1\", \"2\" \n\" -3.5\",4e2\n", " x , y \n 1 ,2\n-3.5, +4.E+02 ",
        "\"x\" \"y\"\n\"1\" 2\n-3.5 \"4e2\"\n",
    ])
    func dialects(text: String) throws {
        let table = try csv(text)
        #expect(table.columnNames == ["x", "y"])
        #expect(table.values == .float64([1, 2, -3.5, 400]))
        #expect((table.rows, table.columns, table.rowStride, table.columnStride) == (2, 2, 2, 1))
        #expect(table[1, 0] == -3.5)
    }

    @Test func headerlessAndSingleColumn() throws {
        #expect(try csv("1,2\n3,4").columnNames == nil)
        #expect(try csv("1\n2\n.5\n").values == .float64([1, 2, 0.5]))
        #expect(try csv("waiting time\n79\n54\n").columnNames == ["waiting time"])
        #expect(try csv("7").values == .float64([7]))
        #expect(try csv("\"\",x\n1,2\n").columnNames == ["", "x"])
    }

    @Test func quotedHeader() throws {
        let table = try csv("\"a \"\"b\"\", c\",\"two\nlines\",z\n1,2,3\n")
        #expect(table.columnNames == ["a \"b\", c", "two\nlines", "z"])
        #expect(try csv("\"two\nlines\";z\n1;2\n").columnNames == ["two\nlines", "z"])
        let fault = fault { try csv("\"two\r\nlines\",z\r\n1,2\r\n1,oops\r\n") }
        #expect(fault.location == .line(4, column: 2, name: "z"))
    }

    @Test func tokensForMissingValuesAreNoHeader() {
        for token in ["nan", "NaN", "-inf", "Infinity", "NA", "n/a", "null"] {
            #expect(fault { try csv("1,\(token)\n3,4\n") }.location == .line(1, column: 2))
        }
    }

    @Test func selection() throws {
        let text = "id,height,label,weight\n1,1.5,tall one,70\n2,1.6,nan,80\n"
        let table = try csv(text, .named(["weight", "height"]))
        #expect(table.columnNames == ["weight", "height"])
        #expect(table.values == .float64([70, 1.5, 80, 1.6]))
        #expect(try table.column(named: "height") == .float64([1.5, 1.6]))
        #expect(try table.index(ofColumn: "height") == 1)
        #expect(try csv(text, .named(["4"])).values == .float64([70, 80]))
        #expect(try csv("1 2\n3 4", .named(["2"])).values == .float64([2, 4]))
        #expect(try csv("2,1\n5,6\nx,8", .named(["2"])).values == .float64([1, 6, 8]))

        #expect(fault { try csv(text) }.location == .line(2, column: 3, name: "label"))
        #expect(
            fault { try csv(text) }.text.hasSuffix("name the columns that hold numbers, as in --columns NAME,NAME."))
        #expect(
            fault { try csv(text, .named(["age"])) }.text.contains(
                "no column \"age\". The columns are: id, height, label, weight"))
        #expect(fault { try table.index(ofColumn: "id") }.text.contains("The columns are: weight, height"))
        #expect(fault { try csv(text, .named(["id", "1"])) }.text.contains("twice"))
        #expect(fault { try csv(text, .named([])) }.text.contains("at least one"))
        #expect(fault { try csv("a,a\n1,2\n", .named(["a"])) }.text.contains("columns 1, 2 are all named"))
        #expect(fault { try csv("1,2\n", .named(["0"])) }.text.contains("position, 1 to 2"))
    }

    @Test func weightsComeLast() throws {
        let text = "a,w,b,label\n1,2,3,x\n4,5,6,y\n", some = ColumnSelection.named(["b", "a"])
        #expect(try csv(text, .weighted(some, by: "w")).values == .float64([3, 1, 2, 6, 4, 5]))
        #expect(try csv("1,2,3\n4,5,6\n", .weighted(.all, by: "2")).values == .float64([1, 3, 2, 4, 6, 5]))
        #expect(
            fault { try csv(text, .weighted(some, by: "a")) }.text.contains("cannot be data and their weights at once"))
        #expect(
            fault { try csv(text, .weighted(some, by: "v")) }.text.contains(
                "no column \"v\". The columns are: a, w, b, label"))
        #expect(
            fault { try csv("w\n1\n", .weighted(.all, by: "w")) }.text.contains("beside the weights there is no column")
        )
    }

    @Test(arguments: [
        ("x,y\n1,2\n3,abc\n", FileError.Location.line(3, column: 2, name: "y"), "\"abc\" is not a number"),
        ("x\n1\n0x10\n", .line(3, column: 1, name: "x"), "\"0x10\" is not a number"),
        ("1\n2e\n", .line(2, column: 1), "\"2e\" is not a number"),
        ("1\n1_000\n", .line(2, column: 1), "is not a number"),
        ("x,y\n\n1,\n", .line(3, column: 2, name: "y"), "empty"),
        ("x,y\n,1\n", .line(2, column: 1, name: "x"), "empty"),
        ("x\n\"\"\n", .line(2, column: 1, name: "x"), "empty"),
        ("1\n2\nNaN\n", .line(3, column: 1), "\"NaN\" is not a finite number"),
        ("1\n1e999\n", .line(2, column: 1), "too large for float64"),
        ("x;y\n1,5;2\n", .line(2, column: 1, name: "x"), "decimal comma"),
        ("x,y\n1,2\n3\n", .line(3, column: 2, name: "y"), "1 field where the first has 2"),
        ("x,y\r\n1,2\r\n3,4,5\r\n", .line(3, column: 3), "3 fields where the first has 2"),
        ("x,y\n1,2,\n", .line(2, column: 3), "3 fields"),
        ("x\n\"1\n", .line(2), "not closed"),
        ("x\n\"1\"2\n", .line(2), "after a closing quote"),
        ("", nil, "empty"),
        (" \n\n", nil, "empty"),
        ("x,y\n", nil, "no row of data"),
        ("x\0\n", .line(1), "not text"),
    ])
    func faults(text: String, location: FileError.Location?, words: String) {
        let fault = fault { try csv(text) }
        #expect(fault.location == location)
        #expect(fault.text.contains(words), "\(fault.text)")
        #expect(fault.text.hasPrefix("data.csv"))
    }

    @Test func offendingTextIsShortenedAndEscaped() {
        let text = fault { try csv("1\n\u{1B}\(String(repeating: "é", count: 5000))\n") }.text
        #expect(text.contains("\\u{1B}") && text.contains("…\" is not a number") && text.count < 200)
    }

    @Test func numbersAreCorrectlyRounded() throws {
        let texts = [
            "0.1", "9007199254740993", "2.2250738585072011e-308", "4.9e-324", "1e-400", "-0", "1.7976931348623157e308",
        ]
        let table = try csv(texts.joined(separator: "\n"))
        let expected = [
            0.1, 9007199254740992, Double(bitPattern: 0xF_FFFF_FFFF_FFFF), .leastNonzeroMagnitude, 0, -0.0,
            .greatestFiniteMagnitude,
        ]
        guard case .float64(let values) = table.values else { return #expect(Bool(false)) }
        #expect(values.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    /// 1 + 2⁻²⁴ + 2⁻⁶⁰: by way of Double it would be a tie and round to 1.
    @Test func float32IsRoundedOnce() throws {
        let text = "1.000000059604644775390625867361737988403547205962240695953369140625"
        #expect(try csv(text, .all, .float32).values == .float32([Float(1).nextUp]))
        #expect(fault { try csv("1e39", .all, .float32) }.text.contains("too large for float32"))
    }

    @Test func notebookDataAgreeWithNPY() throws {
        let path = repositoryRoot.appendingPathComponent("Tests/Fixtures/notebook/data_mixture").path
        let text = try NumericTable.read(path + ".csv", precision: .float32)
        #expect(text.rows == 6000)
        #expect(try NumericTable.read(path + ".npy").values == text.values)
    }

    /// Every file cut at every byte, and every byte replaced: a table or a FileError, never a trap.
    @Test func fuzz() {
        let text = "\u{FEFF}\"a \"\"b\"\"\",\"c\nd\",e\r\n1,\"2\" , -3.5e-2\r\n\n4,5,6\n"
        let bytes = Array(text.utf8)
        var tables = 0
        for index in bytes.indices {
            var variants = [Array(bytes[..<index])]
            for byte in Array("\"\n\r,; \t0x.e\0".utf8) + [0xFF] {
                variants.append(bytes)
                variants[variants.count - 1][index] = byte
            }
            for variant in variants {
                if (try? NumericTable.decode(variant, path: "fuzz")) != nil { tables += 1 }
            }
        }
        #expect(tables > 0)
    }
}
