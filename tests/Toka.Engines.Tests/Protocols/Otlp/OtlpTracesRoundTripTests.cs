using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using Toka.Core.Spans;
using Toka.Protocols.Otlp.Traces;
using static Toka.Engines.Tests.Protocols.Otlp.OtlpSpans;

namespace Toka.Engines.Tests.Protocols.Otlp;

/// <summary>Whatever a sender may say comes back as it was said, by protobuf and by JSON alike.</summary>
public sealed class OtlpTracesRoundTripTests
{
    private static readonly Gen<string> s_text = Gen.Frequency(
        (6, Gen.Char.AlphaNumeric.Array[0, 12].Select(static c => new string(c))),
        (2, OneOf("", "é", "日本", "😀", "\"", "\\", "\n\t\r", "\u0000\u001f", "</script>", "$double", new string('x', 300))),
        (1, OneOf("a\u2028b", "\u007f", "{}", "[1]", "true", "1.5")));

    private static readonly Gen<Any> s_scalar = Gen.OneOf(
        s_text.Select(static text => (Any)new AnyText(text)),
        Gen.Bool.Select(static value => (Any)new AnyBool(value)),
        Gen.OneOf(Gen.Long, OneOf(0L, long.MinValue, long.MaxValue)).Select(static value => (Any)new AnyInt(value)),
        Gen.OneOf(Gen.Double, OneOf(0.0, -0.0, 1.0, 1e300, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon)).Select(static value => (Any)new AnyDouble(value)),
        Gen.Byte.Array[0, 8].Select(static value => (Any)new AnyBytes(value)),
        Gen.Const((Any)new AnyNothing()));

    private static readonly Gen<(string Key, Any Value)[]> s_attributes = Attributes(Value(3));

    private static readonly Gen<Model> s_span = Gen.Select(s_text, s_attributes, Gen.ULong[1, long.MaxValue / 2], Gen.ULong[0, long.MaxValue / 2], Gen.Int[0, 5], Gen.Int[0, 2],
        Gen.Select(Gen.ULong[1, long.MaxValue], s_text, s_attributes, static (time, name, attributes) => (Time: time, Name: name, Attributes: attributes)).Array[0, 3],
        s_attributes.Array[0, 2],
        static (name, attributes, start, duration, kind, status, events, links) => new Model(name, attributes, start, duration, kind, status, events, links));

