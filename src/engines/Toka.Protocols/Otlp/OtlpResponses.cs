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

    /// <summary>The content type, the encoding or the signal is not supported.</summary>
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
    public static byte[] ExportProtobuf(in OtlpDecodeResult result) => ExportProtobuf(result.Rejected, result.Reasons);

    /// <summary>The answer to an export of any signal in protobuf: empty, or with a partial success where something was refused.</summary>
    /// <param name="rejected">How many points, spans or records were refused.</param>
    /// <param name="reasons">Why.</param>
    public static byte[] ExportProtobuf(long rejected, string? reasons)
    {
        if (rejected == 0)
        {
            return [];
        }

        using var writer = new ProtobufWriter();
        var partial = writer.Begin(1);
        writer.Varint(1, (ulong)rejected);
        writer.Bytes(2, System.Text.Encoding.UTF8.GetBytes(reasons ?? ""));
        writer.End(partial);
        return writer.Written.ToArray();
    }

    /// <summary>ExportMetricsServiceResponse in JSON.</summary>
    /// <param name="result">What became of the points.</param>
    public static byte[] ExportJson(in OtlpDecodeResult result) => ExportJson(OtlpSignal.Metrics, result.Rejected, result.Reasons);

    /// <summary>The answer to an export in JSON.</summary>
    /// <param name="signal">Of what.</param>
    /// <param name="rejected">How many points, spans or records were refused.</param>
    /// <param name="reasons">Why.</param>
    public static byte[] ExportJson(OtlpSignal signal, long rejected, string? reasons)
    {
        var buffer = new ArrayBufferWriter<byte>(64);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            if (rejected != 0)
            {
                json.WriteStartObject("partialSuccess");
                json.WriteString(
                    signal switch { OtlpSignal.Traces => "rejectedSpans", OtlpSignal.Logs => "rejectedLogRecords", _ => "rejectedDataPoints" },
                    rejected.ToString(CultureInfo.InvariantCulture));
                json.WriteString("errorMessage", reasons ?? "");
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

    /// <summary>google.rpc.Status in protobuf with a google.rpc.RetryInfo, which says when to send again.</summary>
    /// <param name="code">The code.</param>
    /// <param name="message">What was wrong and what to do.</param>
    /// <param name="retryAfterSeconds">How long to wait, s.</param>
    public static byte[] RetryStatusProtobuf(OtlpStatusCode code, string message, int retryAfterSeconds)
    {
        using var writer = new ProtobufWriter();
        writer.Varint(1, (ulong)code);
        writer.Bytes(2, System.Text.Encoding.UTF8.GetBytes(message));
        var any = writer.Begin(3);
        writer.Bytes(1, "type.googleapis.com/google.rpc.RetryInfo"u8);
        var info = writer.Begin(2);
        var delay = writer.Begin(1);
        writer.Varint(1, (ulong)retryAfterSeconds);
        writer.EndShort(delay);
        writer.EndShort(info);
        writer.EndShort(any);
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
