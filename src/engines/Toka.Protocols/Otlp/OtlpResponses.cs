using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp;

/// <summary>The codes of google.rpc.Status that OTLP receivers answer with.</summary>
public enum OtlpStatusCode
{
    /// <summary>The request is malformed; sending it again is no use.</summary>
    InvalidArgument = 3,

    /// <summary>A limit was reached.</summary>
    ResourceExhausted = 8,

    /// <summary>The content type or encoding is not supported.</summary>
    Unimplemented = 12,

    /// <summary>A fault of the receiver.</summary>
    Internal = 13,

    /// <summary>Not now; send again later.</summary>
    Unavailable = 14,
}

/// <summary>Writes OTLP's answers. Thread-safe.</summary>
public static class OtlpResponses
{
    // Messages quote names; they are read by people and by JSON parsers, never put into a page as they are.
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>ExportMetricsServiceResponse in protobuf: empty, or with a partial success where points were refused.</summary>
    /// <param name="result">What became of the points.</param>
    public static byte[] ExportProtobuf(in OtlpDecodeResult result)
    {
        if (result.Rejected == 0)
        {
            return [];
        }

        using var writer = new ProtobufWriter();
        var partial = writer.Begin(1);
        writer.Varint(1, (ulong)result.Rejected);
        writer.Bytes(2, System.Text.Encoding.UTF8.GetBytes(result.Reasons ?? ""));
        writer.End(partial);
        return writer.Written.ToArray();
    }

    /// <summary>ExportMetricsServiceResponse in JSON.</summary>
    /// <param name="result">What became of the points.</param>
    public static byte[] ExportJson(in OtlpDecodeResult result)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            if (result.Rejected != 0)
            {
                json.WriteStartObject("partialSuccess");
                json.WriteString("rejectedDataPoints", result.Rejected.ToString(CultureInfo.InvariantCulture));
                json.WriteString("errorMessage", result.Reasons ?? "");
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>google.rpc.Status in protobuf.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">What was wrong and what to do.</param>
    public static byte[] StatusProtobuf(OtlpStatusCode code, string message)
    {
        using var writer = new ProtobufWriter();
        writer.Varint(1, (ulong)code);
        writer.Bytes(2, System.Text.Encoding.UTF8.GetBytes(message));
        return writer.Written.ToArray();
    }

    /// <summary>google.rpc.Status in JSON.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">What was wrong and what to do.</param>
    public static byte[] StatusJson(OtlpStatusCode code, string message)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            json.WriteNumber("code", (int)code);
            json.WriteString("message", message);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