    [Fact]
    public void A_span_comes_back_as_it_was_sent_by_protobuf_and_by_json()
    {
        using var decoder = new OtlpTracesDecoder(new Toka.Protocols.Events.EventLimits());
        var batch = new SpanBatch();
        s_span.Array[1, 4].Sample(spans =>
        {
            batch.Clear();
            Assert.Equal(spans.Length, decoder.DecodeProtobuf(Request([.. spans.Select(ProtoOf)]), batch).Accepted);
            var records = SpansOf(batch);
            for (var i = 0; i < spans.Length; i++)
            {
                Same(spans[i], records[i]);
            }

            batch.Clear();
            Assert.Equal(spans.Length, decoder.DecodeJson(Encoding.UTF8.GetBytes(JsonOf(spans)), batch).Accepted);
            Assert.Equal(records.Select(Plain), SpansOf(batch).Select(Plain));
        }, iter: 2_000, threads: 1);
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    /// <summary>Without its scope and resource, which the two requests have not in common.</summary>
    private static string Plain(SpanRecord span) => TextOf(span)[..TextOf(span).LastIndexOf(" of ", StringComparison.Ordinal)];

    private static Gen<Any> Value(int depth) => depth == 0 ? s_scalar : Gen.Frequency(
        (8, s_scalar),
        (1, Value(depth - 1).Array[0, 4].Select(static values => (Any)new AnyList(values))),
        (1, Attributes(Value(depth - 1)).Select(static values => (Any)new AnyMap(values))));

    private static Gen<(string Key, Any Value)[]> Attributes(Gen<Any> value) =>
        Gen.Select(s_text, value, static (key, value) => (Key: key, Value: value)).Array[0, 6]
            .Select(static all => all.DistinctBy(static a => a.Key).Where(static a => a.Key.Length > 0).ToArray());

    private static void Same(Model model, SpanRecord span)
    {
        Assert.Equal((model.Name, (long)model.Start, (long)model.Duration, model.Kind, model.Status, 0u), (span.Name, span.StartNs, span.DurationNs, (int)span.Kind, (int)span.Status, span.Dropped));
        SameAttributes(model.Attributes, span.Attributes);
        var events = SpanEvent.Read(span.Events.Span);
        Assert.Equal(model.Events.Select(static e => ((long)e.Time, e.Name)), events.Select(static e => (e.TimeNs, e.Name)));
        for (var i = 0; i < events.Count; i++)
        {
            SameAttributes(model.Events[i].Attributes, events[i].Attributes);
        }

        var links = SpanLink.Read(span.Links.Span);
        Assert.Equal(model.Links.Length, links.Count);
        for (var i = 0; i < links.Count; i++)
        {
            SameAttributes(model.Links[i], links[i].Attributes);
        }
    }

    private static void SameAttributes((string Key, Any Value)[] expected, ReadOnlyMemory<byte> json)
    {
        AssertAttributes(json.Span);
        if (expected.Length == 0)
        {
            Assert.Equal(0, json.Length);
            return;
        }

        using var document = JsonDocument.Parse(json);
        var found = document.RootElement.EnumerateObject().ToArray();
        Assert.Equal(expected.Select(static a => a.Key), found.Select(static a => a.Name));
        for (var i = 0; i < found.Length; i++)
        {
            Same(expected[i].Value, found[i].Value);
        }
    }

    private static void Same(Any expected, JsonElement found)
    {
        switch (expected)
        {
            case AnyText text:
                Assert.Equal(text.Text, found.GetString());
                break;
            case AnyBool truth:
                Assert.Equal(truth.Value, found.GetBoolean());
                break;
            case AnyInt whole:
                Assert.Equal(whole.Value.ToString(CultureInfo.InvariantCulture), found.GetRawText());
                break;
            case AnyDouble number when double.IsFinite(number.Value):
                Assert.Equal(BitConverter.DoubleToInt64Bits(number.Value), BitConverter.DoubleToInt64Bits(found.GetDouble()));
                Assert.Contains(found.GetRawText(), static c => c is '.' or 'E');
                break;
            case AnyDouble number:
                Assert.Equal(number.Value.ToString(CultureInfo.InvariantCulture), found.GetProperty("$double").GetString());
                break;
            case AnyBytes bytes:
                Assert.Equal(bytes.Value, found.GetProperty("$bytes").GetBytesFromBase64());
                break;
            case AnyList list:
                Assert.Equal(list.Values.Length, found.GetArrayLength());
                Assert.All(list.Values.Zip(found.EnumerateArray()), static pair => Same(pair.First, pair.Second));
                break;
            case AnyMap map:
                Assert.Equal(map.Values.Select(static a => a.Key), found.EnumerateObject().Select(static a => a.Name));
                Assert.All(map.Values.Zip(found.EnumerateObject()), static pair => Same(pair.First.Value, pair.Second.Value));
                break;
            default:
                Assert.Equal(JsonValueKind.Null, found.ValueKind);
                break;
        }
    }

    private static Proto ProtoOf(Model model)
    {
        var span = Span(model.Name, model.Start, model.Start + model.Duration).Varint(6, (ulong)model.Kind).Message(15, new Proto().Varint(3, (ulong)model.Status));
        Add(span, 9, model.Attributes);
        foreach (var (time, name, attributes) in model.Events)
        {
            span.Message(11, Add(new Proto().Fixed(1, time).Text(2, name), 3, attributes));
        }

        foreach (var link in model.Links)
        {
            span.Message(13, Add(new Proto().Bytes(1, TraceIdBytes).Bytes(2, SpanIdBytes), 4, link));
        }

        return span;
    }

    private static Proto Add(Proto to, int field, (string Key, Any Value)[] attributes)
    {
        foreach (var (key, value) in attributes)
        {
            to.Message(field, Attribute(key, value.ToProto()));
        }

        return to;
    }

    private static string JsonOf(Model[] spans) => JsonSerializer.Serialize(new
    {
        resourceSpans = new[]
        {
            new
            {
                scopeSpans = new[]
                {
                    new
                    {
                        spans = spans.Select(static s => new
                        {
                            traceId = "5b8efff798038103d269b633813fc60c",
                            spanId = "eee19b7ec3c1b174",
                            name = s.Name,
                            kind = s.Kind,
                            startTimeUnixNano = s.Start.ToString(CultureInfo.InvariantCulture),
                            endTimeUnixNano = s.Start + s.Duration,
                            status = new { code = s.Status },
                            attributes = JsonOf(s.Attributes),
                            events = s.Events.Select(static e => new { timeUnixNano = e.Time, name = e.Name, attributes = JsonOf(e.Attributes) }),
                            links = s.Links.Select(static l => new { traceId = "5b8efff798038103d269b633813fc60c", spanId = "eee19b7ec3c1b174", attributes = JsonOf(l) }),
                        }),
                    },
                },
            },
        },
    });

    private static IEnumerable<object> JsonOf((string Key, Any Value)[] attributes) => attributes.Select(static a => new { key = a.Key, value = a.Value.ToJson() });

    internal sealed record Model(
        string Name, (string Key, Any Value)[] Attributes, ulong Start, ulong Duration, int Kind, int Status,
        (ulong Time, string Name, (string Key, Any Value)[] Attributes)[] Events, (string Key, Any Value)[][] Links);

    /// <summary>A value of an attribute, and how it is written.</summary>
    internal abstract record Any
    {
        public abstract Proto ToProto();

        public abstract object ToJson();
    }

    private sealed record AnyText(string Text) : Any
    {
        public override Proto ToProto() => new Proto().Text(1, Text);

        public override object ToJson() => new { stringValue = Text };
    }

    private sealed record AnyBool(bool Value) : Any
    {
        public override Proto ToProto() => new Proto().Varint(2, Value ? 1u : 0);

        public override object ToJson() => new { boolValue = Value };
    }

    private sealed record AnyInt(long Value) : Any
    {
        public override Proto ToProto() => new Proto().Varint(3, (ulong)Value);

        public override object ToJson() => new { intValue = Value.ToString(CultureInfo.InvariantCulture) };
    }

    private sealed record AnyDouble(double Value) : Any
    {
        public override Proto ToProto() => new Proto().Double(4, Value);

        public override object ToJson() => new { doubleValue = double.IsFinite(Value) ? Value : (object)Value.ToString(CultureInfo.InvariantCulture) };
    }

    private sealed record AnyBytes(byte[] Value) : Any
    {
        public override Proto ToProto() => new Proto().Bytes(7, Value);

        public override object ToJson() => new { bytesValue = Convert.ToBase64String(Value) };
    }

    private sealed record AnyList(Any[] Values) : Any
    {
        public override Proto ToProto() => new Proto().Message(5, Values.Aggregate(new Proto(), static (list, value) => list.Message(1, value.ToProto())));

        public override object ToJson() => new { arrayValue = new { values = Values.Select(static v => v.ToJson()) } };
    }

    private sealed record AnyMap((string Key, Any Value)[] Values) : Any
    {
        public override Proto ToProto() => new Proto().Message(6, Add(new Proto(), 1, Values));

        public override object ToJson() => new { kvlistValue = new { values = JsonOf(Values) } };
    }

    private sealed record AnyNothing : Any
    {
        public override Proto ToProto() => new();

        public override object ToJson() => new { };
    }
}
