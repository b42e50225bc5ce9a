using System.Text;
using System.Text.Json;
using Toka.Core.Attributes;
using Toka.Core.Spans;
using Toka.Protocols.Wire;

namespace Toka.Protocols.Otlp.Traces;

/// <summary>Writes spans as OTLP's TracesData in protobuf: what <see cref="OtlpTracesDecoder"/> reads. Reused; not thread-safe.</summary>
/// <remarks>Source: opentelemetry-proto 1.x. All that the sender dropped of a span stands as dropped attributes: they are kept as one number.</remarks>
public sealed class OtlpTraceEncoder : IDisposable
{
    private readonly ProtobufWriter _writer = new();

    /// <summary>Writes spans, those of one origin together.</summary>
    /// <param name="spans">The spans.</param>
    /// <returns>The message; it stands until the next call.</returns>
    public ReadOnlySpan<byte> Encode(IEnumerable<SpanRecord> spans)
    {
        ArgumentNullException.ThrowIfNull(spans);
        _writer.Clear();
        WriteAll(spans);
        return _writer.Written;
    }

    /// <summary>The same as a field of a message.</summary>
    /// <param name="field">The number of the field.</param>
    /// <param name="spans">The spans.</param>
    /// <returns>The message; it stands until the next call.</returns>
    public ReadOnlySpan<byte> EncodeAs(int field, IEnumerable<SpanRecord> spans)
    {
        ArgumentNullException.ThrowIfNull(spans);
        _writer.Clear();
        var begun = _writer.Begin(field);
        WriteAll(spans);
        _writer.End(begun);
        return _writer.Written;
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void WriteAll(IEnumerable<SpanRecord> spans)
    {
        foreach (var origin in spans.GroupBy(static span => span.Origin))
        {
            var resourceSpans = _writer.Begin(1);
            var resource = _writer.Begin(1);
            WriteAttributes(1, origin.Key.Resource);
            _writer.End(resource);
            var scopeSpans = _writer.Begin(2);
            var scope = _writer.Begin(1);
            WriteText(1, origin.Key.ScopeName);
            WriteText(2, origin.Key.ScopeVersion);
            WriteAttributes(3, origin.Key.Scope);
            _writer.End(scope);
            foreach (var span in origin)
            {
                WriteSpan(span);
            }

            _writer.End(scopeSpans);
            _writer.End(resourceSpans);
        }
    }

    private void WriteSpan(SpanRecord span)
    {
        var begun = _writer.Begin(2);
        WriteId(1, span.TraceId);
        WriteId(2, span.SpanId);
        WriteText(3, span.TraceState);
        if (!span.ParentId.IsEmpty)
        {
            WriteId(4, span.ParentId);
        }

        WriteText(5, span.Name);
        WriteNumber(6, (uint)span.Kind);
        _writer.Fixed64(7, (ulong)span.StartNs);
        _writer.Fixed64(8, (ulong)span.EndNs);
        WriteAttributes(9, span.Attributes.Span);
        WriteNumber(10, span.Dropped);
        foreach (var one in SpanEvent.Read(span.Events.Span))
        {
            WriteEvent(one);
        }

        foreach (var link in SpanLink.Read(span.Links.Span))
        {
            WriteLink(link);
        }

        if (span.Status != SpanStatus.Unset || span.StatusMessage.Length > 0)
        {
            var status = _writer.Begin(15);
            WriteText(2, span.StatusMessage);
            WriteNumber(3, (uint)span.Status);
            _writer.End(status);
        }

        if (span.Flags != 0)
        {
            _writer.Fixed32(16, span.Flags);
        }

        _writer.End(begun);
    }

    private void WriteEvent(SpanEvent one)
    {
        var begun = _writer.Begin(11);
        _writer.Fixed64(1, (ulong)one.TimeNs);
        WriteText(2, one.Name);
        WriteAttributes(3, one.Attributes.Span);
        WriteNumber(4, one.Dropped);
        _writer.End(begun);
    }

    private void WriteLink(SpanLink link)
    {
        var begun = _writer.Begin(13);
        WriteId(1, link.TraceId);
        WriteId(2, link.SpanId);
        WriteText(3, link.TraceState);
        WriteAttributes(4, link.Attributes.Span);
        WriteNumber(5, link.Dropped);
        if (link.Flags != 0)
        {
            _writer.Fixed32(6, link.Flags);
        }

        _writer.End(begun);
    }

    private void WriteAttributes(int field, ReadOnlySpan<byte> attributes)
    {
        if (attributes.IsEmpty)
        {
            return;
        }

        using var document = JsonDocument.Parse(attributes.ToArray());
        WriteEntries(field, document.RootElement);
    }

    private void WriteEntries(int field, JsonElement map)
    {
        foreach (var entry in map.EnumerateObject())
        {
            var begun = _writer.Begin(field);
            WriteText(1, entry.Name);
            var value = _writer.Begin(2);
            WriteValue(entry.Value);
            _writer.End(value);
            _writer.End(begun);
        }
    }

    /// <summary>Writes the one field of an AnyValue.</summary>
    private void WriteValue(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                _writer.Bytes(1, Encoding.UTF8.GetBytes(value.GetString()!));
                break;
            case JsonValueKind.True or JsonValueKind.False:
                _writer.Varint(2, value.GetBoolean() ? 1u : 0);
                break;
            case JsonValueKind.Number when OtlpTraceJson.IsWhole(value, out var whole):
                _writer.Varint(3, (ulong)whole);
                break;
            case JsonValueKind.Number:
                _writer.Double(4, value.GetDouble());
                break;
            case JsonValueKind.Array:
                var array = _writer.Begin(5);
                foreach (var item in value.EnumerateArray())
                {
                    var begun = _writer.Begin(1);
                    WriteValue(item);
                    _writer.End(begun);
                }

                _writer.End(array);
                break;
            case JsonValueKind.Object when OtlpTraceJson.SpecialOf(value, AttributeJson.BytesKey) is { } bytes:
                _writer.Bytes(7, Convert.FromBase64String(bytes));
                break;
            case JsonValueKind.Object when OtlpTraceJson.SpecialOf(value, AttributeJson.DoubleKey) is { } number:
                _writer.Double(4, double.Parse(number, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case JsonValueKind.Object:
                var map = _writer.Begin(6);
                WriteEntries(1, value);
                _writer.End(map);
                break;
            default:
                break;
        }
    }

    private void WriteText(int field, string text)
    {
        if (text.Length > 0)
        {
            _writer.Bytes(field, Encoding.UTF8.GetBytes(text));
        }
    }

    private void WriteNumber(int field, uint number)
    {
        if (number != 0)
        {
            _writer.Varint(field, number);
        }
    }

    private void WriteId(int field, TraceId id)
    {
        Span<byte> bytes = stackalloc byte[TraceId.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, id.Value);
        _writer.Bytes(field, bytes);
    }

    private void WriteId(int field, SpanId id)
    {
        Span<byte> bytes = stackalloc byte[SpanId.Size];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(bytes, id.Value);
        _writer.Bytes(field, bytes);
    }
}
