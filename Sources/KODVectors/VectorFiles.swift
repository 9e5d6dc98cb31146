package import KODSchema

/// A file of `Protocol/vectors`.
package struct VectorFile {
  /// From that folder: `frames.json`, `messages/Offer.json`.
  package var path: String
  package var text: String
}

/// Everything that is produced: the same schema gives the same bytes.
package enum VectorFiles {
  package static func files(for schema: Schema) throws(SchemaCodecError) -> [VectorFile] {
    let codec = SchemaCodec(schema)
    var files: [VectorFile] = []
    for message in schema.messages {
      let vectors = try MessageVectors(message, of: schema, codec: codec)
      files.append(
        VectorFile(path: "messages/\(message.name).json", text: vectors.json.indented + "\n"))
    }
    let frames = try FrameVectors(schema, codec: codec)
    files.append(VectorFile(path: "frames.json", text: frames.json.indented + "\n"))
    return files
  }
}
