import Foundation

extension ModelDocument {
    /// The document in the file at `path`, "-" for standard input.
    ///
    /// - Throws: ``FileError``, with the JSON path of the value at fault, such as `weights[1]`.
    public static func read(_ path: String) throws(FileError) -> ModelDocument {
        let bytes = try readBytes(path)
        do {
            return try JSONDecoder().decode(ModelDocument.self, from: Data(bytes))
        } catch let error as DecodingError {
            throw FileError(error, path: path, content: Data(bytes))
        } catch {
            throw .malformed(path: path, location: nil, reason: "\(error)")
        }
    }

    /// Writes the document to `path`, whole or not at all.
    ///
    /// - Throws: ``FileError``; ``FileError/malformed(path:location:reason:)`` if this is not a mixture.
    public func write(to path: String) throws(FileError) {
        let data: Data
        do {
            data = try encoded()
        } catch EncodingError.invalidValue(_, let context) {
            throw .malformed(path: path, location: location(context.codingPath), reason: context.debugDescription)
        } catch {
            throw .malformed(path: path, location: nil, reason: "\(error)")
        }
        try AtomicFile.write(data, to: path)
    }

    /// The JSON text, its keys sorted, with a newline at the end.
    ///
    /// - Throws: `EncodingError` if this is not a mixture.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self) + Data("\n".utf8)
    }
}

extension FileError {
    fileprivate init(_ error: DecodingError, path: String, content: Data) {
        let (keys, reason): ([any CodingKey], String) =
            switch error {
            case .keyNotFound(let key, let context): (context.codingPath + [key], "this field is missing; add it")
            case .valueNotFound(_, let context): (context.codingPath, "it is null; give a value")
            case .dataCorrupted(let context) where context.codingPath.isEmpty: ([], reasonNotJSON(content))
            case .typeMismatch(_, let context), .dataCorrupted(let context):
                (context.codingPath, context.debugDescription)
            @unknown default: ([], "\(error)")
            }
        self = .malformed(
            path: path, location: location(keys), reason: reason.hasSuffix(".") ? String(reason.dropLast()) : reason)
    }
}

/// JSONDecoder does not say where JSON is broken, and takes a number that its field cannot hold for broken JSON.
/// JSONSerialization tells both.
private func reasonNotJSON(_ content: Data) -> String {
    do {
        _ = try JSONSerialization.jsonObject(with: content, options: .fragmentsAllowed)
        return "a count in it, or the seed, is a fraction, negative or too large; write a whole number"
    } catch {
        let detail = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(error)"
        return "this is not JSON that can be read: \(detail.trimmingCharacters(in: ["."])); give a model that gmm wrote"
    }
}

/// Coding keys as people write them, such as `means[2][0]`.
func jsonPath(_ keys: [any CodingKey]) -> String {
    let text = keys.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }.joined()
    return String(text.trimmingPrefix("."))
}

private func location(_ keys: [any CodingKey]) -> FileError.Location? {
    keys.isEmpty ? nil : .field(jsonPath(keys))
}
