import Foundation
import Testing

@testable import GMMFiles

/// What is taken for names and what for data, and what is said of it.
@Suite struct HeaderTests {
    private func read(
        _ text: String, _ selection: ColumnSelection = .all, _ header: NumericTable.Header = .auto
    ) throws -> NumericTable {
        try NumericTable.decode(Array(text.utf8), path: "data.csv", selection: selection, header: header)
    }

    @Test(arguments: [
        "12abc", "1.5D+02", "0.14-270", "--5", "1_000", "0x1F", "1,5", "1 000", "$5", "5%", "−3", "1.2.3", "1e", "+-2",
        "\"2,773.9000\"", "1st",
    ])
    func aNumberThatIsNoneIsNoName(cell: String) throws {
        for text in ["\(cell);3\n4;5\n6;8\n", "3;\(cell)\n4;5\n6;8\n", "\(cell)\n4\n5\n"] {
            let fault = fault { try read(text) }
            #expect(fault.location == .line(1, column: text.hasPrefix("3") ? 2 : 1))
            #expect(fault.text.contains("--header yes"), "\(fault.text)")
            #expect(fault.text.contains(cell.filter { $0 != "\"" && $0 != "−" }.prefix(4)), "\(fault.text)")
            let named = try read(text, .all, .yes)
            #expect(named.rows == 2 && named.columnNames?.contains(cell.filter { $0 != "\"" }) == true)
            #expect(named.notes == [])
        }
    }

    @Test func aColumnOfLabelsMakesNoHeader() throws {
        let text = "5.1,3.5,setosa\n4.9,3.0,setosa\n4.7,3.2,virginica\n"
        let table = try read(text, .named(["1", "2"]))
        #expect(table.rows == 3 && table.columnNames == nil && table[0, 0] == 5.1)
        #expect(
            table.notes.count == 1 && table.notes[0].location == .line(1)
                && table.notes[0].text.contains("\"setosa\" in column 3"))
        #expect(fault { try read(text) }.location == .line(1, column: 3))
        let named = try read(text, .named(["1", "2"]), .yes)
        #expect(named.rows == 2 && named.columnNames == ["5.1", "3.5"] && named.notes == [])
        #expect(try read(text, .named(["2", "1"]), .no).rows == 3)
        #expect(try read(text, .weighted(.named(["1"]), by: "2")).rows == 3)
        #expect(try read(text, .named(["5.1"])).rows == 2)
    }

    @Test func numbersAmongNamesAreSaid() throws {
        let table = try read("2019,total\n1,2\n3,5\n")
        #expect(table.columnNames == ["2019", "total"] && table.rows == 2)
        #expect(
            table.notes.map(\.location) == [.line(1)]
                && table.notes[0].text.contains("\"2019\" in column 1 is a number"))
        #expect(try read("id,3rd\n1,2\n3,5\n").notes.first?.text.contains("looks like a number") == true)
        #expect(try read("label,2019\na,2\nb,5\n", .named(["2019"])).notes == [])
    }

    @Test(arguments: [
        ("2019,2020\n1,2\n3,4\n5,6\n", true), ("2019 2020 2021\n1.5 2 3\n2 2 2\n", true),
        ("0,1,2\n5.1,3.5,1.4\n4,3,1\n", true),
        ("\"7\",\"9\"\n1,2\n3,4\n", true), ("\"2019\"\n1\n2\n", true), ("1,2\n3,5\n4,1\n", false),
        ("1,2,3\n2,3,4\n9,1,1\n", false),
        ("2019,2020\n2001,1999\n2000,2002\n", false), ("1999\n2000\n2001\n", false),
        ("\"1\",\"2\"\n\"3\",\"4\"\n", false),
    ])
    func rowsOfNumbersAloneAreData(text: String, isDoubtful: Bool) throws {
        let lines = text.split(separator: "\n").count
        let table = try read(text)
        #expect(table.rows == lines && table.columnNames == nil)
        #expect(table.notes.map(\.location) == (isDoubtful ? [.line(1)] : []))
        let named = try read(text, .all, .yes)
        #expect(named.rows == lines - 1 && named.columnNames?.count == table.columns && named.notes == [])
        #expect(try read(text, .all, .no).notes == [])
    }

    @Test func textIsSilentlyAHeader() throws {
        for text in [
            "a,b\n1,2\n3,4\n", "a,label\n1,x\n2,y\n", "\"\",x\n1,2\n", "x\n1\n2\n", "x y\n1 2\n", "α;β\n1;2\n",
        ] {
            #expect(try read(text, .named(["1"])).notes == [], "\(text)")
        }
        #expect(fault { try read("a,b\n1,2\n", .all, .no) }.location == .line(1, column: 1))
        #expect(fault { try read(",0,1\n0,1,2\n") }.text.contains("--header yes"))
    }
}
