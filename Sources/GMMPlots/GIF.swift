/// Changes the delay of a GIF's last frame, since gnuplot gives all frames the same delay.
enum GIF {
    /// `bytes` with the last frame's delay set to 2.5 seconds; unchanged if they are no complete GIF.
    static func holdingLastFrame(_ bytes: [UInt8]) -> [UInt8] {
        guard let delay = delays(bytes).last else { return bytes }
        var held = bytes
        held[delay] = 250
        held[delay + 1] = 0
        return held
    }

    /// Where each frame's delay is: two bytes, little-endian, in hundredths of a second. Empty if the blocks do not add
    /// up.
    static func delays(_ bytes: [UInt8]) -> [Int] {
        guard bytes.count > 13, bytes.starts(with: Array("GIF89a".utf8)) else { return [] }
        let colors = { (flags: UInt8) in flags & 0x80 == 0 ? 0 : 3 << (Int(flags & 7) + 1) }
        var at = 13 + colors(bytes[10])
        var found: [Int] = []
        while at + 9 < bytes.count {
            switch bytes[at] {
            case 0x21:
                if bytes[at + 1] == 0xF9 { found.append(at + 4) }
                at += 2
            case 0x2C:
                at += 11 + colors(bytes[at + 9])
            default:
                return []
            }
            while at < bytes.count, bytes[at] != 0 { at += Int(bytes[at]) + 1 }
            at += 1
        }
        return at < bytes.count && bytes[at] == 0x3B ? found : []
    }
}
